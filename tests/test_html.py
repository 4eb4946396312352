"""What notebooks show: layers, sizes, numbers of weights, links to the reference."""

import inspect
import pickle
import re

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sksequence
from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
    parallel,
    preprocessing,
)
from sksequence._documentation import SITE
from sksequence.cells import GRUCell
from sksequence.estimators import ESTIMATORS
from sksequence.estimators._html import layer_rows
from sksequence.network import POOLINGS
from sksequence.parallel import DataParallel
from sksequence.preprocessing import PerStep, TokenEncoder
from sksequence.sequences import as_ragged

X = np.random.default_rng(0).standard_normal((6, 4, 2))
Y = np.arange(6) % 2
STEPS = [["<a>", "b"] * 2] * 6
TEXTS = ["a b", "b c a", "c b"]
ONE = {"max_iter": 1, "random_state": 0}


def fitted():
    """Name -> a fitted estimator."""
    yield "GRU", RNNClassifier(4, **ONE).fit(X, Y)
    for pooling in POOLINGS:
        clf = RNNClassifier((4, 3), "lstm", pooling=pooling, dense_layer_sizes=5, **ONE)
        yield pooling, clf.fit(X, Y)
    own = RNNRegressor(3, GRUCell(reset_after=True), loss="huber", **ONE)
    yield "own cell", own.fit(X, Y)
    yield "steps", RNNStepRegressor(3, "rnn", **ONE).fit(X, [np.arange(4.0)] * 6)
    yield "tagger", RNNTagger(3, **ONE).fit(X, STEPS)
    yield "CRF", RNNTagger(3, decoder="crf", dropout=0, **ONE).fit(X, STEPS)
    yield "translator", RNNTranslator(3, **ONE).fit(TEXTS, TEXTS)
    plain = RNNTranslator(3, attention=None, **ONE)
    yield "summary", plain.fit(X[:3], TEXTS)
    yield "generator", RNNGenerator(3, **ONE).fit(X[:3, 0], TEXTS)
    yield "nothing", RNNGenerator(3, **ONE).fit(None, TEXTS)
    tied = RNNLanguageModel(4, embedding_dim=4, tie_weights=True, **ONE)
    yield "tied", tied.fit(TEXTS)
    table = RNNLanguageModel(4, embedding_trainable=False, output="sampled", **ONE)
    yield "fixed", table.fit(TEXTS)


FITTED = dict(fitted())


@pytest.mark.parametrize("name", FITTED)
def test_all_layers_are_there_and_all_weights_are_counted(name):
    model = FITTED[name]
    rows = layer_rows(model._network.layers)
    assert sum(row[-1] for row in rows) == model.theta_.size
    names = {parameter.rpartition(".")[0] for parameter in model.params_}
    names = {re.sub(r"(rnn\d+)\.(for|back)ward", r"\1", n) for n in names}
    shown = {row[0] for row in rows if row[-1]}
    assert shown == {n.removesuffix(".dense") for n in names}
    html = model._repr_html_()
    assert f"{model.theta_.size:,} weights</summary>" in html
    assert all(f"<td>{n}</td>" in html for n in shown)
    assert "Fitted attributes" in html


def test_what_is_said_of_layers():
    def described(name, cell=None):
        rows = layer_rows(FITTED[name]._network.layers, cell)
        return {row[0]: row[1:4] for row in rows}

    assert described("GRU", "gru") == {
        "standardize": ("mean and scale of the data", 2, 2),
        "rnn0": ("gru, bidirectional", 2, 8),
        "dropout_output": ("dropout, 0.3", "", ""),
        "pooling": ("pooling, max", "", ""),
        "output": ("sigmoid", 8, 1),
    }
    assert described("own cell")["rnn0"] == ("GRUCell(reset_after=True)", 2, 3)
    assert described("own cell")["output"] == ("linear, huber loss", 3, 1)
    assert described("concat")["dense0"] == ("dense, relu", 18, 5)
    assert described("CRF")["output"] == ("CRF", 6, 2)
    assert described("translator")["attention"] == ("attention, general", 6, 3)
    assert described("tied")["output"][0] == "softmax, embedding's weights"
    assert described("fixed")["embedding"][0] == "embedding, not trained"


@pytest.mark.parametrize("standardize", [True, False])
def test_static_numbers_are_not_taken_for_steps(standardize):
    told = as_ragged(X).with_static(np.arange(6.0)[:, None] / 3)
    clf = RNNClassifier(3, standardize=standardize, **ONE).fit(told, Y)
    rows = {row[0]: row for row in layer_rows(clf._network.layers)}
    expected = "static numbers beside the states" + ", by mean and scale" * standardize
    assert rows["static"][1] == expected


def test_within_pipelines():
    pipe = make_pipeline(PerStep(StandardScaler()), RNNClassifier(4, **ONE))
    assert "Network:" not in pipe._repr_html_()
    html = pipe.fit(X, Y)._repr_html_()
    assert html.count("Network: 3 layers") == 1
    assert "generated/sksequence.RNNClassifier.html" in html
    assert "generated/sksequence.preprocessing.PerStep.html" in html
    assert "sklearn.preprocessing.StandardScaler.html" in html
    texts = make_pipeline(TokenEncoder(), RNNClassifier(4, embedding_dim=3, **ONE))
    assert "<td>embedding</td>" in texts.fit(TEXTS, [0, 1, 0])._repr_html_()


@pytest.mark.parametrize(
    "outer",
    [
        VotingClassifier([("a", RNNClassifier(3, max_iter=1))]),
        OneVsRestClassifier(RNNClassifier(3, max_iter=1)),
        DataParallel(RNNClassifier(3, max_iter=1), n_jobs=1),
        GridSearchCV(RNNClassifier(3), {"max_iter": [1]}, cv=2, refit=False),
    ],
    ids=lambda outer: type(outer).__name__,
)
def test_within_what_fits_copies(outer):
    """The estimator that is drawn is not fitted, though what holds it is."""
    X, y = np.random.default_rng(0).random((8, 3, 2)), [0, 1] * 4
    assert "RNNClassifier" in clone(outer).fit(X, y)._repr_html_()


def test_what_is_not_fitted_has_no_layers_yet():
    for cls in ESTIMATORS.values():
        html = cls()._repr_html_()
        assert "Network:" not in html
        assert f"generated/sksequence.{cls.__name__}.html" in html
    again = clone(FITTED["GRU"])
    assert "Network:" not in again._repr_html_()
    assert "Network:" in pickle.loads(pickle.dumps(FITTED["GRU"]))._repr_html_()


def test_names_are_escaped():
    clf = RNNClassifier(3, Angle(), **ONE).fit(X, Y)
    html = clf._repr_html_()
    assert "Angle(kind=&#x27;&lt;b&gt;&#x27;)" in html
    assert "<b>&#x27;)" not in html


class Angle(GRUCell):
    """A cell whose name is no HTML."""

    def __repr__(self):
        return "Angle(kind='<b>')"


@pytest.mark.parametrize("module", [sksequence, preprocessing, parallel])
def test_links_lead_to_the_pages_of_the_reference(module):
    seen = 0
    for name in module.__all__:
        cls = getattr(module, name)
        if inspect.isclass(cls) and issubclass(cls, BaseEstimator):
            link = cls.__new__(cls)._get_doc_link()
            page = f"{module.__name__}.{name}.html"
            assert re.fullmatch(rf"{SITE}/[^/]+/api/generated/{re.escape(page)}", link)
            seen += 1
    assert seen


def test_classes_of_users_have_no_page():
    class Mine(RNNClassifier):
        pass

    assert Mine()._get_doc_link() == ""
    assert "Network:" in Mine(3, **ONE).fit(X, Y)._repr_html_()
