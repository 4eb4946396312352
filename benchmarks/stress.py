"""Much at once: memory, threads, long sequences, many fits and forks.

    python benchmarks/stress.py [--scale 1] [--only WORD ...]

Prints what was tried and what held. Memory: the most that was resident during a call,
beyond what was there before and what the result takes, may be 200 MB, for 100,000
classes (or tokens) and for a million sequences. The exit code is 1 if anything did not
hold. With ``--scale 0.05`` there is a twentieth of all, for CI.
"""

import argparse
import ctypes
import gc
import os
import signal
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import wraps

import numpy as np
from memory import MB, peak, reset_peak

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.preprocessing import TokenEncoder

MOST_MEMORY = 200 * MB  # beside the result
MOST_GROWTH = 8 * MB  # of a process, over many fits
N_CLASSES, N_SEQUENCES = 10**5, 10**6
N_CALLS, N_THREADS = 10**5, 8
N_STEPS, STEEPEST = 10**6, 1.6  # as often as linear
N_FITS, N_FORKS = 200, 40
FEW = {"hidden_layer_sizes": 8, "max_iter": 1, "random_state": 0}
LONGEST_WAIT = 60  # seconds, for a child that may wait for ever


def kept(method):
    """Made once for each size."""

    @wraps(method)
    def getting(self, n):
        key = method.__name__, n
        if key not in self.made:
            self.made[key] = method(self, n)
        return self.made[key]

    return getting


class Data:
    """Sequences, labels and models of one scale."""

    def __init__(self, scale):
        self.scale, self.made = scale, {}

    def many(self, n):
        return max(int(n * self.scale), 20)

    @kept
    def sequences(self, n):
        """Of 1 to 5 steps of one number."""
        rng = np.random.default_rng(0)
        lengths = rng.integers(1, 6, n)
        values = rng.standard_normal((lengths.sum(), 1), dtype=np.float32)
        return RaggedArray.from_concatenated(values, lengths)

    def ids(self, n, n_tokens):
        X = self.sequences(n)
        rng = np.random.default_rng(1)
        return RaggedArray(rng.integers(2, n_tokens, X.offsets[-1]), X.offsets)

    @kept
    def words(self, n_tokens):
        return [f"w{k}" for k in range(n_tokens)]

    def sentences(self, n, n_tokens):
        words = np.array(self.words(n_tokens), dtype=object)
        return [words[ids - 2].tolist() for ids in self.ids(n, n_tokens)]

    def encoder(self, n_tokens):
        return TokenEncoder(vocabulary=self.words(n_tokens))

    @kept
    def classifier(self, n_classes):
        X = self.sequences(20)
        classes = np.arange(n_classes)
        return RNNClassifier(**FEW).partial_fit(X, classes[:20] % 2, classes=classes)

    @kept
    def tagger(self, n_classes):
        X = self.sequences(20)
        y = [np.arange(n) % 2 for n in X.lengths]
        return RNNTagger(**FEW).partial_fit(X, y, classes=np.arange(n_classes))

    @kept
    def language_model(self, n_tokens):
        model = RNNLanguageModel(**FEW, encoder=self.encoder(n_tokens), max_length=5)
        return model.fit(self.sentences(20, n_tokens))

    @kept
    def generator(self, n_tokens):
        model = RNNGenerator(**FEW, encoder=self.encoder(n_tokens), max_length=5)
        return model.fit(np.arange(20.0)[:, None], self.sentences(20, n_tokens))

    @kept
    def translator(self, n_tokens):
        texts = self.sentences(20, n_tokens)
        model = RNNTranslator(
            **FEW, target_encoder=self.encoder(n_tokens), max_length=5
        )
        return model.fit(texts, texts)


# -- memory: name -> (data -> call) ----------------------------------------------------


def of_classes(method, model, n=3000, targets=None):
    def make(data):
        k = data.many(N_CLASSES)
        fitted, X = getattr(data, model)(k), data.sequences(data.many(n * 10) // 10)
        given = () if targets is None else (targets(X, k),)
        return lambda: getattr(fitted, method)(X, *given)

    return make


def labels_of(X, k):
    return np.arange(len(X)) % k


def tags_of(X, k):
    return X.with_values(np.arange(X.offsets[-1]) % k)


def of_sequences(method, model, k, n=N_SEQUENCES, targets=None):
    def make(data):
        X = data.sequences(data.many(n))
        fitted = getattr(data, model)(k)
        given = () if targets is None else (targets(X, k),)
        return lambda: getattr(fitted, method)(X, *given)

    return make


def of_texts(method, model, k=None, n=3000, of=None):
    """Of so many sentences of k tokens; None: as many as there are classes."""

    def make(data):
        n_tokens = data.many(N_CLASSES) if k is None else k
        texts = data.sentences(data.many(n), n_tokens)
        fitted = getattr(data, model)(n_tokens)
        numbers = np.arange(float(len(texts)))[:, None]
        X = numbers if model == "generator" else texts
        given = (X, texts) if of == "pairs" else (X,)
        return lambda: getattr(fitted, method)(*given)

    return make


def regressor(cls):
    def make(data):
        X = data.sequences(20)
        y = np.zeros(20) if cls is RNNRegressor else [np.zeros(n) for n in X.lengths]
        fitted = cls(**FEW).fit(X, y)
        X = data.sequences(data.many(N_SEQUENCES))
        return lambda: fitted.predict(X)

    return make


def samples(model, n, k=None):
    def make(data):
        n_tokens = data.many(N_CLASSES) if k is None else k
        fitted, n_texts = getattr(data, model)(n_tokens), data.many(n)
        if model == "language_model":
            return lambda: fitted.sample(n_texts, random_state=0)
        X = np.arange(float(n_texts))[:, None]
        return lambda: fitted.sample(X, random_state=0)

    return make


MEMORY = {
    "classes: RNNClassifier.predict": of_classes("predict", "classifier"),
    "classes: RNNClassifier.score": of_classes(
        "score", "classifier", targets=labels_of
    ),
    "classes: RNNClassifier.transform": of_classes("transform", "classifier"),
    "classes: RNNTagger.predict": of_classes("predict", "tagger", 1000),
    "classes: RNNTagger.score": of_classes("score", "tagger", 1000, tags_of),
    "classes: RNNTagger.score_samples": of_classes(
        "score_samples", "tagger", 1000, tags_of
    ),
    "classes: RNNTagger.transform": of_classes("transform", "tagger", 1000),
    "classes: RNNLanguageModel.predict": of_texts("predict", "language_model", n=1000),
    "classes: RNNLanguageModel.score": of_texts("score", "language_model", n=1000),
    "classes: RNNLanguageModel.score_samples": of_texts(
        "score_samples", "language_model", n=1000
    ),
    "classes: RNNLanguageModel.sample": samples("language_model", 1000),
    "classes: RNNGenerator.predict": of_texts("predict", "generator", n=1000),
    "classes: RNNGenerator.score_samples": of_texts(
        "score_samples", "generator", n=1000, of="pairs"
    ),
    "classes: RNNGenerator.sample": samples("generator", 1000),
    "classes: RNNTranslator.predict": of_texts("predict", "translator", n=1000),
    "classes: RNNTranslator.score_samples": of_texts(
        "score_samples", "translator", n=1000, of="pairs"
    ),
    "sequences: RNNClassifier.predict": of_sequences("predict", "classifier", 20),
    "sequences: RNNClassifier.predict_proba": of_sequences(
        "predict_proba", "classifier", 20
    ),
    "sequences: RNNClassifier.score": of_sequences(
        "score", "classifier", 20, targets=labels_of
    ),
    "sequences: RNNClassifier.transform": of_sequences("transform", "classifier", 20),
    "sequences: RNNRegressor.predict": regressor(RNNRegressor),
    "sequences: RNNStepRegressor.predict": regressor(RNNStepRegressor),
    "sequences: RNNTagger.predict": of_sequences("predict", "tagger", 20),
    "sequences: RNNTagger.score": of_sequences("score", "tagger", 20, targets=tags_of),
    "sequences: RNNTagger.score_samples": of_sequences(
        "score_samples", "tagger", 20, targets=tags_of
    ),
    "sequences: RNNTagger.transform": of_sequences("transform", "tagger", 20),
    "sequences: RNNLanguageModel.score": of_texts(
        "score", "language_model", 50, N_SEQUENCES
    ),
    "sequences: RNNLanguageModel.score_samples": of_texts(
        "score_samples", "language_model", 50, N_SEQUENCES
    ),
    "sequences: RNNLanguageModel.sample": samples("language_model", N_SEQUENCES, 50),
    "sequences: RNNGenerator.predict": of_texts(
        "predict", "generator", 50, N_SEQUENCES
    ),
    "sequences: RNNGenerator.score_samples": of_texts(
        "score_samples", "generator", 50, N_SEQUENCES, "pairs"
    ),
    "sequences: RNNTranslator.score_samples": of_texts(
        "score_samples", "translator", 50, N_SEQUENCES, "pairs"
    ),
}


def size_of(result):
    """The memory of a result in bytes; what is in it twice counts once."""
    seen = set()

    def size(value):
        if id(value) in seen:
            return 0
        seen.add(id(value))
        if isinstance(value, RaggedArray):
            return size(value.values) + size(value.offsets)
        if isinstance(value, np.ndarray):
            own = sys.getsizeof(value)
            inner = size(value.base) if value.base is not None else 0
            if value.dtype.hasobject:
                inner += sum(map(size, value.ravel()))
            return own + inner
        if isinstance(value, (list, tuple)):
            return sys.getsizeof(value) + sum(map(size, value))
        return sys.getsizeof(value)

    return size(result)


def give_back():
    """Let the system have what is free, so that the next call is not given it."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def check_memory(call):
    """(held, what was found) of one call."""
    give_back()
    before = reset_peak()
    started = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - started
    most, size = peak() - before, size_of(result)
    found = f"{(most - size) / MB:6.0f} MB beside {size / MB:5.0f} MB, {seconds:5.1f} s"
    return most - size <= MOST_MEMORY, found


# -- others: data -> (held, what was found) --------------------------------------------


def threads(data):
    """Predictions of one sequence from many threads, beside those made alone."""
    X, texts = data.sequences(200), data.sentences(200, 50)
    calls = [
        *((data.classifier(20).predict_proba, X[[i]]) for i in range(200)),
        *((data.tagger(20).predict_proba, X[[i]]) for i in range(200)),
        *((data.language_model(50).score_samples, [t]) for t in texts),
    ]
    alone = [bits(method(x)) for method, x in calls]
    n = data.many(N_CALLS)

    def run(seed):
        rng = np.random.default_rng(seed)
        wrong = 0
        for k in rng.integers(0, len(calls), n // N_THREADS):
            method, x = calls[k]
            wrong += bits(method(x)) != alone[k]
        return wrong

    started = time.perf_counter()
    with ThreadPoolExecutor(N_THREADS) as pool:
        wrong = sum(pool.map(run, range(N_THREADS)))
    seconds = time.perf_counter() - started
    found = f"{n:,} predictions, {wrong} with other bits, {seconds:.1f} s"
    return wrong == 0, found


def bits(result):
    if isinstance(result, np.ndarray) and result.dtype.hasobject:
        return b"".join(map(bits, result))
    return np.asarray(result).tobytes()


def steps(data):
    """A sequence of many steps beside one of a quarter."""
    most, found, held = data.many(N_STEPS), [], True
    rng = np.random.default_rng(0)
    x = rng.standard_normal((most, 1), dtype=np.float32)
    models = {
        "classifier": data.classifier(20).predict,
        "tagger": data.tagger(20).predict,
        "score_samples": lambda X: data.tagger(20).score_samples(
            X, [np.zeros(len(x), dtype=int) for x in X]
        ),
    }
    for name, predict in models.items():
        seconds = {}
        for n in (most // 4, most):
            times = []
            for _ in range(2):
                started = time.process_time()  # which others do not take
                predict([x[:n]])
                times.append(time.process_time() - started)
            seconds[n] = min(times)
        times_linear = seconds[most] / seconds[most // 4] / 4
        held &= times_linear < STEEPEST
        found.append(f"{name} {seconds[most]:.1f} s, {times_linear:.2f} of linear")
    return held, f"{most:,} steps: " + "; ".join(found)


def fits(data):
    """What a process holds after many fits, beside what it held after a quarter."""
    n = max(data.many(N_FITS), 100)  # at the quarter, what is kept of some is full
    X = data.sequences(100)
    y, tags = labels_of(X, 3), tags_of(X, 3)
    texts = data.sentences(50, 50)
    held = {}
    for k in range(n):
        RNNClassifier(**FEW, n_jobs=1 + k % 2).fit(X, y).predict(X)
        RNNTagger(**FEW, decoder="crf").fit(X, tags).predict(X)
        RNNLanguageModel(**FEW, early_stopping=True).fit(texts).sample(2)
        if k + 1 in (n // 4, n):
            give_back()
            files = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
            held[k + 1] = reset_peak(), len(gc.get_objects()), files
    (memory, objects, files), (memory_2, objects_2, files_2) = held.values()
    alive = threading.active_count()
    found = (
        f"{n} fits of 3 estimators: {(memory_2 - memory) / MB:+.1f} MB, "
        f"{objects_2 - objects:+} objects, {files_2 - files:+} files, {alive} threads"
    )
    same = objects_2 - objects < 100 and files_2 == files and alive <= 3
    return same and memory_2 - memory < MOST_GROWTH, found


def forks(data):
    """Children predict and fit the same, though threads of the parent are at work."""
    if not hasattr(os, "fork"):
        return True, "this system has no fork"
    X, n = data.sequences(300), data.many(N_FORKS)
    y = labels_of(X, 3)
    clf = RNNClassifier(**FEW, n_jobs=2).fit(X, y)
    expected = bits(clf.predict_proba(X)), bits(clf.theta_)
    going = threading.Event()
    going.set()

    def predict():
        while going.is_set():
            clf.predict_proba(X)

    workers = [threading.Thread(target=predict) for _ in range(2)]
    for worker in workers:
        worker.start()
    right = 0
    try:
        for _ in range(n):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forks
                child = os.fork()
            if child == 0:
                _child(clf, X, y, expected)
            right += _ends_well(child)
    finally:
        going.clear()
        for worker in workers:
            worker.join()
    return right == n, f"{n} forks amid predictions, {right} children right"


def _child(clf, X, y, expected):
    try:
        again = RNNClassifier(**FEW, n_jobs=2).fit(X, y)
        same = (bits(clf.predict_proba(X)), bits(again.theta_)) == expected
        os._exit(int(not same))
    except BaseException:
        os._exit(2)


def _ends_well(child):
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


OTHERS = {"threads": threads, "steps": steps, "fits": fits, "forks": forks}


def main():
    """Try all, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", default=[""], help="parts of names")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # few epochs
    data, held = Data(options.scale), []
    tried = {
        name: lambda data, make=make: check_memory(make(data))
        for name, make in MEMORY.items()
    }
    tried |= OTHERS
    started = time.perf_counter()
    for name, task in tried.items():
        if any(word in name for word in options.only):
            try:
                ok, found = task(data)
            except Exception as error:
                ok, found = False, f"{type(error).__name__}: {error}"
            held.append(ok)
            print(f"{'held' if ok else 'NOT '}  {name:42} {found}", flush=True)
    seconds = time.perf_counter() - started
    print(f"{len(held)} tried, {sum(held)} held, {seconds:.0f} s")
    sys.exit(int(not all(held)))


if __name__ == "__main__":
    main()
