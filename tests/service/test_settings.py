"""Settings are read strictly, and all of them are documented."""

from dataclasses import fields
from pathlib import Path

import pytest

from service.errors import InvalidSetting
from service.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_without_variables_the_defaults_hold():
    assert Settings.from_environ({"PATH": "/bin", "SERVICE_WORKERS": ""}) == Settings()


def test_variables_are_read_by_their_type():
    settings = Settings.from_environ(
        {"PORT": "9000", "MODEL_STORE": "/m", "SERVICE_STRICT_READINESS": "0", "SERVICE_DEFAULT_MODEL": "digits"}
    )
    assert settings == Settings(port=9000, model_store=Path("/m"), strict_readiness=False, default_model="digits")


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("SERVICE_THRAEDS", "4", r"Unknown setting SERVICE_THRAEDS\. Known settings: MODEL_STORE, SERVICE_HOST"),
        ("PORT", "80a", "a whole number from 1 to 65535"),
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "-1", "a whole number from 1 to 65535"),
        ("PORT", "٨", "a whole number from 1 to 65535"),
        ("PORT", "tcp://10.0.0.1:80", "a whole number from 1 to 65535"),
        ("SERVICE_RUNTIME", "torch", "one of auto, onnx, tensorflow"),
        ("SERVICE_STRICT_READINESS", "maybe", "one of 1, true, 0, false"),
        ("SERVICE_LOG_LEVEL", "verbose", "one of debug, info, warning, error"),
    ],
)
def test_a_setting_that_does_not_fit_stops_the_program(variable, value, complaint):
    with pytest.raises(InvalidSetting, match=complaint):
        Settings.from_environ({variable: value})


@pytest.mark.parametrize(
    ("variable", "default"),
    [(setting.metadata["variable"], setting.default) for setting in fields(Settings) if setting.metadata],
)
def test_every_setting_is_documented_with_its_default(variable, default):
    said = {None: "none", (): "none", True: "1"}.get(default, "0" if default is False else default)
    assert f"| `{variable}` | {said} |" in DOCUMENT.read_text()
