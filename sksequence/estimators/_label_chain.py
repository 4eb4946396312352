"""A chain of labels on the scores of many sequences: the best labels, probabilities."""

import numpy as np

from .._threads import in_turn, one_blas_thread
from ..sequences import pack, rows_of, similar_lengths
from ._batches import PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS


class LabelChain:
    """Scores of steps, and which labels may follow one another.

    Parameters
    ----------
    chain : LinearChain
    params : dict of str -> ndarray
        Of the chain.
    scores : RaggedArray of shape (n_classes,) a step
    impossible : callable
        Raises an error, given the sequences that can have no labels.
    """

    def __init__(self, chain, params, scores, impossible):
        self.chain, self.params, self.scores = chain, params, scores
        self.impossible = impossible

    def _batches(self):
        """(packed rows, steps, places of the rows, sequences), batch by batch."""
        scores = self.scores
        for batch in similar_lengths(
            scores.lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS
        ):
            rows, steps, order = pack(scores, batch)
            yield rows, steps, rows_of(scores, steps, order), order

    @one_blas_thread
    def labels(self):
        """The best labeling, (n_rows,)."""
        labels = np.empty(len(self.scores.values), dtype=np.intp)
        for rows, steps, places, order in self._batches():
            labels[places], _ = self._best(rows, steps, order, 1)
        return labels

    @one_blas_thread
    def best(self, n):
        """The n best labelings (n_rows, n), and log probabilities (n_sequences, n)."""
        labels = np.empty((len(self.scores.values), n), dtype=np.intp)
        log_p = np.empty((len(self.scores), n))
        for rows, steps, places, order in self._batches():
            found, score = self._best(rows, steps, order, n)
            log_z = self._in_turn(self.chain.log_z, rows, steps)
            labels[places], log_p[order] = found.T, (score - log_z).T
        return labels, log_p

    @one_blas_thread
    def marginals(self):
        """Probabilities of the labels of each step (n_rows, n_classes)."""
        p = np.empty_like(self.scores.values)
        for rows, steps, places, order in self._batches():
            found = self._in_turn(self.chain.marginals, rows, steps)
            p[places] = found
            self._refuse(order[np.isnan(found[: len(order), 0])])
        return p

    @one_blas_thread
    def log_marginals(self):
        """Their logarithms, exact where those round to 0."""
        log_p = np.empty_like(self.scores.values)
        for rows, steps, places, order in self._batches():
            found = self._in_turn(self.chain.log_marginals, rows, steps)
            log_p[places] = found
            self._refuse(order[np.isnan(found[: len(order), 0])])
        return log_p

    @one_blas_thread
    def log_likelihood(self, labels):
        """Log probability of the labels (n_rows,) of each sequence, (n_sequences,)."""
        found = np.empty(len(self.scores))
        for rows, steps, places, order in self._batches():
            found[order] = self._in_turn(
                self.chain.log_likelihood, rows, steps, labels[places]
            )
        self._refuse(np.flatnonzero(np.isnan(found)))
        return found

    def _best(self, rows, steps, order, n):
        found, score = self._in_turn(self.chain.best, rows, steps, n)
        self._refuse(order[score[0] == -np.inf])
        return found, score

    def _in_turn(self, function, rows, steps, *args):
        size = steps.mean_size * rows.shape[1]
        return in_turn(size, function, self.params, rows, steps, *args)

    def _refuse(self, sequences):
        if len(sequences):
            self.impossible(sequences.min())
