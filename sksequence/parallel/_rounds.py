"""Rounds: what takes the place of epochs where shards are trained apart.

In each round all shards begin with the same state; after some epochs of each, or a part
of one, the mean of their states is that of the whole training [1]_, [2]_. Each counts
by its part in the loss of the training set [3]_::

    theta = sum_k w_k theta_k / sum_k w_k,    L = sum_k w_k L_k / sum_k w_k

with w_k the total weight of the rows of shard k. Moments of the optimizer are averaged
likewise, see ``Training.set_mean``. With momentum mu and rate eta of the rounds, the
way to the mean is a step of Nesterov's descent [4]_::

    d = mean - theta,    v = mu v + eta d,    theta = theta + mu v + eta d

.. [1] Stich, "Local SGD converges fast and communicates little", ICLR 2019.
.. [2] Lin, Stich, Patel & Jaggi, "Don't use large mini-batches, use local SGD",
   ICLR 2020.
.. [3] McMahan, Moore, Ramage, Hampson & Agüera y Arcas, "Communication-efficient
   learning of deep networks from decentralized data", AISTATS 2017.
.. [4] Douillard et al., "DiLoCo: distributed low-communication training of language
   models", 2023.
"""

from functools import partial
from math import ceil
from time import perf_counter

import numpy as np

from ..training import Diverged, pieces
from ._shard import Shard, train
from ._stores import held

SEEDS = 2**31 - 1


class Rounds:
    """The rounds of one training, called as ``Training.run_epoch``.

    Parameters
    ----------
    workers : Workers
    estimator : BaseRNN
        That is being fitted.
    architecture : dict
    data : Data
        All that is trained on.
    training : Training
        Of the whole; its ``max_iter`` becomes the number of calls that its epochs make.
    n_shards : int
    n_local_epochs : int or float
    outer_learning_rate, outer_momentum : float
        Of the rounds: 1 and 0 for the mean itself.
    partial : bool
        Whether to train one round, as ``partial_fit``.
    """

    def __init__(
        self,
        workers,
        estimator,
        architecture,
        data,
        training,
        *,
        n_shards,
        n_local_epochs,
        outer_learning_rate,
        outer_momentum,
        partial,
    ):
        self.workers, self.training = workers, training
        self.n_shards = n_shards
        self.n_epochs_a_round = max(1, int(n_local_epochs))
        self.n_parts = max(1, round(1 / n_local_epochs))
        self.rate, self.momentum = float(outer_learning_rate), float(outer_momentum)
        self.before = self.velocity = None  # unless there are steps of the rounds
        if (self.rate, self.momentum) != (1, 0):
            self.before = np.empty_like(training.theta)
            self.velocity = np.zeros_like(training.theta)
        self.data, self.rows = estimator._shards(data, n_shards, training.rng)
        if len(self.rows[-1]) == 0 or len(self.rows) < n_shards:
            raise ValueError(
                f"n_shards={n_shards} of DataParallel is more than there is to train "
                f"on: {len(self.data)} (sequences, or tokens of running text). Use "
                "fewer shards."
            )
        self.n_epochs = self.n_epochs_a_round if partial else training.max_iter
        training.max_iter = ceil(self.n_epochs / self.n_epochs_a_round)
        options = {
            "total_weight": training.objective.total_weight,
            "schedule": training.schedule,
            "max_iter": self.n_epochs,
            "keep_good": False,
        }
        self.shard_of = lambda rows: Shard(
            estimator,
            architecture,
            self.data[rows],
            options,
            estimator._n_batch(len(data)),
            n_shards > 1,
        )
        self.shards, self.generation = [], None
        self.own = self._first_states()

    def _first_states(self):
        """What each shard has for itself: the draws of the first go on as they were."""
        training = self.training
        history = [
            {"n_batches": row.get("n_batches", 0) / row.get("n_shards", 1) / n}
            for row in training.history
            for n in [max(1, int(row.get("n_local_epochs", 1)))]
            for _ in range(n)
        ]
        seeds = training.rng.randint(SEEDS, size=self.n_shards - 1)
        generators = [training.rng, *map(np.random.RandomState, seeds)]
        return [
            {
                "random": rng.get_state(),
                "epoch": 0,
                "under_way": None,
                "history": history,
            }
            for rng in generators
        ]

    def get_state(self):
        """All that changes besides the training of the whole, not copied."""
        return {"own": list(self.own), "velocity": self.velocity}

    def set_state(self, state):
        """Take over a state from ``get_state``."""
        self.own = list(state["own"])
        if self.velocity is not None:
            self.velocity[:] = state["velocity"]

    def __call__(self):
        """One round; where a round is a part of an epoch, all of one epoch.

        Returns
        -------
        dict
            As ``Training.run_epoch``: loss and gradient norms are means over shards
            and epochs of the round, numbers of batches and speeds sums over shards.
            Also n_shards and n_local_epochs.

        Raises
        ------
        Diverged
            If the training of a shard does.
        """
        started, training = perf_counter(), self.training
        n_epochs = min(self.n_epochs_a_round, self.n_epochs - self.own[0]["epoch"])
        for _ in range(self.n_parts):
            rows, fractions = self._round(n_epochs)
        training.epoch += 1
        return {
            "epoch": len(training.history) + 1,
            **_merged(rows, fractions, perf_counter() - started),
            "n_shards": self.n_shards,
            "n_local_epochs": n_epochs if self.n_parts == 1 else 1 / self.n_parts,
        }

    def _round(self, n_epochs):
        """What whole epochs of each shard have come to, and the shards' weights."""
        training = self.training
        found = self.workers.call(
            train,
            partial(self._arguments, n_epochs),
            f"Round {training.epoch + 1} of the training",
        )
        for k, result in enumerate(found):
            if isinstance(result, Diverged):
                raise Diverged(f"shard {k + 1} of {self.n_shards}, {result}")
            if isinstance(result, Exception):
                raise result
        moved, self.own, rows, weights = zip(*found, strict=True)
        fractions = [float(weight) / float(sum(weights)) for weight in weights]
        if self.before is not None:
            self.before[:] = training.theta
        training.set_mean([held(part) for part in moved], fractions)
        training.rng.set_state(self.own[0]["random"])
        if self.before is not None:
            self._step_from_before()
        return rows, fractions

    def _step_from_before(self):
        """A step of the rounds' descent in place of the mean of the weights."""
        theta, before, velocity = self.training.theta, self.before, self.velocity
        for piece in pieces(len(theta)):
            step = self.rate * (theta[piece] - before[piece])
            velocity[piece] = self.momentum * velocity[piece] + step
            theta[piece] = before[piece] + step + self.momentum * velocity[piece]

    def _arguments(self, n_epochs):
        """Those of ``train`` for each shard; shards are sent once to these workers."""
        workers = self.workers
        if self.generation != workers.generation:
            self.shards = [
                workers.put(f"shard {k}", self.shard_of(rows))
                for k, rows in enumerate(self.rows, 1)
            ]
            self.generation = workers.generation
        common = workers.put("common", self.training.shared_state())
        factor = {"factor": self.training.factor}
        return [
            (shard, common, own | factor, n_epochs, self.n_parts)
            for shard, own in zip(self.shards, self.own, strict=True)
        ]


def _merged(rows, fractions, seconds):
    """What the epochs of all shards come to: ``rows`` are lists of them, by shard."""
    every = [row for of_shard in rows for row in of_shard]
    n_batches = sum(row["n_batches"] for row in every)
    n_epochs = len(rows[0])

    def of_work(name):  # a second of all shards together
        return sum(row[name] * row["seconds"] for row in every) / seconds

    return {
        "loss": sum(
            fraction * sum(row["loss"] for row in of_shard) / n_epochs
            for fraction, of_shard in zip(fractions, rows, strict=True)
        ),
        "gradient_norm": sum(row["gradient_norm"] * row["n_batches"] for row in every)
        / n_batches,
        "max_gradient_norm": max(row["max_gradient_norm"] for row in every),
        "n_batches": n_batches,
        "n_clipped": sum(row["n_clipped"] for row in every),
        "learning_rate": rows[0][-1]["learning_rate"],
        "seconds": seconds,
        "sequences_per_second": of_work("sequences_per_second"),
        "steps_per_second": of_work("steps_per_second"),
    }
