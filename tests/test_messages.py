"""What is said of what is likely a mistake, or cannot be: short, and the way out."""

import ast
import warnings
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from helpers import ragged_data
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, load_linnerud, load_wine
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sksequence
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
from sksequence._messages import LONGEST, brief, naming
from sksequence.cells import CELLS
from sksequence.datasets import (
    load_japanese_vowels,
    make_adding_problem,
    make_copy_memory,
)
from sksequence.metrics import (
    exact_match_score,
    span_f1_score,
    token_accuracy_score,
    token_error_rate,
)
from sksequence.preprocessing import PerStep, StackFrames, TokenEncoder
from sksequence.preprocessing._long_frames import check_long_frame

ALL = [
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranslator,
]
OF_STEPS = [RNNClassifier, RNNRegressor, RNNTagger]
SMALL = {"hidden_layer_sizes": 3, "max_iter": 1, "random_state": 0}
TEXTS = ["a b c", "b a", "c c a b", "a"] * 5
X, LABELS = ragged_data(20)


def data_for(cls, X=None):
    """Arguments of fit."""
    if cls is RNNLanguageModel:
        return (TEXTS,)
    if cls is RNNTranslator:
        return TEXTS, TEXTS
    if cls is RNNGenerator:
        return np.arange(40.0).reshape(20, 2) / 40, TEXTS
    steps = globals()["X"] if X is None else X
    y = np.arange(len(steps)) % 2
    if cls is RNNTagger:
        y = [[k] * len(x) for k, x in zip(y, steps)]
    return steps, y


every_estimator = pytest.mark.parametrize("cls", ALL)
of_steps = pytest.mark.parametrize("cls", OF_STEPS)


# -- values in messages ----------------------------------------------------------------

LONG = ["x" * 10**5, b"x" * 10**5, list(range(10**6)), [["x" * 10**5]], 10**5000]
LONG += [np.ones((300, 300)), {k: "y" * 100 for k in range(500)}, np.zeros(10**5)]


@pytest.mark.parametrize("value", LONG, ids=lambda v: type(v).__name__)
def test_no_value_makes_a_message_long(value):
    assert 10 < len(brief(value)) < 250
    with pytest.raises(ValueError, match="'solver' parameter") as caught:
        RNNClassifier(solver=value).fit(X, LABELS)
    assert len(str(caught.value)) < 1000


def test_short_values_stay_as_they_are():
    for value in (1, "a", None, [1, "b"], {"a": 1}, 2.5):
        assert brief(value) == repr(value)


LINES = np.arange(60.0).reshape(30, 2)


@pytest.mark.parametrize(
    "value", [pd.DataFrame(LINES), pd.DataFrame(LINES[:2]), pl.DataFrame(LINES), LINES]
)
def test_tables_are_told_by_their_shapes(value):
    kind = type(value).__name__
    assert brief(value, 60) == f"a {kind} of shape {value.shape}"


def test_errors_of_others_are_named_and_cut():
    with pytest.raises(TypeError, match=r"^scoring: can only"), naming("scoring"):
        [1] + LONG[6]
    with pytest.raises(ValueError, match=r"^X has no columns$"), naming("y", "X"):
        raise ValueError("X has no columns")
    with pytest.raises(ValueError, match="^y: z") as caught, naming("y"):
        raise ValueError("z" * 10**5)
    assert len(str(caught.value)) < LONGEST
    with pytest.raises(ValueError, match="^y: 'a'"), naming("y"):
        {}["a"]
    with pytest.raises(NotFittedError), naming("X"):
        StandardScaler().transform([[1.0]])


# -- parameters ------------------------------------------------------------------------


@every_estimator
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", 10**400),
        ("learning_rate_init", -Fraction(1, 2)),
        ("batch_size", 2**63),
        ("hidden_layer_sizes", 2**63),
        ("hidden_layer_sizes", np.array(5)),
        ("hidden_layer_sizes", [[5]]),
        ("max_iter", 2**70),
        ("tol", 1j),
    ],
)
def test_numbers_out_of_range_name_the_parameter(cls, name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of {cls.__name__}"):
        cls(**{name: value}).fit(*data_for(cls))


@every_estimator
def test_every_parameter_is_looked_at_before_it_is_used(cls):
    """A value that is no more than itself: it has no truth, no length and no order."""

    class Nothing:
        def __bool__(self):
            raise AssertionError

        __eq__ = __bool__
        __hash__ = None

    for name in cls._parameters:
        with pytest.raises(ValueError, match=f"'{name}' parameter of {cls.__name__}"):
            cls(**{name: Nothing()}).fit(*data_for(cls))


@every_estimator
def test_numbers_of_any_real_type(cls):
    exact = {"alpha": Fraction(1, 2), "dropout": Fraction(1, 4), "tol": Fraction(1, 8)}
    exact |= {"clip_norm": Fraction(5), "beta_1": Fraction(1, 2), "batch_size": 2**40}
    floats = {name: float(value) for name, value in exact.items()}
    one = cls(**SMALL, **exact).fit(*data_for(cls))
    other = cls(**SMALL, **floats | {"batch_size": 2**40}).fit(*data_for(cls))
    np.testing.assert_array_equal(one.theta_, other.theta_)


@every_estimator
@pytest.mark.parametrize("size", [10**6, 10**9, 10**15])
def test_networks_that_memory_does_not_hold(cls, size):
    with pytest.raises(ValueError, match=rf"hidden_layer_sizes={size}\)?.*memory"):
        cls(size, max_iter=1).fit(*data_for(cls))


@every_estimator
@pytest.mark.parametrize("factor", [None, np.nan, np.inf, -1.0, "1", True, 10**400])
def test_functions_of_the_learning_rate(cls, factor):
    estimator = cls(**SMALL, learning_rate=lambda epoch: factor)
    with pytest.raises(
        ValueError, match=r"learning_rate\(1\) is .* factor of learning_"
    ):
        estimator.fit(*data_for(cls))
    assert not hasattr(estimator, "theta_")
    estimator.set_params(learning_rate=lambda epoch: Fraction(1, epoch))
    estimator.fit(*data_for(cls))


@every_estimator
@pytest.mark.parametrize("score", [None, "high", [1, 2]])
def test_scoring_that_gives_no_number(cls, score):
    estimator = cls(
        **SMALL,
        early_stopping=True,
        validation_fraction=0.5,
        scoring=lambda estimator, X, y=None: score,
    )
    with pytest.raises(TypeError, match=r"scoring=.* must give a number"):
        estimator.fit(*data_for(cls))


# -- likely mistakes -------------------------------------------------------------------


@of_steps
@pytest.mark.parametrize("shape", [(8, 3, 50), (8, 1, 30), (8, 24, 51)])
def test_channels_first(cls, shape):
    rng = np.random.default_rng(0)
    for X in (rng.standard_normal(shape), list(rng.standard_normal(shape))):
        with pytest.warns(UserWarning, match=r"X\.transpose\(0, 2, 1\)"):
            cls(**SMALL).fit(*data_for(cls, X))
    right = rng.standard_normal(shape).transpose(0, 2, 1)
    cls(**SMALL).fit(*data_for(cls, right))  # without a warning


@of_steps
@pytest.mark.parametrize(
    "change",
    [lambda x: x + 100, lambda x: 1000 * x, lambda x: 1e-5 * x, lambda x: x - 10.5],
)
def test_steps_of_another_scale(cls, change):
    steps = [change(0.5 * x) for x in X]
    with pytest.warns(UserWarning, match=r"Feature \d of X .*standardize=True"):
        cls(**SMALL, standardize=False).fit(*data_for(cls, steps))
    plain = cls(**SMALL, standardize=False)
    scaled = make_pipeline(PerStep(StandardScaler()), plain)
    scaled.fit(*data_for(cls, steps))  # without a warning
    cls(**SMALL).fit(*data_for(cls, steps))  # nor here
    series = np.random.default_rng(0).normal(4000, 10, (20, 12))
    with pytest.warns(UserWarning, match="of X has a mean"):
        cls(**SMALL, standardize=False).fit(*data_for(cls, series))


@of_steps
def test_ids_without_an_embedding(cls):
    encoded = TokenEncoder().fit_transform(TEXTS)
    for ids in (encoded, list(encoded), [x.tolist() for x in encoded]):
        with pytest.warns(UserWarning, match="embedding_dim is None.*as quantities"):
            cls(**SMALL).fit(*data_for(cls, ids))
    cls(**SMALL, embedding_dim=2).fit(*data_for(cls, encoded))
    quantities = [x.astype(float) for x in encoded]
    cls(**SMALL).fit(*data_for(cls, quantities))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_ids_that_are_missing(missing):
    """They made all ids floats, which were to be converted: to what for NaN?"""
    X = pd.Series([[1, 2], [0, missing], [3]])
    with pytest.raises(ValueError, match=r"X\[1\] holds no token id at step 1"):
        RNNClassifier(**SMALL, embedding_dim=2).fit(X, [0, 1, 0])


def test_classes_that_are_no_list():
    for classes in ({"a", "b"}, {"a": 1, "b": 2}.keys(), {"a": 1, "b": 2}):
        with pytest.raises(TypeError, match=r"classes is a .* list\(classes"):
            RNNClassifier(**SMALL).partial_fit([[1.0], [2.0]], ["a", "b"], classes)


def test_a_single_class_is_said_of_classes():
    with pytest.raises(ValueError, match="^classes must hold at least 2 classes"):
        RNNClassifier(**SMALL).partial_fit([[1.0], [2.0]], [0, 1], classes=[0])
    with pytest.raises(ValueError, match="^classes must hold at least 2 labels"):
        RNNTagger(**SMALL).partial_fit([[1.0], [2.0]], [[0], [1]], classes=[0])


def test_ensembles_of_tables_are_told_of_by_index():
    X = RaggedArray.from_sequences([[[1.0]], [[2.0], [3.0]]] * 4)
    with pytest.raises((TypeError, ValueError), match="Classifier and the like, ByInd"):
        BaggingClassifier(RNNClassifier(**SMALL)).fit(X, [0, 1] * 4)


IDS = np.repeat(np.arange(8), [3, 5, 2, 1, 4, 6, 3, 2])
LONG_TABLE = {
    "run": IDS + 30,
    "hour": np.arange(len(IDS)) - np.searchsorted(IDS, IDS),
    "flow": np.random.default_rng(0).standard_normal(len(IDS)),
    "rain": np.random.default_rng(1).standard_normal(len(IDS)),
}


def targets_of(cls, y, lengths):
    """One label a sequence, or for taggers at each of its steps."""
    return [[k] * n for k, n in zip(y, lengths)] if cls is RNNTagger else y


@of_steps
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_long_frames(cls, library):
    make = pytest.importorskip(library)
    make = make.table if library == "pyarrow" else make.DataFrame
    frame, ids = make(LONG_TABLE), np.unique(IDS)
    of_rows = targets_of(cls, IDS % 3, np.full(len(IDS), 4))
    with pytest.warns(UserWarning, match=r"from_frame\(X, by='run', order_by='hour'\)"):
        cls(**SMALL).fit(frame, of_rows)
    X = RaggedArray.from_frame(frame, by="run", order_by="hour")
    of_ids = targets_of(cls, ids % 3, X.lengths)
    cls(**SMALL).fit(X, of_ids)  # as it says, without a warning
    with pytest.raises(ValueError, match=r"y has 8 entries.*from_frame\(X, by='run'\)"):
        cls(**SMALL).fit(frame, of_ids)
    named = make(LONG_TABLE | {"run": [f"run {k}" for k in IDS]})
    with pytest.raises(TypeError, match=r"column 'run'.*RaggedArray.from_frame\(X"):
        cls(**SMALL).fit(named, of_rows)


def test_long_frames_without_a_time():
    frame = pd.DataFrame(LONG_TABLE).drop(columns="hour")
    for y in (IDS % 3, np.array(list("abcabcab"))[IDS], pd.Series(IDS % 2 == 0)):
        with pytest.warns(UserWarning, match=r"from_frame\(X, by='run'\)"):
            RNNClassifier(**SMALL).fit(frame, y)
    with pytest.warns(
        UserWarning, match=r"takes its columns \['run', 'flow', 'rain'\]"
    ):
        RNNClassifier(**SMALL).fit(frame, np.arange(len(IDS)) % 3)  # of rows


@of_steps
def test_frames_of_features(cls):
    frame = pd.DataFrame(LONG_TABLE)[["flow", "rain"]]
    y = targets_of(cls, np.arange(len(frame)) % 3, np.full(len(frame), 2))
    with pytest.warns(UserWarning, match=r"\['flow', 'rain'\] for 2 steps.*from_frame"):
        cls(**SMALL).fit(frame, y)
    PerStep(StandardScaler()).fit(frame)
    cls(**SMALL).fit(frame.to_numpy(), y)
    for names in (["x0", "x1"], ["2031-04", "2031-05"], ["a", "b"], [0, 1]):
        cls(**SMALL).fit(frame.set_axis(names, axis=1), y)


@pytest.mark.parametrize("transformer", [PerStep(StandardScaler()), StackFrames()])
def test_long_frames_before_a_transformer(transformer):
    with pytest.warns(UserWarning, match=r"from_frame\(X, by='run', order_by='hour'\)"):
        transformer.fit(pd.DataFrame(LONG_TABLE))


@pytest.mark.parametrize("names", [["run", "hour"], [None, None]])
def test_long_frames_by_their_index(names):
    """Ids and times in the index, however unlike numbers they are."""
    times = pd.to_datetime("2031-04-01") + pd.to_timedelta(LONG_TABLE["hour"], "h")
    ids = [f"run {k}" for k in IDS]
    index = pd.MultiIndex.from_arrays([ids, times], names=names)
    frame = pd.DataFrame(LONG_TABLE)[["flow", "rain"]].set_index(index)
    by = f"by='{names[0] or 'id'}'"
    with pytest.warns(UserWarning, match=rf"level of its index.*from_frame\(X.*{by}"):
        RNNClassifier(**SMALL).fit(frame, IDS % 3)
    with pytest.warns(UserWarning, match="level of its index"):
        PerStep(StandardScaler()).fit(frame)
    check_long_frame(frame.to_numpy(), IDS % 3)
    check_long_frame(frame.sample(frac=1, random_state=0), IDS % 3)  # in no order
    check_long_frame(frame.set_axis([0, 1], axis=1), IDS % 3)  # steps of a wide frame


def test_columns_of_two_levels():
    frame = pd.DataFrame(LONG_TABLE)
    wide = frame.pivot(index="run", columns="hour", values=["flow", "rain"])
    with pytest.warns(UserWarning, match="12 columns, of 2 levels, for as many steps"):
        RNNClassifier(**SMALL).fit(wide.fillna(0.0), np.arange(8) % 2)


def test_frames_that_are_not_long():
    """Tables of scikit-learn, and wide frames however few their values and sorted."""
    rng = np.random.default_rng(0)
    for load in (load_iris, load_wine, load_diabetes, load_linnerud):
        table = load(as_frame=True)
        check_long_frame(table.data, table.target)
        check_long_frame(table.frame, table.target)
    letters = list("abcdef")
    for most in (2, 3, 5, 10, 100):
        for _ in range(50):
            wide = pd.DataFrame(rng.integers(0, most, (40, 6)), columns=letters)
            y = rng.integers(0, 3, 40)
            check_long_frame(wide, y)
            check_long_frame(wide, np.sort(y))
            check_long_frame(wide.sort_values(letters), y)
            check_long_frame(wide.sort_values("a"), np.sort(y))
            check_long_frame(wide, wide["a"])
            check_long_frame(wide.sort_values("a"), wide["a"].sort_values())
    grid = pd.DataFrame(list(product(range(4), repeat=3)), columns=list("abc"))
    check_long_frame(grid, grid.sum(axis=1))
    check_long_frame(pd.DataFrame(LONG_TABLE).to_numpy(), IDS)
    pivoted = pd.DataFrame(LONG_TABLE).pivot(index="run", columns="hour", values="flow")
    check_long_frame(pivoted, np.arange(8) % 2)


DATES = [f"2031-04-{day}" for day in range(10, 25)]
LONG_DATES = [f"{day} april 2031" for day in range(10, 25)]
GIVEN = TokenEncoder()


@pytest.mark.parametrize(
    ("estimator", "arguments", "name", "analyzer"),
    [
        (TokenEncoder(), (DATES,), "X", "analyzer"),
        (TokenEncoder(add_eos=True), (DATES,), "X", "analyzer"),
        (RNNLanguageModel(**SMALL), (DATES,), "X", "analyzer"),
        (RNNLanguageModel(**SMALL, encoder=GIVEN), (DATES,), "X", "encoder__analyzer"),
        (RNNGenerator(**SMALL, analyzer="word"), (None, DATES), "y", "analyzer"),
        (RNNGenerator(**SMALL, encoder=GIVEN), (None, DATES), "y", "encoder__analyzer"),
        (RNNTranslator(**SMALL), (LONG_DATES, DATES), "y", "target_analyzer"),
        (RNNTranslator(**SMALL), (DATES, LONG_DATES), "X", "source_analyzer"),
        (
            RNNTranslator(**SMALL, share_vocabulary=True),
            (DATES, DATES),
            "X and y",
            "target_analyzer",
        ),
    ],
)
def test_texts_of_one_token_each(estimator, arguments, name, analyzer):
    message = f'texts of {name} are one token .* you mean {analyzer}="char"'
    with pytest.warns(UserWarning, match=message):
        estimator.fit(*arguments)
    with warnings.catch_warnings():  # what it says works
        warnings.simplefilter("error")
        clone(estimator).set_params(**{analyzer: "char"}).fit(*arguments)


def test_texts_of_more_than_one_token():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for texts in (
            [[date] for date in DATES],  # lists of tokens
            DATES[:9],  # few
            list("abcdefghijklmn"),  # no longer as characters
            [*DATES, *LONG_DATES],
            ["yes", "no", "not at all"] * 10,
        ):
            TokenEncoder().fit(texts)
        for encoder in (TokenEncoder(str.split), TokenEncoder(vocabulary=DATES)):
            encoder.fit(DATES)
        TokenEncoder().fit(LONG_DATES).transform(DATES)


def test_good_data_cause_no_warning():
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = {**SMALL, "standardize": False}
        RNNClassifier(**plain).fit(*load_japanese_vowels(return_X_y=True))
        RNNRegressor(**plain).fit(*make_adding_problem(40, 10, random_state=0))
        RNNTagger(**plain).fit(*make_copy_memory(40, 5, random_state=0))
        one_hot = np.eye(30)[rng.integers(0, 30, (20, 5))]
        bags = [sparse.csr_array(x) for x in one_hot]
        for steps in (one_hot, bags, list(one_hot), rng.random((20, 7, 4)) * 20):
            RNNClassifier(**plain).fit(*data_for(RNNClassifier, steps))


@of_steps
def test_padding_with_nan(cls):
    padded, _ = RaggedArray.from_sequences(X).to_padded(np.nan)
    with pytest.raises(ValueError, match=r"RaggedArray\.from_padded\(X\)"):
        cls(**SMALL).fit(*data_for(cls, padded))
    padded[0, 0, 0] = np.nan  # in the midst of a sequence it is none
    with pytest.raises(ValueError, match=r"PerStep\(SimpleImputer\(\)\)"):
        cls(**SMALL).fit(*data_for(cls, padded))
    unpadded = RaggedArray.from_padded(padded[1:])
    cls(**SMALL).fit(*data_for(cls, unpadded))


@of_steps
@pytest.mark.parametrize("texts", [TEXTS, [t.split() for t in TEXTS]])
def test_text_without_an_encoder(cls, texts):
    with pytest.raises(TypeError, match="TokenEncoder"):
        cls(**SMALL).fit(texts, data_for(cls)[1])


@of_steps
def test_an_empty_text_among_others(cls):
    encoder = TokenEncoder().fit(TEXTS)
    ids = encoder.transform(TEXTS)
    estimator = cls(**SMALL, embedding_dim=2).fit(*data_for(cls, ids))
    with pytest.raises(ValueError, match=r"X\[1\] is an empty sequence.*add_eos=True"):
        estimator.predict(encoder.transform(["a", "", "b"]))


# -- other shapes than are meant -------------------------------------------------------

READERS = [RNNClassifier(**SMALL), PerStep(StandardScaler()), StackFrames()]
every_reader = pytest.mark.parametrize("reader", READERS, ids=repr)


def read(fitted, X):
    return fitted.predict(X) if hasattr(fitted, "predict") else fitted.transform(X)


@every_reader
@pytest.mark.parametrize("make", [list, np.array, pd.Series, np.float32])
def test_one_series_in_place_of_sequences(reader, make):
    series = make([0.5, 1.5, 0.25])
    message = r"one sequence of 3 steps, pass \[X\].*sliding_windows"
    with pytest.raises(ValueError, match=message):
        clone(reader).fit(series, [0, 1, 0])
    fitted = clone(reader).fit(np.random.default_rng(0).random((4, 3)), [0, 1, 0, 1])
    with pytest.raises(ValueError, match=message):
        read(fitted, series)
    assert len(read(fitted, [series])) == 1


@every_reader
def test_one_sequence_of_vectors_in_place_of_sequences(reader):
    fitted = clone(reader).fit(X, LABELS)
    for one in (X[1], X[1].tolist(), pd.DataFrame(X[1])):
        with pytest.raises(ValueError, match=r"If X is one sequence, pass it as \[X\]"):
            read(fitted, one)
        assert len(read(fitted, [one])) == 1


@every_reader
def test_sequences_of_another_width(reader):
    fitted = clone(reader).fit(X, LABELS)
    array = np.random.default_rng(0).standard_normal((5, 3, 7))
    with pytest.raises(ValueError, match=r"row of X .* RaggedArray.from_frame\(X, by"):
        read(fitted, pd.DataFrame(LONG_TABLE))
    for transposed in (array, list(array)):
        with pytest.raises(
            ValueError, match=r"is of shape \(3, 7\).*\[x.T for x in X\]"
        ):
            read(fitted, transposed)
        assert len(read(fitted, [x.T for x in transposed])) == 5


@pytest.mark.parametrize("reader", READERS[:2], ids=repr)
@pytest.mark.parametrize("make", [np.array, pd.DataFrame])
def test_arrays_of_fewer_steps(reader, make):
    """Scikit-learn's features of an array are its columns, and ours are steps."""
    rng = np.random.default_rng(0)
    fitted = clone(reader).fit(make(rng.random((6, 20))), [0, 1] * 3)
    shorter = rng.random((6, 5))
    with pytest.raises(
        ValueError, match="expecting 20 features.* are steps.*as a list"
    ):
        read(fitted, make(shorter))
    assert len(read(fitted, list(shorter))) == 6


@pytest.mark.parametrize("cls", [RNNTagger, RNNStepRegressor])
def test_one_sequence_and_its_targets(cls):
    one, y = np.random.default_rng(0).standard_normal((6, 2)), [0, 1, 0, 1, 1, 0]
    with pytest.raises(ValueError, match=r"If y is of one sequence, pass \[y\]"):
        cls(**SMALL).fit(one, y)
    with pytest.raises(ValueError, match=r"If X is one sequence, pass \[X\]"):
        cls(**SMALL).fit(one, [y])
    cls(**SMALL).fit([one], [y])


@pytest.mark.parametrize("cls", [RNNClassifier, RNNRegressor])
@pytest.mark.parametrize("make", [list, RaggedArray.from_sequences])
def test_targets_of_steps_for_one_a_sequence(cls, make):
    with pytest.raises(ValueError, match="for one label a step use RNNTagger, for one"):
        cls(**SMALL).fit(X, make([np.arange(len(x)) for x in X]))


@pytest.mark.parametrize("cls", [RNNRegressor, RNNStepRegressor])
def test_dates_are_no_numbers(cls):
    days = np.arange(20).astype("M8[D]")
    if cls is RNNStepRegressor:
        days = [np.full(len(x), day) for x, day in zip(X, days)]
    with pytest.raises(TypeError, match=r"holds datetime64\[D\] values"):
        cls(**SMALL).fit(X, days)


# -- states that overflow --------------------------------------------------------------


@of_steps
def test_sequences_a_thousand_times_as_long(cls):
    steps = [np.ones((10, 1)) * (1 + k % 2) for k in range(20)]
    settings = {"bidirectional": False, "standardize": False}
    estimator = cls(8, "rnn_relu", max_iter=5, random_state=0, **settings)
    estimator.fit(*data_for(cls, steps))
    U = estimator.params_["rnn0.U"]
    U *= 1.5 / np.abs(np.linalg.eigvals(U)).max()
    U[:] = np.abs(U)
    longer = [steps[0], np.ones((20_000, 1))]
    with pytest.warns(UserWarning, match=r"overflow on X\[1\] \(20,000 steps\)"):
        predicted = estimator.predict(longer)
    alone = estimator.predict(longer[:1])
    if cls is RNNRegressor:
        np.testing.assert_allclose(predicted[0], alone[0])
    else:
        np.testing.assert_array_equal(predicted[0], alone[0])
    if cls is RNNRegressor:
        assert np.isfinite(predicted).all()
    else:
        with pytest.warns(UserWarning, match="overflow"):
            p = estimator.predict_proba(longer)
        assert all(np.isfinite(rows).all() for rows in p)
    for cell in ("rnn_relu", "gru"):  # which is not that of fit
        estimator.set_params(cell=cell)
        with pytest.raises(ValueError, match=r"overflow on X\[1\].*cell has no bounds"):
            estimator.transform(longer)


@pytest.mark.parametrize("cls", [RNNLanguageModel, RNNTranslator])
def test_texts_on_which_states_overflow(cls):
    model = cls(8, "rnn_relu", max_iter=1, max_length=3000, random_state=0)
    model.fit(*data_for(cls))
    theta = model.theta_
    theta[:] = np.abs(theta) * 10
    long = [" ".join(["a"] * 3000)]
    read = model.score_samples if cls is RNNLanguageModel else model.predict
    with pytest.raises(ValueError, match="overflow"):
        read(long)
    with pytest.raises(ValueError, match="overflow"):
        model.transform(long)


@of_steps
@pytest.mark.parametrize("where", [0, 12, 19])
def test_weights_that_fail_on_a_part_of_the_data_are_not_kept(cls, where):
    """Whichever sequence it is: the others are too short for an overflow."""
    rng = np.random.default_rng(0)
    steps = [rng.standard_normal((2, 2)) for _ in range(20)]
    steps[where] = rng.standard_normal((600, 2))
    estimator = cls(
        16,
        "rnn_relu",
        solver="sgd",
        learning_rate_init=1e3,
        clip_norm=None,
        max_iter=1,
        dtype="float32",
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning, match="weights"):
        estimator.fit(*data_for(cls, steps))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator.predict(steps)


@pytest.mark.parametrize("cell", CELLS)
def test_which_cells_are_bounded(cell):
    rng = np.random.default_rng(0)
    steps = [1e3 * rng.standard_normal((50, 2)) for _ in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RNNClassifier(5, cell, max_iter=1).fit(steps, [0, 1, 0, 1])
    largest = np.abs(clf.transform(steps)).max()
    assert (largest <= 1) == CELLS[cell].bounded


@pytest.mark.parametrize("cell", CELLS)
def test_another_cell_is_advised_where_it_helps(cell):
    X, y = ragged_data(20, n_classes=2)
    unbounded = not CELLS[cell].bounded
    clf = RNNClassifier(3, cell, batch_size=5, max_iter=4, random_state=0).fit(X, y)
    clf.theta_[:] = np.inf
    with pytest.raises(ValueError, match="overflow") as caught:
        clf.transform(X)
    assert ("another cell" in str(caught.value)) == unbounded
    for solver, clip_norm in product(("sgd", "adam"), (5.0, None)):
        clf.set_params(solver=solver, clip_norm=clip_norm, learning_rate_init=1e308)
        with pytest.warns(ConvergenceWarning, match="learning_rate_init") as said:
            clf.fit(X, y)
        (warning,) = said
        assert ("a cell whose" in str(warning.message)) == unbounded
        helps = solver == "sgd" or clip_norm is None
        assert ("clip_norm" in str(warning.message)) == helps


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rate", [1e38, 1e305])
@pytest.mark.parametrize("cls", [*ALL, partial(RNNTagger, decoder="crf")])
def test_training_diverges_with_one_warning(cls, rate, dtype):
    """NumPy's own say nothing of what to do."""
    settings = {**SMALL, "max_iter": 4, "batch_size": 5, "dtype": dtype}
    model = cls(**settings, learning_rate_init=rate)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*data_for(type(model)))
    assert [w.category for w in caught] in ([], [ConvergenceWarning])


@pytest.mark.parametrize("kept_by", ["loss", "validation", "checkpoint"])
@every_estimator
def test_start_values_are_what_is_left(cls, kept_by, monkeypatch, tmp_path):
    """An epoch's loss can be low though scores overflow with what it began with."""
    settings = {**SMALL, "max_iter": 3, "dtype": "float64", "solver": "sgd"}
    settings["early_stopping"] = kept_by == "validation"
    start = cls(**settings, learning_rate_init=1e-300).fit(*data_for(cls)).theta_

    def is_start(estimator, network, theta, X):
        return np.allclose(theta, start, rtol=0, atol=1e-100)

    monkeypatch.setattr(cls, "_is_finite", is_start)
    file = tmp_path / "fit.ckpt" if kept_by == "checkpoint" else None
    for _ in range(2):  # the second time from the file, if there is one
        with pytest.warns(ConvergenceWarning, match="The start values") as said:
            model = cls(**settings).fit(*data_for(cls), checkpoint=file)
        assert len(said) == 1
        np.testing.assert_allclose(model.theta_, start, rtol=0, atol=1e-100)


@of_steps
def test_steps_at_which_nothing_is_finite(cls):
    steps = [np.full((30, 2), 3e38, dtype=np.float32) for _ in range(20)]
    estimator = cls(16, "rnn_relu", standardize=False, max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="X is of a scale.*standardize=True"):
            estimator.fit(*data_for(cls, steps))
    assert not hasattr(estimator, "theta_")
    estimator.set_params(standardize=True).fit(*data_for(cls, steps))  # as it says


# -- functions -------------------------------------------------------------------------


@pytest.mark.parametrize("score", [exact_match_score, token_error_rate])
@pytest.mark.parametrize("weights", ["a", [10**400, 1], [None, 1], [1, [2]], {"a": 1}])
def test_weights_that_are_no_numbers(score, weights):
    with pytest.raises((TypeError, ValueError), match="sample_weight"):
        score(["a b", "b"], ["a b", "c"], sample_weight=weights)
    with pytest.raises((TypeError, ValueError), match="sample_weight"):
        token_accuracy_score(
            [["a", "b"], ["b"]], [["a", "b"], ["c"]], sample_weight=weights
        )


def test_zero_division():
    with pytest.raises(ValueError, match="'zero_division' parameter of span_f1_score"):
        span_f1_score([["O"]], [["O"]], zero_division="warn")
    assert np.isnan(span_f1_score([["O"]], [["O"]], zero_division=np.nan))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "a", (), {0: 1}])
def test_seeds(seed):
    model = RNNGenerator(**SMALL).fit(*data_for(RNNGenerator))
    for function in (make_adding_problem, make_copy_memory):
        with pytest.raises(ValueError, match="'random_state' parameter"):
            function(3, random_state=seed)
    with pytest.raises(ValueError, match="'random_state' parameter of sample"):
        model.sample(np.ones((1, 2)), random_state=seed)


@pytest.mark.parametrize(
    ("vectors", "error"),
    [
        ([[1.0, 2.0], [3.0]], "vectors must be of one length"),
        (np.ones(4), "X must be vectors.*Reshape your data"),
        (np.ones((4, 2, 2)), "X must be vectors"),
        (["a"] * 4, "X holds <U1 values"),
        ([[1.0, None]] * 4, r"X\[0\]\[1\] is missing"),
        (np.ones(5000), "X must be vectors"),
    ],
)
def test_vectors_of_a_generator(vectors, error):
    with pytest.raises((ValueError, TypeError), match=error) as caught:
        RNNGenerator(**SMALL).fit(vectors, ["a"] * len(range(4)))
    assert len(str(caught.value)) < 1000


def test_vectors_in_any_container():
    vectors, texts = data_for(RNNGenerator)
    expected = RNNGenerator(**SMALL).fit(vectors, texts)
    objects = np.empty(20, dtype=object)
    objects[:] = list(vectors)
    for X in (
        list(vectors),
        vectors.tolist(),
        objects,
        RaggedArray.from_sequences(vectors),
    ):
        found = RNNGenerator(**SMALL).fit(X, texts)
        np.testing.assert_array_equal(found.theta_, expected.theta_)


def test_errors_of_a_transformer_are_its_own():
    steps = [sparse.csr_array(x) for x in X]
    with pytest.raises(ValueError, match="transformer StandardScaler.*with_mean=False"):
        PerStep(StandardScaler()).fit(steps)


# -- all messages ----------------------------------------------------------------------

ROOT = Path(sksequence.__file__).parent
OWN = {"name", "part", "plain", "scheme", "transform"}  # no values of the user's
CHECKED = {"from_scheme", "self.decoder", "self.dense_activation", "self.learning_rate"}


def test_values_of_the_user_are_written_by_brief():
    """As their repr may be of any length."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and node.conversion == ord("r"):
                value = ast.unparse(node.value)
                allowed = value in OWN | CHECKED or path.name == "_messages.py"
                assert allowed, f"{path.name}:{node.lineno}: brief({value})"


@pytest.mark.parametrize(
    "parameters",
    [
        {"unk_token": "x" * 5000, "vocabulary": {"a": 0}},
        {"unk_token": "x" * 5000, "eos_token": "x" * 5000, "add_eos": True},
        {"token_pattern": "(" * 5000},
        {"token_pattern": "[" + "x" * 5000},
        {"token_pattern": "a{99999999999999999999}"},
        {"vocabulary": ["x" * 5000] * 2},
        {"vocabulary": {"x" * 5000: "y" * 5000}},
        {"eos_token": "x" * 5000, "add_eos": True},
    ],
)
def test_long_tokens_make_no_long_messages(parameters):
    with pytest.raises(ValueError) as caught:
        TokenEncoder(**parameters).fit([["x" * 5000]])
    assert len(str(caught.value)) < 1000
