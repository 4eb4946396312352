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
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from sksequence import RaggedArray, RNNClassifier
from sksequence.preprocessing import ForwardFill, TokenEncoder

MOST = 600  # sequences of a set that are used

SERIES = [
    "AllGestureWiimoteX", "BasicMotions", "CBF", "CricketX", "DodgerLoopGame", "ERing",
    "FingerMovements", "GestureMidAirD1", "GesturePebbleZ1", "GunPoint",
    "ItalyPowerDemand", "JapaneseVowels", "NATOPS", "PenDigits", "SwedishLeaf",
    "SyntheticControl",
]  # fmt: skip
COSINE = {"learning_rate": "cosine"}
WORDS = {"trec": "word", "rt_polarity": "word", "names_nationality": "char"}
GRU = {"cell": "gru", **COSINE}
BOTH = {"bidirectional": True, **GRU}
CANDIDATES = {
    "series": {
        "lstm last": {},
        "lstm last cosine": COSINE,
        "gru last cosine": GRU,
        "lstm concat cosine": {"pooling": "concat", **COSINE},
        "gru mean cosine": {"pooling": "mean", **GRU},
        "gru max cosine": {"pooling": "max", **GRU},
        "gru attention cosine": {"pooling": "attention", **GRU},
        "gru concat cosine": {"pooling": "concat", **GRU},
        "gru concat one_cycle": {
            "cell": "gru",
            "pooling": "concat",
            "learning_rate": "one_cycle",
        },
        "bi gru concat cosine": {"pooling": "concat", **BOTH},
        "bi gru mean cosine": {"pooling": "mean", **BOTH},
        "bi gru max cosine": {"pooling": "max", **BOTH},
        "bi gru concat cosine 0.005": {
            "pooling": "concat",
            "learning_rate_init": 0.005,
            **BOTH,
        },
        "bi gru concat cosine batch 16": {
            "pooling": "concat",
            "batch_size": 16,
            **BOTH,
        },
        "bi gru concat cosine dropout": {"pooling": "concat", "dropout": 0.3, **BOTH},
        "slow gru mean": {"pooling": "mean", "learning_rate_init": 0.005, **GRU},
        "slow gru max": {"pooling": "max", "learning_rate_init": 0.005, **GRU},
        "slow gru concat": {"pooling": "concat", "learning_rate_init": 0.005, **GRU},
        "slow bi gru mean": {"pooling": "mean", "learning_rate_init": 0.005, **BOTH},
        "slower bi gru concat": {
            "pooling": "concat",
            "learning_rate_init": 0.003,
            **BOTH,
        },
        "slow bi gru concat dropout": {
            "pooling": "concat",
            "learning_rate_init": 0.005,
            "dropout": 0.3,
            **BOTH,
        },
        "bi gru mean cosine batch 16": {"pooling": "mean", "batch_size": 16, **BOTH},
    },
    "words": {
        "lstm last": {},
        "gru last cosine": GRU,
        "gru mean cosine": {"pooling": "mean", **GRU},
        "gru max cosine": {"pooling": "max", **GRU},
        "gru attention cosine": {"pooling": "attention", **GRU},
        "gru concat cosine": {"pooling": "concat", **GRU},
        "gru concat cosine 20 epochs": {"pooling": "concat", "max_iter": 20, **GRU},
        "gru concat cosine dropout": {"pooling": "concat", "dropout": 0.3, **GRU},
        "bi gru concat cosine": {"pooling": "concat", **BOTH},
        "bi gru concat cosine dropout 20 epochs": {
            "pooling": "concat",
            "dropout": 0.3,
            "max_iter": 20,
            **BOTH,
        },
    },
}


def words(data, name):
    """The training part of a set of texts, as token ids."""
    lines = (
        (data / name / "train.tsv").read_text(encoding="utf-8").strip("\n").split("\n")
    )
    order = np.random.default_rng(0).permutation(len(lines))[: 4 * MOST]
    rows = [lines[k].split("\t") for k in np.sort(order)]
    texts = [row[1] for row in rows]
    tokens = texts if WORDS[name] == "char" else [text.split() for text in texts]
    X = TokenEncoder(analyzer=WORDS[name]).fit_transform(tokens)
    _, y = np.unique([row[0] for row in rows], return_inverse=True)
    counts = np.bincount(y)
    kept = np.flatnonzero(counts[y] >= 6)
    return X[kept], y[kept]


def series(data, name):
    """The training part of a set, missing values filled with the last one seen."""
    with np.load(data / "uea" / name / "train.npz") as file:
        X = RaggedArray.from_concatenated(file["X"], file["lengths"])
        y = file["y"]
    if np.isnan(X.values).any():
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
        model = RNNClassifier(random_state=seed, **settings)
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return float(np.mean(scores)), time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--kind", choices=CANDIDATES, default="series")
    parser.add_argument("--sets", nargs="+", help=", ".join([*SERIES, *WORDS]))
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
    names = arguments.sets or (SERIES if arguments.kind == "series" else list(WORDS))
    load = series if arguments.kind == "series" else words
    fixed = {} if arguments.kind == "series" else {"embedding_dim": 64}
    warnings.simplefilter("ignore")
    print("| candidate | " + " | ".join(names) + " | mean | s |")
    print("|---" * (len(names) + 3) + "|")
    sets = {name: load(Path(arguments.data), name) for name in names}
    for candidate, settings in candidates.items():
        found, total = [], 0.0
        for name, (X, y) in sets.items():
            for seed in range(arguments.seeds):
                with threadpool_limits(1):
                    score, seconds = cross_validated(
                        fixed | settings, X, y, arguments.folds, seed
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
