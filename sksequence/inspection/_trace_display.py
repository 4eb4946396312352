"""Pictures of what a network does with one sequence: units over steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief, naming
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
from ._trace_labels import labels_of, part_of, place_of, shown
from ._trace_result import SequenceTrace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

Kind: TypeAlias = Literal["heatmap", "lines", "gradients"]

KINDS = ("heatmap", "lines", "gradients")
MAX_OUTPUTS = 12  # rows of y_hat that are shown: the likeliest
MAX_ROWS = 30  # of attention that are named
STYLES = ("-", "--", ":", "-.")
UNITS = ("state", "gate", "candidate")
FROM_0_TO_1 = {"gate": "viridis", "probability": "Blues", "attention": "Blues"}


class TraceDisplay:
    """A picture of hidden states, memory cells, gates and gradients over the steps.

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
    trace : The numbers.
    GradientFlowDisplay : How far back the gradients of a language model reach.

    Examples
    --------
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.inspection import TraceDisplay
    >>> model = RNNLanguageModel(16, "lstm", analyzer="char", max_iter=1)
    >>> model = model.fit(["the cat sat on the mat"] * 10)
    >>> display = TraceDisplay.from_estimator(
    ...     model, "the cat", gradients=True, names=["Gamma_f", "c"]
    ... )
    >>> len(display.axes_)  # two heat maps and the gradients
    3
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
        gradients: bool = False,
        names: str | Sequence[str] | None = None,
        kind: Kind = "heatmap",
        units: npt.ArrayLike | None = None,
        tokens: Sequence[str] | None = None,
        ax: Axes | Sequence[Axes] | npt.NDArray[np.object_] | None = None,
    ) -> Self:
        """Trace one sequence, and draw the result.

        Parameters
        ----------
        estimator, x, y, gradients
            See :func:`trace`.
        names, kind, units, tokens, ax
            See :meth:`plot`.

        Returns
        -------
        TraceDisplay
        """
        found = trace(estimator, x, y, gradients=gradients)
        return cls(found).plot(names, kind=kind, units=units, tokens=tokens, ax=ax)

    def plot(
        self,
        names: str | Sequence[str] | None = None,
        *,
        kind: Kind = "heatmap",
        units: npt.ArrayLike | None = None,
        tokens: Sequence[str] | None = None,
        ax: Axes | Sequence[Axes] | npt.NDArray[np.object_] | None = None,
    ) -> Self:
        """Draw, one panel for each array, and one for the gradients if there are any.

        Gates have the same colors from 0 to 1 in every picture. States and candidates
        are white at zero. The norms of gradients are drawn on a logarithmic axis,
        without norms of zero.

        Parameters
        ----------
        names : str or list of str, default=None
            Names of arrays, or ends of names: "a" means the hidden states of all layers
            and directions. None: states and gates of the last recurrent layer.
        kind : {"heatmap", "lines", "gradients"}, default="heatmap"
            Units as rows of a heat map or as lines; or only the gradients.
        units : array-like of int, default=None
            The units of states and gates to show, in this order. None: all.
        tokens : list of str, default=None
            Labels below the steps. None: the tokens, if the model reads tokens, else
            the numbers of the steps, from 0.
        ax : matplotlib Axes or list of them, default=None
            One per panel. None: a new figure.

        Returns
        -------
        TraceDisplay

        Raises
        ------
        ValueError
            If a name is not one of the trace's, or an array has no steps to draw.
        """
        pyplot = import_extra(
            "matplotlib.pyplot", "sksequence[plots]", "TraceDisplay.plot"
        )
        p.check_value(kind, "kind", "TraceDisplay.plot", [p.one_of(*KINDS)])
        chosen = self._choose(names)
        panels = self._panels(chosen, kind)
        labels = labels_of(chosen)
        axes, written = self._axes(pyplot, panels, ax), []
        for axis, (part, found) in zip(axes, panels):
            if isinstance(found, list):
                self._draw_norms(axis, {name: labels[name] for name in found})
                label = "norm of\nthe gradient"
            else:
                self._draw(axis, found, kind, units)
                label = labels[found]
            written.append(label)
            n_steps = self._n_steps(part)
            axis.set_xlim(-0.5, n_steps - 0.5)
            write_steps(pyplot, axis, self._tokens(part, tokens), n_steps)
        name_panels(axes, written)
        name_steps(
            axes, [f"step of the {part[:-1]}" if part else "step" for part, _ in panels]
        )
        self.axes_, self.figure_ = np.array(axes), axes[0].figure
        return self

    # -- what ----------------------------------------------------------------------

    def _choose(self, names):
        """The arrays to draw: full name -> what it was called."""
        kinds = self.trace.kinds
        if names is None:
            last = [k for k, kind in kinds.items() if kind == "state"][-1]
            layer = re.match(r"(.*rnn\d+\.)", last)[0]
            return {k: k for k in kinds if k.startswith(layer)}
        chosen = {}
        for name in names_listed(names):
            found = [k for k in self.trace.find(name) if kinds[k] != "tokens"]
            if not found:
                known = ", ".join(k for k in kinds if kinds[k] != "tokens")
                raise ValueError(
                    f"names holds {brief(name)}, which is not one of: {known}."
                )
            chosen.update(dict.fromkeys(found, name))
        for name in chosen:
            if self.trace[name].shape[0] != self._n_steps(part_of(name)):
                raise ValueError(
                    f"{name} is one prediction for the whole sequence: there are no "
                    "steps to draw."
                )
        return chosen

    def _panels(self, chosen, kind):
        """(part of the network, the name of an array or a list of those of gradients).

        Those of one part, which share its steps, follow one another.
        """
        gradients, panels = self.trace.gradients, []
        if gradients is None and kind == "gradients":
            raise ValueError("kind='gradients' needs a trace with gradients=True.")
        for part in dict.fromkeys(map(part_of, chosen)):
            of_part = [name for name in chosen if part_of(name) == part]
            if kind != "gradients":
                panels += [(part, name) for name in of_part]
            if gradients is not None:
                panels.append((part, [k for k in of_part if k in gradients]))
        return panels

    def _n_steps(self, part):
        return self.trace[f"{part}x"].shape[0]

    def _tokens(self, part, tokens):
        if tokens is None and f"{part}tokens" in self.trace.kinds:
            tokens = self.trace[f"{part}tokens"]
        return tokens

    # -- how -----------------------------------------------------------------------

    def _rows(self, name, units=None):
        """(values with one column a row of the picture, names of the rows or None)."""
        values, what, names = dense(self.trace[name]), self.trace.kinds[name], None
        if what == "probability":
            highest = values.max(axis=0)
            likely = np.sort(np.argsort(-highest, kind="stable")[:MAX_OUTPUTS])
            values, names = values[:, likely], self.trace.classes[likely]
        elif what == "attention":
            names = self._tokens("encoder.", None)
        elif units is not None and what in UNITS:
            with naming("units"):
                values = values[:, units]
        return values, names if names is not None and len(names) <= MAX_ROWS else None

    def _draw(self, ax, name, kind, units):
        what, (values, rows) = self.trace.kinds[name], self._rows(name, units)
        if kind == "lines" or what == "number":
            draw_lines(ax, values, what)
            return
        if what in FROM_0_TO_1:
            heatmap(ax, values.T, 0, 1, FROM_0_TO_1[what])
        else:
            reach, highest = self._reach(name)
            extend = "both" if highest > reach else "neither"
            heatmap(ax, values.T, -reach, reach, "RdBu_r", extend)
        if rows is not None:
            ax.set_yticks(range(len(rows)), map(shown, rows), fontsize=7)
            ax.tick_params(axis="y", length=0)

    def _reach(self, name):
        """Where the colors of a state end, and how far it goes, in all layers.

        A few units that go much further would leave the others pale.
        """
        leaf = name.rpartition(".")[2]
        alike = [self.trace[k] for k in self.trace if k.rpartition(".")[2] == leaf]
        sizes = np.concatenate([np.ravel(abs(values)) for values in map(dense, alike)])
        most, highest = np.quantile(sizes, 0.98), sizes.max()
        return (most if highest > 1.5 * most > 0 else highest or 1.0), highest

    def _draw_norms(self, ax, labels):
        """One color a symbol; one style a layer and direction."""
        colors, styles = {}, {}
        for name, label in labels.items():
            where, _, symbol = label.rpartition("\n")
            color = colors.setdefault(symbol, f"C{len(colors)}")
            style = "-"
            if place_of(name):
                style = styles.setdefault(where, STYLES[len(styles) % len(STYLES)])
            norms = np.linalg.norm(self.trace.gradients[name], axis=1)
            norms = np.where(norms > 0, norms, np.nan)
            ax.semilogy(norms, color=color, ls=style, lw=1.5, marker=".", ms=4)
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        keys = [ax.plot([], [], color=c, lw=1.5)[0] for c in colors.values()]
        names = list(colors)
        if len(styles) > 1:
            black = ax.xaxis.label.get_color()  # or white
            keys += [ax.plot([], [], color=black, ls=s)[0] for s in styles.values()]
            names += list(styles)
        ax.legend(
            keys,
            names,
            frameon=False,
            fontsize=8,
            ncols=10,
            loc="lower left",
            bbox_to_anchor=(-0.01, 1),
            borderaxespad=0,
            columnspacing=1.2,
            handlelength=1.8,
        )

    def _axes(self, pyplot, panels, ax):
        """One Axes a panel."""
        heights = []
        for _, what in panels:
            if isinstance(what, list):
                heights.append(1.6)
            else:
                names = self._rows(what)[1]
                heights.append(max(0.85, 0.14 * len(() if names is None else names)))
        longest = max(self._n_steps(part) for part, _ in panels)
        return panel_axes(pyplot, ax, heights, width_of(longest))


def dense(values):
    return values.toarray() if hasattr(values, "toarray") else values


def draw_lines(ax, values, what):
    few = values.shape[1] <= 10
    ax.plot(values, lw=1, alpha=0.8 if few else 0.4, color=None if few else "C0")
    ax.spines[["top", "right"]].set_visible(False)
    if what in FROM_0_TO_1:
        ax.set_ylim(-0.03, 1.03)
    elif what != "number":
        ax.axhline(0, color="0.7", lw=0.8, zorder=0)
