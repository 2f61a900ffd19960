"""The estimators in scikit-learn's hands: searched, cloned, pickled, weighed, and strict about what they are given."""

import pickle
from pathlib import Path

import keras
import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from scipy.stats import reciprocal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold, check_cv

from training import recipes
from training.config import override
from training.errors import Diverged
from training.estimators import KerasMLPClassifier, KerasMLPRegressor
from training.fit import fit
from training.sources import embedded

QUICK = {"n_neurons": 8, "epochs": 3, "learning_rate": 0.02, "patience": 0}
ROWS = np.random.default_rng(3).normal(size=(60, 3)).astype(np.float32)
VALUES = 100 * ROWS[:, 0] - 50 * ROWS[:, 1] ** 2
NAMES = np.where(ROWS[:, 0] > 0.5, "good", np.where(ROWS[:, 0] < -0.5, "bad", "fair"))


@pytest.fixture(scope="module")
def regressor():
    return KerasMLPRegressor(**QUICK).fit(ROWS, VALUES)


@pytest.fixture(scope="module")
def classifier():
    return KerasMLPClassifier(**QUICK).fit(ROWS, NAMES)


@pytest.fixture(scope="module")
def diabetes():
    return embedded.diabetes(None)


def pair(split):
    return split.inputs, split.targets.ravel()


def epochs_trained(estimator, _rows, _targets):
    return estimator.n_iter_


def test_the_cell_of_the_specification_relays_what_fit_is_told_to_every_training(diabetes):
    search = RandomizedSearchCV(
        KerasMLPRegressor(),
        {"n_hidden": [0, 1, 2, 3], "n_neurons": np.arange(1, 100), "learning_rate": reciprocal(3e-4, 3e-2)},
        n_iter=2,
        cv=2,
        scoring=epochs_trained,
        random_state=42,
    )
    stopping = keras.callbacks.EarlyStopping(patience=10)
    search.fit(*pair(diabetes.train), epochs=2, validation_data=pair(diabetes.validation), callbacks=[stopping])
    assert search.cv_results_["mean_test_score"].tolist() == [2, 2]
    assert search.best_estimator_.n_iter_ == 2
    assert search.best_estimator_.model(diabetes.test.inputs).shape == (diabetes.test.rows, 1)
    pickle.dumps(stopping)  # it is the caller's, and may go to another process: it holds no network


def test_a_flat_grid_is_searched_by_negative_mse(diabetes):
    grid = {"hidden": [None, (8, 4)]}
    search = GridSearchCV(KerasMLPRegressor(**QUICK), grid, cv=2).fit(*pair(diabetes.train))
    assert (search.cv_results_["mean_test_score"] < -1000).all()  # the unit is squared; R2 would be at most 1
    best, (rows, values) = search.best_estimator_, pair(diabetes.test)
    assert search.score(rows, values) == pytest.approx(-mean_squared_error(values, best.predict(rows)))


def test_scikit_learn_knows_which_is_which():
    assert (is_regressor(KerasMLPRegressor()), is_classifier(KerasMLPRegressor())) == (True, False)
    assert (is_regressor(KerasMLPClassifier()), is_classifier(KerasMLPClassifier())) == (False, True)
    assert isinstance(check_cv(3, NAMES, classifier=is_classifier(KerasMLPClassifier())), StratifiedKFold)


@pytest.mark.parametrize("kind", [KerasMLPRegressor, KerasMLPClassifier])
def test_every_parameter_is_in_the_documentation(kind):
    text = (Path(__file__).parents[2] / "docs" / "estimators.md").read_text()
    assert [key for key in kind().get_params() if f"`{key}`" not in text] == []


@pytest.mark.parametrize("kind", [KerasMLPRegressor, KerasMLPClassifier])
def test_a_clone_has_every_parameter_and_nothing_that_was_learnt(kind, regressor, classifier):
    changed = {"hidden": (3, 2), "dropout": 0.1, "patience": 7, "random_state": 5, "validation_fraction": 0.3}
    again = clone(kind(**changed))
    assert again.get_params() == kind().get_params() | changed
    fitted = {KerasMLPRegressor: regressor, KerasMLPClassifier: classifier}[kind]
    assert not any(name.endswith("_") for name in vars(clone(fitted)))


@pytest.mark.parametrize("name", ["regressor", "classifier"])
def test_a_pickled_estimator_answers_as_before(name, request):
    estimator = request.getfixturevalue(name)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict(ROWS), estimator.predict(ROWS))
    assert again.words_ == estimator.words_


def test_a_recipe_with_its_words_comes_to_the_same_network(diabetes):
    recipe = recipes.find("diabetes")
    estimator = KerasMLPRegressor(n_hidden=2, n_neurons=np.int64(5), learning_rate=np.float64(0.01), epochs=9)
    estimator.fit(*pair(diabetes.train), epochs=3, validation_data=pair(diabetes.validation))
    run = fit(diabetes, recipe.task, override(recipe.config, estimator.words_))
    np.testing.assert_allclose(run.predictions["test"].ravel(), estimator.predict(diabetes.test.inputs), rtol=1e-5)


def test_classes_are_named_as_the_caller_names_them():
    rows, numbers = load_iris(return_X_y=True)
    names = load_iris().target_names[numbers]
    estimator = KerasMLPClassifier(epochs=15, learning_rate=0.02).fit(rows, names)
    assert estimator.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert estimator.score(rows, names) > 0.9
    probabilities = estimator.predict_proba(rows)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (estimator.classes_[probabilities.argmax(axis=1)] == estimator.predict(rows)).all()


def test_several_targets_are_answered_together():
    values = np.stack([VALUES, -VALUES], axis=1)
    estimator = KerasMLPRegressor(**QUICK | {"epochs": 30}).fit(ROWS, values)
    assert estimator.predict(ROWS[:7]).shape == (7, 2)
    assert estimator.score(ROWS, values) > -values.var() / 2


def test_rows_may_have_any_number_of_labels():
    labels = (ROWS > 0).astype(int)
    estimator = KerasMLPClassifier(**QUICK | {"epochs": 30}).fit(ROWS, labels)
    assert np.mean(estimator.predict(ROWS) == labels) > 0.8
    assert estimator.predict_proba(ROWS).shape == labels.shape


def test_a_row_without_weight_is_as_if_it_were_not_there_and_the_size_of_weights_does_not_count(regressor):
    rows, values = np.vstack([ROWS, 1000 + ROWS]), np.concatenate([VALUES, 0 * VALUES])
    weighed = KerasMLPRegressor(**QUICK).fit(rows, values, sample_weight=np.repeat([7.0, 0.0], len(ROWS)))
    np.testing.assert_allclose(weighed.predict(ROWS), regressor.predict(ROWS), rtol=1e-4)


def test_what_weighs_more_is_learnt_first():
    weights = np.where(NAMES == "good", 1000.0, 0.001)
    estimator = KerasMLPClassifier(**QUICK | {"epochs": 15})
    by_row = estimator.fit(ROWS, NAMES, sample_weight=weights).predict(ROWS)
    by_class = estimator.set_params(class_weight={"good": 1000.0, "bad": 0.001, "fair": 0.001})
    assert np.mean(by_row == "good") > 0.9
    assert np.mean(by_class.fit(ROWS, NAMES).predict(ROWS) == "good") > 0.9


def test_early_stopping_that_puts_the_best_weights_back_is_obeyed():
    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    estimator = KerasMLPRegressor(**QUICK | {"learning_rate": 0.3}, output_scaling="none")
    half = len(ROWS) // 2
    validation = ROWS[half:], VALUES[half:]
    estimator.fit(ROWS[:half], VALUES[:half], epochs=60, validation_data=validation, callbacks=[stopping])
    losses = estimator.history_["val_loss"]
    assert losses[-1] > 1.001 * min(losses)
    assert -estimator.score(*validation) == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize(
    ("parameters", "told", "learns_from_all", "validates"),
    [
        ({"patience": 0}, {}, True, False),
        ({"patience": 5}, {}, False, True),
        ({"patience": 5}, {"validation_data": (ROWS, VALUES)}, True, True),
        ({"patience": 0}, {"callbacks": [keras.callbacks.EarlyStopping()]}, False, True),
    ],
    ids=["nobody looks", "patience", "rows of the caller's", "a callback"],
)
def test_a_share_is_held_out_where_it_is_looked_at(parameters, told, learns_from_all, validates):
    estimator = KerasMLPRegressor(**QUICK | parameters).fit(ROWS, VALUES, **told)
    means = estimator.model.layers[1].mean  # of the rows that the network has seen
    assert np.allclose(means, ROWS.mean(axis=0), atol=1e-6) == learns_from_all
    assert ("val_loss" in estimator.history_) == validates


def test_what_others_draw_does_not_depend_on_a_training():
    np.random.seed(1)
    expected = np.random.rand()
    np.random.seed(1)
    KerasMLPRegressor(**QUICK).fit(ROWS, VALUES)
    assert np.random.rand() == expected


def test_a_pixel_that_no_training_row_has_inked_spoils_no_fold():
    rows, digits = load_digits(return_X_y=True)
    rows[:1000, 0], rows[1000:, 0] = 0, 1
    estimator = KerasMLPClassifier(epochs=3).fit(rows[:1000], digits[:1000])
    assert estimator.score(rows[1000:], digits[1000:]) > 0.8


@pytest.mark.parametrize(
    ("parameters", "told", "fault", "words"),
    [
        ({"n_hidden": 2.5}, {}, TypeError, "n_hidden must be an instance of"),
        ({"n_hidden": -1}, {}, ValueError, "n_hidden == -1, must be >= 0"),
        ({"n_neurons": 0}, {}, ValueError, "hidden is whole numbers from 1"),
        ({"hidden": (8, 0)}, {}, ValueError, "hidden is whole numbers from 1"),
        ({"activation": "gelu"}, {}, ValueError, "activation is one of relu"),
        ({"learning_rate": -1}, {}, ValueError, "learning_rate is a number above 0"),
        ({"output": "relu", "output_scaling": "range"}, {}, ValueError, "takes an output between two bounds"),
        ({"patience": 1, "validation_fraction": 1.0}, {}, ValueError, "validation_fraction == 1.0, must be < 1"),
        ({}, {"epoch": 3}, TypeError, "fit relays no 'epoch'. It relays batch_size, callbacks, epochs and"),
        ({}, {"epochs": 0}, ValueError, "epochs is a whole number from 1"),
        ({}, {"validation_data": (ROWS[:, :2], VALUES)}, ValueError, "X has 2 features, but KerasMLPRegressor"),
        ({}, {"validation_data": (ROWS, ROWS)}, ValueError, r"rows of shape \(3,\), and those of fit"),
        ({"learning_rate": 1000, "optimizer": "sgd"}, {}, Diverged, "smaller learning_rate"),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_what_does_not_fit_is_named(parameters, told, fault, words):
    with pytest.raises(fault, match=words):
        KerasMLPRegressor(**QUICK | parameters).fit(ROWS, VALUES, **told)


@pytest.mark.parametrize(
    ("rows", "fault", "words"),
    [
        (np.where(ROWS > 2, np.nan, ROWS), ValueError, "Input X contains NaN"),
        (csr_array(ROWS), TypeError, "Sparse data was passed"),
        (ROWS[:, :2], ValueError, "X has 2 features, but KerasMLPClassifier is expecting 3"),
    ],
    ids=["missing", "sparse", "a column less"],
)
def test_rows_are_refused_in_scikit_learns_words(rows, fault, words, classifier):
    with pytest.raises(fault, match=words):
        classifier.predict(rows)


def test_columns_keep_their_names():
    estimator = KerasMLPRegressor(**QUICK).fit(pa.table({"age": ROWS[:, 0], "height": ROWS[:, 1]}), VALUES)
    assert estimator.feature_names_in_.tolist() == ["age", "height"]
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(pa.table({"height": ROWS[:, 1], "age": ROWS[:, 0]}))


def test_a_class_that_fit_has_not_seen_is_named():
    strange = ROWS, np.where(NAMES == "bad", "worse", NAMES)
    with pytest.raises(ValueError, match="y holds 'worse', which fit has not seen"):
        KerasMLPClassifier(**QUICK).fit(ROWS, NAMES, validation_data=strange)
