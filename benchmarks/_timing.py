"""Timing several sides in turns, so that all meet the machine in the same state."""

import gc
import math
import time
from contextlib import nullcontext

import numpy as np
from _machine import BLAS

PEAK_SIZE = 2048
BLOCK = 0.02  # seconds of calls between two pauses, at least
NAP = 0.005  # seconds of sleep in which an idle process uses next to no CPU


def peak_of_sgemm(threads):
    """Operations a second of a large product, the best of some."""
    a, b = np.random.default_rng(0).random((2, PEAK_SIZE, PEAK_SIZE), np.float32)
    out = np.empty_like(a)
    seconds = []
    with BLAS.limit(limits=threads):
        for _ in range(6):
            started = time.perf_counter()
            np.matmul(a, b, out=out)
            seconds.append(time.perf_counter() - started)
    return 2 * PEAK_SIZE**3 / min(seconds)


def wait_until_idle():
    """Sleep until no thread of any side spins: OpenBLAS's do so for 0.1 s."""
    for _ in range(200):  # at most for a second
        before = time.process_time()
        time.sleep(NAP)
        if time.process_time() - before < NAP / 10:
            return


def seconds_of_block(call, n_calls):
    """Mean seconds of a call, among some in a row, after a pause and a warm-up."""
    gc.collect()
    wait_until_idle()
    if n_calls > 1:
        call()
    gc.disable()
    started = time.perf_counter()
    for _ in range(n_calls):
        call()
    seconds = time.perf_counter() - started
    gc.enable()
    return seconds / n_calls


def seconds_of_sides(calls, repeats, limits=None):
    """Interleaved blocks of all sides, ndarray of shape (repeats, n_sides).

    Parameters
    ----------
    calls : list of callable
    repeats : int
        Blocks of each side. In each round another side goes first.
    limits : list of callable, default=None
        What makes a context for each side, such as a number of threads.
    """
    limits = limits or [nullcontext] * len(calls)
    n_calls = []
    for call, limit in zip(calls, limits, strict=True):
        with limit():
            call()
            n_calls.append(max(1, math.ceil(BLOCK / seconds_of_block(call, 1))))
    seconds = np.empty((repeats, len(calls)))
    for k in range(repeats):
        for side in np.roll(np.arange(len(calls)), k):
            with limits[side]():
                seconds[k, side] = seconds_of_block(calls[side], n_calls[side])
    return seconds


def ratio_and_quartiles(ours, theirs):
    """Median and quartiles of theirs / ours, from blocks of the same rounds."""
    low, ratio, high = np.quantile(theirs / ours, [0.25, 0.5, 0.75])
    return ratio, low, high
