"""Searches, pipelines and meta-estimators over ragged sequences."""

import numpy as np
import pytest
from helpers import STEADY, MyCell, containers, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import RaggedArray, RNNClassifier, RNNRegressor
from sksequence.cells import CELLS, Cell, GRUCell, LSTMCell
from sksequence.preprocessing import PerStep

X, Y = ragged_data(60)


def small(**settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
    return RNNClassifier(**few | STEADY | settings)


def pipeline():
    return make_pipeline(PerStep(StandardScaler()), small())


@pytest.mark.parametrize("as_ragged", [False, True])
def test_grid_search_gives_the_same_bits_for_any_n_jobs(as_ragged):
    data = RaggedArray.from_sequences(X) if as_ragged else X
    grid = {
        "perstep__standardscaler__with_mean": [True, False],
        "rnnclassifier__cell": ["lstm", GRUCell(reset_after=True), MyCell()],
        "rnnclassifier__bidirectional": [False, True],
        "rnnclassifier__hidden_layer_sizes": [(4,), (3, 3)],
    }
    scoring = {"accuracy": "accuracy", "loss": "neg_log_loss"}
    searches = [
        GridSearchCV(
            pipeline(), grid, cv=2, scoring=scoring, refit="loss", n_jobs=n_jobs
        ).fit(data, Y)
        for n_jobs in (1, 2)
    ]
    one, two = searches
    for metric in scoring:
        assert_array_equal(
            one.cv_results_[f"mean_test_{metric}"],
            two.cv_results_[f"mean_test_{metric}"],
        )
        assert np.isfinite(one.cv_results_[f"mean_test_{metric}"]).all()
    thetas = [s.best_estimator_[-1].theta_ for s in searches]
    assert_array_equal(*thetas)
    direct = clone(one.best_estimator_).fit(data, Y)
    assert_array_equal(direct[-1].theta_, thetas[0])
    assert_array_equal(one.predict(data), two.predict(data))


def test_the_fields_of_a_cell_can_be_searched():
    search = GridSearchCV(
        small(cell=LSTMCell()), {"cell__peephole": [None, "current", "previous"]}, cv=2
    ).fit(X, Y)
    assert len(search.cv_results_["params"]) == 3
    search = GridSearchCV(small(cell=MyCell()), {"cell__keep": [0.1, 0.9]}, cv=2)
    assert search.fit(X, Y).best_params_["cell__keep"] in (0.1, 0.9)


@pytest.mark.parametrize("cell", [*CELLS, MyCell()])
def test_a_users_cell_works_like_a_built_in_one(cell):
    clf = small(cell=cell, bidirectional=True, hidden_layer_sizes=(5, 4), max_iter=40)
    assert isinstance(clone(clf).cell, Cell if not isinstance(cell, str) else str)
    assert clf.fit(X, Y).score(X, Y) > 0.8


def test_halving_random_search():
    search = HalvingRandomSearchCV(
        pipeline(),
        {
            "rnnclassifier__hidden_layer_sizes": [3, 4, 5, 6],
            "rnnclassifier__cell": list(CELLS),
        },
        resource="rnnclassifier__max_iter",
        max_resources=8,
        min_resources=2,
        cv=2,
        random_state=0,
        n_jobs=2,
    ).fit(X, Y)
    assert search.n_iterations_ >= 2
    by_sequences = HalvingRandomSearchCV(
        pipeline(), {"rnnclassifier__cell": list(CELLS)}, cv=2, random_state=0
    ).fit(X, Y)
    assert by_sequences.predict(X).shape == (60,)


def test_cross_validation():
    scores = cross_val_score(pipeline(), X, Y, cv=3, n_jobs=2)
    assert_array_equal(scores, cross_val_score(pipeline(), X, Y, cv=3))
    p = cross_val_predict(pipeline(), X, Y, cv=3, method="predict_proba")
    assert_allclose(p.sum(axis=1), 1)
    sizes, *_ = learning_curve(small(), X, Y, cv=3, train_sizes=[0.5, 1.0])
    assert sizes.tolist() == [20, 40]


@pytest.mark.parametrize("container", containers(X))
def test_cross_validation_in_every_container(container):
    expected = cross_val_score(small(), X, Y, cv=2)
    assert_array_equal(
        cross_val_score(small(), containers(X)[container], Y, cv=2), expected
    )


def test_weights_and_validation_sets_are_routed():
    weights = np.linspace(0.1, 1, 60)
    direct = small(max_iter=2).fit(X, Y, sample_weight=weights)
    piped = make_pipeline(small(max_iter=2))
    piped.fit(X, Y, rnnclassifier__sample_weight=weights)
    assert_array_equal(piped[-1].theta_, direct.theta_)
    search = GridSearchCV(small(), {"cell": ["gru"]}, cv=2)
    search.fit(X, Y, sample_weight=weights, X_val=None)
    assert search.best_params_ == {"cell": "gru"}


class Length(BaseEstimator):
    """A transformer from sequences to a table, to stack beside the network."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([[len(x), x.mean()] for x in X])


def test_meta_estimators():
    calibrated = CalibratedClassifierCV(small(), cv=2).fit(X, Y)
    assert calibrated.predict_proba(X).shape == (60, 3)
    table = make_pipeline(Length(), LogisticRegression())
    voting = VotingClassifier([("a", small()), ("b", table)], voting="soft").fit(X, Y)
    assert voting.predict(X).shape == (60,)
    stack = StackingClassifier([("a", small()), ("b", table)], cv=2).fit(X, Y)
    assert stack.predict(X).shape == (60,)
    features = make_pipeline(small(max_iter=20), LogisticRegression()).fit(X, Y)
    assert features.score(X, Y) > 0.7
    lengths = np.array([len(x) for x in X], dtype=float)
    logs = TransformedTargetRegressor(
        RNNRegressor(6, max_iter=90, random_state=0), func=np.log, inverse_func=np.exp
    ).fit(X, lengths)
    assert logs.score(X, lengths) > 0.5
