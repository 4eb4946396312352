"""Time beside PyTorch, skorch and ONNX Runtime: same data, same weights, same run.

    python benchmarks/speed.py [--quick] [--out FILE.csv] [options]
    python benchmarks/speed.py --goals layer predict-one    # what these goals need

Four levels: ``kernel`` is one recurrent layer on one batch, ``estimator`` what a user's
call of fit or predict costs, ``step`` a step of one sequence in a layer, and
``threads`` what a second thread of ours gives. Before anything is timed, outputs and
gradients of all sides are compared. A ratio above 1 means that we are faster.
"""

import argparse
import gc
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import numpy as np
import torch
from _engines import ENGINES
from _estimator_cases import estimator_cases, thread_cases
from _goals import GOALS
from _layer_cases import kernel_cases, step_cases
from _machine import BLAS, machine
from _results import results_file
from _timing import peak_of_sgemm, ratio_and_quartiles, seconds_of_sides
from _workloads import (
    LENGTHS,
    MAIN_WORKLOADS,
    OPERATIONS,
    PEERS,
    STEP_WORKLOADS,
    TIMED_CELLS,
    WORKLOADS,
    flops,
)
from compare import FIELDS, print_summary, text_of

CASES = {
    "kernel": kernel_cases,
    "estimator": estimator_cases,
    "step": step_cases,
    "threads": thread_cases,
}


# -- timing ----------------------------------------------------------------------------


def measure(level, threads, workload, lengths, cell, peak, arguments):
    """Check all sides, time their calls, and yield a row for each pair of them."""
    torch.set_num_threads(threads)

    def limit():  # an estimator does so itself; further threads are not those of BLAS
        of_layer = level in ("kernel", "step")
        return BLAS.limit(limits=1) if of_layer else nullcontext()

    with limit():
        cases = CASES[level](workload, lengths, cell, threads, arguments)
        cases = [case for case in cases if case.operation in arguments.operations]
    gc.collect()
    gc.freeze()  # what the libraries hold need not be searched before each block
    for case in cases:
        sides = list((case.ours | case.theirs).values())
        limits = [limit] * len(case.ours) + [nullcontext] * len(case.theirs)
        seconds = seconds_of_sides(sides, arguments.repeats, limits)
        of_side = dict(zip(case.ours | case.theirs, seconds.T, strict=True))
        work = flops(workload, TIMED_CELLS[cell], case.n_rows, case.operation)
        for engine, peer in product(case.ours, case.theirs):
            ours, theirs = of_side[engine], of_side[peer]
            ratio, low, high = ratio_and_quartiles(ours, theirs)
            yield {
                "level": level,
                "operation": case.operation,
                "workload": workload.name,
                "lengths": lengths,
                "cell": cell,
                "threads": threads,
                "engine": engine,
                "peer": peer,
                "ours_ms": 1e3 * np.median(ours) / case.n_batches,
                "theirs_ms": 1e3 * np.median(theirs) / case.n_batches,
                "ratio": ratio,
                "ratio_q1": low,
                "ratio_q3": high,
                "peak_fraction": work / np.median(ours) / peak,
            }
    gc.unfreeze()


def runs(arguments):
    """The arguments themselves, or for each goal that is named those that it needs."""
    if arguments.goals is None:
        yield arguments
        return
    for name in arguments.goals:
        goal, of_goal = GOALS[name], argparse.Namespace(**vars(arguments))
        of_goal.level, of_goal.operations = [goal.level], [goal.operation]
        of_goal.threads, of_goal.peers = [goal.threads], goal.peers
        of_goal.lengths, of_goal.cells = goal.lengths, goal.cells
        if not arguments.workloads_named:  # the hard ones have no goals
            of_goal.workloads = MAIN_WORKLOADS
        yield of_goal


def plan(arguments):
    """(level, threads, workload, lengths, cell) of all that is to be measured."""
    for level, threads in product(arguments.level, arguments.threads):
        if (level, threads) == ("threads", 1) or (level == "step" and threads > 1):
            continue  # two are compared with one; a step has no use of two
        workloads, lengths = arguments.workloads, arguments.lengths
        if level == "step":
            workloads, lengths = STEP_WORKLOADS, ["dense"]
        yield from product([level], [threads], workloads, lengths, arguments.cells)


# -- the command -----------------------------------------------------------------------


def parse_arguments():
    """The options, with workloads as such."""
    operations = [name for names in OPERATIONS.values() for name in names]
    names = ", ".join(f"{k} {w.name}" for k, w in enumerate(WORKLOADS))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    several = {"nargs": "+", "metavar": "NAME"}
    for option, choices in {
        "--level": list(OPERATIONS),
        "--operations": operations,
        "--lengths": list(LENGTHS),
        "--cells": list(TIMED_CELLS),
        "--engines": list(ENGINES),
        "--peers": list(PEERS),
    }.items():
        text = ", ".join(choices)
        parser.add_argument(
            option, choices=choices, default=choices, help=text, **several
        )
    parser.add_argument(
        "--goals",
        choices=list(GOALS),
        help="only what tells these goals, in place of level, operations, threads, "
        f"lengths, cells and peers: {', '.join(GOALS)}",
        **several,
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--workloads",
        default=[""],
        help=f"indices or parts of names: {names}",
        **several,
    )
    parser.add_argument(
        "--peer-predict-batch",
        type=int,
        help="skorch's batch in predict (else that of fit, its default; ours: 256)",
    )
    parser.add_argument("--repeats", type=int, help="pairs of blocks (11; quick: 3)")
    parser.add_argument("--quick", action="store_true", help="few pairs, short epochs")
    parser.add_argument(
        "--check", action="store_true", help="compare both sides, time nothing"
    )
    parser.add_argument("--out", type=Path, help="a CSV file for the results")
    arguments = parser.parse_args()
    arguments.repeats = arguments.repeats or (3 if arguments.quick else 11)
    if arguments.check:
        arguments.operations = []
    arguments.workloads_named = arguments.workloads != [""]
    arguments.workloads = [
        workload
        for k, workload in enumerate(WORKLOADS)
        if any(is_meant(wanted, k, workload.name) for wanted in arguments.workloads)
    ]
    if not arguments.workloads:
        parser.error(f"no such workload; there are {names}")
    return arguments


def is_meant(wanted, index, name):
    """Whether an index or a part of a name such as 100x32 means a workload."""
    return wanted == str(index) if wanted.isdecimal() else wanted in name


def facts(arguments, peaks):
    """What the results depend on, by name."""
    return {
        **machine(),
        "peer_predict_batch": arguments.peer_predict_batch or "that of fit",
        "repeats": arguments.repeats,
        "quick": arguments.quick,
        **{f"peak_gflops_{k}_threads": f"{p / 1e9:.1f}" for k, p in peaks.items()},
    }


def line_of(row):
    """A measurement in one line."""
    return (
        f"{text_of(row)} "
        f"{row['ours_ms']:>9.4f} {row['theirs_ms']:>9.4f} {row['ratio']:>6.2f} "
        f"{row['ratio_q1']:>6.2f}-{row['ratio_q3']:<6.2f} {row['peak_fraction']:>5.0%}"
    )


def main():
    """Measure what is asked for, print it, and write it to a file."""
    arguments = parse_arguments()
    torch.set_num_interop_threads(1)
    wanted = {threads for run in runs(arguments) for threads in run.threads}
    peaks = {threads: peak_of_sgemm(threads) for threads in sorted(wanted)}
    rows = []
    with results_file(arguments.out, facts(arguments, peaks), FIELDS) as write:
        print(
            "# what, cell, threads, engine, peer: ours ms, theirs ms, theirs / ours, "
            "its quartiles, our fraction of the peak"
        )
        for of_run in runs(arguments):
            for level, threads, *case in plan(of_run):
                for row in measure(level, threads, *case, peaks[threads], of_run):
                    print(line_of(row), flush=True)
                    write(row)
                    rows.append(row)
    if rows:
        print_summary(rows)


if __name__ == "__main__":
    main()
