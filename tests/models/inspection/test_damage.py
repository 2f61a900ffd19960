"""Whatever happens to the bytes of a file, inspecting it ends in a model file or in a sentence."""

import json
import random

import h5py
import pytest

from models.inspection import Limits, ModelFile, Refused, inspect
from tests.models.inspection import forge
from tests.models.inspection.test_legacy import PICTURE, PICTURE_WEIGHTS, net

FILES = {
    "model.keras": forge.archive(),
    "model.h5": forge.legacy(net(*PICTURE), PICTURE_WEIGHTS),
}
FEW = 12


def outcome(path, content):
    """A ModelFile, or a Refused with a sentence; any other exception fails the test."""
    path.write_bytes(content)
    try:
        return inspect(path, Limits(hdf5_seconds=10))
    except Refused as refused:
        found = refused
    assert found.rule
    assert found.sentence.rstrip().endswith(".")
    return found


def cut(content, chance):
    return content[: chance.randrange(len(content))]


def flipped(content, chance):
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwritten(content, chance):
    """A few bytes replaced by those that hurt parsers: lengths and addresses near their ends."""
    start = chance.randrange(len(content))
    hurt = chance.choice((b"\xff" * 8, b"\x00" * 8, b"\xff\xff\xff\x7f", (len(content) * 2).to_bytes(8, "little")))
    return content[:start] + hurt + content[start + len(hurt) :]


def moved(content, chance):
    one, other = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:one] + content[other:] + content[one:other]


def weights_damaged(_, chance):
    """A sound archive around damaged HDF5: its checksum is right, so that the parser of HDF5 sees the damage."""
    return forge.archive(stored=chance.choice((flipped, cut, overwritten, moved))(forge.weights(), chance))


def header_damaged(content, chance):
    """Only the first part, where HDF5 keeps its tables."""
    return chance.choice((flipped, overwritten))(content[:4096], chance) + content[4096:]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [cut, flipped, overwritten, moved], ids=lambda damage: damage.__name__)
def test_a_damaged_file_ends_in_a_sentence(tmp_path, name, damage):
    chance = random.Random(1)
    for _ in range(FEW if name == "model.keras" else 2):
        outcome(tmp_path / name, damage(FILES[name], chance))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "damage", "times"),
    [  # a process for each that gets as far as HDF5
        ("model.keras", flipped, 5_000),
        ("model.keras", moved, 5_000),
        ("model.keras", weights_damaged, 120),
        ("model.h5", flipped, 120),
        ("model.h5", header_damaged, 120),
        ("model.h5", overwritten, 60),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_files_damaged_by_the_thousand_end_in_sentences(tmp_path, name, damage, times):
    chance = random.Random(2)
    for _ in range(times):
        outcome(tmp_path / name, damage(FILES[name], chance))


def test_every_truncation_of_an_archive_is_refused(tmp_path):
    content = FILES["model.keras"]
    for length in range(0, len(content), 97):
        assert isinstance(outcome(tmp_path / "model.keras", content[:length]), Refused)


def test_damaged_json_in_a_sound_archive_ends_in_a_sentence(tmp_path):
    chance = random.Random(3)
    text = json.dumps(forge.sequential(forge.dense())).encode()
    refused = 0
    for _ in range(60):
        found = outcome(tmp_path / "model.keras", forge.archive(flipped(text, chance), b"no HDF5"))
        refused += isinstance(found, Refused)
    assert refused == 60  # at the latest for their weights


def test_the_files_that_are_damaged_are_sound(tmp_path):
    for name, content in FILES.items():
        assert isinstance(outcome(tmp_path / name, content), ModelFile)
    with h5py.File(tmp_path / "model.h5") as file:
        assert "model_weights" in file
