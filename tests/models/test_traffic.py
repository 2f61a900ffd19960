"""A split and a shadow tell who answers the requests for a model, and are refused where they cannot."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadLabel, BadTraffic, UnknownLabel, UnknownModel, UnknownVersion
from models.retirement import prune, restore, roll_back
from models.traffic import LARGEST_WEIGHT, Traffic

BOTH = Traffic({"stable": 95, "canary": 5}, "next")

words = st.text(min_size=1, max_size=20)


@pytest.fixture
def store(own_zoo, republish):
    """Flowers in three versions, each with a label: stable, canary, next."""
    for number, label in enumerate(("stable", "canary", "next"), start=1):
        if number > 1:
            republish(own_zoo, own_zoo.version("flowers"))
        own_zoo.label("flowers", label, number)
    return own_zoo


def file_of(store):
    return store.root / "flowers" / "traffic.json"


def label_file(store, label):
    return store.root / "flowers" / "labels" / label


@given(st.dictionaries(words, st.integers(1, LARGEST_WEIGHT)), st.none() | words)
def test_what_is_written_is_read_again_in_its_order(split, shadow):
    traffic = Traffic(split, shadow)
    again = Traffic.from_json(traffic.to_json().encode())
    assert again == traffic
    assert list(again.split) == list(split)


def test_labels_in_use_are_those_of_the_split_and_the_shadow():
    assert BOTH.labels == {"stable", "canary", "next"}
    assert Traffic().labels == set()


def test_a_model_without_the_file_leaves_all_to_its_newest_version(store):
    assert store.traffic("flowers") == Traffic({}, None)


@pytest.mark.parametrize(
    "traffic",
    [BOTH, Traffic({"stable": 1}), Traffic({"stable": 1, "canary": 2, "next": LARGEST_WEIGHT}), Traffic(shadow="next")],
    ids=["split-and-shadow", "one-label", "any-sum", "shadow-only"],
)
def test_traffic_is_as_it_was_set_last(store, traffic):
    store.route("flowers", Traffic({"canary": 1}, "stable"))
    store.route("flowers", traffic)
    assert store.traffic("flowers") == traffic
    assert store.traffic("tags") == Traffic()


def test_an_empty_traffic_leaves_no_file_behind(store):
    before = sorted(path.name for path in (store.root / "flowers").iterdir())
    store.route("flowers", Traffic())
    store.route("flowers", BOTH)
    store.route("flowers", Traffic())
    assert sorted(path.name for path in (store.root / "flowers").iterdir()) == before
    assert store.traffic("flowers") == Traffic()


def test_a_reader_sees_one_traffic_or_the_other_whole(store):
    other = Traffic({"next": 1}, "stable")
    store.route("flowers", BOTH)
    stop = threading.Event()

    def write():
        for turn in range(50):
            store.route("flowers", BOTH if turn % 2 else other)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        assert store.traffic("flowers") in (BOTH, other)
    writer.join()


def test_versions_labels_and_publishing_are_as_without_the_file(store, republish):
    names, labels = store.names(), store.labels("flowers")
    store.route("flowers", BOTH)
    assert store.names() == names
    assert store.numbers("flowers") == [1, 2, 3]
    assert store.labels("flowers") == labels
    assert store.withdrawn("flowers") == []
    assert republish(store, store.version("flowers")).number == 4


def test_rolling_back_restoring_and_pruning_leave_traffic_alone(store, republish):
    store.route("flowers", BOTH)
    republish(store, store.version("flowers"))
    roll_back(store, "flowers")
    restore(store, "flowers", 4)
    assert prune(store, "flowers", keep=1) == []  # what traffic uses has a label
    assert store.traffic("flowers") == BOTH


@pytest.mark.parametrize(
    "traffic", [Traffic({"stable": 1, "blue": 1}), Traffic(shadow="blue")], ids=["split", "shadow"]
)
def test_a_label_that_is_not_there_is_refused_and_nothing_changes(store, traffic):
    store.route("flowers", BOTH)
    with pytest.raises(UnknownLabel, match=r"no label 'blue'\. Known labels: canary, next, stable"):
        store.route("flowers", traffic)
    assert store.traffic("flowers") == BOTH


def test_a_label_that_leads_nowhere_is_refused(store):
    label_file(store, "next").write_text("9")
    with pytest.raises(UnknownVersion, match=r"no version 9.* Label 'next' points at it"):
        store.route("flowers", BOTH)
    label_file(store, "next").write_text("first")
    with pytest.raises(BadLabel, match="labels/next"):
        store.route("flowers", BOTH)
    assert not file_of(store).exists()


def test_a_half_whose_label_has_gone_is_still_read_and_can_be_turned_off_alone(store):
    store.route("flowers", BOTH)
    for label in ("canary", "next"):
        label_file(store, label).unlink()
    assert store.traffic("flowers") == BOTH
    store.route("flowers", Traffic(BOTH.split))
    store.route("flowers", Traffic())
    assert store.traffic("flowers") == Traffic()


def test_a_model_that_is_not_there_is_told_with_the_known_ones(store):
    with pytest.raises(UnknownModel, match="Known models: boxes, flowers"):
        store.traffic("roses")
    with pytest.raises(UnknownModel, match="Known models: boxes, flowers"):
        store.route("roses", Traffic())


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"", "no JSON", id="empty"),
        pytest.param(b'{"split": {"stable": 1}', "no JSON", id="truncated"),
        pytest.param(b"\xff\xfe{", "no JSON", id="not-utf-8"),
        pytest.param(b"[" * 100_000, "no JSON", id="deep"),
        pytest.param(b'["stable"]', r"\['stable'\], and no JSON object", id="array"),
        pytest.param(b'{"weights": {}}', "'weights' is unknown; known keys: split, shadow", id="unknown-key"),
        pytest.param(b'{"shadow": "a", "shadow": "b"}', "'shadow' stands twice", id="key-twice"),
        pytest.param(b'{"split": {"a": 1, "a": 2}}', "'a' stands twice", id="label-twice"),
        pytest.param(b'{"split": null}', "split is None", id="null-split"),
        pytest.param(b'{"split": ["stable"]}', r"split is \['stable'\]", id="split-of-no-weights"),
        pytest.param(b'{"split": {"stable": 0}}', "weight of 'stable' is 0; it is a whole number", id="zero"),
        pytest.param(b'{"split": {"stable": -5}}', "is -5", id="negative"),
        pytest.param(b'{"split": {"stable": 1000000000}}', "is 1000000000", id="too-heavy"),
        pytest.param(b'{"split": {"stable": 0.5}}', r"is 0\.5", id="fraction"),
        pytest.param(b'{"split": {"stable": 5.0}}', r"is 5\.0", id="float"),
        pytest.param(b'{"split": {"stable": NaN}}', "is nan", id="nan"),
        pytest.param(b'{"split": {"stable": true}}', "is True", id="boolean"),
        pytest.param(b'{"split": {"stable": "95"}}', "is '95'", id="word"),
        pytest.param(b'{"split": {"../stable": 1}}', "'../stable' is no label", id="no-label-name"),
        pytest.param(b'{"shadow": ""}', "'' is no label", id="empty-shadow"),
        pytest.param(b'{"shadow": ["next"]}', r"shadow is \['next'\]", id="two-shadows"),
    ],
)
def test_a_file_that_does_not_say_who_answers_is_refused_with_the_bad_value_and_a_remedy(store, content, fault):
    file_of(store).write_bytes(content)
    for use in (lambda: store.traffic("flowers"), lambda: store.route("flowers", BOTH)):
        with pytest.raises(BadTraffic, match=rf"^flowers/traffic\.json: .*{fault}.*Remove the file, and set") as told:
            use()
        assert len(str(told.value)) < 300
    assert file_of(store).read_bytes() == content
    assert store.numbers("flowers") == [1, 2, 3]


def test_a_folder_in_the_place_of_the_file_is_refused(store):
    file_of(store).mkdir()
    with pytest.raises(BadTraffic, match=r"flowers/traffic\.json: It cannot be read \(Is a directory\)"):
        store.traffic("flowers")


@pytest.mark.parametrize("weight", [0, -1, 0.5, True, None, "5", LARGEST_WEIGHT + 1], ids=repr)
def test_no_traffic_is_made_with_a_weight_that_is_none(weight):
    with pytest.raises(BadTraffic, match="weight of 'canary'"):
        Traffic({"canary": weight})
