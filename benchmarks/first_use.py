"""Seconds until the first prediction: on a new machine, and in every later process.

    python benchmarks/first_use.py [--quick]

A fresh process imports the package, fits a small classifier and predicts. With
``engine="numba"`` the first process on a machine compiles the loops and leaves them on
disk (here in an empty folder, ``NUMBA_CACHE_DIR``); later ones load them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from _engines import ENGINES, engine_option
from _machine import blas, warn_of_kernels

# Seconds with numba, and seconds that it adds to a process without.
GOALS = {"first process": 20.0, "later process": 0.6}
PROGRAM = """
import time
started = time.perf_counter()
import numpy as np
from sksequence import RNNClassifier
imported = time.perf_counter()
X = np.random.default_rng(0).random((40, 20, 3), np.float32)
clf = RNNClassifier(16, cell={cell!r}, max_iter=2, random_state=0, **{options})
clf.fit(X, np.arange(40) % 2)
fitted = time.perf_counter()
clf.predict(X[:1])
print(imported - started, fitted - imported, time.perf_counter() - fitted)
"""


def seconds_of_process(cell, engine, folder):
    """Of the whole process, then of import, fit and predict."""
    program = PROGRAM.format(cell=cell, options=engine_option(engine))
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"NUMBA_CACHE_DIR": folder},
        check=True,
        capture_output=True,
        text=True,
    )
    return [time.perf_counter() - started, *map(float, done.stdout.split())]


def line_of(cell, engine, what, seconds, without):
    """A measurement in one line, and what the engine adds to NumPy's process."""
    whole, *parts = seconds
    text = "import {:.2f}, fit {:.2f}, predict {:.2f}".format(*parts)
    added = f", {whole - without:+.2f} s" if engine != "numpy" else ""
    goal = f" (goal {GOALS[what]:g} s)" if engine == "numba" else ""
    return f"{cell:<5} {engine:<6} {what:<14} {whole:6.2f} s: {text}{added}{goal}"


def main():
    """Print the seconds of a first process and the median of some later ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one cell, few processes")
    arguments = parser.parse_args()
    warn_of_kernels()
    print(f"# blas: {blas()}")
    n_later, cells = (2, ["lstm"]) if arguments.quick else (7, ["lstm", "gru", "rnn"])
    for cell in cells:
        without = {}  # seconds of NumPy's process
        for engine in ENGINES:
            with tempfile.TemporaryDirectory() as folder:
                found = {"first process": seconds_of_process(cell, engine, folder)}
                later = [
                    seconds_of_process(cell, engine, folder) for _ in range(n_later)
                ]
            found["later process"] = np.median(later, axis=0)
            for what, seconds in found.items():
                without.setdefault(what, seconds[0])
                print(line_of(cell, engine, what, seconds, without[what]), flush=True)


if __name__ == "__main__":
    main()
