"""RNNGenerator: one vector in, a sequence of tokens out (one-to-many)."""

from collections.abc import Callable, Sequence
from numbers import Integral
from types import SimpleNamespace
from typing import Literal

import numpy as np
from scipy import sparse
from sklearn.utils.validation import validate_data

from .. import _parameters as p
from .._messages import brief, naming
from .._parameters import Parameter, documented
from .._state import check_fitted
from .._typing import RandomState, Split
from ..cells import Cell, EngineName
from ..preprocessing import TokenEncoder
from ..sequences import RaggedArray, as_vectors, flat
from ._output_sequences import OutputSequences
from ._parameter_table import (
    ANALYZER,
    DROPOUT,
    ENCODER,
    FITTED,
    GENERATION,
    RECURRENT,
    SHARED_BATCHES,
    STANDARDIZE,
    TOKEN_EMBEDDING,
    TRAINING,
    VOCABULARY,
    Analyzer,
    CellName,
    LengthPenalty,
    Precision,
    Schedule,
    Solver,
)
from ._standardize import StandardizeMixin
from ._validation import validation_pair


class NoVectors(np.ndarray):
    """What stands for X=None: an array of no columns."""


def _no_vectors(n):
    return np.empty((n, 0)).view(NoVectors)


@documented
class RNNGenerator(StandardizeMixin, OutputSequences):
    """Recurrent network that makes a sequence of tokens from a vector.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    target_encoder_ : TokenEncoder
        The fitted encoder of the outputs.
    tokens_ : ndarray of str, shape (n_tokens,)
        The tokens, in the order of their ids.
    n_tokens_ : int
        The number of tokens.
    n_features_in_ : int
        Length of the vectors; 0 without vectors.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if X is a data frame whose columns are strings.
    step_mean_, step_scale_ : ndarray of shape (n_features,)
        With ``standardize``: weighted mean and scale of the vectors of the first fit,
        views into ``theta_``.
    {attributes}

    See Also
    --------
    RNNTranslator : From sequences to sequences.
    RNNLanguageModel : Sequences without input, and running text.

    Notes
    -----
    X holds one vector for each output, or is None. Sparse vectors, as
    ``DictVectorizer`` and ``TfidfVectorizer`` return them, stay sparse, and are scaled
    but not centered; with ``condition="every_step"`` those of a batch are made dense.

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

    _parameters = {
        **RECURRENT,
        "condition": Parameter(
            "initial",
            [p.one_of("initial", "every_step")],
            "How the network uses the vector: only to compute the first states, or "
            "also as input at every step.",
        ),
        "encoder": ENCODER,
        "analyzer": ANALYZER.but(default="char"),
        **VOCABULARY,
        "embedding_dim": TOKEN_EMBEDDING["embedding_dim"].but(default=32),
        "standardize": STANDARDIZE["standardize"].but(
            text="Whether the network centers and scales each feature of the vectors "
            "by its mean and standard deviation in the first fit, so that units and "
            "offsets do not matter. Sparse vectors are only scaled, by the largest "
            "absolute value."
        ),
        **GENERATION,
        **DROPOUT,
        **SHARED_BATCHES,
        "dtype": TRAINING["dtype"].but(
            text='Precision. "auto": that of the vectors (float64 unless they are '
            "float32); float32 without vectors."
        ),
    }
    _attributes = FITTED

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        cell: CellName | Cell = "gru",
        *,
        condition: Literal["initial", "every_step"] = "initial",
        encoder: TokenEncoder | None = None,
        analyzer: Analyzer = "char",
        lowercase: bool = False,
        min_count: int = 1,
        max_tokens: int | None = None,
        embedding_dim: int = 32,
        standardize: bool = True,
        beam_size: int = 1,
        length_penalty: LengthPenalty | None = None,
        min_length: int = 0,
        max_length: int | Literal["auto"] = "auto",
        no_repeat_ngram: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
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
        self.condition = condition
        self.encoder = encoder
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_tokens = max_tokens
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

    # -- vectors -----------------------------------------------------------------------

    def _validation_pair(self, X, X_val, y_val):
        if X is None and X_val is None and y_val is not None:
            return None, y_val
        return validation_pair(X_val, y_val)

    def _prepare(self, X, y, *, reset, name="X"):
        suffix = name.removeprefix("X")
        if y is not None:
            if reset:
                self._fit_target_encoder("encoder", y)
            y = self._encode_y(y, "y" + suffix)
        if X is None:
            X = _no_vectors(1 if y is None else len(y))
        return X, y

    def _check_X(self, X, *, reset, name="X", n_features=None, dtype=None):
        if isinstance(X, NoVectors):
            if reset:
                self.n_features_in_, self._sparse_vectors = 0, False
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
        with naming(name), np.errstate(over="ignore"):  # infinity is an error
            X = validate_data(
                self,
                as_vectors(X, name),
                reset=reset,
                accept_sparse="csr",
                dtype=[np.float64, np.float32],
            )
        if reset:
            self._sparse_vectors = sparse.issparse(X)
        if not self._sparse_vectors:  # a network of dense ones subtracts their mean
            return X.toarray() if sparse.issparse(X) else X
        # As sequences of one step: of a sparse matrix there is no length.
        return RaggedArray(sparse.csr_matrix(X), np.arange(X.shape[0] + 1))

    def _sampled_from(self, X):
        if not isinstance(X, Integral) or isinstance(X, bool):
            return X
        check_fitted(self)
        if self.n_features_in_:
            raise ValueError(
                f"X must be vectors of {self.n_features_in_} features, on which this "
                f"{type(self).__name__} was fitted. Got {brief(X)}: for as many "
                f"outputs of each vector, pass n_samples={brief(X)}."
            )
        p.check_value(X, "X", "sample", [p.NONE, p.integer(1)])
        return _no_vectors(X)

    def _choose_dtype(self, X):
        if self.dtype != "auto":
            return np.dtype(self.dtype)
        return X.dtype if flat(X).shape[1] else np.dtype(np.float32)

    def _make_architecture(self, X):
        n_features = flat(X).shape[1]
        return {
            **self._decoder_architecture(),
            "n_features": n_features,
            "sparse_input": self._sparse_vectors,
            "standardize": bool(self.standardize) and n_features > 0,
            "every_step": self.condition == "every_step" and n_features > 0,
        }

    def _source(self, X, which, dtype):
        with np.errstate(over="ignore"):  # the scores will tell
            X = flat(X)  # of sparse vectors
            rows = X[which].astype(dtype) if X.shape[1] else None
        return SimpleNamespace(rows=rows)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
