"""Whatever becomes of the process that has a stranger's model ends in one sentence, and nothing of it is left."""

import os
import socket
import time
from pathlib import Path

import pytest

from tests.training.importing import mischief
from training.importing.errors import CannotImport, WorkshopFailed
from training.importing.limits import Limits
from training.importing.workshop import Workshop

LIMITS = Limits(memory_mb=256, seconds=20, cpu_seconds=10, file_mb=16, start_mb=4096)
PROGRAM = (mischief.__file__,)
SECRET = "a secret of the caller's"


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def port():
    """Where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def shop(**changes):
    return Workshop(Limits(**{**vars(LIMITS), **changes}), program=PROGRAM)


def gone(folder, pid):
    return not folder.exists() and not Path(f"/proc/{pid}").exists()


def test_a_process_that_does_nothing_wrong_answers_and_is_gone_afterwards():
    with shop() as workshop:
        assert workshop.ask("nothing") == "nothing"
        assert not gone(workshop.folder, workshop._process.pid)
    assert gone(workshop.folder, workshop._process.pid)


ENDS = {
    "eat_memory": ({}, "takes more memory than the 256 MB"),
    "spin": ({"cpu_seconds": 1}, "took more than 1 seconds of processors"),
    "sleep": ({"seconds": 2}, "took more than 2 seconds and was ended"),
    "write_much": ({}, "File too large|wrote a file of more than 16 MB"),
    "crash": ({}, "ended by SIGSEGV|os.kill"),
    "abort": ({}, "ended by SIGABRT"),
    "leave": ({}, "ended with status 7"),
    "gibber": ({}, "answered with what is no answer"),
    "say_a_list": ({}, "answered with what is no answer"),
    "say_too_much": ({}, "at a length that no answer has"),
    "nest": ({}, "answered with what is no answer"),
}


@pytest.mark.parametrize(("what", "limits", "sentence"), [(each, *case) for each, case in ENDS.items()], ids=ENDS)
def test_what_takes_too_much_or_breaks_ends_in_a_sentence(what, limits, sentence):
    with pytest.raises(CannotImport, match=sentence) as error, shop(**limits) as workshop:
        workshop.ask(what)
    assert "\n" not in str(error.value)
    assert gone(workshop.folder, workshop._process.pid)


OUTSIDE = ("read_outside", "write_outside", "list_outside", "remove_outside", "link_outside")


@pytest.mark.parametrize("what", OUTSIDE)
def test_files_outside_are_neither_read_nor_written(what, secret):
    path = secret.parent if what == "list_outside" else secret
    with pytest.raises(CannotImport, match="was refused") as error, shop() as workshop:
        workshop.ask(what, path=str(path))
    assert SECRET not in str(error.value)
    assert secret.read_text() == SECRET


@pytest.mark.parametrize("what", ["start_program", "run_shell", "fork"])
def test_no_program_is_started(what):
    with pytest.raises(CannotImport, match="was refused"), shop() as workshop:
        workshop.ask(what)


def test_nothing_is_connected_to(port):
    with pytest.raises(CannotImport, match="was refused: socket"), shop() as workshop:
        workshop.ask("connect", port=port)


def test_the_process_does_not_know_the_callers_variables(monkeypatch):
    monkeypatch.setenv("SECRET", SECRET)
    with shop() as workshop:
        assert SECRET not in workshop.ask("read_outside", path="/proc/self/environ")
        with pytest.raises(CannotImport, match="was refused"):
            workshop.ask("read_outside", path=f"/proc/{os.getpid()}/environ")


def test_the_kernel_refuses_what_goes_past_python(secret, port):
    with shop() as workshop:
        assert workshop.ask("connect_in_c", port=port) != 0
        opened = workshop.ask("read_outside_in_c", path=str(secret))
    if opened >= 0 and os.uname().release < "5.13":
        pytest.skip("this kernel has no Landlock")
    assert opened < 0


def test_what_the_process_has_started_ends_with_it():
    with shop() as workshop:
        workshop.ask("leave_child")
        group = os.getpgid(workshop._process.pid)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _is_alive(group):
        time.sleep(0.05)
    assert not _is_alive(group)


def _is_alive(group):
    return any(stat.split(") ")[-1].split()[2] == str(group) for stat in _stats() if ") Z" not in stat)


def _stats():
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield path.read_text()
        except OSError:
            continue


def test_only_regular_files_of_its_folder_are_taken_from_it(secret):
    with shop() as workshop:
        workshop.ask("nothing")
        (workshop.folder / "link").symlink_to(secret)
        (workshop.folder / "folder").symlink_to(secret.parent)
        os.mkfifo(workshop.folder / "pipe")
        for place in (("link",), ("folder", secret.name), ("pipe",), ("home",), ("nothing",)):
            with pytest.raises(WorkshopFailed, match=place[-1]):
                workshop.taken(*place)
