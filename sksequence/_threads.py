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

    The limit is the process's. Contexts may overlap in time, as when several threads
    predict at once: the first to enter sets it, the last to leave restores what was.
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
def helper_thread(n_jobs):
    """An Executor with one thread beside this one, or None if one thread is to work."""
    if n_threads(n_jobs) == 1:
        yield None
        return
    with ThreadPoolExecutor(1) as helper:
        yield helper


class SharedDraws:
    """Random numbers for threads that each take some rows of every draw.

    They are those that one thread would draw for all rows, whoever asks first.

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


def side_by_side(helper, first, second):
    """The results of two functions; a helper works on the second meanwhile."""
    # In a copy of this context: NumPy's errstate is part of it.
    task = helper.submit(copy_context().run, second)
    return first(), task.result()


def in_halves(helper, first, second):
    """The loss and gradients of a batch from those of its halves, made side by side.

    Parameters
    ----------
    helper : Executor
    first, second : callable
        Each gives (loss, gradients) of a half.
    """
    (loss, gradients), (other_loss, others) = side_by_side(helper, first, second)
    gradients.add(others)
    return loss + other_loss, gradients


def share_out(work, items, n):
    """``work(share)`` of n shares of a list in n threads; the results in one list."""
    if n == 1:
        return work(items)
    shares = [items[k::n] for k in range(n)]
    with ThreadPoolExecutor(n) as pool:
        # Each in a copy of this context: NumPy's errstate is part of it.
        tasks = [pool.submit(copy_context().run, work, share) for share in shares]
        return [result for task in tasks for result in task.result()]
