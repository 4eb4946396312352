"""Pictures of how training went: losses, scores, gradients and rates by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief
from ._fitted import fitted_model
from ._panels import name_panels, name_steps, names_listed, panel_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

LABELS = {
    "loss": "loss",
    "validation_score": "validation\nscore",
    "gradient_norm": "norm of\nthe gradient",
    "max_gradient_norm": "highest norm\nof the gradient",
    "learning_rate": "learning\nrate",
    "n_batches": "batches",
    "n_clipped": "clipped\nbatches",
    "seconds": "seconds",
    "sequences_per_second": "sequences\na second",
    "steps_per_second": "steps\na second",
}
SHOWN = ("loss", "validation_score", "gradient_norm", "learning_rate")
FEW = 40  # epochs that have a marker each
NOTE_HEIGHT = 10  # of a line, in points
LOGARITHMIC = 30  # the highest norm over the lowest, from which on the axis is


class TrainingDisplay:
    """A picture of training: loss, score, gradient norm and learning rate by epoch.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    history : list of dict
        One dict for each epoch, as in ``history_`` of a fitted estimator.
    best_epoch : int, default=None
        The epoch whose weights were kept, counted from 1. None: none is marked.

    Attributes
    ----------
    best_epoch : int or None
        As passed, or the epoch with the highest validation score.
    axes_ : ndarray of matplotlib Axes, shape (n_panels,)
    figure_ : matplotlib Figure
    lines_ : dict of str -> matplotlib Line2D
        The line of each panel.

    Examples
    --------
    >>> from sksequence import RNNClassifier
    >>> from sksequence.datasets import load_japanese_vowels
    >>> from sksequence.inspection import TrainingDisplay
    >>> X, y = load_japanese_vowels(subset="train", return_X_y=True)
    >>> clf = RNNClassifier(8, early_stopping=True, max_iter=4, random_state=0)
    >>> display = TrainingDisplay.from_estimator(clf.fit(X, y))
    >>> list(display.lines_)
    ['loss', 'validation_score', 'gradient_norm', 'learning_rate']
    """

    axes_: npt.NDArray[np.object_]
    figure_: Figure | SubFigure
    lines_: dict[str, Line2D]

    def __init__(
        self, history: Sequence[Mapping[str, Any]], *, best_epoch: int | None = None
    ):
        self.history, self.best_epoch = history, best_epoch

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        names: str | Sequence[str] | None = None,
        label: str | None = None,
        ax: Axes | Sequence[Axes] | npt.NDArray[np.object_] | None = None,
    ) -> Self:
        """Draw the ``history_`` of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            One of this library's, fitted, or a
            :class:`~sksequence.parallel.DataParallel` of one.
        names, label, ax
            See :meth:`plot`.

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        TypeError
            If the estimator is not one of this library's.
        NotFittedError
            If it is not fitted.
        """
        model = fitted_model(getattr(estimator, "estimator_", estimator), with_X=False)
        display = cls(model.history_, best_epoch=_best_epoch(model))
        return display.plot(names, label=label, ax=ax)

    def plot(
        self,
        names: str | Sequence[str] | None = None,
        *,
        label: str | None = None,
        ax: Axes | Sequence[Axes] | npt.NDArray[np.object_] | None = None,
    ) -> Self:
        """Draw, one panel for each name, one below the other.

        A dashed line marks the best epoch, whose weights were kept. Gradient norms are
        means over the batches of an epoch, before clipping; a thin line shows the
        largest norms. Their axis is logarithmic if they differ much.

        Parameters
        ----------
        names : str or list of str, default=None
            Columns of ``history_``. None: "loss", "validation_score" if there was a
            validation set, "gradient_norm" and "learning_rate".
        label : str, default=None
            Label in the legend. To compare fits, pass the ``axes_`` of the first
            display as ``ax`` of the others, and the names of its panels.
        ax : matplotlib Axes or list of them, default=None
            One per panel. None: a new figure.

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        ValueError
            If there are no epochs, or a name is not one of the history's.
        """
        pyplot = import_extra(
            "matplotlib.pyplot", "sksequence[plots]", "TrainingDisplay.plot"
        )
        owner = "TrainingDisplay.plot"
        p.check_value(label, "label", owner, [p.NONE, p.TEXT])
        if not self.history:
            raise ValueError("history holds no epoch: there is nothing to draw.")
        chosen = self._choose(names)
        axes = panel_axes(pyplot, ax, [1.5] * len(chosen), 6.5)
        self.lines_ = {
            name: self._draw(axis, name, label) for axis, name in zip(axes, chosen)
        }
        for axis in axes:
            axis.xaxis.set_major_locator(pyplot.MaxNLocator(integer=True))
        name_panels(axes, [LABELS.get(name, name) for name in chosen])
        name_steps(axes, ["epoch"] * len(axes))
        if label is not None:
            axes[0].legend(frameon=False, fontsize=8)
        self.axes_, self.figure_ = np.array(axes), axes[0].figure
        return self

    def _choose(self, names):
        """The panels to draw."""
        known = [name for name in self.history[-1] if name != "epoch"]
        if names is None:
            known = [k for k in SHOWN if k in known]
            return [k for k in known if np.isfinite(self._values(k)).any()]
        chosen = names_listed(names)
        for name in chosen:
            if name not in known:
                raise ValueError(
                    f"names holds {brief(name)}, which is not one of: "
                    f"{', '.join(known)}."
                )
            if not np.isfinite(self._values(name)).any():
                what = "numbers"
                if name == "validation_score":
                    what = "scores: set early_stopping=True, or pass X_val to fit"
                raise ValueError(f"names holds {name!r}, of which there are no {what}.")
        return chosen

    def _values(self, name):
        """One number an epoch, NaN where there is none."""
        return np.array([row.get(name, np.nan) for row in self.history], dtype=float)

    def _draw(self, ax, name, label):
        values = self._values(name)
        epochs = [row.get("epoch", k) for k, row in enumerate(self.history, 1)]
        marker = "." if len(values) <= FEW else ""
        (line,) = ax.plot(epochs, values, marker=marker, lw=1.5, label=label)
        color = line.get_color()
        if name == "gradient_norm":
            highest = self._values("max_gradient_norm")
            ax.plot(epochs, highest, color=color, lw=0.8, alpha=0.6)
            norms = np.concatenate([values, highest])
            norms = norms[np.isfinite(norms) & (norms > 0)]
            if len(norms) and norms.max() > LOGARITHMIC * norms.min():
                ax.set_yscale("log")
        elif name == "learning_rate":
            ax.set_ylim(bottom=0, auto=None)  # the top is still to fit other lines
        if self.best_epoch is not None:
            ax.axvline(self.best_epoch, color=color, lw=1, ls="--", alpha=0.7)
            if name == "validation_score" and self.best_epoch in epochs:
                best = values[epochs.index(self.best_epoch)]
                ax.plot(self.best_epoch, best, "o", color=color, ms=5)
                late = self.best_epoch > (epochs[0] + epochs[-1]) / 2
                ax.annotate(  # at the bottom, where scores seldom are, above others
                    f"{best:.3g} in epoch {self.best_epoch}",
                    (self.best_epoch, 0),
                    xytext=(-4 if late else 4, 4 + NOTE_HEIGHT * len(ax.texts)),
                    xycoords=ax.get_xaxis_transform(),
                    textcoords="offset points",
                    ha="right" if late else "left",
                    fontsize=8,
                    color=color,
                )
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        return line


def _best_epoch(model):
    """The epoch whose weights a fitted model has, if it was chosen among others.

    Scores are those of the last epochs; the first one may be that of the weights that a
    warm start began with, on a validation set that is new.
    """
    scores, best = model.validation_scores_, model.best_validation_score_
    if scores is None or best not in scores:
        return None
    row = model.history_[scores.index(best) - len(scores)]
    return row["epoch"] if row["validation_score"] == best else None
