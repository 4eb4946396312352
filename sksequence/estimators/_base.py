"""What all estimators share: the way from ``fit`` to a trained network.

::

    fit -> _fit
        -> _task         checks what is given, holds out what is watched
        -> _training_of  network, objective and optimizer, in one object
        -> Monitor       runs it, epoch by epoch; what is fitted is set when all is done
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from math import ceil, prod
from numbers import Integral
from typing import Any, ClassVar, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state

from .. import _parameters as p
from .._messages import brief
from .._parameters import Parameter
from .._state import (
    as_fitted,
    check_fitted,
    keep_in_spite,
    keep_parameters,
    reads_fitted,
)
from .._threads import in_turn, one_blas_thread, with_worker
from .._typing import FloatArray
from ..cells import CELLS, brings_compiled
from ..network import build_network
from ..objectives import PackedSequences
from ..sequences import flat
from ..training import OPTIMIZERS, PLANNED, Training, make_optimizer
from ._batches import largest, parts_by_scores, quietly
from ._checkpoint import Keeper, as_checkpoint
from ._data import Data
from ._early_stopping import EarlyStoppingMixin
from ._html import HTMLMixin
from ._job import forget_fitted, job_of
from ._monitor import Monitor
from ._parameter_table import (
    AUTO_BATCH_SIZE,
    AUTO_UPDATES,
    FEWEST_EPOCHS,
    MANY_SEQUENCES,
    MOST_EPOCHS,
    SMALL_BATCH_SIZE,
)
from ._pickling import PicklingMixin
from ._same_network import DROPOUTS, check_same_network, check_same_settings
from ._validation import Given, Validation

LARGEST_NETWORK = 2**42  # parameters, far more than there is memory for
SAMPLE_SIZE = 8  # sequences that tell whether the weights are good
LARGE_NETWORK = 2**26  # parameters that may well fill the memory


@dataclass(frozen=True)
class Task:
    """What one call of ``fit`` or ``partial_fit`` trains."""

    given: Given
    data: Data
    validation: Validation | None
    architecture: dict[str, Any]
    dtype: np.dtype
    rng: np.random.RandomState
    keeper: Keeper | None
    before: dict[str, Any] | None  # attributes of the estimator, if training goes on
    partial: bool

    @property
    def resuming(self):
        return self.before is not None


class BaseRNN(
    EarlyStoppingMixin, HTMLMixin, PicklingMixin, CallbackSupportMixin, BaseEstimator
):
    """Base of all estimators: it trains the network that a subclass describes.

    A subclass has a table ``_parameters`` and writes the four methods that follow;
    those after them it may change.
    """

    _most_epochs: ClassVar[int] = MOST_EPOCHS  # of max_iter="auto"
    _scorers: ClassVar[str] = ""  # what there is where scikit-learn's do not work
    _parameters: ClassVar[dict[str, Parameter]]
    # Parameters that predictions depend on. A subclass adds its own.
    _kept: ClassVar[tuple[str, ...]] = ("hidden_layer_sizes", "cell")
    # Makes rounds of shards of what would be epochs, see ``parallel``.
    _in_rounds: Callable[..., Any] | None = None
    _attributes: ClassVar[list[str]]
    theta_: FloatArray
    architecture_: dict[str, Any]
    history_: list[dict[str, Any]]
    n_iter_: int
    n_features_in_: int
    loss_: float
    best_loss_: float
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    _state: dict[str, Any] | None = None  # from which training goes on

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
        """What ``fit`` is given as checked ``Data``.

        Parameters
        ----------
        X, y, sample_weight
            As of ``fit``.
        reset : bool
            Whether to learn what there is (vocabulary, classes, width of a step); else
            it must be as it was.
        suffix : str
            Of the names in errors: "_val" of a validation set.
        n_features, dtype
            Of a network that is not yet fitted.
        classes : array-like
            All labels that will ever come.
        """
        raise NotImplementedError

    def _make_architecture(self, X):
        """The settings of the network as plain values, kept after ``fit``."""
        raise NotImplementedError

    def _scores(self, network, theta, X):
        """What a network says of checked X: finite, if its weights are good."""
        raise NotImplementedError

    def _validation_score(self, found, y, weights):
        """The score of what ``_watch`` gave, higher is better."""
        raise NotImplementedError

    # -- what a subclass may change ----------------------------------------------------

    @property
    def _default_scoring(self) -> str | None:
        """The name of what ``score`` is, if it has one."""
        return None

    @staticmethod
    def _build(architecture, engine="numpy"):
        return build_network(**architecture, engine=engine)

    def _start_values(self, network, rng, dtype, data):
        return network.init(rng, dtype)

    def _choose_dtype(self, X):
        """The precision of the network."""
        if self.dtype != "auto":
            return np.dtype(self.dtype)
        return X.dtype if X.dtype.kind == "f" else np.dtype(np.float32)

    def _encode(self, data, dtype, *, reset, partial):
        """What is trained on, as the objective takes it."""
        return data

    def _objective(self, network, data, dtype, **options):
        """The way through the training data."""
        return PackedSequences(
            network,
            data.X,
            data.y,
            data.weights,
            dtype,
            batch_size=self._n_batch(len(data)),
            shuffle=self.shuffle,
            **options,
        )

    def _objective_of(self, architecture, network, data, dtype, rng, worker):
        """``_objective``, with the draws that the architecture needs."""
        dropout_rng = rng if any(map(architecture.get, DROPOUTS)) else None
        return self._objective(
            network, data, dtype, worker=worker, rng=rng, dropout_rng=dropout_rng
        )

    def _shards(self, data, n_shards, rng):
        """The training set, and which of its entries are in which shard."""
        return data, data.dealt(n_shards, rng)

    def _sample_of(self, X):
        """A few sequences, whose scores tell whether the weights are good."""
        return X[:SAMPLE_SIZE]

    def _is_finite(self, network, theta, X):
        """Whether weights give finite scores of all sequences of X.

        Where states are bounded, those with the largest numbers tell it.
        """
        if not np.isfinite(theta).all():
            return False
        if self._cell.bounded:
            X = X[largest(X)]
        with quietly():
            return bool(self._finite_scores(network, theta, self._shortened(X)))

    def _finite_scores(self, network, theta, X):
        """Whether all scores are finite."""
        n = self._n_scores
        return all(
            np.isfinite(flat(self._scores(network, theta, X[part]))).all()
            for part in parts_by_scores(X, n)
        )

    def _shortened(self, X):
        """Sequences of which the beginning is enough to look at."""
        return X

    def _watch(self, network, theta, X, y):
        """What ``_validation_score`` needs of a validation set: finite numbers."""
        return self._scores(network, theta, X)

    # -- the fitted network ------------------------------------------------------------

    @property
    @reads_fitted
    def params_(self) -> dict[str, FloatArray]:
        """The fitted parameters by name ("rnn0.U", ...), views into ``theta_``."""
        check_fitted(self)
        return self._network.layout.views(self.theta_)

    @property
    def _network(self):
        """The network, which others may use at the same time: not to be changed."""
        return _network_of(_Built(type(self), self.architecture_, self.engine))

    @property
    def _cell(self):
        """The cell, which may be given by its name."""
        return CELLS[self.cell] if isinstance(self.cell, str) else self.cell

    @property
    def _n_units(self):
        """Of the widest recurrent layer."""
        return max(self._layer_sizes)

    @property
    def _layer_sizes(self):
        """Units of each recurrent layer."""
        return as_tuple(self.hidden_layer_sizes)

    @property
    def _n_scores(self):
        """How many numbers ``_scores`` gives of a row."""
        return self._n_units

    def _in_turn(self, n_sequences, function, *args, **kwargs):
        """What a function gives that takes small steps, see ``in_turn``."""
        compiled = self.engine == "numba" and brings_compiled(self._cell)
        size = np.inf if compiled else n_sequences * self._n_units
        return in_turn(size, function, *args, **kwargs)

    # -- training ----------------------------------------------------------------------

    @one_blas_thread
    def _fit(
        self,
        X,
        y,
        sample_weight,
        validation=None,
        *,
        checkpoint=None,
        partial=False,
        classes=None,
    ):
        """Check everything and train.

        Parameters
        ----------
        X, y, sample_weight
            As of ``fit``.
        validation : (X, y) or None
            A validation set that is given.
        checkpoint : path, Checkpoint or None
            The file that keeps the state of training.
        partial : bool
            Whether to train one epoch more, as ``partial_fit``.
        classes : array-like
            See ``_read``.
        """
        p.check_parameters(self, self._parameters)
        checkpoint = as_checkpoint(checkpoint)
        if partial:
            self._check_partial()
        resuming = (partial or self.warm_start) and hasattr(self, "theta_")
        before = dict(vars(self)) if resuming else None
        if resuming:
            self._check_resuming()
        keep_parameters(self, self._kept)
        if checkpoint is not None and not resuming:
            forget_fitted(self)
        given = Given(X, y, sample_weight)
        task = self._task(given, validation, checkpoint, classes, before, partial)
        with_worker(self.n_jobs, lambda worker: self._train(task, worker))
        return self

    def _check_resuming(self):
        """Raise an error if parameters that the model was fitted with have changed."""
        if self.dtype != "auto":
            dtypes = self.theta_.dtype.name, np.dtype(self.dtype).name
            check_same_settings([("dtype", *dtypes)], "numbers")

    def _task(self, given, validation, checkpoint, classes, before, partial):
        """What is to be trained, on what, from where, all of it checked.

        ``before`` are the attributes before it, of a training that goes on; else None.
        """
        resuming = before is not None
        data = self._read(*given, reset=not resuming, classes=classes)
        architecture = self._make_architecture(data.X)
        if resuming:
            architecture = check_same_network(self.architecture_, architecture)
        rng = check_random_state(self.random_state)
        dtype = self.theta_.dtype if resuming else self._choose_dtype(data.X)
        if validation is not None:
            validation = self._check_validation(*validation, architecture, dtype)
        keeper = None
        if checkpoint is not None:
            job = job_of(self, data, validation, resuming=resuming)
            keeper = Keeper(checkpoint, job, rng)
        if validation is None and self.early_stopping:
            data, validation = self._hold_out(data, given, rng, keeper)
        if resuming and self._state and isinstance(self.random_state, Integral):
            rng.set_state(self._state["random"])  # it goes on where it ended
        data, _ = data.counted("sample_weight")
        data = self._encode(data, dtype, reset=not resuming, partial=partial)
        return Task(
            given, data, validation, architecture, dtype, rng, keeper, before, partial
        )

    def _train(self, task, worker):
        """Train by the loop of ``Monitor``, which sets what is fitted."""
        training = self._training_of(task, worker)
        rounds = None
        if self._in_rounds is not None:
            rounds = self._in_rounds(
                self, task.architecture, task.data, training, partial=task.partial
            )
        monitor = Monitor(
            self,
            training,
            task.architecture,
            self._sample_of(task.data.X),
            task.data.X,
            task.validation,
            task.given,
            rounds,
            task.keeper,
            with_callbacks=not task.partial,
        )
        if task.resuming:
            monitor.watch_start(task.before)
        monitor.run()

    def _training_of(self, task, worker):
        """Network, objective and optimizer, at the start or where training goes on."""
        network = self._build(task.architecture, self.engine)
        if task.resuming:
            theta = self.theta_.copy()
        else:
            theta = self._allocated(network, task.rng, task.dtype, task.data)
        objective = self._objective_of(
            task.architecture, network, task.data, task.dtype, task.rng, worker
        )
        training = self._training(
            theta,
            objective,
            task.rng,
            schedule=self._schedule(task.partial),
            max_iter=1 if task.partial else self._n_epochs(objective),
            keep_best=task.validation is not None,
            history=self.history_ if task.resuming else (),
        )
        if task.resuming and self._state:
            self._restore(training, self._state)
        return training

    def _set_fitted(self, attributes, training, *, partial, diverged):
        """What a training has come to, and from where ``partial_fit`` goes on."""
        for name, value in attributes.items():
            setattr(self, name, value)
        if not (partial or self.warm_start):
            self._state = None
        elif not (partial and diverged):  # else that of the weights that are kept
            last = not diverged and np.array_equal(self.theta_, training.weights)
            average = training.average if last else None
            self._state = {
                "solver": self.solver,
                "optimizer": training.optimizer.get_state() if last else None,
                "average": average and {"theta": training.theta, **average.get_state()},
                "random": training.rng.get_state(),
                "learning_rate": (self.learning_rate, self.learning_rate_init),
                "factor": training.factor,
            }
        keep_in_spite(self)

    def _allocated(self, network, rng, dtype, data):
        """Start values, or an error that says what makes them too many."""
        layout = network.layout
        try:
            if layout.size > LARGEST_NETWORK:
                raise MemoryError
            return self._start_values(network, rng, dtype, data)
        except MemoryError as error:
            if layout.size < LARGE_NETWORK:  # it is something else that fills memory
                raise
            name = max(layout.shapes, key=lambda name: prod(layout.shapes[name]))
            given = {
                name: getattr(self, name)
                for name in ("hidden_layer_sizes", "dense_layer_sizes", "embedding_dim")
                if getattr(self, name, None)
            }
            settings = ", ".join(f"{name}={brief(k, 60)}" for name, k in given.items())
            raise ValueError(
                f"The network has {layout.size:,} weights ({settings}), most of them "
                f"in {name!r} of shape {layout.shapes[name]}, which memory does not "
                "hold. Use smaller layers, or fewer tokens or features."
            ) from error

    def _training(self, theta, objective, rng, *, total_weight=None, **options):
        """Weights, objective and optimizer, as one ``Training``.

        ``total_weight`` is that of the training set, if the objective has a part of it.
        """
        decoupled = self.solver == "adamw"  # its decay is no part of the loss
        names = {name for _, names in OPTIMIZERS.values() for name in names}
        # Python's numbers leave float32 what it is; NumPy's would make it float64.
        settings = {name: float(getattr(self, name)) for name in names}
        alpha, total = float(self.alpha), float(total_weight or objective.total_weight)
        optimizer = make_optimizer(
            self.solver,
            objective.network.layout,
            theta.dtype,
            alpha if decoupled else 0.0,
            **settings,
        )
        return Training(
            theta,
            objective,
            optimizer,
            rng,
            learning_rate_init=float(self.learning_rate_init),
            power_t=float(self.power_t),
            alpha=0.0 if decoupled else alpha / total,
            clip_norm=self.clip_norm and float(self.clip_norm),
            ema_decay=float(self.ema_decay),
            tol=float(self.tol),
            **options,
        )

    def _n_epochs(self, objective):
        if self.max_iter != "auto":
            return int(self.max_iter)
        n = ceil(AUTO_UPDATES / objective.n_batches())
        return min(max(n, FEWEST_EPOCHS), self._most_epochs)

    def _n_batch(self, n_sequences):
        if self.batch_size != "auto":
            return int(self.batch_size)
        return SMALL_BATCH_SIZE if n_sequences < MANY_SEQUENCES else AUTO_BATCH_SIZE

    # -- resuming ---------------------------------------------------------------------

    def _restore(self, training, state):
        """Give a training what the one before has left, as far as it still holds."""
        optimizer = state["optimizer"]
        if optimizer is not None and state["solver"] == self.solver:
            held = training.optimizer.get_state()
            if held["last_seen"].keys() == optimizer["last_seen"].keys():
                training.optimizer.set_state(optimizer)
        if state["average"] and training.average:
            training.theta[:] = state["average"]["theta"]
            training.average.set_state(state["average"])
        if state["learning_rate"] == (self.learning_rate, self.learning_rate_init):
            training.factor = state["factor"]
        layers = getattr(training.objective.network, "layers", {})
        if "embedding" in layers and not layers["embedding"].trainable:
            training.hold("embedding.E", self.theta_)

    def _schedule(self, partial):
        """That of the learning rate; ``partial_fit`` knows of no end to plan for."""
        if partial and self.learning_rate in PLANNED:
            return "constant"
        return self.learning_rate

    def _check_partial(self):
        if self.learning_rate == "adaptive":
            raise ValueError(
                "learning_rate='adaptive' needs the epochs of a fit, and partial_fit "
                "trains one at a time. Use 'constant', 'invscaling' or a function of "
                "the number of the epoch."
            )
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True. Set "
                "early_stopping=False, or call fit."
            )


class _Built:
    """What a fitted network is built from: alike if all of it is the same object.

    Nothing changes an architecture; another fit has another one.
    """

    __slots__ = "architecture", "cls", "engine"

    def __init__(self, cls, architecture, engine):
        self.cls, self.architecture, self.engine = cls, architecture, engine

    def __hash__(self):
        return id(self.architecture)

    def __eq__(self, other):
        same = self.architecture is other.architecture and self.cls is other.cls
        return same and self.engine is other.engine


@lru_cache(maxsize=64)
def _network_of(built):
    """A network, built once: that takes longer than the prediction of one sequence."""
    return built.cls._build(built.architecture, built.engine)


Method = TypeVar("Method", bound=Callable[..., Any])


def predicts(method: Method) -> Method:
    """Let a method see one fitted model, and small ones work one at a time.

    See ``as_fitted`` and ``in_turn``. The first argument is the X of the method.
    """

    @wraps(method)
    def predicting(self, *args, **kwargs):
        fitted, X = as_fitted(self), args[0] if args else None
        if not hasattr(fitted, "theta_"):
            return method(fitted, *args, **kwargs)  # which raises an error
        try:
            n_sequences = len(X)
        except TypeError:  # an int, an iterator, a sparse array
            n_sequences = 1
        return fitted._in_turn(n_sequences, method, fitted, *args, **kwargs)

    return predicting  # type: ignore[return-value]


def as_tuple(sizes):
    """Sizes of layers, of which one may be given as an int."""
    if isinstance(sizes, (int, tuple)):  # most often
        return tuple(map(int, sizes)) if isinstance(sizes, tuple) else (int(sizes),)
    return tuple(int(k) for k in np.atleast_1d(np.asarray(sizes, dtype=np.intp)))
