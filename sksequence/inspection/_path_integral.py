"""The mean gradient of a score on the line between two inputs.

::

    g = integral from 0 to 1 of dF/dz (z_0 + a (z_1 - z_0)) da,
    sum (z_1 - z_0) g = F(z_1) - F(z_0)

The second line, the completeness of the attributions, holds for each piece of the line
too, and so tells how good the quadrature is there. A piece has the points of a
Gauss-Legendre rule, which are few where the score is smooth. Where its gradient jumps,
as that of relu and of a maximum does, the piece is halved, until what it may still miss
is small.
"""

from dataclasses import dataclass, fields

import numpy as np
from scipy import sparse

from ..cells import Workspace
from ..sequences import RaggedArray, Steps, rows_of, similar_lengths

BATCH_SIZE = 256
MOST_PIECES = 4096  # of the line of one sequence
SHARES = 8, 64  # of the tolerance, which one piece may miss: at first, and once more
GROUP = 2**22  # numbers of the gradients of pieces, held at once


@dataclass
class Pieces:
    """Pieces of lines: of which sequence, from where to where, with which scores."""

    sequence: np.ndarray
    low: np.ndarray
    high: np.ndarray
    score_low: np.ndarray
    score_high: np.ndarray

    def __len__(self):
        return len(self.sequence)

    def __getitem__(self, which):
        return Pieces(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def middle(self):
        """Halfway."""
        return (self.low + self.high) / 2

    def halves(self, score_middle):
        """Both halves of each."""
        low, high = vars(self).copy(), vars(self).copy()
        low |= {"high": self.middle, "score_high": score_middle}
        high |= {"low": self.middle, "score_low": score_middle}
        return Pieces(*(np.concatenate([low[name], high[name]]) for name in low))


class Lines:
    """Straight lines, one for each of some sequences, and the scores along them.

    Parameters
    ----------
    network : Stack
        The layers below the head.
    params : dict of str -> ndarray
    score : callable
        See ``OneOutput``; the sequences are those of these lines.
    start, way : ndarray of shape (n_rows, width)
    offsets : ndarray of int
        Of the sequences.
    max_rows : int
        Steps that go through the network together.
    static : ndarray of shape (n_sequences, n_static), or None
        What is known of each sequence as a whole, all along its line.
    """

    def __init__(
        self, network, params, score, start, way, offsets, max_rows, static=None
    ):
        self.network, self.params, self.score = network, params, score
        self.start, self.way = start, RaggedArray(way, offsets)
        self.lengths, self.max_rows = self.way.lengths, max_rows
        self.grads = {name: np.zeros_like(a) for name, a in params.items()}
        self.workspace, self.static = Workspace(), static

    def scores(self, sequence, place):
        """F at one place of each line.

        Parameters
        ----------
        sequence : ndarray of int, shape (n,)
        place : ndarray of shape (n,)
            From 0 to 1.
        """
        found = np.empty(len(sequence))
        for batch, order, steps, rows, _ in self._batches(sequence, place):
            H, _ = self._forward(rows, steps, order, need_tape=False)
            found[batch], _ = self.score(H, steps, order)
        return found

    def mean_gradients(self, n_points, tolerance, score_low, score_high):
        """g of each line.

        Parameters
        ----------
        n_points : int
            Of a piece.
        tolerance : ndarray of shape (n_sequences,)
            What the sum of a line may miss.
        score_low, score_high : ndarray of shape (n_sequences,)
            F at both ends.

        Returns
        -------
        ndarray of shape (n_rows, width)
        """
        sequence = np.arange(len(self.lengths))
        ends = np.zeros(len(sequence)), np.ones(len(sequence))
        lines = every = Pieces(sequence, *ends, score_low, score_high)
        points = np.polynomial.legendre.leggauss(n_points)
        found = np.zeros_like(self.way.values)
        for share in SHARES:
            self._add_integrals(found, lines, points, tolerance / share)
            missed = np.abs(self.sums(found) - (score_high - score_low))
            lines = every[missed > tolerance]
        return found

    def _add_integrals(self, found, lines, points, tolerance):
        """Write those of some whole lines, in pieces that each keep the tolerance."""
        for k in lines.sequence:
            found[slice(*self.way.offsets[k : k + 2])] = 0
        n_pieces, pieces = np.ones(len(tolerance), np.intp), lines
        while len(pieces):
            open_ones = []
            for group in self._groups(pieces):
                some = pieces[group]
                gradients, starts = self._integrals(some, *points)
                sums = self._sums(some, gradients, starts)
                missed = np.abs(sums - (some.score_high - some.score_low))
                bad = missed > tolerance[some.sequence]
                bad &= n_pieces[some.sequence] < MOST_PIECES
                for k in np.flatnonzero(~bad):
                    rows = slice(*self.way.offsets[some.sequence[k] :][:2])
                    found[rows] += gradients[starts[k] : starts[k + 1]]
                open_ones.append(group[bad])
            pieces = pieces[np.concatenate(open_ones)]
            if len(pieces):
                n_pieces += np.bincount(pieces.sequence, minlength=len(n_pieces))
                pieces = pieces.halves(self.scores(pieces.sequence, pieces.middle))

    def sums(self, gradient):
        """(z_1 - z_0) g of each line."""
        products = np.einsum("ij,ij->i", self.way.values, gradient)
        return np.add.reduceat(products, self.way.offsets[:-1])

    # -- one group of pieces -----------------------------------------------------------

    def _groups(self, pieces):
        """Indices of pieces whose gradients are held together."""
        sizes = np.cumsum(self.lengths[pieces.sequence] * self.way.values.shape[1])
        cuts = np.flatnonzero(np.diff(sizes // GROUP)) + 1
        return np.split(np.arange(len(pieces)), cuts)

    def _integrals(self, pieces, nodes, weights):
        """The integral of the gradient over each piece, row below row; their starts."""
        n, half = len(nodes), (pieces.high - pieces.low)[:, None] / 2
        place = (pieces.middle[:, None] + half * nodes).ravel()
        weight = (half * weights).ravel()
        sequence, piece = (np.repeat(a, n) for a in (pieces.sequence, range(len(half))))
        starts = np.concatenate([[0], np.cumsum(self.lengths[pieces.sequence])])
        found = np.zeros((starts[-1], self.way.values.shape[1]))
        for batch, order, steps, rows, of_row in self._batches(sequence, place):
            H, tape = self._forward(rows, steps, order)
            _, dH = self.score(H, steps, order)
            dX = self.network.backward(self.params, self.grads, dH, tape)
            target = starts[piece[batch]][of_row] + steps.step_of_row
            weighted = weight[batch][of_row], (target, np.arange(len(target)))
            shape = len(found), len(target)
            found += sparse.csr_matrix(weighted, shape) @ dX
        return found, starts

    def _sums(self, pieces, gradients, starts):
        """(z_1 - z_0) g of each piece."""
        source = np.arange(starts[-1]) + np.repeat(
            self.way.offsets[pieces.sequence] - starts[:-1], np.diff(starts)
        )
        products = np.einsum("ij,ij->i", self.way.values[source], gradients)
        return np.add.reduceat(products, starts[:-1])

    # -- the network -------------------------------------------------------------------

    def _batches(self, sequence, place):
        """(which, their sequences, steps, packed rows, which of them a row is)."""
        lengths = self.lengths[sequence]
        for batch in similar_lengths(lengths, BATCH_SIZE, self.max_rows):
            order, steps = sequence[batch], Steps(lengths[batch])
            source, of_row = rows_of(self.way, steps, order), steps.sequence_of_row
            rows = self.way.values[source] * place[batch][of_row, None]
            rows += self.start[source]
            yield batch, order, steps, rows, of_row

    def _forward(self, rows, steps, order, need_tape=True):
        return self.network.forward(
            self.params,
            rows,
            steps,
            static=None if self.static is None else self.static[order],
            need_tape=need_tape,
            workspace=self.workspace,
        )
