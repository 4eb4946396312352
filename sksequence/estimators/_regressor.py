"""RNNRegressor: a sequence in, a number (or several) out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, column_or_1d

from .._messages import naming
from .._parameters import documented
from .._state import kept_if_failed
from .._typing import FloatArray, ObjectArray, RandomState, Sequences, Split
from ..cells import Cell, EngineName
from ..sequences import (
    check_lengths_agree,
    check_sample_weight,
    check_some_weight,
    plain_numbers,
)
from ._base import predicts
from ._number_targets import NumberTargets
from ._parameter_table import (
    BIDIRECTIONAL,
    DENSE,
    DROPOUT,
    EMBEDDING,
    FITTED,
    MOST_EPOCHS_FOR_NUMBERS,
    NUMBERS,
    POOLING,
    RECURRENT,
    STANDARDIZE,
    STEPS_IN,
    TRAINING,
    Activation,
    CellName,
    NumberLossName,
    PoolingName,
    Precision,
    Schedule,
    Solver,
    epochs_text,
)
from ._pooled import PooledRNN


@documented
class RNNRegressor(NumberTargets, RegressorMixin, PooledRNN):
    """Recurrent network that gives each sequence a number or a vector (many-to-one).

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        Inside the network, targets are shifted by ``y_mean_`` and divided by
        ``y_scale_``. For the squared error these are their mean and standard deviation;
        for "poisson" 0 and the mean; for other losses a quantile (the median, or that
        of ``quantile``) and the interquartile range divided by 1.349, its value for the
        standard normal distribution. They are those of the last ``fit``, or of all
        calls since then with ``partial_fit``, each of which counts as often as it has
        targets (it averages the quantiles of the calls).
    {attributes}

    See Also
    --------
    RNNClassifier : Labels in place of numbers.

    Notes
    -----
    The default loss is half the squared error. Targets are standardized
    inside the network, so that a learning rate suits targets of any unit; predictions
    are in the units of y. Gradients are computed by backpropagation through time [1]_.
    "huber" is linear for errors beyond 1.345 ``y_scale_`` [2]_, "quantile" is the
    pinball loss [3]_, and "poisson" has a logarithmic link.

    References
    ----------
    .. [1] Werbos, "Backpropagation through time: what it does and how to do it",
       Proceedings of the IEEE 78, 1990.
    .. [2] Huber, "Robust estimation of a location parameter", Annals of Mathematical
       Statistics 35, 1964.
    .. [3] Koenker & Bassett, "Regression quantiles", Econometrica 46, 1978.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence import RNNRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.standard_normal((n, 1)) for n in rng.integers(2, 9, 200)]
    >>> y = [x.sum() for x in X]
    >>> reg = RNNRegressor(16, cell="gru", max_iter=50, random_state=0).fit(X, y)
    >>> reg.score(X, y) > 0.98
    True
    """

    y_mean_: FloatArray
    y_scale_: FloatArray

    _parameters = {
        **RECURRENT,
        "bidirectional": BIDIRECTIONAL["bidirectional"].but(default=False),
        "pooling": POOLING["pooling"].but(default="last"),
        **DENSE,
        **EMBEDDING,
        **STANDARDIZE,
        **DROPOUT,
        **NUMBERS,
        **TRAINING,
        "max_iter": TRAINING["max_iter"].but(text=epochs_text(MOST_EPOCHS_FOR_NUMBERS)),
    }
    _attributes = STEPS_IN + FITTED
    _kept = (*PooledRNN._kept, "loss", "quantile")
    _most_epochs = MOST_EPOCHS_FOR_NUMBERS

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        cell: CellName | Cell = "gru",
        *,
        bidirectional: bool = False,
        pooling: PoolingName = "last",
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
        scoring: str | Callable[..., float] | None = None,
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
        self.pooling = pooling
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

    def _check_targets(self, y, *, reset, classes=None, name="y", unseen=False):
        """Numbers (n_sequences, n_outputs), float64, in the units of y."""
        y = plain_numbers(y, name)
        with naming(name), np.errstate(over="ignore"):  # infinity is an error
            y = check_array(
                y, dtype=np.float64, ensure_2d=False, input_name=name, estimator=self
            )
            is_flat = y.ndim == 1 or y.shape[1] == 1
            if is_flat:
                y = column_or_1d(y, warn=reset)[:, None]
        self._check_numbers(y, name, lambda i: f"{name}[{i}]", reset=reset)
        if reset:
            self._y_is_flat = is_flat
        return y

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    def partial_fit(
        self, X: Sequences, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Train one epoch on some sequences, continuing from the current weights.

        Each call is a training set of its own: sample weights are relative within it.

        Targets are standardized by the mean and scale of all calls so far.

        Parameters
        ----------
        X : sequences
        y : array-like of shape (n_sequences,) or (n_sequences, n_outputs)
        sample_weight : array-like of shape (n_sequences,), default=None

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, partial=True)

    @predicts
    def predict(self, X: Sequences) -> FloatArray:
        """The number(s) of each sequence, in the units of y.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of shape (n_sequences,) or (n_sequences, n_outputs)
        """
        return self._output_of(self._run(X))

    @predicts
    def staged_predict(self, X: Sequences) -> ObjectArray:
        """The number(s) after every step, as if each sequence ended there.

        Computes in one pass what ``predict`` returns for every prefix. It needs
        ``bidirectional=False``.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of object, shape (n_sequences,)
            One array per sequence, of shape (n_steps_i,) or (n_steps_i, n_outputs).

        Raises
        ------
        ValueError
            If the network reads in both directions.
        """
        scores = self._run_prefixes(X)
        return np.asarray(scores.with_values(self._output_of(scores.values)))

    @predicts
    def score(
        self,
        X: Sequences,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
    ) -> float:
        """Quality of the predictions; 1 is the best.

        R2 for ``loss="squared_error"``, else D2, which has another error in place of
        the squared one: the absolute error (``"absolute_error"``, ``"huber"``), the
        pinball loss of the quantile, or the Poisson deviance. The best constant has 0.

        Parameters
        ----------
        X : sequences
        y : array-like of shape (n_sequences,) or (n_sequences, n_outputs)
        sample_weight : array-like of shape (n_sequences,), default=None

        Returns
        -------
        score : float
            The mean over the outputs.

        Raises
        ------
        ValueError
            If X and y differ in length or do not match the data of ``fit``, or if no
            sequence has a weight above zero.

        See Also
        --------
        sklearn.metrics.r2_score : R2.
        sklearn.metrics.d2_absolute_error_score : D2 of the absolute error.
        sklearn.metrics.d2_pinball_score : D2 of the pinball loss.
        sklearn.metrics.d2_tweedie_score : With power=1, D2 of the Poisson deviance.
        """
        predicted = self.predict(X).reshape(-1, self._n_targets)
        y = self._check_targets(y, reset=False)
        check_lengths_agree(y, predicted)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, len(y))
            check_some_weight(sample_weight)
        return self._score_of(predicted, y, sample_weight)
