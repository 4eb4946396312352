"""What is trained on, or watched: sequences, targets and weights, all checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..sequences import RaggedArray, check_some_weight, flat, weights_of_rows


@dataclass(frozen=True)
class Data:
    """Sequences with their targets and weights.

    Parameters
    ----------
    X : RaggedArray, or ndarray of one vector a sequence
    y : ndarray or RaggedArray
        One entry a sequence, or one a step.
    weights : ndarray or RaggedArray
        Likewise; where y is 0/1 rows, perhaps a weight for each of their entries.
    """

    X: Any
    y: Any
    weights: Any

    def __len__(self):
        return len(self.X)

    def __getitem__(self, rows):
        return Data(self.X[rows], self.y[rows], self.weights[rows])

    @property
    def counts(self):
        """Whether a sequence has a weight above zero, (n_sequences,)."""
        held = weights_of_rows(flat(self.weights)) > 0
        if isinstance(self.weights, RaggedArray):
            held = np.logical_or.reduceat(held, self.weights.offsets[:-1])
        return held

    @property
    def weights_as_read(self):
        """Weights of sequences; of their steps, which are all read alike.

        A step without a target, or of weight zero, counts as the others of its sequence
        do in the mean: it is read as they are.
        """
        if not isinstance(self.weights, RaggedArray):
            return self.weights
        starts = self.weights.offsets[:-1]
        of_steps = weights_of_rows(flat(self.weights))
        of_steps = of_steps / of_steps.max()  # no sum is too large
        total = np.add.reduceat(of_steps, starts)
        n_held = np.add.reduceat(of_steps > 0, starts, dtype=np.intp)
        means = total / np.maximum(n_held, 1)
        return self.weights.with_values(np.repeat(means, self.weights.lengths))

    def counted(self, name):
        """The sequences that count, and which they are: no batch is left half empty.

        ``name`` is what has given them their weights.
        """
        held = self.counts
        if held.all():
            return self, np.arange(len(held))
        check_some_weight(held, name=name)
        return self[held], np.flatnonzero(held)

    def dealt(self, n_hands, rng):
        """Which entries are in which of some parts: at random, of like lengths.

        Parameters
        ----------
        n_hands : int
        rng : RandomState
            Nothing is drawn for a single part.

        Returns
        -------
        rows : list of ndarray of int, each rising
        """
        n = len(self)
        if n_hands == 1:
            return [np.arange(n)]
        lengths = np.zeros(n, np.intp)
        for part in (self.X, self.y):
            if isinstance(part, RaggedArray):
                lengths += part.lengths
        order = rng.permutation(n)
        order = order[np.argsort(lengths[order], kind="stable")]
        return [np.sort(order[k::n_hands]) for k in range(n_hands)]


def check_y_given(estimator, y):
    """Raise an error if there are no targets."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
