"""Packing by time: step 0 of all sequences, then step 1 of all that still run, ...

The sequences of a batch are sorted by decreasing length. Then the rows of step t are
those of the first n_t sequences, so the first n_t rows of any state are those of the
sequences that have a further step: no padding is computed and no mask is needed. The
order is the one of PyTorch's ``PackedSequence``.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .._cached import cached_property
from .._typing import IntArray
from ._ragged import RaggedArray

LONGEST_KEPT = 1_000  # steps of one sequence


class Steps:
    """Where each step of a batch lies among its packed rows.

    Parameters
    ----------
    lengths : array-like of shape (n_sequences,)
        Number of steps of each sequence, decreasing, none 0.

    Attributes
    ----------
    lengths : ndarray of shape (n_sequences,)
    n_sequences : int
        Sequences in the batch.
    n_rows : int
        Steps of all sequences together.

    Examples
    --------
    >>> from sksequence.sequences import Steps
    >>> steps = Steps([3, 1])
    >>> steps.counts, steps.starts, steps.last.tolist()
    ([2, 1, 1], [0, 2, 3, 4], [3, 1])
    """

    def __init__(self, lengths: npt.ArrayLike):
        self.lengths = np.asarray(lengths, dtype=np.intp)
        self.n_sequences = len(self.lengths)
        self.n_rows = int(self.lengths.sum())
        self._even = bool(self.lengths[0] == self.lengths[-1])

    @property
    def mean_size(self) -> float:
        """Mean of n_t over the steps."""
        return self.n_rows / float(self.lengths[0])

    # The rest is made when it is asked for: of one sequence, little is.

    @cached_property
    def _counts(self) -> IntArray:
        # n_t = how many lengths exceed t; searchsorted wants them increasing: reversed.
        steps = np.arange(self.lengths[0])
        shorter = np.searchsorted(self.lengths[::-1], steps, side="right")
        return self.n_sequences - shorter

    @cached_property
    def _starts(self) -> IntArray:
        return np.concatenate([[0], np.cumsum(self._counts)])

    @cached_property
    def counts(self) -> list[int]:
        """n_t: how many sequences have a step t, length max(lengths)."""
        if self._even:
            return [self.n_sequences] * int(self.lengths[0])
        counts: list[int] = self._counts.tolist()
        return counts

    @cached_property
    def starts(self) -> list[int]:
        """The rows of step t are ``starts[t]:starts[t + 1]``."""
        starts: list[int] = self._starts.tolist()
        return starts

    @cached_property
    def pooled(self) -> "Steps":
        """One step of each sequence: the steps of the batch after pooling."""
        if self.n_sequences == 1:
            return _steps_of_one(1)
        return Steps(np.ones(self.n_sequences, dtype=np.intp))

    @cached_property
    def step_of_row(self) -> IntArray:
        """Step t of each row, shape (n_rows,)."""
        return np.repeat(np.arange(len(self._counts)), self._counts)

    @cached_property
    def sequence_of_row(self) -> IntArray:
        """Sequence of each row, shape (n_rows,)."""
        return np.arange(self.n_rows) - self._starts[self.step_of_row]

    @cached_property
    def by_sequence(self) -> tuple[IntArray, IntArray]:
        """The rows sequence by sequence, and where each begins among them."""
        if self.n_sequences == 1:
            return np.arange(self.n_rows), np.zeros(1, np.intp)
        order = np.argsort(self.sequence_of_row, kind="stable")
        starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        return order, starts

    @cached_property
    def reverse(self) -> IntArray:
        """Permutation of the rows that reverses each sequence in time.

        It makes step t of a sequence of length T into its step T - 1 - t, and is its
        own inverse.
        """
        if self._even:
            t = np.arange(self.lengths[0])[::-1, None]
            return (t * self.n_sequences + np.arange(self.n_sequences)).ravel()
        backwards = self.lengths[self.sequence_of_row] - 1 - self.step_of_row
        return self._starts[backwards] + self.sequence_of_row

    @cached_property
    def last(self) -> IntArray:
        """Row of the last step of each sequence, shape (n_sequences,)."""
        if self._even:
            return np.arange(self.n_rows - self.n_sequences, self.n_rows)
        return self._starts[self.lengths - 1] + np.arange(self.n_sequences)

    @cached_property
    def previous(self) -> IntArray:
        """Where the state before each row is, in [initial states; states of the rows].

        Shape (n_rows,): ``np.concatenate([initial, states])[steps.previous]``.
        """
        earlier = self.n_sequences + self._starts[self.step_of_row - 1]
        return np.where(self.step_of_row == 0, 0, earlier) + self.sequence_of_row

    def chunks(
        self, max_rows: int
    ) -> list[tuple[int, int, list[tuple[int, int, int]]]]:
        """Cut the steps into chunks of at most ``max_rows`` rows (or of one step).

        Parameters
        ----------
        max_rows : int

        Returns
        -------
        list of (first, stop, runs)
            The rows of a chunk, and its runs (n_t, start, stop): the rows of
            consecutive steps that all have n_t sequences.

        Examples
        --------
        >>> from sksequence.sequences import Steps
        >>> Steps([4, 4, 1]).chunks(max_rows=7)
        [(0, 7, [(3, 0, 3), (2, 3, 7)]), (7, 9, [(2, 7, 9)])]
        """
        runs: list[tuple[int, int, int]] = []
        chunks, first, start = [], 0, 0
        ends = self.lengths[:1] if self._even else np.unique(self.lengths)
        longer = self.n_sequences - np.searchsorted(self.lengths[::-1], ends)
        for t, end, n_t in zip([0, *ends.tolist()], ends.tolist(), longer.tolist()):
            stop = start + (end - t) * n_t
            while start < stop:
                n_steps = (first + max_rows - start) // n_t
                if n_steps < 1 and runs:
                    chunks.append((first, start, runs))
                    runs, first = [], start
                    continue
                run_stop = min(stop, start + max(n_steps, 1) * n_t)
                runs.append((n_t, start, run_stop))
                start = run_stop
        chunks.append((first, start, runs))
        return chunks


def pack(X: RaggedArray, indices: IntArray) -> tuple[Any, Steps, IntArray]:
    """Pack some sequences by time.

    Parameters
    ----------
    X : RaggedArray
    indices : ndarray of int, shape (n_batch,)
        The sequences to take, in any order.

    Returns
    -------
    rows : ndarray or CSR of shape (n_rows, ...)
    steps : Steps
    order : ndarray of shape (n_batch,)
        ``indices`` by decreasing length: sequence i of ``steps`` is ``X[order[i]]``.
    """
    if len(indices) == 1:
        i = indices[0]
        start, stop = X.offsets[i : i + 2].tolist()
        return X.values[start:stop], _steps_of_one(stop - start), indices
    lengths = X.lengths[indices]
    decreasing = np.argsort(-lengths, kind="stable")
    order = indices[decreasing]
    steps = Steps(lengths[decreasing])
    return X.values[rows_of(X, steps, order)], steps, order


def _steps_of_one(n_steps):
    """The steps of one sequence; short ones are kept, for others of the same length."""
    return _kept_steps(n_steps) if n_steps <= LONGEST_KEPT else Steps([n_steps])


@lru_cache(maxsize=64)
def _kept_steps(n_steps):
    return Steps([n_steps])


def places(lengths: IntArray) -> IntArray:
    """Where ``pack`` puts each of some sequences: its place by decreasing length."""
    place = np.empty(len(lengths), np.intp)
    place[np.argsort(-lengths, kind="stable")] = np.arange(len(lengths))
    return place


def rows_of(X: RaggedArray, steps: Steps, order: IntArray) -> IntArray:
    """Where the packed rows lie in ``X.values``, shape (n_rows,).

    Parameters
    ----------
    X : RaggedArray
    steps, order
        As ``pack`` gives them.
    """
    if steps.n_sequences == 1:
        start = X.offsets[order[0]]
        return np.arange(start, start + steps.n_rows)
    return X.offsets[order][steps.sequence_of_row] + steps.step_of_row


def unpack(rows: npt.NDArray[Any], steps: Steps) -> RaggedArray:
    """Packed rows back to a RaggedArray, in the order of ``steps``.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, ...)
    steps : Steps

    Returns
    -------
    RaggedArray of ``steps.n_sequences`` sequences.
    """
    offsets = np.concatenate([[0], np.cumsum(steps.lengths)])
    target = offsets[steps.sequence_of_row] + steps.step_of_row
    values = np.empty_like(rows)
    values[target] = rows
    return RaggedArray(values, offsets)
