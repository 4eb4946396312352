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
    one_of_several : bool
        Whether means are taken of its states and others, for which moments must be up
        to date.
    """

    def __init__(
        self, estimator, architecture, data, options, batch_size, one_of_several
    ):
        estimator = copy(estimator)
        estimator.batch_size = batch_size
        for name in [name for name in vars(estimator) if "callback" in name]:
            delattr(estimator, name)  # they watch the whole fit, where it began
        self.data, self.settings = data, (estimator, architecture, options)
        self.one_of_several = one_of_several

    def __getstate__(self):
        # Functions and classes of a notebook are pickled by what is in them.
        settings = wrap_non_picklable_objects(self.settings, keep_wrapper=False)
        return vars(self) | {"settings": settings}

    @one_blas_thread
    def train(self, common, own, n_epochs, n_parts):
        """Some epochs, or the next part of one, from a state of a ``Training``.

        Parameters
        ----------
        common : dict
            Of ``Training.shared_state``.
        own : dict
            Of ``Training.own_state``.
        n_epochs, n_parts : int
            See ``Training.run_part``. One of them is 1.

        Returns
        -------
        common, own : dict
            The same, after the epochs.
        rows : list of dict
            Of ``Training.run_epoch``, for each epoch that is whole.
        weight : float
            Of all that was trained on.
        """
        estimator, architecture, options = self.settings
        theta, rng = np.empty_like(common["theta"]), np.random.RandomState()
        objective = estimator._objective_of(
            architecture,
            estimator._build(architecture, estimator.engine),
            self.data,
            theta.dtype,
            rng,
            None,
        )
        training = estimator._training(theta, objective, rng, **options)
        training.set_state(common | own)
        rows = []
        for _ in range(n_epochs):
            row = training.run_part(n_parts)
            if row is not None:
                training.history.append(row)
                rows.append(row)
        if self.one_of_several:
            training.bring_up_to_date()
        weight = objective.total_weight
        return training.shared_state(), training.own_state(), rows, weight


def train(shard, common, own, n_epochs, n_parts):
    """What a worker does: ``Shard.train``, with stored arguments and results.

    An error is a result, too.
    """
    try:
        moved, *others = held(shard).train(held(common), own, n_epochs, n_parts)
        return give(shard, moved), *others
    except Diverged as error:
        return error
    except Exception as error:
        error.add_note(f"In a worker:\n{traceback.format_exc()}")
        return error
