"""Work on the stretches of a batch that another thread can do meanwhile.

Only the loop over steps must wait for the stretch before. Its many small operations
gain nothing from threads, which would wait for each other at each of them; but the
large ones around it can go to a helper, an Executor with one thread. The numbers are
the same and so is their order, whoever calculates them.
"""

from contextvars import copy_context


def prepare_ahead(order, prepare, helper):
    """Yield each stretch when it is prepared; a helper meanwhile prepares the next.

    Parameters
    ----------
    order : sequence of int
    prepare : callable
        Takes the number of a stretch.
    helper : Executor or None
    """
    if helper is None:
        for k in order:
            prepare(k)
            yield k
        return
    prepared = _submit(helper, prepare, order[0])
    for k, following in zip(order, [*order[1:], None]):
        prepared.result()
        if following is not None:
            prepared = _submit(helper, prepare, following)
        yield k


def finish_behind(order, work, finish, helper):
    """Work on each stretch and finish it; a helper finishes while work goes on.

    At most one stretch is still to be finished when the next one but one begins.
    """
    unfinished = None
    for k in order:
        work(k)
        if helper is None:
            finish(k)
            continue
        if unfinished is not None:
            unfinished.result()
        unfinished = _submit(helper, finish, k)
    if unfinished is not None:
        unfinished.result()


def _submit(helper, work, k):
    # In a copy of this context: NumPy's errstate is part of it.
    return helper.submit(copy_context().run, work, k)
