"""A signed version is served as it was signed, under its own name and number, or not at all."""

import shutil
import threading

import pytest

from models.errors import BadVersion
from models.keys import read_keyring
from models.signing import SIGNATURE_FILE
from models.store import Store
from tests.models.keys import some_key

pytest.importorskip("cryptography", reason="signatures are an extra")


@pytest.fixture
def key(tmp_path):
    return some_key(tmp_path)


@pytest.fixture
def signed(own_zoo, republish, key):
    """Flowers and tags in a version 2 that was signed when it was published; version 1 was not signed."""
    store = Store(own_zoo.root, key)
    for name in ("flowers", "tags"):
        republish(store, own_zoo.version(name))
    return store


def opened(store, key, name="flowers", number=2):
    return Store(store.root, trusted=read_keyring(key.public)).version(name, number)


def test_what_is_published_with_a_key_is_signed_and_good(signed, key):
    version = opened(signed, key)
    version.verify()
    assert SIGNATURE_FILE not in version.manifest.files


def test_what_was_published_without_one_is_refused_with_how_to_sign_it(signed, key):
    with pytest.raises(BadVersion, match=r"flowers/1: It is not signed.*python -m models sign"):
        opened(signed, key, number=1)


def test_who_trusts_nobody_in_particular_opens_both(signed):
    assert [Store(signed.root).version("flowers", number).number for number in (1, 2)] == [1, 2]


def renamed(store):
    shutil.move(store.root / "flowers" / "2", store.root / "tags" / "3")
    return "tags", 3


def renumbered(store):
    shutil.copytree(store.root / "flowers" / "2", store.root / "flowers" / "9")
    return "flowers", 9


def manifest_edited(store):
    path = store.root / "flowers" / "2" / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")  # the same document, and a digest that fits it
    return "flowers", 2


def signature_of_another(store):
    shutil.copy(store.root / "tags" / "2" / SIGNATURE_FILE, store.root / "flowers" / "2")
    return "flowers", 2


def flipped_bit(store):
    path = store.root / "flowers" / "2" / SIGNATURE_FILE
    algorithm, key, signature = path.read_text().split()
    other = "B" if signature[0] == "A" else "A"
    path.write_text(f"{algorithm} {key} {other}{signature[1:]}\n")
    return "flowers", 2


@pytest.mark.parametrize(
    "attack", [renamed, renumbered, manifest_edited, signature_of_another, flipped_bit], ids=lambda made: made.__name__
)
def test_a_version_that_is_not_what_was_signed_is_refused(signed, key, attack):
    name, number = attack(signed)
    with pytest.raises(BadVersion, match=f"^{name}/{number}: .*manifest.json is not what {key.id} signed"):
        opened(signed, key, name, number)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "It is signed by none"),
        (b"no signature\n", "is no signature"),
        (b"\xff\xfe\x00", "is no signature"),
        (b"ed25519 0123456789abcdef AAAA\n", "is no signature"),
        (b"ed25519 0123456789abcdef " + b"A" * 85 + b"B==\n", "is no signature"),
        (b"rsa 0123456789abcdef " + b"A" * 86 + b"==\n", "is no signature"),
        (b"ed25519 0123456789abcdef " + b"A" * 86 + b"==\n", "It is signed by 0123456789abcdef, and only"),
        (b"x" * 70_000, "has more than"),
    ],
    ids=["empty", "words", "bytes", "short", "other-spelling", "other-algorithm", "stranger", "large"],
)
def test_a_file_of_signatures_that_tells_of_no_trusted_one_is_refused(signed, key, content, fault):
    (signed.root / "flowers" / "2" / SIGNATURE_FILE).write_bytes(content)
    with pytest.raises(BadVersion, match=fault):
        opened(signed, key)


def test_a_stranger_under_the_id_of_a_trusted_key_is_refused(signed, key, tmp_path):
    path = signed.root / "flowers" / "2" / SIGNATURE_FILE
    stranger = some_key(tmp_path, "stranger")
    manifest = (signed.root / "flowers" / "2" / "manifest.json").read_bytes()
    path.write_text(stranger.sign("flowers", 2, manifest).replace(stranger.id, key.id))
    with pytest.raises(BadVersion, match="is not what"):
        opened(signed, key)


def test_a_changed_file_of_a_signed_version_is_refused_by_its_hash(signed, key):
    (signed.root / "flowers" / "2" / "model.onnx").write_bytes(b"other")
    with pytest.raises(BadVersion, match=r"model\.onnx is truncated"):
        opened(signed, key).verify()


def test_keys_are_rotated_by_signing_with_the_next_one_too(signed, key, tmp_path):
    following = some_key(tmp_path, "following")
    signed.sign("flowers", 2, following)
    assert opened(signed, key).number == opened(signed, following).number == 2
    lines = (signed.root / "flowers" / "2" / SIGNATURE_FILE).read_text().splitlines()
    assert [line.split()[1] for line in lines] == [key.id, following.id]


def test_signing_again_leaves_the_file_as_it_is(signed, key):
    before = signed.stamp("flowers", 2)
    signed.sign("flowers", 2, key)
    assert signed.stamp("flowers", 2) == before


def test_a_version_that_was_published_unsigned_can_be_signed_later(signed, key):
    signed.sign("flowers", 1, key)
    opened(signed, key, number=1).verify()


def test_nobody_signs_what_is_damaged(own_zoo, key):
    (own_zoo.root / "flowers" / "1" / "golden.npz").write_bytes(b"")
    with pytest.raises(BadVersion, match="truncated"):
        own_zoo.sign("flowers", 1, key)
    assert not (own_zoo.root / "flowers" / "1" / SIGNATURE_FILE).exists()


def test_publishers_at_the_same_time_each_sign_their_own_number(own_zoo, republish, key):
    store, first, barrier = Store(own_zoo.root, key), own_zoo.version("flowers"), threading.Barrier(4)

    def publish():
        barrier.wait()
        republish(store, first)

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [opened(store, key, number=number).number for number in (2, 3, 4, 5)] == [2, 3, 4, 5]


def test_a_signature_that_was_copied_along_is_not_published(own_zoo, republish, signed):
    version = republish(own_zoo, signed.version("flowers", 2))
    assert not (version.folder / SIGNATURE_FILE).exists()
    assert SIGNATURE_FILE not in version.manifest.files


def test_a_withdrawn_version_comes_back_as_it_was_signed(signed, key):
    place = signed.root / "flowers"
    (place / "2").rename(place / "withdrawn-2")
    (place / "withdrawn-2").rename(place / "2")
    assert opened(signed, key).number == 2
