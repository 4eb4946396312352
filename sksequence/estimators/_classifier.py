"""RNNClassifier: a sequence in, a label (or several) out."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from .. import _parameters as p
from ._base import kept_if_failed
from ._class_weight import apply_class_weight, check_same_classes
from ._pooled import PooledRNN


class RNNClassifier(ClassifierMixin, PooledRNN):
    """Recurrent network that gives each sequence a label (many-to-one).

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
        Whether to watch the score on a stratified part of the training data that is
        left out, and keep the weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        That part.
    scoring : str, callable or None, default=None
        The score that early stopping watches, as in scikit-learn's ``scoring``; None is
        the accuracy.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss.
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
    classes_ : ndarray of shape (n_classes,)
        Labels; for multilabel targets the column numbers.
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
        Accuracy on what early stopping watches, by epoch.
    best_validation_score_ : float, or None
    history_ : list of dict
        One an epoch: epoch, loss, gradient_norm and max_gradient_norm (mean and
        greatest over the batches, before clipping), n_batches, n_clipped (batches whose
        gradient was scaled down), learning_rate, seconds, sequences_per_second,
        steps_per_second, validation_score. What tells of time is not pickled.

    See Also
    --------
    RNNRegressor : Numbers in place of labels.
    sksequence.preprocessing.PerStep : Scale or encode the steps first.

    Notes
    -----
    Binary and multilabel problems have sigmoid outputs, multiclass ones softmax.
    Gradients come from backpropagation through time [1]_.

    References
    ----------
    .. [1] Werbos, "Backpropagation through time: what it does and how to do it",
       Proceedings of the IEEE 78, 1990.

    Examples
    --------
    >>> from sksequence import RNNClassifier
    >>> from sksequence.datasets import load_japanese_vowels
    >>> X, y = load_japanese_vowels(subset="train", return_X_y=True)
    >>> X
    RaggedArray of 270 sequences, 7 to 26 steps of 12 features, float64
    >>> clf = RNNClassifier(32, cell="gru", max_iter=10, random_state=0).fit(X, y)
    >>> clf.predict(X[[0, 100, 200]]), y[[0, 100, 200]]
    (array([1, 4, 7]), array([1, 4, 7]))
    """

    _expected = {
        **PooledRNN._expected,
        "class_weight": [p.NONE, p.MAPPING, p.one_of("balanced")],
    }

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
        class_weight=None,
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
        self.class_weight = class_weight
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
        """Class indices (n_sequences,), or 0/1 rows (n_sequences, n_labels)."""
        if not hasattr(y, "toarray"):
            y = np.asarray(y)
            if y.dtype.kind == "f" and not np.isfinite(y).all():
                place = np.argwhere(~np.isfinite(y))[0].tolist()
                raise ValueError(f"Input {name} contains NaN or infinity at {place}.")
        kind = type_of_target(y, input_name=name)
        multilabel = kind == "multilabel-indicator"
        if multilabel:
            y = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
            values = np.unique(y)
            if not np.isin(values, (0, 1)).all():
                raise ValueError(
                    f"{name} must hold 0 and 1 where it has one column a label "
                    f"(multilabel). Got {values.tolist()}."
                )
            y = y.astype(np.intp)
            labels = np.arange(y.shape[1])
        else:
            check_classification_targets(y)
            y = column_or_1d(y, warn=True)
            labels = np.unique(y)
        if reset:
            self.classes_ = labels if classes is None else np.unique(classes)
            self._multilabel = multilabel
        elif multilabel != self._multilabel:
            kinds = {
                True: "rows of 0 and 1 (multilabel)",
                False: "one label a sequence",
            }
            raise ValueError(
                f"{name} is {kinds[multilabel]}, but the classifier was fitted with "
                f"{kinds[self._multilabel]}."
            )
        if len(self.classes_) < 2 and not multilabel:
            raise ValueError(
                f"{name} must hold at least 2 classes. Got 1 class: "
                f"{self.classes_.tolist()[0]!r}."
            )
        if multilabel:
            if y.shape[1] != len(self.classes_):
                raise ValueError(
                    f"{name} has {y.shape[1]} labels, but the classifier was fitted "
                    f"with {len(self.classes_)}."
                )
            return y
        unknown = np.flatnonzero(~np.isin(y, self.classes_))
        if len(unknown):
            raise ValueError(
                f"{name}[{unknown[0]}] is {y[unknown].tolist()[0]!r}, which is not "
                f"among the classes {self.classes_.tolist()}."
            )
        return np.searchsorted(self.classes_, y)

    def _apply_class_weight(self, weights, y, partial):
        return apply_class_weight(
            self.class_weight, self.classes_, weights, y, self._multilabel, partial
        )

    def _encode_targets(self, y, weights, dtype, *, reset):
        if self._loss() == "softmax":
            return y
        return y.reshape(len(y), -1).astype(dtype)

    def _stratify(self, y):
        return None if self._multilabel else y

    def _loss(self):
        softmax = not self._multilabel and len(self.classes_) > 2
        return "softmax" if softmax else "sigmoid"

    def _n_outputs(self):
        binary = not self._multilabel and len(self.classes_) == 2
        return 1 if binary else len(self.classes_)

    def _labels(self, scores):
        """Class indices or 0/1 rows from scores."""
        if self._loss() == "softmax":
            return scores.argmax(axis=1)
        labels = (scores > 0).astype(np.intp)
        return labels if self._multilabel else labels[:, 0]

    def _validation_score(self, scores, y, weights):
        right = self._labels(scores) == y
        right = right.all(axis=1) if self._multilabel else right
        return float(np.average(right, weights=weights))

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on some sequences, going on from the weights there are.

        They are a training set of their own: weights count among themselves.

        Parameters
        ----------
        X : sequences
        y : array-like of shape (n_sequences,) or (n_sequences, n_labels)
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come. Required in the first call for one label a
            sequence; later it must be None or the same.
        sample_weight : array-like of shape (n_sequences,), default=None

        Returns
        -------
        self
        """
        if hasattr(self, "classes_"):
            if classes is not None:
                check_same_classes(classes, self.classes_)
        elif classes is None and type_of_target(y) != "multilabel-indicator":
            raise ValueError(
                "classes must be passed in the first call of partial_fit: all labels "
                "that will ever come."
            )
        return self._fit(X, y, sample_weight, partial=True, classes=classes)

    def decision_function(self, X):
        """Scores before softmax or sigmoid.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        scores : ndarray of shape (n_sequences, n_classes), if binary (n_sequences,)
        """
        scores = self._run(X)
        binary = not self._multilabel and len(self.classes_) == 2
        return scores[:, 0] if binary else scores

    def predict(self, X):
        """The most likely label of each sequence.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of shape (n_sequences,), or 0/1 rows (n_sequences, n_labels)
        """
        labels = self._labels(self._run(X))
        return labels if self._multilabel else self.classes_[labels]

    def predict_proba(self, X):
        """Probabilities of the labels.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        p : ndarray of shape (n_sequences, n_classes)
            Rows sum to one; for multilabel each entry is the probability of a 1.
        """
        scores = self._run(X)
        p = self._head.predict(scores)
        if self._multilabel or len(self.classes_) > 2:
            return p
        return np.concatenate([1 - p, p], axis=1)

    def predict_log_proba(self, X):
        """Logarithms of ``predict_proba``, exact where those round to 0.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        log_p : ndarray of shape (n_sequences, n_classes)
        """
        scores = self._run(X)
        head = self._head
        if self._multilabel or len(self.classes_) > 2:
            return head.log_predict(scores)
        return np.concatenate([head.log_predict(-scores), head.log_predict(scores)], 1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
