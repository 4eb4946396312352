"""Results of speed.py: read, summarised beside the goals, compared.

    python benchmarks/compare.py OLD.csv NEW.csv

A ratio is theirs / ours, so a change above 1 means that we became relatively faster.
Files whose BLAS ran on kernels of different architectures are not compared.
"""

import argparse
import sys

import _results
import numpy as np
from _goals import PEAK_GOAL, PEAK_GOAL_UNITS, goal_of
from _workloads import MAIN_WORKLOADS, STEP_WORKLOADS

NUMBERS = ("ours_ms", "theirs_ms", "ratio", "ratio_q1", "ratio_q3", "peak_fraction")
SIDES = ("engine", "peer")
KEY = ("level", "operation", "workload", "lengths", "cell", "threads", *SIDES)
FIELDS = KEY + NUMBERS
GROUP = ("level", "operation", "threads", "lengths", "cell", *SIDES)
WIDTHS = {
    **{"level": 9, "operation": 16, "workload": 13, "lengths": 6, "cell": 13},
    **{"engine": 5, "peer": 11},
}
MAIN = {workload.name for workload in MAIN_WORKLOADS + STEP_WORKLOADS}


def read(path):
    """The header's facts, and the measurements of a file."""
    facts, rows = _results.read(path)
    for row in rows:
        row["threads"] = int(row["threads"])
        row.update({name: float(row[name]) for name in NUMBERS})
    return facts, rows


def key_of(row, names=KEY):
    """What a row measured."""
    return tuple(row[name] for name in names)


def text_of(row, names=KEY):
    """What a row measured, in columns."""
    return " ".join(f"{row[name]:<{WIDTHS.get(name, 2)}}" for name in names)


def geometric_mean(values):
    """The geometric mean of positive numbers."""
    return float(np.exp(np.mean(np.log(values))))


def grouped(rows, names):
    """Rows by the values of some fields, in order of appearance."""
    groups = {}
    for row in rows:
        groups.setdefault(key_of(row, names), []).append(row)
    return groups


# -- beside the goals ------------------------------------------------------------------


def mean_and_least(rows):
    """Both figures of some rows as text, and as numbers."""
    if not rows:
        return f"{'-':>6} {'-':>6}", None
    ratios = [row["ratio"] for row in rows]
    values = geometric_mean(ratios), min(ratios)
    return "{:6.2f} {:6.2f}".format(*values), values


def verdict(values, goals, main):
    """Whether goals are reached, as text."""
    if values is None or goals == (None, None):
        return ""
    reached = all(
        wanted is None or value >= wanted for value, wanted in zip(values, goals)
    )
    steps = main[0]["level"] == "step"
    n, n_all = len(main), len(STEP_WORKLOADS if steps else MAIN_WORKLOADS)
    partly = "" if n == n_all else f" ({n} of {n_all})"
    return ("reached" if reached else "short") + partly


def print_summary(rows):
    """Print geometric means and least ratios beside the goals."""
    print("\nRatios theirs / ours: geometric mean and least one, the workloads of the")
    print("goals, the goals, and the hard workloads")
    for members in grouped(rows, GROUP).values():
        main = [row for row in members if row["workload"] in MAIN]
        hard = [row for row in members if row["workload"] not in MAIN]
        text, values = mean_and_least(main)
        name, goal = goal_of(members[0]) or ("", None)
        goals = (goal.mean, goal.least) if goal else (None, None)
        wanted = " ".join(f"{'-' if g is None else g:>5}" for g in goals)
        print(
            f"{text_of(members[0], GROUP)} {text}  "
            f"| {name:<14} {wanted} {verdict(values, goals, main):<16} "
            f"| {mean_and_least(hard)[0]}"
        )
    print_peaks(rows)


def print_peaks(rows):
    """Print the least fraction of the peak in ``fit`` with many units."""
    wide = [
        row
        for row in rows
        if row["operation"] == "fit"
        and int(row["workload"].split("x")[-1]) >= PEAK_GOAL_UNITS
    ]
    if not wide:
        return
    print(f"\nFraction of the peak in fit, {PEAK_GOAL_UNITS} units and more, least one")
    names = ("threads", "cell", "engine")
    for members in grouped(wide, names).values():
        fraction = min(row["peak_fraction"] for row in members)
        reached = "reached" if fraction >= PEAK_GOAL else "short"
        what = text_of(members[0], names)
        print(f"{what} {fraction:5.0%} | {PEAK_GOAL:.0%} {reached}")


# -- two files -------------------------------------------------------------------------


def refuse_other_kernels(old_facts, new_facts):
    """Stop if BLAS was of different architectures, or if a file does not say."""
    found = [facts.get("blas_architecture") for facts in (old_facts, new_facts)]
    if None in found:
        sys.exit("a file does not say which kernels BLAS used: measure it again")
    if found[0] != found[1]:
        sys.exit(
            f"BLAS was for {found[0]} in one file and for {found[1]} in the other: "
            "their times are not comparable"
        )


def beyond_spread(old, new):
    """Whether the quartiles of two ratios do not overlap."""
    return new["ratio_q1"] > old["ratio_q3"] or new["ratio_q3"] < old["ratio_q1"]


def compare(old_rows, new_rows):
    """Print the change of each ratio, geometric means, and what only one file has."""
    old, new = ({key_of(row): row for row in rows} for rows in (old_rows, new_rows))
    both = [key for key in old if key in new]
    print("ratios theirs / ours: old, new, change (* beyond the quartiles)")
    changes = []
    for key in both:
        a, b = old[key], new[key]
        change = b["ratio"] / a["ratio"]
        changes.append({**b, "change": change, "before": a["ratio"]})
        mark = " *" if beyond_spread(a, b) else ""
        print(f"{text_of(b)} {a['ratio']:6.2f} {b['ratio']:6.2f} {change:6.2f}{mark}")
    print("\ngeometric means over the workloads in both")
    for members in grouped(changes, GROUP).values():
        means = [
            geometric_mean([row[name] for row in members])
            for name in ("before", "ratio", "change")
        ]
        print(
            f"{text_of(members[0], GROUP)} "
            + " ".join(f"{mean:6.2f}" for mean in means)
        )
    for name, one, other in (("old", old, new), ("new", new, old)):
        lonely = [row for key, row in one.items() if key not in other]
        if lonely:
            print(f"\nonly in the {name} file")
            for row in lonely:
                print(f"{text_of(row)} {row['ratio']:6.2f}")


def main():
    """Compare the two files that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    arguments = parser.parse_args()
    (old_facts, old_rows), (new_facts, new_rows) = (
        read(arguments.old),
        read(arguments.new),
    )
    refuse_other_kernels(old_facts, new_facts)
    for name in old_facts | new_facts:
        a, b = old_facts.get(name), new_facts.get(name)
        if a != b:
            print(f"# {name}: {a} -> {b}")
    compare(old_rows, new_rows)


if __name__ == "__main__":
    main()
