"""Time beside PyTorch and skorch: same data, same weights, same run.

    python benchmarks/speed.py [--quick] [--out FILE.csv] [options]

Two levels: ``kernel`` is one recurrent layer on one batch, ``estimator`` what a user's
call of fit or predict costs. Before anything is timed, outputs and gradients of both
sides are compared. A ratio above 1 means that we are faster.
"""

import argparse
import gc
import math
import time
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import numpy as np
import torch
from _pairs import CALLS
from _results import machine, results_file
from _workloads import LENGTHS, OPERATIONS, SEED, TIMED_CELLS, WORKLOADS, flops
from compare import FIELDS, print_summary, text_of
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")
PEAK_SIZE = 2048
BLOCK = 0.02  # seconds of calls between two pauses, at least
NAP = 0.005  # seconds of sleep in which an idle process uses next to no CPU


# -- timing ----------------------------------------------------------------------------


def peak_of_sgemm(threads):
    """Operations a second of a large product, the best of some."""
    a, b = np.random.default_rng(SEED).random((2, PEAK_SIZE, PEAK_SIZE), np.float32)
    out = np.empty_like(a)
    seconds = []
    with BLAS.limit(limits=threads):
        for _ in range(6):
            started = time.perf_counter()
            np.matmul(a, b, out=out)
            seconds.append(time.perf_counter() - started)
    return 2 * PEAK_SIZE**3 / min(seconds)


def wait_until_idle():
    """Sleep until no thread of either side spins: OpenBLAS's do so for 0.1 s."""
    for _ in range(200):  # at most for a second
        before = time.process_time()
        time.sleep(NAP)
        if time.process_time() - before < NAP / 10:
            return


def seconds_of_block(call, n_calls):
    """Mean seconds of a call, among some in a row, after a pause and a warm-up."""
    gc.collect()
    wait_until_idle()
    if n_calls > 1:
        call()
    gc.disable()
    started = time.perf_counter()
    for _ in range(n_calls):
        call()
    seconds = time.perf_counter() - started
    gc.enable()
    return seconds / n_calls


def seconds_of_pairs(ours, theirs, repeats, limit):
    """Interleaved blocks of both sides, (repeats, 2).

    ``limit`` makes a context for our side. The sides take turns at going first.
    """
    sides = [(ours, limit), (theirs, nullcontext)]
    n_calls = []
    for call, context in sides:
        with context():
            call()
            once = seconds_of_block(call, 1)
        n_calls.append(max(1, math.ceil(BLOCK / once)))
    seconds = np.empty((repeats, 2))
    for k in range(repeats):
        for side in (0, 1) if k % 2 == 0 else (1, 0):
            call, context = sides[side]
            with context():
                seconds[k, side] = seconds_of_block(call, n_calls[side])
    return seconds


def measure(level, threads, workload, lengths, cell, peak, arguments):
    """Check both sides, time their calls, and yield a row for each operation."""
    torch.set_num_threads(threads)

    def limit():  # an estimator does so itself; further threads are not those of BLAS
        return BLAS.limit(limits=1) if level == "kernel" else nullcontext()

    with limit():
        calls = CALLS[level](workload, lengths, cell, threads, arguments)
    gc.collect()
    gc.freeze()  # what the libraries hold need not be searched before each block
    for operation, (ours, theirs, n_rows, n_batches) in calls.items():
        if operation not in arguments.operations:
            continue
        seconds = seconds_of_pairs(ours, theirs, arguments.repeats, limit)
        low, ratio, high = np.quantile(seconds[:, 1] / seconds[:, 0], [0.25, 0.5, 0.75])
        ours_s, theirs_s = np.median(seconds, axis=0)
        work = flops(workload, TIMED_CELLS[cell], n_rows, operation)
        yield {
            "level": level,
            "operation": operation,
            "workload": workload.name,
            "lengths": lengths,
            "cell": cell,
            "threads": threads,
            "ours_ms": 1e3 * ours_s / n_batches,
            "theirs_ms": 1e3 * theirs_s / n_batches,
            "ratio": ratio,
            "ratio_q1": low,
            "ratio_q3": high,
            "peak_fraction": work / ours_s / peak,
        }
    gc.unfreeze()


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
    }.items():
        text = ", ".join(choices)
        parser.add_argument(
            option, choices=choices, default=choices, help=text, **several
        )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--workloads",
        default=[""],
        help=f"indices or parts of names: {names}",
        **several,
    )
    parser.add_argument(
        "--ragged-peer",
        choices=["packed", "padded"],
        default="packed",
        help="what PyTorch's own layers are given where lengths differ",
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
    blas = {
        f"{b.internal_api} {b.version} {b.architecture}" for b in BLAS.lib_controllers
    }
    return {
        **machine(),
        "blas": ", ".join(sorted(blas)),
        "ragged_peer": arguments.ragged_peer,
        "peer_predict_batch": arguments.peer_predict_batch or "that of fit",
        "repeats": arguments.repeats,
        "quick": arguments.quick,
        **{f"peak_gflops_{k}_threads": f"{p / 1e9:.1f}" for k, p in peaks.items()},
    }


def line_of(row):
    """A measurement in one line."""
    return (
        f"{text_of(row)} "
        f"{row['ours_ms']:>9.3f} {row['theirs_ms']:>9.3f} {row['ratio']:>6.2f} "
        f"{row['ratio_q1']:>6.2f}-{row['ratio_q3']:<6.2f} {row['peak_fraction']:>5.0%}"
    )


def main():
    """Measure what is asked for, print it, and write it to a file."""
    arguments = parse_arguments()
    torch.set_num_interop_threads(1)
    peaks = {threads: peak_of_sgemm(threads) for threads in arguments.threads}
    rows = []
    with results_file(arguments.out, facts(arguments, peaks), FIELDS) as write:
        print(
            "# what, cell, threads: ours ms, theirs ms, theirs / ours, its quartiles, "
            "our fraction of the peak"
        )
        for level, threads, workload, lengths, cell in product(
            arguments.level,
            arguments.threads,
            arguments.workloads,
            arguments.lengths,
            arguments.cells,
        ):
            for row in measure(
                level, threads, workload, lengths, cell, peaks[threads], arguments
            ):
                print(line_of(row), flush=True)
                write(row)
                rows.append(row)
    if rows:
        print_summary(rows)


if __name__ == "__main__":
    main()
