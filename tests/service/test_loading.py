"""Which versions of a store are served, and that a bad one never is."""

import shutil
import sys

import numpy as np
import pytest

from models.errors import UnknownLabel, UnknownModel, UnknownVersion, UnreadableStore
from models.golden import Golden
from models.store import Store
from models.version import GOLDEN_FILE
from service import predictor as predictor_module
from service import watching
from service.errors import ModelNotNamed, ModelUnavailable, NonFiniteOutput, NotReady, TooManyRows
from service.loading import Loader
from service.metrics import Metrics
from service.settings import Settings
from tests.service.conftest import opener

FOREVER = float("inf")


def load_catalog(store, settings):
    return Loader(store, settings, Metrics(), opener()).load()


def damage(store, name, number):
    (store.root / name / str(number) / "model.onnx").write_bytes(b"")


def test_the_newest_version_answers(own_zoo, republish):
    republish(own_zoo, own_zoo.version("flowers"))
    catalog = load_catalog(own_zoo, Settings())
    assert catalog.find("flowers").version.number == 2
    assert catalog.find("flowers", 1).version.number == 1


def test_a_bad_newest_version_leaves_the_one_before_serving_and_says_so(own_zoo, republish, caplog):
    republish(own_zoo, own_zoo.version("flowers"))
    damage(own_zoo, "flowers", 2)
    catalog = load_catalog(own_zoo, Settings())
    assert catalog.find("flowers").version.number == 1
    assert "truncated" in catalog.model("flowers").refused[2]
    assert "version refused" in caplog.text
    with pytest.raises(ModelUnavailable, match="Version 2 of model 'flowers' was refused"):
        catalog.find("flowers", 2)


def test_a_model_without_a_good_version_does_not_stop_the_others(own_zoo):
    damage(own_zoo, "flowers", 1)
    catalog = load_catalog(own_zoo, Settings())
    assert catalog.find("tags").version.number == 1
    with pytest.raises(ModelUnavailable, match=r"No version of model 'flowers' can be served: .* truncated"):
        catalog.find("flowers")


def test_a_version_whose_answers_changed_is_refused(own_zoo, republish):
    version = own_zoo.version("flowers")
    golden = version.golden()
    wrong = {"answer": golden.outputs["answer"][:, ::-1]}
    Golden(golden.inputs, wrong).save(version.folder / GOLDEN_FILE)
    republish(own_zoo, version)
    catalog = load_catalog(own_zoo, Settings())
    assert "does not compute what Keras computed" in catalog.model("flowers").refused[2]


def test_as_many_versions_are_served_as_the_setting_says_and_those_with_a_label(own_zoo, republish):
    for _ in range(4):
        republish(own_zoo, own_zoo.version("flowers"))
    own_zoo.label("flowers", "stable", 1)
    catalog = load_catalog(own_zoo, Settings(versions_per_model=2))
    assert sorted(catalog.model("flowers").predictors) == [1, 4, 5]
    assert catalog.find("flowers", label="stable").version.number == 1
    with pytest.raises(UnknownVersion, match=r"Known versions: 1, 4, 5.*SERVICE_VERSIONS_PER_MODEL"):
        catalog.find("flowers", 3)
    with pytest.raises(UnknownLabel, match="Known labels: stable"):
        catalog.find("flowers", label="canary")


def test_a_damaged_label_stops_neither_the_model_nor_its_other_labels(own_zoo, caplog):
    own_zoo.label("flowers", "stable", 1)
    (own_zoo.root / "flowers" / "labels" / "broken").write_bytes(b"\xff")
    catalog = load_catalog(own_zoo, Settings())
    assert catalog.find("flowers", label="stable").version.number == 1
    assert "labels/broken" in str([vars(record).get("fields") for record in caplog.records])
    with pytest.raises(UnknownLabel):
        catalog.find("flowers", label="broken")


def test_a_label_of_a_refused_version_tells_the_reason(own_zoo, republish):
    republish(own_zoo, own_zoo.version("flowers"))
    own_zoo.label("flowers", "stable", 2)
    damage(own_zoo, "flowers", 2)
    with pytest.raises(ModelUnavailable, match=r"flowers/2/model\.onnx is truncated"):
        load_catalog(own_zoo, Settings()).find("flowers", label="stable")


@pytest.mark.parametrize(
    ("file", "content"), [("golden.npz", b"no npz"), ("README.md", b"\xff\xfe"), ("model.onnx", b"no model")]
)
def test_a_version_whose_files_make_no_sense_is_refused_even_where_their_hashes_fit(own_zoo, republish, file, content):
    (own_zoo.root / "flowers" / "1" / file).write_bytes(content)
    republish(own_zoo, own_zoo.version("flowers"))
    catalog = load_catalog(own_zoo, Settings())
    assert set(catalog.model("flowers").refused) == {1, 2}


def test_a_model_that_vanishes_while_the_store_is_read_is_absent(own_zoo, monkeypatch):
    monkeypatch.setattr(type(own_zoo), "names", lambda _: ["flowers", "gone", "tags"])
    assert set(load_catalog(own_zoo, Settings()).models) == {"flowers", "tags"}


class LockedStore(Store):
    """A store in which one model's folder may not be read by this user, who may be root and so read everything."""

    def numbers(self, name):
        if name == "flowers":
            raise UnreadableStore("flowers cannot be read (Permission denied).")
        return super().numbers(name)


def test_a_model_whose_folder_may_not_be_read_is_refused_and_the_others_serve(zoo, start_worker):
    worker = start_worker(LockedStore(zoo.root))
    assert worker.catalog.find("tags").version.number == 1
    with pytest.raises(ModelUnavailable, match="Permission denied"):
        worker.catalog.find("flowers")
    with pytest.raises(NotReady, match=f"1 of {len(zoo.names())} models"):
        worker.check_ready()


def test_a_request_that_names_no_model_gets_the_default_or_the_only_one(own_zoo):
    catalog = load_catalog(own_zoo, Settings())
    with pytest.raises(ModelNotNamed, match="boxes, flowers"):
        catalog.find()
    assert load_catalog(own_zoo, Settings(default_model="tags")).find().version.name == "tags"
    with pytest.raises(UnknownModel, match="Known models: boxes, flowers"):
        catalog.find("roses")


def test_what_a_model_answers_does_not_depend_on_the_size_of_the_request(zoo):
    predictor = load_catalog(zoo, Settings()).find("flowers")
    rows = np.random.default_rng(1).normal(size=(predictor_module.ROWS_PER_RUN * 2 + 5, 4)).astype(np.float32)
    together = predictor.predict({"row": rows}, FOREVER)["answer"]
    parts = [
        predictor.predict({"row": rows[start : start + 100]}, FOREVER)["answer"] for start in range(0, len(rows), 100)
    ]
    np.testing.assert_allclose(together, np.concatenate(parts), atol=1e-6)


def test_an_answer_holds_a_limited_number_of_numbers(zoo, monkeypatch):
    monkeypatch.setattr(predictor_module, "MOST_NUMBERS", 3 * 16)
    predictor = load_catalog(zoo, Settings()).find("sketches")
    golden = zoo.version("sketches").golden()
    outputs = predictor.predict({"image": golden.inputs["image"][:3]}, FOREVER)
    np.testing.assert_allclose(outputs["copy"], golden.outputs["copy"][:3], atol=1e-6)
    with pytest.raises(TooManyRows, match=r"has 4 rows; of this model.*at most 3"):
        predictor.predict({"image": golden.inputs["image"][:4]}, FOREVER)


def test_an_answer_that_is_not_finite_names_its_rows(zoo):
    predictor = load_catalog(zoo, Settings()).find("prices")
    rows = np.array([[1, 1], [3e38, -3e38], [3e38, 3e38]], np.float32)
    with pytest.raises(NonFiniteOutput) as caught:
        predictor.predict({"row": rows}, FOREVER)
    assert "/instances/0" not in [detail.path for detail in caught.value.details]


def test_readiness_waits_for_every_model_unless_told_otherwise(own_zoo, start_worker):
    start_worker(own_zoo).check_ready()
    damage(own_zoo, "flowers", 1)
    with pytest.raises(NotReady, match=f"1 of {len(own_zoo.names())} models") as caught:
        start_worker(own_zoo).check_ready()
    assert [detail.path for detail in caught.value.details] == ["/models/flowers"]
    start_worker(own_zoo, strict_readiness=False).check_ready()


def test_a_default_model_that_is_not_there_is_told_by_readiness(zoo, start_worker):
    with pytest.raises(NotReady, match="default model 'roses'"):
        start_worker(zoo, default_model="roses").check_ready()


@pytest.fixture
def loader(own_zoo):
    return Loader(own_zoo, Settings(), Metrics(), opener())


def test_what_has_not_changed_is_not_opened_again(loader):
    first, second = loader.load(), loader.load()
    assert first == second
    assert first.find("flowers") is second.find("flowers")


def test_a_new_version_is_served_and_the_one_before_kept_open(loader, own_zoo, republish):
    before = loader.load().find("flowers")
    republish(own_zoo, own_zoo.version("flowers"))
    catalog = loader.load()
    assert catalog.find("flowers").version.number == 2
    assert catalog.find("flowers", 1) is before


def test_a_new_model_is_served(loader, own_zoo, republish):
    loader.load()
    republish(own_zoo, own_zoo.version("flowers"), name="roses")
    assert loader.load().find("roses").version.number == 1


def test_a_version_that_falls_out_of_the_newest_ones_is_let_go_unless_it_has_a_label(own_zoo, republish):
    loader = Loader(own_zoo, Settings(versions_per_model=1), Metrics(), opener())
    loader.load()
    republish(own_zoo, own_zoo.version("flowers"))
    assert sorted(loader.load().model("flowers").predictors) == [2]
    own_zoo.label("flowers", "stable", 1)
    assert sorted(loader.load().model("flowers").predictors) == [1, 2]


def test_a_removed_version_and_a_removed_model_are_let_go(loader, own_zoo, republish):
    republish(own_zoo, own_zoo.version("flowers"))
    loader.load()
    shutil.rmtree(own_zoo.root / "flowers" / "2")
    shutil.rmtree(own_zoo.root / "tags")
    catalog = loader.load()
    assert catalog.find("flowers").version.number == 1
    assert "tags" not in catalog.models


@pytest.mark.parametrize("remains", ["nothing", "an empty folder"])
def test_a_store_that_vanishes_lets_nothing_go(loader, own_zoo, remains):
    before = loader.load()
    own_zoo.root.rename(own_zoo.root.with_name("unmounted"))
    if remains != "nothing":
        own_zoo.root.mkdir()
    assert loader.load() is before
    assert before.find("flowers").version.number == 1


def test_a_half_copied_version_is_served_once_it_is_whole(loader, own_zoo, republish):
    loader.load()
    version = republish(own_zoo, own_zoo.version("flowers"))
    onnx = version.folder / "model.onnx"
    content = onnx.read_bytes()
    onnx.write_bytes(content[:100])
    assert loader.load().find("flowers").version.number == 1
    assert "truncated" in loader.load().model("flowers").refused[2]
    onnx.write_bytes(content)
    assert loader.load().find("flowers").version.number == 2


def test_a_version_that_serves_goes_on_where_its_files_are_damaged_later(loader, own_zoo, caplog):
    before = loader.load().find("flowers")
    damage(own_zoo, "flowers", 1)
    assert loader.load().find("flowers") is before
    assert "version refused" in caplog.text


def test_a_version_that_was_removed_and_published_anew_under_its_number_is_opened_anew(loader, own_zoo, republish):
    before = loader.load().find("flowers")
    shutil.rmtree(own_zoo.root / "flowers")
    republish(own_zoo, own_zoo.version("pictures"), name="flowers")
    after = loader.load().find("flowers")
    assert after is not before
    assert after.signature.inputs[0].shape == (3, 2)


def test_what_is_wrong_is_logged_once_and_not_at_every_look(loader, own_zoo, caplog):
    (own_zoo.root / "flowers" / "labels").mkdir()
    (own_zoo.root / "flowers" / "labels" / "broken").write_text("first")
    damage(own_zoo, "tags", 1)
    for _ in range(3):
        loader.load()
    assert sorted(record.message for record in caplog.records if record.levelname == "ERROR") == [
        "store",
        "version refused",
    ]


def test_a_thread_that_loads_gives_way_to_requests_only_while_it_does():
    usual_s = sys.getswitchinterval()
    with watching._giving_way():
        assert sys.getswitchinterval() == pytest.approx(watching.GIVE_WAY_S)
    assert sys.getswitchinterval() == usual_s
