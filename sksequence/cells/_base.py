"""The contract of a cell, and the one loop over time.

Backpropagation through time splits into what is serial and what is not:

1. ``project``: before the loop, the input's share of all gates, Z = X W + b;
2. ``step`` and ``step_back``: in the loop, what needs the state before;
3. ``local_derivatives``: between the loops, whatever of the backward pass does not
   depend on a gradient;
4. ``weight_gradients`` and ``project_back``: after the loop, one product a gate.

1, 3 and 4 handle all rows of a batch at once. Rows are packed by time (see
``sksequence.sequences``), so step t works on the first n_t sequences and no padding
exists.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import qr
from sklearn.base import BaseEstimator


class Cell(BaseEstimator):
    """Base class of recurrent cells.

    A cell owns equations, not arrays: it holds options only, and every method is a
    function of (parameters, data). A subclass sets the four class attributes and
    writes ``step``, ``local_derivatives`` and ``step_back``; the others have defaults
    that fit any cell whose gates are functions of X W + b + h U.

    Arrays that go through the loop are *gate-major*: (n_gates, n_rows, n_units), so
    that a gate is one contiguous block. The weights lie gates side by side:
    W (n_features, n_gates * n_units), U (n_units, n_gates * n_units),
    b (n_gates * n_units,); ``by_gate`` views them gate-major.

    Attributes
    ----------
    gates : tuple of str
        Names of the gates, sigmoid ones first.
    n_sigmoid : int
        How many gates are sigmoids. As sigm(z) = (tanh(z / 2) + 1) / 2, their
        projections arrive halved, and ``weights`` halves their share of U, so that
        ``squash`` needs one tanh for all gates.
    states : tuple of str
        Names of the states; the first is the hidden state h, the output.
    saved : tuple of str
        Names of arrays (n_rows, n_units) that ``step`` leaves for the backward pass
        besides gates and states.
    options : dict of str -> tuple
        Allowed values of the constructor's arguments.
    """

    gates = ()
    n_sigmoid = 0
    states = ("h",)
    saved = ()
    options = {}

    # -- parameters --------------------------------------------------------------------

    def shapes(self, n_features, n_units):
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

    def init(self, params, rng):
        """Fill the parameters: W Glorot uniform [1]_, U orthogonal [2]_, the rest 0.

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

    def check_options(self):
        """Raise a ValueError that names the first option with a value not allowed."""
        for name, allowed in self.options.items():
            value = getattr(self, name)
            if not any(value is a or (a is not None and value == a) for a in allowed):
                raise ValueError(
                    f"The {name!r} parameter of {type(self).__name__} must be one of "
                    f"{', '.join(map(repr, allowed))}. Got {value!r} instead."
                )

    # -- 1. before the loop ------------------------------------------------------------

    def project(self, params, X):
        """The input's share of the gates, Z = X W + b, sigmoid gates halved.

        Parameters
        ----------
        params : dict of str -> ndarray
        X : ndarray or CSR matrix of shape (n_rows, n_features)

        Returns
        -------
        Z : ndarray of shape (n_gates, n_rows, n_units)
        """
        n_gates = len(self.gates)
        if sparse.issparse(X):
            wide = X @ params["W"]
            Z = np.ascontiguousarray(by_gate(wide, n_gates))
        else:
            Z = np.matmul(X, by_gate(params["W"], n_gates))
        Z += by_gate(params["b"], n_gates)
        Z[: self.n_sigmoid] *= Z.dtype.type(0.5)
        return Z

    def weights(self, params):
        """What the loop needs of the parameters, arranged once a batch.

        Returns
        -------
        dict of str -> ndarray
            "U": (n_gates, n_units, n_units), gate-major, sigmoid gates halved.
            "UT": U of each gate transposed, not halved, for the backward pass.
        """
        U = by_gate(params["U"], len(self.gates))
        weights = {"U": U.copy(), "UT": U.transpose(0, 2, 1)}
        weights["U"][: self.n_sigmoid] *= U.dtype.type(0.5)
        return weights

    # -- 2. in the loop: what a subclass writes ----------------------------------------

    def step(self, weights, z, h, before, after, saved):
        """One step of n_t sequences.

        Parameters
        ----------
        weights : dict
            What ``weights`` returned.
        z : ndarray of shape (n_gates, n_t, n_units)
            In: the input's share of the gates. Out: the gates. The sums of sigmoid
            gates are halved here, as ``weights["U"]`` is; whatever else a cell adds to
            them must be halved too (the peepholes of an LSTM, say).
        h : ndarray of shape (n_t, n_units)
            The hidden state before, as it enters the products: ``before[0]``, times
            the mask where there is recurrent dropout.
        before : tuple of ndarray of shape (n_t, n_units)
            The states before, read only.
        after : tuple of ndarray of shape (n_t, n_units)
            The states after, written.
        saved : tuple of ndarray of shape (n_t, n_units)
            Written, see the class attribute ``saved``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'step'.")

    def local_derivatives(self, params, tape):
        """What ``step_back`` needs, computed for all rows at once.

        Parameters
        ----------
        params : dict of str -> ndarray
        tape : Tape
            Its gates may be overwritten.

        Returns
        -------
        tuple of ndarray of shape (..., n_rows, n_units)
            ``step_back`` receives the rows of its step.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define 'local_derivatives'."
        )

    def step_back(self, weights, local, dstates, dz, dh):
        """The gradient of one step.

        Parameters
        ----------
        weights : dict
            What ``weights`` returned.
        local : tuple of ndarray of shape (..., n_t, n_units)
            This step's rows of ``local_derivatives``.
        dstates : tuple of ndarray of shape (n_t, n_units)
            In: gradient of the states after. Out: gradient of the states before,
            without what passes through ``h``.
        dz : ndarray of shape (n_gates, n_t, n_units)
            Written: gradient of the gates before their squashing.
        dh : ndarray of shape (n_t, n_units)
            Written: gradient of ``h``, the state that entered the products.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'step_back'.")

    # -- 4. after the loop -------------------------------------------------------------

    def weight_gradients(self, params, grads, tape, dZ):
        """Add the gradients of the recurrent weights, all rows at once.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
        tape : Tape
        dZ : ndarray of shape (n_gates, n_rows, n_units)
        """
        by_gate(grads["U"], len(self.gates))[:] += np.matmul(tape.h_in.T, dZ)

    def project_back(self, params, grads, X, dZ, need_dX=True):
        """Add the gradients of W and b, and return that of X.

        Parameters
        ----------
        params : dict of str -> ndarray
        grads : dict of str -> ndarray
            ``grads["W"]`` may be row-sparse, see ``add_rows``.
        X : ndarray or CSR matrix of shape (n_rows, n_features)
        dZ : ndarray of shape (n_gates, n_rows, n_units)
        need_dX : bool

        Returns
        -------
        dX : ndarray of shape (n_rows, n_features), or None
        """
        n_gates = len(self.gates)
        by_gate(grads["b"], n_gates)[:] += dZ.sum(axis=1, keepdims=True)
        if sparse.issparse(X):
            columns, compressed = used_columns(X)
            values = np.concatenate([compressed.T @ dz for dz in dZ], axis=1)
            add_rows(grads["W"], columns, values)
            return None
        add_rows(grads["W"], slice(None), side_by_side(np.matmul(X.T, dZ)))
        if not need_dX:
            return None
        return sum(
            dz @ W.T for dz, W in zip(dZ, by_gate(params["W"], n_gates), strict=True)
        )

    # -- the loop ----------------------------------------------------------------------

    def forward(self, params, X, steps, initial=None, mask=None):
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

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
            The hidden state after each step.
        final : tuple of ndarray of shape (n_sequences, n_units)
            The states after the last step of each sequence.
        tape : Tape
            What one call of ``backward`` needs.

        References
        ----------
        .. [1] Gal & Ghahramani, "A theoretically grounded application of dropout in
           recurrent neural networks", NeurIPS 2016.
        """
        Z = self.project(params, X)
        n_rows, n_units = Z.shape[1:]
        n = steps.n_sequences
        # [initial states; states after each row]: the rows before step t are a slice.
        states = tuple(np.empty((n + n_rows, n_units), Z.dtype) for _ in self.states)
        for k, state in enumerate(states):
            state[:n] = 0 if initial is None else initial[k]
        saved = tuple(np.empty((n_rows, n_units), Z.dtype) for _ in self.saved)
        weights = self.weights(params)

        start = 0  # of the states before, in ``states``
        for n_t, a, e in zip(steps.counts, steps.starts, steps.starts[1:]):
            before = tuple(s[start : start + n_t] for s in states)
            after = tuple(s[n + a : n + e] for s in states)
            h = before[0] if mask is None else before[0] * mask[:n_t]
            self.step(
                weights, Z[:, a:e], h, before, after, tuple(s[a:e] for s in saved)
            )
            start = n + a
        final = tuple(s[n:][steps.last] for s in states)
        return states[0][n:], final, Tape(X, steps, Z, states, saved, mask)

    def backward(self, params, grads, dH, tape, dfinal=None, need_dX=True):
        """Backpropagation through time.

        Parameters
        ----------
        params : dict of str -> ndarray
        grads : dict of str -> ndarray
            The gradients of the parameters are added to these.
        dH : ndarray of shape (n_rows, n_units)
            Gradient of the hidden state after each step, from above.
        tape : Tape
            From ``forward``; it serves once.
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
        steps, mask = tape.steps, tape.mask
        local = self.local_derivatives(params, tape)
        weights = self.weights(params)
        dZ = np.empty_like(tape.gates)
        # At step t the first n_t rows hold the gradient of the running states; the
        # others still hold that of final states, which they join at their last step.
        n, n_units = steps.n_sequences, dH.shape[1]
        if dfinal is None:
            dstates = tuple(np.zeros((n, n_units), dZ.dtype) for _ in self.states)
        else:
            dstates = tuple(np.array(d, dtype=dZ.dtype) for d in dfinal)
        dh_in = np.empty((n, n_units), dZ.dtype)

        bounds = list(zip(steps.counts, steps.starts, steps.starts[1:]))
        for n_t, a, e in reversed(bounds):
            d = tuple(s[:n_t] for s in dstates)
            dh = dh_in[:n_t]
            d[0][:] += dH[a:e]
            self.step_back(
                weights, tuple(rows[..., a:e, :] for rows in local), d, dZ[:, a:e], dh
            )
            if mask is not None:
                dh *= mask[:n_t]
            d[0][:] += dh

        self.weight_gradients(params, grads, tape, dZ)
        dX = self.project_back(params, grads, tape.X, dZ, need_dX)
        tape.gates = None  # overwritten: a second backward pass would be wrong
        return dX, dstates


class Tape:
    """What a forward pass leaves for the backward pass.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    steps : Steps
    gates : ndarray of shape (n_gates, n_rows, n_units)
    states : tuple of ndarray of shape (n_sequences + n_rows, n_units)
        The initial states, then the states after each row.
    saved : tuple of ndarray of shape (n_rows, n_units)
    mask : ndarray of shape (n_sequences, n_units), or None
    """

    __slots__ = ("X", "gates", "mask", "saved", "states", "steps")

    def __init__(self, X, steps, gates, states, saved, mask):
        self.X, self.steps, self.gates = X, steps, gates
        self.states, self.saved, self.mask = states, saved, mask

    def before(self, k):
        """State k before each row, (n_rows, n_units)."""
        return self.states[k][self.steps.previous]

    def after(self, k):
        """State k after each row, (n_rows, n_units)."""
        return self.states[k][self.steps.n_sequences :]

    @property
    def h_in(self):
        """The hidden state as it entered the products, (n_rows, n_units)."""
        h = self.before(0)
        if self.mask is not None:
            h *= self.mask[self.steps.sequence_of_row]
        return h


def by_gate(a, n_gates):
    """View (..., n_gates * n_units) as (n_gates, ..., n_units), a vector as a row."""
    a = np.atleast_2d(a)
    return a.reshape(len(a), n_gates, -1).transpose(1, 0, 2)


def side_by_side(a):
    """(n_gates, n, n_units) as (n, n_gates * n_units): what ``by_gate`` undoes."""
    return a.transpose(1, 0, 2).reshape(a.shape[1], -1)


def add_rows(grad, rows, values):
    """Add to rows of a gradient, an array or a row-sparse one (with ``add_rows``)."""
    if hasattr(grad, "add_rows"):
        grad.add_rows(rows, values)
    else:
        grad[rows] += values


def squash(z, n_sigmoid):
    """Gates from their sums, in place: sigm of the first ``n_sigmoid``, tanh of others.

    The sums of the sigmoid gates come halved: sigm(2 z) = (tanh(z) + 1) / 2.
    """
    np.tanh(z, out=z)
    s = z[:n_sigmoid]
    s += 1
    s *= s.dtype.type(0.5)


def used_columns(X):
    """The columns of a CSR matrix that hold entries, and X with only these.

    Returns
    -------
    columns : ndarray of shape (n_used,), rising
    compressed : CSR matrix of shape (n_rows, n_used)
    """
    columns, position = np.unique(X.indices, return_inverse=True)
    compressed = sparse.csr_matrix(
        (X.data, position, X.indptr), shape=(X.shape[0], len(columns))
    )
    return columns, compressed


def _orthogonal(n_units, rng):
    """An orthogonal matrix, uniform over all (Haar measure)."""
    q, r = qr(rng.standard_normal((n_units, n_units)))
    return q * np.sign(np.diag(r))
