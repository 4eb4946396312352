"""``initial_state`` and ``step``: a fitted network that reads one step at a time."""

from __future__ import annotations

from math import isfinite

import numpy as np
import numpy.typing as npt

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._state import reads_fitted
from .._threads import in_turn, one_blas_thread
from .._typing import FloatArray, Frame, SparseMatrix, State
from ..network import NetworkStepper
from ..sequences import RaggedArray, as_ragged
from ._batches import overflow_message, quietly
from ._sequence_input import SequenceInput
from ._static import StaticInput, names_of_row
from ._stepping import Stepping, stepping_of

MODERATE = 1e12  # a sum of squares of which nothing overflows that is bounded
ONE_THREAD = 8_192  # numbers in a product of which no BLAS makes several threads


class StepByStep(StaticInput):
    """``initial_state`` and ``step`` of a network that reads in one direction."""

    theta_: FloatArray

    def _output_of(self, scores):
        """What is predicted from scores (n, n_outputs), as an array."""
        raise NotImplementedError

    @reads_fitted
    def initial_state(
        self, n_sequences: int = 1, static: npt.ArrayLike | Frame | None = None
    ) -> State:
        """The state before the first step of sequences, for ``step``.

        Parameters
        ----------
        n_sequences : int, default=1
            Number of sequences that are read in parallel.
        static : array-like of shape (n_sequences, n_static), default=None
            Their static numbers, if ``fit`` had some; they become part of the state.
            For one sequence, shape (n_static,) also works, such as a row of a frame.

        Returns
        -------
        state : dict of str -> tuple of ndarray of shape (n_sequences, ...)
            The states of each recurrent layer, what the pooling keeps of the steps so
            far, and a fingerprint of the weights. It may be pickled. Each array has one
            row per sequence: ``{name: tuple(a[rows] for a in part) for name, part in
            state.items()}`` selects some sequences.

        Raises
        ------
        ValueError
            If the network reads in both directions or has a CRF, or if ``static`` does
            not match that of ``fit``.
        """
        p.check_value(n_sequences, "n_sequences", "initial_state", [p.integer(1)])
        stepping, n = stepping_of(self, NetworkStepping), int(n_sequences)
        static = self._check_static_of_state(static, n, self.theta_.dtype)
        return stepping.stepper.begin(n, static)

    @reads_fitted
    def step(
        self, X: npt.ArrayLike | SparseMatrix, state: State
    ) -> tuple[FloatArray, State]:
        """Read one step of each sequence, and predict as if it ended here.

        Parameters
        ----------
        X : array-like or CSR matrix of shape (n_sequences, n_features), or ids of \
shape (n_sequences,)
            The step of each sequence.
        state : dict
            From ``initial_state`` or the previous step; it is not changed.

        Returns
        -------
        output : ndarray
            What ``predict_proba`` (or ``predict`` of a regressor) returns for the
            sequences up to this step, up to rounding. A tagger returns the
            probabilities at this step, of shape (n_sequences, n_classes).
        state : dict
            For the next step.

        Raises
        ------
        ValueError
            If X is not one step per sequence as in ``fit``, or holds NaN or infinity;
            if ``state`` belongs to other weights (of an earlier fit or of another
            estimator) or to another number of sequences; or if states overflow.
        """
        stepping = stepping_of(self, NetworkStepping)
        if stepping.takes(X):
            scores, state = stepping.read(self.theta_, X, state)
        else:
            with quietly():
                rows = _checked_rows(self, X)
                scores, state = stepping.read(self.theta_, rows, state)
        # The sum of squares is the fastest way to look.
        if not isfinite(np.vdot(scores, scores)) and not np.isfinite(scores).all():
            raise ValueError(overflow_message("the sequences so far", self))
        return self._output_of(scores), state


@one_blas_thread
def _in_one_thread(*args):
    return in_turn(*args)


class NetworkStepping(Stepping):
    """A network over whole sequences, step by step, and checks of what it is given."""

    def __init__(self, fitted):
        check_one_direction(fitted)
        super().__init__(fitted)
        self.stepper = NetworkStepper(fitted._network, fitted.theta_)
        self.weights = self.stepper.weights
        self.dtype, self.width = fitted.theta_.dtype, self.architecture["n_features"]
        self.tokens = self.architecture["embedding_dim"] is not None
        self.n_units, self.bounded = fitted._n_units, self.stepper.bounded
        self.expected = {
            name: [(array.shape[1], array.dtype) for array in part]
            for name, part in self.stepper.begin(1).items()
        }

    def takes(self, X):
        """Whether X is right as it is, and nothing can overflow."""
        if type(X) is not np.ndarray or not X.size or not self.bounded:
            return False
        if self.tokens:
            right = X.ndim == 1 and X.dtype.kind in "iu"
            return right and X.min() >= 0 and X.max() < self.width
        right = X.ndim == 2 and X.shape[1] == self.width and X.dtype == self.dtype
        return right and np.vdot(X, X) < MODERATE  # nor is it NaN

    def read(self, theta, rows, state):
        """Scores of checked rows, and the state after them."""
        n, stepper = rows.shape[0], self.stepper
        n_sequences = self.check_state(state)
        if n != n_sequences:
            raise ValueError(
                f"X must hold one step for each of the {n_sequences} sequence(s) of "
                f"state. Got {n} instead."
            )
        small = n * stepper.largest_product <= ONE_THREAD
        read = in_turn if small else _in_one_thread
        return read(n * self.n_units, stepper.step, theta, rows, state)


def check_one_direction(fitted):
    """Raise an error if the predictions of a network need the ends of sequences."""
    architecture, owner = fitted.architecture_, type(fitted).__name__
    both_ways = architecture["bidirectional"]
    if architecture["head"][0] == "crf":
        also = " and bidirectional=False" if both_ways else ""
        raise ValueError(
            f"The CRF of this {owner} looks at whole sequences, and so predicts at "
            f"their ends only. Fit it with decoder='softmax'{also} to predict before."
        )
    if both_ways:
        raise ValueError(
            f"This {owner} reads each sequence in both directions, and so predicts at "
            "its end only. Fit it with bidirectional=False to predict before."
        )


def _check_rows(fitted, rows):
    """Raise an error if rows of data frames have other names than the features."""
    known = fitted._feature_names
    for i, row in enumerate(rows):
        names = names_of_row(row)
        if names is not None and known is not None:
            _frames.check_names(names, known, f"X[{i}]", "the data of fit")


def _checked_rows(fitted, X):
    """Any kind of rows, or an error, by the checks of whole sequences."""
    X = _kinds.unnested(X)
    if isinstance(X, (list, tuple)):
        _check_rows(fitted, X)
    array = X if hasattr(X, "ndim") else _values.array_of(X)
    if array.ndim not in (1, 2):
        raise ValueError(
            f"X must hold one step for each sequence. Got shape {array.shape} instead."
        )
    steps = as_ragged([X], name="X")
    rows, width = steps.values, fitted.architecture_["n_features"]
    if rows.ndim == 1:
        if width > 1 and not fitted._takes_tokens():
            raise ValueError(
                f"X must have shape (n_sequences, {width}): one step for each "
                f"sequence. Got shape {rows.shape}."
            )
        rows = rows[:, None]
    names = steps.feature_names or fitted._feature_names
    one_each = RaggedArray._of(rows, np.arange(rows.shape[0] + 1), names)
    # Without a look at static numbers, which are in the state.
    return SequenceInput._check_X(fitted, one_each, reset=False).values
