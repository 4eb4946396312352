"""What surrounds the recurrence, in fit and in predict([x]).

    python benchmarks/layer_fraction.py [--quick]

Of an epoch of ``fit`` the fraction that the recurrent layer takes (engine "numpy"): the
rest is batches, packing, pooling, output, loss, norm, optimiser and bookkeeping. Of
``predict([x])`` the microseconds in the loop over steps, and those around it: checks,
packing, the weights as the loop wants them, memory, pooling, output and labels.
"""

import argparse
import time
from itertools import product

import numpy as np
from _engines import ENGINES, engine_option
from _machine import blas, warn_of_kernels
from _workloads import LENGTHS, MAIN_WORKLOADS, TIMED_CELLS, make_data

from sksequence import RNNClassifier

N_EPOCHS = 20
N_CALLS = 1000


class Stopwatch:
    """Sums the seconds that some methods take."""

    def __init__(self):
        self.seconds = 0.0

    def watch(self, method):
        """A method that does the same and is timed."""

        def timed(*args, **kwargs):
            started = time.perf_counter()
            result = method(*args, **kwargs)
            self.seconds += time.perf_counter() - started
            return result

        return timed


def watched(cell, stopwatch):
    """A cell whose passes are timed, and which clones as it is."""
    cell = type(cell)(**cell.get_params())
    cell.forward = stopwatch.watch(cell.forward)
    cell.backward = stopwatch.watch(cell.backward)
    cell.__sklearn_clone__ = lambda: cell
    return cell


def fitted(workload, lengths, cell, engine="numpy", n_epochs=N_EPOCHS):
    """A classifier of one layer in one direction, and the X that it was fitted on."""
    X, y = make_data(workload, lengths, n_batches=8)
    clf = RNNClassifier(
        workload.n_units,
        cell=cell,
        batch_size=workload.batch,
        max_iter=n_epochs,
        n_iter_no_change=n_epochs,
        standardize=False,
        random_state=0,
        learning_rate="constant",
        learning_rate_init=0.01,
        bidirectional=False,
        pooling="last",
        dropout=0.0,
        **engine_option(engine),
    )
    return clf.fit(X, y), X


def fraction_of_fit(workload, lengths, cell):
    """The fraction of ``fit`` that the layer takes."""
    stopwatch = Stopwatch()
    clf, _ = fitted(workload, lengths, watched(cell, stopwatch))
    return stopwatch.seconds / sum(row["seconds"] for row in clf.history_)


def inside_and_around(workload, lengths, cell, engine, n_calls):
    """Microseconds of ``predict([x])`` in the loop over steps, and around it.

    Both are those of a quick call: a tenth of the calls take less.
    """
    clf, X = fitted(workload, lengths, cell, engine, n_epochs=1)
    stopwatch, seconds = Stopwatch(), []
    of_network = clf._network.layers["rnn0"].cell
    of_network.run = stopwatch.watch(of_network.run)
    for _ in range(n_calls):
        stopwatch.seconds, started = 0.0, time.perf_counter()
        clf.predict(X[:1])
        whole = time.perf_counter() - started
        seconds.append((stopwatch.seconds, whole - stopwatch.seconds))
    del of_network.run
    return np.quantile(seconds, 0.1, axis=0) * 1e6


def main():
    """Print a line for each workload, kind of lengths and cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="LSTM, and no fit")
    arguments = parser.parse_args()
    warn_of_kernels()
    print(f"# blas: {blas()}")
    print(
        "# the layer's fraction of fit; of predict([x]) the us in the loop + around it"
    )
    cells = ["lstm"] if arguments.quick else list(TIMED_CELLS)
    for workload, lengths, name in product(MAIN_WORKLOADS, LENGTHS, cells):
        case, cell = (workload, lengths), TIMED_CELLS[name]
        line = f"{workload.name:<13} {lengths:<6} {name:<13}"
        if not arguments.quick:
            line += f" {fraction_of_fit(*case, cell):5.0%}"
        for engine in ENGINES:
            inside, around = inside_and_around(*case, cell, engine, N_CALLS)
            line += f"   {engine} {inside:5.0f} + {around:3.0f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
