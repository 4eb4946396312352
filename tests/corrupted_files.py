"""Damage to saved models: flipped bits, lost ends, and what loading makes of it."""

from collections import Counter
from pathlib import Path

import numpy as np
from saved_models import predictions

from sksequence import io

OUTCOMES = "errors", "same", "silent changes", "other errors"


def damaged(data, rng):
    """Bytes with one kind of damage: (kind, bytes)."""
    data, n = bytearray(data), len(data)
    kind = ["bit", "bits", "cut", "bytes", "zeros", "swapped", "longer"][rng.randint(7)]
    begin, length = rng.randint(n), rng.randint(1, 65)
    if kind == "bit":
        data[begin] ^= 1 << rng.randint(8)
    elif kind == "bits":
        for k in rng.randint(n, size=length):
            data[k] ^= 1 << rng.randint(8)
    elif kind == "cut":
        del data[begin:]
    elif kind == "bytes":
        data[begin : begin + length] = rng.bytes(len(data[begin : begin + length]))
    elif kind == "zeros":
        data[begin : begin + length] = bytes(len(data[begin : begin + length]))
    elif kind == "swapped":
        first, second = sorted(rng.randint(n // 2, size=2))
        length = min(length, second - first, n - second)
        parts = data[first : first + length], data[second : second + length]
        data[second : second + length], data[first : first + length] = parts
    else:
        data += rng.bytes(length)
    return kind, bytes(data)


def try_damages(models, folder, n, seed=0):
    """Count what loading damaged files gives: errors, same predictions, others.

    Parameters
    ----------
    models : dict of path -> X
        Saved models, and what to predict.
    folder : path
        Where damaged files are written.
    n, seed : int

    Returns
    -------
    Counter
        Of ``OUTCOMES``; "same" is damage in what is not used.
    """
    rng, counts = np.random.RandomState(seed), Counter()
    paths, expected = list(models), {}
    for path, X in models.items():
        expected[path] = predictions(io.load(path), X)
    target = Path(folder) / "damaged"
    while counts.total() < n:
        path = paths[rng.randint(len(paths))]
        whole = Path(path).read_bytes()
        _, data = damaged(whole, rng)
        if data == whole:
            continue
        target.write_bytes(data)
        try:
            found = predictions(io.load(target), models[path])
        except io.DamagedFile:
            counts["errors"] += 1
        except Exception:
            counts["other errors"] += 1
        else:
            counts["same" if found == expected[path] else "silent changes"] += 1
    return counts
