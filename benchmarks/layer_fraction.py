"""The fraction of the time of fit, and of predict([x]), that the recurrent layer takes.

    python benchmarks/layer_fraction.py

The rest is what surrounds the layer: batches, packing, pooling, output, loss, norm,
optimiser and bookkeeping in ``fit``; checks and the like in ``predict``.
"""

import time
from itertools import product

import numpy as np
from _workloads import LENGTHS, MAIN_WORKLOADS, TIMED_CELLS, make_data

from sksequence import RNNClassifier

N_EPOCHS = 20
N_CALLS = 200


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


def fractions(workload, lengths, cell):
    """The fractions of ``fit`` and of ``predict([x])`` that the layer takes."""
    X, y = make_data(workload, lengths, n_batches=8)
    stopwatch = Stopwatch()
    clf = RNNClassifier(
        workload.n_units,
        cell=watched(cell, stopwatch),
        batch_size=workload.batch,
        max_iter=N_EPOCHS,
        n_iter_no_change=N_EPOCHS,
        standardize=False,
        random_state=0,
        learning_rate="constant",
        learning_rate_init=0.01,
        bidirectional=False,
        pooling="last",
        dropout=0.0,
    ).fit(X, y)
    of_fit = stopwatch.seconds / sum(row["seconds"] for row in clf.history_)
    of_calls = []
    for _ in range(N_CALLS):
        stopwatch.seconds, started = 0.0, time.perf_counter()
        clf.predict(X[:1])
        of_calls.append(stopwatch.seconds / (time.perf_counter() - started))
    return of_fit, np.median(of_calls)


def main():
    """Print both fractions for each workload, kind of lengths and cell."""
    print("the recurrent layer's fraction of an epoch of fit, and of predict([x])")
    for workload, lengths, name in product(MAIN_WORKLOADS, LENGTHS, TIMED_CELLS):
        of_fit, of_predict = fractions(workload, lengths, TIMED_CELLS[name])
        print(
            f"{workload.name:<13} {lengths:<6} {name:<13} {of_fit:5.0%} "
            f"{of_predict:5.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
