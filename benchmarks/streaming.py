"""One step at a time: microseconds a step, and of what they consist, beside PyTorch.

    python benchmarks/streaming.py [--quick]

A classifier of 64 LSTM units reads steps of 8 features of one sequence, checks
included; PyTorch's ``LSTM`` and ``Linear`` do the same in a loop, unchecked. Both have
one thread, and weights of the same sizes but other values: only seconds are compared.
Then a tagger of 16 units reads 800 steps one at a time, and all prefixes of sequences
are predicted, in one pass and each by itself.
"""

import argparse
import time

import numpy as np
from _engines import ENGINES, engine_option
from _machine import BLAS, blas, warn_of_kernels
from _timing import ratio_and_quartiles, seconds_of_sides

from sksequence import RNNClassifier, RNNTagger
from sksequence._state import as_fitted
from sksequence.estimators._step_by_step import NetworkStepping
from sksequence.estimators._stepping import stepping_of

N_UNITS, N_FEATURES, N_CLASSES = 64, 8, 3
GOALS = {"step": 25e-6, "ratio": 3.0, "800 steps": 0.03}


def data(n_sequences=60, n_steps=20):
    """Float32 sequences of noise, and labels."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_sequences, n_steps, N_FEATURES), np.float32)
    return X, np.arange(n_sequences) % N_CLASSES


def classifier(engine, **settings):
    """A classifier that has seen an epoch."""
    options = {"cell": "lstm", "bidirectional": False, "pooling": "last"} | settings
    clf = RNNClassifier(N_UNITS, max_iter=1, random_state=0, **options)
    return clf.set_params(**engine_option(engine)).fit(*data())


def our_loop(clf, x):
    """A call is a step."""
    state = clf.initial_state()

    def step():
        nonlocal state
        output, state = clf.step(x, state)
        return output

    return step


def torch_loop(x):
    """As ``our_loop``; None without PyTorch."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    lstm = torch.nn.LSTM(N_FEATURES, N_UNITS)
    linear = torch.nn.Linear(N_UNITS, N_CLASSES)
    x, state = torch.from_numpy(x)[None], None

    def step():
        nonlocal state
        with torch.inference_mode():
            H, state = lstm(x, state)
            return torch.softmax(linear(H[-1]), dim=1)

    return step


def parts_of_a_step(clf, x):
    """By name: calls of the parts of ``step``."""
    stepping, state = stepping_of(clf, NetworkStepping), clf.initial_state()
    stepper, theta = stepping.stepper, clf.theta_
    cell = stepper._stepper.first
    z, scores = cell.project(x), stepper.step(theta, x, state)[0]
    return {
        "attributes as they are now": lambda: as_fitted(clf),
        "are the weights still those?": lambda: stepper.weights.is_of(theta),
        "check X": lambda: stepping.takes(x),
        "check the state": lambda: stepping.check_state(state),
        "input projection": lambda: cell.project(x),
        "the cell": lambda: cell.step(z, state["rnn0"]),
        "all layers": lambda: stepper.step(theta, x, state),
        "probabilities": lambda: clf._output_of(scores),
    }


def print_steps(repeats):
    """Microseconds of a step, ours and PyTorch's, and of the parts of ours."""
    x = data()[0][:1, 0]
    loops = {engine: our_loop(classifier(engine), x) for engine in ENGINES}
    peer = torch_loop(x)
    if peer is not None:
        loops["PyTorch"] = peer
    seconds = seconds_of_sides(list(loops.values()), repeats)
    for k, name in enumerate(loops):
        line = f"{name:<30} {1e6 * np.median(seconds[:, k]):8.1f} us a step"
        if peer is not None and name != "PyTorch":
            ratio, low, high = ratio_and_quartiles(seconds[:, k], seconds[:, -1])
            line += f"; PyTorch / ours {ratio:.1f} ({low:.1f} to {high:.1f})"
        print(line)
    print(f"goals: at most {1e6 * GOALS['step']:.0f} us, ratio {GOALS['ratio']:g}")
    parts = parts_of_a_step(classifier("numpy"), x)
    seconds = np.median(seconds_of_sides(list(parts.values()), repeats), axis=0)
    for name, value in zip(parts, seconds):
        print(f"  {name:<28} {1e6 * value:8.1f} us")


def print_tagger(n_steps=800):
    """Seconds of a tagger that reads one sequence step by step."""
    X, _ = data(20, 40)
    y = (X[:, :, 0] > 0).astype(int)
    tagger = RNNTagger(16, bidirectional=False, max_iter=1, random_state=0).fit(X, y)
    x = np.random.default_rng(1).standard_normal((n_steps, N_FEATURES), np.float32)
    found = []
    for _ in range(5):
        state, started = tagger.initial_state(), time.perf_counter()
        for t in range(n_steps):
            p, state = tagger.step(x[t : t + 1], state)
        found.append(time.perf_counter() - started)
    error = np.abs(p[0] - tagger.predict_proba([x])[0][-1]).max()
    print(
        f"tagger of 16 units, {n_steps} steps one at a time: {min(found):.4f} s (goal "
        f"{GOALS['800 steps']:g}), off by {error:.0e} at the end"
    )


def print_prefixes(lengths):
    """Seconds of the predictions of all prefixes: in one pass, and each by itself."""
    clf = classifier("numpy", pooling="max")
    for n_steps in lengths:
        X = data(10, n_steps)[0]
        started = time.perf_counter()
        staged = clf.staged_predict_proba(X)
        between = time.perf_counter()
        each = [clf.predict_proba(X[:, : t + 1]) for t in range(n_steps)]
        done = time.perf_counter()
        error = np.abs(np.stack(list(staged)) - np.stack(each, axis=1)).max()
        print(
            f"all prefixes of 10 sequences of {n_steps:>3} steps: "
            f"{between - started:.4f} s in one pass, {done - between:.3f} s one by "
            f"one, apart by {error:.0e}"
        )


def main():
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    quick = parser.parse_args().quick
    warn_of_kernels()
    print(f"# blas: {blas()}, one thread")
    with BLAS.limit(limits=1):
        print_steps(3 if quick else 30)
        print_tagger()
        print_prefixes([50] if quick else [50, 100, 200, 400])


if __name__ == "__main__":
    main()
