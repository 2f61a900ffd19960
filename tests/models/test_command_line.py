"""`python -m models` tells what a store holds and what is wrong with it."""

import pytest

from models.__main__ import main
from models.traffic import Traffic


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
        ("split", "roses", "stable=1"),
        ("split", "flowers", "stable=1"),
        ("split", "flowers", "stable=1", "stable=2"),
        ("split", "roses", "--off"),
        ("shadow", "flowers", "next"),
        ("shadow", "roses", "--off"),
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


@pytest.fixture
def labelled_zoo(own_zoo, republish):
    """Flowers in two versions: 1 is stable, 2 is canary."""
    republish(own_zoo, own_zoo.version("flowers"))
    for number, label in enumerate(("stable", "canary"), start=1):
        own_zoo.label("flowers", label, number)
    return own_zoo


def test_split_and_shadow_each_keep_the_other(labelled_zoo, capsys):
    assert run(labelled_zoo, "split", "flowers", "stable=95", "canary=5") == 0
    assert "flowers: the split stable=95, canary=5 answers\n" in capsys.readouterr().out
    assert run(labelled_zoo, "shadow", "flowers", "canary") == 0
    assert "flowers: canary is asked too\n" in capsys.readouterr().out
    assert run(labelled_zoo, "split", "flowers", "stable=1") == 0
    assert labelled_zoo.traffic("flowers") == Traffic({"stable": 1}, "canary")
    assert run(labelled_zoo, "split", "flowers", "--off") == 0
    assert labelled_zoo.traffic("flowers") == Traffic({}, "canary")
    assert "flowers: version 2 answers\n" in capsys.readouterr().out
    assert run(labelled_zoo, "shadow", "flowers", "--off") == 0
    assert labelled_zoo.traffic("flowers") == Traffic()


def test_list_and_show_tell_split_and_shadow(labelled_zoo, capsys):
    labelled_zoo.route("flowers", Traffic({"stable": 95, "canary": 5}, "canary"))
    assert run(labelled_zoo, "list") == 0
    line = "flowers: 1, 2  canary=2  stable=1  (split: stable=95, canary=5)  (shadow: canary)\n"
    assert line in capsys.readouterr().out
    assert run(labelled_zoo, "show", "flowers", "1") == 0
    output = capsys.readouterr().out
    assert output.startswith("# flowers")
    assert output.endswith("## Traffic\n\n- split: stable=95, canary=5\n- shadow: canary\n")


def test_list_marks_shares_that_lead_nowhere(labelled_zoo, capsys):
    labelled_zoo.route("flowers", Traffic({"stable": 95, "canary": 5}, "canary"))
    (labelled_zoo.root / "flowers" / "labels" / "canary").unlink()
    assert run(labelled_zoo, "list") == 0
    assert "(split: stable=95, canary=5 (not there))  (shadow: canary (not there))\n" in capsys.readouterr().out


def test_traffic_that_cannot_be_read_is_marked_by_list_and_told_by_show(labelled_zoo, capsys):
    (labelled_zoo.root / "flowers" / "traffic.json").write_text("{")
    assert run(labelled_zoo, "list") == 0
    assert "flowers: 1, 2  canary=2  stable=1  (traffic: ?)\n" in capsys.readouterr().out
    assert run(labelled_zoo, "show", "flowers") == 1
    told = capsys.readouterr()
    assert told.out.startswith("# flowers")
    assert told.err.startswith("flowers/traffic.json: This is no JSON")
    assert run(labelled_zoo, "rollback", "flowers") == 0
    assert "version 2 is withdrawn, version 1 answers" in capsys.readouterr().out


def test_rollback_tells_which_shares_it_took_away(labelled_zoo, capsys):
    labelled_zoo.route("flowers", Traffic({"stable": 95, "canary": 5}))
    assert run(labelled_zoo, "rollback", "flowers") == 0
    assert "version 2 is withdrawn, the split stable=95, canary=5 (not there) answers" in capsys.readouterr().out
    assert run(labelled_zoo, "restore", "flowers", "2") == 0
    assert "version 2 is back, the split stable=95, canary=5 answers\n" in capsys.readouterr().out


@pytest.mark.parametrize("share", ["canary", "canary=", "canary=x", "canary=0", "canary=-5", "canary=0.5", "=5", "5"])
def test_a_share_that_is_none_is_refused_with_what_is_right(labelled_zoo, capsys, share):
    with pytest.raises(SystemExit, match="2"):
        run(labelled_zoo, "split", "flowers", "stable=95", share)
    told = capsys.readouterr().err
    assert f"'{share}' is no share; write LABEL=WEIGHT with a whole number from 1 to 999999999: canary=5" in told
    assert labelled_zoo.traffic("flowers") == Traffic()


@pytest.mark.parametrize(
    "arguments",
    [
        ("split", "flowers"),
        ("shadow", "flowers"),
        ("split", "flowers", "stable=1", "--off"),
        ("shadow", "flowers", "canary", "--off"),
    ],
    ids=" ".join,
)
def test_labels_or_off_and_not_both(labelled_zoo, arguments):
    with pytest.raises(SystemExit, match="2"):
        run(labelled_zoo, *arguments)
    assert labelled_zoo.traffic("flowers") == Traffic()
