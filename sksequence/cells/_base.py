"""The contract of a cell.

Backpropagation through time splits into what is serial and what is not:

1. ``input_weights``: before a chunk of steps, the input projection X W + b;
2. ``step`` and ``step_back``: one step of the loop, what needs the state before;
3. ``local_derivatives``: before the backward pass through a chunk, all factors that do
   not depend on a gradient;
4. ``weight_gradients``: after it, one product a gate.

1, 3 and 4 handle many steps at once. ``run`` and ``run_back`` are the loop over steps
that follow one another with as many sequences each; ``_forward`` and ``_backward`` take
a batch through them, chunk by chunk. Rows are packed by time (see
``sksequence.sequences``), so step t works on the first n_t sequences and no padding
exists.

NumPy's functions take the array to write to as their last argument: ``np.tanh(z, z)``
works in place. In ``step`` and ``step_back`` this matters: in small networks an
operation takes no longer than the allocation of an array for its result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from numbers import Number
from typing import Any

import numpy as np
from scipy.linalg import qr
from sklearn.base import BaseEstimator

from .._messages import brief
from .._typing import Arrays, FloatArray, Grads, Params, Rows, Shapes
from ..sequences import Steps
from ._arrays import Workspace, by_gate
from ._backward import run_back
from ._forward import run_forward
from ._steps import one_step, project, run_steps, run_steps_back
from ._tape import Chunk, Tape

AddProducts = Callable[[FloatArray, FloatArray, FloatArray], None]
ForwardOne = Callable[[FloatArray, Arrays | None], tuple[FloatArray, Arrays]]


class Cell(BaseEstimator):
    """Base class of recurrent cells.

    A cell owns equations, not arrays: it holds options only, and every method is a
    function of (parameters, data). A subclass sets class attributes and writes
    ``step``, ``local_derivatives`` and ``step_back``; the others have defaults that fit
    any cell whose gates are functions of X W + b + h U.

    The weights lie gates side by side: W (n_features, n_gates * n_units),
    U (n_units, n_gates * n_units), b (n_gates * n_units,); ``by_gate`` views them
    gate-major, (n_gates, ..., n_units), which is how the loop uses them: a gate of a
    step is one contiguous block.

    Attributes
    ----------
    gates : tuple of str
        Names of the gates, sigmoid ones first.
    n_sigmoid : int
        How many gates are sigmoids. As sigm(z) = (tanh(z / 2) + 1) / 2, their input
        projection arrives halved, and ``weights`` halves their part of U, so that
        ``activate_gates`` needs one tanh for all gates.
    states : tuple of str
        Names of the states; the first is the hidden state h, the output.
    saved : tuple of str
        Names of arrays that ``step`` leaves for the backward pass besides gates and
        states.
    local : tuple of str
        Names of the arrays that ``local_derivatives`` writes for ``step_back``. Those
        of the cells here say which derivative they hold: ``dc_dzi`` is that of the new
        c along the sum of gate i, before its activation.
    other_sums : tuple of str
        Names of sums, besides those of the gates, that are products with weights.
        ``dz`` holds their gradients after those of the gates.
    carries_h : bool
        Whether the new h depends on h otherwise than through the products too, as in
        a GRU. False saves an addition in each step: ``step_back`` then does not touch
        ``dstates[0]``.
    z_parts, local_parts, dz_parts : tuple of str, or None
        What ``step`` and ``step_back`` get of z, local and dz, by name: "i", or
        several that lie side by side as one block, "i f o". None: each by itself, in
        order. (The loop makes these views for many steps at once, which is faster than
        slicing in each step.)
    biases : tuple of str
        Names of the parameters that no L2 penalty is for.
    bounded : bool
        Whether no entry of h is ever larger than 1, whatever comes in. Where that is
        not so, states may grow with the number of steps until they overflow.
    releases_gil : bool
        Whether its loops run without Python's lock, so that two threads may work on
        small steps at the same time.
    options : dict of str -> tuple
        Allowed values of the constructor's arguments.
    course_names : dict of str -> str
        What states and gates are called in the course "Sequence Models" of the Deep
        Learning Specialization: its names -> those of ``states`` and ``gates``.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.cells import RNNCell
    >>> from sksequence.sequences import Steps
    >>> cell, rng = RNNCell(), np.random.RandomState(0)
    >>> params = {k: np.empty(shape) for k, shape in cell.shapes(2, 3).items()}
    >>> cell.init(params, rng)
    >>> X = rng.standard_normal((3, 2))
    >>> H, final, tape = cell.forward(params, X, Steps([2, 1]))
    >>> h = np.tanh(H[0] @ params["U"] + X[2] @ params["W"] + params["b"])
    >>> np.allclose(H[2], h)
    True

    The gradients of the sum of all states:

    >>> grads = {k: np.zeros_like(a) for k, a in params.items()}
    >>> dX, _ = cell.backward(params, grads, np.ones_like(H), tape)
    >>> np.allclose(dX[2], (1 - h**2) @ params["W"].T)
    True
    """

    gates: tuple[str, ...] = ()
    n_sigmoid: int = 0
    states: tuple[str, ...] = ("h",)
    saved: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    other_sums: tuple[str, ...] = ()
    carries_h: bool = True
    z_parts: tuple[str, ...] | None = None
    local_parts: tuple[str, ...] | None = None
    dz_parts: tuple[str, ...] | None = None
    biases: tuple[str, ...] = ("b",)
    bounded: bool = False
    releases_gil: bool = False
    options: dict[str, tuple[Any, ...]] = {}
    course_names: dict[str, str] = {"a": "h"}

    # -- parameters --------------------------------------------------------------------

    def shapes(self, n_features: int, n_units: int) -> Shapes:
        """Shapes of the parameters by name.

        Parameters
        ----------
        n_features, n_units : int

        Returns
        -------
        dict of str -> tuple of int
        """
        self.check_options()
        width = len(self.gates) * n_units
        return {"W": (n_features, width), "U": (n_units, width), "b": (width,)}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """Fill the parameters: W Glorot uniform [1]_, U orthogonal [2]_, others 0.

        Parameters
        ----------
        params : dict of str -> ndarray
            Written in place.
        rng : RandomState

        References
        ----------
        .. [1] Glorot & Bengio, "Understanding the difficulty of training deep
           feedforward neural networks", AISTATS 2010.
        .. [2] Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics
           of learning in deep linear neural networks", ICLR 2014.
        """
        for name, values in params.items():
            if name == "W":
                n_features, n_units = by_gate(values, len(self.gates)).shape[1:]
                bound = np.sqrt(6 / (n_features + n_units))
                values[:] = rng.uniform(-bound, bound, values.shape)
            elif name == "U":
                for gate in by_gate(values, len(self.gates)):
                    gate[:] = _orthogonal(len(gate), rng)
            else:
                values[:] = 0

    def check_options(self) -> None:
        """Raise a ValueError that names the first option with a value not allowed."""
        for name, allowed in self.options.items():
            value = getattr(self, name)
            if not any(value is a or _equal(value, a) for a in allowed):
                raise ValueError(
                    f"The {name!r} parameter of {type(self).__name__} must be one of "
                    f"{', '.join(map(repr, allowed))}. Got {brief(value)} instead."
                )

    # -- 1. before the loop ------------------------------------------------------------

    def input_weights(self, params: Params) -> FloatArray:
        """W with b as its last row, gate-major, sigmoid gates halved.

        Returns
        -------
        ndarray of shape (n_gates, n_features + 1, n_units)
        """
        n_gates = len(self.gates)
        b = by_gate(params["b"], n_gates)
        weights = np.concatenate([by_gate(params["W"], n_gates), b], axis=1)
        weights[: self.n_sigmoid] *= 0.5
        return weights

    def weights(self, params: Params) -> dict[str, Any]:
        """What ``step`` needs of the parameters, arranged once a batch.

        Returns
        -------
        dict of str -> ndarray
            "U": (n_gates, n_units, n_units), gate-major, sigmoid gates halved.
        """
        U = by_gate(params["U"], len(self.gates)).copy()
        U[: self.n_sigmoid] *= 0.5
        return {"U": U}

    def weights_back(self, params: Params) -> dict[str, Any]:
        """What ``step_back`` needs of the parameters, arranged once a batch.

        Returns
        -------
        dict of str -> ndarray
            "UT": U of each gate transposed, not halved.
        """
        U = by_gate(params["U"], len(self.gates)).copy()  # makes the next copy faster
        return {"UT": U.transpose(0, 2, 1).copy()}

    # -- 2. in the loop: what a subclass writes ----------------------------------------

    def step(
        self,
        weights: dict[str, Any],
        z: Arrays,
        h: FloatArray,
        before: Arrays,
        after: Arrays,
        saved: Arrays,
        work: tuple[FloatArray, FloatArray],
    ) -> None:
        """One step of n_t sequences.

        Parameters
        ----------
        weights : dict
            What ``weights`` returned.
        z : tuple of ndarray of shape (n_t, n_units), one a gate (see ``z_parts``)
            In: the input projection. Out: the gates. The sums of sigmoid gates are
            halved, as ``weights["U"]`` is; whatever else a cell adds to them must be
            halved too (as the peepholes of an LSTM are).
        h : ndarray of shape (n_t, n_units)
            The hidden state before, as it enters the products: ``before[0]``, times
            the mask where there is recurrent dropout.
        before : tuple of ndarray of shape (n_t, n_units)
            The states before, read only.
        after : tuple of ndarray of shape (n_t, n_units)
            The states after, written.
        saved : tuple of ndarray of shape (n_t, n_units)
            Written, see the class attribute ``saved``.
        work : tuple
            Two arrays to calculate in, of shapes (n_gates, n_t, n_units) and
            (n_t, n_units).
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'step'.")

    def local_derivatives(
        self,
        z: FloatArray,
        before: Sequence[FloatArray],
        after: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        local: FloatArray,
    ) -> None:
        """What ``step_back`` needs, computed for many steps at once.

        Parameters
        ----------
        z : ndarray of shape (n_gates, ...)
            The gates.
        before, after, saved : sequences of ndarray of shape (...)
            As in ``step``.
        local : ndarray of shape (n_local, ...)
            Written, see the class attribute ``local``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define 'local_derivatives'."
        )

    def step_back(
        self,
        weights: dict[str, Any],
        z: Arrays,
        local: Arrays,
        dstates: Arrays,
        dz: Arrays,
        dh: FloatArray,
        work: tuple[FloatArray, FloatArray],
    ) -> None:
        """The gradient of one step.

        Parameters
        ----------
        weights : dict
            What ``weights_back`` returned.
        z : tuple of ndarray of shape (n_t, n_units) (see ``z_parts``)
            The gates.
        local : tuple of ndarray of shape (n_t, n_units) (see ``local_parts``)
            This step's part of ``local_derivatives``.
        dstates : tuple of ndarray of shape (n_t, n_units)
            In: gradient of the states after. Out: gradient of the states before,
            without what passes through ``h``.
        dz : tuple of ndarray of shape (n_t, n_units) (see ``dz_parts``)
            Written: gradient of the sums of the gates, before their activation, then
            of ``other_sums``.
        dh : ndarray of shape (n_t, n_units)
            Written, last of all: gradient of ``h``, which entered the products.
        work : tuple
            As in ``step``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'step_back'.")

    # -- the loop over the steps of a chunk --------------------------------------------

    def project(
        self,
        weights: FloatArray,
        rows: FloatArray,
        z: FloatArray,
        chunk: Chunk,
        kept: int,
    ) -> None:
        """The input projection of a chunk whose steps are dense.

        Parameters
        ----------
        weights : ndarray of shape (n_gates, n_features + 1, n_units)
            What ``input_weights`` returned.
        rows : ndarray of shape (chunk.n_rows, n_features + 1)
            The steps; the last column is 1.
        z : ndarray of shape (n_gates, n_kept, n_units)
            Written, as ``run`` takes it.
        chunk : Chunk
        kept : int
            As in ``run``.
        """
        project(weights, rows, z, chunk, kept)

    def run(
        self,
        weights: dict[str, Any],
        z: FloatArray,
        states: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        chunk: Chunk,
        kept: int,
        mask: FloatArray | None,
        work: FloatArray,
    ) -> None:
        """The steps of a chunk: ``step`` by ``step``.

        A cell may bring loops of its own, see ``compiled``.

        Parameters
        ----------
        weights : dict
            What ``weights`` returned.
        z : ndarray of shape (n_gates, n_kept, n_units)
            In: the input projection, halved for sigmoid gates. Out: the gates. Row r of
            the batch is row r + ``kept`` here, and the gates of a step are one block of
            memory, (n_gates, n_t, n_units).
        states : list of ndarray of shape (n_sequences + n_rows, n_units)
            The initial states, then those after each row, written.
        saved : list of ndarray of shape (n_kept, n_units)
            Written.
        chunk : Chunk
            Which rows.
        kept : int
        mask : ndarray of shape (n_sequences, n_units), or None
            Recurrent dropout, see ``forward``.
        work : ndarray of shape (n_gates + 1, n_sequences, n_units)
            To calculate in.
        """
        run_steps(self, weights, z, states, saved, chunk, kept, mask, work)

    def run_back(
        self,
        weights: dict[str, Any],
        tape: Tape,
        chunk: Chunk,
        before: Sequence[FloatArray],
        dH: FloatArray,
        dstates: Arrays,
        dZ: FloatArray,
        dh: FloatArray,
        local: FloatArray,
        work: FloatArray,
    ) -> None:
        """The backward pass through what ``run`` did: ``step_back`` by ``step_back``.

        Parameters
        ----------
        weights : dict
            What ``weights_back`` returned.
        tape : Tape
            What the forward pass has left.
        chunk : Chunk
            Which rows.
        before : list of ndarray of shape (chunk.n_rows, n_units)
            The states before each row of the chunk.
        dH : ndarray of shape (n_rows, n_units)
            Gradient of the hidden state after each step, from above.
        dstates : tuple of ndarray of shape (n_sequences, n_units)
            In: gradient of the states after the last step, from later ones. Out: of
            the states before the first step.
        dZ : ndarray of shape (n_gates + n_other_sums, chunk.n_rows, n_units)
            Written.
        dh : ndarray of shape (n_sequences, n_units)
            To calculate in. It is ``dstates[0]`` unless ``carries_h``.
        local : ndarray of shape (n_local, n_longest_chunk, n_units)
            Room for what ``local_derivatives`` writes.
        work : ndarray of shape (n_gates + 1, n_sequences, n_units)
        """
        run_steps_back(
            self, weights, tape, chunk, before, dH, dstates, dZ, dh, local, work
        )

    def one_step(
        self, weights: dict[str, Any], z: FloatArray, before: Arrays
    ) -> Arrays:
        """A single step, as it is taken in sampling.

        Parameters
        ----------
        weights : dict
            What ``weights`` returned.
        z : ndarray of shape (n_gates, n, n_units)
            The input projection, overwritten.
        before : tuple of ndarray of shape (n, n_units)

        Returns
        -------
        after : tuple of ndarray of shape (n, n_units)
        """
        return one_step(self, weights, z, before)

    def forward_one(self, params: Params) -> ForwardOne | None:
        """A faster way through the steps of one sequence, where there is one.

        Parameters
        ----------
        params : dict of str -> ndarray

        Returns
        -------
        forward : callable (X, initial) -> (H, final), or None
            Without a tape. X (n_steps, n_features) has the type of the parameters.
        """
        return None

    def compiled(self) -> Cell:
        """This cell with the same equations and compiled loops, for ``engine="numba"``.

        A class that has them defines this method; what a subclass inherits is not used,
        for it may have other equations, unless it changes only ``init``.
        """
        raise NotImplementedError(f"{type(self).__name__} has no compiled loops.")

    # -- 4. after the loop -------------------------------------------------------------

    def weight_gradients(
        self,
        grads: Grads,
        h: FloatArray,
        saved: Sequence[FloatArray],
        dZ: FloatArray,
        add: AddProducts,
    ) -> None:
        """Add the gradients of the recurrent weights, many steps at once.

        Parameters
        ----------
        grads : dict of str -> ndarray
            As the parameters but for "U", which is (n_gates, n_units, n_units).
        h : ndarray of shape (n_rows, n_units)
            The hidden state as it entered the products.
        saved : list of ndarray of shape (n_rows, n_units)
        dZ : ndarray of shape (n_gates + n_other_sums, n_rows, n_units)
        add : callable
            ``add(a, b, out)`` is ``add_products``, by all threads that work.
        """
        add(h, dZ, grads["U"])

    def add_products(
        self, a: FloatArray, b: FloatArray, out: FloatArray, worker: Executor | None
    ) -> None:
        """Add a^T b[k] to ``out[k]`` for each k: gradients of weights.

        Parameters
        ----------
        a : ndarray of shape (n_rows, n)
        b : ndarray of shape (n_products, n_rows, m)
        out : ndarray of shape (n_products, n, m)
        worker : Executor or None
            A second thread for loops that are shared.
        """
        out += np.matmul(a.T, b)

    def sum_products(
        self, a: FloatArray, b: FloatArray, out: FloatArray, worker: Executor | None
    ) -> None:
        """Write the sum of a[k] b[k] over all k: gradients of the input.

        Parameters
        ----------
        a : ndarray of shape (n_products, n_rows, n)
        b : ndarray of shape (n_products, n, m)
        out : ndarray of shape (n_rows, m)
        worker : Executor or None
            As in ``add_products``.
        """
        np.matmul(a[0], b[0], out)
        for k in range(1, len(a)):
            out += a[k] @ b[k]

    # -- the loop ----------------------------------------------------------------------

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        initial: Arrays | None = None,
        mask: FloatArray | None = None,
        *,
        need_tape: bool = True,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[FloatArray, Arrays, Tape | Any]:
        """Run the cell over the packed rows of a batch.

        Parameters
        ----------
        params : dict of str -> ndarray
        X : ndarray or CSR matrix of shape (n_rows, n_features)
        steps : Steps
        initial : tuple of ndarray of shape (n_sequences, n_units), default=None
            The states at the start, one for each name in ``states``; None: zeros.
        mask : ndarray of shape (n_sequences, n_units), default=None
            Recurrent dropout: factors of h where it enters the products, the same at
            every step of a sequence [1]_.
        need_tape : bool, default=True
            False where there is no backward pass: saves memory.
        workspace : Workspace, default=None
            Memory to use again; what the call before returned is then overwritten.
        worker : Executor with one thread, default=None
            A second thread, here and in ``backward``, for what does not depend on the
            steps before. It changes no result.

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
            The hidden state after each step.
        final : tuple of ndarray of shape (n_sequences, n_units)
            The states after the last step of each sequence.
        tape : Tape or None
            What ``backward`` needs.

        References
        ----------
        .. [1] Gal & Ghahramani, "A theoretically grounded application of dropout in
           recurrent neural networks", NeurIPS 2016.
        """
        return run_forward(
            self, params, X, steps, initial, mask, need_tape, workspace, worker
        )

    def backward(
        self,
        params: Params,
        grads: Grads,
        dH: FloatArray,
        tape: Tape,
        dfinal: Arrays | None = None,
        need_dX: bool = True,
    ) -> tuple[FloatArray | Any, Arrays]:
        """Backpropagation through time.

        Parameters
        ----------
        params : dict of str -> ndarray
        grads : dict of str -> ndarray
            The gradients of the parameters are added to these. That of W may be
            row-sparse, see ``add_rows``.
        dH : ndarray of shape (n_rows, n_units)
            Gradient of the hidden state after each step, from above.
        tape : Tape
            From ``forward``. It is not changed, and may be used again until ``forward``
            is called with the same workspace.
        dfinal : tuple of ndarray of shape (n_sequences, n_units), default=None
            Gradients of the final states; None: zeros.
        need_dX : bool, default=True
            False saves the work where nothing lies below.

        Returns
        -------
        dX : ndarray of shape (n_rows, n_features), or None
        dinitial : tuple of ndarray of shape (n_sequences, n_units)
            Gradients of the initial states.
        """
        return run_back(self, params, grads, dH, tape, dfinal, need_dX)


def _orthogonal(n_units, rng):
    """An orthogonal matrix, uniform over all (Haar measure)."""
    q, r = qr(rng.standard_normal((n_units, n_units)))
    return q * np.sign(np.diag(r))


def _equal(value, allowed):
    """Whether a str, a number or a bool is the one allowed."""
    return isinstance(value, (str, Number, np.generic)) and bool(value == allowed)
