"""Estimators of one network: sequences in, recurrent and dense layers, and a head."""

import numpy as np
from sklearn.base import clone

from .. import _parameters as p
from .._kinds import is_list
from .._state import check_fitted
from ..cells import Cell, brings_compiled
from ..preprocessing._long_frames import check_long_frame
from ..sequences import RaggedArray, check_lengths_agree, check_token_range, flat
from ._base import BaseRNN, as_tuple
from ._batches import check_scores, run_batches, warn_of_lost, without_overflow
from ._data import Data, check_y_given
from ._embedding import count_tokens, dropout_rates, fill_embedding, start_unseen
from ._parameter_table import WHICH_RNN
from ._same_network import check_same_settings
from ._sequence_input import SequenceInput
from ._standardize import StandardizeMixin
from ._step_by_step import StepByStep


class StackedRNN(
    StepByStep,
    StandardizeMixin,
    SequenceInput,
    BaseRNN,
):
    """Base of estimators that predict something of each sequence, or of each step.

    A subclass writes the methods that follow; in place of ``_loss`` it may describe a
    whole head with ``_head_options``.
    """

    _kept = (*BaseRNN._kept, "embedding_dim", "pooling")
    _unknown_token: int | None = None  # that stands for those that data do not hold

    def _check_resuming(self):
        super()._check_resuming()
        if self.embedding_dim is not None and self.n_tokens is not None:
            n_tokens = self.architecture_["n_features"], int(self.n_tokens)
            check_same_settings([("n_tokens", *n_tokens)], "network")

    def _check_targets(self, y, *, reset, classes=None, name="y", unseen=False):
        """Targets as an array with one entry or row a sequence, or a RaggedArray.

        ``unseen`` says whether labels may be none of the classes.
        """
        raise NotImplementedError

    def _check_agree(self, y, X, suffix=""):
        """Raise an error if targets are not of these sequences."""
        raise NotImplementedError

    def _check_weights(self, sample_weight, X):
        """Weights as an array, or as a RaggedArray."""
        raise NotImplementedError

    def _encode_y(self, y, dtype):
        """Checked targets as the loss takes them."""
        raise NotImplementedError

    def _loss(self):
        """The name of a loss, or one of its own."""
        raise NotImplementedError

    def _n_outputs(self):
        raise NotImplementedError

    def _head_options(self):
        """The kind of head and its options, see ``build_network``."""
        return "linear", {"loss": self._loss()}

    # -- what is given -----------------------------------------------------------------

    def _check_X(self, X, *, reset, name="X", n_features=None, dtype=None):
        if dtype is None:
            dtype = self.dtype if reset else self.theta_.dtype
        X = super()._check_X(
            X, reset=reset, name=name, n_features=n_features, dtype=dtype
        )
        return self._check_static(X, reset=reset, name=name, dtype=dtype)

    def _read(
        self,
        X,
        y,
        sample_weight,
        *,
        reset,
        suffix="",
        n_features=None,
        dtype=None,
        classes=None,
    ):
        if reset:
            check_long_frame(X, y, type(self).__name__)
        X = self._check_X(
            X, reset=reset, name=f"X{suffix}", n_features=n_features, dtype=dtype
        )
        check_y_given(self, y)
        if is_list(y) and len(y) == 1:  # of one sequence, perhaps, that X is itself
            check_lengths_agree(y, X, f"y{suffix}", f"X{suffix}")
        y = self._check_targets(
            y, reset=reset, classes=classes, name=f"y{suffix}", unseen=bool(suffix)
        )
        self._check_agree(y, X, suffix)
        return Data(X, y, self._check_weights(sample_weight, X))

    # -- the network -------------------------------------------------------------------

    def _make_architecture(self, X):
        if self.dense_activation != "relu" and not as_tuple(self.dense_layer_sizes):
            p.warn_user(
                f"dense_activation={self.dense_activation!r} does nothing: it concerns "
                "dense layers only, and dense_layer_sizes is empty. For the activation "
                f"of the recurrent layers, {WHICH_RNN}."
            )
        return {
            **recurrent_architecture(self),
            "n_features": self._width_of_steps(X),
            "sparse_input": X.is_sparse,
            "standardize": bool(self.standardize) and not self._takes_tokens(),
            "n_static": self._n_static,
            "standardize_static": bool(self.standardize) and self._n_static > 0,
            "n_outputs": self._n_outputs(),
            "bidirectional": bool(self.bidirectional),
            "dense_layer_sizes": as_tuple(self.dense_layer_sizes),
            "dense_activation": str(self.dense_activation),
            "embedding_dim": self.embedding_dim and int(self.embedding_dim),
            "embedding_trainable": bool(self.embedding_trainable),
            "pooling": self.pooling,
            "head": self._head_options(),
        }

    def _width_of_steps(self, X):
        """Numbers a step, or the number of tokens."""
        if not self._takes_tokens() or X.is_sparse:
            return X.values.shape[1]
        n_tokens, why = self.n_tokens, f"n_tokens is {self.n_tokens}"
        if n_tokens is None and hasattr(self.embedding_init, "__array__"):
            n_tokens = len(self.embedding_init)
            why = f"embedding_init has {n_tokens} vectors"
        if n_tokens is None:
            remedy = "; n_tokens says that all these rows are meant"
            return count_tokens(X, self.embedding_dim, remedy)
        check_token_range(X, n_tokens, why=why)
        return int(n_tokens)

    def _start_values(self, network, rng, dtype, data):
        theta = super()._start_values(network, rng, dtype, data)
        table = network.layout.views(theta).get("embedding.E")
        self._unknown_token = None
        if self.embedding_init is not None:
            fill_embedding(table, self.embedding_init, type(self).__name__)
        elif table is not None and self.embedding_trainable and not data.X.is_sparse:
            self._unknown_token = start_unseen(table, data.X.values)
        return theta

    def _objective(self, network, data, dtype, **options):
        unknown = None if data.X.is_sparse else self._unknown_token
        if unknown is not None and self.token_dropout and unknown not in data.X.values:
            rates = dropout_rates(data.X.values, float(self.token_dropout))
            options["token_dropout"] = rates, unknown
        return super()._objective(network, data, dtype, **options)

    def _scores(self, network, theta, X, below=None, read=None, lost=None):
        return run_batches(
            network,
            theta,
            X,
            below=below,
            read=read,
            lost=lost,
            n_outputs=self._n_outputs(),
            n_units=self._n_units,
            n_jobs=self.n_jobs,
        )

    def _finite_scores(self, network, theta, X):
        found = self._scores(network, theta, X, read=_is_finite)
        return flat(found).all()

    def _run(self, X, below=None, read=None):
        """Scores of any X (or what goes into the layer ``below`` which to stop).

        With ``read``, what it gives for the scores of some rows, batch by batch: all
        scores may be much more than what is kept of them.
        """
        check_fitted(self)
        X = self._check_X(X, reset=False)
        lost = []
        scores = self._scores(self._network, self.theta_, X, below, read, lost)
        if read is not None:
            warn_of_lost(lost, X, self, pooled=not isinstance(scores, RaggedArray))
            return scores
        if below is None:
            return without_overflow(scores, X, self)
        check_scores(scores, X, self)
        return scores

    @property
    def _head(self):
        """The head of the fitted network."""
        return self._network.head

    @property
    def _n_features_out(self):  # of transform
        return self.params_["output.W"].shape[0]


def recurrent_architecture(estimator):
    """What architectures have in common: the settings of ``RECURRENT``, ``DROPOUT``."""
    cell = estimator.cell
    if isinstance(cell, Cell):
        cell = clone(cell)  # set_params may change the one of the estimator
        cell.check_options()
        if estimator.engine == "numba" and not brings_compiled(cell):
            p.warn_user(
                f"{type(cell).__name__} has no compiled loops: engine='numba' runs it "
                "in NumPy, as engine='numpy' does."
            )
    else:
        cell = str(cell)
    return {
        "hidden_layer_sizes": estimator._layer_sizes,
        "cell": cell,
        "dropout": float(estimator.dropout),
        "recurrent_dropout": float(estimator.recurrent_dropout),
    }


def _is_finite(scores):
    return np.isfinite(scores).all(axis=1)
