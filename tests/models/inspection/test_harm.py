"""Inspecting hostile files opens no other file, starts nothing but its reader, and takes bounded memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.inspection.hdf5 import READER, WRITER
from tests.models.inspection import forge
from tests.models.inspection.test_hdf5 import external_link, external_storage, virtual
from tests.models.inspection.test_objects import ADVISORIES

# Inspects each file named, in a process that tells what it opened, started or connected to, and its peak memory.
WATCHED = """
import json, resource, sys
from pathlib import Path
from models.inspection import Refused, inspect

WATCHED = "subprocess.Popen os.system os.exec socket.connect pickle.find_class marshal.loads exec compile".split()

def note(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        seen.append(["open", str(arguments[0])])
    elif event in WATCHED:
        seen.append([event, str(arguments)[:300]])

inspect(Path(sys.argv[1]))  # whatever Python itself loads late is loaded now
seen = []
sys.addaudithook(note)
for path in sys.argv[2:]:
    try:
        inspect(Path(path))
    except Refused as refused:
        seen.append(["refused", refused.rule])
    else:
        seen.append(["passed", path])
print(json.dumps({"seen": seen, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


@pytest.fixture
def watched(tmp_path):
    """What the process does with those files."""

    def watch(*contents):
        good = tmp_path / "good.keras"
        good.write_bytes(forge.archive())
        paths = []
        for index, content in enumerate(contents):
            paths.append(tmp_path / f"{index}.keras")
            paths[-1].write_bytes(content)
        command = [sys.executable, "-c", WATCHED, str(good), *map(str, paths)]
        root = Path(__file__).parents[3]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True, timeout=300)
        return json.loads(done.stdout), paths

    return watch


def test_hostile_files_have_nothing_opened_but_themselves_and_nothing_run_but_the_reader(watched, tmp_path):
    canary = tmp_path / "canary"
    hostile = [*ADVISORIES.values(), forge.layer("TFSMLayer", filepath=str(canary))]
    documents = [forge.archive(forge.sequential(each)) for each in hostile]
    stores = [forge.archive(stored=forge.hdf5(fill)) for fill in (external_link, external_storage, virtual)]
    found, paths = watched(*documents, *stores)
    own = {str(path) for path in paths}
    for event, what in found["seen"]:
        if event == "open":
            assert what in own or what == "/dev/null" or what.startswith("/tmp"), what  # /tmp: the nameless
        else:
            assert event == "refused" or (event == "subprocess.Popen" and str(READER) in what), (event, what)
    assert sum(event == "refused" for event, _ in found["seen"]) == len(paths)
    assert not canary.exists()


def test_bombs_take_little_memory(watched):
    base = watched()[0]["peak"]
    bombs = [
        forge.archive(b'{"a": ' + b"[" * 1_000_000),
        forge.archive(b'{"a": [' + b"0," * 600_000 + b"0]}", method=8),
        forge.archive(b" " * (1 << 27), method=8),
        forge.archive(stored=bytes(1 << 26), method=8),
        forge.archive(forge.sequential(forge.dense(10**9))),
    ]
    found, _ = watched(*bombs)
    assert [event for event, _ in found["seen"] if event == "passed"] == []
    assert found["peak"] - base < 400 << 10  # KiB


@pytest.mark.parametrize("script", [READER, WRITER])
def test_the_process_that_parses_hdf5_can_open_no_file(script, tmp_path):
    """The same limits, with an attempt in the place of the parser."""
    text = script.read_text().split('if __name__ == "__main__":')[0]
    confine = (
        "_confine(SimpleNamespace(hdf5_memory_bytes=1 << 28, hdf5_seconds=10))" if script == READER else "_confine(9)"
    )
    attempt = f"{text}\n{confine}\n"
    for call in ("open('/etc/hostname')", f"open({str(tmp_path / 'written')!r}, 'w')"):
        attempt += f"try:\n    {call}\nexcept OSError as error:\n    print('kept out', error.errno)\n"
    done = subprocess.run([sys.executable, "-I", "-c", attempt], capture_output=True, text=True, check=True)
    assert done.stdout == "kept out 24\nkept out 24\n"
    assert not (tmp_path / "written").exists()
