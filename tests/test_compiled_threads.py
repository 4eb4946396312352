"""Compiled loops: small products, and the two threads that share the loops."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import LENGTHS
from numpy.testing import assert_allclose, assert_array_equal
from test_compiled import assert_close, every_cell, every_dtype, pair, results

pytest.importorskip("numba")

from sksequence._threads import Threads, with_threads
from sksequence.cells import CELLS, Workspace, with_engine
from sksequence.cells._tape import workers_for
from sksequence.cells.compiled import _team, jit, loop
from sksequence.cells.compiled._products import LARGEST, add_products, gemm, room_for
from sksequence.cells.compiled._products import sum_products as sum_of_products
from sksequence.cells.compiled._team import (
    ALL,
    ALONE,
    AWAY,
    FIRST,
    LEAVE,
    READY,
    SECOND,
    STATE,
    part_of,
    sequences_of,
    share,
    team_of,
)
from sksequence.sequences import Steps

MUCH = 10**12  # work that is always shared


# -- products --------------------------------------------------------------------------


@loop
def product(a, b, out, n_rows, stride, add):
    gemm(room_for(out), a.ravel(), b.ravel(), out.ravel(), n_rows, stride, add)


# So large that BLAS does it: many columns; one, which two threads have of two.
OF_BLAS = [(260, n, LARGEST // 250) for n in (1, 2, 5)]
SIZES = [1, 2, 3, 5, 6, 7, 13, 16, 17, 31, 64, 70]


@every_dtype
def test_products_of_all_shapes(dtype):
    """Each has its own tiles: rows by six, two, one; columns by 64, 16, four, one."""
    rng = np.random.RandomState(0)
    for n_rows in SIZES:
        for width in SIZES:
            n = rng.choice([1, 2, 9, 300])  # more than are worked on at once
            a, b = rng.standard_normal((n_rows, n)), rng.standard_normal((n, width))
            a, b = a.astype(dtype), b.astype(dtype)
            before = rng.standard_normal((n_rows, width)).astype(dtype)
            for add in (False, True):
                out = before.copy()
                product(a, b, out, n_rows, width, add)
                expected = a.astype(float) @ b + before * add
                atol = 50 * np.finfo(dtype).eps * n**0.5
                assert_allclose(out, expected, rtol=0, atol=atol)


@every_dtype
@pytest.mark.parametrize("n_rows", [1, 3])
@pytest.mark.parametrize("add", [False, True])
def test_large_products_are_those_of_blas(dtype, n_rows, add):
    rng = np.random.RandomState(0)
    a, b = rng.standard_normal((n_rows, 260)), rng.standard_normal((260, 400))
    a, b, out = a.astype(dtype), b.astype(dtype), np.full((n_rows, 401), 7, dtype)
    product(a, b, out, n_rows, 401, add)
    atol = 2000 * np.finfo(dtype).eps
    assert_allclose(out[:, :400], 7 * add + a @ b, rtol=0, atol=atol)
    assert (out[:, 400] == 7).all()


def test_products_leave_alone_what_lies_between_rows_and_behind():
    rng = np.random.RandomState(0)
    a, b = rng.standard_normal((5, 3)), rng.standard_normal((3, 21))
    out = np.full((6, 30), 7.0)
    product(a, b, out[:5], 5, 30, False)
    assert_allclose(out[:5, :21], a @ b, rtol=1e-12)
    assert (out[:5, 21:] == 7).all()
    assert (out[5] == 7).all()


@every_dtype
@pytest.mark.parametrize("width", [1, 7, 40, 64])
def test_a_row_has_the_same_bits_in_any_company(dtype, width):
    rng = np.random.RandomState(0)
    a = rng.standard_normal((13, 20)).astype(dtype)
    b = rng.standard_normal((20, width)).astype(dtype)
    whole = np.empty((13, width), dtype)
    product(a, b, whole, 13, width, False)
    for start in range(13):
        for stop in range(start + 1, 14):
            part = np.empty((stop - start, width), dtype)
            product(a[start:stop], b, part, stop - start, width, False)
            assert_array_equal(part, whole[start:stop])


@every_dtype
@pytest.mark.parametrize(
    ("n_rows", "n", "m"), [(37, 1, 1), (37, 5, 3), (37, 64, 70), *OF_BLAS]
)
def test_sums_of_products(dtype, n_rows, n, m):
    rng = np.random.RandomState(0)
    h, dZ = rng.standard_normal((n_rows, n)), rng.standard_normal((2, n_rows, m))
    W, total = rng.standard_normal((2, m, n)), rng.standard_normal((2, n, m))
    h, dZ, W, total = (a.astype(dtype) for a in (h, dZ, W, total))
    dX, eps = np.empty((n_rows, n), dtype), np.finfo(dtype).eps

    def both(team):
        dW = total.copy()
        add_products(team, h, dZ, dW)
        sum_of_products(team, dZ, W, dX)
        return dW, dX.copy()

    def test(worker):
        for team in (ALONE, team_of(worker, MUCH)):
            dW, dX = both(team)
            assert_allclose(dW, total + h.T @ dZ, rtol=0, atol=1000 * eps)
            assert_allclose(dX, (dZ @ W).sum(axis=0), rtol=0, atol=1000 * eps)

    with_threads(1, test)


# -- halves ----------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 10))
def test_two_halves_are_the_whole(n):
    assert part_of(ALL, n) == (0, n)
    (start, middle), (other, stop) = part_of(FIRST, n), part_of(SECOND, n)
    assert (start, stop) == (0, n)
    assert middle == other
    assert 2 * middle - n in (0, 1)


@pytest.mark.parametrize("lengths", [[4], [1, 1], [9, 9, 9], [9, 4, 1], [50, 2, 1, 1]])
def test_halves_of_sequences_have_about_half_of_the_steps(lengths):
    from sksequence.sequences import Steps

    for _, _, runs in Steps(lengths).chunks(max_rows=sum(lengths)):
        n = runs[0][0]
        runs = np.array(runs)
        assert sequences_of(ALL, runs) == (0, n)
        (start, middle), (other, stop) = (
            sequences_of(half, runs) for half in (FIRST, SECOND)
        )
        assert (start, stop) == (0, n)
        assert 0 < middle == other <= n
        first = sum(lengths[:middle])
        assert 2 * first >= sum(lengths) > 2 * (first - lengths[middle - 1])


# -- two threads -----------------------------------------------------------------------


@jit
def _write_half(half, out):
    start, stop = part_of(half, len(out))
    for k in range(start, stop):
        out[k] += 1 + half


@loop
def write(team, *given):
    share(team, _write_half, given)


def ready(worker):
    """The team, when its second thread waits for work; it may leave at any time."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        team = team_of(worker, MUCH)
        if team[STATE] == READY:
            return team
    raise AssertionError("The second thread does not come.")


def test_each_half_is_done_once():
    """By two threads, or by one if the other is away."""
    alone, away = np.zeros(7), np.zeros(7)
    write(ALONE, alone)
    assert_array_equal(alone, np.full(7, 1 + ALL))
    write(np.zeros(4, np.int64), away)
    assert_array_equal(away, [1, 1, 1, 1, 2, 2, 2])

    def test(worker):
        for _ in range(200):
            together = np.zeros(7)
            write(ready(worker), together)
            assert_array_equal(together, away)

    with_threads(1, test)


def test_the_second_thread_leaves_and_comes_back():
    def test(worker):
        team = ready(worker)
        assert worker.submit(threading.get_ident).result() != threading.get_ident()
        assert team[STATE] == AWAY
        assert team[LEAVE] == 1
        assert ready(worker) is team
        worker.waiting.result(30)  # nothing comes for a while
        assert team[STATE] == AWAY

    with_threads(1, test)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_in_a_fork_the_second_thread_is_away():
    def test(worker):
        _, out = ready(worker), np.zeros(7)
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)  # rather than to wait for ever
            write(team_of(worker, MUCH), out)
            os._exit(0 if out.tolist() == [1, 1, 1, 1, 2, 2, 2] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

    with_threads(1, test)


def test_little_work_and_other_executors_are_not_shared():
    with ThreadPoolExecutor(1) as other:
        assert team_of(other, MUCH) is team_of(None, MUCH) is ALONE
    assert with_threads(1, lambda worker: team_of(worker, 1)) is ALONE


@pytest.mark.parametrize("lengths", [[50] * 32, range(25, 57)])
def test_loops_over_small_steps_are_not_shared(lengths):
    """Nor is what is around them: half of the numbers would go to the other core."""
    steps, worker = Steps(sorted(lengths, reverse=True)), object()
    cell = with_engine(CELLS["lstm"], "numba")
    assert workers_for(cell, worker, steps, n_units=16) == (None, None)
    assert workers_for(cell, worker, steps, n_units=64) == (None, worker)
    assert workers_for(cell, None, steps, n_units=64) == (None, None)
    assert workers_for(CELLS["lstm"], worker, steps, n_units=256) == (worker, None)


@every_cell
@every_dtype
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
@pytest.mark.parametrize("lengths", [LENGTHS, [5, 5, 5], [3], [1, 1, 1]])
def test_two_threads_share_each_loop(cell, dtype, masked, lengths, monkeypatch):
    """The bits are the same whenever two threads are asked, even if one is away."""
    monkeypatch.setattr(_team, "SHARED_WORK", 0)
    monkeypatch.setattr("sksequence.cells._tape.SHARED_PRODUCTS", 0)
    monkeypatch.setattr("sksequence.cells._tape.CHUNK", 6 * 4 * len(cell.gates))
    _, problem = pair(cell, masked, dtype=dtype, lengths=lengths)
    expected = results(problem)
    workspace = Workspace()

    def test(worker):
        found = []
        for _ in range(3):
            ready(worker)
            found.append(results(problem, worker=worker, workspace=workspace))
        monkeypatch.setattr(Threads, "wait_in", lambda *args, **kwargs: None)
        worker.submit(int).result()  # the thread leaves its loop
        found.append(results(problem, worker=worker))
        assert_close(found[0], expected, dtype)
        for other in found[1:]:
            for name, value in found[0].items():
                assert_array_equal(other[name], value, err_msg=name)

    with_threads(1, test)
