"""How far back in time the gradient of a loss reaches.

::

    norm(t, k) = || d loss_t / d h_(t-k) ||,   loss_t = - log p[token t]

and likewise of an LSTM's c, for one step t and k = 1, 2, ... steps back [1]_. All are
worked out in one pass: of as many sequences as there are k, which end at step t and
begin with the state at step t - k.

.. [1] Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
   networks", ICML 2013.
"""

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .. import _frames
from .. import _parameters as p
from .._threads import one_blas_thread
from ..network import build_network
from ..sequences import RaggedArray, pack


def gradient_norms(model, X, *, max_lag=50, n_positions=50, random_state=None):
    """Norms of the gradients of a language model's losses, steps back in time.

    Parameters
    ----------
    model : RNNLanguageModel
        Fitted.
    X : as in its ``fit``
        Text. Only tokens with ``max_lag`` tokens before them in their text count.
    max_lag : int, default=50
        Steps back, at most.
    n_positions : int, default=50
        How many tokens t to take, at most, drawn at random.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    norms : dict of str -> ndarray of shape (n_positions, max_lag)
        By layer and state ("rnn0.h", and "rnn0.c" of an LSTM): column k - 1 is
        || d loss_t / d h_(t-k) ||, all other states at that step held fixed.

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
    check_is_fitted(model)
    p.check_value(max_lag, "max_lag", "gradient_norms", [p.integer(1)])
    p.check_value(n_positions, "n_positions", "gradient_norms", [p.integer(1)])
    before, tokens = model._encode(X)
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
    rng = check_random_state(random_state)
    places = np.sort(rng.permutation(places)[:n_positions])
    network = build_network(**model.architecture_)
    found = {}
    with one_blas_thread():
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
    step, state, states = model._stepper(), model.initial_state(), []
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
    of_no_use = {name: np.zeros_like(params[name]) for name in ("W", "b")}
    _, dh = output.value_and_gradient(
        params, of_no_use, H[last[:1]], np.array([token]), np.ones(1, H.dtype)
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
        As one of those that ``gradient_norms`` gives.

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

    def __init__(self, norms):
        self.norms = norms

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        state="rnn0.h",
        max_lag=50,
        n_positions=50,
        random_state=None,
        ax=None,
        label=None,
    ):
        """Measure and draw.

        Parameters
        ----------
        estimator : RNNLanguageModel
            Fitted.
        X, max_lag, n_positions, random_state
            See :func:`gradient_norms`.
        state : str, default="rnn0.h"
            Of the first recurrent layer the hidden state; "rnn0.c" is an LSTM's cell
            state.
        ax, label
            See :meth:`plot`.

        Returns
        -------
        GradientFlowDisplay
        """
        norms = gradient_norms(
            estimator,
            X,
            max_lag=max_lag,
            n_positions=n_positions,
            random_state=random_state,
        )
        if state not in norms:
            raise ValueError(f"state must be one of {list(norms)}. Got {state!r}.")
        return cls(norms[state]).plot(ax, label=label)

    def plot(self, ax=None, *, label=None):
        """Draw the median over the positions, and the half of them around it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: a new figure. Models that are drawn on the same axes compare.
        label : str, default=None
            For the legend.

        Returns
        -------
        GradientFlowDisplay
        """
        pyplot = _frames.import_extra(
            "matplotlib.pyplot", "sksequence[plots]", "GradientFlowDisplay.plot"
        )
        if ax is None:
            _, ax = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
            ax.set(
                yscale="log",
                xlabel="$k$, steps back",
                ylabel=r"$\Vert\, dL_t\, /\, dh_{t-k} \Vert$",
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
