"""Fits that are killed at random points: do they go on to the same bits?

    python benchmarks/kills.py [--n 200] [--seed 0]

Each fit has a checkpoint and is killed by SIGKILL once or twice: at a random time, or
while the file is being written (before, in the midst of the bytes, before they are on
the disk, before and after the new file takes the place of the old one). It is started
again until it ends. Then weights and history must be, to the bit, those of the fit that
was left alone. The exit status is 1 if they are not.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from sksequence import (
    Checkpoint,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
    _container,
)

RNG = np.random.default_rng(0)
STEPS = [RNG.standard_normal((n, 4)) for n in RNG.integers(5, 20, 80)]
CLASSES = np.arange(80) % 3
LABELS = [np.arange(len(x)) % 2 for x in STEPS]
TEXTS = ["".join(RNG.choice(list("abcd "), size=n)) for n in RNG.integers(3, 20, 80)]
FIT = {"max_iter": 8, "dropout": 0.2, "random_state": 0}
CHARS = {"source_analyzer": "char", "target_analyzer": "char"}
EVERY = [None, 0.02, 0.0]  # seconds between checkpoints

# name: (estimator, arguments of fit)
MODELS = {
    "classifier": (
        RNNClassifier(16, early_stopping=True, ema_decay=0.9, **FIT),
        (STEPS, CLASSES),
    ),
    "regressor": (
        RNNRegressor(16, solver="sgd", learning_rate="one_cycle", **FIT),
        (STEPS, np.array([x.sum() for x in STEPS])),
    ),
    "step regressor": (
        RNNStepRegressor(16, learning_rate="adaptive", n_iter_no_change=2, **FIT),
        (STEPS, [x[:, 0] for x in STEPS]),
    ),
    "tagger": (RNNTagger(16, decoder="crf", alpha=0.1, **FIT), (STEPS, LABELS)),
    "language model": (RNNLanguageModel(16, analyzer="char", **FIT), (TEXTS,)),
    "running text": (
        RNNLanguageModel(16, analyzer="char", contiguous=True, bptt_length=5, **FIT),
        (TEXTS * 5,),
    ),
    "generator": (
        RNNGenerator(16, analyzer="char", **FIT),
        (RNG.standard_normal((80, 3)), TEXTS),
    ),
    "translator": (RNNTranslator(16, **CHARS, **FIT), (TEXTS, TEXTS)),
}
POINTS = ["before", "in the bytes", "fsync", "replace", "after"]


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """Takes the place of ``write_atomically``: dies in the n-th time it writes."""

    def __init__(self, n, point):
        self.left, self.point, self.write = n, point, _container.write_atomically

    def __call__(self, path, write, **options):
        self.left -= 1
        if self.left > 0:
            return self.write(path, write, **options)
        if self.point == "before":
            die()
        if self.point == "in the bytes":
            return self.write(path, lambda file: write(Half(file)), **options)
        if self.point == "after":
            self.write(path, write, **options)
            die()
        setattr(os, self.point, lambda *args: die())
        return self.write(path, write, **options)


class Half:
    """A file that takes half of the bytes of the third piece."""

    def __init__(self, file):
        self.file, self.left = file, 3

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, data):
        self.left -= 1
        if self.left:
            return self.file.write(data)
        self.file.write(bytes(data)[: len(data) // 2])
        self.file.flush()
        die()


def start(name, result, checkpoint=None, dying=None):
    """A process that fits and writes down what it has come to; its id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        if dying is not None:
            _container.write_atomically = dying
        model, data = MODELS[name]
        model.fit(*data, checkpoint=checkpoint)
        history = [
            {k: v for k, v in row.items() if "second" not in k}
            for row in model.history_
        ]
        found = model.theta_.tobytes(), history, model.validation_scores_
        result.write_text(repr(found))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(pid):
    """Whether a process came to its end, and was not killed."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if status:
        raise RuntimeError(f"a fit failed with status {status}")
    return True


class Fits:
    """Fits of one model."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        started = time.perf_counter()
        self.straight = self.result(start(name, folder / "straight"), "straight")
        self.seconds = time.perf_counter() - started

    def result(self, pid, name):
        return (self.folder / name).read_text() if ended(pid) else None

    def killed(self, rng):
        """One fit that is killed: at which points, and whether the bits are right."""
        every = EVERY[rng.integers(len(EVERY))]
        points, most = [], rng.integers(1, 3)
        while True:
            file = self.folder / "checkpoint"
            checkpoint = Checkpoint(file, every)
            dying, delay = None, None
            if len(points) < most and rng.random() < 0.5:
                delay = rng.uniform(0, self.seconds)
            elif len(points) < most:
                n_writes = MODELS[self.name][0].max_iter * (1 if every is None else 2)
                dying = Dying(rng.integers(1, n_writes + 2), str(rng.choice(POINTS)))
            pid = start(self.name, self.folder / "result", checkpoint, dying)
            if delay is not None:
                time.sleep(delay)
                os.kill(pid, signal.SIGKILL)
            found = self.result(pid, "result")
            if found is None:
                points.append(f"writing, {dying.point}" if dying else "any time")
            elif points:
                left = [p for p in self.folder.iterdir() if p.suffix == ".tmp"]
                file.unlink()
                return points, found == self.straight and not left
            else:  # it was too fast
                file.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=200, help="fits that are killed")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("error")
    rng = np.random.default_rng(args.seed)
    kills, right, tried = Counter(), Counter(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        fits = {}
        for k in range(args.n):
            name = list(MODELS)[k % len(MODELS)]
            if name not in fits:
                (Path(folder) / name).mkdir()
                fits[name] = Fits(name, Path(folder) / name)
            points, same = fits[name].killed(rng)
            kills.update(points)
            tried[name] += 1
            right[name] += same
    for name, n in tried.items():
        print(f"{name:20} {n:4} fits, {right[name]:4} with the same bits")
    for point, n in sorted(kills.items()):
        print(f"killed at {point:24} {n:4} times")
    wrong = args.n - right.total()
    print(f"{args.n} fits killed {kills.total()} times, {wrong} with other bits")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
