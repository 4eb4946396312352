"""Threads: their number, whose turn it is, and BLAS kept to one thread."""

import os
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from helpers import PER_SEQUENCE, ragged_data
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from sksequence import RNNClassifier
from sksequence._cached import cached_property
from sksequence._threads import (
    BlasLimit,
    _controller,
    _Library,
    begun_and_ended,
    in_turn,
    n_threads,
    one_blas_thread,
    share_out,
    with_worker,
)
from sksequence.cells._pipeline import _submit

X, Y = ragged_data()
every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)


def small(name="RNNClassifier", **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0} | settings
    return PER_SEQUENCE[name](**settings)


SAME_BITS = """
import sys, hashlib
sys.path.insert(0, sys.argv[1])
from helpers import PER_SEQUENCE, ragged_data
from sksequence import RNNClassifier
X, y = ragged_data(60, 8, 3, low=20, high=40)
clf = RNNClassifier((260, 64), bidirectional=True, dropout=0.2, recurrent_dropout=0.2,
                    early_stopping=True, max_iter=1, random_state=0)
print(hashlib.sha256(clf.fit(X, y).theta_.tobytes() + clf.transform(X).tobytes())
      .hexdigest())
"""


def test_same_bits_across_processes_and_their_blas_threads():
    def run(n_threads):
        env = os.environ | {"OPENBLAS_NUM_THREADS": n_threads}
        here = os.path.dirname(__file__)
        out = subprocess.run(
            [sys.executable, "-c", SAME_BITS, here],
            env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return out.stdout

    assert run("1") == run("2") == run("1") != ""


@every_estimator
def test_four_threads_predict_what_one_does(name):
    rng = np.random.default_rng(0)
    many = [rng.standard_normal((n, 3)) for n in rng.integers(5, 50, 300)]
    estimator = small(name, hidden_layer_sizes=(32,)).fit(X, Y)
    expected = estimator.transform(many)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: estimator.transform(many), range(12)):
            assert_array_equal(result, expected)


def blas_limits():
    return [
        lib["num_threads"] for lib in _controller().info() if lib["user_api"] == "blas"
    ]


@one_blas_thread
def limits_inside():
    return blas_limits()


def test_blas_threads_are_limited_inside_and_restored_outside():
    with threadpool_limits(2):
        before = blas_limits()

        @one_blas_thread
        def nested():
            return [blas_limits(), limits_inside(), blas_limits()]

        for inside in nested():
            assert set(inside) == {1}
        assert blas_limits() == before


def test_blas_threads_are_restored_when_calls_overlap():
    before = blas_limits()
    first_ends, second_began = threading.Event(), threading.Event()

    @one_blas_thread
    def second():
        second_began.set()
        assert first_ends.wait(20)
        return blas_limits()

    with ThreadPoolExecutor(1) as pool:

        @one_blas_thread
        def first():
            task = pool.submit(second)
            assert second_began.wait(20)
            return task

        task = first()
        first_ends.set()
        assert set(task.result()) == {1}
    assert blas_limits() == before


def test_what_fails_gives_back_its_limit():
    before = blas_limits()

    @one_blas_thread
    def fails():
        raise MemoryError

    with pytest.raises(MemoryError):
        fails()
    assert blas_limits() == before


class FakeLibrary:
    """A BLAS library with a number of threads for the process, or for each thread."""

    def __init__(self, n, per_thread=False):
        self.n, self.per_thread = n, per_thread
        self.local = threading.local()

    def get(self):
        return getattr(self.local, "n", self.n) if self.per_thread else self.n

    def set(self, n):
        if self.per_thread:
            self.local.n = n
        else:
            self.n = n


def limit_of(*libraries):
    limit = BlasLimit()
    limit.looked = True
    limit.shared = [library for library in libraries if not library.per_thread]
    limit.own = [library for library in libraries if library.per_thread]
    return limit


def test_limits_of_each_thread_and_of_the_process():
    process, own = FakeLibrary(4), FakeLibrary(4, per_thread=True)
    limit, first, second = limit_of(process, own), [], []
    with ThreadPoolExecutor(1) as pool:
        limit.begin(first)
        assert (process.get(), own.get()) == (1, 1)
        assert pool.submit(own.get).result() == 4
        pool.submit(limit.begin, second).result()
        assert pool.submit(own.get).result() == 1
        limit.end(first)
        assert (process.get(), own.get()) == (1, 4)
        pool.submit(limit.end, second).result()
        assert (process.get(), own.get()) == (4, 4)
        assert pool.submit(own.get).result() == 4


def test_a_limit_that_somebody_else_has_set_is_left_alone():
    library = FakeLibrary(4)
    limit, who, other = limit_of(library), [], []
    limit.begin(who)
    library.set(3)
    limit.end(who)
    assert library.get() == 3
    limit.begin(who)
    library.set(2)
    limit.begin(other)  # the limit holds again, and 2 is what is to be given back
    assert library.get() == 1
    limit.end(who)
    limit.end(other)
    assert library.get() == 2
    assert not limit.found
    assert not limit.working


def test_in_a_fork_only_the_thread_that_forks_works():
    library = FakeLibrary(4)
    limit, here, there = limit_of(library), [], []
    with ThreadPoolExecutor(1) as pool:
        pool.submit(limit.begin, there).result()
    limit.after_fork()
    assert library.get() == 4
    limit.begin(here)
    limit.after_fork()
    assert library.get() == 1
    limit.end(here)
    assert library.get() == 4


class FakeController:
    internal_api = "openblas"

    def __init__(self, threading_layer, **symbols):
        self.threading_layer, self.dynlib = threading_layer, SimpleNamespace(**symbols)

    def get_num_threads(self):
        return "as threadpoolctl"

    set_num_threads = get_num_threads


@pytest.mark.parametrize(
    ("controller", "found", "per_thread"),
    [
        (
            FakeController(
                "pthreads",
                scipy_openblas_get_num_threads64_=lambda: 3,
                scipy_openblas_set_num_threads64_=print,
            ),
            3,
            False,
        ),
        (
            FakeController(
                "openmp",
                openblas_get_num_threads=lambda: 3,
                omp_get_max_threads=lambda: 5,
                omp_set_num_threads=print,
            ),
            5,
            True,
        ),
        (FakeController("unknown"), "as threadpoolctl", False),
    ],
)
def test_how_libraries_are_asked(controller, found, per_thread):
    library = _Library(controller)
    assert library.get() == found
    assert library.per_thread == per_thread


@pytest.mark.parametrize("n_interrupts", [0, 1, 3])
@pytest.mark.parametrize("where", ["begin", "work", "end"])
def test_what_is_begun_is_ended(where, n_interrupts):
    left, calls = [], []

    def step(name):
        calls.append(name)
        if name == where and calls.count(name) <= n_interrupts:
            raise KeyboardInterrupt
        return name

    def begin():
        left.append("something")
        step("begin")

    def end():
        step("end")
        left.clear()

    def run():
        return begun_and_ended(begin, lambda: step("work"), end)

    if n_interrupts:
        with pytest.raises(KeyboardInterrupt):
            run()
    else:
        assert run() == "work"
    assert not left


def run_script(script, **environment):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"} | environment
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment, capture_output=True, text=True, check=True, timeout=100,
    ).stdout  # fmt: skip


WHEREVER = """
import threading
import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_limits
from sksequence import RNNClassifier

def blas():
    libraries = ThreadpoolController().select(user_api="blas").info()
    return [library["num_threads"] for library in libraries]

def fit(**settings):
    seen = []
    clf = RNNClassifier(64, max_iter=2, batch_size=64, random_state=0, **settings,
                        learning_rate=lambda epoch: seen.append(blas()) or 1.0)
    theta = clf.fit(X, y).theta_
    assert all(set(limits) == {1} for limits in seen), seen
    return theta

def elsewhere(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]

X = np.random.default_rng(0).standard_normal((200, 12, 4)).astype("float32")
y = np.arange(200) % 3
before = blas()
expected = fit()
assert np.array_equal(elsewhere(fit), expected)
assert blas() == before
for limit in (1, 2):
    with threadpool_limits(limit):
        limited = blas()
        assert np.array_equal(fit(), expected)
        assert np.array_equal(elsewhere(fit), expected)
        assert blas() == limited
    assert blas() == before
assert np.array_equal(elsewhere(lambda: fit(n_jobs=2)), expected)
assert blas() == before
print("the same")
"""


def test_the_same_bits_and_limits_in_every_thread():
    assert run_script(WHEREVER) == "the same\n"


FORKED = """
import os, threading
import numpy as np
from threadpoolctl import ThreadpoolController
from sksequence import RNNClassifier

def blas():
    libraries = ThreadpoolController().select(user_api="blas").info()
    return [library["num_threads"] for library in libraries]

def in_child(function):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if function() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

X, y = np.zeros((8, 5, 3)), np.arange(8) % 2
before, fitting, forked = blas(), threading.Event(), threading.Event()

def fit_slowly():
    RNNClassifier(4, max_iter=1, learning_rate=lambda e: (
        fitting.set(), forked.wait(20), 1.0)[-1]).fit(X, y)

def works():
    found = blas() == before
    RNNClassifier(4, max_iter=1).fit(X, y).predict(X)
    return found and blas() == before

thread = threading.Thread(target=fit_slowly)
thread.start()
fitting.wait(20)
assert in_child(works) == 0
forked.set()
thread.join()
assert blas() == before

seen = []
RNNClassifier(4, max_iter=1, learning_rate=lambda e: (
    seen.append(in_child(lambda: set(blas()) == {1})), 1.0)[-1]).fit(X, y)
assert seen == [0], seen
print("forked")
"""


def test_a_property_that_is_worked_out_holds_up_no_other():
    entered, go_on = threading.Event(), threading.Event()

    class Slow:
        @cached_property
        def value(self):
            if threading.current_thread() is not threading.main_thread():
                entered.set()
                go_on.wait(20)
            return object()

    first, second = Slow(), Slow()
    thread = threading.Thread(target=lambda: first.value, daemon=True)
    thread.start()
    assert entered.wait(20)
    assert second.value is second.value  # would wait for the thread
    found = first.value  # of the same object too; both have what was found first
    assert thread.is_alive()
    go_on.set()
    thread.join()
    assert first.value is found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_process_that_is_forked_while_others_fit():
    assert run_script(FORKED) == "forked\n"


# Where coverage handles the signal that ends them, forks may wait for ever: the pool
# has a process of its own, without coverage.
POOL_OF_FORKS = """
import joblib
import numpy as np
from sksequence import RNNClassifier

X, y = np.random.RandomState(0).standard_normal((30, 6, 2)), np.arange(30) % 3
many = [RNNClassifier(4, max_iter=2, random_state=seed) for seed in range(3)]
expected = [clf.fit(X, y).theta_ for clf in many]
fits = [joblib.delayed(clf.fit)(X, y) for clf in many]
found = joblib.Parallel(n_jobs=2, backend="multiprocessing")(fits)
print(np.array_equal([clf.theta_ for clf in found], expected))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_pool_of_forks_gives_the_same_bits():
    assert run_script(POOL_OF_FORKS) == "True\n"


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_of_joblib_give_the_same_bits(backend):
    estimators = [small(random_state=seed) for seed in range(3)]
    expected = [estimator.fit(X, Y).theta_ for estimator in estimators]
    before = blas_limits()
    found = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(estimator.fit)(X, Y) for estimator in estimators
    )
    assert_array_equal([estimator.theta_ for estimator in found], expected)
    assert blas_limits() == before


def test_small_steps_are_done_one_thread_at_a_time(monkeypatch):
    from sksequence.network import Network

    inside, most, forward = [], [], Network.forward

    def counted(self, *args, **kwargs):
        inside.append(None)
        most.append(len(inside))
        result = forward(self, *args, **kwargs)
        time.sleep(0.001)
        inside.pop()
        return result

    clf = small().fit(X, Y)
    monkeypatch.setattr(Network, "forward", counted)
    monkeypatch.setattr("sksequence._threads.PATIENCE", 60)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: clf.predict(X), range(9)))
    assert max(most) == 1


def test_nobody_waits_long_for_a_turn():
    clf = small().fit(X, Y)
    expected = clf.predict(X)
    began, ended = threading.Event(), threading.Event()

    def occupy():
        began.set()
        return ended.wait(60)

    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(in_turn, 1, occupy)
        assert began.wait(20)
        assert_array_equal(clf.predict(X), expected)
        ended.set()
        assert task.result()


def wide_data(n_sequences=300):
    """Steps large enough for several threads to work on them."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 20, n_sequences)
    return [rng.standard_normal((n, 16)) for n in lengths], np.arange(n_sequences) % 3


@pytest.fixture
def helped(monkeypatch):
    """Counts what threads beside the first one do."""
    counts = {"worker": 0, "threads": 0}

    def submit(worker, work, k):
        counts["worker"] += 1
        return _submit(worker, work, k)

    def share(work, items, n):
        counts["threads"] = n
        share_out(work, items, n)

    monkeypatch.setattr("sksequence.cells._pipeline._submit", submit)
    monkeypatch.setattr("sksequence.estimators._batches.share_out", share)
    return counts


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("rnn", {}),
        ("gru", {"recurrent_dropout": 0.2}),
        ("lstm", {"alpha": 1e-3}),
        ("lstm_peephole", {"recurrent_dropout": 0.2, "bidirectional": False}),
    ],
)
def test_n_jobs_changes_no_bit(cell, options, helped):
    wide, y = wide_data()
    settings = {
        "hidden_layer_sizes": (256, 128),
        "batch_size": 300,
        "max_iter": 1,
        "cell": cell,
        "random_state": 0,
        **options,
    }
    one = RNNClassifier(**settings).fit(wide, y)
    assert helped == {"worker": 0, "threads": 1}
    two = RNNClassifier(n_jobs=2, **settings).fit(wide, y)
    assert helped["worker"] > 0
    assert_array_equal(two.theta_, one.theta_)
    assert_array_equal(two.predict_proba(wide), one.predict_proba(wide))
    two.predict(wide)
    assert helped["threads"] == 2


def test_small_steps_stay_on_one_thread(helped):
    RNNClassifier(16, max_iter=1, n_jobs=2).fit(X, Y).predict(X)
    assert helped == {"worker": 0, "threads": 1}


def test_in_workers_of_joblib_there_is_one_thread():
    def count():
        alone = with_worker(2, lambda worker: worker is None)
        return n_threads(-1), alone, os.getpid()

    results = joblib.Parallel(n_jobs=2)(joblib.delayed(count)() for _ in range(2))
    for n, alone, pid in results:
        assert (n, alone) == (1, True)
        assert pid != os.getpid()


def test_what_a_worker_raises_is_raised(monkeypatch):
    wide, y = wide_data()

    def fail(*args):
        raise MemoryError("in the worker")

    monkeypatch.setattr("sksequence.cells.GRUCell.weight_gradients", fail)
    clf = RNNClassifier(256, cell="gru", batch_size=150, max_iter=1, n_jobs=2)
    with pytest.raises(MemoryError, match="in the worker"):
        clf.fit(wide, y)


def test_divergence_is_told_once_with_a_worker():
    wide, y = wide_data()
    clf = RNNClassifier(
        256, cell="rnn_relu", batch_size=300, max_iter=30, n_jobs=2,
        learning_rate_init=1e6, clip_norm=None, random_state=0, solver="sgd",
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.fit(wide, y)
    assert [w.category for w in caught] == [ConvergenceWarning]
