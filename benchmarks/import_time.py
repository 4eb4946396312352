"""Time of ``import sksequence`` beside what it stands on, in interleaved processes."""

import os
import subprocess
import sys
import time

import numpy as np

RUNS = 21
OURS = "import sksequence"
BESIDE = "import sklearn.base, scipy.special"
# As for a user: with the bytecode that the first import left.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def seconds(code):
    """Time of a fresh interpreter that runs some code."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
    return time.perf_counter() - started


def main():
    """Print both medians and the median ratio of the pairs."""
    seconds(OURS), seconds(BESIDE)  # fill the caches
    times = np.array([[seconds(OURS), seconds(BESIDE)] for _ in range(RUNS)])
    ours, beside = np.median(times, axis=0)
    ratio = np.median(times[:, 0] / times[:, 1])
    print(f"{OURS}: {ours:.3f} s\n{BESIDE}: {beside:.3f} s")
    print(f"ratio, median of {RUNS} pairs: {ratio:.3f} (goal: at most 1.1)")


if __name__ == "__main__":
    main()
