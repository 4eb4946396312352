"""DataParallel: fits an estimator on shards of the data, side by side."""

from copy import deepcopy
from functools import partial
from inspect import signature
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import get_tags

from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._messages import brief
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
    v = float(v) if p.is_number(v) else 0.0
    return 0 < v < 1 and 1 / v < np.inf and v == 1 / round(1 / v)


@documented
class DataParallel(
    Versioned, Delegating, DocumentedOnline, CallbackSupportMixin, BaseEstimator
):
    """Fit an estimator on shards of the data, in several processes or machines.

    ``joblib.parallel_config`` chooses the workers: processes on this machine, by
    default, or the workers of a Dask or a Ray cluster.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator, an ordinary one. Its ``history_`` has an entry for each
        epoch, or for each round if rounds are longer.
    classes_ : ndarray
        The classes of ``estimator_``, if it has some.
    n_features_in_ : int
        The number of features of ``estimator_``, if it has this attribute.
    feature_names_in_ : ndarray of str
        The names of features of ``estimator_``, if it has some.
    n_iter_ : int
        The number of epochs, or of rounds if rounds are longer.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : Many fits in parallel, on any backend.

    Notes
    -----
    This is synchronous local SGD [1]_, [2]_. The sequences are divided at random into
    shards, once, so that each shard has about the same number of sequences of each
    length. In each round, all shards start from the same weights and train for some
    epochs, or for a part of one. Then the weights of the network become the mean of
    theirs, weighted by the total weight of the steps or sequences of the shards [3]_.
    The moments of the optimizer are averaged, too, as momentum [4]_ and adaptive
    methods [5]_ need. Momentum of the rounds makes up for much of the accuracy that
    long rounds cost [6]_.

    In an epoch, each shard makes one update per batch: with K shards, a K-th of the
    updates of an ordinary fit, in about a K-th of the time. Schedules of the learning
    rate, ``max_iter`` and ``n_iter_no_change`` count the epochs of the rounds
    (``n_iter_no_change`` counts rounds that are longer than an epoch). With one shard
    and rounds of at most one epoch, the result is exactly that of an ordinary fit.

    The result depends on the estimator, its ``random_state``, the data and the
    parameters of the rounds, but not on the backend, the number of workers or their
    order. Each shard is trained by one thread. If a worker is lost, its round is
    repeated, with a warning and with the same result.

    Shards are sent once, to memory-mapped files (processes of one machine), to the
    workers' memory (Dask) or to the object store (Ray). In each round only the state,
    weights and moments, is sent to the workers and back from each shard.

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
            p.REQUIRED,
            [
                p.Expected(
                    f"an estimator of sksequence ({', '.join(ESTIMATORS)})",
                    lambda v: isinstance(v, BaseRNN),
                    "estimator",
                )
            ],
            "The estimator to fit. In a pipeline, DataParallel takes its place.",
        ),
        "n_shards": Parameter(
            2,
            [p.integer(1)],
            "Number of parts of the training set that are trained separately.",
        ),
        "n_local_epochs": Parameter(
            1,
            [
                p.integer(1),
                p.Expected("a part 1/2, 1/3, 1/4, ... of an epoch", _is_part, "float"),
            ],
            "Length of a round in epochs, after which the weights are averaged: an "
            "integer, or a fraction such as 0.5 for two rounds per epoch. In long "
            "rounds the workers wait less for each other, but the average is worse.",
        ),
        "outer_learning_rate": Parameter(
            1.0,
            [p.real(0, low_open=True)],
            "How far a round moves toward the average of the weights; 1 is the "
            "average itself.",
        ),
        "outer_momentum": Parameter(
            0.0,
            [p.real(0, 1)],
            "Momentum of the rounds (Nesterov): the fraction of its movement with "
            "which a round continues. With 0 and a rate of 1, the weights become the "
            "average.",
        ),
        "n_jobs": Parameter(
            None,
            [p.NONE, p.JOBS],
            "Number of shards that are trained at the same time, as in joblib. None: "
            "all. With Dask, the cluster decides.",
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
        """Fit the estimator; with ``warm_start``, from the current weights.

        Parameters
        ----------
        X, y, sample_weight, X_val, y_val
            As in ``fit`` of the estimator. Validation sets stay in this process.
        checkpoint : str, PathLike or Checkpoint, default=None
            A file for the state of training, written by this process after each epoch,
            or each round if rounds are longer. If the file exists, training continues
            from it, with exactly the same result as without an interruption.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are fewer sequences than shards, and as in ``fit`` of the
            estimator.
        KeyboardInterrupt
            After Ctrl-C. The weights of the last complete round are kept.
        """
        p.check_parameters(self, self._parameters)
        estimator = self._to_train(going_on=self.estimator.warm_start)
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
        """Train one epoch, or one longer round, continuing from the current weights.

        Parameters
        ----------
        X, y, classes, sample_weight
            As in ``partial_fit`` of the estimator.

        Returns
        -------
        self
        """
        p.check_parameters(self, self._parameters)
        estimator = self._to_train(going_on=True)
        given = {"classes": classes, "sample_weight": sample_weight}
        takes = signature(estimator.partial_fit).parameters
        if classes is not None and "classes" not in takes:
            raise TypeError(
                f"classes must be None: partial_fit of {type(estimator).__name__} takes"
                f" none. Got {brief(classes)}. Pass weights as sample_weight=."
            )
        self._train(estimator, "partial_fit", X, y, given)
        return self

    def _to_train(self, going_on):
        """A copy of the estimator, with what it has learnt if training goes on."""
        estimator = clone(self.estimator)
        if not (going_on and hasattr(self, "estimator_")):
            return estimator
        if type(estimator) is not type(self.estimator_):
            raise ValueError(
                f"estimator was of the class {type(self.estimator_).__name__} in the "
                f"call before and is a {type(estimator).__name__} now. Use a new "
                "DataParallel."
            )
        parameters = estimator.get_params(deep=False)
        states = estimator.random_state, self.estimator_.random_state
        if all(isinstance(state, np.random.RandomState) for state in states):
            del parameters["random_state"]  # that of the copy goes on where it ended
        return deepcopy(self.estimator_).set_params(**parameters)

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
