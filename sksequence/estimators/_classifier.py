"""RNNClassifier: a sequence in, a label (or several) out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from .._messages import brief, naming
from .._parameters import documented
from .._state import kept_if_failed
from .._typing import FloatArray, ObjectArray, RandomState, Sequences, Split
from ..cells import Cell, EngineName
from ..network import smoothed
from ..sequences import (
    check_sample_weight,
    check_some_weight,
    plain_targets,
    weighted_mean,
)
from ._base import predicts
from ._class_weight import (
    check_same_classes,
    class_indices,
    classes_of,
    weigh_classes,
)
from ._hints import warn_of_one_hot
from ._parameter_table import (
    BIDIRECTIONAL,
    CLASS_WEIGHT,
    DENSE,
    EMBEDDING,
    FITTED,
    LABEL_DROPOUT,
    LABEL_RECURRENT,
    LABEL_SMOOTHING,
    POOLING,
    STANDARDIZE,
    STEPS_IN,
    TOKEN_UNITS,
    TRAINING,
    UNITS,
    Activation,
    CellName,
    PoolingName,
    Precision,
    Schedule,
    Solver,
)
from ._pooled import PooledRNN
from ._validation import split_at_random


@documented
class RNNClassifier(ClassifierMixin, PooledRNN):
    """Recurrent network that gives each sequence a label (many-to-one).

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; for multilabel targets the column numbers.
    {attributes}

    See Also
    --------
    RNNRegressor : Numbers in place of labels.
    sksequence.preprocessing.PerStep : Scale or encode the steps first.

    Notes
    -----
    Outputs are sigmoids for binary and multilabel problems, and a softmax
    for multiclass problems. Gradients are computed by backpropagation through time
    [1]_.

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

    classes_: npt.NDArray[Any]

    _parameters = {
        **LABEL_RECURRENT,
        **BIDIRECTIONAL,
        **POOLING,
        **DENSE,
        **EMBEDDING,
        **STANDARDIZE,
        **LABEL_DROPOUT,
        **LABEL_SMOOTHING,
        **CLASS_WEIGHT,
        **TRAINING,
    }
    _attributes = STEPS_IN + FITTED

    def __init__(
        self,
        hidden_layer_sizes: Literal["auto"] | int | Sequence[int] = "auto",
        cell: CellName | Cell = "gru",
        *,
        bidirectional: bool = True,
        pooling: PoolingName = "max",
        dense_layer_sizes: int | Sequence[int] = (),
        dense_activation: Activation = "relu",
        embedding_dim: int | None = None,
        n_tokens: int | None = None,
        embedding_init: npt.ArrayLike | Mapping[int, npt.ArrayLike] | None = None,
        embedding_trainable: bool = True,
        token_dropout: float = 1.0,
        standardize: bool = True,
        dropout: float = 0.3,
        recurrent_dropout: float = 0.0,
        label_smoothing: float = 0.0,
        class_weight: Mapping[Any, float]
        | Sequence[Mapping[int, float]]
        | Literal["balanced"]
        | None = None,
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
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
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
        """Class indices (n_sequences,), or 0/1 rows (n_sequences, n_labels)."""
        y = plain_targets(y, name)
        if not hasattr(y, "toarray"):
            with naming(name):
                y = np.asarray(y)
            if y.dtype.kind == "f" and not np.isfinite(y).all():
                place = np.argwhere(~np.isfinite(y))[0].tolist()
                raise ValueError(f"Input {name} contains NaN or infinity at {place}.")
        kind = _kind(y, name)
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
            if reset:
                warn_of_one_hot(y, name, "sequence")
        else:
            with naming(name), np.errstate(invalid="ignore"):
                check_classification_targets(y)
                y = column_or_1d(y, warn=reset)
                labels = np.unique(y)
        if reset:
            self.classes_ = classes_of(labels, classes, multilabel, name, "classes")
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
        if multilabel:
            if y.shape[1] != len(self.classes_):
                raise ValueError(
                    f"{name} has {y.shape[1]} labels, but the classifier was fitted "
                    f"with {len(self.classes_)}."
                )
            return y
        return class_indices(
            y,
            self.classes_,
            name=name,
            place=lambda i: f"{name}[{i}]",
            unseen=unseen,
        )

    def _encode(self, data, dtype, *, reset, partial):
        data = weigh_classes(self, data, partial)
        return replace(data, y=self._encode_y(data.y, dtype))

    def _encode_y(self, y, dtype):
        if self._is_softmax:
            return y
        return y.reshape(len(y), -1).astype(dtype)

    def _split(self, y, rng):
        return split_at_random(
            len(y),
            self.validation_fraction,
            rng,
            *self._held(y),
            stratified=not self._multilabel,
        )

    def _held(self, y):
        return np.nonzero(y) if self._multilabel else (np.arange(len(y)), y)

    @property
    def _layer_sizes(self):
        if isinstance(self.hidden_layer_sizes, str):  # "auto"
            return (TOKEN_UNITS if self._takes_tokens() else UNITS,)
        return super()._layer_sizes

    @property
    def _is_softmax(self):
        return not self._multilabel and len(self.classes_) > 2

    def _loss(self):
        kind = "softmax" if self._is_softmax else "sigmoid"
        return smoothed(kind, self.label_smoothing)

    def _n_outputs(self):
        binary = not self._multilabel and len(self.classes_) == 2
        return 1 if binary else len(self.classes_)

    def _labels(self, scores):
        """Class indices or 0/1 rows from scores."""
        if self._is_softmax:
            return scores.argmax(axis=1)
        labels = (scores > 0).astype(np.intp)
        return labels if self._multilabel else labels[:, 0]

    def _validation_score(self, scores, y, weights):
        return self._accuracy(self._labels(scores), y, weights)

    def _accuracy(self, labels, y, weights):
        right = labels == y
        right = right.all(axis=1) if self._multilabel else right
        return weighted_mean(right, weights)

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    def partial_fit(
        self,
        X: Sequences,
        y: npt.ArrayLike,
        classes: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Train one epoch on some sequences, continuing from the current weights.

        Each call is a training set of its own: sample weights are relative within it.

        Parameters
        ----------
        X : sequences
        y : array-like of shape (n_sequences,) or (n_sequences, n_labels)
        classes : array-like of shape (n_classes,), default=None
            All labels that may occur in any call. Required in the first call, except
            for multilabel targets; later it must be None or the same.
        sample_weight : array-like of shape (n_sequences,), default=None

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As in ``fit``; also if ``classes`` is missing in the first call, or differs
            from it later.
        """
        if hasattr(self, "classes_"):
            if classes is not None:
                check_same_classes(classes, self.classes_)
        elif classes is None and _kind(y, "y") != "multilabel-indicator":
            raise ValueError(
                "classes must be passed in the first call of partial_fit: all labels "
                "that will ever come."
            )
        return self._fit(X, y, sample_weight, partial=True, classes=classes)

    @predicts
    def decision_function(self, X: Sequences) -> FloatArray:
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

    @predicts
    def predict(self, X: Sequences) -> npt.NDArray[Any]:
        """The most likely label of each sequence.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of shape (n_sequences,), or 0/1 rows (n_sequences, n_labels)
        """
        labels = self._run(X, read=self._labels)
        return labels if self._multilabel else self.classes_[labels]

    @predicts
    def score(
        self,
        X: Sequences,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
    ) -> float:
        """Accuracy: the fraction of the sequences with the right label.

        For multilabel targets all labels of a sequence must be right. A label that did
        not occur in ``fit`` counts as wrong.

        Parameters
        ----------
        X : sequences
        y : array-like of shape (n_sequences,) or (n_sequences, n_labels)
        sample_weight : array-like of shape (n_sequences,), default=None

        Returns
        -------
        accuracy : float

        Raises
        ------
        ValueError
            If X and y differ in length or do not match the data of ``fit``, or if no
            sequence has a weight above zero.
        """
        labels = self._run(X, read=self._labels)
        y = self._check_targets(y, reset=False, unseen=True)
        self._check_agree(y, labels)
        weights = check_sample_weight(sample_weight, len(y))
        check_some_weight(weights)
        return self._accuracy(labels, y, weights)

    @predicts
    def predict_proba(self, X: Sequences) -> FloatArray:
        """Probabilities of the labels.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        p : ndarray of shape (n_sequences, n_classes)
            Rows sum to one; for multilabel targets each entry is the probability of a
            1.
        """
        return self._run(X, read=self._output_of)

    @predicts
    def staged_predict(self, X: Sequences) -> ObjectArray:
        """The most likely label after every step, as if each sequence ended there.

        Computes in one pass what ``predict`` returns for every prefix. It needs
        ``bidirectional=False``.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of object, shape (n_sequences,)
            One array per sequence, of shape (n_steps_i,) or (n_steps_i, n_labels).

        Raises
        ------
        ValueError
            If the network reads in both directions.
        """
        scores = self._run_prefixes(X)
        labels = self._labels(scores.values)
        if not self._multilabel:
            labels = self.classes_[labels]
        return np.asarray(scores.with_values(labels))

    @predicts
    def staged_predict_proba(self, X: Sequences) -> ObjectArray:
        """Probabilities of the labels after every step, for early classification.

        Computes in one pass what ``predict_proba`` returns for every prefix. It needs
        ``bidirectional=False``.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        p : ndarray of object, shape (n_sequences,)
            One array per sequence, of shape (n_steps_i, n_classes).

        Raises
        ------
        ValueError
            If the network reads in both directions.
        """
        scores = self._run_prefixes(X)
        return np.asarray(scores.with_values(self._output_of(scores.values)))

    def _output_of(self, scores):
        p = self._head.predict(scores)
        if self._multilabel or len(self.classes_) > 2:
            return p
        return np.concatenate([1 - p, p], axis=1)

    @predicts
    def predict_log_proba(self, X: Sequences) -> FloatArray:
        """Logarithms of ``predict_proba``, exact where probabilities round to 0.

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


def _kind(y, name):
    """The type of targets, as scikit-learn has it."""
    with naming(name), np.errstate(invalid="ignore"):  # of floats that are no ints
        kind = type_of_target(y, input_name=name)
    if kind == "unknown" and isinstance(y, np.ndarray) and y.dtype == object:
        raise ValueError(
            f"{name} holds {brief(y.flat[0])}. Expected labels: str, whole numbers or "
            f"bool. Unknown label type. Turn others into str: [str(v) for v in {name}]."
        )
    return kind
