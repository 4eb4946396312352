"""The weighted mean of flat vectors of several trainings, in place.

::

    mean = sum_k w_k x_k,    sum_k w_k = 1
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._typing import FloatArray

PIECE = 2**16  # numbers that the caches of a processor hold


def pieces(n: int) -> Iterator[slice]:
    """Slices of n numbers, so small that sums of them need no memory of their own."""
    for start in range(0, n, PIECE):
        yield slice(start, start + PIECE)


def set_to_mean(
    out: FloatArray, vectors: Sequence[FloatArray], fractions: Sequence[float]
) -> None:
    """Write the mean of vectors to another one.

    Where all are equal it is exactly what they are: it is the first one and the
    weighted differences from it.

    Parameters
    ----------
    out : ndarray of shape (n,)
    vectors : list of ndarray of shape (n,)
    fractions : list of float
        The weights of the vectors, which sum to one.
    """
    for piece in pieces(len(out)):
        first = vectors[0][piece]
        out[piece] = first
        for fraction, vector in zip(fractions[1:], vectors[1:], strict=True):
            out[piece] += float(fraction) * (vector[piece] - first)
