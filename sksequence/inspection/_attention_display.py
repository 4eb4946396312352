"""Pictures of attention: which steps of the input matter for which output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._extras import import_extra
from .._typing import FloatArray
from ._colored_text import draw_colored_texts, separator_of
from ._fitted import fitted_model
from ._panels import check_tokens, width_of, write_steps
from ._trace import trace
from ._trace_labels import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

MAX_ROWS = 60  # of an output that have their tokens written beside them


class AttentionDisplay:
    """A picture of attention weights.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    weights : ndarray of shape (n_output_steps, n_steps) or (n_steps,)
        The weight of each step of the input for each step of the output, or the weight
        of each step in the pooling of a sequence. Rows sum to one.
    tokens : list of str, default=None
        Tokens of the input, one per step. None: steps are numbered from 0.
    output_tokens : list of str, default=None
        Tokens of the output, one per row.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    trace : The numbers, as "alpha".

    Examples
    --------
    >>> from sksequence import RNNTranslator
    >>> from sksequence.inspection import AttentionDisplay
    >>> X, y = ["a b", "b c a", "c b"], ["B A", "A C B", "B C"]
    >>> model = RNNTranslator(8, max_iter=2, random_state=0).fit(X, y)
    >>> display = AttentionDisplay.from_estimator(model, "b c a", "A C B")
    >>> display.weights.shape, display.output_tokens
    ((4, 3), ['A', 'C', 'B', '</s>'])
    """

    weights: FloatArray
    ax_: Axes
    figure_: Figure | SubFigure

    def __init__(
        self,
        weights: npt.ArrayLike,
        *,
        tokens: Sequence[Any] | None = None,
        output_tokens: Sequence[Any] | None = None,
    ):
        self.weights, self.tokens = np.asarray(weights), tokens
        self.output_tokens = output_tokens

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        x: Any,
        y: Any = None,
        *,
        tokens: Sequence[str] | None = None,
        as_text: bool = False,
        cmap: str | Colormap = "Blues",
        ax: Axes | None = None,
    ) -> Self:
        """Read one sequence, and draw its attention weights.

        Parameters
        ----------
        estimator : RNNTranslator, RNNClassifier or RNNRegressor
            Fitted, with ``attention``, or with ``pooling="attention"``.
        x : one sequence, as one entry of the X of ``fit``
        y : one output, as one entry of the y of ``fit``, default=None
            For a translator only. None: the output of ``predict``.
        tokens : list of str, default=None
            Labels for the steps of x. None: its tokens, or the numbers of its steps.
        as_text, cmap, ax
            See :meth:`plot`.

        Returns
        -------
        AttentionDisplay

        Raises
        ------
        TypeError
            If the estimator is not one of this library's.
        NotFittedError
            If it is not fitted.
        ValueError
            If the model has no attention, or as in :func:`trace`.
        """
        model = fitted_model(estimator)
        check_attention(model)
        pooled = model.architecture_.get("pooling") == "attention"
        found = trace(estimator, x, None if pooled else y)
        outputs, prefix = None, "" if pooled else "encoder."
        if tokens is None and f"{prefix}tokens" in found.kinds:
            tokens = found[f"{prefix}tokens"].tolist()
        if pooled:
            weights = found["alpha"][:, 0]
        else:
            weights = found["decoder.alpha"]
            read = found["decoder.tokens"].tolist()  # each after an end, the first one
            outputs = [*read[1:], read[0]]
        display = cls(weights, tokens=tokens, output_tokens=outputs)
        return display.plot(as_text=as_text, cmap=cmap, ax=ax)

    def plot(
        self,
        *,
        as_text: bool = False,
        cmap: str | Colormap = "Blues",
        ax: Axes | None = None,
    ) -> Self:
        """Draw a heat map, output by input, or the weights of a pooling as bars.

        For a pooling, a dashed line shows equal weights.

        Parameters
        ----------
        as_text : bool, default=False
            Whether to draw the weights of a pooling as colors of the text.
        cmap : str or matplotlib colormap, default="Blues"
            Colors of the heat map or the text, from zero to the highest weight.
        ax : matplotlib Axes, default=None
            None: a new figure.

        Returns
        -------
        AttentionDisplay

        Raises
        ------
        ValueError
            If there is not one token for each step, or if ``as_text`` is set for
            weights that are not those of a pooling.
        """
        owner = "AttentionDisplay.plot"
        pyplot = import_extra("matplotlib.pyplot", "sksequence[plots]", owner)
        p.check_value(as_text, "as_text", owner, [p.BOOLEAN])
        weights = self.weights
        n_steps = weights.shape[-1]
        if self.tokens is not None:
            check_tokens(self.tokens, n_steps)
        if as_text:
            if weights.ndim == 2 or self.tokens is None:
                raise ValueError(
                    "as_text=True needs the weights of a pooling, one for each token: "
                    "pass tokens."
                )
            ax = draw_colored_texts(
                pyplot,
                [self.tokens],
                [weights],
                separator=separator_of(self.tokens),
                cmap=cmap,
                vmin=0,
                label="weight",
                ax=ax,
            ).ax
        elif weights.ndim == 2:
            ax = self._draw_heatmap(pyplot, weights, cmap, ax)
        else:
            ax = self._draw_bars(pyplot, weights, ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_heatmap(self, pyplot, weights, cmap, ax):
        n_rows, n_steps = weights.shape
        if ax is None:
            size = np.clip(0.3 * n_steps + 2, 4.5, 13), np.clip(0.3 * n_rows + 1, 3, 12)
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        image = ax.imshow(
            weights, cmap=cmap, vmin=0, aspect="auto", interpolation="nearest"
        )
        write_steps(pyplot, ax, self.tokens, n_steps)
        if self.output_tokens is not None and n_rows <= MAX_ROWS:
            check_tokens(self.output_tokens, n_rows, "output_tokens")
            ax.set_yticks(range(n_rows), map(shown, self.output_tokens), fontsize=8)
        else:
            ax.yaxis.set_major_locator(pyplot.MaxNLocator(integer=True))
        ax.tick_params(axis="y", length=2)
        ax.set(xlabel="input", ylabel="output")
        ax.spines[:].set_visible(False)
        bar = ax.figure.colorbar(
            image, ax=ax, label="weight", fraction=0.05, pad=0.02, aspect=30
        )
        bar.outline.set_visible(False)
        return ax

    def _draw_bars(self, pyplot, weights, ax):
        n_steps = len(weights)
        if ax is None:
            size = width_of(n_steps), 2.4
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        ax.bar(range(n_steps), weights, width=0.8 if n_steps <= 100 else 1.0)
        ax.axhline(1 / n_steps, color="0.5", lw=1, ls="--")
        write_steps(pyplot, ax, self.tokens, n_steps)
        ax.set(xlabel="step", ylabel="weight", xlim=(-0.7, n_steps - 0.3))
        ax.spines[["top", "right"]].set_visible(False)
        return ax


def check_attention(model):
    """Raise an error if a fitted model has no attention."""
    architecture = model.architecture_
    if architecture.get("attention") is None and (
        architecture.get("pooling") != "attention"
    ):
        has = {
            "attention": "Set attention='general' and fit again.",
            "pooling": "Set pooling='attention' and fit again.",
        }
        can = [text for name, text in has.items() if name in model.get_params()]
        advice = (
            can[0]
            if can
            else ("RNNTranslator, RNNClassifier and RNNRegressor can have it.")
        )
        raise ValueError(
            f"This {type(model).__name__} was fitted without attention: there is "
            f"nothing to show. {advice}"
        )
