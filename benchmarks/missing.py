"""Missing values: what is removed at random, and filled in one way or another.

    python benchmarks/missing.py [--data DIR] [--kind steps|values] [--dev]

Of training and test parts alike 10, 30 and 50 % of the steps lose all their values (or
single values are lost, with ``--kind values``). A classifier with its defaults then
reads what a fill makes of them: ``ForwardFill`` with an indicator and the time since a
value was seen, or each feature's mean over the steps of the training part. What is
printed is the accuracy, a mean over seeds. Each has its own removal and its own start
values, the same for all fills, so that the differences of ``ForwardFill`` and the mean
are independent of each other: their mean is printed with its standard error.
``--dev`` cross-validates more fills on the training parts, on which the settings were
chosen.
"""

import argparse
import os
import warnings
from pathlib import Path

import numpy as np
from _sequence_tasks import uea
from scipy.stats import sem
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from sksequence import RNNClassifier
from sksequence.preprocessing import ForwardFill, PerStep

SETS = "JapaneseVowels", "NATOPS"
SHARES = 0.1, 0.3, 0.5
FOLDS = 3
FILLS = {
    "mean": PerStep(SimpleImputer()),
    "ForwardFill": ForwardFill(add_indicator=True, add_elapsed=True),
}
MORE_FILLS = FILLS | {
    "mean, indicator": PerStep(SimpleImputer(add_indicator=True)),
    "ForwardFill, values alone": ForwardFill(add_indicator=False),
    "ForwardFill, indicator": ForwardFill(),
    "ForwardFill, elapsed": ForwardFill(add_indicator=False, add_elapsed=True),
}


def with_missing(X, share, kind, rng):
    """X without a share of its steps, or of its single values: they are NaN."""
    values = X.values.copy()
    of = values if kind == "steps" else values.reshape(-1)
    of[rng.permutation(len(of))[: round(share * len(of))]] = np.nan
    return X.with_values(values)


def accuracies(parts, fill, share, kind, seeds, **settings):
    """One accuracy a seed, a mean over (X, y, X_test, y_test) of some parts."""
    found = []
    for seed in range(seeds):
        of_parts = []
        for X, y, X_test, y_test in parts:
            rng = np.random.default_rng(seed)
            X, X_test = (with_missing(part, share, kind, rng) for part in (X, X_test))
            model = make_pipeline(fill, RNNClassifier(random_state=seed, **settings))
            of_parts.append(model.fit(X, y).score(X_test, y_test))
        found.append(np.mean(of_parts))
    return found


def parts_of(data, name, dev):
    """The training and the test part, or folds of the training part."""
    X, y, X_test, y_test = uea(data, "test", name)
    if not dev:
        return [(X, y, X_test, y_test)]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(y, y)
    return [(X[a], y[a], X[b], y[b]) for a, b in folds]


def main():
    """Print a table of fills, of each set and share."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--kind", choices=["steps", "values"], default="steps")
    parser.add_argument("--dev", action="store_true", help="on folds of training parts")
    parser.add_argument("--seeds", type=int, default=15)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--engine", default="numpy", help='"numba" is faster')
    arguments = parser.parse_args()
    fills = MORE_FILLS if arguments.dev else FILLS
    print(f"| {arguments.kind} removed | {' | '.join(fills)} | gain ± s.e. |")
    print("|---" * (len(fills) + 2) + "|")
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        for name in arguments.sets:
            parts = parts_of(Path(arguments.data), name, arguments.dev)
            for share in SHARES:
                found = {
                    fill: accuracies(
                        parts,
                        MORE_FILLS[fill],
                        share,
                        arguments.kind,
                        arguments.seeds,
                        engine=arguments.engine,
                    )
                    for fill in fills
                }
                cells = [f"{np.mean(scores):.4f}" for scores in found.values()]
                gains = np.subtract(found["ForwardFill"], found["mean"])
                print(
                    f"| {name}, {share:.0%} | {' | '.join(cells)} | "
                    f"{gains.mean():+.4f} ± {sem(gains):.4f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
