"""RNNTranslator: a sequence in, another of any length out (many-to-many)."""

from types import SimpleNamespace

import numpy as np
from sklearn.base import TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from .. import _frames
from .. import _parameters as p
from .._threads import one_blas_thread
from ..network import SCORES
from ..objectives import before_of
from ..preprocessing import TokenEncoder
from ..sequences import RaggedArray, pack, places, similar_lengths
from ._base import PREDICT_BATCH_SIZE
from ._output_sequences import OutputSequences

BEYOND_FACTOR = 5  # tokens that any output may have beside a factor of its input


class RNNTranslator(TransformerMixin, OutputSequences):
    """Recurrent encoder-decoder: from sequences to sequences of other lengths.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each stacked recurrent layer, of the encoder and of the decoder.
    cell : str or Cell, default="lstm"
        "rnn", "rnn_relu", "gru", "gru_simple", "lstm", "lstm_peephole", or an instance
        of a class derived from :class:`sksequence.cells.Cell`.
    bidirectional : bool, default=True
        Whether the encoder reads in both directions, with as many units each.
    attention : {"dot", "general", "additive"} or None, default="general"
        How the decoder looks at the steps of the input: by the scores of [1]_ or [2]_,
        or not at all. "dot" needs an encoder as wide as the decoder, that is
        ``bidirectional=False``.
    source_encoder, target_encoder : TokenEncoder, default=None
        From texts to tokens, for X and y; they are cloned and fitted. None: ones with
        the parameters that follow.
    source_analyzer, target_analyzer : {"word", "char"} or callable, default="word"
    lowercase : bool, default=False
    min_count : int, default=1
    max_tokens : int, default=None
        As in :class:`~sksequence.preprocessing.TokenEncoder`, for both sides.
    share_vocabulary : bool, default=False
        Whether both sides have one vocabulary: that of the target's encoder, fitted on
        X and y.
    source_embedding_dim : int, default=None
        Length of the vector that stands for a step of X that is a token id. None: as
        ``embedding_dim`` for text; all else is numbers.
    embedding_dim : int, default=64
        Length of the vector that stands for a token of y.
    beam_size : int, default=1
        Beginnings that ``predict`` keeps at each length. 1 is greedy search.
    length_penalty : {None, "wu", "avg"}, default=None
        How outputs of unlike length are ranked: by log probability, by that over
        ((5 + length) / 6)^0.6 [3]_, or by that over the length, the end included.
    min_length : int, default=0
        Tokens that an output has at least. Where ``no_repeat_ngram`` leaves nothing to
        go on with, it is shorter.
    max_length : int or float, default=100
        Tokens that an output has at most: a number of them, or if it is a float that
        many times the length of the input, and 5 more.
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
    replace_unk : bool, default=False
        Whether outputs may hold ``unk_token``, in whose place is then written the token
        of the input that has the highest attention. For texts.
    dropout : float in [0, 1), default=0.0
        On the embedding, between layers and on the output, one mask a sequence, kept
        over its steps (variational).
    recurrent_dropout : float in [0, 1), default=0.0
        On the state where it enters the gates, one mask a sequence.
    label_smoothing : float in [0, 1), default=0.0
        In training, the share of each target that goes to all tokens alike [4]_. It
        makes for better ``predict``, less so for likelihoods.
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
        Precision. "auto": float32 for tokens; floats keep their own precision.
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
    source_encoder_, target_encoder_ : TokenEncoder
        The fitted encoders; ``source_encoder_`` is None if X is not text.
    tokens_ : ndarray of str, shape (n_tokens,)
        The tokens of the outputs, in the order of their ids.
    n_features_in_ : int
        Features of a step of X; 1 for tokens.
    theta_ : ndarray of shape (n_parameters,)
        All parameters in one vector; ``params_`` gives views by name.
    architecture_ : dict
        Settings of the network.
    n_iter_ : int
        Epochs trained.
    loss_, best_loss_ : float
        The loss in the last epoch, and the lowest one: the weighted mean of minus the
        log likelihoods of all tokens, in nats, with smoothed targets if there are any,
        plus the penalty. Each batch's part is that of the weights before its update.
    loss_curve_ : list of float
        The loss in each epoch.
    validation_scores_ : list of float, or None
        The score on what early stopping watches, by epoch.
    best_validation_score_ : float, or None
    history_ : list of dict
        One an epoch, as in :class:`~sksequence.RNNClassifier`.

    See Also
    --------
    RNNTagger : Where each step has one label.
    RNNGenerator : From a vector to a sequence.

    References
    ----------
    .. [1] Luong, Pham & Manning, "Effective approaches to attention-based neural
       machine translation", EMNLP 2015.
    .. [2] Bahdanau, Cho & Bengio, "Neural machine translation by jointly learning to
       align and translate", ICLR 2015.
    .. [3] Wu et al., "Google's neural machine translation system", 2016.
    .. [4] Szegedy et al., "Rethinking the Inception architecture for computer vision",
       CVPR 2016.

    Examples
    --------
    >>> from sksequence import RNNTranslator
    >>> X = ["a b", "b a", "a a b", "b", "a", "b b a"] * 8
    >>> y = ["b a", "a b", "b a a", "b", "a", "a b b"] * 8
    >>> model = RNNTranslator(16, max_iter=40, random_state=0).fit(X, y)
    >>> model.predict(["a a b", "b a"])
    ['b a a', 'a b']
    """

    _expected = {
        **OutputSequences._expected,
        "attention": [p.NONE, p.one_of(*SCORES)],
        "source_encoder": [p.NONE, p.instance(TokenEncoder)],
        "target_encoder": [p.NONE, p.instance(TokenEncoder)],
        "source_analyzer": TokenEncoder._expected["analyzer"],
        "target_analyzer": TokenEncoder._expected["analyzer"],
        "share_vocabulary": [p.BOOLEAN],
        "source_embedding_dim": [p.NONE, p.integer(1)],
        "max_length": [p.integer(0), p.real(0, low_open=True)],
        "replace_unk": [p.BOOLEAN],
        "label_smoothing": [p.real(0, 1)],
    }

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        cell="lstm",
        *,
        bidirectional=True,
        attention="general",
        source_encoder=None,
        target_encoder=None,
        source_analyzer="word",
        target_analyzer="word",
        lowercase=False,
        min_count=1,
        max_tokens=None,
        share_vocabulary=False,
        source_embedding_dim=None,
        embedding_dim=64,
        beam_size=1,
        length_penalty=None,
        min_length=0,
        max_length=100,
        no_repeat_ngram=None,
        temperature=1.0,
        top_k=None,
        top_p=None,
        allow_unk=False,
        replace_unk=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        label_smoothing=0.0,
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
        self.attention = attention
        self.source_encoder = source_encoder
        self.target_encoder = target_encoder
        self.source_analyzer = source_analyzer
        self.target_analyzer = target_analyzer
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.share_vocabulary = share_vocabulary
        self.source_embedding_dim = source_embedding_dim
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
        self.replace_unk = replace_unk
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.label_smoothing = label_smoothing
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

    # -- input -------------------------------------------------------------------------

    def _prepare(self, X, y, *, reset, name="X"):
        texts = _texts(X)
        if reset:
            self._start_encoders(texts, y)
        if texts is not None and self.source_encoder_ is None:
            raise TypeError(f"{name} is text, but X was not text in fit.")
        if texts is not None:
            X = self._renamed(self.source_encoder_.transform, texts, name)
        elif self.source_encoder_ is not None and not isinstance(X, RaggedArray):
            raise TypeError(
                f"{name} must be texts or lists of tokens, as in fit. Got "
                f"{type(X).__name__} instead."
            )
        if y is not None:
            y = self._encode_y(y, "y" + name.removeprefix("X"))
        return X, y

    def _start_encoders(self, texts, y):
        self.source_encoder_ = None
        if self.share_vocabulary:
            if texts is None:
                raise ValueError("share_vocabulary=True needs X to be text.")
            self._fit_target_encoder(
                self.target_encoder, self.target_analyzer, y, more=texts
            )
            self.source_encoder_ = clone(self.target_encoder_).set_params(
                add_eos=False, vocabulary=self.target_encoder_.vocabulary_
            )
            self.source_encoder_.fit(texts)
            return
        if texts is not None:
            encoder = self._new_encoder(
                self.source_encoder, self.source_analyzer, False
            )
            self.source_encoder_ = encoder.fit(texts)
        self._fit_target_encoder(self.target_encoder, self.target_analyzer, y)

    def _takes_tokens(self):
        return self.source_encoder_ is not None or self.source_embedding_dim is not None

    def _choose_dtype(self, X):
        if self._takes_tokens() and self.dtype == "auto":
            return np.dtype(np.float32)
        return super()._choose_dtype(X)

    def _make_architecture(self, X, n_outputs):
        width = None
        n_features = X.values.shape[1] if X.values.ndim == 2 else 1
        if self._takes_tokens():
            width = self.source_embedding_dim or self.embedding_dim
            if self.source_encoder_ is not None:
                n_features = self.source_encoder_.n_tokens_
            elif not X.is_sparse:
                n_features = int(X.values.max()) + 1
        encoder = {"bidirectional": bool(self.bidirectional), "embedding_dim": width}
        return {
            **self._decoder_architecture(n_outputs),
            "n_features": n_features,
            "sparse_input": X.is_sparse,
            "encoder": encoder,
            "attention": self.attention,
            "label_smoothing": float(self.label_smoothing),
        }

    def _source_lengths(self, X):
        return X.lengths

    def _source(self, X, which, dtype):
        rows, steps, _ = pack(X, which)
        if rows.dtype.kind == "f" and rows.dtype != dtype:
            rows = rows.astype(dtype)
        place = places(X.lengths[which])
        return SimpleNamespace(rows=rows, steps=steps, place=place)

    # -- output ------------------------------------------------------------------------

    def _limits(self, X, batch, options):
        if isinstance(options.max_length, (int, np.integer)):
            return super()._limits(X, batch, options)
        longest = np.ceil(options.max_length * X.lengths[batch]).astype(np.intp)
        return np.maximum(longest + BEYOND_FACTOR, options.min_length)

    def _generation(self, method, **given):
        options = super()._generation(method, **given)
        self._check_attention(self.architecture_["attention"])
        options.allow_unk = options.allow_unk or self.replace_unk
        return options

    def _check_limits(self):
        super()._check_limits()
        self._check_attention(self.attention)

    def _check_attention(self, attention):
        if self.replace_unk and attention is None:
            raise ValueError("replace_unk=True needs attention. Got attention=None.")

    def _write(self, X, ids, which):
        tokens = self._tokens_of(ids)
        unknown = self.target_encoder_.unk_token
        if self.replace_unk and self.source_encoder_ is not None:
            rows = [k for k, row in enumerate(tokens) if unknown in row]
            texts = _texts(X)
            if rows and texts is not None:
                texts = [texts[which[k]] for k in rows]
                weights = self._weights(texts, [ids[k] for k in rows])
                words = list(self.source_encoder_._token_lists(texts))
                for k, a, source in zip(rows, weights, words):
                    best = a.argmax(axis=1)
                    tokens[k] = [
                        source[j] if token == unknown else token
                        for token, j in zip(tokens[k], best)
                    ]
        return self._join(tokens)

    # -- public ------------------------------------------------------------------------

    def attention_weights(self, X, y=None):
        """How much each token of the output looks at each step of the input.

        Parameters
        ----------
        X : as in ``fit``
        y : as in ``fit``, default=None
            The outputs. None: those that ``predict`` gives.

        Returns
        -------
        weights : list of ndarray of shape (n_tokens_i + 1, n_steps_i)
            Rows sum to one; the last row is the end's.

        Raises
        ------
        ValueError
            If the model has no attention.
        """
        check_is_fitted(self)
        if self.architecture_["attention"] is None:
            raise ValueError(
                "attention_weights needs a model with attention. This one was fitted "
                "with attention=None."
            )
        if y is None:
            options = self._generation("attention_weights")
            ids = [best[0][0] for best in self._search(X, 1, options)]
        else:
            eos = self._eos
            ids = [[i for i in row.tolist() if i != eos] for row in self._encode_y(y)]
        return self._weights(X, ids)

    def _weights(self, X, ids):
        """Weights of attention for outputs that are ids without an end."""
        X, _ = self._prepare(X, None, reset=False)
        X = self._check_X(X, reset=False)
        y = RaggedArray.from_sequences(
            [np.array([*row, self._eos], dtype=np.intp) for row in ids]
        )
        self._check_agree(y, X)
        network, found = self._build(self.architecture_), [None] * len(X)
        with one_blas_thread():
            for batch in similar_lengths(X.lengths, PREDICT_BATCH_SIZE):
                after, steps, order = pack(y, batch)
                source = self._source(X, order, self.theta_.dtype)
                _, tape = network.forward_pass(
                    self.theta_, source, before_of(after, steps, self._eos), steps
                )
                for i, a in zip(order.tolist(), tape.attention.a):
                    found[i] = a[: y.lengths[i], : X.lengths[i]].copy()
        return found

    def transform(self, X):
        """The encoder's summary of each sequence.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        features : ndarray of shape (n_sequences, n_features_out)
        """
        check_is_fitted(self)
        X, _ = self._prepare(X, None, reset=False)
        X = self._check_X(X, reset=False)
        network, found = self._build(self.architecture_), [None] * len(X)
        with one_blas_thread():
            for batch in similar_lengths(X.lengths, PREDICT_BATCH_SIZE):
                rows, steps, order = pack(X, batch)
                _, summary, _ = network.read(self.theta_, rows, steps, need_tape=False)
                for i, row in zip(order.tolist(), summary):
                    found[i] = row
        return np.stack(found)

    @property
    def _n_features_out(self):
        return self.params_["bridge.W"].shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _texts(X):
    """X as a list, if it is texts or lists of tokens, else None."""
    if isinstance(X, (str, bytes)):
        return X  # the TokenEncoder says what is wrong
    if isinstance(X, RaggedArray):
        return None
    if _frames.is_frame(X) and len(_frames.column_names(X)) == 1:
        X = X[_frames.column_names(X)[0]]
    if _frames.is_column(X):
        X = _frames.to_list(X)
    if hasattr(X, "__array__"):
        X = np.asarray(X)
        X = list(X) if X.ndim in (1, 2) else None
    if not isinstance(X, (list, tuple)):
        return None
    for item in X:
        if isinstance(item, (str, bytes)):
            return list(X)
        if not isinstance(item, (list, tuple)) and getattr(item, "ndim", 0) != 1:
            return None
        for token in item:
            return list(X) if isinstance(token, (str, bytes)) else None
    return None
