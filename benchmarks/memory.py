"""Peak memory of fit beside PyTorch's, and how our time and memory grow with sizes.

    python benchmarks/memory.py [--quick] [--out FILE.csv] [options]

Every measurement is a process of its own, with one thread. ``growth`` is the peak of
resident memory during ``fit`` above what was resident just before it, with the data
loaded and the libraries imported, after one tiny fit; ``total`` is the peak of the
whole process. Linux counts pages in batches, so growth is exact to half a megabyte.
"""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from _machine import machine
from _results import results_file

MB = 1e6
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
LEARNING_RATE = 1e-3
SIZES = ("n_sequences", "n_steps", "batch", "n_features", "n_units", "n_tokens")
FIGURES = ("n_rows", "growth_mb", "total_mb", "epoch_seconds", "fit_seconds")
FIELDS = ("part", "side", "cell", "lengths", *SIZES, *FIGURES)

# What doubles: its first value, how often, and the sizes that are not as here.
FIXED = dict(zip(SIZES, (320, 100, 32, 8, 32, None)))
CURVES = {
    "n_sequences": (256, 7, {"n_steps": 20}),
    "n_steps": (100, 7, {"n_sequences": 64}),
    "n_units": (16, 5, {}),
    "n_tokens": (1000, 10, {"n_features": 1}),
}
EMBEDDING_DIM = 32
N_COMMON = 1000  # tokens that occur, however large the vocabulary
# The steepest slope that each curve may have, log-log, in this order. An epoch
# should not depend on the vocabulary at all; the whole fit draws start values.
LIMITS = {
    "epoch_seconds": dict(zip(CURVES, (1, 1, 2, 0))),
    "fit_seconds": dict(zip(CURVES, (1, 1, 2, 1))),
    "growth_mb": dict(zip(CURVES, (1, 1, 2, 1))),
}


def slope_of(sizes, values):
    """The log-log slope of a curve over its upper half."""
    half = len(sizes) // 2
    return np.polyfit(np.log(sizes[half:]), np.log(values[half:]), 1)[0]


# -- in a process of its own; the other side is never imported -------------------------


def status_of(name):
    """An entry of the process's status in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(s.split()[1]) for s in lines if s.startswith(name + ":"))


def peak():
    """The most that was resident (since the reset), in bytes."""
    if sys.platform == "linux":
        return status_of("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def reset_peak():
    """What is resident now; where the peak cannot be reset, the peak so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return peak()
    return status_of("VmRSS")


def fit_ours(s, X, y):
    """Fit, and return the seconds of each epoch."""
    from _workloads import SEED, TIMED_CELLS

    from sksequence import RNNClassifier

    clf = RNNClassifier(
        s.n_units,
        cell=TIMED_CELLS[s.cell],
        embedding_dim=EMBEDDING_DIM if s.n_tokens else None,
        n_tokens=s.n_tokens,
        batch_size=s.batch,
        shuffle=s.part != "compare",  # there, both sides have the same batches
        clip_norm=None,
        learning_rate_init=LEARNING_RATE,
        max_iter=s.epochs,
        standardize=False,
        random_state=SEED,
        learning_rate="constant",
        bidirectional=False,
        pooling="last",
        dropout=0.0,
    ).fit(X, y)
    return [row["seconds"] for row in clf.history_]


def fit_theirs(s, X, y):
    """Fit, and return the seconds of each epoch."""
    import _peers as peers

    net = peers.make_net(s.cell, s, len(np.unique(y)), s.lengths, True, LEARNING_RATE)
    net.set_params(max_epochs=s.epochs).fit(peers.as_skorch_takes(X), y)
    return net.history[:, "dur"]


def measure_here(s):
    """The figures of one fit, as dict."""
    fit = {"ours": fit_ours, "theirs": fit_theirs}[s.side]
    with np.load(s.data) as file:
        values, lengths, y = file["values"], file["sizes"], file["y"]
    if s.lengths == "dense":
        X = values.reshape(len(lengths), lengths[0], *values.shape[1:])
    else:
        X = np.split(values, np.cumsum(lengths)[:-1])
    small = SimpleNamespace(**{**vars(s), "n_units": 4, "n_tokens": s.n_tokens and 1})
    fit(small, [np.zeros_like(x[:2]) for x in X[:8]], y[:8])  # imports what is lazy
    gc.collect()
    before = peak()
    start = reset_peak()
    started = time.perf_counter()
    seconds = fit(s, X, y)
    fit_seconds = time.perf_counter() - started
    return {
        "n_rows": len(values),
        "growth_mb": (peak() - start) / MB,
        "total_mb": max(before, peak()) / MB,
        "epoch_seconds": float(np.median(seconds)),
        "fit_seconds": fit_seconds,
    }


# -- in the process that asks ----------------------------------------------------------


def measure(X, y, settings, epochs):
    """A row of results: the settings and the figures of a fit in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder, "data.npz"))
        np.savez(data, values=np.concatenate(X), sizes=[len(x) for x in X], y=y)
        request = json.dumps(settings | {"data": data, "epochs": epochs})
        out = subprocess.run(
            [sys.executable, __file__, "--measure", request],
            env=os.environ | ONE_THREAD,
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
    return settings | json.loads(out)


def as_tokens(X, n_tokens):
    """Ids from noise, common and rare, spread over the vocabulary."""
    stride = n_tokens // N_COMMON
    return [(250 * np.abs(x[:, 0])).astype(int) % N_COMMON * stride for x in X]


def compare(X, y, settings, repeats):
    """Yield the rows of both sides, and print their medians side by side."""
    taken = {"ours": [], "theirs": []}
    for _ in range(repeats):
        for side, figures in taken.items():
            row = measure(X, y, settings | {"side": side}, epochs=2)
            figures.append((row["growth_mb"], row["total_mb"]))
            yield row
    ours, theirs = (np.median(figures, axis=0) for figures in taken.values())
    text = "  ".join(f"{a:8.1f} {b:7.1f} {a / b:5.2f}" for a, b in zip(ours, theirs))
    name = "x".join(str(settings[size]) for size in SIZES[1:-1])
    print(
        f"{name:<13} {settings['lengths']:<6} {settings['cell']:<4} {text}", flush=True
    )


def compare_all(arguments):
    """Yield the rows of all workloads."""
    from _workloads import LENGTHS, MAIN_WORKLOADS, Workload, make_data

    print("# growth and total in MB: ours, theirs, ours / theirs; goal: at most 1")
    workloads = [*MAIN_WORKLOADS, Workload(64, 64, 256, 256)]
    cells = ("lstm", "gru")
    if arguments.quick:
        workloads, cells = workloads[2:3], cells[:1]
    for workload, lengths in product(workloads, LENGTHS):
        X, y = make_data(workload, lengths, 2 if arguments.quick else 10)
        settings = {"part": "compare", "lengths": lengths, "n_sequences": len(X)}
        settings |= {**workload._asdict(), "n_tokens": None}
        for cell in cells:
            yield from compare(X, y, settings | {"cell": cell}, arguments.repeats)


def curve(varied, arguments):
    """Yield the rows of a curve, and print them and its slopes."""
    from _workloads import Workload, make_data

    first, doublings, others = CURVES[varied]
    rows = []
    for k in range(3 if arguments.quick else doublings + 1):
        sizes = FIXED | others | {varied: first * 2**k}
        workload = Workload(*(sizes[name] for name in Workload._fields))
        X, y = make_data(workload, "ragged", sizes["n_sequences"] // workload.batch)
        if sizes["n_tokens"]:
            X = as_tokens(X, sizes["n_tokens"])
        settings = {"part": varied, "side": "ours", "cell": "lstm", "lengths": "ragged"}
        row = measure(X, y, settings | sizes, epochs=3)
        rows.append(row)
        yield row
        print(
            f"{varied:<11} {row[varied]:>9,}: epoch {row['epoch_seconds']:7.3f} s, "
            f"fit {row['fit_seconds']:7.3f} s, growth {row['growth_mb']:7.1f} MB",
            flush=True,
        )
    for what, limit in LIMITS.items():
        slope = slope_of([r[varied] for r in rows], [r[what] for r in rows])
        print(f"# {varied}, {what}: slope {slope:.2f}, at most {limit[varied]}")


def main():
    """Measure what is asked for, print it, and write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ["compare", *CURVES]
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts)
    parser.add_argument("--repeats", type=int, help="processes a side (3; quick: 1)")
    parser.add_argument("--quick", action="store_true", help="few and small sizes")
    parser.add_argument("--out", type=Path, help="a CSV file for the results")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(
            json.dumps(measure_here(SimpleNamespace(**json.loads(arguments.measure))))
        )
        return
    arguments.repeats = arguments.repeats or (1 if arguments.quick else 3)
    facts = {
        **machine(),
        "peak_reset": Path("/proc/self/clear_refs").exists(),
        "repeats": arguments.repeats,
        "quick": arguments.quick,
    }
    with results_file(arguments.out, facts, FIELDS) as write:
        for part in arguments.parts:
            of_part = (
                compare_all(arguments) if part == "compare" else curve(part, arguments)
            )
            for row in of_part:
                write(row)


if __name__ == "__main__":
    main()
