"""A picture of which types of spans are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief
from .._typing import StepLabels
from ..metrics import span_confusion_matrix
from ._colored_text import readable_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage

Normalize: TypeAlias = Literal["true", "pred", "all"] | None


class SpanConfusionDisplay:
    """Which types of spans are predicted as which, as a colored table.

    Use :meth:`from_estimator` or :meth:`from_predictions` to make one.

    Parameters
    ----------
    exact : ndarray of shape (n_types + 1, n_types + 1)
        Spans whose ends are both right, by true type (row) and predicted type (column).
        The last row and column mean "no span".
    boundary : ndarray of shape (n_types, n_types)
        Spans that overlap and differ in an end.
    labels : list of str
        The types.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage
    text_ : ndarray of object, shape (n_types + 1, n_types + 1)
        The numbers in the cells; None where there is none.

    See Also
    --------
    sksequence.metrics.span_confusion_matrix : The numbers.
    sklearn.metrics.ConfusionMatrixDisplay : For the labels of all steps.

    Examples
    --------
    >>> from sksequence.inspection import SpanConfusionDisplay
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC", "O"]]
    >>> y_pred = [["B-PER", "O", "O", "B-PER", "B-LOC"]]
    >>> display = SpanConfusionDisplay.from_predictions(y_true, y_pred)
    >>> display.text_[1, 1].get_text()  # none right, one with a wrong end
    '0\\n+1'
    """

    ax_: Axes
    figure_: Figure | SubFigure
    im_: AxesImage
    text_: npt.NDArray[np.object_]

    def __init__(
        self,
        exact: npt.ArrayLike,
        boundary: npt.ArrayLike,
        labels: Sequence[str],
    ):
        self.exact, self.boundary = np.asarray(exact), np.asarray(boundary)
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Any,
        y: StepLabels,
        *,
        labels: Sequence[str] | None = None,
        normalize: Normalize = None,
        cmap: str | Colormap = "Blues",
        values_format: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Predict the labels of some sequences, and compare them with the true ones.

        Parameters
        ----------
        estimator : estimator
            A fitted RNNTagger, or another estimator whose ``predict`` returns one
            sequence of labels for each sequence, such as a pipeline that ends with a
            tagger.
        X : sequences
        y : sequences of labels
            The true ones.
        labels, normalize
            See :func:`~sksequence.metrics.span_confusion_matrix`.
        cmap, values_format, ax
            See :meth:`plot`.

        Returns
        -------
        SpanConfusionDisplay

        Raises
        ------
        TypeError
            If the estimator has no ``predict``.
        ValueError
            As in :func:`~sksequence.metrics.span_confusion_matrix`.
        """
        if not hasattr(estimator, "predict"):
            raise TypeError(
                "estimator must have a method 'predict', as RNNTagger has. Got "
                f"{type(estimator).__name__} instead."
            )
        return cls.from_predictions(
            y,
            estimator.predict(X),
            labels=labels,
            normalize=normalize,
            cmap=cmap,
            values_format=values_format,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: StepLabels,
        y_pred: StepLabels,
        *,
        labels: Sequence[str] | None = None,
        normalize: Normalize = None,
        cmap: str | Colormap = "Blues",
        values_format: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Count, and draw the table.

        Parameters
        ----------
        y_true, y_pred, labels, normalize
            See :func:`~sksequence.metrics.span_confusion_matrix`.
        cmap, values_format, ax
            See :meth:`plot`.

        Returns
        -------
        SpanConfusionDisplay

        Raises
        ------
        ValueError
            As in :func:`~sksequence.metrics.span_confusion_matrix`.
        """
        found = span_confusion_matrix(
            y_true, y_pred, labels=labels, normalize=normalize
        )
        display = cls(found.exact, found.boundary, found.labels)
        return display.plot(cmap=cmap, values_format=values_format, ax=ax)

    def plot(
        self,
        *,
        cmap: str | Colormap = "Blues",
        values_format: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the table.

        The number in a cell, which also gives its color, counts spans whose ends are
        both right. The number after a plus counts spans that overlap but differ in an
        end. Cells without spans are empty.

        Parameters
        ----------
        cmap : str or matplotlib colormap, default="Blues"
            Colors from zero to the highest number.
        values_format : str, default=None
            Format of the numbers. None: "d" for counts, ".2f" for fractions.
        ax : matplotlib Axes, default=None
            None: a new figure.

        Returns
        -------
        SpanConfusionDisplay

        Raises
        ------
        ValueError
            If the shapes of the arrays do not match the number of types.
        """
        owner = "SpanConfusionDisplay.plot"
        pyplot = import_extra("matplotlib.pyplot", "sksequence[plots]", owner)
        p.check_value(values_format, "values_format", owner, [p.NONE, p.TEXT])
        exact, boundary, n = self._arrays()
        if ax is None:
            longest = max(map(len, map(str, self.labels)), default=0)
            size = 1.8 + 0.5 * (n + 1) + 0.06 * min(longest, 30)
            _, ax = pyplot.subplots(figsize=(size + 1, size), layout="constrained")
        self.im_ = ax.imshow(exact, cmap=cmap, vmin=0, vmax=max(exact.max(), 1e-9))
        whole = exact.dtype.kind in "iu" and boundary.dtype.kind in "iu"
        style = values_format or ("d" if whole else ".2f")
        self.text_ = np.full(exact.shape, None, dtype=object)
        others = np.zeros_like(exact)
        others[:n, :n] = boundary
        for i, j in np.argwhere((exact != 0) | (others != 0)):
            text = format(exact[i, j], style)
            if others[i, j]:
                text += f"\n+{format(others[i, j], style)}"
            color = readable_on(self.im_.cmap(self.im_.norm(exact[i, j])))
            self.text_[i, j] = ax.text(
                j, i, text, ha="center", va="center", color=color, fontsize=8
            )
        names = [*map(str, self.labels), "none"]
        options: dict[str, Any] = {"fontsize": 8, "parse_math": False}
        turned: dict[str, Any] = {
            "rotation": 45,
            "ha": "right",
            "rotation_mode": "anchor",
        }
        ax.set_xticks(range(n + 1), names, **options, **turned)
        ax.set_yticks(range(n + 1), names, **options)
        for edge in (ax.axhline, ax.axvline):  # what is "none" stands apart
            edge(n - 0.5, color="0.5", lw=0.8)
        ax.set(xlabel="predicted", ylabel="true")
        steps = pyplot.MaxNLocator(integer=whole)
        bar = ax.figure.colorbar(self.im_, ax=ax, fraction=0.05, pad=0.02, ticks=steps)
        bar.set_label("both ends right (+: overlapping)")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _arrays(self):
        exact, boundary = self.exact, self.boundary
        n = len(self.labels)
        if exact.shape != (n + 1, n + 1) or boundary.shape != (n, n):
            raise ValueError(
                f"exact and boundary must have shapes {(n + 1, n + 1)} and {(n, n)} "
                f"for the {n} types of labels={brief(list(self.labels))}. Got "
                f"{exact.shape} and {boundary.shape}."
            )
        return exact, boundary, n
