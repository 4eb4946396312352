"""What several test modules use."""

import re
from importlib.util import find_spec

import numpy as np
import pytest

from sksequence import (
    RaggedArray,
    RNNGenerator,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.cells import CELLS, GRUCell, LSTMCell, RNNCell
from sksequence.estimators import ESTIMATORS
from sksequence.estimators._stack import StackedRNN
from sksequence.sequences import Steps, as_ragged


class LateGRU(GRUCell):
    """Its start values alone are its own, and an option that they need."""

    def __init__(self, reset_after=False, bias=-3.0):
        super().__init__(reset_after)
        self.bias = bias

    def init(self, params, rng):
        super().init(params, rng)
        params["b"] += self.bias


class MyCell(RNNCell):
    """A user's cell: the simple one, which keeps a fraction of the old state."""

    def __init__(self, keep=0.5):
        self.keep = keep

    activation = "tanh"
    options = {}
    carries_h = True

    def step(self, weights, z, h, before, after, saved, work):
        super().step(weights, z, h, before, after, saved, work)
        z[0][:] = after[0]
        after[0][:] = self.keep * before[0] + (1 - self.keep) * z[0]

    def local_derivatives(self, z, before, after, saved, local):
        local[0] = (1 - self.keep) * (1 - z[0] * z[0])

    def step_back(self, weights, z, local, dstates, dz, dh, work):
        super().step_back(weights, z, local, dstates, dz, dh, work)
        dstates[0][:] *= self.keep


# Training without draws and without a plan: where two fits are to be the same.
STEADY = {"learning_rate": "constant", "learning_rate_init": 0.01, "dropout": 0.0}

ALL_CELLS = {
    **CELLS,
    "gru reset_after": GRUCell(reset_after=True),
    "lstm peephole previous": LSTMCell(peephole="previous"),
    "a user's": MyCell(),
}


LENGTHS = [6, 5, 5, 2, 1]


# What a sequence of tags is, with a blank after each, in a scheme: for one type, X.
SPANS = {
    "iob1": "I-X (B-X |I-X )*",
    "bio": "B-X (I-X )*",
    "bioes": "S-X |B-X (I-X )*E-X ",
    "bilou": "U-X |B-X (I-X )*L-X ",
}


def labels_of(scheme, kinds):
    """All labels of a scheme, for one-letter types."""
    letters = sorted({*SPANS[scheme]} & {*"BIESLU"})
    return ["O", *(f"{letter}-{kind}" for letter in letters for kind in kinds)]


def is_of_scheme(labels, scheme):
    """Whether labels of the types X and Y obey a scheme."""
    spans = "|".join(SPANS[scheme].replace("X", kind) for kind in "XY")
    return bool(re.fullmatch(f"(O |{spans})*", "".join(f"{k} " for k in labels)))


class Problem:
    """A cell with random weights, rows, states, and weights of a linear loss."""

    def __init__(
        self, cell, masked=False, n_features=3, n_units=4, seed=0, lengths=LENGTHS
    ):
        rng = np.random.default_rng(seed)
        self.cell, self.steps = cell, Steps(lengths)
        n, n_rows = len(lengths), sum(lengths)
        shapes = cell.shapes(n_features, n_units)
        self.params = {k: 0.6 * rng.standard_normal(s) for k, s in shapes.items()}
        self.X = rng.standard_normal((n_rows, n_features))
        self.initial = tuple(rng.standard_normal((n, n_units)) for _ in cell.states)
        self.mask = rng.integers(0, 2, (n, n_units)) * 1.5 if masked else None
        self.dH = rng.standard_normal((n_rows, n_units))
        self.dfinal = tuple(rng.standard_normal((n, n_units)) for _ in cell.states)

    def inputs(self):
        """Everything with a gradient, by name."""
        named = dict(zip(self.cell.states, self.initial, strict=True))
        return {
            **self.params,
            "X": self.X,
            **{f"initial {k}": v for k, v in named.items()},
        }

    def loss(self, **changed):
        params = {k: changed.get(k, v) for k, v in self.params.items()}
        initial = tuple(
            changed.get(f"initial {k}", v)
            for k, v in zip(self.cell.states, self.initial, strict=True)
        )
        dtype = np.result_type(*changed.values())
        X = changed.get("X", self.X).astype(dtype)
        params = {k: v.astype(dtype) for k, v in params.items()}
        H, final, _ = self.cell.forward(params, X, self.steps, initial, self.mask)
        return (H * self.dH).sum() + sum(
            (f * d).sum() for f, d in zip(final, self.dfinal, strict=True)
        )

    def gradients(self):
        _, _, tape = self.cell.forward(
            self.params, self.X, self.steps, self.initial, self.mask
        )
        grads = {k: np.zeros_like(v) for k, v in self.params.items()}
        dX, dinitial = self.cell.backward(
            self.params, grads, self.dH, tape, self.dfinal
        )
        named = dict(zip(self.cell.states, dinitial, strict=True))
        return {**grads, "X": dX, **{f"initial {k}": v for k, v in named.items()}}


every_engine = pytest.mark.parametrize(
    "engine",
    [
        "numpy",
        pytest.param(
            "numba",
            marks=pytest.mark.skipif(
                find_spec("numba") is None, reason="numba is not installed"
            ),
        ),
    ],
)


def complex_step(f, x, eps=1e-30):
    """df/dx, exact to rounding: Im f(x + i eps) / eps.

    .. [1] Squire & Trapp, "Using complex variables to estimate derivatives of real
       functions", SIAM Review 40, 1998.
    """
    grad = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        z = x.astype(complex)
        z[place] += 1j * eps
        grad[place] = f(z).imag / eps
    return grad


def derivative_along(f, x, direction, eps=1e-30):
    """The derivative of f at x along a direction, exact to rounding."""
    return f(x + 1j * eps * direction).imag / eps


def ragged_data(n_sequences=40, n_features=3, n_classes=3, seed=0, low=1, high=9):
    """Sequences of unequal length whose class moves the mean of their steps."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_sequences) % n_classes
    X = [
        rng.standard_normal((n, n_features))
        + 1.5 * np.sin(k * np.arange(1, n_features + 1))
        for n, k in zip(rng.integers(low, high + 1, n_sequences), y)
    ]
    return X, y


def containers(X):
    """The same sequences in every kind of X, by name."""
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    as_objects = np.empty(len(X), dtype=object)
    as_objects[:] = X
    nested = [x.tolist() for x in X]
    return {
        "tuple": tuple(X),
        "object array": as_objects,
        "ragged": RaggedArray.from_sequences(X),
        "nested lists": nested,
        "pandas": pandas.Series(X, index=range(100, 100 + len(X))),
        "pandas frame": pandas.DataFrame({"sequence": X}),
        "polars": polars.Series(nested),
        "pyarrow": pyarrow.array(nested),
        "pyarrow chunks": pyarrow.chunked_array([nested[:10], nested[10:]]),
    }


class AtTheLastStep:
    """An estimator of steps as one of one target a sequence, for what all share.

    It is taught the target of a sequence at every step, and asked for it at the last.
    """

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        y, y_val = at_every_step(X, y), at_every_step(X_val, y_val)
        return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val)

    def predict(self, X):
        return last(super().predict(X))

    def score(self, X, y, sample_weight=None):
        return super().score(X, at_every_step(X, y), sample_weight)

    def transform(self, X):
        return last(super().transform(X))


class LastStepTagger(AtTheLastStep, RNNTagger):
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        return super().partial_fit(X, at_every_step(X, y), classes, sample_weight)

    def predict_proba(self, X):
        return last(super().predict_proba(X))

    def predict_log_proba(self, X):
        return last(super().predict_log_proba(X))

    @property
    def score_samples(self):
        raise AttributeError("scikit-learn calls it without y")

    def _decode_targets(self, y):
        return np.asarray(super()._decode_targets(y))


class LastStepRegressor(AtTheLastStep, RNNStepRegressor):
    def partial_fit(self, X, y, sample_weight=None):
        return super().partial_fit(X, at_every_step(X, y), sample_weight)


# What errors call them; pickles know the others.
LastStepTagger.__name__ = "RNNTagger"
LastStepRegressor.__name__ = "RNNStepRegressor"
OF_STEPS = {"RNNTagger": LastStepTagger, "RNNStepRegressor": LastStepRegressor}


def at_every_step(X, y):
    """The label of each sequence at all of its steps."""
    if X is None or y is None or isinstance(y, RaggedArray):
        return y
    if np.asarray(y).ndim == 0:
        return y
    y = np.asarray(y)
    lengths = as_ragged(X).lengths
    if len(lengths) != len(y):
        return RaggedArray(y, np.arange(len(y) + 1))
    return RaggedArray.from_concatenated(np.repeat(y, lengths, axis=0), lengths)


def last(sequences):
    """The last step of each sequence."""
    return np.array([sequence[-1] for sequence in sequences])


class LabelsAsTokens:
    """An estimator whose outputs are sequences as one of a label, for scikit-learn.

    Each label is an output of one token.
    """

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        return super().fit(X, tokens_of(y), sample_weight, X_val=X_val, y_val=y_val)

    def partial_fit(self, X, y, sample_weight=None):
        return super().partial_fit(X, tokens_of(y), sample_weight)

    def predict(self, X):
        return np.array([float((*row, "nan")[0]) for row in super().predict(X)])

    @property
    def score_samples(self):
        raise AttributeError("scikit-learn calls it without y")

    def score(self, X, y, sample_weight=None):
        return super().score(X, tokens_of(y), sample_weight)


class LabelGenerator(LabelsAsTokens, RNNGenerator):
    pass


class LabelTranslator(LabelsAsTokens, RNNTranslator):
    pass


LabelGenerator.__name__ = "RNNGenerator"
LabelTranslator.__name__ = "RNNTranslator"


def tokens_of(y):
    """Labels as lists of one token."""
    if y is None:
        return y
    y = np.asarray(y)
    return y if y.ndim == 0 else [[str(label)] for label in y.ravel().tolist()]


# Every estimator of one target a sequence, or that can be seen so.
PER_SEQUENCE = {
    name: OF_STEPS.get(name, cls)
    for name, cls in ESTIMATORS.items()
    if issubclass(cls, StackedRNN)
}


def scores_of(estimator, X):
    """What an estimator of ``PER_SEQUENCE`` gives, before any label is chosen."""
    for method in ("decision_function", "predict_proba"):
        if hasattr(estimator, method):
            return getattr(estimator, method)(X)
    return estimator.predict(X)
