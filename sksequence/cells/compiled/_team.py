"""Two threads that share a loop, and meet in compiled code.

Python's threads hand over its lock and wake each other up, which takes some 50
microseconds each time: as long as a loop over a hundred steps of a small layer. So the
second thread stays in compiled code, ``_serve``, without the lock. It looks for work
all the time, for as long as some comes; work is handed over in a fraction of a
microsecond. It is fork and join as in OpenMP, whose threads would not survive a fork of
the process.

A *team* is the array by which both know of each other: its state, and the work. It is
of no numbers where one thread works alone.
"""

from __future__ import annotations

import os
import platform
from concurrent.futures import Executor
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..._extras import import_extra
from ..._threads import Threads
from ..._typing import IntArray
from ._jit import jit, jitable, loop, numba, steps_of

ir: Any = import_extra("llvmlite.ir", "sksequence[fast]", "engine='numba'")
types = numba.types

STATE, FUNCTION, ARGUMENTS, LEAVE = range(4)  # what the numbers of a team are
AWAY, READY, CALLED = range(3)  # states of its second thread
PATIENCE = 100_000  # looks for work, of some 30 ns, after which it leaves
FIRST, SECOND, ALL = range(3)  # which half of the sequences
SHARED_WORK = 200_000  # products of two numbers from which it pays: some 10 us

ALONE = np.empty(0, np.int64)
_teams: WeakKeyDictionary[Threads, IntArray] = WeakKeyDictionary()


def team_of(worker: Executor | None, work: float) -> IntArray:
    """The team of this thread and a worker, if there is one and it pays.

    Parameters
    ----------
    worker : Executor or None
    work : float
        Products of two numbers.
    """
    if work < SHARED_WORK or not isinstance(worker, Threads):
        return ALONE
    team = _teams.get(worker)
    if team is None:
        team = _teams[worker] = np.zeros(4, np.int64)
    if team[STATE] == AWAY:
        team[LEAVE] = 0
        worker.wait_in(_serve, team, leave=partial(team.__setitem__, LEAVE, 1))
    return team


def _after_fork():
    """In a new process, to which no second thread has come."""
    for team in _teams.values():
        team[STATE] = AWAY


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)


@numba.extending.intrinsic
def _load(context, address):
    """What another thread may write at any time."""

    def code(context, builder, signature, arguments):
        place = builder.inttoptr(arguments[0], _INT64.as_pointer())
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(types.intp), code


@numba.extending.intrinsic
def _store(context, address, value):
    """After all that this thread has written before."""

    def code(context, builder, signature, arguments):
        place = builder.inttoptr(arguments[0], _INT64.as_pointer())
        builder.store_atomic(arguments[1], place, "release", 8)
        return context.get_dummy_value()

    return types.void(types.intp, types.int64), code


@numba.extending.intrinsic
def _swap(context, address, old, new):
    """Write ``new`` if there is ``old``: whether there was."""

    def code(context, builder, signature, arguments):
        place = builder.inttoptr(arguments[0], _INT64.as_pointer())
        found = builder.cmpxchg(place, *arguments[1:], "acq_rel", "acquire")
        return builder.extract_value(found, 1)

    return types.boolean(types.intp, types.int64, types.int64), code


@numba.extending.intrinsic
def _pause(context):
    """Tell the processor that this thread waits."""

    def code(context, builder, signature, arguments):
        if platform.machine().lower() in ("x86_64", "amd64"):
            insert = numba.core.cgutils.get_or_insert_function
            builder.call(insert(builder.module, _NOTHING, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), code


_INT64 = ir.IntType(64)
_NOTHING = ir.FunctionType(ir.VoidType(), [])
_TASK = ir.FunctionType(ir.VoidType(), [_INT64])  # takes the address of arguments


@numba.extending.intrinsic
def _call(context, function, arguments):
    """Do what ``_prepare`` has left."""

    def code(context, builder, signature, given):
        builder.call(builder.inttoptr(given[0], _TASK.as_pointer()), [given[1]])
        return context.get_dummy_value()

    return types.void(types.intp, types.intp), code


@numba.extending.intrinsic
def _prepare(context, team, function, arguments):
    """Leave ``function(SECOND, *arguments)`` for ``_call``, which is only then done.

    ``arguments`` stay where they are until the function that calls this one ends.
    """
    given = types.int64, *arguments.types
    signature = function.get_call_type(context, given, {})
    compiled = function.dispatcher.get_compile_result(signature)

    def code(context, builder, of_code, values):
        context.active_code_library.add_linking_library(compiled.library)
        team_type, _, types_of = of_code.args
        place = numba.core.cgutils.alloca_once_value(builder, values[2])
        # Code that comes from disk is found by its name alone, which must be its own.
        name = builder.module.get_unique_name(f"{builder.function.name}.second_half")
        task = ir.Function(builder.module, _TASK, name)
        task.linkage = "internal"
        inside = ir.IRBuilder(task.append_basic_block())
        found = inside.load(inside.inttoptr(task.args[0], place.type))
        found = [inside.extract_value(found, k) for k in range(len(types_of))]
        second = ir.Constant(_INT64, SECOND)
        # It raises nothing: what would be an error in Python is a number here.
        context.call_conv.call_function(
            inside,
            context.declare_function(builder.module, compiled.fndesc),
            signature.return_type,
            signature.args,
            [second, *found],
        )
        inside.ret_void()
        numbers = context.make_array(team_type)(context, builder, values[0]).data
        for k, address in ((FUNCTION, task), (ARGUMENTS, place)):
            to = builder.gep(numbers, [ir.Constant(_INT64, k)])
            builder.store(builder.ptrtoint(address, _INT64), to)
        return context.get_dummy_value()

    return types.void(team, function, arguments), code


@loop
def _serve(team):
    """What the second thread does, until no work comes for a while, or it shall leave.

    While it is away, the first does all the work.
    """
    state = team.ctypes.data
    leave = state + 8 * LEAVE
    _store(state, READY)
    looks = 0
    while True:
        if _load(state) == CALLED:
            _call(team[FUNCTION], team[ARGUMENTS])
            _store(state, READY)
            looks = 0
        looks += 1
        _pause()
        if (looks > PATIENCE or _load(leave)) and _swap(state, READY, AWAY):
            return


# What ``share`` calls: two threads, each of which does a half. It has no way in from
# Python, which takes long to compile; to call it nevertheless would end the process.
shared = partial(jit, no_cpython_wrapper=True, no_cfunc_wrapper=True)


@partial(shared, inline="always")  # or numba would not keep what calls it on disk
def share(team, function, arguments):
    """``function(half, *arguments)`` for both halves, each in one of two threads.

    Parameters
    ----------
    team : ndarray
        From ``team_of``. Alone, this thread does all: then ``half`` is ALL.
    function : compiled function
        Writes to its arguments; halves do not depend on each other. It does not raise.
    arguments : tuple
    """
    if len(team) == 0:
        function(ALL, *arguments)
        return
    state = team.ctypes.data
    called = False
    if _load(state) == READY:
        _prepare(team, function, arguments)
        called = _swap(state, READY, CALLED)
    function(FIRST, *arguments)
    if not called:
        function(SECOND, *arguments)
        return
    while _load(state) == CALLED:
        _pause()


@jitable
def part_of(half, n):
    """The part of n things that are alike: of all of them, or of a half of them."""
    middle = (n + 1) // 2
    return (middle if half == SECOND else 0), (middle if half == FIRST else n)


@jitable
def sequences_of(half, runs):
    """The sequences of a half, which have half of the steps of a chunk.

    Parameters
    ----------
    half : int
    runs : ndarray of shape (n_runs, 3)
        See ``Chunk``.

    Returns
    -------
    first, stop : int
        The longer sequences come first.
    """
    n = runs[0, 0]
    if half == ALL:
        return 0, n
    alive, n_rows = 0, 0  # the steps that have more sequences than ``middle``
    for k in range(len(runs)):
        alive += (runs[k, 2] - runs[k, 1]) // runs[k, 0]
        n_rows += runs[k, 2] - runs[k, 1]
    middle, left = 0, (n_rows + 1) // 2
    for k in range(len(runs) - 1, -1, -1):
        n_t = runs[k, 0]
        if left <= alive * (n_t - middle):
            middle += (left + alive - 1) // alive
            break
        left -= alive * (n_t - middle)
        alive -= (runs[k, 2] - runs[k, 1]) // n_t
        middle = n_t
    return (0, middle) if half == FIRST else (middle, n)


@jitable
def steps_of_half(half, runs, n_sequences, before):
    """The steps of a chunk that sequences of a half have.

    Parameters
    ----------
    half : int
    runs, n_sequences, before
        As in ``steps_of``.

    Returns
    -------
    first : int
        The first sequence of the half.
    steps : ndarray of shape (n_steps, 4)
        n_t, how many of these are of the half, and the rest as in ``steps_of``.
    """
    first, stop = sequences_of(half, runs)
    steps = steps_of(runs, n_sequences, before)
    of_half = np.empty((len(steps), 4), np.int64)
    n = 0
    for n_t, row, old in steps:
        if n_t > first:
            of_half[n, 0], of_half[n, 1] = n_t, min(n_t, stop) - first
            of_half[n, 2], of_half[n, 3] = row, old
            n += 1
    return first, of_half[:n]
