"""`python -m models` tells what a store holds and what is wrong with it."""

import pytest

from models.__main__ import main


def run(store, *arguments):
    return main(["--store", str(store.root), *arguments])


def test_list_shows_models_with_versions_and_labels(own_zoo, capsys):
    own_zoo.label("flowers", "stable", 1)
    assert run(own_zoo, "list") == 0
    assert "flowers: 1  stable=1\n" in capsys.readouterr().out


def test_list_marks_labels_that_lead_nowhere(own_zoo, capsys):
    own_zoo.label("flowers", "stable", 1)
    (own_zoo.root / "flowers" / "labels" / "broken").write_text("first")
    (own_zoo.root / "flowers" / "labels" / "gone").write_text("9")
    assert run(own_zoo, "list") == 0
    assert "flowers: 1  broken=?  gone=9 (not there)  stable=1\n" in capsys.readouterr().out


def test_show_prints_the_model_card(zoo, capsys):
    assert run(zoo, "show", "flowers") == 0
    assert capsys.readouterr().out.startswith("# flowers")


def test_verify_names_the_damaged_file_and_fails(own_zoo, capsys):
    assert run(own_zoo, "verify") == 0
    (own_zoo.root / "tags" / "1" / "model.onnx").write_bytes(b"")
    assert run(own_zoo, "verify") == 1
    output = capsys.readouterr().out
    assert "good  flowers version 1" in output
    assert "tags/1/model.onnx is truncated" in output


def test_label_moves_a_label(own_zoo):
    assert run(own_zoo, "label", "flowers", "stable", "1") == 0
    assert own_zoo.labelled("flowers", "stable") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("rollback", "flowers"),
        ("restore", "flowers", "1"),
        ("prune", "roses"),
        ("show", "roses"),
        ("show", "flowers", "7"),
        ("label", "flowers", "stable", "7"),
        ("show", "../x"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_one_sentence_and_status_1(zoo, capsys, arguments):
    assert run(zoo, *arguments) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_rollback_restore_and_prune_say_what_they_did(own_zoo, republish, capsys):
    for _ in range(2):
        republish(own_zoo, own_zoo.version("flowers"))
    assert run(own_zoo, "rollback", "flowers") == 0
    assert "version 3 is withdrawn, version 2 answers" in capsys.readouterr().out
    assert run(own_zoo, "list") == 0
    assert "flowers: 1, 2  (withdrawn: 3)\n" in capsys.readouterr().out
    assert run(own_zoo, "restore", "flowers", "3") == 0
    assert "version 3 is back, version 3 answers" in capsys.readouterr().out
    assert run(own_zoo, "prune", "--keep", "1") == 0
    assert "flowers: removed 1, 2\n" in capsys.readouterr().out
    assert own_zoo.numbers("flowers") == [3]


def test_pruning_everything_is_refused(own_zoo):
    with pytest.raises(SystemExit):
        run(own_zoo, "prune", "--keep", "0")
    assert own_zoo.numbers("flowers") == [1]
