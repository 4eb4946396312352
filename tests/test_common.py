"""Scikit-learn's common checks, and ours for what those do not know: ragged input."""

import pickle

import numpy as np
import pytest
from helpers import (
    OF_STEPS,
    PER_SEQUENCE,
    STEADY,
    LabelGenerator,
    LabelsAsTokens,
    LabelTranslator,
    LastStepRegressor,
    LastStepTagger,
    containers,
    ragged_data,
    scores_of,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator_cloneable,
    check_estimator_repr,
    check_estimator_tags_renamed,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_sample_weight_equivalence_on_dense_data,
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_set_output_transform_polars,
    check_set_params,
    check_transformer_get_feature_names_out,
    check_transformer_get_feature_names_out_pandas,
    check_valid_tag_types,
    parametrize_with_checks,
)

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNTranslator,
)
from sksequence.preprocessing import PerStep, TokenEncoder

TRANSFORMERS = [PerStep(StandardScaler())]


def failing(estimator):
    expected = {}
    if isinstance(estimator, (LastStepTagger, LastStepRegressor)):
        why = "a 2-D sample_weight is one weight a step"
        expected["check_sample_weights_shape"] = why
    why = "repetitions fall into other batches, with dropout of their own"
    if isinstance(estimator, LabelsAsTokens):
        why = "ids follow the counts of tokens, which repetition changes"
    if estimator not in TRANSFORMERS:
        expected["check_sample_weight_equivalence_on_dense_data"] = why
    if isinstance(estimator, LabelGenerator):
        expected["check_sample_weight_equivalence_on_sparse_data"] = why
    return expected


@parametrize_with_checks(
    [
        RNNClassifier(16, batch_size=64, learning_rate_init=0.02, max_iter=30),
        RNNRegressor(max_iter=20),
        LastStepTagger(16, max_iter=20),
        LastStepRegressor(16, max_iter=20),
        LabelGenerator(max_iter=20, hidden_layer_sizes=16),
        LabelTranslator(max_iter=20, hidden_layer_sizes=16),
        *TRANSFORMERS,
    ],
    expected_failed_checks=failing,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", PER_SEQUENCE)
def test_weights_are_repetitions_to_scikit_learns_check(name):
    """In one batch without dropout; else repetitions fall into other batches."""
    settings = {"batch_size": 1000, "dropout": 0.0, "max_iter": 50}
    check_sample_weight_equivalence_on_dense_data(name, PER_SEQUENCE[name](**settings))


@pytest.mark.parametrize(
    "check",
    [
        check_dataframe_column_names_consistency,
        check_set_output_transform,
        check_set_output_transform_pandas,
        check_set_output_transform_polars,
        check_transformer_get_feature_names_out,
        check_transformer_get_feature_names_out_pandas,
    ],
)
@pytest.mark.parametrize("name", PER_SEQUENCE)
@pytest.mark.filterwarnings("ignore:X .* feature names")
def test_checks_that_scikit_learn_does_not_collect(name, check):
    if name in OF_STEPS and check is not check_dataframe_column_names_consistency:
        pytest.skip("its features are sequences, which have no form as a table")
    check(name, PER_SEQUENCE[name](max_iter=2))


@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_estimator_tags_renamed,
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_set_params,
        check_valid_tag_types,
    ],
)
@pytest.mark.parametrize(
    "estimator",
    [TokenEncoder(), RNNLanguageModel(), RNNGenerator(), RNNTranslator()],
    ids=str,
)
def test_those_of_scikit_learns_checks_that_need_no_table(estimator, check):
    check(type(estimator).__name__, estimator)


def small(name, **settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
    return PER_SEQUENCE[name](**few | STEADY | settings)


every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)
DATA_X, DATA_Y = ragged_data()


@every_estimator
def test_a_clone_fits_the_same_bits(name):
    estimator = small(name, dropout=0.2, recurrent_dropout=0.2, early_stopping=True)
    first = scores_of(estimator.fit(DATA_X, DATA_Y), DATA_X)
    again = scores_of(clone(estimator).fit(DATA_X, DATA_Y), DATA_X)
    assert_array_equal(first, again)
    changed = clone(estimator).set_params(max_iter=1).set_params(max_iter=3)
    assert_array_equal(scores_of(changed.fit(DATA_X, DATA_Y), DATA_X), first)


@every_estimator
def test_pickle_keeps_the_bits(name):
    estimator = small(name).fit(DATA_X, DATA_Y)
    copy = pickle.loads(pickle.dumps(estimator))
    assert_array_equal(scores_of(copy, DATA_X), scores_of(estimator, DATA_X))
    assert_array_equal(copy.transform(DATA_X), estimator.transform(DATA_X))


@every_estimator
@pytest.mark.parametrize("bidirectional", [False, True])
def test_order_and_the_rest_of_the_batch_do_not_matter(name, bidirectional):
    estimator = small(name, bidirectional=bidirectional, hidden_layer_sizes=(5, 4))
    estimator.fit(DATA_X, DATA_Y)
    together = scores_of(estimator, DATA_X)
    order = np.random.RandomState(0).permutation(len(DATA_X))
    assert_allclose(
        scores_of(estimator, [DATA_X[i] for i in order]), together[order], rtol=1e-12
    )
    alone = np.concatenate([scores_of(estimator, [x]) for x in DATA_X])
    assert_allclose(alone, together, rtol=1e-10, atol=1e-12)


@every_estimator
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_follows_the_data(name, dtype):
    X = [x.astype(dtype) for x in DATA_X]
    estimator = small(name).fit(X, DATA_Y)
    assert estimator.theta_.dtype == dtype
    assert estimator.transform(X).dtype == dtype
    forced = small(name, dtype="float32").fit(X, DATA_Y)
    assert forced.theta_.dtype == np.float32
    ints = [np.arange(4)[:, None]] * 3 + [np.arange(3)[:, None]] * 3
    assert small(name).fit(ints, [0, 1] * 3).theta_.dtype == np.float64


@every_estimator
def test_float32_is_near_float64(name):
    X = [x.astype(np.float32) for x in DATA_X]
    single = small(name).fit(X, DATA_Y)
    double = small(name, dtype="float64").fit(X, DATA_Y)
    assert_allclose(scores_of(single, X), scores_of(double, X), rtol=1e-3, atol=1e-3)


@every_estimator
@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop"])
def test_weights_are_repetitions(name, solver):
    """With one batch a repetition only changes the order of the sums."""
    weights = np.arange(len(DATA_Y)) // 3 % 3
    repeated = np.repeat(np.arange(len(DATA_Y)), weights)
    settings = {"batch_size": 1000, "alpha": 0.1, "solver": solver, "max_iter": 4}
    weighted = small(name, **settings).fit(DATA_X, DATA_Y, sample_weight=weights)
    longer = small(name, **settings).fit(
        [DATA_X[i] for i in repeated], DATA_Y[repeated]
    )
    assert_allclose(scores_of(weighted, DATA_X), scores_of(longer, DATA_X), rtol=1e-9)


@every_estimator
@pytest.mark.parametrize("container", containers(DATA_X))
def test_containers_agree(name, container):
    X = containers(DATA_X)[container]
    expected = small(name).fit(DATA_X, DATA_Y)
    estimator = small(name).fit(X, DATA_Y)
    assert_array_equal(scores_of(estimator, X), scores_of(expected, DATA_X))
    assert_array_equal(estimator.transform(X), expected.transform(DATA_X))
    assert estimator.score(X, DATA_Y) == expected.score(DATA_X, DATA_Y)
    assert estimator.n_features_in_ == 3
    first = clone(estimator)
    first = first.partial_fit(X, DATA_Y, **classes_for(first))
    assert_array_equal(
        first.theta_,
        clone(estimator).partial_fit(DATA_X, DATA_Y, **classes_for(first)).theta_,
    )


def classes_for(estimator):
    return {"classes": [0, 1, 2]} if hasattr(estimator, "class_weight") else {}


def even_containers(X):
    """Sequences of one length, from an array (n_sequences, n_steps), by name."""
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    nested, columns = X.tolist(), X[:, :, None]
    return {
        "lists": nested,
        "tuples": tuple(map(tuple, nested)),
        "list of arrays": list(X),
        "list of columns": list(columns),
        "object array (n,)": np.asarray(RaggedArray.from_sequences(X)),
        "object array (n, steps)": np.array(list(X), dtype=object),
        "object array (n, steps, 1)": np.array(list(columns), dtype=object),
        "ragged": RaggedArray.from_sequences(X),
        "ragged columns": RaggedArray.from_sequences(columns),
        "3-D array": columns,
        "pandas column": pandas.Series(nested),
        "pandas column of arrays": pandas.Series(list(columns)),
        "pandas frame of a column": pandas.DataFrame({"x": nested}),
        "polars column": polars.Series(nested),
        "polars column of arrays": polars.Series(
            nested, dtype=polars.Array(float if X.dtype.kind == "f" else int, 5)
        ),
        "polars frame of a column": polars.DataFrame({"x": nested}),
        "pyarrow column": pyarrow.array(nested),
        "pyarrow table of a column": pyarrow.table({"x": nested}),
        "array": X,
        "frame": pandas.DataFrame(X),
    }


EVEN = np.random.default_rng(0).standard_normal((30, 5))
IDS = np.random.default_rng(0).integers(6, size=(30, 5))
TABLES = ("array", "frame")


@every_estimator
@pytest.mark.parametrize("container", even_containers(EVEN))
@pytest.mark.parametrize("X", [EVEN, IDS], ids=["numbers", "ids"])
@pytest.mark.filterwarnings("ignore:X .* feature names")
def test_equal_lengths_are_no_table(name, container, X):
    """A list of sequences has n_features_in_ of 1, whatever lengths they have."""
    y = np.arange(30) % 3
    settings = {"embedding_dim": 3} if X is IDS else {}
    expected = small(name, **settings).fit(RaggedArray.from_sequences(X), y)
    fitted = small(name, **settings).fit(even_containers(X)[container], y)
    assert fitted.n_features_in_ == (5 if container in TABLES else 1)
    assert_array_equal(fitted.theta_, expected.theta_)
    scores = scores_of(expected, list(X))
    for other, form in even_containers(X).items():
        assert_array_equal(scores_of(fitted, form), scores, err_msg=other)
    longer = [np.r_[x, x] for x in X]  # lists are still sequences
    assert_array_equal(
        scores_of(fitted, [x.tolist() for x in longer]), scores_of(expected, longer)
    )
    if container == "lists" and X is EVEN:  # scikit-learn's checks want this
        with pytest.raises(ValueError, match="fitted on lists of 5 each"):
            fitted.predict(np.stack(longer))


@pytest.mark.parametrize("container", even_containers(EVEN))
def test_equal_lengths_are_no_table_to_perstep(container):
    X = even_containers(EVEN)[container]
    scaler = PerStep(StandardScaler()).fit(X)
    assert scaler.n_features_in_ == (5 if container in TABLES else 1)
    scaled = [np.ravel(x) for x in np.asarray(scaler.transform(X))]
    expected = PerStep(StandardScaler()).fit_transform(list(EVEN))
    assert_allclose(scaled, [np.ravel(x) for x in expected], rtol=1e-12)


@every_estimator
def test_sparse_steps_agree_with_dense_ones(name):
    X = [x * (x > 0.3) for x in DATA_X]
    rows = [sparse.csr_matrix(x) for x in X]
    settings = {"solver": "sgd", "momentum": 0.0}  # lazy rows have no old momentum
    settings["standardize"] = False  # sparse steps are only scaled
    dense = small(name, **settings).fit(X, DATA_Y)
    thin = small(name, **settings).fit(rows, DATA_Y)
    assert_allclose(scores_of(thin, rows), scores_of(dense, X), rtol=1e-9, atol=1e-12)
    assert_allclose(scores_of(thin, X), scores_of(thin, rows), rtol=1e-9, atol=1e-12)
    arrays = [sparse.csr_array(x) for x in X]
    assert_array_equal(scores_of(thin, arrays), scores_of(thin, rows))


@every_estimator
def test_sparse_steps_after_dense_ones_are_the_same_steps(name):
    """A mean that was learnt is subtracted from all entries, from zeros too."""
    X = [x * (x > 0.3) + (x > 1) for x in DATA_X]
    rows = [sparse.csr_matrix(x) for x in X]
    fitted = small(name).fit(X, DATA_Y)
    assert_array_equal(scores_of(fitted, rows), scores_of(fitted, X))
    watched = [
        small(name).fit(X, DATA_Y, X_val=form, y_val=DATA_Y).theta_
        for form in (X, rows)
    ]
    assert_array_equal(*watched)
    further = [small(name).fit(X, DATA_Y).partial_fit(f, DATA_Y) for f in (X, rows)]
    assert_array_equal(*(model.theta_ for model in further))


@every_estimator
def test_explicit_zeros_are_no_entries(name):
    rows = [sparse.csr_matrix(x * (x > 0.3)) for x in DATA_X]
    padded = [sparse.csr_matrix(np.ones_like(x)) for x in DATA_X]
    for full, x in zip(padded, DATA_X, strict=True):
        full.data[:] = (x * (x > 0.3)).ravel()
    assert_array_equal(
        small(name).fit(padded, DATA_Y).theta_, small(name).fit(rows, DATA_Y).theta_
    )
    assert (padded[0].data == 0).any()  # not changed


@every_estimator
def test_sparse_steps_are_never_made_dense(name, monkeypatch):
    rows = [sparse.csr_matrix(x * (x > 0.3)) for x in DATA_X]

    def refuse(*args, **kwargs):
        raise AssertionError("made dense")

    for cls in (sparse.csr_matrix, sparse.csr_array):
        for method in ("toarray", "todense"):
            monkeypatch.setattr(cls, method, refuse)
    estimator = small(name, bidirectional=True, alpha=0.1)
    estimator.fit(rows, DATA_Y).partial_fit(rows, DATA_Y)
    small(name, early_stopping=True).fit(rows, DATA_Y)
    scores_of(estimator, rows), estimator.transform(rows)


@every_estimator
def test_equal_lengths_in_three_forms(name):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 5, 2))
    y = np.arange(30) % 3
    expected = scores_of(small(name).fit(list(X), y), list(X))
    assert_array_equal(scores_of(small(name).fit(X, y), X), expected)
    univariate = X[:, :, 0]
    expected = scores_of(
        small(name).fit(univariate[:, :, None], y), univariate[:, :, None]
    )
    assert_array_equal(scores_of(small(name).fit(univariate, y), univariate), expected)
    one_d = list(univariate)
    assert_array_equal(scores_of(small(name).fit(one_d, y), one_d), expected)


@every_estimator
def test_tokens_in_every_form(name):
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    rng = np.random.default_rng(0)
    X = [rng.integers(0, 9, n) for n in rng.integers(1, 7, 30)]
    y = np.arange(30) % 3
    settings = {"embedding_dim": 4}
    expected = small(name, **settings).fit(X, y)
    assert expected.theta_.dtype == np.float32
    for form in (
        [x.tolist() for x in X],
        RaggedArray.from_sequences(X),
        [x[:, None] for x in X],
        pandas.Series(X),
        polars.Series([x.tolist() for x in X]),
        [x.astype(np.uint8) for x in X],
    ):
        other = small(name, **settings).fit(form, y)
        assert_array_equal(scores_of(other, form), scores_of(expected, X))
    one_hot = [sparse.csr_matrix(np.eye(9)[x]) for x in X]
    bags = small(name, dtype="float32", **settings).fit(one_hot, y)
    assert_allclose(
        scores_of(bags, one_hot), scores_of(expected, X), rtol=1e-4, atol=1e-5
    )


@every_estimator
def test_no_argument_is_changed(name):
    X = [x.copy() for x in DATA_X]
    y, weights = DATA_Y.copy(), np.linspace(0, 1, len(DATA_Y))
    estimator = small(name)
    params = estimator.get_params()
    estimator.fit(X, y, sample_weight=weights)
    scores_of(estimator, X), estimator.transform(X), estimator.score(X, y)
    estimator.partial_fit(X, y, sample_weight=weights)
    assert all((a == b).all() for a, b in zip(X, DATA_X, strict=True))
    assert (y == DATA_Y).all()
    assert (weights == np.linspace(0, 1, len(DATA_Y))).all()
    assert estimator.get_params() == params


@every_estimator
def test_prediction_changes_nothing(name):
    estimator = small(name).fit(DATA_X, DATA_Y)
    before = pickle.dumps(estimator)
    scores_of(estimator, DATA_X), estimator.transform(DATA_X)
    estimator.score(DATA_X, DATA_Y)
    assert pickle.dumps(estimator) == before


@every_estimator
def test_batches_of_one_and_sequences_of_one_step(name):
    X = [x[:1] for x in DATA_X]
    estimator = small(name, batch_size=1, max_iter=1, bidirectional=True).fit(X, DATA_Y)
    assert np.isfinite(scores_of(estimator, X)).all()
    assert scores_of(estimator, X[:1]).shape[0] == 1


@pytest.mark.slow
@every_estimator
def test_a_sequence_of_20_000_steps(name):
    rng = np.random.default_rng(0)
    X = [
        rng.standard_normal((20_000, 1)).astype(np.float32),
        np.ones((3, 1), np.float32),
    ]
    estimator = small(name, cell="gru", max_iter=1).fit(X, [0, 1])
    assert np.isfinite(scores_of(estimator, X)).all()


@every_estimator
def test_splitters_take_what_estimators_take(name):
    for X in (DATA_X, RaggedArray.from_sequences(DATA_X)):
        X_train, X_test, y_train, y_test = train_test_split(
            X, DATA_Y, stratify=DATA_Y, random_state=0
        )
        small(name).fit(X_train, y_train).score(X_test, y_test)


@every_estimator
def test_feature_names_out(name):
    estimator = small(name, bidirectional=True).fit(DATA_X, DATA_Y)
    names = estimator.get_feature_names_out()
    assert list(names[:2]) == [f"{name.lower()}0", f"{name.lower()}1"]
    assert len(names) == 12 == estimator.transform(DATA_X).shape[1]
    if name in OF_STEPS:
        assert estimator.set_output(transform="pandas") is estimator
        return
    pandas = pytest.importorskip("pandas")
    frame = estimator.set_output(transform="pandas").transform(DATA_X)
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(names)
