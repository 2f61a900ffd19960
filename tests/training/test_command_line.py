"""`python -m training`: what it prints, where, and with which exit status."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from models.keys import new_key, read_keyring
from models.store import Store
from training.__main__ import main

NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """An empty store, no data but what scikit-learn carries, and no way to download any."""
    folders = {"MODEL_STORE": "store", "KERAS_HOME": "keras", "SCIKIT_LEARN_DATA": "sklearn"}
    for variable, value in (
        {variable: str(tmp_path / name) for variable, name in folders.items()} | NO_NETWORK
    ).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("DATA_DIR", raising=False)
    urllib.request.install_opener(None)  # it has kept the proxies of its first use
    yield Store(tmp_path / "store")
    urllib.request.install_opener(None)


def test_the_list_names_every_recipe_with_what_to_expect(capsys):
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^digits +multiclass +test accuracy [\d.]+ to [\d.]+ +[\d.]+$", printed, re.MULTILINE)
    assert "Data: Fashion-MNIST, 70,000 images of 28x28." in printed
    assert re.search(r"^csv +your own +- +-$", printed, re.MULTILINE)
    assert 'Data: a CSV or Parquet file of your own: ARGS="path=houses.csv target=price".' in printed


def test_what_is_published_is_signed_where_a_key_is_named(surroundings, monkeypatch, tmp_path):
    key = new_key(tmp_path / "key.pem")
    monkeypatch.setenv("MODEL_SIGNING_KEY", str(tmp_path / "key.pem"))
    assert main(["train", "xor"]) == 0
    assert Store(surroundings.root, trusted=read_keyring(key.public)).version("xor").number == 1


def test_a_key_that_is_none_ends_it_before_anything_is_trained(surroundings, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MODEL_SIGNING_KEY", str(tmp_path / "nowhere.pem"))
    assert main(["train", "xor"]) == 1
    assert "The signing key" in capsys.readouterr().err
    assert surroundings.names() == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["fashion-minst"], "no recipe 'fashion-minst'. Known recipes: breast-cancer", id="recipe"),
        pytest.param(["digits", "fashion-minst"], "no recipe 'fashion-minst'", id="second recipe"),
        pytest.param(["digits", "epoch=5"], "no setting 'epoch' in 'epoch=5'. Known settings: architecture", id="key"),
        pytest.param(["digits", "epochs=0"], "epochs=0 does not fit: epochs is a whole number from 1 on", id="value"),
        pytest.param(["epochs=0"], "epochs=0 does not fit", id="value for all recipes"),
        pytest.param(["all", "epochs=1"], "'epochs' changes nothing in logic", id="setting of another method"),
    ],
)
def test_a_wrong_word_ends_it_with_one_line(words, message, surroundings, capsys):
    assert main(["train", *words]) == 2
    printed, error = capsys.readouterr()
    assert message in error
    assert (printed, error.count("\n")) == ("", 1)
    assert surroundings.names() == []


@pytest.mark.parametrize(
    "words", [pytest.param(["fashion-minst"], id="recipe"), pytest.param(["epochs=0"], id="value")]
)
def test_a_wrong_word_is_found_before_tensorflow_is_imported(words):
    code = "import sys; from training.__main__ import main; status = main(sys.argv[1:]); "
    code += "sys.exit(99 if 'tensorflow' in sys.modules or 'keras' in sys.modules else status)"
    ended = subprocess.run([sys.executable, "-c", code, "train", *words], capture_output=True, check=False)
    assert ended.returncode == 2


def test_what_lacks_its_data_is_skipped_and_the_rest_is_trained(surroundings, capfd):
    assert main(["train", "california-housing", "diabetes", "fashion-mnist", "epochs=1"]) == 0
    printed, noise = capfd.readouterr()
    assert surroundings.names() == ["diabetes"]
    assert noise == ""
    assert re.search(r"^diabetes +trained +r2 -?[\d.]+ ±[\d.]+ +0\.\d+ +\d+$", printed, re.MULTILINE)
    assert f"    {surroundings.root}/diabetes/1\n" in printed
    for name, title, file in [
        ("california-housing", "California housing", "cal_housing_py3.pkz"),
        ("fashion-mnist", "Fashion-MNIST", "fashion-mnist/train-images-idx3-ubyte.gz"),
    ]:
        assert re.search(rf"^{name} +skipped +- +- +\d+$", printed, re.MULTILINE)
        assert re.search(
            rf"^    {title} is not available: DATA_DIR is not set, and the download from \S+ failed .*"
            rf"set DATA_DIR to a folder that holds .*{file}",
            printed,
            re.MULTILINE,
        )
    assert printed.endswith("make serve\n")
    assert printed.replace("\n", "").isprintable()


def test_one_recipe_without_its_data_fails_with_the_same_words(surroundings, capfd):
    assert main(["train", "fashion-mnist"]) == 1
    assert "    Fashion-MNIST is not available: DATA_DIR is not set" in capfd.readouterr().out
    assert surroundings.names() == []


def test_a_store_that_cannot_be_written_fails_before_the_training(surroundings, capfd):
    surroundings.root.write_text("no folder")
    assert main(["train", "diabetes"]) == 1
    printed = capfd.readouterr().out
    assert re.search(r"^diabetes: failed: .*Not a directory", printed, re.MULTILINE)
    assert "epoch 1" not in printed


def test_the_embedded_recipes_are_the_four_that_need_no_download(surroundings, capfd):
    assert main(["train", "--embedded", "epochs=1", "hidden=4", "folds=0"]) == 0
    assert surroundings.names() == ["breast-cancer", "diabetes", "digits", "digits-multilabel"]
    assert "skipped" not in capfd.readouterr().out


@pytest.mark.parametrize(("word", "value"), [("--resume", ""), ("epochs=1", "1")], ids=["option", "variable"])
def test_resuming_where_nothing_was_interrupted_begins_anew_and_says_so(word, value, surroundings, monkeypatch, capfd):
    monkeypatch.setenv("RESUME", value)
    assert main(["train", "diabetes", word, "hidden=4", *(["epochs=1"] if word == "--resume" else [])]) == 0
    printed = capfd.readouterr().out
    assert "diabetes: there is no interrupted training to go on with. This one begins anew.\n" in printed
    assert surroundings.names() == ["diabetes"]


def test_ctrl_c_ends_it_with_a_sentence_and_publishes_nothing(surroundings):
    command = [sys.executable, "-m", "training", "train", "diabetes", "epochs=1000000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as training:
        next(line for line in training.stdout if "epoch 2/" in line)
        training.send_signal(signal.SIGINT)
        noise = training.communicate(timeout=120)[1]
    assert noise.startswith("\nStopped. The training that was under way published nothing. ")
    assert noise.endswith("The same command with RESUME=1 goes on with it.\n")
    assert noise.count("\n") == 2
    assert training.returncode == 130
    assert surroundings.names() == []
