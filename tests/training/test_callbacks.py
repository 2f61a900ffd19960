"""Progress: what a terminal shows, and what a file gets."""

from io import StringIO

import pytest
from rich.console import Console

from training.callbacks import LineProgress, LiveProgress, progress

EPOCHS = [{"loss": 0.71234, "accuracy": 0.5, "val_loss": 0.6}, {"loss": 1234.5, "accuracy": 1.0, "val_loss": 1e-7}]


def run(callback, networks=1, first_epoch=0):
    for network in range(1, networks + 1):
        callback.set_params({"epochs": len(EPOCHS), "network": network, "networks": networks})
        callback.on_train_begin()
        for epoch, logs in list(enumerate(EPOCHS))[first_epoch:]:
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


def test_of_several_networks_the_progress_says_which_is_trained(pipe):
    run(LineProgress("digits", pipe), networks=2)
    heads = [line.partition(" loss")[0] for line in pipe.file.getvalue().splitlines()]
    assert heads == [f"digits, network {network} of 2: epoch {epoch}/2" for network in (1, 2) for epoch in (1, 2)]
    console = Console(file=StringIO(), force_terminal=True, width=120, color_system=None)
    run(LiveProgress("digits", console), networks=2)
    assert "digits, network 2 of 2" in console.file.getvalue()


def test_a_training_that_goes_on_shows_the_epochs_before(pipe):
    run(LineProgress("digits", pipe), first_epoch=1)
    assert pipe.file.getvalue().startswith("digits: epoch 2/2 loss 1234")


def test_a_terminal_gets_one_line_that_is_redrawn_and_its_cursor_back():
    console = Console(file=StringIO(), force_terminal=True, width=80, color_system=None)
    run(LiveProgress("digits", console))
    written = console.file.getvalue()
    assert written.count("\n") == 1
    assert "epoch 2/2 loss 1234 val_loss 1e-07" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
