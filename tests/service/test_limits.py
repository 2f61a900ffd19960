"""The file of limits of single models is read strictly, and what it leaves out is as in the settings."""

import re

import pytest

from service.errors import InvalidSetting
from service.limits import Limits
from service.settings import Settings


@pytest.fixture
def settings_of(tmp_path):
    """The settings of a service whose file of limits says so."""

    def read(text, **environ):
        file = tmp_path / "limits.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return Settings.from_environ({"SERVICE_MODEL_LIMITS": str(file), **environ})

    return read


def test_without_a_file_all_models_have_the_limits_of_the_settings():
    settings = Settings.from_environ({"SERVICE_BATCH_ROWS": "7", "SERVICE_REQUEST_TIMEOUT_S": "9"})
    assert (settings.limits_of("iris").batch_rows, settings.limits_of("iris").request_timeout_s) == (7, 9)
    assert Settings().limits_of("iris") == Limits()


def test_each_model_has_the_limits_of_its_table(settings_of):
    settings = settings_of(
        """
        [iris]  # a comment
        batch_rows = 256
        batch_wait_ms = 2
        queue_rows = 2_000
        request_timeout_s = 5

        ["fashion.mnist"]
        batch_rows = 1
        """
    )
    iris = settings.limits_of("iris")
    assert (iris.batch_rows, iris.batch_wait_ms, iris.queue_rows, iris.request_timeout_s) == (256, 2, 2000, 5)
    assert settings.limits_of("fashion.mnist").batch_rows == 1
    assert settings.limits_of("wine") == Limits()


def test_what_a_table_leaves_out_is_as_in_the_settings(settings_of):
    settings = settings_of("[iris]\nbatch_rows = 3\n[wine]\n", SERVICE_QUEUE_ROWS="77", SERVICE_BATCH_ROWS="5")
    assert (settings.limits_of("iris").batch_rows, settings.limits_of("iris").queue_rows) == (3, 77)
    assert (settings.limits_of("wine").batch_rows, settings.limits_of("wine").queue_rows) == (5, 77)


def test_an_empty_file_changes_nothing(settings_of):
    assert settings_of("").limits_of("iris") == Limits()


BAD_FILES = [
    ("unknown-key", "[iris]\nbatch_row = 3", r"in \[iris\] the keys batch_rows, .*request_timeout_s, not 'batch_row'"),
    ("key-outside-of-a-table", "batch_rows = 3", r"a table per model, \[batch_rows\], with some of the keys"),
    ("tables-in-a-table", "[iris.v1]\nbatch_rows = 3", r"in \[iris\] the keys .*, not 'v1'"),
    ("list-of-tables", "[[iris]]\nbatch_rows = 3", r"a table per model, \[iris\]"),
    ("text", '[iris]\nbatch_rows = "3"', r"in \[iris\] batch_rows as a whole number from 1 to 100000, not '3'"),
    ("fraction", "[iris]\nqueue_rows = 3.0", "queue_rows as a whole number from 1 to 10000000, not 3.0"),
    ("switch", "[iris]\nbatch_rows = true", "batch_rows as a whole number from 1 to 100000, not True"),
    ("infinity", "[iris]\nrequest_timeout_s = inf", "request_timeout_s as a whole number from 1 to 3600, not inf"),
    ("too-small", "[iris]\nbatch_rows = 0", "batch_rows as a whole number from 1 to 100000, not 0"),
    ("negative", "[iris]\nbatch_wait_ms = -1", "batch_wait_ms as a whole number from 0 to 10000, not -1"),
    ("too-large", "[iris]\nrequest_timeout_s = 3601", "request_timeout_s as a whole number from 1 to 3600, not 3601"),
    ("second-table", "[iris]\nbatch_rows = 1\n[wine]\nqueue_rows = 0", r"in \[wine\] queue_rows"),
    ("table-twice", "[iris]\n[iris]\n", "limits.toml: Cannot declare .*line 2"),
    ("not-toml", "iris: {batch_rows: 3}", "a TOML file with a table per model; .*limits.toml: .*line 1"),
    ("not-utf-8", b"[iris]\nbatch_rows = 3 # \xff", "a TOML file with a table per model; .*limits.toml: "),
]


@pytest.mark.parametrize(("text", "complaint"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES])
def test_a_file_that_does_not_fit_stops_the_program_with_what_would(settings_of, text, complaint):
    with pytest.raises(
        InvalidSetting, match=f"^SERVICE_MODEL_LIMITS='.*limits.toml' does not fit: it takes .*{complaint}"
    ):
        settings_of(text)


@pytest.mark.parametrize("name", ["missing.toml", "."], ids=["missing", "folder"])
def test_a_file_that_cannot_be_read_stops_the_program_with_its_name(tmp_path, name):
    path = str(tmp_path / name)
    with pytest.raises(InvalidSetting, match=f"a TOML file with a table per model; {re.escape(str(tmp_path))}"):
        Settings.from_environ({"SERVICE_MODEL_LIMITS": path})


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("SERVICE_BATCH_ROWS", "0", "a whole number from 1 to 100000"),
        ("SERVICE_BATCH_WAIT_MS", "10001", "a whole number from 0 to 10000"),
        ("SERVICE_QUEUE_ROWS", "many", "a whole number from 1 to 10000000"),
        ("SERVICE_REQUEST_TIMEOUT_S", "0.5", "a whole number from 1 to 3600"),
        ("SERVICE_BODIES_MIB", "0", "a whole number from 1 to 1000000"),
    ],
)
def test_limits_of_all_models_are_as_strict(variable, value, complaint):
    with pytest.raises(InvalidSetting, match=f"^{variable}='{value}' does not fit: it takes {complaint}"):
        Settings.from_environ({variable: value})
