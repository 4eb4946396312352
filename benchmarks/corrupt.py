"""Damaged and hostile files of models: how many are refused.

    python benchmarks/corrupt.py [--n 3000] [--hostile 300] [--seed 0]

The exit code is 1 if damage changes a prediction in silence, an error is of another
kind than ``DamagedFile``, or anything in a hostile file runs or is loaded.
"""

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import corrupted_files
import hostile_files
import saved_models

from sksequence import io


def main():
    """Damage files, forge files, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=3000, help="damaged files")
    parser.add_argument("--hostile", type=int, default=300, help="hostile files")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # few epochs
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        models = {}
        for name in saved_models.MODELS:
            model, X = saved_models.fitted(name)
            for compress in (False, True):
                path = Path(folder) / f"{name} {compress}"
                io.save(model, path, compress=compress)
                models[path] = X
        counts = corrupted_files.try_damages(models, folder, options.n, options.seed)
        found = ", ".join(f"{counts[k]:,} {k}" for k in corrupted_files.OUTCOMES)
        print(f"{options.n:,} damaged files of {len(models)} models: {found}")
        results = hostile_files.try_files(folder, options.hostile, options.seed)
    tried, ran, loaded = map(sum, zip(*results.values()))
    print(
        f"{tried:,} hostile files of {len(results)} kinds: {ran} ran, {loaded} loaded"
    )
    print(f"{time.perf_counter() - started:.0f} s")
    wrong = counts["silent changes"] + counts["other errors"]
    sys.exit(int(wrong > 0 or ran > 0 or loaded > 0))


if __name__ == "__main__":
    main()
