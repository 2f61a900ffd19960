"""Where trials are kept: what is no such place gets a sentence, and half a line costs nothing but itself."""

import sqlite3

import optuna
import pytest

from training.errors import UnusableStorage
from training.search.storage import open_storage, shown, weights_folder


def begin(path, trials=3):
    """A study in a journal, with that many trials."""
    study = optuna.create_study(storage=open_storage(str(path)), study_name="study", load_if_exists=True)
    for number in range(trials):
        study.tell(study.ask({"x": optuna.distributions.FloatDistribution(0, 1)}), number)
    return study


@pytest.mark.parametrize(
    "tail",
    [b'{"op_code":6,"worker_id":"half a li', b"\0" * 4096],
    ids=["half a line", "zeros, as after a power failure"],
)
def test_half_a_line_at_the_end_is_cut_off_and_all_else_stays(tail, tmp_path):
    path = tmp_path / "journal"
    begin(path)
    with path.open("ab") as file:
        file.write(tail)

    study = begin(path, trials=1)

    assert [trial.value for trial in study.trials] == [0, 1, 2, 0]
    assert [trial.value for trial in begin(path, trials=0).trials] == [0, 1, 2, 0]


def test_what_a_killed_writer_leaves_does_not_harm_those_who_go_on(tmp_path):
    path = tmp_path / "journal"
    study = begin(path)
    with path.open("ab") as file:
        file.write(b'{"op_code":4,"wor')
    study.tell(study.ask(), 3)
    assert [trial.value for trial in begin(path, trials=0).trials] == [0, 1, 2, 3]


def make_sqlite(path):
    with sqlite3.connect(path) as database:
        database.execute("create table studies (name text)")
    database.close()


def damage(path):
    begin(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{}\n", *lines[2:]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: path.write_text("units,error\n16,0.2\n"), "its line 1 is no operation", id="csv"),
        pytest.param(make_sqlite, "is an SQLite database, which Optuna advises against", id="SQLite"),
        pytest.param(damage, "its line 2 is no operation. Bring the file back from a copy", id="damaged in the middle"),
        pytest.param(lambda path: path.mkdir(), "is a folder. Name a file in it, such as", id="folder"),
        pytest.param(lambda path: path.symlink_to("/proc/self/no"), "cannot be opened (No such file", id="unwritable"),
    ],
)
def test_what_is_no_journal_is_refused_with_a_sentence_and_left_as_it_is(make, message, tmp_path):
    path = tmp_path / "journal"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UnusableStorage) as caught:
        open_storage(str(path))
    assert message in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize(
    ("address", "message"),
    [
        pytest.param("sqlite:///trials.db", "SQLite suits no search", id="SQLite"),
        pytest.param("mysql://user:secret@host/trials", "Trials cannot be kept in mysql://", id="another database"),
        pytest.param("postgresql://me:secret@127.0.0.1:9/trials", "port 9 failed: Connection refused", id="refused"),
        pytest.param("postgresql://me:secret@no.invalid/trials", "cannot be used: ", id="no such host"),
        pytest.param("postgresql://me:secret@host:port/trials", "is no address of a database", id="no address"),
    ],
)
def test_an_address_that_is_of_no_use_gets_one_sentence_without_the_password(address, message):
    with pytest.raises(UnusableStorage) as caught:
        open_storage(address)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("postgresql://me:secret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:se@cr/et@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("studies/digits.journal", "studies/digits.journal"),
    ],
)
def test_an_address_is_shown_without_its_password(address, right):
    assert shown(address) == right


def test_weights_lie_beside_a_journal_and_else_where_the_store_says(tmp_path):
    assert weights_folder("there/a.journal", "s", tmp_path).parent.name == "there"
    assert weights_folder("postgresql://host/db", "s", tmp_path).parent == tmp_path
