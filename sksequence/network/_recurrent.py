"""Recurrent layers: a cell played forwards, backwards, or both ways side by side."""

from types import SimpleNamespace

import numpy as np

from ._layers import Layer, dropout_mask


class Recurrent(Layer):
    """A cell along each sequence.

    Parameters
    ----------
    cell : Cell
    n_features, n_units : int
    recurrent_dropout : float, default=0
        Variational: one mask of the state a sequence.
    sparse_input : bool, default=False
        Whether the steps are sparse, so that W takes row-sparse gradients.
    """

    def __init__(
        self, cell, n_features, n_units, recurrent_dropout=0.0, sparse_input=False
    ):
        self.cell, self.n_features, self.n_units = cell, n_features, n_units
        self.recurrent_dropout = recurrent_dropout
        self.tables = ("W",) if sparse_input else ()
        self.exempt = cell.biases

    def shapes(self):
        return self.cell.shapes(self.n_features, self.n_units)

    def init(self, params, rng):
        self.cell.init(params, rng)

    def forward(
        self,
        params,
        X,
        steps,
        rng=None,
        initial=None,
        *,
        need_tape=True,
        workspace=None,
    ):
        """Run the cell from ``initial`` (None: zeros).

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
            ``cell``: its tape; ``final``: the states after each sequence's last step;
            after ``backward`` also ``dinitial``, the gradients of ``initial``.
        """
        mask = None
        if rng is not None and self.recurrent_dropout:
            shape = (steps.n_sequences, self.n_units)
            mask = dropout_mask(rng, self.recurrent_dropout, shape, params["U"].dtype)
        H, final, tape = self.cell.forward(
            params,
            X,
            steps,
            initial,
            mask,
            need_tape=need_tape,
            workspace=workspace,
        )
        return H, SimpleNamespace(
            cell=tape, final=final, dinitial=None, workspace=workspace
        )

    def backward(self, params, grads, dY, tape, need_dX=True, dfinal=None):
        """Backpropagation through time, with ``dfinal`` the gradients of the final
        states (None: zeros).

        Returns
        -------
        dX : ndarray of shape (n_rows, n_features), or None
        """
        dX, tape.dinitial = self.cell.backward(
            params, grads, dY, tape.cell, dfinal, need_dX, workspace=tape.workspace
        )
        return dX


class Bidirectional(Layer):
    """Two recurrent layers side by side, one of which hears each sequence backwards.

    Parameters
    ----------
    forwards, backwards : Recurrent

    References
    ----------
    .. [1] Schuster & Paliwal, "Bidirectional recurrent neural networks", IEEE
       Transactions on Signal Processing 45, 1997.
    """

    def __init__(self, forwards, backwards):
        self.directions = {"forward": forwards, "backward": backwards}
        self.tables, self.exempt = (
            tuple(
                f"{d}.{name}"
                for d, layer in self.directions.items()
                for name in getattr(layer, kind)
            )
            for kind in ("tables", "exempt")
        )

    def shapes(self):
        return {
            f"{d}.{name}": shape
            for d, layer in self.directions.items()
            for name, shape in layer.shapes().items()
        }

    def init(self, params, rng):
        for d, layer in self.directions.items():
            layer.init(scope(params, d), rng)

    def forward(self, params, X, steps, rng=None, *, need_tape=True, workspace=None):
        """Both directions; Y (n_rows, 2 n_units) holds at each step what each knows."""
        (A, tape_a), (B, tape_b) = (
            layer.forward(
                scope(params, d),
                rows,
                steps,
                rng,
                need_tape=need_tape,
                workspace=workspace and workspace.part(d),
            )
            for (d, layer), rows in zip(
                self.directions.items(), (X, X[steps.reverse]), strict=True
            )
        )
        Y = np.concatenate([A, B[steps.reverse]], axis=1)
        return Y, (steps, tape_a, tape_b)

    def backward(self, params, grads, dY, tape, need_dX=True):
        steps, tape_a, tape_b = tape
        forwards, backwards = self.directions.values()
        half = forwards.n_units
        dA = forwards.backward(
            scope(params, "forward"),
            scope(grads, "forward"),
            dY[:, :half],
            tape_a,
            need_dX,
        )
        dB = backwards.backward(
            scope(params, "backward"),
            scope(grads, "backward"),
            dY[steps.reverse, half:],
            tape_b,
            need_dX,
        )
        return None if dA is None else dA + dB[steps.reverse]


def scope(named, prefix):
    """The entries whose names begin with ``prefix.``, under the rest of their name."""
    start = len(prefix) + 1
    return {k[start:]: v for k, v in named.items() if k.startswith(prefix + ".")}
