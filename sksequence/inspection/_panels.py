"""Panels over the steps of a sequence, or over epochs, one below the other."""

from __future__ import annotations

import numpy as np

from .. import _frames
from ._trace_labels import shown

MAX_TOKENS = 100  # steps that have their tokens written below


def names_listed(names):
    """One name, or several, as a list, or an error if there is none."""
    found = [names] if isinstance(names, str) else _frames.names_of(names, "names")
    if not found:
        raise ValueError("names is empty: there is nothing to draw.")
    return found


def panel_axes(pyplot, ax, heights, width):
    """One Axes a panel: those that are given, or new ones.

    Parameters
    ----------
    pyplot : module
    ax : Axes, list of Axes, or None
    heights : list of float
        Of the panels of a new figure, in inches.
    width : float
        Of a new figure, in inches.

    Returns
    -------
    list of Axes
    """
    if ax is not None:
        axes = list(np.ravel(ax))
        if len(axes) != len(heights):
            raise ValueError(
                f"ax must hold one Axes for each of the {len(heights)} panels. Got "
                f"{len(axes)}."
            )
        return axes
    _, axes = pyplot.subplots(
        len(heights),
        figsize=(width, sum(heights) + 0.6),
        height_ratios=heights,
        layout="constrained",
    )
    return list(np.ravel(axes))


def width_of(n_steps):
    """Of a figure with so many steps side by side, in inches."""
    return float(np.clip(0.16 * n_steps + 2, 7, 13))


def name_panels(axes, labels):
    """Labels on the left of panels."""
    for axis, label in zip(axes, labels):
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
    axes[0].figure.align_ylabels(axes)


def name_steps(axes, names):
    """What the steps are, below the lowest panel of each kind of steps."""
    for k, (axis, name) in enumerate(zip(axes, names)):
        if name in names[k + 1 :]:  # its steps are written further down
            axis.tick_params(axis="x", labelbottom=False, length=0)
        else:
            axis.set_xlabel(name)


def write_steps(pyplot, ax, tokens, n_steps):
    """Tokens below the steps, if there are any and they fit."""
    if tokens is None or n_steps > MAX_TOKENS:
        ax.xaxis.set_major_locator(pyplot.MaxNLocator(integer=True))
        return
    check_tokens(tokens, n_steps)
    texts = [shown(token) for token in tokens]
    crowded = sum(map(len, texts)) > 1.6 * n_steps and max(map(len, texts)) > 2
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(n_steps), texts, fontsize=8, **(turned if crowded else {}))
    ax.tick_params(axis="x", length=2)


def check_tokens(tokens, n_steps, name="tokens"):
    """Raise an error if there is not one token for each step."""
    found = len(tokens) if hasattr(tokens, "__len__") else type(tokens).__name__
    if found != n_steps:
        raise ValueError(
            f"{name} must have one entry for each of the {n_steps} steps. Got {found}."
        )


def heatmap(ax, rows, low, high, cmap, extend="neither"):
    """Rows over the steps as colors, with a bar of three numbers."""
    image = ax.imshow(
        rows, vmin=low, vmax=high, cmap=cmap, aspect="auto", interpolation="nearest"
    )
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(
        image, ax=ax, pad=0.01, aspect=10, fraction=0.05, extend=extend
    )
    bar.outline.set_visible(False)
    ticks = [low, (low + high) / 2, high]
    bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks], fontsize=7)
