"""RNNTagger: a label for every step of a sequence."""

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from .. import _parameters as p
from ..network import LinearChain, build_network
from ..sequences import (
    check_step_weight,
    check_steps_agree,
    labels_as_ragged,
    pack,
    place_of,
    rows_of,
    similar_lengths,
)
from ._base import PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS, BaseRNN, kept_if_failed
from ._class_weight import apply_class_weight, check_same_classes
from ._constraints import SCHEMES, check_allowed, forbidden_pairs


class RNNTagger(TransformerMixin, BaseRNN, auto_wrap_output_keys=None):
    """Recurrent network that labels each step (many-to-many, equal lengths).

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each stacked recurrent layer; (64, 64, 64) is a deep RNN of three.
    cell : str or Cell, default="lstm"
        "rnn", "rnn_relu", "gru", "gru_simple", "lstm", "lstm_peephole", or an instance
        of a class derived from :class:`sksequence.cells.Cell`.
    bidirectional : bool, default=False
        Whether every recurrent layer also reads the sequences backwards.
    decoder : {"softmax", "crf"}, default="softmax"
        "softmax" labels each step by itself. "crf" also learns how labels follow one
        another: a linear-chain conditional random field, trained by exact likelihood.
    constraints : None, "bio", "bioes" or list of (label, label), default=None
        Pairs of labels that may not follow one another, which ``predict`` then never
        gives, whatever the decoder: those of a scheme of spans, or pairs (a, b) that
        forbid b after a, with None for the beginning or the end of a sequence.
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
        beside the sum of the losses of all steps, as in Ridge, whatever the batches.
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
        Whether to watch the score on a part of the training data that is left out, and
        keep the weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        That part.
    scoring : callable or None, default=None
        The score that early stopping watches: ``(estimator, X, y) -> float``, such as
        the scorers of ``sksequence.metrics``; None is the accuracy over steps.
    class_weight : dict, "balanced" or None, default=None
        Weights of the labels in the loss.
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
        Labels; for 0/1 rows the column numbers.
    n_features_in_ : int
        Numbers a step; for a 2-D array or a data frame, its columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Only if X was a data frame with columns named by strings.
    transitions_ : ndarray of shape (n_classes, n_classes)
        Score of a label (column) after another (row); -inf where constraints forbid it.
    transition_features_ : dict of (label, label) -> float
        The same by name, from the highest to the lowest, with None for the beginning
        and the end of a sequence.
    theta_ : ndarray of shape (n_parameters,)
        All parameters in one vector; ``params_`` gives views by name.
    architecture_ : dict
        Settings of the network.
    n_iter_ : int
        Epochs trained.
    loss_, best_loss_ : float
        The loss in the last epoch, and the lowest one: the weighted mean of
        the losses of all steps, plus the penalty. Each batch's part is that of the
        weights before its update.
    loss_curve_ : list of float
        The loss in each epoch.
    validation_scores_ : list of float, or None
        The score on what early stopping watches, by epoch.
    best_validation_score_ : float, or None
    history_ : list of dict
        One an epoch: epoch, loss, gradient_norm and max_gradient_norm (mean and
        greatest over the batches, before clipping), n_batches, n_clipped (batches whose
        gradient was scaled down), learning_rate, seconds, sequences_per_second,
        steps_per_second, validation_score. What tells of time is not pickled.

    See Also
    --------
    RNNClassifier : One label for a whole sequence.
    sksequence.metrics : Scores of labels and of spans, and scorers of them.
    sksequence.preprocessing.PerStep : Features of words, for words never seen.

    Notes
    -----
    The loss is the mean over all steps of minus the log probability of the label: given
    the input, and with the CRF [1]_ also given the label before it, so that without
    weights it is the exact likelihood of the sequence of labels. Weights of steps, and
    of labels, are weights of these factors.

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

    _expected = {
        **BaseRNN._expected,
        "decoder": [p.one_of("softmax", "crf")],
        "constraints": [p.NONE, p.one_of(*SCHEMES), p.PAIRS],
        "class_weight": [p.NONE, p.MAPPING, p.one_of("balanced")],
        "scoring": [p.NONE, p.CALLABLE],  # scikit-learn's names want one label each
    }

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        cell="lstm",
        *,
        bidirectional=False,
        decoder="softmax",
        constraints=None,
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
        self.decoder = decoder
        self.constraints = constraints
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
        """Class indices of all steps, or rows of 0 and 1, as a RaggedArray."""
        y = labels_as_ragged(y, name)
        multilabel = y.values.ndim == 2
        if multilabel:
            self._check_multilabel(y, name)
            labels = np.arange(y.values.shape[1])
        else:
            labels = np.unique(y.values)
        if reset:
            self.classes_ = labels if classes is None else np.unique(classes)
            self._multilabel = multilabel
            self._forbidden = []
            if not multilabel:
                self._forbidden = forbidden_pairs(self.constraints, self.classes_)
        elif multilabel != self._multilabel:
            kinds = {True: "rows of 0 and 1", False: "one label a step"}
            raise ValueError(
                f"{name} holds {kinds[multilabel]}, but the tagger was fitted with "
                f"{kinds[self._multilabel]}."
            )
        if multilabel:
            if len(labels) != len(self.classes_):
                raise ValueError(
                    f"{name} has {len(labels)} labels a step, but the tagger was "
                    f"fitted with {len(self.classes_)}."
                )
            return y.with_values(y.values.astype(np.intp))
        if len(self.classes_) < 2:
            raise ValueError(
                f"{name} must hold at least 2 labels. Got 1 class: "
                f"{self.classes_.tolist()[0]!r}."
            )
        self._check_known(y, name)
        return y.with_values(np.searchsorted(self.classes_, y.values))

    def _check_known(self, y, name):
        unknown = np.flatnonzero(~np.isin(y.values, self.classes_))
        if len(unknown):
            i, t = place_of(y.offsets, unknown[0])
            raise ValueError(
                f"{name}[{i}][{t}] is {y.values[unknown[0]].item()!r}, which is not "
                f"among the classes {self.classes_.tolist()}."
            )

    def _check_multilabel(self, y, name):
        for parameter, plain in [
            ("decoder", "softmax"),
            ("constraints", None),
            ("class_weight", None),
        ]:
            if getattr(self, parameter) != plain:
                raise ValueError(
                    f"{parameter} must be {plain!r} where {name} holds rows of 0 and 1 "
                    f"(several labels a step). Got {getattr(self, parameter)!r}."
                )
        bad = np.argwhere((y.values != 0) & (y.values != 1))
        if len(bad):
            row, column = bad[0].tolist()
            i, t = place_of(y.offsets, row)
            raise ValueError(
                f"{name}[{i}][{t}] holds {y.values[row, column].item()!r}. Where it "
                "has one column a label, entries must be 0 or 1."
            )

    def _check_agree(self, y, X, suffix=""):
        check_steps_agree(y, X, f"y{suffix}", f"X{suffix}")
        check_allowed(y, self._forbidden, self.classes_, self.constraints, f"y{suffix}")

    def _check_weights(self, sample_weight, X):
        return check_step_weight(sample_weight, X)

    def _apply_class_weight(self, weights, y, partial):
        return weights.with_values(
            apply_class_weight(
                self.class_weight,
                self.classes_,
                weights.values,
                y.values,
                self._multilabel,
                partial,
            )
        )

    def _encode_targets(self, y, weights, dtype, *, reset):
        return y.with_values(y.values.astype(dtype)) if self._multilabel else y

    def _decode_targets(self, y):
        return np.asarray(y if self._multilabel else self._named(y))

    def _named(self, y):
        return y.with_values(self.classes_[y.values])

    def _n_outputs(self):
        return len(self.classes_)

    def _validation_score(self, scores, y, weights):
        right = self._decode(scores).values == y.values
        right = right.all(axis=1) if self._multilabel else right
        return float(np.average(right, weights=weights.values))

    # -- the chain of labels -----------------------------------------------------------

    def _head_options(self):
        if self.decoder == "crf":
            return "crf", {"forbidden": self._forbidden}
        return super()._head_options()

    def _loss(self):
        return "sigmoid" if self._multilabel else "softmax"

    @property
    def _has_chain(self):
        return self.architecture_["head"][0] == "crf"

    def _chain(self):
        """The transitions of the fitted network, and their parameters."""
        if self._has_chain:
            network = build_network(**self.architecture_)
            return network.head.chain, network.head_params(self.theta_)
        return LinearChain(len(self.classes_), self._forbidden, trained=False), {}

    def _by_batch(self, scores, function):
        """``function(scores, steps)`` of batches, for all rows, and by sequence.

        Yields
        ------
        rows : ndarray of int
            Where the rows of a batch lie in ``scores.values``.
        order : ndarray of int
            Its sequences.
        result
        """
        for batch in similar_lengths(
            scores.lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS
        ):
            rows, steps, order = pack(scores, batch)
            yield rows_of(scores, steps, order), order, function(rows, steps)

    def _decode(self, scores):
        """Class indices, or rows of 0 and 1, as a RaggedArray."""
        if self._multilabel:
            return scores.with_values((scores.values > 0).astype(np.intp))
        if not self._has_chain and not self._forbidden:
            return scores.with_values(scores.values.argmax(axis=1))
        return scores.with_values(self._best(scores, 1)[0][:, 0])

    def _best(self, scores, n):
        """The n best labellings (n_rows, n), and their log probabilities (n_seq, n)."""
        chain, params = self._chain()
        labels = np.empty((len(scores.values), n), dtype=np.intp)
        log_p = np.empty((len(scores), n))

        def best(rows, steps):
            return *chain.best(params, rows, steps, n), chain.log_z(params, rows, steps)

        for rows, order, (found, score, log_z) in self._by_batch(scores, best):
            self._refuse_impossible(scores, order[score[0] == -np.inf])
            labels[rows], log_p[order] = found.T, (score - log_z).T
        return labels, log_p

    def _refuse_impossible(self, scores, impossible):
        """Raise an error for sequences that can have no labels, if there are any."""
        if len(impossible):
            i = impossible.min()
            raise ValueError(
                f"X[{i}] has {scores.lengths[i]} step(s), for which "
                f"constraints={self.constraints!r} allow no sequence of the labels "
                f"{self.classes_.tolist()}."
            )

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    @with_callbacks
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Train a new network (or, with ``warm_start``, the one there is).

        Parameters
        ----------
        X : sequences
            n_sequences of them: a list of arrays of shape (n_steps_i, n_features) and
            the other forms that the user guide lists.
        y : sequences of labels
            For each sequence of X one label (str or int) a step, or one row of 0 and 1
            a step, of shape (n_steps_i, n_labels): a list, object array, RaggedArray,
            or an array of shape (n_sequences, n_steps[, n_labels]).
        sample_weight : array-like of shape (n_sequences,), or one array a sequence of \
shape (n_steps_i,), default=None
            Weights in the loss, of sequences or of their steps. A step of weight zero
            is still read, but its label does not count (with a CRF it is still the one
            before the next step's).
        X_val, y_val : sequences and labels, default=None
            Watched in place of a part of X: the weights of the best epoch are kept,
            and training stops after ``n_iter_no_change`` epochs without improvement.
            Their steps count alike; ``class_weight`` is for training.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If an argument or a parameter is not as described; the message says which,
            where, what was expected and what came.
        """
        return self._fit(X, y, sample_weight, X_val, y_val)

    @kept_if_failed
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on some sequences, going on from the weights there are.

        They are a training set of their own: weights count among themselves.

        Parameters
        ----------
        X : sequences
        y : sequences of labels
            As in ``fit``.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come. None in the first call: those of y. Later it
            must be None or the same.
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

    def predict(self, X):
        """The labels of each sequence: with a chain of labels, the best sequence.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        y : ndarray of object, shape (n_sequences,)
            Of one array a sequence, of shape (n_steps_i,) or (n_steps_i, n_labels).

        Raises
        ------
        ValueError
            If the constraints allow no labels for a sequence of some length.
        """
        return self._decode_targets(self._decode(self._run(X)))

    def predict_proba(self, X):
        """Probability of each label at each step; the CRF's are marginals.

        Constraints change them only where there is a CRF.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        p : ndarray of object, shape (n_sequences,)
            Of one array a sequence, of shape (n_steps_i, n_classes): rows sum to one,
            or for 0/1 targets each entry is the probability of a 1.
        """
        scores = self._run(X)
        if not self._has_chain:
            p = self._head.predict(scores.values)
            return np.asarray(scores.with_values(p))
        chain, params = self._chain()
        p = np.empty_like(scores.values)

        def marginals(rows, steps):
            return chain.marginals(params, rows, steps)

        for rows, _, found in self._by_batch(scores, marginals):
            p[rows] = found
        return np.asarray(scores.with_values(p))

    def predict_log_proba(self, X):
        """Logarithms of ``predict_proba``, exact where those round to 0.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        log_p : ndarray of object, shape (n_sequences,)
            Of one array a sequence, of shape (n_steps_i, n_classes): with a CRF the
            logarithms of the marginals, for 0/1 targets those of the chance of a 1.

        Raises
        ------
        ValueError
            If the CRF's constraints allow no labels for a sequence of some length.
        """
        scores = self._run(X)
        if not self._has_chain:
            log_p = self._head.log_predict(scores.values)
            return np.asarray(scores.with_values(log_p))
        chain, params = self._chain()
        log_p = np.empty_like(scores.values)

        def log_marginals(rows, steps):
            return chain.log_marginals(params, rows, steps)

        for rows, order, found in self._by_batch(scores, log_marginals):
            log_p[rows] = found
            self._refuse_impossible(scores, order[np.isnan(found[: len(order), 0])])
        return np.asarray(scores.with_values(log_p))

    def score_samples(self, X, y):
        """Log probability of the labels of each sequence, in nats.

        With softmax that is the sum of those of all steps, for 0/1 targets of all
        labels of all steps. With a CRF it is the probability of the whole sequence of
        labels, as of ``predict_n_best``: minus infinity where constraints forbid it.
        Constraints do not change the softmax's.

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
            If y holds a label that was not there in ``fit``, or is not as long as X.
        """
        scores = self._run(X)
        y = self._check_targets(y, reset=False)
        check_steps_agree(y, scores)
        if self._has_chain:
            return self._chain_likelihoods(scores, y)
        values, head = scores.values.astype(np.float64), self._head
        if self._multilabel:
            log_p = head.log_predict(np.where(y.values, values, -values)).sum(axis=1)
        else:
            log_p = head.log_predict(values)[np.arange(len(values)), y.values]
        return np.add.reduceat(log_p, scores.offsets[:-1])

    def _chain_likelihoods(self, scores, y):
        chain, params = self._chain()
        found = np.empty(len(scores))
        for batch in similar_lengths(
            scores.lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS
        ):
            rows, steps, order = pack(scores, batch)
            labels = y.values[rows_of(scores, steps, order)]
            found[order] = chain.log_likelihood(params, rows, steps, labels)
        self._refuse_impossible(scores, np.flatnonzero(np.isnan(found)))
        return found

    def predict_n_best(self, X, n=5):
        """The n most likely sequences of labels for each sequence.

        Parameters
        ----------
        X : sequences
        n : int, default=5

        Returns
        -------
        found : list of lists of (labels, log probability)
            For each sequence the best first: arrays of shape (n_steps_i,), and their
            log probabilities (among the allowed ones). Fewer than n where there are no
            more (allowed) sequences of labels.
        """
        p.check_value(n, "n", "predict_n_best", [p.integer(1)])
        scores = self._run(X)
        if self._multilabel:
            raise ValueError(
                "predict_n_best needs one label a step; the tagger was fitted with "
                "rows of 0 and 1."
            )
        found, log_p = self._best(scores, n)
        labels = scores.with_values(self.classes_[found])
        return [
            [
                (np.ascontiguousarray(best), float(value))
                for best, value in zip(rows.T, values)
                if value > -np.inf
            ]
            for rows, values in zip(labels, log_p)
        ]

    def score(self, X, y, sample_weight=None):
        """Accuracy: the share of the steps with the right label.

        For 0/1 rows all labels of a step must be right.

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
            If y holds a label that was not there in ``fit``. In cross-validation, where
            a rare label may be held out altogether, use
            ``sksequence.metrics.token_accuracy_scorer``, to which it is a wrong one.
        """
        predicted = self._decode(self._run(X))
        y = self._check_targets(y, reset=False)
        check_steps_agree(y, predicted)
        weights = check_step_weight(sample_weight, predicted)
        if not weights.values.any():
            raise ValueError("sample_weight makes the weight of every step zero.")
        right = predicted.values == y.values
        right = right.all(axis=1) if self._multilabel else right
        return float(np.average(right, weights=weights.values))

    def transform(self, X):
        """The state at each step: what the output layer sees.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        features : RaggedArray
            Of n_sequences, n_features_out a step.
        """
        return self._run(X, below="output")

    def set_output(self, *, transform=None):
        """Do nothing: sequences have no form as a data frame.

        Parameters
        ----------
        transform : str, default=None
            Ignored.

        Returns
        -------
        self
        """
        return self

    @property
    def transitions_(self):
        """Score of a label (column) after another (row)."""
        return self._transitions()[:-1, :-1]

    @property
    def transition_features_(self):
        """Scores of transitions by name, falling; None is the boundary."""
        A = self._transitions()
        names = [*self.classes_.tolist(), None]
        places = [(i, j) for i, j in np.ndindex(A.shape) if (i, j) != (len(A) - 1,) * 2]
        places.sort(key=lambda place: -A[place])
        return {(names[i], names[j]): float(A[i, j]) for i, j in places}

    def _transitions(self):
        check_is_fitted(self)
        if not self._has_chain:
            raise AttributeError(
                "transitions are learnt with decoder='crf' only. Got "
                f"decoder={self.decoder!r}."
            )
        chain, params = self._chain()
        return chain.transitions(params)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = None  # labels of steps are no classes to scikit-learn
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = False
        tags.target_tags.multi_output = True
        return tags
