"""RNNRegressor: a sequence in, a number (or several) out."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, column_or_1d

from ._base import kept_if_failed
from ._pooled import PooledRNN


class RNNRegressor(RegressorMixin, PooledRNN):
    """Recurrent network that gives each sequence a number or a vector (many-to-one).

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each stacked recurrent layer; (64, 64, 64) is a deep RNN of three.
    cell : str or Cell, default="lstm"
        "rnn", "rnn_relu", "gru", "gru_simple", "lstm", "lstm_peephole", or an instance
        of a class derived from :class:`sksequence.cells.Cell`.
    bidirectional : bool, default=False
        Whether every recurrent layer also reads the sequences backwards.
    pooling : {"last", "mean", "max"}, default="last"
        How the states at all steps become one. Bidirectional "last" joins the last
        state of the forward direction with the first-step state of the backward one.
    dense_layer_sizes : int or sequence of int, default=()
        Layers stacked only upwards, at every step, above the recurrent ones.
    dense_activation : {"identity", "relu", "tanh", "logistic"}, default="relu"
        Of the dense layers, and of nothing else: that of the recurrent ones is said by
        ``cell``.
    embedding_dim : int, default=None
        Set it when steps are token ids (or sparse bags of tokens): the length of the
        vector that stands for a token.
    n_tokens : int, default=None
        Size of the vocabulary. None: one more than the largest id in ``fit``. Set it
        where cross-validation may hold out a token altogether.
    embedding_init : array of shape (n_tokens, embedding_dim) or dict, default=None
        Vectors learnt elsewhere, for all tokens or by token id.
    embedding_trainable : bool, default=True
        Whether training changes the embedding.
    dropout : float in [0, 1), default=0.0
        Between layers, one mask a sequence, kept over its steps (variational). The
        input itself is never dropped, but an embedding's output is.
    recurrent_dropout : float in [0, 1), default=0.0
        On the state where it enters the gates, one mask a sequence.
    solver : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
    alpha : float, default=0.0
        L2 penalty: alpha / 2 times the sum of squared weights (biases excepted) stands
        beside the sum of the losses of all sequences, as in Ridge, whatever batches.
        With "adamw" it is the decoupled weight decay: an update takes
        ``learning_rate * alpha`` of each weight. Both reach all rows of an embedding.
    batch_size : int or "auto", default="auto"
        Sequences a batch; "auto" is 32.
    learning_rate : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"} or \
callable, default="constant"
        Schedule of the learning rate, or a function that takes the number of an epoch,
        from 1, and gives the factor of ``learning_rate_init``. "adaptive" divides it by
        5 whenever ``n_iter_no_change`` epochs brought no improvement of ``tol``; the
        last two and functions are plans for ``max_iter`` epochs, and without a
        validation set run them all.
    learning_rate_init : float, default=0.01
        The (highest) learning rate.
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=100
        Epochs, at most. Reaching it is usual and gives no warning.
    clip_norm : float or None, default=5.0
        A batch's gradients with a greater norm, over all parameters, are scaled down to
        it.
    shuffle : bool, default=True
        Whether to draw batches at random (of similar lengths) in each epoch.
    tol : float, default=1e-4
        Improvement of the loss, or of the validation score, that counts as one.
    n_iter_no_change : int, default=10
        Epochs without improvement after which training stops.
    early_stopping : bool, default=False
        Whether to watch the score (R2) on a part of the training data that is left
        out, and keep the weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        That part.
    scoring : str, callable or None, default=None
        The score that early stopping watches, as in scikit-learn's ``scoring``; None is
        R2.
    momentum : float in [0, 1), default=0.9
        For "sgd".
    nesterovs_momentum : bool, default=True
        For "sgd".
    beta_1, beta_2 : float in [0, 1), default=0.9, 0.999
        Decay of the gradient's moments for "adam" and "adamw"; "rmsprop" uses
        ``beta_2``.
    epsilon : float, default=1e-8
        For "adam", "adamw" and "rmsprop".
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights there are.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Precision. "auto": float32 for tokens; floats keep their own precision.
    n_jobs : int, default=None
        Threads that may work in ``predict`` (and two in ``fit``) where layers are wide
        enough to gain; None means 1, -1 all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Start values, shuffling, dropout and the split of early stopping.
    verbose : bool or int, default=0
        Whether to print a line an epoch.

    Attributes
    ----------
    n_features_in_ : int
        Numbers a step; for a 2-D array or a data frame, its columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Only if X was a data frame with columns named by strings.
    theta_ : ndarray of shape (n_parameters,)
        All parameters in one vector; ``params_`` gives views by name.
    architecture_ : dict
        Settings of the network.
    n_iter_ : int
        Epochs trained.
    loss_, best_loss_ : float
        The loss in the last epoch, and the lowest one: the weighted mean of
        the losses of all sequences, plus the penalty. Each batch's part is that of the
        weights before its update.
    loss_curve_ : list of float
        The loss in each epoch.
    validation_scores_ : list of float, or None
        R2 on what early stopping watches, by epoch.
    best_validation_score_ : float, or None
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        Mean and standard deviation of the targets, by which they are standardised.
    history_ : list of dict
        One an epoch: epoch, loss, gradient_norm and max_gradient_norm (mean and
        greatest over the batches, before clipping), n_batches, n_clipped (batches whose
        gradient was scaled down), learning_rate, seconds, sequences_per_second,
        steps_per_second, validation_score. What tells of time is not pickled.

    See Also
    --------
    RNNClassifier : Labels in place of numbers.

    Notes
    -----
    The loss is half the squared error of targets that are standardised inside, so that
    the learning rate means the same whatever their unit; predictions are in the units
    of y. Gradients come from backpropagation through time [1]_.

    References
    ----------
    .. [1] Werbos, "Backpropagation through time: what it does and how to do it",
       Proceedings of the IEEE 78, 1990.

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

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        cell="lstm",
        *,
        bidirectional=False,
        pooling="last",
        dense_layer_sizes=(),
        dense_activation="relu",
        embedding_dim=None,
        n_tokens=None,
        embedding_init=None,
        embedding_trainable=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        solver="adam",
        alpha=0.0,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.01,
        power_t=0.5,
        max_iter=100,
        clip_norm=5.0,
        shuffle=True,
        tol=1e-4,
        n_iter_no_change=10,
        early_stopping=False,
        validation_fraction=0.1,
        scoring=None,
        momentum=0.9,
        nesterovs_momentum=True,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warm_start=False,
        dtype="auto",
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
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
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.clip_norm = clip_norm
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
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # -- targets -----------------------------------------------------------------------

    def _check_targets(self, y, *, reset, classes=None, name="y"):
        """Numbers (n_sequences, n_outputs), float64, in the units of y."""
        y = check_array(
            y, dtype=np.float64, ensure_2d=False, input_name=name, estimator=self
        )
        flat = y.ndim == 1 or y.shape[1] == 1
        if flat:
            y = column_or_1d(y, warn=True)[:, None]
        if reset:
            self._y_is_flat = flat
            self._n_targets = y.shape[1]
        elif y.shape[1] != self._n_targets:
            raise ValueError(
                f"{name} has {y.shape[1]} outputs, but the regressor was fitted with "
                f"{self._n_targets}."
            )
        return y

    def _encode_targets(self, y, weights, dtype, *, reset):
        """Standardised targets; mean and scale are those of the first training."""
        if reset:
            self.y_mean_ = np.average(y, axis=0, weights=weights)
            variance = np.average((y - self.y_mean_) ** 2, axis=0, weights=weights)
            # A constant has no scale; rounding leaves it a tiny one.
            negligible = variance <= (1e-12 * np.abs(self.y_mean_)) ** 2
            self.y_scale_ = np.sqrt(np.where(negligible, 1.0, variance))
        return ((y - self.y_mean_) / self.y_scale_).astype(dtype)

    def _loss(self):
        return "squared"

    def _n_outputs(self):
        return self._n_targets

    def _in_units(self, scores):
        return scores * self.y_scale_ + self.y_mean_

    def _validation_score(self, scores, y, weights):
        from sklearn.metrics import r2_score

        if len(y) < 2:  # R2 is not defined: the negative squared error in its place
            return -float(((self._in_units(scores) - y) ** 2).mean())
        return float(r2_score(y, self._in_units(scores), sample_weight=weights))

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    def partial_fit(self, X, y, sample_weight=None):
        """Train one epoch on some sequences, going on from the weights there are.

        They are a training set of their own: weights count among themselves.

        The targets are standardised by mean and scale of the first call.

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

    def predict(self, X):
        """The number(s) of each sequence, in the units of y.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of shape (n_sequences,) or (n_sequences, n_outputs)
        """
        y = self._in_units(self._run(X))  # float64: units may need its precision
        return y[:, 0] if self._y_is_flat else y
