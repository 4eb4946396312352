"""A part of a training set, and its training between two averages."""

import traceback
from copy import copy

import numpy as np
from joblib import wrap_non_picklable_objects

from .._threads import one_blas_thread
from ..training import Diverged
from ._stores import give, held


class Shard:
    """A part of a training set, with all that its training needs but the state.

    It is trained by one thread.

    Parameters
    ----------
    estimator : BaseRNN
        That is being fitted.
    architecture : dict
        Of its network.
    data : Data
        Encoded, one part of it.
    options : dict
        Of ``BaseRNN._training``.
    batch_size : int
        What "auto" means for the whole training set.
    """

    def __init__(self, estimator, architecture, data, options, batch_size):
        estimator = copy(estimator)
        estimator.batch_size = batch_size
        for name in [name for name in vars(estimator) if "callback" in name]:
            delattr(estimator, name)  # they watch the whole fit, where it began
        self.data, self.settings = data, (estimator, architecture, options)

    def __getstate__(self):
        # Functions and classes of a notebook are pickled by what is in them.
        return self.data, wrap_non_picklable_objects(self.settings, keep_wrapper=False)

    def __setstate__(self, state):
        self.data, self.settings = state

    @one_blas_thread
    def train(self, state, n_epochs):
        """Epochs from a state of a ``Training``.

        Returns
        -------
        state : dict
        rows : list of dict
            Of ``Training.run_epoch``.
        weight : float
            Of all that was trained on.
        """
        estimator, architecture, options = self.settings
        theta, rng = state["theta"].copy(), np.random.RandomState()
        objective = estimator._objective_of(
            architecture,
            estimator._build(architecture),
            self.data,
            theta.dtype,
            rng,
            None,
        )
        training = estimator._training(theta, objective, rng, **options)
        training.set_state(state)
        for _ in range(n_epochs):
            training.add(training.run_epoch())
        rows = training.history[-n_epochs:]
        return training.get_state(with_kept=False), rows, objective.total_weight


COMMON = "theta", "average", "optimizer"  # what is averaged


def train(shard, common, own, n_epochs):
    """What a worker does. An error is a result, too.

    Parameters
    ----------
    shard : Shard, or what stands for it
    common : dict, or what stands for it
        What the states of all shards have in common.
    own : dict
        The rest of the state.
    n_epochs : int

    Returns
    -------
    common, own : dict
        The same, after the epochs.
    rows, weight
        See ``Shard.train``.
    """
    try:
        state, rows, weight = held(shard).train({**held(common), **own}, n_epochs)
        moved = {name: state.pop(name) for name in COMMON}
        return give(common, moved), state, rows, weight
    except Diverged as error:
        return error
    except Exception as error:
        error.add_note(f"In a worker:\n{traceback.format_exc()}")
        return error
