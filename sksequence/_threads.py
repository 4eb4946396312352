"""Threads: how many work, and BLAS kept to one.

The products of a recurrence are too small for the threads of BLAS, whose results may
also differ in the last bits with their number. So all work is done with one BLAS
thread, and ``n_jobs`` counts threads of our own, which do large pieces of work.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache
from threading import Lock

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from threadpoolctl import ThreadpoolController

SHARED_STEP_SIZE = 8_192  # sequences times units from which threads share the work

_lock = Lock()
_entered = 0
_limiter = None


@cache
def _controller():
    return ThreadpoolController().select(user_api="blas")  # looks at libraries: once


@contextmanager
def one_blas_thread():
    """Limit BLAS to one thread while the context is open.

    The limit is one of the whole process. Contexts may overlap in time, as when several
    threads predict at once: the first to enter sets the limit, and the last to leave
    restores what was before.
    """
    global _entered, _limiter
    with _lock:
        if _entered == 0:
            _limiter = _controller().limit(limits=1)
        _entered += 1
    try:
        yield
    finally:
        with _lock:
            _entered -= 1
            if _entered == 0:
                _limiter.restore_original_limits()
                _limiter = None


def n_threads(n_jobs):
    """How many threads ``n_jobs`` means here: as in joblib, but 1 in its workers."""
    if n_jobs in (None, 1) or get_active_backend()[0].nesting_level:
        return 1
    return effective_n_jobs(n_jobs)


@contextmanager
def worker_thread(n_jobs):
    """A worker, which is an Executor with one thread, or None if ``n_jobs`` is 1."""
    if n_threads(n_jobs) == 1:
        yield None
        return
    with ThreadPoolExecutor(1) as worker:
        yield worker


class SharedDraws:
    """Random numbers for threads that each take some rows of every draw.

    They are those that one thread would draw for all rows, whichever thread is first.

    Parameters
    ----------
    rng : RandomState
    n_rows : int
        Of every draw.
    """

    def __init__(self, rng, n_rows):
        self._rng, self._n_rows = rng, n_rows
        self._draws, self._lock = [], Lock()

    def rows(self, rows):
        """What one thread uses in place of ``rng``, for a slice of the rows."""
        return _Rows(self, rows)

    def draw(self, k, width):
        """The draw of number k, shape (n_rows, width)."""
        with self._lock:
            while len(self._draws) <= k:
                self._draws.append(self._rng.random_sample((self._n_rows, width)))
            return self._draws[k]


class _Rows:
    def __init__(self, shared, rows):
        self._shared, self._rows, self._k = shared, rows, -1

    def random_sample(self, shape):
        self._k += 1
        return self._shared.draw(self._k, shape[1])[self._rows]


def side_by_side(worker, first, second):
    """The results of two functions, the second of which the worker calls."""
    # In a copy of this context: NumPy's errstate is part of it.
    task = worker.submit(copy_context().run, second)
    return first(), task.result()


def in_halves(worker, first, second):
    """The loss and gradients of a batch from those of its halves, made in two threads.

    Parameters
    ----------
    worker : Executor with one thread
    first, second : callable
        Each gives (loss, gradients) of a half.
    """
    (loss, gradients), (other_loss, others) = side_by_side(worker, first, second)
    gradients.add(others)
    return loss + other_loss, gradients


def share_out(work, items, n):
    """``work(items[k::n])`` for k < n in n threads; the results in one list."""
    if n == 1:
        return work(items)
    parts = [items[k::n] for k in range(n)]
    with ThreadPoolExecutor(n) as pool:
        # Each in a copy of this context: NumPy's errstate is part of it.
        tasks = [pool.submit(copy_context().run, work, part) for part in parts]
        return [result for task in tasks for result in task.result()]
