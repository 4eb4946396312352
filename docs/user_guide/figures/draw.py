"""Boxes, circles and arrows for the guide's diagrams."""

from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

STATE, INPUT, OUTPUT, GATE = "#9ecae1", "#d9d9d9", "#fdd0a2", "#c7e9c0"
BACK = "#d62728"


def canvas(width, height, scale=0.62):
    """Axes without frame, in units of about one box."""
    fig, ax = plt.subplots(figsize=(width * scale, height * scale))
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.axis("off")
    fig.subplots_adjust(0, 0, 1, 1)
    return ax


def box(ax, x, y, text="", color=STATE, width=1.1, height=0.8, size=12):
    """A rounded box with its center at (x, y)."""
    corner = (x - width / 2, y - height / 2)
    style = "round,pad=0,rounding_size=0.12"
    patch = FancyBboxPatch(corner, width, height, style, fc=color, ec="#444", zorder=3)
    ax.add_patch(patch)
    label(ax, x, y, text, size)


def circle(ax, x, y, text, radius=0.26, size=12, color="white"):
    """A small circle: an operation on what flows into it."""
    ax.add_patch(Circle((x, y), radius, fc=color, ec="#444", zorder=3))
    label(ax, x, y, text, size)


def grid(ax, x, y, n_rows, n_columns, color, size=0.5):
    """Cells of a matrix or a vector, with the upper left corner at (x, y)."""
    for i in range(n_rows):
        for j in range(n_columns):
            corner = (x + j * size, y - (i + 1) * size)
            cell = Rectangle(corner, size, size, fc=color, ec="#444", lw=0.8, zorder=3)
            ax.add_patch(cell)


def label(ax, x, y, text, size=12, color="black", **kwargs):
    """Text centered at (x, y)."""
    kwargs = {"ha": "center", "va": "center", "zorder": 5, **kwargs}
    ax.text(x, y, text, fontsize=size, color=color, **kwargs)


def arrow(ax, start, end, color="#444", bend=0.0, width=1.3, style="-|>", line="-"):
    """An arrow from one point to another."""
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": style,
            "color": color,
            "lw": width,
            "ls": line,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 12,
            "connectionstyle": f"arc3,rad={bend}",
        },
        zorder=2,
    )


def path(ax, *points, color="#444", width=1.3, head=True):
    """Straight lines through points, with an arrow's head at the last one."""
    for a, b in pairwise(points[:-1]):
        ax.plot(*zip(a, b), color=color, lw=width, zorder=2, solid_capstyle="round")
    a, b = points[-2:]
    if head:
        arrow(ax, a, b, color=color, width=width)
    else:
        ax.plot(*zip(a, b), color=color, lw=width, zorder=2)
