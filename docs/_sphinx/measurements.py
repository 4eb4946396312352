"""Tables of what was measured, from benchmarks/results."""

import numpy as np


def speed_table():
    """Text of performance/_table.rst, from benchmarks/speed.py."""
    from _results import FOLDER
    from _workloads import PEER_NAMES
    from compare import MAIN, geometric_mean, grouped, read

    _, rows = read(FOLDER / "speed.csv")
    rows = [r for r in rows if r["level"] == "estimator" and r["workload"] in MAIN]
    rows = [r for r in rows if r["threads"] == 1 or r["operation"] == "fit"]
    engines = list(dict.fromkeys(row["engine"] for row in rows))
    names = ("operation", "threads", "lengths", "cell", "peer")
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "",
        *_table_row("call", *names[1:4], "beside", *engines, "faster at all sizes"),
    ]
    for (operation, *case, peer), members in grouped(rows, names).items():
        figures = []
        for engine in engines:
            ratios = [row["ratio"] for row in members if row["engine"] == engine]
            least, greatest = min(ratios), max(ratios)
            mean = geometric_mean(ratios)
            figures.append(f"{mean:.2f} ({least:.2f} to {greatest:.2f})")
        faster = "neither"  # of the last engine
        if round(least, 2) > 1:
            faster = "sksequence"
        elif round(greatest, 2) < 1:
            faster = PEER_NAMES[peer].partition(",")[0]
        operation = operation.replace("_", " ")
        lines += _table_row(operation, *case, PEER_NAMES[peer], *figures, faster)
    return "\n".join(lines) + "\n"


def memory_table():
    """Text of performance/_memory.rst, from benchmarks/memory.py."""
    from _results import FOLDER, read

    cases = {}
    for row in read(FOLDER / "memory.csv")[1]:
        if row["part"] == "compare":
            sizes = ("n_steps", "batch", "n_features", "n_units")
            case = ", ".join(row[size] for size in sizes), row["lengths"], row["cell"]
            figures = float(row["growth_mb"]), float(row["total_mb"])
            cases.setdefault(case, {}).setdefault(row["side"], []).append(figures)
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "",
        *_table_row(
            "", "lengths", "cell", "ours adds", "theirs", "ours in all", "theirs"
        ),
    ]
    for case, sides in cases.items():
        ours, theirs = (np.median(sides[side], axis=0) for side in ("ours", "theirs"))
        figures = (ours[0], theirs[0], ours[1], theirs[1])
        lines += _table_row(*case, *(f"{value:.0f}" for value in figures))
    return "\n".join(lines) + "\n"


def _table_row(first, *others):
    return [f"   * - {first}", *(f"     - {other}" for other in others)]
