"""Time to the accuracy of one process with shards on two, English parts of speech.

    python benchmarks/parallel.py [--data DIR] [--part dev] [--engine numba]

The tagger of ``tagging.py`` is fitted in one process, and by ``DataParallel`` on two
processes of this machine (joblib's loky), each with one thread; medians of interleaved
runs, each with another seed. Seconds are those of ``fit`` as a whole, but for the start
of the processes.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from _text_tasks import read_columns, step_features, word_features
from joblib import Parallel, delayed

from sksequence import RNNTagger
from sksequence.parallel import DataParallel
from sksequence.parallel._stores import STORES, Files

UNITS, RATE, EPOCHS = 128, 0.005, 4
GOAL_SPEED, GOAL_LOSS = 1.6, 0.002
# Shards, epochs, epochs a round, learning rate, rate and momentum of the rounds,
# chosen on the dev part. The first is what the others are compared with.
SETTINGS = [
    (1, 4, 1, RATE, 1.0, 0.0),
    (2, 4, 1, RATE, 1.0, 0.0),
    (2, 4, 1, 2 * RATE, 1.0, 0.0),
    (2, 4, 1 / 2, 2 * RATE, 0.7, 0.5),
    (2, 4, 1 / 3, 2 * RATE, 1.0, 0.0),
    (2, 4, 1 / 4, 2 * RATE, 1.0, 0.0),
    (2, 4, 1 / 4, 2 * RATE, 1.0, 0.5),
]


def tagger(epochs, rate=RATE, engine="numpy", seed=0):
    """That of ``tagging.py``, with one thread."""
    return RNNTagger(
        UNITS,
        cell="lstm",
        bidirectional=True,
        embedding_dim=UNITS,
        dropout=0.3,
        max_iter=epochs,
        learning_rate="one_cycle",
        learning_rate_init=rate,
        random_state=seed,
        engine=engine,
    )


class CountedFiles(Files):
    """Files that count what is written to them, in bytes."""

    written = 0

    def put(self, name, thing):
        stored = super().put(name, thing)
        CountedFiles.written += stored.path.stat().st_size
        return stored


def measure(settings, engine, seed, X, y, X_test, y_test):
    """Seconds, accuracy and bytes written to files by this process, of one fit."""
    shards, epochs, local, rate, *of_rounds = settings
    CountedFiles.written = 0
    estimator = tagger(epochs, rate, engine, seed)
    if shards > 1:
        # The processes of a fit: joblib starts others for another ``max_nbytes``.
        start = delayed(DataParallel)(estimator)
        Parallel(shards, max_nbytes=None)([start] * shards)
        estimator = DataParallel(
            estimator,
            shards,
            local,
            outer_learning_rate=of_rounds[0],
            outer_momentum=of_rounds[1],
        )
    started = time.perf_counter()
    estimator.fit(X, y)
    seconds = time.perf_counter() - started
    return seconds, estimator.score(X_test, y_test), CountedFiles.written


def main():
    """Measure in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--part", default="test", choices=("dev", "test"))
    parser.add_argument("--engine", default="numpy", choices=("numpy", "numba"))
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    folder = Path(arguments.data) / "ud_english_ewt"
    words, y = read_columns(folder / "train.tsv")
    words_test, y_test = read_columns(folder / f"{arguments.part}.tsv")
    X, X_test = step_features(word_features, words, words_test)
    STORES["LokyBackend"] = CountedFiles
    found = {settings: [] for settings in SETTINGS}
    for seed in range(arguments.repeats):
        for settings, runs in found.items():
            runs.append(measure(settings, arguments.engine, seed, X, y, X_test, y_test))
            print(settings, runs[-1], flush=True)
    (alone, goal, _) = np.median(found[SETTINGS[0]], axis=0)
    print(f"{len(X):,} sentences, {len(X.values.indptr) - 1:,} words")
    print(
        "shards epochs a_round   rate  of_rounds momentum  seconds times_as_fast "
        "accuracy points MB_sent"
    )
    for (shards, epochs, local, rate, of_rounds, momentum), runs in found.items():
        seconds, accuracy, sent = np.median(runs, axis=0)
        reached = accuracy >= goal - GOAL_LOSS and alone / seconds >= GOAL_SPEED
        print(
            f"{shards:6} {epochs:6} {local:7.2f} {rate:6} {of_rounds:10} {momentum:8} "
            f"{seconds:8.1f} {alone / seconds:13.2f} {accuracy:8.4f} "
            f"{100 * (accuracy - goal):+6.2f} {sent / 1e6:7.1f}"
            f"{'  reaches the goal' if reached else ''}"
        )


if __name__ == "__main__":
    main()
