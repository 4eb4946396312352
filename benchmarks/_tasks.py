"""Quality on real data: what a task is, how tasks are run and printed."""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

TASKS = {}
NO_DATA = set()  # tasks on data that ships with the package, or is generated
COLUMNS = ("what", "ours", "goal", "published or beside it")


def task(function=None, *, needs_data=True):
    """Register a task: (data, part) -> rows of the table, as ``COLUMNS`` are.

    ``part`` is "test", or "dev" for what settings are chosen on.
    """
    if function is None:
        return lambda function: task(function, needs_data=needs_data)
    TASKS[function.__name__] = function
    if not needs_data:
        NO_DATA.add(function.__name__)
    return function


def train_and(part, train, test, stratify=True):
    """(X, y) to train on and to score: the given parts, or both of the training data.

    This is for sets without a dev part of their own; a quarter takes its place.
    """
    if part == "test":
        return train, test
    X, y = train
    X, X_dev, y, y_dev = train_test_split(
        X, y, test_size=0.25, stratify=y if stratify else None, random_state=0
    )
    return (X, y), (X_dev, y_dev)


def mean_of(scores, digits=4):
    """The mean, and the scores it is made of."""
    each = " ".join(f"{score:.{digits - 1}f}" for score in scores)
    return f"{np.mean(scores):.{digits}f} ({each})"


def main(description, columns=COLUMNS):
    """Run the tasks that are named, or all, and print their rows."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("tasks", nargs="*", metavar="task", help=", ".join(TASKS))
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument(
        "--dev",
        action="store_true",
        help="score the dev parts, on which settings are chosen",
    )
    arguments = parser.parse_args()
    unknown = set(arguments.tasks) - TASKS.keys()
    if unknown:
        parser.error(f"no task {sorted(unknown)}; there are {', '.join(TASKS)}")
    tasks = arguments.tasks or TASKS
    part = "dev" if arguments.dev else "test"
    data = Path(arguments.data)
    if not data.is_dir() and set(tasks) - NO_DATA:
        parser.error(f"no folder {data}: pass --data or set SKSEQUENCE_DATA")
    print(f"| {' | '.join(columns)} | s |")
    print("|---" * (len(columns) + 1) + "|")
    for name in tasks:
        started = time.perf_counter()
        with threadpool_limits(1):
            for row in TASKS[name](data, part):
                seconds = time.perf_counter() - started
                print(f"| {' | '.join(row)} | {seconds:.0f} |", flush=True)
