"""What objects hold: changed at once or not at all, and read as they were fitted."""

import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from inspect import CO_GENERATOR

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.preprocessing import StandardScaler

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators import ESTIMATORS
from sksequence.estimators._parameter_table import GENERATION
from sksequence.preprocessing import PerStep, TokenEncoder

RNG = np.random.default_rng(0)
X = [RNG.standard_normal((n, 2)) for n in [3, 5, 2, 4, 6, 3, 4, 5]]
IDS = [RNG.integers(0, 4, len(x)) for x in X]
Y = np.arange(8) % 3
STEP_LABELS = [np.arange(len(x)) % 2 for x in X]
TEXTS = ["a b a", "b a", "a a b b", "b", "a c", "c b a", "a", "b c"]
TABLE = RNG.standard_normal((8, 3))
SMALL = {"hidden_layer_sizes": 3, "max_iter": 2, "random_state": 0}

# name: (class, parameters, arguments of fit)
FITTED = {
    "classifier": (RNNClassifier, SMALL, (X, Y)),
    "classifier of ids": (RNNClassifier, SMALL | {"embedding_dim": 2}, (IDS, Y)),
    "classifier of two": (RNNClassifier, SMALL, (X, Y % 2)),
    "multilabel": (RNNClassifier, SMALL, (X, np.tri(3, dtype=int)[Y])),
    "classifier of a table": (RNNClassifier, SMALL, (TABLE, Y)),
    "regressor": (RNNRegressor, SMALL, (X, Y)),
    "regressor of two": (RNNRegressor, SMALL, (X, np.c_[Y, -Y])),
    "tagger": (RNNTagger, SMALL, (X, STEP_LABELS)),
    "step regressor": (RNNStepRegressor, SMALL, (X, STEP_LABELS)),
    "tagger of rows": (
        RNNTagger,
        SMALL,
        (X, [np.tri(2, dtype=int)[y] for y in STEP_LABELS]),
    ),
    "crf": (
        RNNTagger,
        SMALL | {"decoder": "crf", "constraints": [(1, 1)]},
        (X, STEP_LABELS),
    ),
    "constrained": (RNNTagger, SMALL | {"constraints": [(1, 1)]}, (X, STEP_LABELS)),
    "language model": (RNNLanguageModel, SMALL, (TEXTS,)),
    "characters": (
        RNNLanguageModel,
        SMALL | {"analyzer": "char", "lowercase": True},
        (TEXTS,),
    ),
    "running text": (RNNLanguageModel, SMALL | {"contiguous": True}, (TEXTS,)),
    "integers": (RNNLanguageModel, SMALL, (IDS,)),
    "generator": (RNNGenerator, SMALL, (TABLE, TEXTS)),
    "generator of nothing": (RNNGenerator, SMALL, (None, TEXTS)),
    "translator": (
        RNNTranslator,
        SMALL | {"attention": "general", "replace_unk": True, "min_count": 2},
        (TEXTS, TEXTS[::-1]),
    ),
    "translator of vectors": (RNNTranslator, SMALL, (X, TEXTS)),
    "translator of ids": (
        RNNTranslator,
        SMALL | {"source_embedding_dim": 2},
        (IDS, TEXTS),
    ),
    "shared vocabulary": (
        RNNTranslator,
        SMALL | {"share_vocabulary": True},
        (TEXTS, TEXTS[::-1]),
    ),
    "tokens": (TokenEncoder, {"add_eos": True, "min_count": 2}, (TEXTS,)),
    "token characters": (
        TokenEncoder,
        {"analyzer": "char", "lowercase": True},
        (TEXTS,),
    ),
    "steps": (PerStep, {"transformer": StandardScaler()}, (X,)),
}
TABLES = [RNNClassifier, RNNRegressor, RNNLanguageModel, RNNTranslator]
assert {cls for cls, _, _ in FITTED.values()} >= set(ESTIMATORS.values())
every_fitted = pytest.mark.parametrize("name", FITTED)


def fitted(name):
    cls, parameters, data = FITTED[name]
    return cls(**parameters).fit(*data), data


def readings(model, data):
    """What all public methods give that read a fitted object, by name."""
    calls = {
        name: data[:1]
        for name in (
            *("predict", "predict_proba", "predict_log_proba", "decision_function"),
            *("transform", "predict_n_best", "log_likelihoods", "perplexity"),
            *("bits_per_character", "predict_prefixes", "attention_weights"),
        )
    }
    calls |= dict.fromkeys(("score", "score_samples"), data)
    calls |= dict.fromkeys(
        ("get_feature_names_out", "params_", "n_tokens_", "tokens_", "transitions_"), ()
    )
    of_data = isinstance(model, (RNNTranslator, RNNGenerator))
    calls["sample"] = data[:1] if of_data else ()
    calls["beam_search"] = ()
    if isinstance(model, (TokenEncoder, PerStep)):
        calls["inverse_transform"] = (model.transform(*data[:1]),)
    if isinstance(model, RNNLanguageModel):
        first = model.encoder_.eos_token
        calls["step"] = ([first], model.initial_state())
        calls["iter_sample"] = ()
    found = {}
    for name, arguments in calls.items():
        options = {"random_state": 0} if "sample" in name else {}
        if name == "sample" or (name == "predict" and of_data):
            options["max_length"] = 6
        try:
            result = getattr(model, name)
            if callable(result):
                result = result(*arguments, **options)
            if name == "iter_sample":
                result = [next(result) for _ in range(5)]
        except (AttributeError, ValueError, TypeError) as error:
            if isinstance(error.__cause__, MemoryError):
                raise error.__cause__ from None  # which available_if has caught
            result = type(error).__name__  # it has no such method, or not for this
        found[name] = plain(result)
    return found


def plain(value):
    """Arrays, and containers of arrays, as lists that can be compared."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, RaggedArray)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return (
            [plain(part) for part in value] if value.dtype == object else value.tolist()
        )
    return value


class Unheard:
    """A value that no parameter may have, and that can do nothing."""

    __hash__ = None

    def __bool__(self):
        raise AssertionError("a parameter was read after fit")

    def __eq__(self, other):
        return self is other


@every_fitted
def test_parameters_changed_after_fit_change_nothing(name):
    model, data = fitted(name)
    expected = readings(model, data)
    methods = [k for k, result in expected.items() if not isinstance(result, str)]
    assert len(methods) >= 3
    count_at_once = {*GENERATION, "replace_unk", "engine"}
    others = model.get_params(deep=False).keys() - count_at_once
    model.set_params(**dict.fromkeys(others, Unheard()))
    assert readings(model, data) == expected


# -- calls that fail -------------------------------------------------------------------


class Fail:
    """Raises an error at the k-th call of one of the package's functions."""

    def __init__(self, k, error=MemoryError):
        self.k, self.error, self.n = k, error, 0

    def __call__(self, frame, event, arg):
        ours = frame.f_globals.get("__name__", "").startswith("sksequence.")
        # Generators are called to be closed too, where nothing can be raised.
        if event == "call" and ours and not frame.f_code.co_flags & CO_GENERATOR:
            self.n += 1
            if self.n == self.k:
                raise self.error("in the midst of it")

    def __enter__(self):
        sys.setprofile(self)
        return self

    def __exit__(self, *exc):
        sys.setprofile(None)


def changes(model, data):
    """The methods that change an object, by name, with their arguments."""
    calls = {"fit": data, "fit_transform": data, "partial_fit": data}
    if isinstance(model, RNNClassifier):
        classes = np.unique(data[1]) if np.ndim(data[1]) == 1 else None
        calls["partial_fit"] = (*data, classes)
    return {name: calls[name] for name in calls if hasattr(model, name)}


def holds_what_it_held(model, before):
    """Whether all attributes are the same objects, with the same values."""
    attributes, pickled = before
    same = vars(model).keys() == attributes.keys() and all(
        vars(model)[name] is value for name, value in attributes.items()
    )
    return same and pickle.dumps(model) == pickled


@every_fitted
@pytest.mark.parametrize("new", [True, False], ids=["new", "fitted"])
@pytest.mark.filterwarnings("ignore:Training of")
def test_calls_that_fail_in_the_midst(name, new):
    cls, parameters, data = FITTED[name]

    def model():
        return cls(**parameters) if new else fitted(name)[0]

    for method, arguments in changes(model(), data).items():
        call, rng = getattr(model(), method), np.random.default_rng(0)
        with Fail(-1) as counter:
            call(*arguments)
        errors = MemoryError, KeyboardInterrupt
        for error, k in zip(errors, rng.integers(1, counter.n + 1, 2).tolist()):
            failing = model()
            before = dict(vars(failing)), pickle.dumps(failing)
            call = getattr(failing, method)
            with pytest.raises(error), Fail(k, error):
                call(*arguments)
            if not holds_what_it_held(failing, before):  # then an epoch was whole
                assert len(failing.history_) <= failing.n_iter_
                assert not isinstance(readings(failing, data)["predict"], str)


@every_fitted
def test_arguments_that_are_wrong_change_nothing(name):
    cls, parameters, _ = FITTED[name]
    for model, data in (fitted(name), (cls(**parameters), FITTED[name][2])):
        before = dict(vars(model)), pickle.dumps(model)
        wrong = [(object(), *data[1:]), ([["x", None]], *data[1:])]
        if len(data) > 1:
            wrong += [(data[0], object()), (data[0], None)]
        if len(data) > 1 and data[0] is not None:
            wrong += [(data[0], data[1][:-1])]
        for arguments in wrong:
            for method in ("fit", "fit_transform", "partial_fit"):
                if hasattr(model, method):
                    with pytest.raises((TypeError, ValueError)):
                        getattr(model, method)(*arguments)
                    assert holds_what_it_held(model, before)


@every_fitted
def test_reading_that_fails_or_not_changes_nothing(name):
    rng, (model, data) = np.random.default_rng(0), fitted(name)
    before = dict(vars(model)), pickle.dumps(model)
    readings(model, data)
    assert holds_what_it_held(model, before)
    with Fail(-1) as counter:
        readings(model, data)
    for k in rng.integers(1, counter.n + 1, 5).tolist():
        with pytest.raises(MemoryError), Fail(k):
            readings(model, data)
        assert holds_what_it_held(model, before)


def test_an_analyzer_that_fails_changes_nothing():
    def analyzer(text):
        if text == "fail":
            raise ZeroDivisionError
        return text.split()

    model = RNNLanguageModel(**SMALL, analyzer=analyzer)
    for _ in range(2):
        before = dict(vars(model))
        for method in (model.fit, model.partial_fit):
            with pytest.raises(ZeroDivisionError):
                method(["a b", "fail"])
            assert vars(model) == before
        model.fit(TEXTS)


def test_a_transformer_that_fails_half_way_is_as_it_was():
    class Counting(StandardScaler):
        def partial_fit(self, X, y=None):
            super().partial_fit(X)
            if not np.isfinite(self.mean_).all() or len(X) == 1:
                raise ZeroDivisionError
            return self

    steps = PerStep(Counting()).partial_fit(X)
    mean = steps.transformer_.mean_.copy()
    with pytest.raises(ValueError, match="transformer Counting"):
        steps.partial_fit([X[0][:1]])
    assert_array_equal(steps.transformer_.mean_, mean)
    assert_array_equal(steps.partial_fit(X).transformer_.n_samples_seen_, 64)


# -- threads that read what others fit -------------------------------------------------


OTHER_TEXTS = ["x y z x", "z z", "y x w", "w"] * 2
OTHERS = {  # other data, of which predictions are never those of the first data
    "classifier": (X, np.array(["up", "so", "in"])[Y]),
    "regressor": (X, 1000.0 + Y),
    "tagger": (X, [np.array(["up", "in"])[y] for y in STEP_LABELS]),
    "language model": (OTHER_TEXTS,),
    "generator": (TABLE, OTHER_TEXTS),
    "translator": (TEXTS, OTHER_TEXTS),
    "tokens": (OTHER_TEXTS,),
    "steps": ([1000 + x for x in X],),
}


@pytest.mark.parametrize("name", OTHERS)
def test_who_reads_while_another_thread_fits_sees_one_model(name):
    model, data = fitted(name)
    other = type(model)(**model.get_params(deep=False)).fit(*OTHERS[name])
    method = "predict" if hasattr(model, "predict") else "transform"
    options = {"max_length": 5} if name in ("generator", "translator") else {}

    def read(model):
        return repr(plain(getattr(model, method)(data[0], **options)))

    expected = {read(model), read(other)}
    assert len(expected) == 2
    done, failures = threading.Event(), []

    def fit():
        try:
            for _ in range(15):
                model.fit(*OTHERS[name])
                model.fit(*data)
        except Exception as error:
            failures.append(error)
        done.set()

    thread = threading.Thread(target=fit)
    thread.start()
    while not done.is_set():
        assert read(model) in expected
    thread.join()
    assert not failures


def test_parameters_set_during_a_fit_stay():
    def learning_rate(epoch):
        clf.set_params(alpha=0.5)
        return 1.0

    clf = RNNClassifier(**SMALL, learning_rate=learning_rate)
    clf.fit(X, Y)
    assert clf.alpha == 0.5
    assert clf.n_iter_ == 2


def test_of_two_fits_at_once_one_stays_as_a_whole():
    def fit(classes):
        return clf.fit(X, classes[Y])

    clf = RNNClassifier(**SMALL)
    both = np.array(["a", "b", "c"]), np.array([1, 2, 3])
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            assert all(found is clf for found in pool.map(fit, both))
        assert clf.predict(X).dtype.kind == clf.classes_.dtype.kind
        assert clf.classes_.tolist() in [classes.tolist() for classes in both]


# Public methods that need no state of their own.
PLAIN = {"set_output", "get_params", "set_params"}


@pytest.mark.parametrize("cls", [*ESTIMATORS.values(), TokenEncoder, PerStep])
def test_every_public_method_changes_at_once_or_reads_once(cls):
    plain = [
        name
        for base in cls.__mro__
        if base.__module__.startswith("sksequence.")
        for name, member in vars(base).items()
        if not name.startswith("_") and name not in PLAIN
        for function in [getattr(member, "fget", None) or getattr(member, "fn", member)]
        if callable(function) and not hasattr(function, "__wrapped__")
    ]
    assert not plain


@pytest.mark.parametrize(
    "name", [n for n, (cls, *_) in FITTED.items() if cls in TABLES]
)
@pytest.mark.parametrize("wrong", [2, "numpy", [1], {}, np.nan, True, np.array(1)])
def test_what_transform_cannot_give_is_said_before_training(name, wrong):
    model, data = fitted(name)
    before = vars(model).copy()
    with pytest.raises(ValueError, match="'transform' parameter of set_output must be"):
        model.set_output(transform=wrong)
    assert vars(model) == before
    model.fit_transform(*data)


def test_a_library_that_is_not_there_is_said_before_training(monkeypatch):
    model, _ = fitted("classifier of two")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="needs polars, which is not installed"):
        model.set_output(transform="polars")
    assert model.set_output() is model
    assert model.set_output(transform="default") is model


def test_a_failed_fit_gives_back_what_it_drew():
    rng = np.random.RandomState(0)
    before = rng.get_state()[1].copy()
    clf = RNNClassifier(
        3, embedding_dim=2, embedding_init={0: [np.nan, 1]}, random_state=rng
    )
    with pytest.raises(ValueError, match="embedding_init"):
        clf.fit([[0, 1], [1, 2]], [0, 1])
    assert_array_equal(rng.get_state()[1], before)
    assert rng.get_state()[2] == np.random.RandomState(0).get_state()[2]


def test_a_class_is_no_instance():
    for X in ([[1.0]], np.ones((2, 3))):
        with pytest.raises(TypeError, match="fit was called of a class"):
            RNNClassifier.fit(X, [0, 1])
