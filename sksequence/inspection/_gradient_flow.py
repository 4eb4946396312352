"""How far back in time the gradient of a loss reaches.

::

    norm(t, k) = || d loss_t / d h_(t-k) ||,   loss_t = - log p[token t]

and likewise for an LSTM's c, at one step t and k = 1, 2, ... steps back [1]_. One pass
gives all of them: it reads as many sequences as there are k, which all end at step t
and of which each begins with the state at step t - k.

.. [1] Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
   networks", ICML 2013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .. import _parameters as p
from .._extras import import_extra
from .._state import as_fitted
from .._threads import one_blas_thread
from .._typing import FloatArray, RandomState
from ..estimators import RNNLanguageModel
from ..sequences import RaggedArray, pack

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


@one_blas_thread
def gradient_norms(
    model: RNNLanguageModel,
    X: Any,
    *,
    max_lag: int = 50,
    n_positions: int = 50,
    random_state: RandomState = None,
) -> dict[str, FloatArray]:
    """Norms of the gradients of a language model's losses, by steps back in time.

    Parameters
    ----------
    model : RNNLanguageModel
        Fitted.
    X : texts, as in its ``fit``
        Only tokens with at least ``max_lag`` tokens before them in their text are used.
    max_lag : int, default=50
        Largest number of steps back.
    n_positions : int, default=50
        Number of tokens t that are drawn at random; all if there are fewer.
    random_state : int, RandomState instance or None, default=None
        Seed for drawing the tokens.

    Returns
    -------
    norms : dict of str -> ndarray of shape (n_positions, max_lag)
        By layer and state ("rnn0.h", and "rnn0.c" of an LSTM): column k - 1 is || d
        loss_t / d h_(t-k) ||, with all other states at that step held fixed.

    Raises
    ------
    ValueError
        If no text has more than ``max_lag`` tokens.

    Examples
    --------
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.inspection import gradient_norms
    >>> text = "the cat sat on the mat. " * 20
    >>> model = RNNLanguageModel(
    ...     16, analyzer="char", contiguous=True, max_iter=1, random_state=0
    ... ).fit(text)
    >>> gradient_norms(model, text, max_lag=20, random_state=0)["rnn0.h"].shape
    (50, 20)
    """
    p.check_value(model, "model", "gradient_norms", [p.instance(RNNLanguageModel)])
    check_is_fitted(model)
    model = as_fitted(model)
    p.check_value(max_lag, "max_lag", "gradient_norms", [p.integer(1)])
    p.check_value(n_positions, "n_positions", "gradient_norms", [p.integer(1)])
    before, tokens = model._encode_texts(X)
    places = np.concatenate(
        [
            np.arange(start + max_lag, stop)
            for start, stop in zip(before.offsets[:-1], before.offsets[1:])
        ]
    )
    if len(places) == 0:
        raise ValueError(
            f"No text of X has more than max_lag={max_lag} tokens: the longest has "
            f"{before.lengths.max()}, its end included."
        )
    rng = p.random_generator(random_state, "gradient_norms")
    places = np.sort(rng.permutation(places)[:n_positions])
    network = model._network
    found: dict[str, Any] = {}
    for text in np.unique(np.searchsorted(before.offsets, places, "right") - 1):
        start, stop = before.offsets[text : text + 2]
        here = places[(start <= places) & (places < stop)]
        states = _states(model, before.values[start : here[-1] + 1])
        for t in here:
            norms = _norms(
                model,
                network,
                before.values[: t + 1],
                tokens.values[t],
                {
                    name: tuple(s[t - start - max_lag : t - start] for s in part)
                    for name, part in states.items()
                },
                max_lag,
            )
            for name, norm in norms.items():
                found.setdefault(name, []).append(norm)
    return {name: np.stack(norms) for name, norms in found.items()}


def _states(model, ids):
    """The states after each step, tuples of arrays (n_steps, n_units) by layer."""
    step, state, states = model._stepper(), model._begin(), []
    for token in ids:
        _, state = step(np.array([token]), state)
        states.append(state)
    return {
        name: tuple(np.concatenate(part) for part in zip(*(s[name] for s in states)))
        for name in state
    }


def _norms(model, network, ids, token, states, max_lag):
    """The norms of one loss; ``states`` are those of max_lag steps before the last."""
    parts = RaggedArray.from_sequences([ids[-k:] for k in range(1, max_lag + 1)])
    rows, steps, order = pack(parts, np.arange(max_lag))
    initial = {
        name: tuple(s[::-1][order] for s in part) for name, part in states.items()
    }
    H, tape = network.forward(model.theta_, rows, steps, below="output", states=initial)
    last = steps.last
    output, params = network.head, network.head_params(model.theta_)
    unused = {name: np.zeros_like(params[name]) for name in ("W", "b")}
    _, dh = output.value_and_gradient(
        params, unused, H[last[:1]], np.array([token]), np.ones(1, H.dtype)
    )
    dH = np.zeros_like(H)
    dH[last] = dh
    dstates = {}
    network.backward(model.theta_, dH, tape, dstates=dstates)
    norms = {}
    for name in states:
        for state, d in zip(network.layers[name].cell.states, dstates[name]):
            norm = norms[f"{name}.{state}"] = np.empty(max_lag)
            norm[order] = np.linalg.norm(d, axis=1)
    return norms


class GradientFlowDisplay:
    """A picture of how far back in time gradients reach.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    norms : ndarray of shape (n_positions, max_lag)
        One of the arrays from ``gradient_norms``.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D

    Examples
    --------
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.inspection import GradientFlowDisplay
    >>> text, ax = "the cat sat on the mat. " * 20, None
    >>> for cell in ["rnn", "lstm"]:
    ...     model = RNNLanguageModel(
    ...         16, cell=cell, analyzer="char", contiguous=True, max_iter=1,
    ...         random_state=0,
    ...     ).fit(text)
    ...     display = GradientFlowDisplay.from_estimator(
    ...         model, text, max_lag=20, ax=ax, label=cell, random_state=0
    ...     )
    ...     ax = display.ax_
    """

    ax_: Axes
    figure_: Figure | SubFigure
    line_: Line2D
    _symbol = "h"  # of the state, for the axis

    def __init__(self, norms: FloatArray):
        self.norms = norms

    @classmethod
    def from_estimator(
        cls,
        estimator: RNNLanguageModel,
        X: Any,
        *,
        state: str = "rnn0.h",
        max_lag: int = 50,
        n_positions: int = 50,
        random_state: RandomState = None,
        ax: Axes | None = None,
        label: str | None = None,
    ) -> Self:
        """Compute the norms of one state, and draw them.

        Parameters
        ----------
        estimator : RNNLanguageModel
            Fitted.
        X, max_lag, n_positions, random_state
            See :func:`gradient_norms`.
        state : str, default="rnn0.h"
            Layer and state, a key of the result of :func:`gradient_norms`. The default
            is the hidden state of the first recurrent layer; "rnn0.c" is an LSTM's cell
            state.
        ax, label
            See :meth:`plot`.

        Returns
        -------
        GradientFlowDisplay

        Raises
        ------
        ValueError
            If ``state`` is not one of the model's, and as in :func:`gradient_norms`.
        """
        norms = gradient_norms(
            estimator,
            X,
            max_lag=max_lag,
            n_positions=n_positions,
            random_state=random_state,
        )
        owner = "GradientFlowDisplay.from_estimator"
        p.check_value(state, "state", owner, [p.one_of(*norms)])
        display = cls(norms[state])
        display._symbol = state.rpartition(".")[2]
        return display.plot(ax, label=label)

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Self:
        """Draw the median over the positions, and a band with the middle 50 percent.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: a new figure. Pass the ``ax_`` of another display to compare models.
        label : str, default=None
            Label in the legend.

        Returns
        -------
        GradientFlowDisplay
        """
        pyplot = import_extra(
            "matplotlib.pyplot", "sksequence[plots]", "GradientFlowDisplay.plot"
        )
        if ax is None:
            _, ax = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
            ax.set(
                yscale="log",
                xlabel="$k$, steps back",
                ylabel=rf"$\Vert\, dL_t\, /\, d{self._symbol}_{{t-k}} \Vert$",
            )
            ax.spines[["top", "right"]].set_visible(False)
            ax.grid(alpha=0.3)
        low, median, high = np.quantile(self.norms, [0.25, 0.5, 0.75], axis=0)
        lags = np.arange(1, len(median) + 1)
        (self.line_,) = ax.plot(lags, median, lw=2, label=label)
        ax.fill_between(lags, low, high, color=self.line_.get_color(), alpha=0.15, lw=0)
        if label is not None:
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
