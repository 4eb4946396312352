"""What compiled cells share: the input projection, and what loops are given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np

from ..._typing import Arrays, FloatArray, IntArray, Params, Rows
from ...sequences import Steps
from .._base import Cell, ForwardOne
from .._tape import Chunk, Tape
from ._jit import copy, flat, loop, rows
from ._products import add_products, gemm, room_for, sum_products
from ._team import ALONE, sequences_of, share, shared, team_of

TYPES = np.dtype(np.float32), np.dtype(np.float64)


class CompiledCell(Cell):
    """A cell whose loops are compiled, in front of the class with its equations.

    A subclass writes ``loop`` and ``loop_back``, and may write ``loop_one``, which is
    faster for a single sequence without a backward pass. Numbers of other types than
    float32 and float64 take the way in NumPy.
    """

    releases_gil = True

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        initial: Arrays | None = None,
        mask: FloatArray | None = None,
        *,
        need_tape: bool = True,
        **options: Any,
    ) -> tuple[FloatArray, Arrays, Tape | Any]:
        if steps.n_sequences == 1 and mask is None and not need_tape:
            forward_one = self.forward_one(params)
            if forward_one is not None and _plain(X, params["b"]):
                return *forward_one(X, initial), None
        given = params, X, steps, initial, mask
        return super().forward(*given, need_tape=need_tape, **options)

    def forward_one(self, params: Params) -> ForwardOne | None:
        has_loop = type(self).loop_one is not CompiledCell.loop_one
        if not has_loop or not _plain(*params.values()):
            return None
        return partial(self._forward_one, params)

    def _forward_one(self, params, X, initial):
        """Without chunks, copies of weights and memory to keep: all steps at once."""
        n_steps, n_units = len(X), len(params["U"])
        z = np.empty((n_steps, len(params["b"])), X.dtype)
        states = [np.empty((n_steps + 1, n_units), X.dtype) for _ in self.states]
        for k, state in enumerate(states):
            state[0] = 0 if initial is None else initial[k]
        _project_one(params["W"], params["b"], np.ascontiguousarray(X), z)
        self.loop_one(params, z, states)
        return states[0][1:], tuple([state[-1:] for state in states])

    def project(
        self,
        weights: FloatArray,
        rows: FloatArray,
        z: FloatArray,
        chunk: Chunk,
        kept: int,
    ) -> None:
        if _of_one_type(weights, z):
            team = team_of(chunk.worker, rows.size * len(z) * z.shape[2])
            _project(team, weights, rows, z, chunk.table, chunk.first, kept)
        else:
            super().project(weights, rows, z, chunk, kept)

    def run(
        self,
        weights: dict[str, Any],
        z: FloatArray,
        states: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        chunk: Chunk,
        kept: int,
        mask: FloatArray | None,
        work: FloatArray,
    ) -> None:
        if not _of_one_type(weights["U"], z):
            super().run(weights, z, states, saved, chunk, kept, mask, work)
            return
        mask = work[0, :0] if mask is None else mask
        where = chunk.table, chunk.n_sequences, chunk.before, kept
        team = team_of(chunk.worker, chunk.n_rows * weights["U"].size)
        self.loop(weights, z, states, saved, mask, where, team)

    def run_back(
        self,
        weights: dict[str, Any],
        tape: Tape,
        chunk: Chunk,
        before: Sequence[FloatArray],
        dH: FloatArray,
        dstates: Arrays,
        dZ: FloatArray,
        dh: FloatArray,
        local: FloatArray,
        work: FloatArray,
    ) -> None:
        if not _of_one_type(weights["UT"], dZ):
            super().run_back(
                weights, tape, chunk, before, dH, dstates, dZ, dh, local, work
            )
            return
        mask = work[0, :0] if tape.mask is None else tape.mask
        dH = np.ascontiguousarray(dH[chunk.first : chunk.stop], dZ.dtype)
        where = chunk.table, chunk.n_sequences, chunk.first
        team = team_of(chunk.worker, chunk.n_rows * weights["UT"].size)
        self.loop_back(weights, tape, before, dH, dstates, dZ, dh, mask, where, team)

    def add_products(
        self, a: FloatArray, b: FloatArray, out: FloatArray, worker: Executor | None
    ) -> None:
        if not _of_one_type(a, b, out):
            super().add_products(a, b, out, worker)
            return
        team = team_of(worker, a.size * len(b) * b.shape[2])
        add_products(team, np.ascontiguousarray(a), b, out)

    def sum_products(
        self, a: FloatArray, b: FloatArray, out: FloatArray, worker: Executor | None
    ) -> None:
        if not _of_one_type(a, b, out):
            super().sum_products(a, b, out, worker)
            return
        sum_products(team_of(worker, a.size * b.shape[2]), a, b, out)

    def one_step(
        self, weights: dict[str, Any], z: FloatArray, before: Arrays
    ) -> Arrays:
        if not _of_one_type(weights["U"], z):
            return super().one_step(weights, z, before)
        _, n, n_units = z.shape
        z = np.ascontiguousarray(z)
        states = [np.empty((2 * n, n_units), z.dtype) for _ in before]
        for state, values in zip(states, before):
            state[:n] = values
        saved = [np.empty((n, n_units), z.dtype) for _ in self.saved]
        where = np.array([(n, 0, n)]), n, 0, 0
        self.loop(weights, z, states, saved, z[0, :0], where, ALONE)
        return tuple(state[n:] for state in states)

    def loop(
        self,
        weights: dict[str, Any],
        z: FloatArray,
        states: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        mask: FloatArray,
        where: tuple[Any, int, int, int],
        team: IntArray,
    ) -> None:
        """As ``run``.

        Parameters
        ----------
        weights, z, states, saved
            As in ``run``.
        mask : ndarray of shape (n_sequences, n_units), or of no rows without a mask
        where : (runs, n_sequences, before, kept)
            Of the chunk, and ``kept``; ``runs`` is an array of shape (n_runs, 3).
        team : ndarray
            For ``share``: the threads that may share the loop.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'loop'.")

    def loop_one(
        self, params: Params, z: FloatArray, states: Sequence[FloatArray]
    ) -> None:
        """The steps of one sequence.

        Parameters
        ----------
        params : dict of str -> ndarray
            As they are, not halved.
        z : ndarray of shape (n_steps, n_gates * n_units)
            The input projection, not halved; to calculate in.
        states : list of ndarray of shape (n_steps + 1, n_units)
            In the first row the initial state; the others are written.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'loop_one'.")

    def loop_back(
        self,
        weights: dict[str, Any],
        tape: Tape,
        before: Sequence[FloatArray],
        dH: FloatArray,
        dstates: Arrays,
        dZ: FloatArray,
        dh: FloatArray,
        mask: FloatArray,
        where: tuple[Any, int, int],
        team: IntArray,
    ) -> None:
        """As ``run_back``.

        Parameters
        ----------
        weights, tape, before, dstates, dZ, dh
            As in ``run_back``.
        dH : ndarray of shape (chunk.n_rows, n_units)
            Of the rows of the chunk only.
        mask : ndarray of shape (n_sequences, n_units), or of no rows without a mask
        where : (runs, n_sequences, first)
            Of the chunk.
        team : ndarray
            As in ``loop``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'loop_back'.")


def _of_one_type(*arrays):
    """Whether all hold numbers of one type for which loops are compiled."""
    dtype = arrays[0].dtype
    return dtype in TYPES and all(a.dtype == dtype for a in arrays)


def _plain(*arrays):
    """Whether compiled loops take them as they are: for each kind they are compiled."""
    return _of_one_type(*arrays) and all(
        isinstance(a, np.ndarray) and a.flags.writeable for a in arrays
    )


@loop
def _project_one(W, b, X, z):
    n_steps, width = z.shape
    for t in range(n_steps):
        copy(b, z[t])
    gemm(room_for(z), flat(X), flat(W), flat(z), n_steps, width, True)


@loop
def _project(team, *given):
    share(team, _project_half, given)


@shared
def _project_half(half, W, X, z, runs, begin, kept):
    (n_gates, _, u), width = z.shape, X.shape[1]
    room, z, X, W = room_for(z), flat(z), flat(X), flat(W)
    first, stop = sequences_of(half, runs)
    for r in range(len(runs)):
        n_t, start, end = runs[r]
        m = min(n_t, stop) - first
        if m <= 0:
            break
        # All steps of a single sequence are one product; the gates lie between them.
        n, n_here, stride = (
            (n_t, m, u) if n_t > 1 else (end - start, end - start, n_gates * u)
        )
        for row in range(start, end, n):
            x = rows(X, width, row - begin + first, n_here)
            here = n_gates * (row + kept) + first
            for k in range(n_gates):
                out = z[(here + k * n_t) * u :]
                gemm(room, x, rows(W, width * u, k), out, n_here, stride, False)
