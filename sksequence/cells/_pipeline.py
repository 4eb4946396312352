"""Work on the chunks of a batch that a second thread can do meanwhile.

Only the loop over steps must wait for the chunk before. Its many small operations gain
nothing from threads, which would wait for each other at each of them; but the large
ones around it can go to a worker, an Executor with one thread. The numbers are the same
and so is their order, whichever thread calculates them.
"""

from __future__ import annotations

from contextvars import copy_context


def prepare_ahead(order, prepare, worker):
    """Yield each chunk when it is prepared; the worker meanwhile prepares the next.

    Parameters
    ----------
    order : sequence of int
    prepare : callable
        Takes the number of a chunk.
    worker : Executor or None
    """
    if worker is None:
        for k in order:
            prepare(k)
            yield k
        return
    prepared = _submit(worker, prepare, order[0])
    for k, following in zip(order, [*order[1:], None]):
        prepared.result()
        if following is not None:
            prepared = _submit(worker, prepare, following)
        yield k


def finish_behind(order, work, finish, worker):
    """Work on each chunk and finish it; the worker finishes one while work goes on.

    At most one chunk waits to be finished: work on a chunk begins when all but the one
    before it are finished.
    """
    unfinished = None
    for k in order:
        work(k)
        if worker is None:
            finish(k)
            continue
        if unfinished is not None:
            unfinished.result()
        unfinished = _submit(worker, finish, k)
    if unfinished is not None:
        unfinished.result()


def _submit(worker, work, k):
    # In a copy of this context: NumPy's errstate is part of it.
    return worker.submit(copy_context().run, work, k)
