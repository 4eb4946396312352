"""What all objectives share: the contract, and two threads that share a batch.

::

    L(theta) = sum_r w_r loss_r,    sum_r w_r = 1

over all rows r of the training set. The batches of an epoch are the training set, cut
into pieces; each contributes its part of the sum.
"""

from functools import partial

from .._threads import in_halves
from ..cells import Workspace
from ..sequences import flat, with_flat


class Objective:
    """The loss of a training set as a function of the weights, piece by piece.

    Parameters
    ----------
    network : Network or EncoderDecoder
    workspace : Workspace
        Memory to use again. If it has a helper, two threads may share a batch.
    rng : RandomState
        For the order of batches, and for draws.
    dropout_rng : RandomState or None
        For masks; None means that there is no dropout.

    A subclass writes ``batches`` and ``take``, and says how a batch is split, if it is.

    Attributes
    ----------
    total_weight : float
        That of all rows, before it was made one.
    keeps_unfinished : bool
        Whether what was learnt in an epoch that did not end is worth keeping.
    """

    keeps_unfinished = False

    def __init__(self, network, workspace, rng, dropout_rng):
        self.network, self.rng, self.dropout_rng = network, rng, dropout_rng
        self.worker = workspace.helper
        # Halves have memory of their own, and no helper beside them.
        self.spaces = [workspace, Workspace(), Workspace()]

    def batches(self):
        """The batches of an epoch: a list of sized pieces of the training set."""
        raise NotImplementedError(f"{type(self).__name__} must define 'batches'.")

    def take(self, piece, scale, dtype, half=0):
        """A piece of the training set as a ``Batch``, its weights times ``scale``.

        ``half`` is the number of the half of a batch that was split.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'take'.")

    def n_steps(self, piece):
        """Steps of a piece, to tell of speed."""
        raise NotImplementedError(f"{type(self).__name__} must define 'n_steps'.")

    def split(self, piece):
        """Two halves of a piece, and what each uses for dropout; None to leave it."""
        return None

    def drawer(self, targets, weights, dtype):
        """A function that draws what the head wants drawn for each batch, or None."""
        proposal = self.network.head.proposal(targets, weights, dtype)
        return None if proposal is None else partial(proposal.draw, self.rng)

    def loss_and_gradient(self, theta, piece, scale):
        """``scale`` times the part that a piece has in the loss, and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (n_parameters,)
        piece
            One of ``batches``.
        scale : float

        Returns
        -------
        loss : float
        Gradients
        n_steps : int
        """
        halves = None if self.worker is None else self.split(piece)
        if halves is None:
            batch = self.take(piece, scale, theta.dtype)
            found = self._work(theta, batch, self.dropout_rng, self.spaces[0])
        else:
            found = in_halves(
                self.worker,
                *(
                    partial(self._work_on_half, theta, half, scale, k, draws)
                    for k, (half, draws) in enumerate(halves)
                ),
            )
        return *found, self.n_steps(piece)

    def _work_on_half(self, theta, half, scale, k, draws):
        batch = self.take(half, scale, theta.dtype, half=k)
        return self._work(theta, batch, draws, self.spaces[1 + k])

    def _work(self, theta, batch, draws, space):
        return self.network.loss_and_gradients(theta, batch, draws, space)


def fractions_of_sum(weights, dtype, counts=None):
    """Weights that sum to one.

    Parameters
    ----------
    weights : ndarray or RaggedArray
    dtype : dtype
        Of the fractions.
    counts : ndarray of int, default=None
        How many rows each weighs. None: one.

    Returns
    -------
    fractions : like ``weights``
    total : float
        What they summed to before.
    """
    values = flat(weights)
    # The greatest is taken out, so that the sum of large ones is finite.
    greatest = float(values.max())
    values = values / greatest
    total = float(values.sum() if counts is None else values @ counts)
    return with_flat(weights, (values / total).astype(dtype)), total * greatest
