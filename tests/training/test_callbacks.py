"""Progress: what a terminal shows, and what a file gets."""

from io import StringIO

import pytest
from rich.console import Console

from training.callbacks import LineProgress, LiveProgress, progress

EPOCHS = [{"loss": 0.71234, "accuracy": 0.5, "val_loss": 0.6}, {"loss": 1234.5, "accuracy": 1.0, "val_loss": 1e-7}]


def run(callback):
    callback.set_params({"epochs": len(EPOCHS)})
    callback.on_train_begin()
    for epoch, logs in enumerate(EPOCHS):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
    callback.on_train_end()
    callback.close()


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        pytest.param({}, LineProgress, id="file"),
        pytest.param({"force_terminal": True}, LiveProgress, id="terminal"),
        pytest.param(
            {"force_terminal": True, "_environ": {"TERM": "dumb"}}, LineProgress, id="terminal without cursor"
        ),
    ],
)
def test_the_progress_suits_the_console(more, kind):
    assert type(progress("digits", Console(file=StringIO(), **more))) is kind


def test_a_file_gets_one_plain_line_per_epoch(pipe):
    run(LineProgress("digits", pipe))
    lines = pipe.file.getvalue().splitlines()
    assert lines == [
        "digits: epoch 1/2 loss 0.7123 val_loss 0.6 accuracy 0.5 0 s, 0 s left",
        "digits: epoch 2/2 loss 1234 val_loss 1e-07 accuracy 1 0 s, 0 s left",
    ]
    assert pipe.file.getvalue().replace("\n", "").isprintable()


def test_a_terminal_gets_one_line_that_is_redrawn_and_its_cursor_back():
    console = Console(file=StringIO(), force_terminal=True, width=80, color_system=None)
    run(LiveProgress("digits", console))
    written = console.file.getvalue()
    assert written.count("\n") == 1
    assert "epoch 2/2 loss 1234 val_loss 1e-07" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
