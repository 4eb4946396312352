"""A figure of the curves in a file of memory.py.

    python benchmarks/plot_scaling.py RESULTS.csv FIGURE.png

Seconds above, memory below, all axes logarithmic. A dashed line rises as steeply as the
curve below it may; the slopes in words are those of the curves' upper halves.
"""

import argparse

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from _results import read
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from memory import CURVES, EMBEDDING_DIM, FIXED, LIMITS, slope_of

# Okabe and Ito's colours, told apart with any colour vision.
LOOKS = {
    "epoch_seconds": ("an epoch", "#0072B2", "o"),
    "fit_seconds": ("fit: three epochs, and what is around them", "#009E73", "^"),
    "growth_mb": ("growth of the peak in fit", "#D55E00", "s"),
}
LINES = {"seconds": ["fit_seconds", "epoch_seconds"], "megabytes": ["growth_mb"]}
GUIDE = {"color": "#8a8a8a", "linewidth": 0.9, "linestyle": (0, (4, 3)), "zorder": 1}
ABOVE = 1.7  # how far a guide is above its curve


def read_curves(path):
    """The header's facts, and the rows of each curve, by what doubles."""
    facts, rows = read(path)
    curves = {name: [row for row in rows if row["part"] == name] for name in CURVES}
    return facts, {name: curve for name, curve in curves.items() if curve}


def short(value, _=None):
    """A number in few characters: 0.01, 20, 3k, 1M."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def sizes_that_stay(name):
    """What does not double in a panel, in words."""
    sizes = FIXED | CURVES[name][2]
    width = (
        {"n_features": f"embedding_dim {EMBEDDING_DIM}"} if name == "n_tokens" else {}
    )
    shown = ("n_sequences", "n_steps", "n_features", "n_units")
    kept = [width.get(s, f"{s} {sizes[s]}") for s in shown if s != name]
    return ", ".join(kept[:2]) + ",\n" + ", ".join(kept[2:])


def draw_curve(ax, name, rows, what):
    """One curve, beside a guide of the steepest slope it may have; its slope."""
    _, color, marker = LOOKS[what]
    sizes = [int(row[name]) for row in rows]
    values = [float(row[what]) for row in rows]
    ax.plot(sizes, values, marker, ls="-", color=color, markersize=4, linewidth=1.3)
    if what != "fit_seconds":  # parallel to that of the epochs
        upper, limit = slice(len(sizes) // 2, None), LIMITS[what][name]
        grown = np.divide(sizes[upper], sizes[upper][0]) ** limit
        ax.plot(sizes[upper], ABOVE * max(values[upper] / grown) * grown, **GUIDE)
    return slope_of(sizes, values)


def draw(facts, curves):
    """The figure: a column for each thing that doubles."""
    figure, axes = plt.subplots(
        len(LINES),
        len(curves),
        figsize=(9, 5.4),
        sharex="col",
        sharey="row",
        squeeze=False,
        layout="constrained",
    )
    for line, (unit, drawn) in zip(axes, LINES.items()):
        line[0].set_ylabel(unit, fontsize=9)
        for ax, (name, rows) in zip(line, curves.items()):
            for k, what in enumerate(drawn):
                slope, limit = draw_curve(ax, name, rows, what), LIMITS[what][name]
                ax.annotate(
                    f"slope {slope:.2f} (at most {limit})",
                    (0, 1),
                    xycoords="axes fraction",
                    xytext=(5, -5 - 12 * k),
                    textcoords="offset points",
                    va="top",
                    fontsize=8,
                    color=LOOKS[what][1],
                )
            dress(ax)
    for name, top, bottom in zip(curves, *axes):
        top.set_title(name, fontsize=10.5, fontweight="bold", pad=8)
        bottom.set_xlabel(sizes_that_stay(name), fontsize=7.5, color="#555555")
    for line in axes:
        low, high = line[0].get_ylim()
        line[0].set_ylim(low, high * 6)  # room for the slopes
    handles = [
        plt.Line2D([], [], color=color, marker=marker, markersize=5, label=label)
        for label, color, marker in LOOKS.values()
    ]
    handles.append(plt.Line2D([], [], label="as steep as it may be", **GUIDE))
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        frameon=False,
        fontsize=8.5,
        title=f"LSTM, ragged sequences, batches of {FIXED['batch']}; one thread on "
        f"{facts.get('cpu', 'an unknown CPU')}, NumPy {facts.get('numpy', '?')}",
        title_fontsize=9,
    )
    return figure


def dress(ax):
    """Logarithmic axes with few, plain labels."""
    ax.set(xscale="log", yscale="log")
    ax.margins(x=0.08)
    for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        axis.set_major_locator(LogLocator(10 if high > 100 * low else 4))
        axis.set_major_formatter(FuncFormatter(short))
        axis.set_minor_locator(NullLocator())
    ax.grid(color="#e4e4e4", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=8)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color("#999999")


def main():
    """Draw one file of results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results")
    parser.add_argument("figure", help="a PNG or SVG file")
    arguments = parser.parse_args()
    facts, curves = read_curves(arguments.results)
    if not curves:
        parser.error(f"{arguments.results} has no curves")
    draw(facts, curves).savefig(arguments.figure, dpi=100)


if __name__ == "__main__":
    main()
