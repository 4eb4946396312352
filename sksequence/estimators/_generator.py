"""RNNGenerator: one vector in, a sequence of tokens out (one-to-many)."""

from numbers import Integral
from types import SimpleNamespace

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _parameters as p
from ..preprocessing import TokenEncoder
from ._output_sequences import OutputSequences


class NoVectors(np.ndarray):
    """What stands for X=None: an array of no columns."""


def _no_vectors(n):
    return np.empty((n, 0)).view(NoVectors)


class RNNGenerator(OutputSequences):
    """Recurrent network that makes a sequence of tokens from a vector.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each stacked recurrent layer.
    cell : str or Cell, default="lstm"
        "rnn", "rnn_relu", "gru", "gru_simple", "lstm", "lstm_peephole", or an instance
        of a class derived from :class:`sksequence.cells.Cell`.
    condition : {"initial", "every_step"}, default="initial"
        What the vector does: it sets the first states, or it is also read at every
        step.
    encoder : TokenEncoder, default=None
        From outputs to tokens; it is cloned, and fitted on y. None: one with the four
        parameters that follow.
    analyzer : {"word", "char"} or callable, default="char"
    lowercase : bool, default=False
    min_count : int, default=1
    max_tokens : int, default=None
        As in :class:`~sksequence.preprocessing.TokenEncoder`.
    embedding_dim : int, default=32
        Length of the vector that stands for a token.
    beam_size : int, default=1
        Beginnings that ``predict`` keeps at each length. 1 is greedy search.
    length_penalty : {None, "wu", "avg"}, default=None
        How outputs of unlike length are ranked: by log probability, by that over
        ((5 + length) / 6)^0.6 [1]_, or by that over the length, the end included.
    min_length, max_length : int, default=0, 100
        Tokens that an output has at least, and at most. Where ``no_repeat_ngram``
        leaves nothing to go on with, it is shorter than ``min_length``.
    no_repeat_ngram : int, default=None
        No such number of tokens occurs twice in an output.
    temperature : float, default=1.0
        Below 1, ``sample`` draws likely tokens more often than their probability says;
        0 always takes the most likely one.
    top_k : int, default=None
        ``sample`` draws from the k most likely tokens only.
    top_p : float in (0, 1], default=None
        ``sample`` draws from the fewest tokens that together have this probability.
    allow_unk : bool, default=False
        Whether outputs may hold ``unk_token``.
    dropout : float in [0, 1), default=0.0
        On the embedding, between layers and on the output, one mask a sequence, kept
        over its steps (variational).
    recurrent_dropout : float in [0, 1), default=0.0
        On the state where it enters the gates, one mask a sequence.
    solver : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
    alpha : float, default=0.0
        L2 penalty: alpha / 2 times the sum of squared weights (biases excepted) stands
        beside the sum of the losses of all tokens, as in Ridge, whatever the batches.
        With "adamw" it is the decoupled weight decay: an update takes
        ``learning_rate * alpha`` of each weight. Both reach all rows of an embedding.
    batch_size : int or "auto", default="auto"
        Outputs a batch; "auto" is 32.
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
        Epochs, at most.
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
        Whether to watch the score on a part of the data that is left out, and keep the
        weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        That part.
    scoring : str, callable or None, default=None
        The score that early stopping watches; None is the mean log likelihood a token.
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
        Precision. "auto": that of the vectors (float64 unless they are float32);
        float32 where there are none.
    n_jobs : int, default=None
        None means 1, -1 all cores. With 2 or more, two threads share the batches of
        ``fit`` where layers are wide enough to gain; results may then differ in the
        last bits.
    random_state : int, RandomState instance or None, default=None
        Start values, shuffling, dropout and the split of early stopping.
    verbose : bool or int, default=0
        Whether to print a line an epoch.

    Attributes
    ----------
    target_encoder_ : TokenEncoder
        The fitted encoder of the outputs.
    tokens_ : ndarray of str, shape (n_tokens,)
        The tokens, in the order of their ids.
    n_features_in_ : int
        Length of the vectors; 0 if there were none.
    theta_ : ndarray of shape (n_parameters,)
        All parameters in one vector; ``params_`` gives views by name.
    architecture_ : dict
        Settings of the network.
    n_iter_ : int
        Epochs trained.
    loss_, best_loss_ : float
        The loss in the last epoch, and the lowest one: the weighted mean of minus the
        log likelihoods of all tokens, in nats, plus the penalty. Each batch's part is
        that of the weights before its update.
    loss_curve_ : list of float
        The loss in each epoch.
    validation_scores_ : list of float, or None
        The score on what early stopping watches, by epoch.
    best_validation_score_ : float, or None
    history_ : list of dict
        One an epoch, as in :class:`~sksequence.RNNClassifier`.

    See Also
    --------
    RNNTranslator : From sequences to sequences.
    RNNLanguageModel : Sequences from nothing, and of running text.

    References
    ----------
    .. [1] Wu et al., "Google's neural machine translation system", 2016.

    Examples
    --------
    >>> from sksequence import RNNGenerator
    >>> X = [[0.0], [1.0]] * 10
    >>> y = ["low", "high"] * 10
    >>> model = RNNGenerator(16, max_iter=40, random_state=0).fit(X, y)
    >>> model.predict([[1.0], [0.0]])
    ['high', 'low']
    """

    _expected = {
        **{k: v for k, v in OutputSequences._expected.items() if k != "bidirectional"},
        "condition": [p.one_of("initial", "every_step")],
        "encoder": [p.NONE, p.instance(TokenEncoder)],
        "analyzer": TokenEncoder._expected["analyzer"],
    }
    bidirectional = False

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        cell="lstm",
        *,
        condition="initial",
        encoder=None,
        analyzer="char",
        lowercase=False,
        min_count=1,
        max_tokens=None,
        embedding_dim=32,
        beam_size=1,
        length_penalty=None,
        min_length=0,
        max_length=100,
        no_repeat_ngram=None,
        temperature=1.0,
        top_k=None,
        top_p=None,
        allow_unk=False,
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
        self.condition = condition
        self.encoder = encoder
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.embedding_dim = embedding_dim
        self.beam_size = beam_size
        self.length_penalty = length_penalty
        self.min_length = min_length
        self.max_length = max_length
        self.no_repeat_ngram = no_repeat_ngram
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p
        self.allow_unk = allow_unk
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

    # -- vectors -----------------------------------------------------------------------

    def _fit(self, X, y, sample_weight, X_val=None, y_val=None, **options):
        if X is None and X_val is None and y_val is not None:
            X_val = _no_vectors(len(y_val))
        return super()._fit(X, y, sample_weight, X_val, y_val, **options)

    def _check_validation(self, X_val, y_val, *others):
        validation = super()._check_validation(X_val, y_val, *others)
        if isinstance(X_val, NoVectors):
            validation.given = None, y_val
        return validation

    def _prepare(self, X, y, *, reset, name="X"):
        suffix = name.removeprefix("X")
        if y is not None:
            if reset:
                self._fit_target_encoder(self.encoder, self.analyzer, y)
            y = self._encode_y(y, "y" + suffix)
        if X is None:
            X = _no_vectors(1 if y is None else len(y))
        return X, y

    def _check_X(self, X, *, reset, name="X", architecture=None, dtype=None):
        if isinstance(X, NoVectors):
            if reset:
                self.n_features_in_ = 0
            if self.n_features_in_ == 0:
                return X
            raise ValueError(
                f"{name} is None, but this {type(self).__name__} was fitted on vectors "
                f"of {self.n_features_in_} features."
            )
        if not reset and self.n_features_in_ == 0:
            raise ValueError(
                f"{name} must be None: this {type(self).__name__} was fitted without "
                f"vectors. Got {type(X).__name__}."
            )
        return validate_data(self, X, reset=reset, dtype=[np.float64, np.float32])

    def _sampled_from(self, X):
        if not isinstance(X, Integral) or isinstance(X, bool):
            return X
        check_is_fitted(self)
        if self.n_features_in_:
            raise ValueError(
                f"X must be vectors of {self.n_features_in_} features, on which this "
                f"{type(self).__name__} was fitted. Got {X!r}: for as many outputs of "
                f"each vector, pass n_samples={X!r}."
            )
        p.check_value(X, "X", "sample", [p.NONE, p.integer(1)])
        return _no_vectors(X)

    def _choose_dtype(self, X):
        if self.dtype != "auto":
            return np.dtype(self.dtype)
        return X.dtype if X.shape[1] else np.dtype(np.float32)

    def _make_architecture(self, X, n_outputs):
        return {
            **self._decoder_architecture(n_outputs),
            "n_features": X.shape[1],
            "sparse_input": False,
            "every_step": self.condition == "every_step" and X.shape[1] > 0,
        }

    def _source(self, X, which, dtype):
        rows = X[which].astype(dtype) if X.shape[1] else None
        return SimpleNamespace(rows=rows)
