"""RNNStepRegressor: a number (or several) for every step of a sequence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from .._parameters import documented
from .._state import kept_if_failed
from .._typing import (
    FloatArray,
    ObjectArray,
    RandomState,
    Sequences,
    Split,
    StepNumbers,
    Weights,
)
from ..cells import Cell, EngineName
from ..sequences import check_not_empty, place_of, step_numbers
from ._base import predicts
from ._every_step import EveryStepRNN
from ._number_targets import NumberTargets
from ._parameter_table import (
    BIDIRECTIONAL,
    DENSE,
    DROPOUT,
    EMBEDDING,
    FITTED,
    NUMBERS,
    RECURRENT,
    STANDARDIZE,
    STEPS_IN,
    TRAINING,
    Activation,
    CellName,
    NumberLossName,
    Precision,
    Schedule,
    Solver,
    scoring_of_steps,
)

SCORERS = (
    "a callable, such as step_r2_scorer and step_mean_absolute_error_scorer of "
    "sksequence.metrics"
)


@documented
class RNNStepRegressor(
    NumberTargets,
    EveryStepRNN,
    auto_wrap_output_keys=None,  # type: ignore[call-arg]
):
    """Recurrent network that gives each step a number or a vector (many-to-many).

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        Inside the network, targets are shifted by ``y_mean_`` and divided by
        ``y_scale_``, computed over all steps with a value; see :class:`RNNRegressor`.
    {attributes}

    See Also
    --------
    RNNRegressor : One number, or vector, for a whole sequence.
    RNNTagger : Labels in place of numbers.
    sksequence.metrics : Scores over steps, and scorers.

    Notes
    -----
    In ``fit``, y holds an array of shape (n_steps_i,) or (n_steps_i,
    n_outputs) for each sequence of X, in a list, an object array, a RaggedArray, or an
    array of shape (n_sequences, n_steps[, n_outputs]). NaN or None marks a step without
    a value: the step is read, but its target does not count.

    The loss is the mean over all steps with a value; losses and units are those of
    :class:`RNNRegressor`. By default the network reads forward only, so that a
    prediction does not depend on later steps, since many of these tasks (remaining
    life, flow of a river, use of energy) need predictions before the sequence ends. If
    whole sequences are available, ``bidirectional=True`` is usually better.

    Examples
    --------
    The sum of the steps up to each step:

    >>> import numpy as np
    >>> from sksequence import RNNStepRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.standard_normal((n, 1)) for n in rng.integers(2, 9, 200)]
    >>> y = [x[:, 0].cumsum() for x in X]
    >>> reg = RNNStepRegressor(16, max_iter=40, random_state=0).fit(X, y)
    >>> reg.score(X, y) > 0.98
    True
    >>> [len(numbers) for numbers in reg.predict(X[:3])] == [len(x) for x in X[:3]]
    True
    """

    y_mean_: FloatArray
    y_scale_: FloatArray

    _parameters = {
        **RECURRENT,
        "bidirectional": BIDIRECTIONAL["bidirectional"].but(default=False),
        **DENSE,
        **EMBEDDING,
        **STANDARDIZE,
        **DROPOUT,
        **NUMBERS,
        **TRAINING,
        **scoring_of_steps(SCORERS),
    }
    _attributes = STEPS_IN + FITTED
    _scorers = SCORERS
    _target = "value"
    _kept = (*EveryStepRNN._kept, "loss", "quantile")

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        cell: CellName | Cell = "gru",
        *,
        bidirectional: bool = False,
        dense_layer_sizes: int | Sequence[int] = (),
        dense_activation: Activation = "relu",
        embedding_dim: int | None = None,
        n_tokens: int | None = None,
        embedding_init: npt.ArrayLike | Mapping[int, npt.ArrayLike] | None = None,
        embedding_trainable: bool = True,
        token_dropout: float = 1.0,
        standardize: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        loss: NumberLossName = "squared_error",
        quantile: float = 0.5,
        solver: Solver = "adam",
        alpha: float = 0.0,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: Schedule | Callable[[int], float] = "cosine",
        learning_rate_init: float = 0.005,
        power_t: float = 0.5,
        max_iter: int | Literal["auto"] = "auto",
        clip_norm: float | None = 5.0,
        ema_decay: float = 0.0,
        shuffle: bool = True,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float | Split = 0.1,
        scoring: Callable[..., float] | None = None,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warm_start: bool = False,
        dtype: Precision = "auto",
        engine: EngineName = "numpy",
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.cell = cell
        self.bidirectional = bidirectional
        self.dense_layer_sizes = dense_layer_sizes
        self.dense_activation = dense_activation
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.embedding_init = embedding_init
        self.embedding_trainable = embedding_trainable
        self.token_dropout = token_dropout
        self.standardize = standardize
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.loss = loss
        self.quantile = quantile
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.clip_norm = clip_norm
        self.ema_decay = ema_decay
        self.shuffle = shuffle
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warm_start = warm_start
        self.dtype = dtype
        self.engine = engine
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # -- targets -----------------------------------------------------------------------

    def _has_target(self, y):
        return ~np.isnan(y.values[:, 0])

    def _without_missing(self, y):
        missing = np.isnan(y.values)
        return y.with_values(np.where(missing, self.y_mean_, y.values))

    def _check_targets(self, y, *, reset, classes=None, name="y", unseen=False):
        """Numbers of steps, (n_rows, n_outputs), NaN where there is none."""
        y = step_numbers(y, name)
        check_not_empty(y, name=name, owner=type(self).__name__)
        is_flat = y.values.ndim == 1
        if is_flat:
            y = y.with_values(y.values[:, None])
        counts = np.add.reduceat(self._has_target(y), y.offsets[:-1], dtype=np.intp)
        if not counts.all():
            i = np.flatnonzero(counts == 0)[0]
            which = "no sequence has one" if not counts.any() else "leave it out"
            raise ValueError(
                f"{name}[{i}] holds no value: all of its {y.lengths[i]} steps are "
                f"missing ({which}). Each sequence needs a value at one step or more."
            )

        def place(row):
            return "{}[{}][{}]".format(name, *place_of(y.offsets, int(row)))

        self._check_numbers(y.values, name, place, reset=reset)
        if reset:
            self._y_is_flat = is_flat
        return y

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    def partial_fit(
        self, X: Sequences, y: StepNumbers, sample_weight: Weights | None = None
    ) -> Self:
        """Train one epoch on some sequences, continuing from the current weights.

        Each call is a training set of its own: sample weights are relative within it.

        Targets are standardized by the mean and scale of all calls so far.

        Parameters
        ----------
        X : sequences
        y : sequences of numbers
            As in ``fit``.
        sample_weight : array-like, default=None
            As in ``fit``.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, partial=True)

    @predicts
    def predict(self, X: Sequences) -> ObjectArray:
        """The number(s) of each step, in the units of y.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of object, shape (n_sequences,)
            One array per sequence, of shape (n_steps_i,) or (n_steps_i, n_outputs), as
            y in ``fit``.
        """
        scores = self._run(X)
        return np.asarray(scores.with_values(self._output_of(scores.values)))

    @predicts
    def score(
        self, X: Sequences, y: StepNumbers, sample_weight: Weights | None = None
    ) -> float:
        """Quality of the predictions over all steps with a value; 1 is the best.

        R2 for ``loss="squared_error"``, else D2, as in :meth:`RNNRegressor.score`.

        Parameters
        ----------
        X : sequences
        y : sequences of numbers
        sample_weight : array-like, default=None
            As in ``fit``.

        Returns
        -------
        score : float
            The mean over the outputs.

        Raises
        ------
        ValueError
            If y differs in length from X, if a sequence has no value, or if no step
            with a value has a weight above zero.
        """
        scores = self._run(X)
        y = self._check_targets(y, reset=False)
        weights = self._weights_to_score(sample_weight, y, scores)
        return self._score_of(self._in_units(scores.values), y.values, weights.values)
