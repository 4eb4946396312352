"""Interrupts at random instants of fits and predictions: is anything left behind?

    python benchmarks/interrupts.py [--n 2000] [--seed 0]

Each call is interrupted once, as by Ctrl-C. Then nothing may be left of it: no limit of
the BLAS threads, no thread, no lock that is held. An estimator is as it was before, or
it has the weights of a whole epoch (a language model on running text: it works). The
exit status is 1 if one is not.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")  # else there is nothing to limit

import argparse
import signal
import sys
import threading
import time
import warnings
from collections import Counter

import numpy as np
from threadpoolctl import ThreadpoolController

from sksequence import RNNClassifier, RNNLanguageModel, RNNTagger, RNNTranslator

EPOCHS = 3
WAIT = 20.0  # seconds for what must come at once

RNG = np.random.default_rng(0)
STEPS = [RNG.standard_normal((n, 4)) for n in RNG.integers(5, 30, 60)]
WIDE = [RNG.standard_normal((n, 16)) for n in RNG.integers(2, 8, 300)]
TEXTS = ["a b c a", "b a", "c c a b", "b"] * 5
LABELS = [np.arange(len(x)) % 2 for x in STEPS]
FIT = {"max_iter": EPOCHS, "n_iter_no_change": 99, "random_state": 0}
FIT["learning_rate"] = "constant"  # so that k epochs are the first k of more

# name: (estimator, arguments of fit)
MODELS = {
    "classifier": (RNNClassifier(8, **FIT), (STEPS, np.arange(60) % 3)),
    "two threads": (
        RNNClassifier(256, "gru", batch_size=150, n_jobs=2, **FIT),
        (WIDE, np.arange(300) % 3),
    ),
    "held out": (
        RNNClassifier(8, early_stopping=True, **FIT),
        (STEPS, np.arange(60) % 3),
    ),
    "tagger": (RNNTagger(8, decoder="crf", **FIT), (STEPS, LABELS)),
    "running text": (RNNLanguageModel(8, contiguous=True, **FIT), (TEXTS,)),
    "translator": (
        RNNTranslator(8, embedding_dim=4, max_length=5, **FIT),
        (TEXTS, TEXTS[::-1]),
    ),
}


def controllers():
    return ThreadpoolController().select(user_api="blas").lib_controllers


def limits():
    return [library.num_threads for library in controllers()]


def interrupt(call, delay):
    """Whether an interrupt after ``delay`` seconds hits the call."""
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        call()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        return True
    return False


def seconds_of(call):
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def answers(call):
    """Whether a call comes to its end in another thread."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(WAIT)
    return not thread.is_alive()


def threads_end(n_before):
    """Whether there are no more threads than before, soon."""
    end = time.perf_counter() + WAIT
    while threading.active_count() > n_before and time.perf_counter() < end:
        time.sleep(0.001)
    return threading.active_count() <= n_before


class Storm:
    """Interrupts of the fits and predictions of one estimator."""

    def __init__(self, name):
        model, self.data = MODELS[name]
        self.contiguous = getattr(model, "contiguous", False)
        self.new = lambda: type(model)(**model.get_params())
        self.fitted = self.new().fit(*self.data)
        self.predict = self.fitted.predict
        self.expected = repr(list(self.predict(self.data[0])))
        self.epochs = [
            self.new().set_params(max_iter=k + 1).fit(*self.data).theta_.tobytes()
            for k in range(EPOCHS)
        ]
        self.calls = {
            "fit": lambda model: model.fit(*self.data),
            "partial_fit": lambda model: model.partial_fit(*self.data, **self.classes),
            "predict": lambda model: self.predict(self.data[0]),
        }
        self.classes = {}
        if name in ("classifier", "two threads"):
            self.classes = {"classes": np.unique(self.data[1])}
        if name == "held out":
            del self.calls["partial_fit"]
        self.seconds = {
            kind: seconds_of(lambda call=call: call(self.new()))
            for kind, call in self.calls.items()
        }

    def interrupt(self, rng):
        """One interrupt: the kind of call, whether it was hit, and what is wrong."""
        kind = str(rng.choice(list(self.calls)))
        model, before = self.new(), limits()
        n_threads, start = threading.active_count(), dict(vars(model))
        delay = max(rng.uniform(0, self.seconds[kind]), 1e-6)
        hit = interrupt(lambda: self.calls[kind](model), delay)
        wrong = []
        if limits() != before:
            wrong.append("limit")
            for library, n in zip(controllers(), before):
                library.set_num_threads(n)
        if not threads_end(n_threads):
            wrong.append("thread")
        if not answers(lambda: self.predict(self.data[0])):
            wrong.append("lock")
        if repr(list(self.predict(self.data[0]))) != self.expected:
            wrong.append("predictions")
        if not hasattr(model, "theta_"):
            if vars(model) != start:
                wrong.append("attributes")
        elif not self.contiguous:
            if model.theta_.tobytes() not in self.epochs:
                wrong.append("weights")
            if not 1 <= model.n_iter_ <= EPOCHS:
                wrong.append("epochs")
        else:
            model.predict(self.data[0])
        return kind, hit, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=2000, help="interrupts")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    rng = np.random.default_rng(args.seed)
    storms = {name: Storm(name) for name in MODELS}
    counts, faults = Counter(), Counter()
    while counts.total() < args.n:
        name = str(rng.choice(list(storms)))
        kind, hit, wrong = storms[name].interrupt(rng)
        if hit:
            counts[f"{name}, {kind}"] += 1
            faults.update(f"{name}, {kind}: {what}" for what in wrong)
    for call, n in sorted(counts.items()):
        print(f"{call:30} {n:5} interrupts")
    for fault, n in sorted(faults.items()):
        print(f"LEFT BEHIND {fault}: {n}")
    print(f"{counts.total()} interrupts, {faults.total()} left something behind")
    return int(faults.total() > 0)


if __name__ == "__main__":
    sys.exit(main())
