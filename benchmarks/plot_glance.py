"""A figure of the goals in a file of speed.py: a line for each call and cell.

python benchmarks/plot_glance.py RESULTS.csv FIGURE.png
"""

import argparse

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from _goals import GOALS
from compare import MAIN, geometric_mean, read
from plot_speed import LABELS, TICKS

ENGINE_COLORS = {"numpy": "#E69F00", "numba": "#0072B2"}


def draw(rows, facts):
    """A line for each goal: the mean ratio by cell, and how far it goes by size."""
    rows = [row for row in rows if row["workload"] in MAIN or row["level"] == "step"]
    engines = list(dict.fromkeys(row["engine"] for row in rows))
    found = {}  # (goal's text, cell): rows
    for goal in GOALS.values():
        for cell in goal.cells:
            members = [r for r in rows if goal.is_of(r) and r["cell"] == cell]
            if members:
                found[goal.text, cell] = members
    figure, ax = plt.subplots(figsize=(9, 0.36 * len(found) + 1), layout="constrained")
    ax.axvline(1, color="#444444", linewidth=1.2, zorder=1)
    for y, members in enumerate(found.values()):
        for k, engine in enumerate(engines):
            ratios = [row["ratio"] for row in members if row["engine"] == engine]
            color, at = ENGINE_COLORS[engine], y + 0.22 * (k - (len(engines) - 1) / 2)
            ax.plot([min(ratios), max(ratios)], [at, at], color=color, linewidth=1.2)
            mean = geometric_mean(ratios)
            ax.plot(mean, at, "o", color=color, markersize=5)
    texts = [
        f"{text}, {LABELS[cell]}"
        if [t for t, _ in found].index(text) == y
        else LABELS[cell]
        for y, (text, cell) in enumerate(found)
    ]
    ax.set_yticks(range(len(found)), texts, fontsize=9)
    ax.set_ylim(len(found) - 0.5, -0.5)
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ticks = [tick for tick in TICKS if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=0)
    ax.tick_params(length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel("their time / ours: right of 1 we are faster", fontsize=9)
    handles = [
        plt.Line2D([], [], color=ENGINE_COLORS[e], marker="o", label=f'engine="{e}"')
        for e in engines
    ]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        title="Mean over all sizes (dot), least to greatest (line), on "
        f"{facts.get('cpu', 'an unknown CPU')}",
        title_fontsize=9,
    )
    return figure


def main():
    """Draw one file of results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results")
    parser.add_argument("figure", help="a PNG or SVG file")
    arguments = parser.parse_args()
    facts, rows = read(arguments.results)
    draw(rows, facts).savefig(arguments.figure, dpi=100)


if __name__ == "__main__":
    main()
