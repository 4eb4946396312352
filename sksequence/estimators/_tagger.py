"""RNNTagger: a label for every step of a sequence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from .. import _parameters as p
from .._messages import brief
from .._parameters import Parameter, documented
from .._state import check_fitted, kept_if_failed, reads_fitted
from .._typing import (
    FloatArray,
    ObjectArray,
    RandomState,
    Sequences,
    Split,
    StepLabels,
    Weights,
)
from ..cells import Cell, EngineName
from ..network import LinearChain, smoothed
from ..sequences import (
    SCHEMES,
    check_steps_agree,
    weighted_mean,
)
from ._base import predicts
from ._batches import parts_by_scores, without_overflow
from ._class_weight import (
    check_same_classes,
)
from ._every_step import EveryStepRNN
from ._label_chain import LabelChain
from ._label_targets import LabelTargets
from ._parameter_table import (
    BIDIRECTIONAL,
    CLASS_WEIGHT,
    DENSE,
    EMBEDDING,
    FITTED,
    LABEL_DROPOUT,
    LABEL_SMOOTHING,
    RECURRENT,
    STANDARDIZE,
    STEPS_IN,
    TRAINING,
    Activation,
    CellName,
    Precision,
    Schedule,
    Solver,
    scoring_of_steps,
)

SCORERS = (
    "a callable, such as token_accuracy_scorer, sequence_accuracy_scorer and "
    "span_f1_scorer of sksequence.metrics"
)


@documented
class RNNTagger(
    LabelTargets,
    EveryStepRNN,
    auto_wrap_output_keys=None,  # type: ignore[call-arg]
):
    """Recurrent network that labels each step (many-to-many, equal lengths).

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; for 0/1 rows the column numbers.
    transitions_ : ndarray of shape (n_classes, n_classes)
        Scores of a label (column) after another one (row); -inf if constraints forbid
        it.
    transition_features_ : dict of (label, label) -> float
        The same scores by name, from the highest to the lowest; None stands for the
        beginning and the end of a sequence.
    {attributes}

    See Also
    --------
    RNNClassifier : One label for a whole sequence.
    sksequence.metrics : Scores of labels and of spans, and scorers.
    sksequence.preprocessing.TokenFeatures : Features of words, also of unknown ones.

    Notes
    -----
    In ``fit``, y holds for each sequence of X an array of n_steps_i labels
    (str or int), or a matrix of 0 and 1 of shape (n_steps_i, n_labels), in a list, an
    object array, a RaggedArray, or an array of shape (n_sequences, n_steps[,
    n_labels]). None or NaN marks a step without a label: the step is read, but its
    label does not count.

    The loss is the mean over all steps of minus the log probability of the label, given
    the input. With the CRF [1]_, [2]_ the probability is also given the label before,
    so that without weights the product over the steps is the exact likelihood of the
    sequence of labels. Weights of steps and of labels are weights of these factors. A
    step of weight zero or without a label has no factor: the CRF sums over all its
    possible labels, and the next factor is given the last label that counts.

    References
    ----------
    .. [1] Lafferty, McCallum & Pereira, "Conditional random fields: probabilistic
       models for segmenting and labeling sequence data", ICML 2001.
    .. [2] Huang, Xu & Yu, "Bidirectional LSTM-CRF models for sequence tagging", 2015.

    Examples
    --------
    The stress of the phones of English words:

    >>> from sksequence import RNNTagger
    >>> from sksequence.datasets import load_cmudict
    >>> from sksequence.preprocessing import TokenEncoder
    >>> words, phones = load_cmudict(return_X_y=True)
    >>> X = [[p.rstrip("012") for p in word] for word in phones]
    >>> y = [[p[-1] if p[-1] in "012" else "-" for p in word] for word in phones]
    >>> X = TokenEncoder().fit_transform(X)
    >>> tagger = RNNTagger(
    ...     32, bidirectional=True, embedding_dim=16, decoder="crf", max_iter=3,
    ...     random_state=0,
    ... )
    >>> tagger.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9
    True
    >>> phones[3][:5], tagger.predict(X[[3]])[0].tolist()[:5]
    (['AE1', 'B', 'D', 'AH0', 'K'], ['1', '-', '-', '0', '-'])
    """

    classes_: npt.NDArray[Any]

    _parameters = {
        **RECURRENT,
        **BIDIRECTIONAL,
        "decoder": Parameter(
            "softmax",
            [p.one_of("softmax", "crf")],
            '"softmax" labels each step independently. "crf" also learns which '
            "labels follow which: a linear-chain conditional random field, trained "
            "by exact likelihood.",
        ),
        "constraints": Parameter(
            None,
            [p.NONE, p.one_of(*SCHEMES), p.PAIRS],
            "Pairs of labels that must not follow each other; ``predict`` then never "
            "returns them, with either decoder. A scheme of spans, or pairs (a, b) "
            "that forbid b after a, with None for the beginning or the end of a "
            "sequence.",
        ),
        **DENSE,
        **EMBEDDING,
        **STANDARDIZE,
        **LABEL_DROPOUT,
        **LABEL_SMOOTHING,
        **CLASS_WEIGHT,
        **TRAINING,
        **scoring_of_steps(SCORERS),
    }
    _attributes = STEPS_IN + FITTED
    _scorers = SCORERS
    _target = "label"
    _kept = (*EveryStepRNN._kept, "decoder", "constraints")

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        cell: CellName | Cell = "gru",
        *,
        bidirectional: bool = True,
        decoder: Literal["softmax", "crf"] = "softmax",
        constraints: Literal["iob1", "bio", "bioes", "bilou"]
        | Sequence[tuple[Any, Any]]
        | None = None,
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
        self.decoder = decoder
        self.constraints = constraints
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

    # -- scores to labels --------------------------------------------------------------

    def _validation_score(self, scores, y, weights):
        return self._accuracy(self._decode(scores), y, weights)

    def _accuracy(self, predicted, y, weights):
        right = predicted.values == y.values
        right = right.all(axis=1) if self._multilabel else right
        return weighted_mean(right, weights.values)

    # -- the chain of labels -----------------------------------------------------------

    def _head_options(self):
        if self.decoder == "crf":
            if self.label_smoothing:
                raise ValueError(
                    "label_smoothing must be 0.0 with decoder='crf', whose likelihood "
                    f"is exact. Got {brief(self.label_smoothing)}."
                )
            return "crf", {"forbidden": self._forbidden}
        return super()._head_options()

    def _loss(self):
        kind = "sigmoid" if self._multilabel else "softmax"
        return smoothed(kind, self.label_smoothing)

    @property
    def _has_chain(self):
        return self.architecture_["head"][0] == "crf"

    def _chain(self):
        """The transitions of the fitted network, and their parameters."""
        if self._has_chain:
            network = self._network
            return network.head.chain, network.head_params(self.theta_)
        return LinearChain(len(self.classes_), self._forbidden, trained=False), {}

    def _label_chain(self, scores, first=0):
        def impossible(i):
            raise ValueError(
                f"X[{first + i}] has {scores.lengths[i]} step(s), for which "
                f"constraints={brief(self.constraints)} allow no sequence of the "
                f"labels {brief(self.classes_.tolist())}."
            )

        return LabelChain(*self._chain(), scores, impossible)

    def _decode(self, scores):
        """Class indices, or rows of 0 and 1, as a RaggedArray."""
        if self._multilabel or not (self._has_chain or self._forbidden):
            return scores.with_values(self._labels(scores.values))
        return scores.with_values(self._label_chain(scores).labels())

    def _labels(self, scores):
        """Class indices, or rows of 0 and 1, of steps that are by themselves."""
        if self._multilabel:
            return (scores > 0).astype(np.intp)
        return scores.argmax(axis=1)

    def _best_labels(self, X):
        """Class indices, or rows of 0 and 1, of any X, as a RaggedArray."""
        check_fitted(self)
        if self._multilabel or not (self._has_chain or self._forbidden):
            return self._run(X, read=self._labels)
        X = self._checked(X)
        found = [
            self._label_chain(scores, part.start).labels()
            for part, scores in self._parts(X)
        ]
        return X.with_values(np.concatenate(found))

    def _checked(self, X):
        check_fitted(self)
        return self._check_X(X, reset=False)

    def _parts(self, X):
        """(slice, scores) of some sequences of checked X after the others."""
        network = self._network
        for part in parts_by_scores(X, len(self.classes_)):
            some = X[part]
            scores = self._scores(network, self.theta_, some)
            yield part, without_overflow(scores, some, self, start=part.start)

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    def partial_fit(
        self,
        X: Sequences,
        y: StepLabels,
        classes: npt.ArrayLike | None = None,
        sample_weight: Weights | None = None,
    ) -> Self:
        """Train one epoch on some sequences, continuing from the current weights.

        Each call is a training set of its own: sample weights are relative within it.

        Parameters
        ----------
        X : sequences
        y : sequences of labels
            As in ``fit``.
        classes : array-like of shape (n_classes,), default=None
            All labels that may occur in any call. None in the first call: the labels of
            y. Later it must be None or the same.
        sample_weight : array-like, default=None
            As in ``fit``.

        Returns
        -------
        self
        """
        known = getattr(self, "classes_", None)
        if known is not None and classes is not None:
            check_same_classes(classes, known)
        return self._fit(X, y, sample_weight, partial=True, classes=classes)

    @predicts
    def predict(self, X: Sequences) -> ObjectArray:
        """The labels of each sequence; with a CRF or constraints, the best sequence.

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
            If the constraints allow no labels for a sequence of some length.
        """
        return self._decode_targets(self._best_labels(X))

    @predicts
    def predict_proba(self, X: Sequences) -> ObjectArray:
        """Probability of each label at each step; with a CRF, marginals.

        Constraints change the probabilities only with a CRF.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        p : ndarray of object, shape (n_sequences,)
            One array per sequence, of shape (n_steps_i, n_classes): rows sum to one;
            for 0/1 targets each entry is the probability of a 1.

        Raises
        ------
        ValueError
            If the CRF's constraints allow no labels for a sequence of some length.
        """
        scores = self._run(X)
        if self._has_chain:
            found = self._label_chain(scores).marginals()
        else:
            found = self._output_of(scores.values)
        return np.asarray(scores.with_values(found))

    def _output_of(self, scores):
        return self._head.predict(scores)

    @predicts
    def predict_log_proba(self, X: Sequences) -> ObjectArray:
        """Logarithms of ``predict_proba``, exact where probabilities round to 0.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        log_p : ndarray of object, shape (n_sequences,)
            One array per sequence, of shape (n_steps_i, n_classes): with a CRF the
            logarithms of the marginals, for 0/1 targets those of the probability of a
            1.

        Raises
        ------
        ValueError
            If the CRF's constraints allow no labels for a sequence of some length.
        """
        scores = self._run(X)
        if self._has_chain:
            found = self._label_chain(scores).log_marginals()
        else:
            found = self._head.log_predict(scores.values)
        return np.asarray(scores.with_values(found))

    @predicts
    def score_samples(self, X: Sequences, y: StepLabels) -> FloatArray:
        """Log probability of the labels of each sequence, in nats.

        With softmax, this is the sum over all steps, for 0/1 targets over all labels of
        all steps; constraints do not change it. With a CRF, it is the log probability
        of the whole sequence of labels, as in ``predict_n_best``, and minus infinity if
        constraints forbid the sequence. Steps without a label are left out.

        Parameters
        ----------
        X : sequences
        y : sequences of labels
            As in ``fit``.

        Returns
        -------
        log_p : ndarray of shape (n_sequences,)

        Raises
        ------
        ValueError
            If y holds a label that did not occur in ``fit``, or differs in length from
            X.
        """
        X = self._checked(X)
        y = self._check_targets(y, reset=False)
        check_steps_agree(y, X)
        found = [
            self._log_p(scores, y[part], part.start) for part, scores in self._parts(X)
        ]
        return np.concatenate(found)

    def _log_p(self, scores, y, first):
        """Log probabilities of checked labels, of each sequence."""
        if self._has_chain:
            return self._label_chain(scores, first).log_likelihood(y.values)
        values, head = scores.values.astype(np.float64), self._head
        has_label = self._has_target(y)
        if self._multilabel:
            log_p = head.log_predict(np.where(y.values, values, -values)).sum(axis=1)
        else:
            log_p = head.log_predict(values)[np.arange(len(values)), y.values]
        log_p = np.where(has_label, log_p, 0)
        return np.add.reduceat(log_p, scores.offsets[:-1])

    @predicts
    def predict_n_best(
        self, X: Sequences, n: int = 5
    ) -> list[list[tuple[npt.NDArray[Any], float]]]:
        """The n most likely sequences of labels for each sequence.

        Parameters
        ----------
        X : sequences
        n : int, default=5

        Returns
        -------
        found : list of lists of (labels, log probability)
            For each sequence, with the best first: arrays of shape (n_steps_i,), and
            their log probabilities (among the allowed sequences of labels). There are
            fewer than n if there are no more allowed sequences of labels.

        Raises
        ------
        ValueError
            If the tagger was fitted with rows of 0 and 1, if n is not an int of at
            least 1, or if the constraints allow no labels for a sequence of some
            length.
        """
        p.check_value(n, "n", "predict_n_best", [p.integer(1)])
        X = self._checked(X)
        if self._multilabel:
            raise ValueError(
                "predict_n_best needs one label a step; the tagger was fitted with "
                "rows of 0 and 1."
            )
        found = []
        for part, scores in self._parts(X):
            labels, log_p = self._label_chain(scores, part.start).best(n)
            labels = scores.with_values(self.classes_[labels])
            found += [
                [
                    (np.ascontiguousarray(best), float(value))
                    for best, value in zip(rows.T, values)
                    if value > -np.inf
                ]
                for rows, values in zip(labels, log_p)
            ]
        return found

    @predicts
    def score(
        self, X: Sequences, y: StepLabels, sample_weight: Weights | None = None
    ) -> float:
        """Accuracy: the fraction of the steps with the right label.

        For 0/1 rows all labels of a step must be right. A label that did not occur in
        ``fit`` counts as wrong, and a step without a label does not count.

        Parameters
        ----------
        X : sequences
        y : sequences of labels
        sample_weight : array-like, default=None
            As in ``fit``.

        Returns
        -------
        accuracy : float

        Raises
        ------
        ValueError
            If y differs in length from X, or no step has a label and a weight above
            zero.
        """
        predicted = self._best_labels(X)
        y = self._check_targets(y, reset=False, unseen=True)
        weights = self._weights_to_score(sample_weight, y, predicted)
        return self._accuracy(predicted, y, weights)

    @property
    @reads_fitted
    def transitions_(self) -> FloatArray:
        """Scores of a label (column) after another one (row)."""
        return self._transitions()[:-1, :-1]

    @property
    @reads_fitted
    def transition_features_(self) -> dict[tuple[Any, Any], float]:
        """Scores of transitions by name, from the highest; None is the boundary."""
        A = self._transitions()
        names = [*self.classes_.tolist(), None]
        places = [(i, j) for i, j in np.ndindex(A.shape) if (i, j) != (len(A) - 1,) * 2]
        places.sort(key=lambda place: -A[place])
        return {(names[i], names[j]): float(A[i, j]) for i, j in places}

    def _transitions(self):
        check_fitted(self)
        if not self._has_chain:
            raise AttributeError(
                "transitions are learnt with decoder='crf' only. Got "
                f"decoder={self.decoder!r}."
            )
        chain, params = self._chain()
        return chain.transitions(params)
