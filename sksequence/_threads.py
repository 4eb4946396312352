"""Threads: how many work, whose turn it is, and BLAS kept to one.

The products of a recurrence are too small for the threads of BLAS, whose results may
also differ in the last bits with their number. So all work is done with one BLAS
thread, and ``n_jobs`` counts threads of our own, which do large pieces of work.

What is begun here is ended, wherever an interrupt hits: see ``begun_and_ended``.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import cache, partial, wraps
from numbers import Integral
from threading import RLock, get_ident
from typing import Any, TypeVar

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from threadpoolctl import ThreadpoolController

SHARED_STEP_SIZE = 8_192  # sequences times units from which threads share the work
PATIENCE = 0.02  # seconds that a thread waits for its turn
ATTEMPTS = (None,) * 100  # to end something, each of which may be interrupted

Function = TypeVar("Function", bound=Callable[..., Any])


def begun_and_ended(begin, work, end):
    """The result of ``work()``, after ``begin()`` and before ``end()``.

    An interrupt (Ctrl-C) may hit anywhere, in ``begin`` and ``end`` too, and goes on
    when ``end`` has run to its end. A ``with`` would not do: Python looks for
    interrupts as it enters a function, so that ``__exit__`` may end before its first
    line.

    Parameters
    ----------
    begin, work : callable
    end : callable
        Undoes whatever ``begin`` has done up to then. It may be called again.
    """
    interrupt = None
    try:
        begin()
        return work()
    finally:
        for _ in ATTEMPTS:  # no call before the try: it would let an interrupt in
            try:
                end()
                break
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt


def holding(lock, work, timeout=-1):
    """The result of ``work()``, which no two threads do at a time.

    Parameters
    ----------
    lock : RLock
    work : callable
    timeout : float, default=-1
        Seconds after which to work without the lock; -1 means never.
    """
    begin = partial(lock.acquire, timeout=timeout)
    return begun_and_ended(begin, work, partial(_release, lock))


def _release(lock):
    with suppress(RuntimeError):  # it is no longer held, or was not yet
        lock.release()


# -- BLAS ------------------------------------------------------------------------------


@cache
def _controller():
    return ThreadpoolController().select(user_api="blas")  # looks at libraries: once


class _Library:
    """Reads and sets the number of threads of one BLAS library.

    That of OpenBLAS not through threadpoolctl, which from 3.8 on does nothing in all
    threads but one.
    """

    def __init__(self, controller):
        openblas = controller.internal_api == "openblas"
        openmp = openblas and controller.threading_layer == "openmp"
        self.per_thread = openmp or controller.internal_api == "mkl"
        names = "openblas_get_num_threads", "openblas_set_num_threads"
        if openmp:
            names = "omp_get_max_threads", "omp_set_num_threads"
        found = [_symbol(controller.dynlib, name) for name in names]
        if not (openblas and all(found)):
            found = controller.get_num_threads, controller.set_num_threads
        self.get, self.set = found


def _symbol(library, name):
    """A function of OpenBLAS, whose builds decorate its name; None if there is none."""
    for prefix in ("", "scipy_"):
        for suffix in ("", "64_", "_64"):
            found = getattr(library, prefix + name + suffix, None)
            if found is not None:
                return found
    return None


class BlasLimit:
    """One thread for each BLAS library, as long as somebody works.

    Some libraries have a number of threads for the whole process: the first who works
    sets it to one, and the last gives back what was there. Others have one for each
    thread, and so each who works sets and gives back that of his own.

    What is no longer one when it is given back has been set by somebody else, and is
    left as it is.
    """

    def __init__(self):
        self.lock = RLock()
        self.shared, self.own, self.looked = [], [], False  # libraries, once looked at
        self.working = {}  # the thread of each who works
        self.found = {}  # by library: what to give back

    def begin(self, who):
        """``who``, a list of its own, begins to work in this thread."""
        holding(self.lock, partial(self._begin, who))

    def end(self, who):
        """``who`` is done. Called again, it does what is left to do."""
        holding(self.lock, partial(self._end, who))

    def _begin(self, who):
        if not self.looked:
            libraries = [_Library(lib) for lib in _controller().lib_controllers]
            self.shared = [lib for lib in libraries if not lib.per_thread]
            self.own = [lib for lib in libraries if lib.per_thread]
            self.looked = True
        self.working[id(who)] = get_ident()
        self.limit_own(who)
        for library in self.shared:
            n = library.get()
            if n != 1:
                self.found[library] = n
                library.set(1)

    def _end(self, who):
        while who:
            library, n = who[-1]
            if library.get() == 1:
                library.set(n)
            who.pop()
        self.working.pop(id(who), None)
        if not self.working:
            self._give_back()

    def limit_own(self, who):
        """One thread in the libraries that have a number for each thread."""
        for library in self.own:
            n = library.get()
            if n != 1:
                who.append((library, n))
                library.set(1)

    def _give_back(self):
        for library, n in list(self.found.items()):
            if library.get() == 1:
                library.set(n)
            self.found.pop(library, None)

    def after_fork(self):
        """In a new process, of which the only thread is the one that has forked."""
        self.lock = RLock()
        here = get_ident()
        self.working = {who: t for who, t in self.working.items() if t == here}
        if not self.working:
            self._give_back()


_limit, _turn = BlasLimit(), RLock()


def one_blas_thread(function: Function) -> Function:
    """Limit BLAS to one thread while a function runs."""

    @wraps(function)
    def limited(*args, **kwargs):
        who = []
        return begun_and_ended(
            partial(_limit.begin, who),
            partial(function, *args, **kwargs),
            partial(_limit.end, who),
        )

    return limited  # type: ignore[return-value]


def in_turn(step_size, function, *args, **kwargs):
    """What a function gives; no other thread does small steps meanwhile.

    Threads that do them at the same time wait for Python's lock at each operation, and
    take many times as long as one after the other. It is a courtesy: no thread waits
    long for its turn.

    Parameters
    ----------
    step_size : float
        Sequences times units.
    function : callable
    *args, **kwargs
        Of the function.
    """
    if step_size >= SHARED_STEP_SIZE:
        return function(*args, **kwargs)
    return holding(_turn, partial(function, *args, **kwargs), PATIENCE)


def _after_fork():
    global _turn
    _turn = RLock()
    _limit.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)


# -- threads of our own ----------------------------------------------------------------


def n_threads(n_jobs):
    """How many threads ``n_jobs`` means here: as in joblib, but 1 in its workers.

    What ``fit`` would refuse means 1: it may have been set after ``fit``.
    """
    valid = isinstance(n_jobs, Integral) and n_jobs not in (0, 1)
    if not valid or get_active_backend()[0].nesting_level:
        return 1
    return effective_n_jobs(n_jobs)


class Threads(ThreadPoolExecutor):
    """An Executor; a single thread may also wait for work in a loop without the lock.

    Parameters
    ----------
    n : int

    Attributes
    ----------
    waiting : Future or None
        Of that loop.
    leave : callable or None
        Ends it.
    """

    def __init__(self, n):
        # Threads that end have nothing to give back: what they set ends with them.
        super().__init__(n, initializer=_limit.limit_own, initargs=([],))
        self.waiting = self.leave = None

    def wait_in(self, function, *args, leave):
        """Call a function that waits for work, unless the thread is in it."""
        if self.waiting is None or self.waiting.done():
            self.waiting, self.leave = super().submit(function, *args), leave

    def submit(self, function, /, *args, **kwargs):
        """As in Executor; the thread no longer waits for other work."""
        if self.leave is not None:
            self.leave()
        return super().submit(function, *args, **kwargs)


def with_threads(n, work):
    """``work(threads)``, of which ``threads`` is an Executor that has n of them."""
    pools = []

    def begin():
        pools.append(Threads(n))

    def work_or_stop():
        try:
            return work(pools[0])
        except RuntimeError as error:
            # An interrupt that hits Python's own locks makes them fail like this.
            if isinstance(error.__context__, KeyboardInterrupt):
                raise error.__context__ from error
            raise

    def end():
        for pool in pools:
            pool.shutdown(cancel_futures=True)

    return begun_and_ended(begin, work_or_stop, end)


def with_worker(n_jobs, work):
    """``work(worker)``, an Executor with one thread, or None if ``n_jobs`` is 1."""
    return work(None) if n_threads(n_jobs) == 1 else with_threads(1, work)


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
        self._draws, self._lock = [], RLock()

    def rows(self, rows):
        """What one thread uses in place of ``rng``, for a slice of the rows."""
        return _Rows(self, rows)

    def draw(self, k, width):
        """The draw of number k, shape (n_rows, width)."""
        return holding(self._lock, partial(self._draw, k, width))

    def _draw(self, k, width):
        while len(self._draws) <= k:
            self._draws.append(self._rng.random_sample((self._n_rows, width)))
        return self._draws[k]


class _Rows:
    def __init__(self, shared, rows):
        self._shared, self._rows, self._k = shared, rows, -1

    def random_sample(self, shape):
        self._k += 1
        return self._shared.draw(self._k, shape[1])[self._rows]


def both(worker, first, second):
    """The results of two functions; the worker, if there is one, calls the second.

    Parameters
    ----------
    worker : Executor, or None
    first, second : callable
    """
    if worker is None:
        return first(), second()
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
    (loss, gradients), (other_loss, others) = both(worker, first, second)
    gradients.add(others)
    return loss + other_loss, gradients


def share_out(work, items, n):
    """Call ``work(items[k::n])`` for k < n, in n threads."""
    if n == 1:
        work(items)
        return

    def share(threads):
        # Each in a copy of this context: NumPy's errstate is part of it.
        tasks = [
            threads.submit(copy_context().run, work, items[k::n]) for k in range(n)
        ]
        for task in tasks:
            task.result()

    with_threads(n, share)
