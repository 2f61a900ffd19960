"""The course of a training, as numbers and as a picture."""

import pytest

from training.report.history import curve, learning_curves, write_history

HISTORY = {
    "loss": [0.9, 0.5, 0.4],
    "accuracy": [0.6, 0.8, 0.85],
    "val_loss": [0.6, 0.5, 0.45],
    "val_accuracy": [0.7, 0.8, 0.83],
    "seconds": [1.5, 1.0, 1.0],
}


@pytest.mark.parametrize(
    ("key", "places"), [("loss", [0.5, 1.5, 2.5]), ("val_loss", [1, 2, 3]), ("accuracy", [0.5, 1.5, 2.5])]
)
def test_a_training_curve_lies_half_an_epoch_before_its_validation_curve(key, places):
    epochs, values = curve(HISTORY, key)
    assert epochs.tolist() == places
    assert values == HISTORY[key]


def test_the_picture_has_a_panel_per_metric_from_epoch_0_with_both_curves_named():
    panels = learning_curves(HISTORY, "digits").axes
    assert [panel.get_ylabel() for panel in panels] == ["loss", "accuracy"]
    for panel in panels:
        assert panel.get_xlim()[0] == 0
        assert panel.get_xlabel() == "epoch"
        assert [text.get_text().split()[0] for text in panel.get_legend().get_texts()] == ["training", "validation"]
        assert [line.get_xdata().tolist() for line in panel.lines] == [[0.5, 1.5, 2.5], [1, 2, 3]]


def test_the_history_is_a_csv_with_a_line_per_epoch_and_a_png(tmp_path):
    write_history(HISTORY, "digits", tmp_path)
    assert (tmp_path / "history.csv").read_text().splitlines() == [
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds",
        "1,0.9,0.6,0.6,0.7,1.5",
        "2,0.5,0.8,0.5,0.8,1.0",
        "3,0.4,0.85,0.45,0.83,1.0",
    ]
    assert (tmp_path / "learning_curves.png").read_bytes().startswith(b"\x89PNG")


def test_where_nothing_was_trained_there_are_no_curves(tmp_path):
    write_history({}, "logic", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]
