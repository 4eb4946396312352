"""Optimizers: one update of the flat parameter vector, and of the rows of tables.

::

    sgd:      v = mu v - lr g;               theta += v   (Nesterov: mu v - lr g)
    rmsprop:  s = rho s + (1 - rho) g^2;     theta -= lr g / (sqrt(s) + eps)
    adam:     m = b1 m + (1 - b1) g;  s = b2 s + (1 - b2) g^2;
              theta -= lr m^ / (sqrt(s^) + eps),  m^ = m / (1 - b1^t),  s^ likewise
    adamw:    adam, and theta -= lr alpha theta   (decoupled weight decay)

Updates of tables are lazy: only the rows of a batch move. Their moments first decay by
as many updates as have passed since the row was last seen, so that they are those of a
full update. What a full update does besides is to move, on old momentum, rows that the
batch does not use. The decay of weights is for all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray
from ._contracts import Gradients, Layout
from ._mean import set_to_mean


class Optimizer:
    """Base of optimizers: moments of the gradient, and updates of the parameters.

    The constructor of a subclass also takes the options of its solver, by keyword.

    Parameters
    ----------
    layout : Layout
    dtype : dtype
    alpha : float, default=0.0
        Strength of decoupled weight decay, for solvers that have it.

    Attributes
    ----------
    t : int
        The number of updates made.
    moments : list of ndarray of shape (layout.size,)
    last_seen : dict of str -> ndarray of shape (n_rows_of_table,)
        The update at which each row of a table last moved.
    """

    n_moments: int = 1
    rates: tuple[float, ...]  # at which the moments decay

    def __init__(
        self, layout: Layout, dtype: npt.DTypeLike, alpha: float = 0.0
    ) -> None:
        self.layout, self.alpha = layout, alpha
        self.t = 0
        self.moments = [np.zeros(layout.size, dtype) for _ in range(self.n_moments)]
        self.last_seen = {
            name: np.zeros(layout.shapes[name][0], np.intp) for name in layout.tables
        }
        self._penalised = layout.penalised_mask().astype(dtype)

    def _no_less_than_squares(self, epsilon):
        """``epsilon``, or what is left where the square of a gradient vanishes."""
        return max(epsilon, float(np.sqrt(np.finfo(self.moments[0].dtype).tiny)))

    def update(
        self, theta: FloatArray, gradients: Gradients, learning_rate: float
    ) -> None:
        """Move ``theta`` in place.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        gradients : Gradients
        learning_rate : float
        """
        self.t += 1
        n = self.layout.n_dense
        self._decay_weights(theta[:n], learning_rate, self._penalised)
        self._move(
            theta[:n], gradients.dense, [m[:n] for m in self.moments], learning_rate
        )
        for name, table in gradients.tables.items():
            rows = table.rows
            values = self.layout.view(theta, name)
            if name in self.layout.penalised:  # all rows, seen or not
                self._decay_weights(values, learning_rate)
            elapsed = self.t - 1 - self.last_seen[name][rows]
            moments = [self.layout.view(m, name) for m in self.moments]
            held = [
                (m[rows].T * (rate**elapsed).astype(theta.dtype)).T
                for m, rate in zip(moments, self.rates, strict=True)
            ]
            moved = values[rows]
            self._move(moved, table.values, held, learning_rate)
            values[rows] = moved
            for m, h in zip(moments, held, strict=True):
                m[rows] = h
            self.last_seen[name][rows] = self.t

    def moved_rows(self, gradients: Gradients) -> dict[str, IntArray | slice]:
        """The rows of each table that an update moves."""
        return {
            name: slice(None)
            if self.alpha and name in self.layout.penalised
            else table.rows
            for name, table in gradients.tables.items()
        }

    def _move(self, theta, g, moments, lr):
        """Move some parameters, and their moments, by their gradient ``g``."""
        raise NotImplementedError(f"{type(self).__name__} must define '_move'.")

    def _decay_weights(self, theta, learning_rate, mask=1.0):
        """Decoupled weight decay, for those that have it."""

    def get_state(self) -> dict[str, Any]:
        """All that changes, as a dict of arrays and numbers, not copied."""
        return {"t": self.t, "moments": self.moments, "last_seen": self.last_seen}

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take over a state from ``get_state``, copying its arrays."""
        self.t = state["t"]
        self.moments = [np.array(m) for m in state["moments"]]
        self.last_seen = {k: np.array(v) for k, v in state["last_seen"].items()}
        return self

    def bring_up_to_date(self) -> Self:
        """Decay the moments of all rows up to the last update, in place."""
        for name, seen in self.last_seen.items():
            for m, rate in zip(self.moments, self.rates, strict=True):
                rows = self.layout.view(m, name)
                rows.T[...] *= (rate ** (self.t - seen)).astype(m.dtype)
            seen[:] = self.t
        return self

    def set_mean(
        self, states: Sequence[dict[str, Any]], fractions: Sequence[float]
    ) -> Self:
        """Take over the mean of states, whose moments are up to date.

        Parameters
        ----------
        states : list of dict
            From ``get_state`` of optimizers that began with the state of this one.
        fractions : list of float
            Their weights, which sum to one.
        """
        self.t = max(state["t"] for state in states)
        for k, m in enumerate(self.moments):
            set_to_mean(m, [state["moments"][k] for state in states], fractions)
        for seen in self.last_seen.values():
            seen[:] = self.t
        return self


class SGD(Optimizer):
    """Stochastic gradient descent with (Nesterov's) momentum."""

    def __init__(
        self,
        *args: Any,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rates = (momentum,)
        self.momentum, self.nesterov = momentum, nesterovs_momentum

    def _move(self, theta, g, moments, lr):
        if self.momentum == 0:
            theta -= lr * g
            return
        (v,) = moments
        v *= self.momentum
        v -= lr * g
        theta += self.momentum * v - lr * g if self.nesterov else v


class RMSProp(Optimizer):
    """Gradient descent divided by a running root mean square of the gradient [1]_.

    References
    ----------
    .. [1] Tieleman & Hinton, "Lecture 6.5, RMSProp", COURSERA 2012.
    """

    def __init__(
        self, *args: Any, beta_2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rates = (beta_2,)
        self.epsilon = self._no_less_than_squares(epsilon)

    def _move(self, theta, g, moments, lr):
        (s,) = moments
        (rho,) = self.rates
        s *= rho
        s += (1 - rho) * g * g
        theta -= lr * g / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    """Momentum and root mean square, both corrected for their start at zero [1]_.

    References
    ----------
    .. [1] Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """

    n_moments = 2

    def __init__(
        self,
        *args: Any,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rates = (beta_1, beta_2)
        self.epsilon = self._no_less_than_squares(epsilon)

    def _move(self, theta, g, moments, lr):
        m, s = moments
        b1, b2 = self.rates
        step = (1 - b1) * g
        m *= b1
        m += step
        np.multiply(g, 1 - b2, step)
        step *= g
        s *= b2
        s += step
        np.divide(s, 1 - b2**self.t, step)
        np.sqrt(step, step)
        step += self.epsilon
        np.divide(m, step, step)
        step *= lr / (1 - b1**self.t)
        theta -= step


class AdamW(Adam):
    """Adam with weight decay that is not part of the gradient [1]_.

    References
    ----------
    .. [1] Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    def _decay_weights(self, theta, learning_rate, mask=1.0):
        if self.alpha:
            theta *= 1 - (learning_rate * self.alpha) * mask


_ADAMS = ("beta_1", "beta_2", "epsilon")

# name: (class, names of its options among the estimators' parameters)
OPTIMIZERS: dict[str, tuple[type[Optimizer], tuple[str, ...]]] = {
    "adam": (Adam, _ADAMS),
    "adamw": (AdamW, _ADAMS),
    "rmsprop": (RMSProp, ("beta_2", "epsilon")),
    "sgd": (SGD, ("momentum", "nesterovs_momentum")),
}


def make_optimizer(
    solver: str,
    layout: Layout,
    dtype: npt.DTypeLike,
    alpha: float = 0.0,
    **options: Any,
) -> Optimizer:
    """An optimizer by name, with those of ``options`` that it has."""
    cls, names = OPTIMIZERS[solver]
    options = {name: options[name] for name in names if name in options}
    return cls(layout, dtype, alpha, **options)
