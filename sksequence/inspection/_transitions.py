"""A picture of which labels follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from .. import _frames
from .._extras import import_extra
from .._messages import brief
from .._typing import FloatArray
from ..estimators import RNNTagger
from ._fitted import fitted_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage


class TransitionsDisplay:
    """Scores of transitions between labels, as a colored table.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    scores : ndarray of shape (n_labels + 1, n_labels + 1)
        Scores of a label (column) after another one (row); the last row is the
        beginning of a sequence, the last column its end. -inf if constraints forbid it.
    labels : list
        The labels, n_labels of them.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage
    text_ : ndarray of object, shape (n_labels + 1, n_labels + 1)
        The numbers in the cells; None where there is none.

    Examples
    --------
    >>> from sksequence import RNNTagger
    >>> from sksequence.inspection import TransitionsDisplay
    >>> X = [[[0.0], [1.0], [1.0]], [[1.0], [0.0]]]
    >>> y = [["O", "B-X", "I-X"], ["B-X", "O"]]
    >>> tagger = RNNTagger(8, decoder="crf", constraints="bio", random_state=0)
    >>> display = TransitionsDisplay.from_estimator(tagger.fit(X, y))
    >>> bool(display.text_[2, 1] is None)  # I-X never comes after O
    True
    """

    ax_: Axes
    figure_: Figure | SubFigure
    im_: AxesImage
    text_: npt.NDArray[np.object_]

    def __init__(self, scores: FloatArray, labels: Sequence[Any]):
        self.scores, self.labels = scores, labels

    @classmethod
    def from_estimator(
        cls,
        estimator: RNNTagger,
        *,
        labels: Sequence[Any] | None = None,
        ax: Axes | None = None,
        cmap: str | Colormap = "RdBu",
        text: bool = True,
    ) -> Self:
        """Draw the transitions of a fitted tagger.

        Parameters
        ----------
        estimator : RNNTagger
            Fitted, with ``decoder="crf"``.
        labels : list, default=None
            The labels to show, in this order. None: all.
        ax, cmap, text
            See :meth:`plot`.

        Returns
        -------
        TransitionsDisplay

        Raises
        ------
        TypeError
            If it is no RNNTagger, or ``labels`` is not a list.
        ValueError
            If a label is not one of the tagger's.
        AttributeError
            If the tagger has no CRF.
        """
        estimator = fitted_model(
            getattr(estimator, "estimator_", estimator), (RNNTagger,), with_X=False
        )
        known = estimator.classes_.tolist()
        labels = known if labels is None else _frames.names_of(labels, "labels")
        for label in labels:
            if label not in known:
                raise ValueError(
                    f"labels holds {brief(label)}, which is not among {brief(known)}."
                )
        features = estimator.transition_features_
        names = [*labels, None]
        scores = np.array(
            [[features.get((a, b), np.nan) for b in names] for a in names]
        )
        return cls(scores, labels).plot(ax=ax, cmap=cmap, text=text)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        cmap: str | Colormap = "RdBu",
        text: bool = True,
    ) -> Self:
        """Draw the table.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: a new figure.
        cmap : str or matplotlib colormap, default="RdBu"
            A diverging colormap, whose middle stands for a score of 0.
        text : bool, default=True
            Whether to write the scores in the cells.

        Returns
        -------
        TransitionsDisplay
        """
        pyplot = import_extra(
            "matplotlib.pyplot", "sksequence[plots]", "TransitionsDisplay.plot"
        )
        n = len(self.labels) + 1
        if ax is None:
            size = 2 + 0.5 * n
            _, ax = pyplot.subplots(figsize=(size + 1, size), layout="constrained")
        allowed = np.isfinite(self.scores)
        reach = np.abs(self.scores[allowed]).max(initial=1e-9)
        shown = np.ma.masked_where(~allowed, self.scores)
        self.im_ = ax.imshow(shown, cmap=cmap, vmin=-reach, vmax=reach)
        ax.set_facecolor("0.85")  # seen where a transition is forbidden
        self.text_ = np.full((n, n), None, dtype=object)
        if text:
            for i, j in np.argwhere(allowed):
                light = abs(self.scores[i, j]) > 0.6 * reach
                self.text_[i, j] = ax.text(
                    j,
                    i,
                    f"{round(self.scores[i, j], 1) + 0:.1f}",
                    ha="center",
                    va="center",
                    color="white" if light else "black",
                    fontsize=8,
                )
        names = list(map(str, self.labels))
        as_it_is = {"parse_math": False}  # also "PRP$"
        ax.set_xticks(range(n), [*names, "end"], rotation=45, ha="right", **as_it_is)
        ax.set_yticks(range(n), [*names, "begin"], **as_it_is)
        ax.set(xlabel="label", ylabel="label before")
        ax.figure.colorbar(self.im_, ax=ax, label="score (gray: forbidden)")
        self.ax_, self.figure_ = ax, ax.figure
        return self
