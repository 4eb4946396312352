"""DataParallel: fits an estimator on shards of the data, side by side."""

from copy import deepcopy
from functools import partial
from typing import Any, Self

import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import get_tags

from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._parameters import Parameter, documented
from .._pickling import Versioned
from .._typing import FilePath, available_if, with_callbacks
from ..estimators import ESTIMATORS, Checkpoint
from ..estimators._base import BaseRNN
from ._delegating import Delegating, inner_has, without_none
from ._rounds import Rounds
from ._workers import Workers


def _is_part(v):
    """Whether v is 1/k for an integer k > 1."""
    return p.is_number(v) and 0 < v < 1 and float(v) == 1 / round(1 / float(v))


@documented
class DataParallel(
    Versioned, Delegating, DocumentedOnline, CallbackSupportMixin, BaseEstimator
):
    """Fit an estimator on shards of the data, on several processes or machines.

    Who works is decided by ``joblib.parallel_config``: processes of this machine, if
    nothing is set, or the workers of a Dask or a Ray cluster.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    estimator_ : estimator
        The fitted one, an ordinary estimator. It has an entry of ``history_`` for each
        epoch, or each round if that is longer.
    classes_ : ndarray
        Those of ``estimator_``, if it has some.
    n_features_in_ : int
        That of ``estimator_``, if it has it.
    feature_names_in_ : ndarray of str
        Those of ``estimator_``, if it has them.
    n_iter_ : int
        The number of epochs, or of rounds if these are longer.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : Many fits side by side, on any backend.

    Notes
    -----
    This is synchronous local SGD [1]_, [2]_. The sequences are dealt out to shards,
    once and at random, so that each has about as many of each length. In each round,
    all shards train for some epochs, or a part of one, from the same weights; then the
    weights of the network become the mean of theirs, weighted by the total weight of
    the steps or sequences of the shards [3]_. The moments of the optimiser are averaged
    too, as momentum [4]_ and adaptive methods [5]_ need. Rounds with a momentum of
    their own make up for much of what few rounds cost in accuracy [6]_.

    An epoch makes as many updates, of batches of the same size, as a shard has batches:
    with K shards a K-th of those of an ordinary fit, in about a K-th of the time.
    Schedules of the learning rate, ``max_iter`` and patience go on as if a round were
    its epochs (patience counts rounds that are longer than one). With one shard, and
    at most one epoch a round, the fit is the ordinary one, to the bit.

    The bits that come out depend on the estimator, its ``random_state``, the data and
    the two numbers, but on neither the backend, nor which worker is first. Each shard
    is trained by one thread. Where a worker is lost its round is repeated, with a
    warning, and with the same result.

    Shards are sent once, and lie in files that are mapped (processes of one machine),
    in the workers' memory (Dask) or in the object store (Ray). What travels in each
    round is the state: weights and moments, once to the workers and back from each
    shard.

    References
    ----------
    .. [1] Stich, "Local SGD converges fast and communicates little", ICLR 2019.
    .. [2] Lin, Stich, Patel & Jaggi, "Don't use large mini-batches, use local SGD",
       ICLR 2020.
    .. [3] McMahan et al., "Communication-efficient learning of deep networks from
       decentralized data", AISTATS 2017.
    .. [4] Yu, Jin & Yang, "On the linear speedup analysis of communication efficient
       momentum SGD for distributed non-convex optimization", ICML 2019.
    .. [5] Chen, Li & Li, "Toward communication efficient adaptive gradient method",
       FODS 2020.
    .. [6] Douillard et al., "DiLoCo: distributed low-communication training of language
       models", 2023.

    Examples
    --------
    >>> from sksequence import RNNClassifier
    >>> from sksequence.datasets import load_japanese_vowels
    >>> from sksequence.parallel import DataParallel
    >>> X, y = load_japanese_vowels(subset="train", return_X_y=True)
    >>> fit = DataParallel(RNNClassifier(16, max_iter=20, random_state=0), n_jobs=1)
    >>> fit.fit(X, y).predict(X[[0, 100, 200]]), y[[0, 100, 200]]
    (array([1, 4, 7]), array([1, 4, 7]))
    """

    _parameters = {
        "estimator": Parameter(
            None,
            [
                p.Expected(
                    f"an estimator of sksequence ({', '.join(ESTIMATORS)})",
                    lambda v: isinstance(v, BaseRNN),
                    "estimator",
                )
            ],
            "What to fit. In a pipeline this class takes its place.",
        ),
        "n_shards": Parameter(
            2, [p.integer(1)], "Parts of the training set that are trained apart."
        ),
        "n_local_epochs": Parameter(
            1,
            [
                p.integer(1),
                p.Expected("a part 1/2, 1/3, 1/4, ... of an epoch", _is_part, "float"),
            ],
            "Epochs of a round, from one mean of the weights to the next: a whole "
            "number, or a part of one, 0.5 for two rounds an epoch. More of them make "
            "the workers wait less for one another, and the mean a worse one.",
        ),
        "outer_learning_rate": Parameter(
            1.0,
            [p.real(0, low_open=True)],
            "How far a round goes to the mean of the weights.",
        ),
        "outer_momentum": Parameter(
            0.0,
            [p.real(0, 1)],
            "Momentum of the rounds: how much of its way a round goes on with "
            "(Nesterov). With 0 and a rate of 1 the weights become the mean itself.",
        ),
        "n_jobs": Parameter(
            None,
            [p.NONE, p.JOBS],
            "Shards that are trained at the same time, as in joblib. None: all. With "
            "Dask the cluster decides.",
        ),
    }

    def __init__(
        self,
        estimator: BaseRNN,
        n_shards: int = 2,
        n_local_epochs: float = 1,
        *,
        outer_learning_rate: float = 1.0,
        outer_momentum: float = 0.0,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_shards = n_shards
        self.n_local_epochs = n_local_epochs
        self.outer_learning_rate = outer_learning_rate
        self.outer_momentum = outer_momentum
        self.n_jobs = n_jobs

    # -- fitting -----------------------------------------------------------------------

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: npt.ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        checkpoint: FilePath | Checkpoint | None = None,
    ) -> Self:
        """Fit the estimator, from the beginning unless it has ``warm_start``.

        Parameters
        ----------
        X, y, sample_weight, X_val, y_val
            As in ``fit`` of the estimator. Sets that are watched stay in this process.
        checkpoint : str, PathLike or Checkpoint, default=None
            A file in which the state of training is kept, written by this process after
            each epoch, or each round if that is longer. If it is there, training goes
            on from it, to the same bits as without a break.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are fewer sequences than shards, and as ``fit`` of the estimator.
        KeyboardInterrupt
            If Ctrl-C is pressed. The weights of the last whole round are kept.
        """
        p.check_parameters(self, self._parameters)
        estimator = clone(self.estimator)
        if self.estimator.warm_start and hasattr(self, "estimator_"):
            parameters = estimator.get_params(deep=False)
            estimator = deepcopy(self.estimator_).set_params(**parameters)
        root = self._init_callback_context(max_subtasks=1)
        root.call_on_fit_task_begin(estimator=self, X=X, y=y)
        task = root.subcontext(task_name="rounds")
        with task.propagate_callback_context(estimator):
            task.call_on_fit_task_begin(estimator=self, X=X, y=y)
            given = {
                "sample_weight": sample_weight,
                "X_val": X_val,
                "y_val": y_val,
                "checkpoint": checkpoint,
            }
            self._train(estimator, "fit", X, y, given)
        task.call_on_fit_task_end(estimator=self, X=X, y=y)
        root.call_on_fit_task_end(
            estimator=self,
            X=X,
            y=y,
            reconstruction_attributes=lambda: {"estimator_": estimator},
        )
        return self

    @available_if(inner_has("partial_fit"))
    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Train one round on some sequences, going on from the weights there are.

        Parameters
        ----------
        X, y, classes, sample_weight
            As in ``partial_fit`` of the estimator.

        Returns
        -------
        self
        """
        p.check_parameters(self, self._parameters)
        estimator = clone(self.estimator)
        if hasattr(self, "estimator_"):
            estimator = deepcopy(self.estimator_)
        given = {"classes": classes, "sample_weight": sample_weight}
        self._train(estimator, "partial_fit", X, y, given)
        return self

    def _train(self, estimator, method, X, y, given):
        """Call a method that trains, and keep what it has fitted, even if it fails."""
        before = getattr(estimator, "theta_", None)
        with Workers(self.n_jobs or self.n_shards) as workers:
            estimator._in_rounds = partial(
                Rounds,
                workers,
                n_shards=self.n_shards,
                n_local_epochs=self.n_local_epochs,
                outer_learning_rate=self.outer_learning_rate,
                outer_momentum=self.outer_momentum,
            )
            try:
                getattr(estimator, method)(X, y, **without_none(given))
            finally:
                del estimator._in_rounds
                if getattr(estimator, "theta_", None) is not before:
                    self.estimator_ = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = deepcopy(get_tags(self.estimator))
        for name in (
            "estimator_type",
            "target_tags",
            "transformer_tags",
            "classifier_tags",
            "regressor_tags",
            "input_tags",
        ):
            setattr(tags, name, getattr(inner, name))
        return tags
