"""A picture of attributions: a series, or words, on the colors of what they add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._extras import import_extra
from .._state import as_fitted
from ..estimators import RNNLanguageModel
from ..sequences import RaggedArray
from ._colored_text import draw_colored_texts, separator_of
from ._integrated_gradients import EXPLAINED, explain
from ._panels import check_tokens
from ._trace_display import dense
from ._trace_labels import shown
from ._trace_run import check_one_sequence, in_the_singular

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

LESS, MORE = "#3b74c4", "#ca3b33"
LONGEST_NAME = 28  # characters of the name of a feature


class AttributionDisplay:
    """A picture of how much the steps or tokens of one sequence add to a score.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    attributions : ndarray or CSR matrix of shape (n_steps, n_features) or (n_steps,)
        Attributions of one sequence, as from :func:`integrated_gradients`.
    x : ndarray or CSR matrix like ``attributions``, default=None
        The sequence. Its features are drawn as lines.
    tokens : list of str, default=None
        One token for each step. They are drawn in place of features.
    feature_names : list of str, default=None
    title : str, default=None
    marked : int, default=None
        The step, or token, whose prediction is explained.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    integrated_gradients : The numbers.
    TraceDisplay : What happens inside the network.

    Examples
    --------
    >>> from sksequence import RNNClassifier
    >>> from sksequence.datasets import load_japanese_vowels
    >>> from sksequence.inspection import AttributionDisplay
    >>> X, y = load_japanese_vowels(subset="train", return_X_y=True)
    >>> clf = RNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> display = AttributionDisplay.from_estimator(clf, X[0], target=y[0])
    >>> display.attributions.shape
    (20, 12)
    """

    ax_: Axes
    figure_: Figure | SubFigure

    def __init__(
        self,
        attributions: Any,
        *,
        x: Any = None,
        tokens: Sequence[Any] | None = None,
        feature_names: Sequence[Any] | None = None,
        title: str | None = None,
        marked: int | None = None,
    ):
        self.attributions, self.x, self.tokens = attributions, x, tokens
        self.feature_names, self.title, self.marked = feature_names, title, marked

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        x: Any,
        target: Any = None,
        *,
        step: int | None = None,
        baseline: Any = None,
        n_points: int = 4,
        tol: float = 1e-3,
        tokens: Sequence[Any] | None = None,
        feature_names: Sequence[Any] | None = None,
        max_features: int = 20,
        ax: Axes | None = None,
    ) -> Self:
        """Explain one prediction, and draw the attributions.

        Parameters
        ----------
        estimator : estimator
            See :func:`integrated_gradients`.
        x : one sequence, as one entry of the X of ``fit``
            Steps, token ids, or a text of a language model.
        target, step, n_points, tol
            See :func:`integrated_gradients`, for one sequence.
        baseline
            See :func:`integrated_gradients`; a sequence is passed in a list of one.
        tokens : list of str, default=None
            Labels for the steps, drawn in the colors of their attributions, which are
            summed over features. None: the tokens of a language model, or token ids;
            other steps are drawn as lines of their features.
        feature_names : list of str, default=None
            None: the names in ``fit``, if there were any, or the numbers of the
            columns.
        max_features, ax
            See :meth:`plot`.

        Returns
        -------
        AttributionDisplay

        Raises
        ------
        ValueError
            If x is more than one sequence, and as in :func:`integrated_gradients`.
        """
        one = estimator
        if isinstance(estimator, EXPLAINED):
            one = as_fitted(estimator)
            if hasattr(one, "theta_"):
                check_one_sequence(one, x)
        with in_the_singular():
            found = explain(
                one,
                x if isinstance(x, RaggedArray) else [x],
                target,
                step=step,
                baseline=baseline,
                n_points=n_points,
                tol=tol,
            )
        values, read = found.attributions[0], found.read[0]
        marked = None if found.step is None else int(found.step[0])
        x = read
        if isinstance(one, RNNLanguageModel):
            names = one.tokens_
            end = marked + 1 if marked == len(values) else len(values)
            read = read.copy()
            read[marked] = found.which[0]
            tokens = names[read[:end]] if tokens is None else tokens
            values = np.append(values, np.zeros(end - len(values)))
            x = None
        elif read.ndim == 1:
            tokens, x = read if tokens is None else tokens, None
        if feature_names is None:
            feature_names = found.attributions.feature_names
            feature_names = feature_names or getattr(one, "_feature_names", None)
        return cls(
            values,
            x=x,
            tokens=tokens,
            feature_names=feature_names,
            title=_title(one, found),
            marked=marked,
        ).plot(ax, max_features=max_features)

    def plot(self, ax: Axes | None = None, *, max_features: int = 20) -> Self:
        """Draw.

        Red adds to the score, blue takes away from it; the strongest color is the
        largest attribution. Each feature is a line between its smallest and its largest
        value in the sequence. The step, or token, whose prediction is explained has a
        frame.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: a new figure, as high as needed.
        max_features : int, default=20
            Largest number of features to draw: those with the largest sums of absolute
            attributions.

        Returns
        -------
        AttributionDisplay

        Raises
        ------
        ValueError
            If there is not one token for each step, or one name for each feature.
        """
        pyplot = import_extra(
            "matplotlib.pyplot", "sksequence[plots]", "AttributionDisplay.plot"
        )
        owner = "AttributionDisplay.plot"
        p.check_value(max_features, "max_features", owner, [p.integer(1)])
        values = dense(self.attributions)
        if self.tokens is not None or values.ndim == 1:
            sums = values if values.ndim == 1 else values.sum(axis=1)
            ax = self._draw_tokens(pyplot, ax, sums)
        else:
            ax = self._draw_features(pyplot, ax, values, max_features)
            if self.title:
                ax.set_title(self.title, loc="left", fontsize=10)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    # -- words -------------------------------------------------------------------------

    def _draw_tokens(self, pyplot, ax, sums):
        tokens = range(len(sums)) if self.tokens is None else self.tokens
        check_tokens(tokens, len(sums))
        colors = self._colors(pyplot, ax, sums)
        drawn = draw_colored_texts(
            pyplot,
            [list(tokens)],
            [sums],
            separator=separator_of(tokens),
            cmap=colors.cmap,
            vmin=colors.norm.vmin,
            vmax=colors.norm.vmax,
            label="added to the score",
            title=self.title or "",
            framed=None if self.marked is None else (0, self.marked),
            ax=ax,
        )
        return drawn.ax

    # -- features ----------------------------------------------------------------------

    def _draw_features(self, pyplot, ax, values, max_features):
        n_steps, n_features = values.shape
        names = self.feature_names
        if names is None:
            names = range(n_features)
        if len(names) != n_features:
            raise ValueError(
                f"feature_names must have one entry for each of the {n_features} "
                f"features. Got {len(names)}."
            )
        largest = np.argsort(-np.abs(values).sum(axis=0), kind="stable")
        kept = np.sort(largest[:max_features])
        if ax is None:
            width = float(np.clip(0.16 * n_steps + 2.5, 6, 13))
            height = max(1.6, 0.34 * len(kept) + 0.9)
            _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
        colors = self._colors(pyplot, ax, values)
        options = {"cmap": colors.cmap, "norm": colors.norm, "aspect": "auto"}
        ax.imshow(values[:, kept].T, interpolation="nearest", **options)
        self._bar(ax, colors, len(kept))
        if self.x is not None:
            self._draw_lines(pyplot, ax, kept)
        if self.marked is not None:
            low, high = self.marked - 0.5, self.marked + 0.5
            ax.axvspan(low, high, fill=False, lw=1.2, ec=_ink(pyplot))
        ax.set_yticks(range(len(kept)), _labels([names[k] for k in kept]), fontsize=8)
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(-0.5, n_steps - 0.5)
        ax.xaxis.set_major_locator(pyplot.MaxNLocator(integer=True))
        left_out = n_features - len(kept)
        ax.set_xlabel("step" + (f"   ({left_out} more features)" if left_out else ""))
        ax.spines[:].set_visible(False)
        return ax

    def _draw_lines(self, pyplot, ax, kept):
        """Each feature between its extremes, in the height of its row."""
        x = dense(self.x[:, kept]).astype(np.float64)
        low, high = x.min(axis=0), x.max(axis=0)
        reach = np.where(high > low, high - low, 1)
        places = np.where(high > low, (x - low) / reach - 0.5, 0)
        ax.plot(np.arange(len(kept)) - 0.7 * places, color=_ink(pyplot), lw=1)

    # -- colors ------------------------------------------------------------------------

    def _colors(self, pyplot, ax, values):
        """From blue over the color behind the picture to red."""
        colors = import_extra(
            "matplotlib.colors", "sksequence[plots]", "AttributionDisplay.plot"
        )
        behind = (0, 0, 0, 0) if ax is None else ax.get_facecolor()
        if behind[3] == 0:
            behind = colors.to_rgba(pyplot.rcParams["figure.facecolor"])
        reach = (np.abs(values).max() if np.size(values) else 0) or 1
        cmap = colors.LinearSegmentedColormap.from_list(
            "attribution", [LESS, behind, MORE]
        )
        return pyplot.cm.ScalarMappable(pyplot.Normalize(-reach, reach), cmap)

    def _bar(self, ax, colors, n_rows):
        options = {"pad": 0.01, "fraction": 0.05, "aspect": max(12, 3 * n_rows)}
        bar = ax.figure.colorbar(colors, ax=ax, **options)
        bar.outline.set_visible(False)
        ticks = [colors.norm.vmin, 0, colors.norm.vmax]
        bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks], fontsize=7)


def _title(model, found):
    """What is explained: the score, and that of the baseline."""
    which, score, before = found.which[0], found.scores[0], found.baseline_scores[0]
    what = "prediction"
    if isinstance(model, RNNLanguageModel):
        what = f"log p({shown(_short(model.tokens_[which]))})"
    elif hasattr(model, "classes_"):
        what = f"log p({_labels(model.classes_[[which]])[0]})"
    elif model._n_outputs() > 1:
        what = f"prediction {which}"
    if found.step is not None and not isinstance(model, RNNLanguageModel):
        what += f" at step {found.step[0]}"
    return f"{what} = {score:.3g}, of the baseline {before:.3g}"


def _labels(names):
    """Names beside the rows, cut where they can still be told apart."""
    short = [_short(name) for name in names]
    if len(set(short)) < len(set(map(str, names))):
        short = [str(name) for name in names]
    return [name.replace("$", r"\$") for name in short]


def _short(name):
    """A name cut in the middle."""
    name, half = str(name), LONGEST_NAME // 2 - 1
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:half]}\N{HORIZONTAL ELLIPSIS}{name[-half:]}"


def _ink(pyplot):
    return pyplot.rcParams["text.color"]
