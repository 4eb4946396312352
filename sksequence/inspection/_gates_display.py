"""Pictures of what gates do along a sequence: how far they are open, step by step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief
from ._panels import (
    heatmap,
    name_panels,
    name_steps,
    names_listed,
    panel_axes,
    width_of,
    write_steps,
)
from ._trace import trace
from ._trace_labels import labels_of, part_of
from ._trace_result import SequenceTrace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

GatesKind: TypeAlias = Literal["quantiles", "heatmap"]

BANDS = ((0.1, 0.9, 0.15), (0.25, 0.75, 0.25))  # from, to, and how strong


class GatesDisplay:
    """A picture of how far the gates of a layer are open at each step of a sequence.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    trace : SequenceTrace
        The result of :func:`trace`.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes, shape (n_panels,)
    figure_ : matplotlib Figure

    See Also
    --------
    TraceDisplay : Also states and gradients, unit by unit.

    Examples
    --------
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.inspection import GatesDisplay
    >>> model = RNNLanguageModel(16, "lstm", analyzer="char", max_iter=1)
    >>> model = model.fit(["the cat sat on the mat"] * 10)
    >>> display = GatesDisplay.from_estimator(model, "the cat")
    >>> [ax.get_ylabel() for ax in display.axes_]
    ['$i$', '$f$', '$o$']
    """

    axes_: npt.NDArray[np.object_]
    figure_: Figure | SubFigure

    def __init__(self, trace: SequenceTrace):
        self.trace = trace

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        x: Any,
        y: Any = None,
        *,
        names: str | Sequence[str] | None = None,
        kind: GatesKind = "quantiles",
        tokens: Sequence[str] | None = None,
        ax: Axes | Sequence[Axes] | npt.NDArray[np.object_] | None = None,
    ) -> Self:
        """Trace one sequence, and draw the result.

        Parameters
        ----------
        estimator, x, y
            See :func:`trace`.
        names, kind, tokens, ax
            See :meth:`plot`.

        Returns
        -------
        GatesDisplay

        Raises
        ------
        TypeError
            If the estimator is not one of this library's.
        NotFittedError
            If it is not fitted.
        ValueError
            As in :meth:`plot` and :func:`trace`.
        """
        display = cls(trace(estimator, x, y))
        return display.plot(names, kind=kind, tokens=tokens, ax=ax)

    def plot(
        self,
        names: str | Sequence[str] | None = None,
        *,
        kind: GatesKind = "quantiles",
        tokens: Sequence[str] | None = None,
        ax: Axes | Sequence[Axes] | npt.NDArray[np.object_] | None = None,
    ) -> Self:
        """Draw, one panel for each gate, from 0 (shut) to 1 (open).

        Parameters
        ----------
        names : str or list of str, default=None
            Names of gates, or ends of names: "Gamma_f" means the forget gates of all
            layers and directions. None: all gates of the last recurrent layer.
        kind : {"quantiles", "heatmap"}, default="quantiles"
            "quantiles": the mean over the units at each step, and bands with the middle
            50 and 80 percent of the units. "heatmap": one row per unit, beginning with
            the units that are most open.
        tokens : list of str, default=None
            Labels below the steps. None: the tokens, if the model reads tokens, else
            the numbers of the steps, from 0.
        ax : matplotlib Axes or list of them, default=None
            One per panel. None: a new figure.

        Returns
        -------
        GatesDisplay

        Raises
        ------
        ValueError
            If the cells have no gates, or if a name is not that of a gate.
        """
        owner = "GatesDisplay.plot"
        pyplot = import_extra("matplotlib.pyplot", "sksequence[plots]", owner)
        p.check_value(kind, "kind", owner, [p.one_of("quantiles", "heatmap")])
        chosen = self._choose(names)
        parts = [part_of(name) for name in chosen]
        width = width_of(max(len(self.trace[name]) for name in chosen))
        axes = panel_axes(pyplot, ax, [1.3] * len(chosen), width)
        for axis, part, name in zip(axes, parts, chosen):
            values = self.trace[name]
            if kind == "heatmap":
                order = np.argsort(-values.mean(axis=0), kind="stable")
                heatmap(axis, values.T[order], 0, 1, "viridis")
            else:
                _draw_quantiles(axis, values)
            written = tokens
            if tokens is None and f"{part}tokens" in self.trace.kinds:
                written = self.trace[f"{part}tokens"]
            axis.set_xlim(-0.5, len(values) - 0.5)
            write_steps(pyplot, axis, written, len(values))
        labels = labels_of(chosen)
        name_panels(axes, [labels[name] for name in chosen])
        name_steps(axes, [f"step of the {k[:-1]}" if k else "step" for k in parts])
        self.axes_, self.figure_ = np.array(axes), axes[0].figure
        return self

    def _choose(self, names):
        """The gates to draw: full name -> what it was called."""
        gates = [name for name, kind in self.trace.kinds.items() if kind == "gate"]
        if not gates:
            raise ValueError(
                f"The cells of this {self.trace.owner} have no gates: there is nothing "
                "to show. Set cell='gru' or 'lstm' and fit again."
            )
        if names is None:
            layer = re.match(r"(.*rnn\d+\.)", gates[-1])[0]
            return {name: name for name in gates if name.startswith(layer)}
        chosen = {}
        for name in names_listed(names):
            found = [full for full in self.trace.find(name) if full in gates]
            if not found:
                raise ValueError(
                    f"names holds {brief(name)}, which is not a gate. The gates are: "
                    f"{', '.join(gates)}."
                )
            chosen.update(dict.fromkeys(found, name))
        return chosen


def _draw_quantiles(ax, values):
    """The mean over the units, and how they lie around it."""
    steps = np.arange(len(values))
    (line,) = ax.plot(steps, values.mean(axis=1), lw=1.8)
    for low, high, alpha in BANDS:
        low, high = np.quantile(values, [low, high], axis=1)
        ax.fill_between(steps, low, high, color=line.get_color(), alpha=alpha, lw=0)
    ax.set_ylim(-0.03, 1.03)
    ax.set_yticks([0, 0.5, 1])
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
