"""Sixteen sets of series beside MiniROCKET and boosted trees: accuracy and seconds.

    python benchmarks/series_peers.py --data DIR [--seeds N] [--peers NAME ...]

Each with its defaults, one thread, on the same arrays: RNNClassifier as it is; the
recipe of the guide, six networks that vote; aeon's MiniROCKET, for which sequences of
unequal length are padded with zeros to the longest (skipped without aeon); and
scikit-learn's boosted trees on what summarises a sequence without its order. Seconds
are those of fit and prediction together.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from _series_recipe import voting
from defaults import PUBLISHED, series
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from sksequence import RNNClassifier


def padded(X, n_steps):
    """(n_sequences, n_features, n_steps), as aeon has it; longer ones are cut."""
    found = np.zeros((len(X), X.values.shape[1], max(n_steps, 9)))
    for row, x in zip(found, X):
        row[:, : len(x)] = x[:n_steps].T
    return found


def summary(X):
    """Of each feature: mean, deviation, extremes, both ends, and mean slopes."""
    rows = []
    for x in X:
        slope = np.diff(x, axis=0) if len(x) > 1 else np.zeros_like(x)
        parts = [x.mean(0), x.std(0), x.min(0), x.max(0), x[0], x[-1]]
        rows.append(np.concatenate([*parts, np.abs(slope).mean(0), slope.std(0)]))
    return np.array(rows)


def network(seed):
    return RNNClassifier(random_state=seed), lambda X, X_test: (X, X_test)


def recipe(seed):
    return voting(seed), lambda X, X_test: (X, X_test)


def mini_rocket(seed):
    from aeon.classification.convolution_based import MiniRocketClassifier

    def prepare(X, X_test):
        n_steps = X.lengths.max()
        return padded(X, n_steps), padded(X_test, n_steps)

    return MiniRocketClassifier(random_state=seed, n_jobs=1), prepare


def trees(seed):
    def prepare(X, X_test):
        return summary(X), summary(X_test)

    return HistGradientBoostingClassifier(random_state=seed), prepare


PEERS = {
    "RNNClassifier": network,
    "recipe": recipe,
    "MiniROCKET": mini_rocket,
    "boosted trees": trees,
}


def measure(make, sets, seeds):
    """Mean accuracy and seconds of a seed."""
    X, y, X_test, y_test = sets
    scores, started = [], time.perf_counter()
    for seed in range(seeds):
        model, prepare = make(seed)
        X_fit, X_score = prepare(X, X_test)
        scores.append(model.fit(X_fit, y).score(X_score, y_test))
    return np.mean(scores), (time.perf_counter() - started) / seeds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tasks", nargs="+", default=list(PUBLISHED))
    parser.add_argument("--peers", nargs="+", default=list(PEERS))
    args = parser.parse_args()
    peers = {name: PEERS[name] for name in args.peers}
    try:
        import aeon  # noqa: F401
    except ImportError:
        peers.pop("MiniROCKET", None)
    print(f"{'':<20}", *(f"{name:>20}" for name in peers))
    found = []
    with threadpool_limits(1):
        for name in args.tasks:
            (sets,) = series(Path(args.data), "test", name)
            found.append([measure(m, sets, args.seeds) for m in peers.values()])
            cells = [f"{score:.3f} {seconds:9.1f} s" for score, seconds in found[-1]]
            print(f"{name:<20}", *(f"{cell:>20}" for cell in cells), flush=True)
    scores, seconds = np.moveaxis(np.array(found), 2, 0)
    cells = [
        f"{score:.3f} {total:9.1f} s"
        for score, total in zip(scores.mean(axis=0), seconds.sum(axis=0))
    ]
    print(f"{'mean, sum':<20}", *(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
