"""Saving and loading a model of ten million weights, beside numpy.save and numpy.load.

    python benchmarks/saving.py [--n-weights 10000000] [--repeats 15]

Both write to a new file and to the one that is there, and are read from the system's
cache. Times are medians of runs that take turns.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import joblib
import numpy as np
from _machine import machine

from sksequence import RNNClassifier, io

N_TOKENS = 100


def model_of(n_weights):
    """A fitted model that is given so many weights, in an embedding."""
    X = [[k % N_TOKENS, (k + 1) % N_TOKENS] for k in range(N_TOKENS)]
    clf = RNNClassifier(
        embedding_dim=32, hidden_layer_sizes=8, max_iter=1, random_state=0
    )
    clf.fit(X, [k % 2 for k in range(N_TOKENS)])
    n_tokens = n_weights // 32
    clf.architecture_ = clf.architecture_ | {"n_features": n_tokens}
    size = clf._network.layout.size
    rng = np.random.default_rng(0)
    clf.theta_ = rng.standard_normal(size, dtype=np.float32)
    return clf


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-weights", type=int, default=10**7)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    for name, fact in machine().items():
        print(f"# {name}: {fact}")
    clf = model_of(options.n_weights)
    theta = clf.theta_
    print(f"{theta.size:,} weights of {theta.dtype}\n")
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        paths = {kind: folder / f"{kind}.file" for kind in ("io", "npy", "joblib")}

        def fresh():
            for path in paths.values():
                path.unlink(missing_ok=True)

        def numpy_save():
            with open(paths["npy"], "wb") as file:
                np.save(file, theta)

        calls = {
            "save": {
                "numpy": numpy_save,
                "io": lambda: io.save(clf, paths["io"]),
                "joblib": lambda: joblib.dump(clf, paths["joblib"]),
            },
            "save again": {
                "numpy": numpy_save,
                "io": lambda: io.save(clf, paths["io"]),
                "joblib": lambda: joblib.dump(clf, paths["joblib"]),
            },
            "load": {
                "numpy": lambda: np.load(paths["npy"]),
                "io": lambda: io.load(paths["io"]),
                "joblib": lambda: joblib.load(paths["joblib"]),
            },
            "load, mapped": {
                "numpy": lambda: np.load(paths["npy"], mmap_mode="r").sum(),
                "io": lambda: io.load(paths["io"], mmap_mode="r"),
                "joblib": lambda: joblib.load(paths["joblib"], mmap_mode="r"),
            },
        }
        print(f"{'':14} {'numpy ms':>9} {'io ms':>9} {'joblib ms':>9} {'io/numpy':>9}")
        for what, sides in calls.items():
            seconds = {side: [] for side in sides}
            for _ in range(options.repeats):
                if what == "save":
                    fresh()
                for side, call in sides.items():
                    started = time.perf_counter()
                    call()
                    seconds[side].append(time.perf_counter() - started)
            of = {side: 1000 * median(found) for side, found in seconds.items()}
            ratio = of["io"] / of["numpy"]
            print(
                f"{what:14} {of['numpy']:9.1f} {of['io']:9.1f} {of['joblib']:9.1f} "
                f"{ratio:9.2f}"
            )
        loaded = io.load(paths["io"])
        assert loaded.theta_.tobytes() == theta.tobytes()
        assert isinstance(io.load(paths["io"], mmap_mode="r").theta_, np.memmap)


if __name__ == "__main__":
    main()
