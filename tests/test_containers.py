"""Whatever holds the data, it is the same data: containers x arguments x estimators."""

import re
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

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
from sksequence._values import is_missing, object_array
from sksequence.metrics import (
    exact_match_score,
    step_r2_score,
    token_accuracy_score,
    token_error_rate,
)
from sksequence.preprocessing import (
    Downsample,
    ForwardFill,
    PerStep,
    TokenEncoder,
    TokenFeatures,
    sliding_windows,
)
from sksequence.sequences import as_ragged, check_sequences

STRING = np.dtypes.StringDType
NUMBERS = [[1.0, 2.0], [3.0, 4.0, 5.0], [6.0], [7.0, 8.0]]
LABELS = ["low", "high", "low", "high"]
TAGS = [["N", "V"], ["N", "N", "V"], ["V"], ["V", "N"]]
TEXTS = ["a cat", "the cat", "a dog", "dog"]
WEIGHTS = [1.0, 2.0, 0.5, 1.0]


def small(cls, **options):
    return cls(3, max_iter=2, random_state=0, **options)


# -- containers ------------------------------------------------------------------------


def in_two(array):
    return pa.chunked_array([array[:1], array[1:]])


OF_SCALARS = {  # columns of strings or of numbers
    "tuple": tuple,
    "array": np.array,
    "array of objects": lambda v: np.array(v, dtype=object),
    "pandas Series": lambda v: pd.Series(v, index=range(7, 7 + len(v))),
    "pandas array": pd.array,
    "pandas Index": pd.Index,
    "pandas categories": pd.Categorical,
    "pandas Series of categories": lambda v: pd.Series(v, dtype="category"),
    "pandas frame": lambda v: pd.DataFrame({"name": v}),
    "polars Series": pl.Series,
    "polars frame": lambda v: pl.DataFrame({"name": v}),
    "pyarrow array": pa.array,
    "pyarrow chunked array": lambda v: in_two(pa.array(v)),
    "pyarrow dictionary": lambda v: pa.array(v).dictionary_encode(),
    "pyarrow table": lambda v: pa.table({"name": v}),
    "list of pyarrow scalars": lambda v: list(pa.array(v)),
    "pandas column of pyarrow": lambda v: pd.Series(
        v, dtype=pd.ArrowDtype(pa.array(v).type)
    ),
}
OF_STRINGS = OF_SCALARS | {
    "StringDType": lambda v: np.array(v, dtype=STRING()),
    "pandas string": lambda v: pd.array(v, dtype="string"),
    "polars Categorical": lambda v: pl.Series(v, dtype=pl.Categorical),
    "polars Enum": lambda v: pl.Series(v, dtype=pl.Enum(sorted(set(v)))),
    "pyarrow string_view": lambda v: pa.array(v, type=pa.string_view()),
}
OF_NUMBERS = OF_SCALARS | {
    "Decimal": lambda v: [Decimal(x) for x in v],
    "Fraction": lambda v: [Fraction(x) for x in v],
    "Float64": lambda v: pd.array(v, dtype="Float64"),
    "memory-mapped": lambda v: np.array(v).view(np.memmap),
    "unmasked": np.ma.array,
}
OF_LISTS = {
    "tuple of tuples": lambda v: tuple(map(tuple, v)),
    "array of objects": object_array,
    "pandas Series": lambda v: pd.Series(v, index=range(7, 7 + len(v))),
    "pandas Series of Arrow lists": lambda v: pd.Series(
        v, dtype=pd.ArrowDtype(pa.array(v).type)
    ),
    "pandas frame": lambda v: pd.DataFrame({"name": v}),
    "polars Series": pl.Series,
    "polars frame": lambda v: pl.DataFrame({"name": v}),
    "pyarrow array": pa.array,
    "pyarrow large list": lambda v: pa.array(v, pa.large_list(pa.array(v[0]).type)),
    "pyarrow chunked array": lambda v: in_two(pa.array(v)),
    "pyarrow table": lambda v: pa.table({"name": v}),
    "list of pyarrow scalars": lambda v: list(pa.array(v)),
    "list of pandas arrays": lambda v: [pd.array(x) for x in v],
    "list of categories": lambda v: [pd.Categorical(x) for x in v],
    "list of pandas Series": lambda v: [pd.Series(x, index=x) for x in v],
    "list of Index": lambda v: [pd.Index(x) for x in v],
    "list of polars Series": lambda v: [pl.Series(x) for x in v],
    "list of pyarrow arrays": lambda v: [pa.array(x) for x in v],
    "list of arrays of objects": lambda v: [np.array(x, dtype=object) for x in v],
}
EVEN = {  # sequences of one length, whose arrays get more dimensions
    "array of objects, 2-D": lambda v: np.array(v, dtype=object),
    "polars Array": lambda v: pl.Series(v, dtype=pl.Array(pl.Float64, len(v[0]))),
    "pyarrow fixed size": lambda v: pa.array(v, pa.list_(pa.float64(), len(v[0]))),
    "0-d array of objects": lambda v: np.array([v, 0], dtype=object)[:1].reshape(()),
    "matrix": lambda v: [np.matrix(x).T for x in v],
}


@pytest.mark.parametrize("form", OF_LISTS)
def test_sequences(form):
    X = check_sequences(OF_LISTS[form](NUMBERS))
    assert_array_equal(X.values[:, 0], np.concatenate(NUMBERS))
    assert X.lengths.tolist() == [2, 3, 1, 2]


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("form", EVEN)
def test_sequences_of_one_length(form):
    X = check_sequences(EVEN[form]([[1.0, 2.0], [3.0, 4.0]]))
    assert X.values.tolist() == [[1.0], [2.0], [3.0], [4.0]]
    assert X.lengths.tolist() == [2, 2]


def test_arrays_of_objects_of_any_shape():
    for shape in [(1, 2, 2), (2, 3, 1), (3, 1, 2)]:
        dense = np.arange(np.prod(shape), dtype=float).reshape(shape)
        expected = as_ragged(dense)
        steps = np.empty(shape[:2], dtype=object)
        for place in np.ndindex(shape[:2]):
            steps[place] = dense[place]
        for X in (dense.astype(object), object_array(list(dense)), steps):
            assert_array_equal(check_sequences(X).values, expected.values)


@pytest.mark.parametrize("form", OF_STRINGS)
@pytest.mark.parametrize("early", [False, True])
def test_labels_of_sequences(form, early):
    y = OF_STRINGS[form](LABELS * 6)
    X = NUMBERS * 6
    expected = small(RNNClassifier, early_stopping=early).fit(X, LABELS * 6)
    clf = small(RNNClassifier, early_stopping=early).fit(X, y)
    assert clf.classes_.tolist() == ["high", "low"]
    assert_array_equal(clf.theta_, expected.theta_)


@pytest.mark.parametrize("form", OF_NUMBERS)
def test_targets_and_weights_of_sequences(form):
    expected = small(RNNRegressor).fit(NUMBERS, WEIGHTS, sample_weight=WEIGHTS)
    given = OF_NUMBERS[form](WEIGHTS)
    reg = small(RNNRegressor).fit(NUMBERS, given, sample_weight=given)
    assert_array_equal(reg.theta_, expected.theta_)
    assert reg.predict(NUMBERS).ndim == 1
    score = expected.score(NUMBERS, WEIGHTS, WEIGHTS)
    assert reg.score(NUMBERS, given, sample_weight=given) == score


@pytest.mark.parametrize("form", OF_LISTS)
def test_labels_and_weights_of_steps(form):
    weights = [[1.0] * len(x) for x in NUMBERS]
    expected = small(RNNTagger).fit(NUMBERS, TAGS)
    tagger = small(RNNTagger).fit(
        OF_LISTS[form](NUMBERS),
        OF_LISTS[form](TAGS),
        sample_weight=OF_LISTS[form](weights),
    )
    assert_array_equal(tagger.theta_, expected.theta_)
    assert token_accuracy_score(TAGS, OF_LISTS[form](TAGS)) == 1.0


@pytest.mark.parametrize("form", OF_STRINGS)
def test_texts(form):
    given = OF_STRINGS[form](TEXTS)
    ids = TokenEncoder().fit_transform(TEXTS).values
    assert_array_equal(TokenEncoder().fit_transform(given).values, ids)
    pairs = [
        (small(RNNLanguageModel).fit(TEXTS), small(RNNLanguageModel).fit(given)),
        (
            small(RNNTranslator).fit(TEXTS, TEXTS),
            small(RNNTranslator).fit(given, given),
        ),
        (small(RNNGenerator).fit(None, TEXTS), small(RNNGenerator).fit(None, given)),
    ]
    for expected, model in pairs:
        assert_array_equal(model.theta_, expected.theta_)
    translator, again = pairs[1]
    for X in (given, deque(TEXTS), [np.array(text) for text in TEXTS]):
        assert again.predict(X) == translator.predict(TEXTS)
    assert exact_match_score(given, TEXTS) == 1.0
    assert token_error_rate(TEXTS, given) == 0.0


@pytest.mark.parametrize("form", OF_STRINGS)
def test_tokens(form):
    """Those of a vocabulary, of the beginning of a text, and the next of texts."""
    tokens, ids = ["cat", "a", "dog"], [1, 0, 2]
    given = OF_STRINGS[form](tokens)
    encoder = TokenEncoder(vocabulary=given).fit(TEXTS)
    assert list(encoder.vocabulary_) == ["<unk>", *tokens]
    if form.endswith(("frame", "table")):
        return
    of_ids = OF_NUMBERS.get(form, tuple)(ids)
    for X, some, same in ((TEXTS, given, tokens), ([[0, 1], [2]], of_ids, ids)):
        model = small(RNNLanguageModel).fit(X)
        found = model.beam_search(prefix=same)
        for prefix in (some, iter(same)):
            assert model.beam_search(prefix=prefix) == found
        state = model.initial_state(3)
        assert_array_equal(model.step(some, state)[0], model.step(same, state)[0])


def test_lists_of_other_classes():
    expected = small(RNNClassifier).fit(NUMBERS, LABELS, sample_weight=WEIGHTS)
    lists = deque(NUMBERS), deque(LABELS)
    model = small(RNNClassifier).fit(*lists, sample_weight=deque(WEIGHTS))
    assert_array_equal(model.theta_, expected.theta_)
    expected = small(RNNStepRegressor).fit(NUMBERS, NUMBERS, sample_weight=NUMBERS)
    lists = [deque(map(deque, NUMBERS)) for _ in range(3)]
    model = small(RNNStepRegressor).fit(*lists)
    assert_array_equal(model.theta_, expected.theta_)


@pytest.mark.parametrize("form", OF_LISTS)
def test_texts_of_tokens(form):
    texts = [text.split() for text in TEXTS]
    given = OF_LISTS[form](texts)
    assert_array_equal(
        TokenEncoder().fit_transform(given).values,
        TokenEncoder().fit_transform(texts).values,
    )
    model, expected = (small(RNNTranslator).fit(t, t) for t in (given, texts))
    assert_array_equal(model.theta_, expected.theta_)
    assert exact_match_score(given, texts) == 1.0


@pytest.mark.parametrize("form", OF_LISTS)
def test_categories_of_steps(form):
    expected = PerStep(OneHotEncoder()).fit_transform(TAGS)
    Xt = PerStep(OneHotEncoder()).fit_transform(OF_LISTS[form](TAGS))
    assert_array_equal(Xt.values.toarray(), expected.values.toarray())


WIDE = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
}


@pytest.mark.parametrize("library", WIDE)
@pytest.mark.parametrize(
    "use",
    [
        lambda frame: TokenEncoder().fit(frame),
        lambda frame: small(RNNLanguageModel).fit(frame),
        lambda frame: small(RNNTranslator).fit(frame, TEXTS),
        lambda frame: small(RNNTranslator).fit(TEXTS, frame),
        lambda frame: small(RNNGenerator).fit(None, frame),
        lambda frame: small(RNNClassifier).fit(NUMBERS, LABELS, sample_weight=frame),
        lambda frame: exact_match_score(frame, TEXTS),
        lambda frame: token_error_rate(TEXTS, frame),
    ],
)
def test_a_table_is_no_column(library, use):
    frame = WIDE[library]({"first": TEXTS, "second": TEXTS})
    message = (
        r"(X|y|y_true|y_pred|sample_weight) is a table of 2 columns. .*\['first', 's"
    )
    with pytest.raises(TypeError, match=message):
        use(frame)


@pytest.mark.parametrize("library", WIDE)
def test_a_table_of_numbers_is_sequences_of_one_length(library):
    frame = WIDE[library]({"a": [1, None], "b": [2, 3]})
    Xt = PerStep(SimpleImputer()).fit_transform(frame)
    assert_array_equal(Xt, [[1, 2], [2, 3]])
    frame = WIDE[library]({"x0": [1, 2, 3], "x1": [2, 3, 5]})
    array = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 5.0]])
    expected = small(RNNRegressor).fit(array, array)
    assert_array_equal(small(RNNRegressor).fit(frame, frame).theta_, expected.theta_)


NO_CONTAINERS = {
    "generator": (iter, "Pass list"),
    "dict": (lambda v: dict(enumerate(v)), r"list\(\w+.values\(\)\)"),
    "values of a dict": (lambda v: dict(enumerate(v)).values(), "Pass list"),
    "LazyFrame": (lambda v: pl.LazyFrame({"a": v}), r"collect\(\)"),
    "groups": (lambda v: pd.DataFrame({"a": v}).groupby("a"), "neither a column nor"),
    "masked array": (lambda v: np.ma.array(v, mask=[1, 0, 0, 0]), "masked array"),
}


@pytest.mark.parametrize("form", NO_CONTAINERS)
@pytest.mark.parametrize("cls", [RNNClassifier, RNNRegressor])
def test_what_is_no_container(form, cls):
    make, message = NO_CONTAINERS[form]
    y = [0, 1, 0, 1]
    for arguments in [
        {"X": make([1.0, 2.0, 3.0, 4.0]), "y": y},
        {"X": NUMBERS, "y": make(y)},
        {"X": NUMBERS, "y": y, "sample_weight": make(y)},
    ]:
        with pytest.raises(TypeError, match=message) as info:
            small(cls).fit(**arguments)
        assert re.match(r"X|y|sample_weight", str(info.value))
    with pytest.raises(TypeError, match=message):
        PerStep(StandardScaler()).fit(make([1.0, 2.0, 3.0, 4.0]))


FAR = np.longdouble("1e400")


@pytest.mark.skipif(np.isinf(FAR), reason="no wider floats here")
@pytest.mark.parametrize(
    "use",
    [
        lambda: small(RNNRegressor).fit([[FAR], [1.0]], [1.0, 2.0]),
        lambda: small(RNNRegressor).fit([[2.0], [1.0]], [1.0, FAR]),
        lambda: small(RNNRegressor).fit([[2.0]], [1.0], sample_weight=[FAR]),
        lambda: small(RNNStepRegressor).fit([[2.0, 1.0]], [[1.0, FAR]]),
        lambda: small(RNNTagger).fit([[1, 2]], [[1, 2]], sample_weight=[[1, FAR]]),
        lambda: small(RNNRegressor).fit(
            as_ragged(NUMBERS).with_static(np.array([FAR] * 4)), WEIGHTS
        ),
        lambda: small(RNNGenerator).fit(np.array([[FAR], [1]]), ["a", "b"]),
        lambda: step_r2_score([[1.0, 2.0]], [[1.0, FAR]]),
    ],
)
def test_what_is_too_large_for_a_float_is_an_error_without_a_warning(use):
    with pytest.raises(ValueError, match="infinity|is inf|finite"):
        use()


MASKED = np.ma.array([1.0, 2.0], mask=[False, True])
MASKED_IDS = np.ma.array([0, 1], mask=[False, True])


@pytest.mark.parametrize(
    "use",
    [
        lambda: small(RNNClassifier).fit([[MASKED, MASKED], [[1.0, 2.0]]], [0, 1]),
        lambda: small(RNNRegressor).fit(NUMBERS, [MASKED] * 4),
        lambda: small(RNNClassifier).fit(NUMBERS, [MASKED_IDS, [1, 1]] * 2),
        lambda: small(RNNStepRegressor).fit([[1.0, 2.0]], [[MASKED, MASKED]]),
        lambda: small(RNNTagger).fit(NUMBERS, TAGS, sample_weight=[MASKED, 1, 1, 1]),
        lambda: RNNClassifier(
            embedding_dim=2, embedding_init=np.ma.stack([MASKED] * 2)
        ).fit([[0, 1], [1]], [0, 1]),
        lambda: as_ragged(NUMBERS).with_static([MASKED] * 4),
        lambda: (
            small(RNNRegressor)
            .fit(as_ragged(NUMBERS).with_static([[1, 2]] * 4), WEIGHTS)
            .initial_state(static=MASKED)
        ),
        lambda: small(RNNLanguageModel).fit([[0, 1], [1]]).sample(prefix=MASKED_IDS),
        lambda: (model := small(RNNLanguageModel).fit([[0, 1], [1]])).step(
            MASKED_IDS, model.initial_state(2)
        ),
        lambda: TokenEncoder(vocabulary=np.ma.array(["a"], mask=[True])).fit(["a"]),
        lambda: RaggedArray(MASKED, [0, 2]),
        lambda: RaggedArray([1, 2, 3], np.ma.array([0, 1, 3], mask=[0, 1, 0])),
        lambda: as_ragged([[1.0, 2.0]]).with_values(MASKED),
        lambda: as_ragged([[1.0], [2.0]])[MASKED_IDS],
        lambda: RaggedArray.from_sequences([MASKED]),
        lambda: RaggedArray.from_concatenated(MASKED, [1, 1]),
        lambda: RaggedArray.from_concatenated([1.0, 2.0], MASKED_IDS + 1),
        lambda: RaggedArray.from_padded([MASKED, MASKED]),
    ],
)
def test_no_mask_is_lost(use):
    with pytest.raises(TypeError, match="is a masked array, whose mask would be lost"):
        use()


FRAME = pd.DataFrame({"id": [0] * 40 + [1] * 40, "a": 1.0, "b": np.arange(80.0)})


@pytest.mark.parametrize("cls", [RNNClassifier, RNNRegressor])
@pytest.mark.parametrize("form", ["groups", "a column of groups", "listed groups"])
def test_groups_of_a_frame_are_told_of_from_frame(cls, form):
    groups = FRAME.groupby("id")
    X = {"groups": groups, "listed groups": list(groups)}.get(form, groups["a"])
    way = re.escape("RaggedArray.from_frame(frame, by=...)")
    with pytest.raises(TypeError, match=way) as info:
        small(cls).fit(X, [0, 1])
    assert len(str(info.value)) < 250


DATES = {
    "frames": lambda d: [pd.DataFrame({"a": 1.0, "when": d})] * 2,
    "objects": lambda d: [pd.DataFrame({"a": 1.0, "when": d}).astype(object)] * 2,
    "objects of NumPy": lambda d: [np.array([[1.0, v] for v in d.to_numpy()], object)],
    "dates alone": lambda d: [d.to_numpy()] * 2,
    "lists": lambda d: [[[1.0, v] for v in d.dt.date]] * 2,
    "polars": lambda d: [pl.DataFrame({"a": [1.0] * len(d), "when": d.to_numpy()})] * 2,
    "from_frame": lambda d: RaggedArray.from_frame(
        pd.DataFrame({"id": [0, 0, 1], "a": 1.0, "when": d}), by="id"
    ),
}


@pytest.mark.parametrize("form", DATES)
@pytest.mark.parametrize("as_durations", [False, True])
def test_dates_are_to_be_left_out(form, as_durations):
    dates = pd.Series(pd.date_range("2020-01-01", periods=3))
    if as_durations and form != "lists":
        dates = dates - dates[0]
    with pytest.raises(TypeError, match="Leave dates out, or turn them into numbers"):
        small(RNNClassifier).fit(DATES[form](dates), [0, 1])


@pytest.mark.parametrize("make", [np.array, pd.Series, pl.Series, list])
def test_what_is_advised_for_one_series_works(make):
    reg = small(RNNRegressor).fit([[1.0, 2.0], [3.0, 5.0]], [1.0, 2.0])
    series = make([1.0, 2.0])
    with pytest.raises(ValueError, match=r"pass \[X\]") as info:
        reg.predict(series)
    assert ".reshape" not in str(info.value)
    assert_array_equal(reg.predict([series]), reg.predict([[1.0, 2.0]]))
    generator = small(RNNGenerator).fit(np.eye(2), ["a", "b"])
    advised = "np.reshape(X, (1, -1))"
    with pytest.raises(ValueError, match=re.escape(advised)):
        generator.predict(series)
    assert len(generator.predict(eval(advised, {"np": np, "X": series}))) == 1


def test_sets_of_labels():
    with pytest.raises(TypeError, match=r"y\[0\] is a set of .*MultiLabelBinarizer"):
        small(RNNClassifier).fit(NUMBERS, [{"a"}, {"b"}, set(), {"a", "b"}])


@pytest.mark.parametrize(
    "y",
    [[["a", 1]] * 6, [["a"], ["a", "b"]] * 3, np.array([["a", "b"]] * 6)],
    ids=["mixed", "ragged", "array"],
)
def test_several_labels_of_a_sequence_are_to_be_rows_of_0_and_1(y):
    with pytest.raises(ValueError, match=r"^y .*MultiLabelBinarizer"):
        small(RNNClassifier).fit(NUMBERS, y)


@pytest.mark.parametrize(
    "y",
    [
        pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(36).reshape(6, 3, 2)),
        pl.Series([[{"a": 1}], [{"a": 2}]] * 3),
        [pd.Series([1.0, 2.0]), pd.Series([1.0])] * 3,
    ],
    ids=["tensors", "structs", "columns"],
)
def test_targets_that_are_sequences_are_named(y):
    for estimator in (RNNClassifier, RNNRegressor):
        with pytest.raises(ValueError, match="It holds sequences.*RNNStepRegressor"):
            small(estimator).fit(NUMBERS, y)


def test_labels_of_two_types():
    with pytest.raises(TypeError, match=r"y\[2\] is 1, but y\[0\] is 'low'"):
        small(RNNClassifier).fit(NUMBERS, ["low", "high", 1, "low"])


# -- missing values --------------------------------------------------------------------

MISSING = [
    None,
    float("nan"),
    np.float32("nan"),
    pd.NA,
    pd.NaT,
    np.datetime64("NaT", "s"),
    Decimal("NaN"),
    Decimal("sNaN"),
]


@pytest.mark.parametrize("gap", MISSING, ids=repr)
def test_missing_numbers_reach_the_imputer(gap):
    numbers = [[1.0, gap], [gap, 3, 5.0]]
    rows = [[[1.0, gap], gap], [(gap, 4.0), [3, 8.0]]]
    with_words = [[["a", gap], gap], [[gap, 4.0]]]
    X = as_ragged(numbers)
    assert_array_equal(X.values, [1, np.nan, np.nan, 3, 5])
    Xt = PerStep(SimpleImputer()).fit_transform(numbers)
    assert_array_equal(Xt.values[:, 0], [1, 3, 3, 3, 5])
    Xt = PerStep(SimpleImputer()).fit_transform(rows)
    assert_array_equal(Xt.values, [[1, 6], [2, 6], [2, 4], [3, 8]])
    Xt = PerStep(OrdinalEncoder()).fit_transform(with_words)
    assert_array_equal(Xt.values, [[0, np.nan], [np.nan] * 2, [np.nan, 0]])
    for estimator in (RNNClassifier, RNNRegressor, RNNTagger):
        with pytest.raises(
            ValueError, match=r"contains NaN: X\[0\], step 1, feature 0"
        ):
            small(estimator).fit(numbers, [[0, 1], [0, 1, 0]])


@pytest.mark.parametrize("gap", MISSING, ids=repr)
def test_missing_categories_and_texts(gap):
    for X in ([[gap, "a"], ["b"]], [["a", "b"], [gap]]):
        names = PerStep(OneHotEncoder()).fit(X).get_feature_names_out()
        assert names.tolist() == ["x0_a", "x0_b", "x0_nan"]
        Xt = PerStep(SimpleImputer(strategy="most_frequent")).fit_transform(X)
        assert set(Xt.values[:, 0]) <= {"a", "b"}
    words = PerStep(CountVectorizer())
    with pytest.raises(TypeError, match=r"X\[1\] has no text at step 1: it is missing"):
        words.fit([["a cat"], ["a dog", gap]])
    with pytest.raises(TypeError, match=r"X\[0\] has \S+ at step 1: it is missing"):
        PerStep(DictVectorizer()).fit([[{"a": 1}, gap], [{"a": 2}]])
    Xt = PerStep(DictVectorizer(sparse=False)).fit_transform([[{"a": 1}, {"a": gap}]])
    assert_array_equal(Xt.values, [[1], [np.nan]])


@pytest.mark.parametrize("gap", MISSING, ids=repr)
@pytest.mark.parametrize("place", [0, 2])
def test_a_missing_target_is_named(gap, place):
    for cls, y in [
        (RNNClassifier, ["a", "b", "a", "b"]),
        (RNNClassifier, [0, 1, 0, 1]),
        (RNNRegressor, [0.5, 1, 2, 3]),
    ]:
        y[place] = gap
        for held in (y, tuple(y), object_array(y), pd.Series(y, dtype=object)):
            model = small(cls)
            with pytest.raises(ValueError, match=rf"NaN .* y\[{place}\] is missing"):
                model.fit(NUMBERS, held)
            assert not hasattr(model, "classes_")
    y = [[0, 1], [1, 0], [1, 1], [0, 0]]
    y[place] = gap
    with pytest.raises(ValueError, match=rf"NaN .* y\[{place}\] is missing"):
        small(RNNClassifier).fit(NUMBERS, y)
    y = [[0, 1], [1, 0], [1, 1], [0, 0]]
    y[place][1] = gap
    for cls in (RNNClassifier, RNNRegressor):
        with pytest.raises(ValueError, match=rf"NaN .* y\[{place}\]\[1\] is missing"):
            small(cls).fit(NUMBERS, y)


@pytest.mark.parametrize("gap", MISSING, ids=repr)
def test_a_missing_text_is_named(gap):
    for bad, place in [
        ([gap, "a b"], r"\[0\] is"),
        (["a b", gap], r"\[1\] is"),
        ([["a", gap], ["b"]], r"\[0\], step 1, is"),
    ]:
        for use, name in [
            (TokenEncoder().fit, "X"),
            (small(RNNLanguageModel).fit, "X"),
            (lambda t: small(RNNTranslator).fit(t, ["x", "y"]), "X"),
            (lambda t: small(RNNTranslator).fit(["x", "y"], t), "y"),
            (lambda t: small(RNNGenerator).fit(None, t), "y"),
        ]:
            with pytest.raises(TypeError, match=name + place):
                use(bad)
    for score in (exact_match_score, token_error_rate):
        with pytest.raises(ValueError, match=r"y_true\[1\] is missing"):
            score(["a", gap], ["a", "b"])
        with pytest.raises(ValueError, match=r"y_pred\[0\]\[1\] is missing"):
            score([["a"]], [["a", gap]])


@pytest.mark.parametrize("gap", MISSING, ids=repr)
def test_a_missing_weight_is_named(gap):
    message = r"sample_weight must be finite.* sample_weight\[1\] is nan"
    for cls, y in [(RNNClassifier, LABELS), (RNNTagger, TAGS)]:
        with pytest.raises(ValueError, match=message):
            small(cls).fit(NUMBERS, y, sample_weight=[1, gap, 1, 1])
    weights = [[1, 1], [1, gap, 1], [1], [1, 1]]
    with pytest.raises(ValueError, match=r"sample_weight\[1\]\[1\] is nan"):
        small(RNNTagger).fit(NUMBERS, TAGS, sample_weight=weights)


@pytest.mark.parametrize("gap", MISSING, ids=repr)
def test_a_missing_sequence_is_named(gap):
    for use in (as_ragged, PerStep(StandardScaler()).fit):
        with pytest.raises(ValueError, match=r"X\[1\] (is missing|has shape \(\))"):
            use([[1.0, 2.0], gap])


def test_what_is_missing_in_columns():
    for column in (
        pd.array([1, None], dtype="Int64"),
        pd.array([True, None], dtype="boolean"),
        pd.Categorical(["a", None]),
        pd.Series(["a", None], dtype="string"),
        pd.Series([pd.Timestamp("2020"), None]),
        pl.Series([1, None]),
        pl.Series(["a", None]),
        pa.array(["a", None]),
        pa.chunked_array([[1.0], [None]]),
        np.array(["a", None], dtype=STRING(na_object=None)),
        np.array(["a", np.nan], dtype=STRING(na_object=np.nan)),
        np.ma.array([1, 2], mask=[False, True]),
        ["nan", None],
        [["a", None], pd.NA],
    ):
        assert is_missing(column).tolist() == [False, True]
    assert not is_missing([0, "", "None", False, [None], {}, b""]).any()


# -- frames and names ------------------------------------------------------------------

LONG = pd.DataFrame(
    {
        "trip": [1, 1, 2, 3, 3],
        "speed": [1.0, 2, 3, 4, 5],
        "road": ["wet", "dry", None, "wet", "dry"],
        "gear": pd.array([1, None, 3, 4, 5], dtype="Int64"),
    }
)
FRAMES = [group.drop(columns="trip") for _, group in LONG.groupby("trip")]
NAMED = {
    "from_frame": lambda: RaggedArray.from_frame(LONG, by="trip"),
    "from_sequences": lambda: RaggedArray.from_sequences(FRAMES),
    "pandas frames": lambda: FRAMES,
    "polars frames": lambda: [pl.DataFrame(f.to_dict("list")) for f in FRAMES],
    "pyarrow tables": lambda: [
        pa.Table.from_pandas(f, preserve_index=False) for f in FRAMES
    ],
    "array of frames": lambda: object_array(FRAMES),
    "column of frames": lambda: pd.Series(FRAMES),
    "slice": lambda: RaggedArray.from_frame(LONG, by="trip")[:],
    "chosen": lambda: RaggedArray.from_frame(LONG, by="trip")[[0, 1, 2]],
}


def by_name():
    return PerStep(
        make_column_transformer(
            (StandardScaler(), ["speed"]),
            (OneHotEncoder(sparse_output=False), ["road"]),
            (SimpleImputer(), ["gear"]),
        )
    )


@pytest.mark.parametrize("form", NAMED)
def test_columns_by_name_per_step(form):
    X, per_step = NAMED[form](), by_name()
    Xt = per_step.fit_transform(X)
    flat = LONG.drop(columns="trip")
    expected = clone(per_step.transformer).fit_transform(
        flat.assign(gear=flat["gear"].astype(float))
    )
    assert_array_equal(Xt.values, expected)
    assert per_step.feature_names_in_.tolist() == ["speed", "road", "gear"]
    assert per_step.n_features_in_ == 3
    assert per_step.get_feature_names_out().tolist() == [
        "standardscaler__speed",
        "onehotencoder__road_dry",
        "onehotencoder__road_wet",
        "onehotencoder__road_nan",
        "simpleimputer__gear",
    ]
    assert_array_equal(per_step.transform(X).values, expected)


def renamed(frames, change):
    return [change(frame) for frame in frames]


CHANGES = {
    "swapped": (lambda f: f[f.columns[::-1]], "in another order"),
    "missing": (lambda f: f.drop(columns="gear"), r"lacks \['gear'\]"),
    "added": (lambda f: f.assign(more=1.0), r"has also \['more'\]"),
    "renamed": (
        lambda f: f.rename(columns={"gear": "g"}),
        r"lacks \['gear'\] and has a",
    ),
    "doubled": (
        lambda f: f.set_axis(["speed", "gear", "gear"], axis=1)[["gear"]],
        "seve",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_columns_are_an_error(change):
    other, message = CHANGES[change]
    numbers = [f.assign(road=1.0, gear=2.0) for f in FRAMES]
    changed = renamed(numbers, other)
    per_step = PerStep(StandardScaler()).fit(numbers)
    clf = small(RNNClassifier).fit(numbers, [0, 1, 0])
    tagger = small(RNNTagger).fit(numbers, [[0, 1], [0], [1, 1]])
    for use in (
        per_step.transform,
        clf.predict,
        clf.transform,
        tagger.predict_proba,
        lambda X: clf.score(X, [0, 1, 0]),
        lambda X: clone(clf).fit(numbers, [0, 1, 0], X_val=X, y_val=[0, 1, 0]),
        lambda X: small(RNNClassifier).fit([*numbers[:2], X[2]], [0, 1, 0]),
    ):
        with pytest.raises(ValueError, match=message):
            use(changed)


def test_names_of_features():
    numbers = [f.assign(road=1.0, gear=2.0) for f in FRAMES]
    clf = small(RNNClassifier).fit(numbers, [0, 1, 0])
    assert clf.feature_names_in_.tolist() == ["speed", "road", "gear"]
    X = RaggedArray.from_sequences(numbers)
    assert X[1:].feature_names == ["speed", "road", "gear"]
    assert X.to_frame().columns.tolist() == ["sequence", "step", *X.feature_names]
    assert_array_equal(clf.predict(X[[2, 0]]), clf.predict(numbers)[[2, 0]])
    with pytest.warns(UserWarning, match="X does not have feature names, but RNNCl"):
        clf.predict([f.to_numpy() for f in numbers])
    clf.fit([f.to_numpy() for f in numbers], [0, 1, 0])
    assert not hasattr(clf, "feature_names_in_")
    with pytest.warns(UserWarning, match="fitted without feature names"):
        clf.predict(numbers)
    scores = cross_val_score(small(RNNClassifier), numbers * 4, [0, 1, 0] * 4, cv=2)
    assert len(scores) == 2


@pytest.mark.parametrize("library", WIDE)
def test_names_of_concatenated_steps(library):
    steps = {"speed": [1.0, 2.0, 3.0], "road": [0.5, 1.5, 2.5]}
    X = RaggedArray.from_concatenated(WIDE[library](steps), [1, 2])
    assert X.feature_names == ["speed", "road"]
    assert_array_equal(X[1], [[2.0, 1.5], [3.0, 2.5]])


def test_numbers_as_names():
    frames = [f[["speed"]].assign(b=1.0).set_axis([2000, 1990], axis=1) for f in FRAMES]
    clf = small(RNNClassifier).fit(frames, [0, 1, 0])
    with pytest.raises(ValueError, match=r"in another order: \[1990, 2000\]"):
        clf.predict([f[[1990, 2000]] for f in frames])
    unnamed = [f.set_axis([0, 1], axis=1) for f in frames]
    assert as_ragged(unnamed).feature_names is None


def test_a_text_column_left_in_is_named():
    message = r"X\[0\] holds 'wet' at \(0, 1\), column 'road'. Expected a number"
    message += ".*Leave the column out, or encode it"
    for form in ("pandas frames", "polars frames", "from_frame", "from_sequences"):
        with pytest.raises(TypeError, match=message):
            small(RNNClassifier).fit(NAMED[form](), [0, 1, 0])


@pytest.mark.parametrize("dtype", [str, object])
def test_an_array_of_one_column_of_texts_is_that_column(dtype):
    """As scikit-learn's transformers give it: each entry is a text, and no token."""
    texts = ["a cat", "the dog", "a dog"] * 2
    column = np.array(texts, dtype)[:, None]
    assert TokenEncoder("char").fit(column).vocabulary_ == (
        TokenEncoder("char").fit(texts).vocabulary_
    )
    options = {"source_analyzer": "char", "target_analyzer": "char"}
    fits = [
        list(small(RNNTranslator, **options).fit(X, X).predict(X))
        for X in (texts, column)
    ]
    assert fits[0] == fits[1]
    models = [small(RNNLanguageModel, analyzer="char").fit(X) for X in (texts, column)]
    assert list(models[0].tokens_) == list(models[1].tokens_)
    frame = pd.DataFrame({"text": [*texts[:-1], np.nan]})
    filled = SimpleImputer(strategy="constant", fill_value="none").fit_transform(frame)
    assert "o" in TokenEncoder("char").fit(filled).vocabulary_
    column = np.array([*texts[:-1], None], object)[:, None]
    with pytest.raises(
        TypeError, match=r"^X\[5\] is None. Expected a string or a list"
    ):
        TokenEncoder("char").fit(column)


def test_an_array_of_one_column_of_sequences_is_that_column():
    for lengths in ([3, 3, 3], [2, 4, 1]):
        arrays = [np.full((n, 2), n + k, float) for k, n in enumerate(lengths)]
        column = np.empty((3, 1), object)
        column[:, 0] = arrays
        clf = small(RNNClassifier).fit(arrays, [0, 1, 0])
        of_column = small(RNNClassifier).fit(column, [0, 1, 0])
        assert_array_equal(clf.predict_proba(arrays), of_column.predict_proba(column))


def test_one_step_a_sequence_stays_one():
    """Labels, tokens and ids in an array (n, 1), which look like a column."""
    ids, labels = np.array([[1], [2]] * 3, object), np.array([["a"], ["b"]] * 3)
    for y in (labels, labels.astype(object)):
        found = small(RNNTagger, embedding_dim=2).fit(ids, y).predict(ids)
        assert [x.shape for x in found] == [(1,)] * 6
    assert len(TokenFeatures(min_count=1).fit_transform(labels)) == 6


def test_one_text_a_step_of_a_frame():
    rows = {"id": [1, 1, 2], "text": ["a cat", "dog", "dog"], "n": [1, 2, 3]}
    X = RaggedArray.from_frame(rows, by="id", columns=["text"])
    counts = PerStep(CountVectorizer()).fit_transform(X)
    assert counts.values.toarray().tolist() == [[1, 0], [0, 1], [0, 1]]
    with pytest.raises(
        ValueError, match="2 features a step, but CountVectorizer takes"
    ):
        PerStep(CountVectorizer()).fit(RaggedArray.from_frame(rows, by="id"))


# -- long frames -----------------------------------------------------------------------


def keys_and_steps(frame, **arguments):
    X, keys = RaggedArray.from_frame(
        frame, **{"columns": "v"} | arguments, return_keys=True
    )
    return keys.tolist(), [x.tolist() for x in X]


ROWS = pd.DataFrame(
    {"id": ["b", "a", "b", "c"], "t": [1, 2, 0, 5], "v": [1.0, 2.0, 3.0, 4.0]}
)
SORTED = (["a", "b", "c"], [[2.0], [3.0, 1.0], [4.0]])


def test_levels_and_other_names():
    arguments = {"by": "id", "order_by": "t"}
    assert keys_and_steps(ROWS, **arguments) == SORTED
    assert keys_and_steps(ROWS.set_index("id"), **arguments) == SORTED
    assert keys_and_steps(ROWS.set_index(["t", "id"]), **arguments) == SORTED
    assert keys_and_steps(ROWS.set_index("id", drop=False), **arguments) == SORTED
    numbered = ROWS.set_axis([0, 1, 2], axis=1)
    assert keys_and_steps(numbered, by=0, order_by=1, columns=2) == SORTED
    double = ROWS.set_axis(pd.MultiIndex.from_tuples([*zip("kkf", "ixv")]), axis=1)
    found = keys_and_steps(
        double, by=("k", "i"), order_by=("k", "x"), columns=("f", "v")
    )
    assert found == SORTED


@pytest.mark.parametrize(
    "make",
    [
        lambda ids, order: pd.DataFrame({"id": pd.Categorical(ids, order)}),
        lambda ids, order: pd.DataFrame(
            {"id": pd.Categorical(ids, order, ordered=True)}
        ),
        lambda ids, order: pd.DataFrame(
            index=pd.CategoricalIndex(ids, order, name="id")
        ),
        lambda ids, order: pl.DataFrame({"id": pl.Series(ids, dtype=pl.Enum(order))}),
        lambda ids, order: pa.Table.from_pandas(
            pd.DataFrame({"id": pd.Categorical(ids, order)})
        ),
    ],
)
def test_categories_keep_their_order(make):
    ids, order = ["s2", "s10", "s2", "s1"], ["s10", "s9", "s2", "s1"]
    frame, v = make(ids, order), [1.0, 2.0, 3.0, 4.0]
    if isinstance(frame, pd.DataFrame):
        frame["v"] = v
        group = frame.groupby("id", observed=True)["v"]
        assert group.first().index.tolist() == ["s10", "s2", "s1"]
    elif isinstance(frame, pl.DataFrame):
        frame = frame.with_columns(v=pl.Series(v))
    else:
        frame = frame.append_column("v", pa.array(v))
    expected = (["s10", "s2", "s1"], [[2.0], [1.0, 3.0], [4.0]])
    assert keys_and_steps(frame, by="id") == expected


@pytest.mark.parametrize("gap", MISSING, ids=repr)
@pytest.mark.parametrize("argument", ["by", "order_by"])
def test_rows_without_an_id_are_refused(gap, argument):
    for ids in ([1, 2, gap, 1], ["a", "b", gap, "a"]):
        frame = {"k": np.array(ids, dtype=object), "v": [1, 2, 3, 4], "i": [1, 1, 2, 2]}
        names = {"by": "i"} | {argument: "k"}
        message = (
            rf"column 'k' of {argument} .* missing values, first .* in row 2 \(1 of"
        )
        for held in (frame, pd.DataFrame(frame)):
            with pytest.raises(TypeError, match=message):
                RaggedArray.from_frame(held, **names, columns="v")


def test_numbers_of_frames():
    frame = pd.DataFrame(
        {
            "id": [1, 1, 2],
            "a": pd.array([1, None, 3], dtype="Int64"),
            "b": pd.array([True, False, None], dtype="boolean"),
            "c": [Decimal("0.5"), None, Decimal(2)],
        }
    )
    X = RaggedArray.from_frame(frame, by="id")
    assert X.dtype == np.float64
    nan = np.nan
    assert_array_equal(X.values, [[1, 1, 0.5], [nan, 0, nan], [3, nan, 2]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RaggedArray(None, [0]), "values must be an array"),
        (lambda: RaggedArray.from_concatenated(5, [5]), "values must be an array"),
        (
            lambda: RaggedArray([1.0], [0, 1]).with_values(None),
            "values must be an array",
        ),
        (
            lambda: RaggedArray([[1.0]], [0, 1], ["a", "b"]),
            "feature_names must have one",
        ),
        (
            lambda: RaggedArray([[1.0, 2.0]], [0, 1], ["a", "a"]),
            "feature_names has several columns 'a'",
        ),
        (
            lambda: as_ragged([[1.0]]).with_static([[1, 2]], ["a", "a"]),
            "names has several columns 'a'",
        ),
        (
            lambda: RaggedArray.from_frame(ROWS, by="id", columns=["v", "v"]),
            "columns has several columns 'v'",
        ),
        (
            lambda: RaggedArray.from_frame(ROWS, by="id", static=["v", "v"]),
            "static has several columns 'v'",
        ),
        (lambda: RaggedArray.from_frame(None, by="id"), "frame must be a pandas or"),
        (lambda: RaggedArray.from_frame(np.eye(2), by="id"), "Got ndarray instead"),
        (lambda: RaggedArray.from_frame(ROWS["v"], by="id"), "Got Series instead"),
        (lambda: RaggedArray.from_frame({}, by=[]), "by is empty"),
        (lambda: RaggedArray.from_frame(ROWS, by=[]), "by is empty"),
        (lambda: RaggedArray.from_frame(pl.LazyFrame(ROWS), by="id"), r"collect\(\)"),
        (
            lambda: RaggedArray.from_frame({"id": [1, "a"], "v": [1, 2]}, by="id"),
            "column 'id' of by cannot be sorted: it holds values of several types",
        ),
        (
            lambda: RaggedArray.from_frame(ROWS[["id", "v", "v"]], by="id"),
            "several columns 'v'",
        ),
        (
            lambda: RaggedArray.from_frame({"id": [1, 2], "v": 5}, by="id"),
            "column 'v' of the frame is 5",
        ),
    ],
)
def test_no_frame_and_no_values(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_padding_of_any_kind():
    for padded in (
        [[1, 2, None], [3, pd.NA, None]],
        pd.DataFrame(
            {"a": [1, 3], "b": pd.array([2, None], dtype="Int64"), "c": np.nan}
        ),
        pl.DataFrame({"a": [1, 3], "b": [2, None], "c": [None, None]}),
    ):
        X = RaggedArray.from_padded(padded)
        assert [x.tolist() for x in X] == [[1, 2], [3]]


# -- shapes ----------------------------------------------------------------------------


def test_transposed_input_is_asked_about():
    X = [np.ones((3, n)) for n in (4, 5, 6)]
    message = (
        r"expected arrays of shape \(n_steps, n_features\). All have 3 rows. Are th"
    )
    with pytest.raises(ValueError, match=message):
        small(RNNClassifier).fit(X, [0, 1, 0])
    with pytest.raises(ValueError, match="X\\[1\\] has 3 features") as info:
        small(RNNClassifier).fit([np.ones((2, 2)), np.ones((4, 3))], [0, 1])
    assert "transposed" not in str(info.value)


@pytest.mark.parametrize(
    "estimator",
    [
        StandardScaler(),
        PCA(),
        OneHotEncoder(),
        OrdinalEncoder(),
        SimpleImputer(strategy="most_frequent"),
        VarianceThreshold(),
        RandomForestClassifier(),
        ColumnTransformer([("a", StandardScaler(), [0])]),
        make_pipeline(StandardScaler(), RNNClassifier()),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_ragged_array_is_no_table(estimator):
    rng = np.random.default_rng(0)
    for lengths in (rng.integers(5, 30, 300), [20] * 300):
        X = [rng.normal(size=(n, 12)) for n in lengths]
        X, y = RaggedArray.from_sequences(X), np.arange(300) % 2
        with pytest.raises((ValueError, IndexError), match="PerStep") as info:
            clone(estimator).fit(X, y)
        assert len(str(info.value)) < 300
    assert np.asarray(X).shape == X.shape == (300,)


def test_a_ragged_array_is_no_table_in_a_search():
    X, y = (
        RaggedArray.from_sequences([np.ones((n, 2)) for n in range(1, 13)]),
        [0, 1] * 6,
    )
    search = GridSearchCV(
        make_pipeline(StandardScaler(), small(RNNClassifier)),
        {"rnnclassifier__alpha": [0, 1]},
        cv=2,
        error_score="raise",
    )
    with pytest.raises(ValueError, match="PerStep") as info:
        search.fit(X, y)
    assert len(str(info.value)) < 300


def test_texts_in_y_are_not_copied_for_each_step():
    X = RaggedArray.from_concatenated(np.zeros((6000, 2)), [200] * 30)
    y = ["seven words that somebody said right here " * 7] * 30

    class Seen(StandardScaler):
        def fit(self, X, y=None):
            self.y_ = y
            return super().fit(X)

    seen = PerStep(Seen()).fit(X, y).transformer_.y_
    assert seen is None or seen.nbytes < 100_000


@pytest.mark.parametrize(
    ("transformer", "X", "message"),
    [
        (
            StandardScaler(),
            [["a"], ["b"]],
            "StandardScaler, given the steps of X: could",
        ),
        (
            CountVectorizer(),
            [[1.0], [2.0]],
            r"X\[0\] has no text at step 0: it is .*1.0",
        ),
        (CountVectorizer(), [[["a", "b"]], [["c", "d"]]], "X has 2 features a step"),
        (DictVectorizer(), [["a"], ["b"]], r"X\[0\] has a string at step 0. DictVecto"),
        (StandardScaler(), [[1j], [2.0]], "X holds complex128 values"),
    ],
)
def test_what_a_transformer_cannot_take(transformer, X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        PerStep(transformer).fit(X)


@pytest.mark.parametrize(
    "y", [5, 1j, "text", pd.NA, np.array(3.0), pd.Timestamp("2020"), (), np.array([])]
)
def test_what_are_no_targets(y):
    for cls in (RNNClassifier, RNNRegressor):
        with pytest.raises((TypeError, ValueError), match="^y (must be|is|has)"):
            small(cls).fit(NUMBERS, y)
    for score in (exact_match_score, token_error_rate):
        with pytest.raises((TypeError, ValueError), match="y_pred|y_true"):
            score(y, ["a"])


def test_tokens_are_scalars():
    for token in (["a"], np.array(["a"]), pd.Series(["a"])):
        with pytest.raises(
            TypeError, match=r"y_pred\[1\]\[0\] is a .* Expected a token"
        ):
            token_error_rate([["a"], ["b"]], [["a"], [token]])


VECTORS = [[0.0, 1.0], [1.0, 0.0], [2.0, 0.5]]


@pytest.mark.parametrize(
    "form",
    [
        np.array,
        tuple,
        lambda v: np.array(v, dtype=object),
        lambda v: pd.Series(v),
        lambda v: pd.DataFrame(v, columns=["a", "b"]),
        lambda v: pd.DataFrame(v).astype("Float64"),
        lambda v: pl.DataFrame(v, schema=["a", "b"], orient="row"),
        lambda v: pl.Series(v),
        lambda v: pa.array(v),
        lambda v: [pd.array(row) for row in v],
        lambda v: [[Fraction(x) for x in row] for row in v],
    ],
)
def test_vectors_of_a_generator(form):
    expected = small(RNNGenerator).fit(VECTORS, ["a", "b", "a"])
    model = small(RNNGenerator).fit(form(VECTORS), ["a", "b", "a"])
    assert_array_equal(model.theta_, expected.theta_)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[0, "a"], [1, 2]], "X holds <U.* values. Expected real numbers"),
        ([[0, None], [1, 2]], "Input X contains NaN"),
        (np.ma.array([[0, 1], [1, 2]], mask=[[0, 1], [0, 0]]), "X is a masked array"),
        (pl.LazyFrame({"a": [1, 2]}), "X is a LazyFrame"),
        ({"a": [0, 1]}, "X is a dict"),
        (RaggedArray.from_sequences([[1.0], [2.0, 3.0]]), r"X\[1\] has shape"),
    ],
)
def test_what_are_no_vectors_of_a_generator(X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        small(RNNGenerator).fit(X, ["a", "b"])


# -- a column of sequences in a table --------------------------------------------------

BESIDE = {
    "of sequences": (RNNClassifier(3, max_iter=1), "series"),
    "of texts": (
        make_pipeline(TokenEncoder(), RNNClassifier(3, embedding_dim=2, max_iter=1)),
        "text",
    ),
    "behind transformers": (
        make_pipeline(
            ForwardFill(), PerStep(StandardScaler()), RNNClassifier(3, max_iter=1)
        ),
        "series",
    ),
    "a language model": (RNNLanguageModel(3, max_iter=1), "text"),
}


@pytest.mark.parametrize("case", BESIDE)
def test_the_states_of_a_column_are_named_in_a_table(case):
    """ColumnTransformer hands on the name of the column, not those of features."""
    model, column = BESIDE[case]
    series = [np.full((n, 2), float(n)) for n in (2, 3, 4, 2)]
    table = pd.DataFrame({"text": TEXTS, "series": series, "age": [1.0, 2, 3, 4]})
    beside = ColumnTransformer([("s", model, column), ("n", StandardScaler(), ["age"])])
    beside.fit(table, LABELS)
    names = beside.get_feature_names_out()
    assert names[-1] == "n__age"
    assert len(names) == beside.transform(table).shape[1] > 2
    framed = beside.set_output(transform="pandas").fit_transform(table, LABELS)
    assert framed.columns.tolist() == names.tolist()


# -- labels of steps in tables ---------------------------------------------------------


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rows_of_0_and_1_in_frames(library):
    rng = np.random.default_rng(0)
    rows = [{k: rng.integers(0, 2, len(x)) for k in "pq"} for x in NUMBERS]
    y = list(map(pytest.importorskip(library).DataFrame, rows))
    arrays = [np.column_stack([row["p"], row["q"]]) for row in rows]
    tagger = small(RNNTagger).fit(NUMBERS, y)
    assert_array_equal(tagger.theta_, small(RNNTagger).fit(NUMBERS, arrays).theta_)
    assert tagger.score(NUMBERS, y) == tagger.score(NUMBERS, arrays)


def test_a_single_column_of_labels():
    """As ``from_frame(columns=["tag"])`` gives it, which is not rows of 0 and 1."""
    ids = [i for i, x in enumerate(NUMBERS) for _ in x]
    frame = pd.DataFrame({"id": ids, "tag": np.concatenate(TAGS), "k": range(len(ids))})
    expected = small(RNNTagger).fit(NUMBERS, TAGS)
    y = RaggedArray.from_frame(frame, by="id", columns=["tag"])
    for form in (y, list(y), [x.astype(str) for x in y]):
        found = small(RNNTagger).fit(NUMBERS, form)
        assert_array_equal(found.theta_, expected.theta_)
        assert token_accuracy_score(form, TAGS) == 1
    numbers = RaggedArray.from_frame(frame, by="id", columns=["k"])
    with pytest.raises(
        ValueError, match=r"y\[1\]\[0\] holds 2.*the shape is \(n_steps"
    ):
        small(RNNTagger).fit(NUMBERS, numbers)


# -- names and shapes that containers hold inside -------------------------------------

STEPS = np.random.default_rng(0).standard_normal((6, 4, 2))


def structs(*order):
    """Polars' way to make a sequence of each group: a list of structs in each row."""
    long = {"id": np.repeat(np.arange(6), 4), "p": STEPS[..., 0].ravel()}
    long = pl.DataFrame(long | {"q": STEPS[..., 1].ravel()})
    groups = long.group_by("id", maintain_order=True)
    return groups.agg(pl.struct(*order).alias("steps"))["steps"]


def test_fields_of_structs_are_names_of_features():
    X, y = structs("p", "q"), [0, 1] * 3
    for given in (X, list(X), pl.DataFrame({"steps": X})):
        clf = small(RNNClassifier, bidirectional=False).fit(given, y)
        assert list(clf.feature_names_in_) == ["p", "q"]
        assert_array_equal(clf.predict_proba(X), clf.predict_proba(given))
    assert RaggedArray.from_sequences(X).feature_names == ["p", "q"]
    turned = "columns of the data of fit in another order"
    with pytest.raises(ValueError, match=turned):
        clf.predict(structs("q", "p"))
    with pytest.raises(ValueError, match=r"X\[1\] has the columns of X\[0\]"):
        clf.fit([X[0], structs("q", "p")[1]], [0, 1])
    with pytest.raises(ValueError, match=turned):
        clf.step(pl.Series([{"q": 1.0, "p": 2.0}]), clf.initial_state())
    static = pl.Series([{"age": float(k), "height": 1.0} for k in range(6)])
    with_static = RaggedArray.from_sequences(X).with_static(static)
    assert with_static.static_names == ["age", "height"]


@pytest.mark.parametrize(
    "column",
    [
        lambda t: t,
        lambda t: pa.chunked_array([t]),
        lambda t: pa.table({"steps": t}),
        lambda t: pd.Series(t, dtype=pd.ArrowDtype(t.type)),
    ],
    ids=["array", "chunks", "table", "pandas"],
)
def test_tensors_of_pyarrow_keep_their_shape(column):
    X = as_ragged(column(pa.FixedShapeTensorArray.from_numpy_ndarray(STEPS)))
    assert_array_equal(X.values.reshape(STEPS.shape), STEPS)


def test_tensors_that_are_missing_or_none():
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12.0).reshape(2, 6))
    storage = pa.array([[0.0] * 6, None], pa.list_(pa.float64(), 6))
    with pytest.raises(ValueError, match=r"X\[1\] is missing"):
        as_ragged(pa.ExtensionArray.from_storage(tensors.type, storage))
    assert len(as_ragged(pa.chunked_array([], type=tensors.type))) == 0


def test_names_are_compared_where_an_array_is_among_frames():
    frames = [pd.DataFrame(x, columns=["p", "q"]) for x in STEPS]
    clf = small(RNNClassifier).fit(frames, [0, 1] * 3)
    expected = clf.predict_proba(frames[:2])
    assert_array_equal(clf.predict_proba([STEPS[0], frames[1]]), expected)
    with pytest.raises(ValueError, match="in another order"):
        clf.predict_proba([STEPS[0], frames[1][["q", "p"]]])


def test_a_row_of_a_frame_is_read_by_its_names():
    frames = [pd.DataFrame(x, columns=["p", "q"]) for x in STEPS]
    clf = small(RNNClassifier, bidirectional=False).fit(frames, [0, 1] * 3)
    row = frames[0].iloc[0]
    clf.step([row], clf.initial_state())
    with pytest.raises(ValueError, match=r"^X\[0\] has the columns of the data of fit"):
        clf.step([row[["q", "p"]]], clf.initial_state())


@pytest.mark.parametrize(
    ("given", "way"),
    [
        (lambda X, y: (X, np.ma.array(y, mask=y)), "Leave out what is masked.$"),
        (lambda X, y: (np.ma.array(X, mask=X > 1), y), "impute.*in steps.$"),
    ],
)
def test_masks_are_refused_with_advice_that_works(given, way):
    X, y = given(STEPS, np.arange(6.0))
    with pytest.raises(TypeError, match=f"is a masked array.*{way}"):
        small(RNNRegressor).fit(X, y)


NOT_FINITE = [
    (np.nan, "contains NaN: X.0., step 1, feature 'b'.*Fill missing values"),
    (np.inf, "contains infinity .*: X.0., step 1, feature 'b'.*Replace infinity"),
]


@pytest.mark.parametrize(("value", "message"), NOT_FINITE)
def test_what_is_not_finite_has_the_name_of_its_feature(value, message):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, value, 3.0]})
    clf = small(RNNClassifier)
    for X in ([frame, frame], RaggedArray.from_sequences([frame, frame])):
        with pytest.raises(ValueError, match=message):
            clf.fit(X, [0, 1])
    with pytest.raises(ValueError, match="step 1, column 'b'"):
        sliding_windows(frame, 2)
    with pytest.raises(ValueError, match=r"X\[0\], step 1, feature 'b'"):
        Downsample().fit([frame])
    with pytest.raises(ValueError, match=r"X\[0\], step 1, feature 1\. Net"):
        check_sequences([frame.to_numpy()], owner="Net")


NUMBERS_AS_TEXT = [
    ("2.79", "'2.79'.*into numbers first, as pd.to_numeric or astype"),
    (b"2.79", "b'2.79'.*into numbers first, as pd.to_numeric or astype"),
    ("1,5", "'1,5'.*decimal=','"),
    ("1.234,5", "'1.234,5'.*decimal=','"),
]


@pytest.mark.parametrize(("text", "message"), NUMBERS_AS_TEXT)
def test_numbers_as_text_are_shown_and_are_no_tokens(text, message):
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [text, text]})
    for X in ([[text] * 2] * 2, np.array([[text] * 2] * 2), [frame] * 2):
        with pytest.raises((TypeError, ValueError), match=message) as caught:
            small(RNNClassifier).fit(X, [0, 1])
        assert "TokenEncoder" not in str(caught.value)
    with pytest.raises(TypeError, match=message):
        small(RNNRegressor).fit([[1.0]] * 2, [text] * 2)


@pytest.mark.parametrize("text", ["?", "n/a", "NA", " ", "", "-"])
def test_a_text_for_what_is_missing(text):
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [text, "2.5"]})
    with pytest.raises(TypeError, match="missing.*'coerce'.*Leave the column out"):
        small(RNNClassifier).fit([frame] * 2, [0, 1])


def test_words_among_numbers_are_tokens():
    for words in (["nan", "infinity"], ["10", "green", "bottles"]):
        with pytest.raises(TypeError, match="not text such as .*TokenEncoder"):
            small(RNNClassifier).fit([words] * 2, [0, 1])


RAW = {
    "texts": (TokenEncoder(), ["a b", "b"]),
    "tokens": (TokenEncoder(), [["a", "b"], ["b"]]),
    "dicts": (PerStep(DictVectorizer()), [[{"a": "x"}], [{"a": "y"}]]),
    "frames": (
        PerStep(OneHotEncoder()),
        [pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"]})] * 2,
    ),
    "widths": (PerStep(PCA(1)), [np.eye(3), np.ones((2, 3))]),
}


@pytest.mark.parametrize("kind", RAW)
def test_a_pipeline_leaves_validation_data_as_they_are(kind):
    first, X = RAW[kind]
    options = {"embedding_dim": 2} if kind in ("texts", "tokens") else {}
    model = make_pipeline(clone(first), small(RNNClassifier, **options))
    given = {"rnnclassifier__X_val": X, "rnnclassifier__y_val": [0, 1]}
    with pytest.raises(
        (TypeError, ValueError), match=r"^X_val.*transforms X, but not X_val"
    ):
        model.fit(X, [0, 1], **given)
