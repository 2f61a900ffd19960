"""Which versions of a store are served, and that a bad one never is."""

import numpy as np
import pytest

from models.errors import UnknownLabel, UnknownModel, UnknownVersion, UnreadableStore
from models.golden import Golden
from models.store import Store
from models.version import GOLDEN_FILE
from service import predictor as predictor_module
from service.errors import ModelNotNamed, ModelUnavailable, NonFiniteOutput, NotReady
from service.loading import load_catalog
from service.settings import Settings


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
    assert "label ignored" in caplog.text
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
    with pytest.raises(NotReady, match="1 of 6"):
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
    together = predictor.predict({"row": rows})["answer"]
    parts = [predictor.predict({"row": rows[start : start + 100]})["answer"] for start in range(0, len(rows), 100)]
    np.testing.assert_allclose(together, np.concatenate(parts), atol=1e-6)


def test_an_answer_that_is_not_finite_names_its_rows(zoo):
    predictor = load_catalog(zoo, Settings()).find("prices")
    rows = np.array([[1, 1], [3e38, -3e38], [3e38, 3e38]], np.float32)
    with pytest.raises(NonFiniteOutput) as caught:
        predictor.predict({"row": rows})
    assert "/instances/0" not in [detail.path for detail in caught.value.details]


def test_readiness_waits_for_every_model_unless_told_otherwise(own_zoo, start_worker):
    start_worker(own_zoo).check_ready()
    damage(own_zoo, "flowers", 1)
    with pytest.raises(NotReady, match="1 of 6 models") as caught:
        start_worker(own_zoo).check_ready()
    assert [detail.path for detail in caught.value.details] == ["/models/flowers"]
    start_worker(own_zoo, strict_readiness=False).check_ready()


def test_a_default_model_that_is_not_there_is_told_by_readiness(zoo, start_worker):
    with pytest.raises(NotReady, match="default model 'roses'"):
        start_worker(zoo, default_model="roses").check_ready()
