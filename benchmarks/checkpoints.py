"""Checkpoints: what they cost, and whether damaged ones are found out.

    python benchmarks/checkpoints.py [--weights 1000000] [--epochs 20] [--damaged 3000]

The first part trains a network of so many weights with a checkpoint after each epoch,
and times each of them, with all that they wait for: the copy of the state, checksums,
the file, the disk. The second part changes a random bit of a checkpoint, or cuts it at
a random length, and asks ``fit`` to go on from it: each time it must raise an error.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from sksequence import RNNClassifier
from sksequence.estimators import _checkpoint

GOAL, GOAL_SHARE = 0.060, 0.02  # seconds, and of an epoch of 5 seconds
EPOCH = 5.0


def network(n_weights):
    """A classifier of about so many weights, and a little to train it on."""
    width = 64
    units = int((np.sqrt(width**2 + 4 * n_weights / 3) - width) / 2)  # 3 (u^2 + u w)
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((k, width)).astype(np.float32) for k in range(2, 22)]
    clf = RNNClassifier(units, cell="gru", bidirectional=False, random_state=0)
    return clf, X, np.arange(20) % 3


def cost(n_weights, n_epochs, folder):
    """Seconds of each checkpoint; how many weights there are, and bytes."""
    clf, X, y = network(n_weights)
    seconds, save = [], _checkpoint.Keeper.save

    def timed(self, *args, **kwargs):
        started = time.perf_counter()
        save(self, *args, **kwargs)
        seconds.append(time.perf_counter() - started)

    _checkpoint.Keeper.save = timed
    file = Path(folder) / "large"
    clf.set_params(max_iter=n_epochs, early_stopping=True, n_iter_no_change=n_epochs)
    clf.fit(X, y, checkpoint=file)
    _checkpoint.Keeper.save = save
    return np.array(seconds), clf.theta_.size, file.stat().st_size


def damaged(n, seed, folder):
    """Of n damaged checkpoints those that raised no error."""
    rng = np.random.default_rng(seed)
    X = [rng.standard_normal((k, 2)) for k in rng.integers(1, 9, 30)]
    y, file = np.arange(30) % 3, Path(folder) / "small"
    clf = RNNClassifier(3, max_iter=3, early_stopping=True, random_state=0)
    clf.fit(X, y, checkpoint=file)
    whole, silent = file.read_bytes(), []
    for k in range(n):
        spoilt, place = bytearray(whole), int(rng.integers(len(whole)))
        bit = int(rng.integers(8)) if k % 3 else None
        if bit is None:
            spoilt = spoilt[:place]
        else:
            spoilt[place] ^= 1 << bit
        file.write_bytes(spoilt)
        try:
            clf.fit(X, y, checkpoint=file)
        except ValueError:
            continue
        silent.append((place, bit))
    return silent


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weights", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--damaged", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dir", help="where to write, on the disk that is to be timed")
    args = parser.parse_args()
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        seconds, n_weights, size = cost(args.weights, args.epochs, folder)
        silent = damaged(args.damaged, args.seed, folder)
    typical = np.median(seconds)
    print(
        f"{len(seconds)} checkpoints of {n_weights:,} weights, {size / 1e6:.1f} MB: "
        f"median {1e3 * typical:.1f} ms (goal < {1e3 * GOAL:.0f}), "
        f"{np.percentile(seconds, 90) * 1e3:.1f} ms in 9 of 10, "
        f"{typical / EPOCH:.2%} of an epoch of {EPOCH:.0f} s (goal < {GOAL_SHARE:.0%})"
    )
    print(f"{args.damaged} damaged checkpoints, {len(silent)} without an error")
    for place, bit in silent:
        print(f"SILENT: byte {place}, {'cut there' if bit is None else f'bit {bit}'}")
    return int(bool(silent) or typical > GOAL)


if __name__ == "__main__":
    sys.exit(main())
