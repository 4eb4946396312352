"""Time beside PyTorch and skorch: same data, same weights, same run.

    python benchmarks/speed.py [--quick] [--out FILE.csv] [options]

Two levels: ``kernel`` is one recurrent layer on one batch, ``estimator`` what a user's
call of fit or predict costs. Before anything is timed, outputs and gradients of both
sides are compared. A ratio above 1 means that we are faster.
"""

import argparse
import csv
import gc
import math
import os
import platform
import sys
import time
from contextlib import nullcontext
from datetime import datetime
from itertools import product
from pathlib import Path

import _peers as peers
import numpy as np
import skorch
import torch
from _workloads import (
    LENGTHS,
    N_CLASSES,
    OPERATIONS,
    SEED,
    TIMED_CELLS,
    WORKLOADS,
    flops,
    make_data,
)
from compare import FIELDS, print_summary, text_of
from threadpoolctl import ThreadpoolController

import sksequence
from sksequence import RaggedArray, RNNClassifier
from sksequence.cells import Workspace
from sksequence.network import LOSSES, build_network
from sksequence.sequences import pack

TOLERANCE = 1e-5  # of the greatest absolute value of an array
LEARNING_RATE = 1e-3
N_BATCHES = 8  # in an epoch
BLAS = ThreadpoolController().select(user_api="blas")
PEAK_SIZE = 2048
BLOCK = 0.02  # seconds of calls between two pauses, at least
NAP = 0.005  # seconds of sleep in which an idle process uses next to no CPU


# -- our side --------------------------------------------------------------------------


def run_cell(cell, params, X, steps, workspace, dH=None):
    """One layer forwards, and backwards if there is a gradient from above.

    Returns
    -------
    H : ndarray of shape (n_rows, n_units)
    dX : ndarray of shape (n_rows, n_features), or None
    grads : dict of str -> ndarray, or None
    """
    need_tape = dH is not None
    H, _, tape = cell.forward(
        params, X, steps, need_tape=need_tape, workspace=workspace
    )
    if not need_tape:
        return H, None, None
    grads = {name: np.zeros_like(values) for name, values in params.items()}
    dX, _ = cell.backward(params, grads, dH, tape, workspace=workspace)
    return H, dX, grads


def gradient_of_batch(clf, X, y):
    """The gradients of the mean loss of a batch, by the parameters' names."""
    network = build_network(**clf.architecture_)
    rows, steps, order = pack(RaggedArray.from_sequences(list(X)), np.arange(len(X)))
    scores, tape = network.forward(clf.theta_, rows, steps)
    ones = np.ones(len(X), scores.dtype)
    _, dscores = LOSSES["softmax"].value_and_gradient(scores, y[order], ones)
    return network.backward(clf.theta_, dscores, tape).views()


# -- both sides compute the same -------------------------------------------------------


def assert_same(where, name, ours, theirs):
    """Stop if two arrays differ by more than ``TOLERANCE``, or in kind."""
    kinds = [f"{a.dtype} {a.shape}" for a in (ours, theirs)]
    if kinds[0] != kinds[1]:
        sys.exit(f"{where}: {name} is {kinds[0]}, theirs is {kinds[1]}")
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    if not error <= TOLERANCE:
        sys.exit(f"{where}: {name} differs by {error:.1e} of its greatest value")


def assert_same_gradients(where, cell, ours, theirs):
    """Compare the gradients of a layer, each side's by its own names."""
    n_gates = len(TIMED_CELLS[cell].gates)
    for name, values in ours.items():
        if name == "c":  # of PyTorch's second bias, we have the candidate's
            expected = theirs[peers.PARAMETERS[name]][-len(values) :]
            assert_same(where, "gradient of c", values, expected)
        else:
            turned = peers.to_torch(name, values, cell, n_gates)
            expected = theirs[peers.PARAMETERS[name]]
            assert_same(where, f"gradient of {name}", turned, expected)


# -- what is timed: pairs of calls that do the same ------------------------------------


def kernel_calls(workload, lengths, cell_name, threads, arguments):
    """By operation: (ours, theirs, rows of data, batches) of a call."""
    cell, rng = TIMED_CELLS[cell_name], np.random.RandomState(SEED)
    X, _ = make_data(workload, lengths)
    rows, steps, _ = pack(RaggedArray.from_sequences(list(X)), np.arange(len(X)))
    params = {
        name: np.empty(shape, np.float32)
        for name, shape in cell.shapes(workload.n_features, workload.n_units).items()
    }
    cell.init(params, rng)
    for name, values in params.items():
        if name not in ("W", "U"):  # biases and peepholes start constant
            values += rng.uniform(-0.5, 0.5, values.shape)
    shape = steps.n_rows, workload.n_units
    dH = rng.standard_normal(shape).astype(np.float32)

    layer = peers.make_layer(cell_name, workload.n_features, workload.n_units)
    peers.copy_weights(params, layer, cell_name, len(cell.gates))
    peer = peers.Kernel(
        cell_name, layer, rows, dH, steps.lengths, arguments.ragged_peer == "packed"
    )

    workspaces = Workspace(), Workspace()

    def forward():
        return run_cell(cell, params, rows, steps, workspaces[0])

    def forward_backward():
        return run_cell(cell, params, rows, steps, workspaces[1], dH)

    where = f"kernel {workload.name} {lengths} {cell_name}"
    H, dX, grads = forward_backward()
    H_peer, (dX_peer, *grads_peer) = peer.forward_backward()
    names = [name for name, _ in layer.named_parameters()]
    theirs = dict(zip(names, (g.numpy() for g in grads_peer)))
    assert_same(where, "the output", H, peer.rows(H_peer))
    assert_same(where, "the gradient of X", dX, peer.rows(dX_peer))
    assert_same_gradients(where, cell_name, grads, theirs)
    H, _, _ = forward()
    assert_same(where, "the output of forward alone", H, peer.rows(peer.forward()))
    return {
        "forward": (forward, peer.forward, steps.n_rows, 1),
        "forward_backward": (forward_backward, peer.forward_backward, steps.n_rows, 1),
    }


def estimator_calls(workload, lengths, cell_name, threads, arguments):
    """By operation: (ours, theirs, rows of data, batches) of a call."""
    n_batches = N_BATCHES
    if arguments.quick:
        n_batches = max(2, N_CLASSES // workload.batch)
    X, y = make_data(workload, lengths, n_batches)
    clf = RNNClassifier(
        workload.n_units,
        cell=TIMED_CELLS[cell_name],
        batch_size=workload.batch,
        shuffle=False,
        clip_norm=None,
        learning_rate_init=LEARNING_RATE,
        max_iter=1,
        n_jobs=threads,
        random_state=SEED,
    )
    X_peer = peers.as_skorch_takes(X)
    packed = arguments.ragged_peer == "packed"
    net = peers.make_net(cell_name, workload, N_CLASSES, lengths, packed, LEARNING_RATE)
    if arguments.peer_predict_batch:
        net.set_params(iterator_valid__batch_size=arguments.peer_predict_batch)
    clf.fit(X, y), net.fit(X_peer, y)

    params = clf.params_
    layer = {name[5:]: p for name, p in params.items() if name.startswith("rnn0.")}
    n_gates = len(TIMED_CELLS[cell_name].gates)
    peers.copy_weights(layer, net.module_.layer, cell_name, n_gates)
    peers.copy_output(params["output.W"], params["output.b"], net.module_.output)
    where = f"estimator {workload.name} {lengths} {cell_name}"
    first = slice(workload.batch)
    ours = gradient_of_batch(clf, X[first], y[first])
    theirs = peers.gradient_of_batch(net, X_peer[first], y[first])
    assert_same(where, "predict_proba", clf.predict_proba(X), net.predict_proba(X_peer))
    assert_same(
        where, "the output's W", ours.pop("output.W").T, theirs["output.weight"]
    )
    assert_same(where, "the output's b", ours.pop("output.b"), theirs["output.bias"])
    assert_same_gradients(
        where,
        cell_name,
        {name.removeprefix("rnn0."): values for name, values in ours.items()},
        {name.removeprefix("layer."): values for name, values in theirs.items()},
    )
    n_rows = sum(map(len, X))
    one, one_peer = X[:1], X_peer[:1]
    return {
        "fit": (lambda: clf.fit(X, y), lambda: net.fit(X_peer, y), n_rows, n_batches),
        "predict": (
            lambda: clf.predict(X),
            lambda: net.predict(X_peer),
            n_rows,
            n_batches,
        ),
        "predict_one": (
            lambda: clf.predict(one),
            lambda: net.predict(one_peer),
            len(X[0]),
            1,
        ),
    }


CALLS = {"kernel": kernel_calls, "estimator": estimator_calls}


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

    def limit():  # an estimator sets the number itself
        return BLAS.limit(limits=threads) if level == "kernel" else nullcontext()

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
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.split(":")[1].strip() for line in lines if "model name" in line]
    blas = {
        f"{b.internal_api} {b.version} {b.architecture}" for b in BLAS.lib_controllers
    }
    return {
        "date": datetime.now().isoformat(timespec="seconds"),
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "skorch": skorch.__version__,
        "sksequence": sksequence.__version__,
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
    header = [f"# {name}: {value}" for name, value in facts(arguments, peaks).items()]
    print("\n".join(header))
    print(
        "# what, cell, threads: ours ms, theirs ms, theirs / ours, its quartiles, our "
        "share of the peak"
    )
    rows = []
    with open(arguments.out or os.devnull, "w", newline="") as file:
        file.write("\n".join(header) + "\n")
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
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
                writer.writerow(row)
                file.flush()
                rows.append(row)
    if rows:
        print_summary(rows)


if __name__ == "__main__":
    main()
