"""The study from which defaults were chosen: cross-validation of training parts.

    python benchmarks/defaults.py --data DIR [--kind series] [--sets NAME ...] [...]

Each candidate is a set of settings of one class. Every set is cut into folds, the same
for all candidates; what is printed is the mean score over the folds, set by set, their
mean over the sets, and the time. Test parts are never read.
"""

import argparse
import csv
import os
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from sksequence import RaggedArray, RNNClassifier

MOST = 600  # sequences of a set that are used

SERIES = [
    "AllGestureWiimoteX", "BasicMotions", "CBF", "CricketX", "DodgerLoopGame", "ERing",
    "FingerMovements", "GestureMidAirD1", "GesturePebbleZ1", "GunPoint",
    "ItalyPowerDemand", "JapaneseVowels", "NATOPS", "PenDigits", "SwedishLeaf",
    "SyntheticControl",
]  # fmt: skip
COSINE = {"learning_rate": "cosine"}
CANDIDATES = {
    "series": {
        "lstm last": {},
        "lstm last cosine": COSINE,
        "gru last cosine": {"cell": "gru", **COSINE},
        "lstm concat cosine": {"pooling": "concat", **COSINE},
        "gru mean cosine": {"cell": "gru", "pooling": "mean", **COSINE},
        "gru max cosine": {"cell": "gru", "pooling": "max", **COSINE},
        "gru attention cosine": {"cell": "gru", "pooling": "attention", **COSINE},
        "gru concat cosine": {"cell": "gru", "pooling": "concat", **COSINE},
        "gru concat one_cycle": {
            "cell": "gru",
            "pooling": "concat",
            "learning_rate": "one_cycle",
        },
        "bi gru concat cosine": {
            "cell": "gru",
            "pooling": "concat",
            "bidirectional": True,
            **COSINE,
        },
        "bi gru concat cosine 0.005": {
            "cell": "gru",
            "pooling": "concat",
            "bidirectional": True,
            "learning_rate_init": 0.005,
            **COSINE,
        },
        "bi gru concat cosine batch 16": {
            "cell": "gru",
            "pooling": "concat",
            "bidirectional": True,
            "batch_size": 16,
            **COSINE,
        },
        "bi gru concat cosine dropout": {
            "cell": "gru",
            "pooling": "concat",
            "bidirectional": True,
            "dropout": 0.3,
            **COSINE,
        },
    }
}


def series(data, name):
    """The training part of a set, missing values filled with the last one seen."""
    with np.load(data / "uea" / name / "train.npz") as file:
        X = RaggedArray.from_concatenated(file["X"], file["lengths"])
        y = file["y"]
    if np.isnan(X.values).any():
        from sksequence.preprocessing import ForwardFill

        X = ForwardFill(add_indicator=False).fit_transform(X)
    if len(X) > MOST:
        kept = np.sort(np.random.default_rng(0).permutation(len(X))[:MOST])
        X, y = X[kept], y[kept]
    return X, y


def cross_validated(settings, X, y, n_folds, seed):
    """Mean accuracy over folds, and seconds."""
    started, scores = time.perf_counter(), []
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=0)
    for train, test in folds.split(np.zeros(len(y)), y):
        model = clone(RNNClassifier(random_state=seed, **settings))
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return float(np.mean(scores)), time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--kind", choices=CANDIDATES, default="series")
    parser.add_argument("--sets", nargs="+", default=SERIES, help=", ".join(SERIES))
    parser.add_argument("--candidates", nargs="+", help="parts of names")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a CSV file, to which rows are added")
    arguments = parser.parse_args()
    candidates = {
        name: settings
        for name, settings in CANDIDATES[arguments.kind].items()
        if not arguments.candidates or any(c in name for c in arguments.candidates)
    }
    warnings.simplefilter("ignore")
    print("| candidate | " + " | ".join(arguments.sets) + " | mean | s |")
    print("|---" * (len(arguments.sets) + 3) + "|")
    sets = {name: series(Path(arguments.data), name) for name in arguments.sets}
    for candidate, settings in candidates.items():
        found, total = [], 0.0
        for name, (X, y) in sets.items():
            for seed in range(arguments.seeds):
                with threadpool_limits(1):
                    score, seconds = cross_validated(
                        settings, X, y, arguments.folds, seed
                    )
                found.append((name, score))
                total += seconds
                if arguments.out:
                    with open(arguments.out, "a", newline="") as file:
                        row = [candidate, name, seed, f"{score:.4f}", f"{seconds:.1f}"]
                        csv.writer(file).writerow(row)
        means = [np.mean([s for n, s in found if n == name]) for name in sets]
        shown = " | ".join(f"{mean:.3f}" for mean in means)
        print(
            f"| {candidate} | {shown} | {np.mean(means):.4f} | {total:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
