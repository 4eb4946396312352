"""How many threads BLAS uses, set explicitly and restored.

The results of a matrix product may differ in the last bits with the number of threads,
and OpenBLAS's own choice is slow for the small products of a recurrence. So all work is
done inside ``blas_threads``.
"""

from contextlib import contextmanager
from functools import cache
from threading import Lock

from joblib import effective_n_jobs
from threadpoolctl import ThreadpoolController

_lock = Lock()
_entered = 0
_limiter = None


@cache
def _controller():
    return ThreadpoolController()  # looks through all loaded libraries: once


@contextmanager
def blas_threads(n_jobs):
    """Limit BLAS to ``n_jobs`` threads (joblib's meaning) while the context is open.

    The limit is the process's. Contexts may overlap in time, as when several Python
    threads predict at once: the first to enter sets the limit for all, and the last to
    leave restores what was there.
    """
    global _entered, _limiter
    n_threads = effective_n_jobs(n_jobs) if n_jobs not in (None, 1) else 1
    with _lock:
        if _entered == 0:
            _limiter = _controller().limit(limits=n_threads, user_api="blas")
        _entered += 1
    try:
        yield
    finally:
        with _lock:
            _entered -= 1
            if _entered == 0:
                _limiter.restore_original_limits()
                _limiter = None
