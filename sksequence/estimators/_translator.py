"""RNNTranslator: a sequence in, another of any length out (many-to-many)."""

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Literal

import numpy as np
from sklearn.base import clone

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._messages import brief, renamed
from .._parameters import Parameter, documented
from .._state import check_fitted
from .._text import listed
from .._threads import one_blas_thread
from .._typing import FloatArray, Inputs, Outputs, RandomState, Split
from ..cells import Cell, EngineName
from ..network import SCORES
from ..objectives import before_of
from ..preprocessing import TokenEncoder
from ..preprocessing._long_frames import check_long_frame
from ..sequences import (
    RaggedArray,
    check_lengths_agree,
    check_not_empty,
    pack,
    place_of,
    places,
    similar_lengths,
)
from ._base import predicts
from ._batches import PREDICT_BATCH_SIZE, check_scores, quietly
from ._embedding import count_tokens
from ._output_sequences import OutputSequences
from ._parameter_table import (
    ANALYZER,
    DROPOUT,
    ENCODER,
    FITTED,
    GENERATION,
    LABEL_SMOOTHING,
    RECURRENT,
    SHARED_BATCHES,
    STANDARDIZE,
    TOKEN_EMBEDDING,
    VOCABULARY,
    Analyzer,
    AttentionName,
    CellName,
    LengthPenalty,
    Precision,
    Schedule,
    Solver,
)
from ._same_network import check_same_settings
from ._sequence_input import SequenceInput
from ._standardize import StandardizeMixin
from ._transforming import Transforming

LONGEST_OUTPUT = 2.0**62  # that an int can hold
BEYOND_FACTOR = 5  # tokens that any output may have beside a factor of its input


@documented
class RNNTranslator(
    Transforming,
    StandardizeMixin,
    SequenceInput,
    OutputSequences,
):
    """Recurrent encoder-decoder: from sequences to sequences of other lengths.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    source_encoder_, target_encoder_ : TokenEncoder
        The fitted encoders. ``source_encoder_`` is None if X is not text.
    tokens_ : ndarray of str, shape (n_tokens,)
        The tokens of the outputs, in the order of their ids.
    n_tokens_ : int
        The number of these tokens.
    n_features_in_ : int
        Number of features of a step of X; 1 for tokens.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if the sequences of X are data frames whose columns are strings.
    step_mean_, step_scale_ : ndarray of shape (n_features,)
        With ``standardize``, of steps that are numbers: their weighted mean and scale
        in the first fit, views into ``theta_``.
    {attributes}

    See Also
    --------
    RNNTagger : If each step has one label.
    RNNGenerator : From a vector to a sequence.

    Notes
    -----
    X holds texts (strings, or lists of tokens), or sequences of numbers, sparse steps
    or token ids in any form that :class:`RNNClassifier` takes; ids need
    ``source_embedding_dim``.

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

    source_encoder_: TokenEncoder | None

    _parameters = {
        **RECURRENT,
        "bidirectional": Parameter(
            True,
            [p.BOOLEAN],
            "Whether the encoder reads in both directions, with this number of units "
            "in each.",
        ),
        "attention": Parameter(
            "general",
            [p.NONE, p.one_of(*SCORES)],
            "The scores by which the decoder attends to the steps of the input: "
            'those of [1]_ ("dot", "general") or [2]_ ("additive"). None: no '
            'attention. "dot" needs an encoder as wide as the decoder, which '
            "requires ``bidirectional=False``.",
        ),
        "source_encoder": ENCODER.but(
            text="Encoder from texts to tokens, for X, which is cloned and fitted. "
            "None: an encoder with the parameters that follow. An encoder with "
            "``add_eos`` also takes texts without a token."
        ),
        "target_encoder": ENCODER.but(text="The same for y, always with ``add_eos``."),
        "source_analyzer": ANALYZER,
        "target_analyzer": ANALYZER,
        **VOCABULARY,
        "share_vocabulary": Parameter(
            False,
            [p.BOOLEAN],
            "Whether X and y have one vocabulary: that of the target's encoder, "
            "fitted on both.",
        ),
        "source_embedding_dim": Parameter(
            None,
            [p.NONE, p.integer(1)],
            "Length of the vector for each step of X, if steps are token ids. None: "
            "for text ``embedding_dim``; other steps are numbers.",
        ),
        **TOKEN_EMBEDDING,
        "standardize": STANDARDIZE["standardize"].but(
            text=STANDARDIZE["standardize"].text.removesuffix(
                " Static numbers are standardized, too."
            )
        ),
        **GENERATION,
        "max_length": GENERATION["max_length"].but(
            expected=[p.one_of("auto"), p.integer(0), p.real(0, low_open=True)],
            text=f"{GENERATION['max_length'].text} A float: this multiple of the "
            f"length of the input, plus {BEYOND_FACTOR}.",
        ),
        "replace_unk": Parameter(
            False,
            [p.BOOLEAN],
            "Whether outputs may contain ``unk_token``, which is then replaced by "
            "the token of the input with the highest attention weight. For texts.",
        ),
        **DROPOUT,
        **LABEL_SMOOTHING,
        **SHARED_BATCHES,
    }
    _attributes = FITTED
    _embedding_of_ids = "source_embedding_dim"
    _kept = (*OutputSequences._kept, "source_embedding_dim", "share_vocabulary")

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        cell: CellName | Cell = "gru",
        *,
        bidirectional: bool = True,
        attention: AttentionName | None = "general",
        source_encoder: TokenEncoder | None = None,
        target_encoder: TokenEncoder | None = None,
        source_analyzer: Analyzer = "word",
        target_analyzer: Analyzer = "word",
        lowercase: bool = False,
        min_count: int = 1,
        max_tokens: int | None = None,
        share_vocabulary: bool = False,
        source_embedding_dim: int | None = None,
        embedding_dim: int = 64,
        standardize: bool = True,
        beam_size: int = 1,
        length_penalty: LengthPenalty | None = None,
        min_length: int = 0,
        max_length: float | Literal["auto"] = "auto",
        no_repeat_ngram: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool = False,
        replace_unk: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        label_smoothing: float = 0.0,
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
        self.standardize = standardize
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

    # -- input -------------------------------------------------------------------------

    def _read(self, X, y, sample_weight, *, reset, **options):
        data = super()._read(X, y, sample_weight, reset=reset, **options)
        if reset and self.replace_unk and self.source_encoder_ is None:
            p.warn_user(
                "replace_unk=True is not used: X is no text, of which an unknown token "
                "could be copied."
            )
        return data

    def _prepare(self, X, y, *, reset, name="X"):
        of_texts = not reset and self.source_encoder_ is not None
        texts = renamed(partial(_texts, of_texts=of_texts), X, name)
        if reset:
            check_long_frame(X, y)
            self._start_encoders(texts, y)
        if texts is not None and self.source_encoder_ is None:
            raise TypeError(
                f"{name} is text, but X was not text in fit. Pass sequences of numbers "
                "or of ids, as there."
            )
        if texts is not None:
            X = renamed(self.source_encoder_.transform, texts, name)
            owner = type(self).__name__
            check_not_empty(X, name=name, owner=owner, way=self._way_of_empty_texts)
            if self.share_vocabulary and (X.values == self._eos).any():
                i, t = place_of(X.offsets, int((X.values == self._eos).argmax()))
                raise ValueError(
                    f"{name}[{i}] holds the token {brief(self.tokens_[self._eos])} at "
                    f"step {t}, which is the end of outputs: the vocabulary is shared."
                )
        elif self.source_encoder_ is not None:
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
                raise ValueError(
                    "share_vocabulary=True needs X to be text. Pass texts or lists of "
                    "tokens, or set share_vocabulary=False."
                )
            self._fit_target_encoder("target_encoder", y, more=texts)
            shared = self.target_encoder_.analyzer
            unused = {}
            if self.source_analyzer not in ("word", shared):
                unused["source_analyzer"] = self.source_analyzer
            if self.source_encoder not in (None, self.target_encoder):
                unused["source_encoder"] = self.source_encoder
            for name, value in unused.items():
                p.warn_user(
                    f"{name}={brief(value)} is not used: with share_vocabulary=True "
                    f"the encoder of y, of analyzer={brief(shared)}, also reads X."
                )
            self.source_encoder_ = clone(self.target_encoder_).set_params(
                add_eos=False, vocabulary=self.target_encoder_.vocabulary_
            )
            self.source_encoder_.fit(texts)
            return
        if texts is not None:
            given = self.source_encoder
            add_eos = given is not None and given.add_eos
            self.source_encoder_ = self._new_encoder("source_encoder", add_eos=add_eos)
            self.source_encoder_._fit(
                texts, analyzer=self._analyzer_name("source_encoder")
            )
        self._fit_target_encoder("target_encoder", y)

    def _check_resuming(self):
        shared = self._as_fitted["share_vocabulary"], self.share_vocabulary
        check_same_settings([("share_vocabulary", *shared)], "vocabulary")
        super()._check_resuming()

    def _fitted_encoders(self):
        encoders = {"target_encoder": self.target_encoder_}
        if self.source_encoder_ is not None and not self.share_vocabulary:
            encoders["source_encoder"] = self.source_encoder_
        return encoders

    def _way_of_empty_texts(self):
        """What to do about a text without a token."""
        way = "pass source_encoder=TokenEncoder(add_eos=True)"
        if self.share_vocabulary:
            way += " and share_vocabulary=False"
        elif self.source_encoder is not None:
            way = "set source_encoder__add_eos=True"
        return (
            f"analyzer={brief(self.source_encoder_.analyzer)} finds no token in this "
            f"text: leave it out, or to take such texts {way}."
        )

    def _takes_tokens(self):
        return self.source_encoder_ is not None or self.source_embedding_dim is not None

    def _choose_dtype(self, X):
        if self._takes_tokens() and self.dtype == "auto":
            return np.dtype(np.float32)
        return super()._choose_dtype(X)

    def _make_architecture(self, X):
        width = None
        n_features = X.values.shape[1] if X.values.ndim == 2 else 1
        if self._takes_tokens():
            width = self.source_embedding_dim or self.embedding_dim
            if self.source_encoder_ is not None:
                n_features = self.source_encoder_.n_tokens_
            elif not X.is_sparse:
                remedy = ", as this RNNTranslator does if X is lists of strings"
                n_features = count_tokens(X, width, remedy)
        encoder = {"bidirectional": bool(self.bidirectional), "embedding_dim": width}
        return {
            **self._decoder_architecture(),
            "n_features": n_features,
            "sparse_input": X.is_sparse,
            "standardize": bool(self.standardize) and not self._takes_tokens(),
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
        longest = np.ceil(float(options.max_length) * X.lengths[batch].astype(float))
        longest = np.minimum(longest, LONGEST_OUTPUT).astype(np.intp)
        return np.maximum(longest + BEYOND_FACTOR, options.min_length)

    def _options(self, method, **given):
        options = super()._options(method, **given)
        expected = self._parameters["replace_unk"].expected
        p.check_value(self.replace_unk, "replace_unk", type(self).__name__, expected)
        self._check_attention(self.architecture_["attention"])
        of_texts = self.source_encoder_ is not None  # else nothing replaces them
        options.allow_unk = options.allow_unk or (self.replace_unk and of_texts)
        return options

    def _check_limits(self):
        super()._check_limits()
        self._check_attention(self.attention)

    def _check_attention(self, attention):
        if self.replace_unk and attention is None:
            raise ValueError("replace_unk=True needs attention. Got attention=None.")

    def _write(self, X, ids, which, prefix):
        begun_ids, begun = prefix
        tokens = self._tokens_of(ids)
        unknown = None if self._unknown is None else self.tokens_[self._unknown]
        if self.replace_unk and self.source_encoder_ is not None:
            rows = [k for k, row in enumerate(tokens) if unknown in row]
            texts = _texts(X, of_texts=True)
            if rows and texts is not None:
                texts = [texts[which[k]] for k in rows]
                weights = self._weights(texts, [[*begun_ids, *ids[k]] for k in rows])
                words = list(self.source_encoder_._token_lists(texts))
                for k, a, source in zip(rows, weights, words):
                    if not source:
                        continue
                    a = a[len(begun_ids) :, : len(source)]  # not at an end
                    best = a.argmax(axis=1)
                    tokens[k] = [
                        source[j] if token == unknown else token
                        for token, j in zip(tokens[k], best)
                    ]
        return self._join(tokens, begun)

    # -- public ------------------------------------------------------------------------

    @predicts
    def attention_weights(
        self, X: Inputs, y: Outputs | None = None
    ) -> list[FloatArray]:
        """Attention weight of each step of the input, for each token of the output.

        Parameters
        ----------
        X : as in ``fit``
        y : as in ``fit``, default=None
            The outputs. None: those of ``predict``.

        Returns
        -------
        weights : list of ndarray of shape (n_tokens_i + 1, n_steps_i)
            Rows sum to one; the last row belongs to the end.

        Raises
        ------
        ValueError
            If the model has no attention.
        """
        check_fitted(self)
        if self.architecture_["attention"] is None:
            raise ValueError(
                "attention_weights needs a model with attention. This one was fitted "
                "with attention=None."
            )
        X = listed(X)
        if y is None:
            options = self._options("attention_weights")
            ids = [best[0][0] for best in self._search(X, 1, options)]
        else:
            eos = self._eos
            ids = [[i for i in row.tolist() if i != eos] for row in self._encode_y(y)]
        return self._weights(X, ids)

    @one_blas_thread
    def _weights(self, X, ids):
        """Weights of attention for outputs that are ids without an end."""
        X = self._read_X(X)
        y = RaggedArray.from_sequences(
            [np.array([*row, self._eos], dtype=np.intp) for row in ids]
        )
        check_lengths_agree(y, X)
        network, found = self._network, [None] * len(X)
        for batch in similar_lengths(X.lengths, PREDICT_BATCH_SIZE):
            after, steps, order = pack(y, batch)
            source = self._source(X, order, self.theta_.dtype)
            given = self.theta_, source, before_of(after, steps, self._eos), steps
            with quietly():
                _, tape = self._in_turn(len(batch), network.forward_pass, *given)
            for i, a in zip(order.tolist(), tape.attention.a):
                found[i] = a[: y.lengths[i], : X.lengths[i]].copy()
        check_scores(np.array([[a.sum()] for a in found]), X, self)
        return found

    @predicts
    @one_blas_thread
    def transform(self, X: Inputs) -> FloatArray:
        """The last state of the encoder for each sequence.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        features : ndarray of shape (n_sequences, n_features_out)
        """
        X = self._read_X(listed(X))
        network = self._network
        found = np.empty((len(X), self._n_features_out), self.theta_.dtype)
        with quietly():
            for batch in similar_lengths(X.lengths, PREDICT_BATCH_SIZE):
                rows, steps, order = pack(X, batch)
                given = self.theta_, rows, steps
                _, found[order], _ = self._in_turn(
                    len(batch), network.read, *given, need_tape=False
                )
        check_scores(found, X, self)
        return found

    @property
    def _n_features_out(self):
        return self.params_["bridge.W"].shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _texts(X, *, of_texts):
    """X as a list, if it is texts or lists of tokens, else None.

    What holds nothing is texts if all of them are ``of_texts``.
    """
    if isinstance(X, (str, bytes)):
        return X  # the TokenEncoder says what is wrong
    if isinstance(X, RaggedArray):
        X = list(X)
    rows = _frames.plain_or_rows(X)
    if rows is not X and _kinds.is_frame(X) and rows.ndim == 2:
        return None if _values.are_numbers(rows.astype(object)) else _frames.plain(X)
    X = _frames.one_column(rows, texts=True)
    if isinstance(X, np.ndarray):
        X = list(X) if X.ndim in (1, 2) else None
    if not _kinds.is_list(X):
        return None
    for item in X:
        if _kinds.is_frame(item):
            return None
        item = _frames.plain(item)
        if _values.is_missing_value(item):
            continue
        if isinstance(item, (str, bytes)):
            return list(X)
        if not _kinds.is_list(item) or getattr(item, "ndim", 1) != 1:
            return None
        for token in item:
            if not _values.is_missing_value(token):
                return list(X) if isinstance(token, (str, bytes)) else None
    return list(X) if of_texts or not len(X) else None
