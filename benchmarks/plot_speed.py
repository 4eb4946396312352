"""A figure of the ratios in a file of speed.py.

    python benchmarks/plot_speed.py RESULTS.csv FIGURE.png [options]

One panel for each operation and kind of lengths, one row of dots for each workload. A
dot is the median of theirs / ours, the line through it goes from quartile to quartile.
"""

import argparse

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from _workloads import LENGTHS, OPERATIONS, TIMED_CELLS, WORKLOADS
from compare import MAIN, read

TITLES = {
    "forward": "one layer, forward",
    "forward_backward": "one layer, forward and backward",
    "fit": "fit",
    "predict": "predict",
    "predict_one": "predict one sequence",
    "step": "a step of one sequence",
    "second_thread": "fit, two threads over one",
}
LABELS = {
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
    "gru_simple": "simplified GRU",
    "lstm_peephole": "peephole LSTM",
}
# Okabe and Ito's colours, told apart with any colour vision, and a shape each.
LOOKS = dict(
    zip(
        TIMED_CELLS,
        [
            ("#0072B2", "o"),
            ("#D55E00", "s"),
            ("#009E73", "^"),
            ("#CC79A7", "D"),
            ("#7F7F7F", "v"),
        ],
    )
)
LANE = 0.15  # between the dots of two cells
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]


def draw_panel(ax, rows, workloads, operation, lengths):
    """The dots of one operation and kind of lengths."""
    ax.axvline(1, color="#444444", linewidth=1.2, zorder=1)
    for place in range(0, len(workloads), 2):
        ax.axhspan(place - 0.5, place + 0.5, color="#f4f4f4", zorder=0)
    n_main = sum(name in MAIN for name in workloads)
    if 0 < n_main < len(workloads):
        ax.axhline(n_main - 0.5, color="#999999", linewidth=0.8, zorder=1)
    cells = [cell for cell in LOOKS if any(row["cell"] == cell for row in rows)]
    for row in rows:
        if (row["operation"], row["lengths"]) != (operation, lengths):
            continue
        color, marker = LOOKS[row["cell"]]
        lane = LANE * (cells.index(row["cell"]) - (len(cells) - 1) / 2)
        y = workloads.index(row["workload"]) + lane
        ax.plot([row["ratio_q1"], row["ratio_q3"]], [y, y], color=color, linewidth=1.2)
        ax.plot(row["ratio"], y, marker, color=color, markersize=4)
    ax.set_xscale("log")
    ax.set_ylim(len(workloads) - 0.5, -0.5)
    ax.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=8)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def draw(rows, facts, threads, engine=None):
    """The figure of the measurements with one number of threads, and one engine.

    It is the last one that was measured, if none is named. Where lengths differ,
    PyTorch's own layers are given them packed.
    """
    engine = engine or rows[-1]["engine"]
    rows = [
        row
        for row in rows
        if (row["threads"], row["engine"]) == (threads, engine)
        and row["peer"] in ("torch", "packed")
    ]
    present = [w.name for w in WORKLOADS if any(r["workload"] == w.name for r in rows)]
    operations = [
        name
        for names in OPERATIONS.values()
        for name in names
        if any(row["operation"] == name for row in rows)
    ]
    kinds = [k for k in LENGTHS if any(row["lengths"] == k for row in rows)]
    height = len(operations) * (0.7 + 0.27 * len(present)) + 1.1
    figure, axes = plt.subplots(
        len(operations),
        len(kinds),
        figsize=(9, height),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for line, operation in zip(axes, operations):
        for ax, lengths in zip(line, kinds):
            draw_panel(ax, rows, present, operation, lengths)
            title = f"{TITLES[operation]}, {lengths}"
            ax.set_title(title, loc="left", fontsize=10, pad=5)
    names = [name.replace("x", ", ") for name in present]
    axes[0, 0].set_yticks(range(len(present)), names)
    low = min(row["ratio_q1"] for row in rows) / 1.15
    high = max(row["ratio_q3"] for row in rows) * 1.15
    low, high = min(low, 0.7), max(high, 4)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes[0, 0].set_xlim(low, high)
    axes[0, 0].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes[0, 0].minorticks_off()
    for ax in axes[-1]:
        ax.set_xlabel("PyTorch's time / ours: right of 1 we are faster", fontsize=9)
    handles = [
        plt.Line2D([], [], color=color, marker=marker, label=LABELS[cell])
        for cell, (color, marker) in LOOKS.items()
        if any(row["cell"] == cell for row in rows)
    ]
    plural = "" if threads == 1 else "s"
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        title=f'engine="{engine}", {threads} thread{plural} on '
        f"{facts.get('cpu', 'an unknown CPU')}, "
        f"torch {facts.get('torch', '?')}, NumPy {facts.get('numpy', '?')}; rows: "
        "n_steps, batch, n_features, n_units",
        title_fontsize=9,
    )
    return figure


def main():
    """Draw one file of results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results")
    parser.add_argument("figure", help="a PNG or SVG file")
    parser.add_argument("--level", choices=list(OPERATIONS), help="only this one")
    parser.add_argument("--threads", type=int, default=1, help="(1)")
    parser.add_argument("--engine", help="(the last one that was measured)")
    arguments = parser.parse_args()
    facts, rows = read(arguments.results)
    rows = [row for row in rows if arguments.level in (None, row["level"])]
    if not any(row["threads"] == arguments.threads for row in rows):
        parser.error(f"{arguments.results} has no such measurements")
    figure = draw(rows, facts, arguments.threads, arguments.engine)
    figure.savefig(arguments.figure, dpi=100)


if __name__ == "__main__":
    main()
