"""RNNLanguageModel: how likely is a sentence, and what comes next?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import (
    DensityMixin,
)

from .. import _parameters as p
from .._parameters import Parameter, documented
from .._state import kept_if_failed
from .._text import listed
from .._typing import (
    Corpus,
    FilePath,
    FloatArray,
    RandomState,
    Split,
    with_callbacks,
)
from ..cells import Cell, EngineName
from ..objectives import RunningText
from ..preprocessing import TokenEncoder
from ..sequences import RaggedArray
from ._base import SAMPLE_SIZE, predicts
from ._batches import PREDICT_MAX_ROWS, quietly
from ._checkpoint import Checkpoint
from ._embedding import fill_embedding
from ._parameter_table import (
    ANALYZER,
    AUTO_BATCH_SIZE,
    DROPOUT,
    EMBEDDING,
    ENCODER,
    FITTED,
    GENERATION,
    LEAST_MAX_LENGTH,
    MANY_SEQUENCES,
    RECURRENT,
    SMALL_BATCH_SIZE,
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
from ._sampling import SamplingModel
from ._stack import recurrent_architecture
from ._text_input import TextInput
from ._text_likelihood import TextLikelihood
from ._transforming import Transforming

EMBEDDING_SCALE = 0.3  # of start values, where the table is no output's too; by trial


@documented
class RNNLanguageModel(
    TextInput,
    TextLikelihood,
    Transforming,
    DensityMixin,
    SamplingModel,
):
    """Recurrent network that gives texts probabilities, and generates new texts.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    encoder_ : TokenEncoder
        The fitted encoder; ``encoder_.vocabulary_`` has the ids of the tokens. For
        sequences of integers, its tokens are ints.
    n_tokens_ : int
        Size of the vocabulary.
    tokens_ : ndarray of str (or int), shape (n_tokens,)
        The tokens, in the order of the columns of ``predict_proba``.
    {attributes}

    See Also
    --------
    sksequence.preprocessing.TokenEncoder : From text to tokens.

    Notes
    -----
    The model is P(text) = product of P(token | tokens before it) [1]_. The end of a
    sentence is a token, which the network also reads before the first token. A token
    that is not in the vocabulary has the probability of ``unk_token`` times that of its
    letters.

    References
    ----------
    .. [1] Mikolov et al., "Recurrent neural network based language model", Interspeech
       2010.
    .. [2] Press & Wolf, "Using the output embedding to improve language models", EACL
       2017.
    .. [3] Jean et al., "On using very large target vocabulary for neural machine
       translation", ACL 2015.
    .. [4] Wu et al., "Google's neural machine translation system", 2016.

    Examples
    --------
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.datasets import load_first_names
    >>> names, _ = load_first_names(return_X_y=True)
    >>> model = RNNLanguageModel(32, analyzer="char", max_iter=2, random_state=0)
    >>> model = model.fit(names[::4])
    >>> likely, unlikely = model.score_samples(["Marina", "Xqzrtk"])
    >>> bool(likely > unlikely + 5)
    True
    >>> len(model.sample(3, random_state=0))
    3
    """

    _parameters = {
        **RECURRENT,
        "encoder": ENCODER.but(text=f"{ENCODER.text} Sequences of integers need none."),
        "analyzer": ANALYZER,
        **VOCABULARY,
        "contiguous": Parameter(
            False,
            [p.BOOLEAN],
            "Whether X is running text, in which the state at the end of a window is "
            "the start of the next window, and not independent sentences.",
        ),
        "bptt_length": Parameter(
            35,
            [p.integer(1)],
            "With ``contiguous``, the number of steps of a window, through which "
            "gradients go back (truncated backpropagation through time).",
        ),
        "tie_weights": Parameter(
            False,
            [p.BOOLEAN],
            "Whether the output's weights are the transposed embedding [2]_. The "
            "last hidden layer must be as wide as the embedding.",
        ),
        "output": Parameter(
            "softmax",
            [p.one_of("softmax", "sampled")],
            'How the network is trained. "softmax": with the probabilities of all '
            'tokens, computed in chunks. "sampled": with those of the right token '
            "and of a few tokens that are drawn for each batch [3]_; the cost does "
            "not grow with the vocabulary. Predicted probabilities are exact and of "
            "all tokens in both cases.",
        ),
        "n_sampled": Parameter(
            1000,
            [p.integer(1)],
            'Number of tokens drawn for each batch, with ``output="sampled"``.',
        ),
        **TOKEN_EMBEDDING,
        "embedding_init": EMBEDDING["embedding_init"],
        "embedding_trainable": EMBEDDING["embedding_trainable"],
        "init_range": Parameter(
            None,
            [p.NONE, p.real(0, low_open=True)],
            "Start values of all parameters are uniform between minus this value and "
            "this value. None: Glorot uniform, recurrent weights orthogonal, biases "
            "0 (forget gates 1), the embedding normal with a standard deviation of "
            "0.3 (with ``tie_weights``, 1 / sqrt(embedding_dim)).",
        ),
        **GENERATION,
        "max_length": GENERATION["max_length"].but(
            text=f'{GENERATION["max_length"].text} With ``contiguous``, "auto" is '
            f"{LEAST_MAX_LENGTH}."
        ),
        "dropout": DROPOUT["dropout"].but(default=0.2),
        "input_dropout": Parameter(
            None, [p.NONE, p.real(0, 1)], "Dropout on the embedding. None: ``dropout``."
        ),
        "output_dropout": Parameter(
            None,
            [p.NONE, p.real(0, 1)],
            "Dropout before the output layer. None: ``dropout``.",
        ),
        "recurrent_dropout": DROPOUT["recurrent_dropout"],
        **TRAINING,
        "shuffle": TRAINING["shuffle"].but(
            text=f"{TRAINING['shuffle'].text} No effect with ``contiguous``."
        ),
        "batch_size": TRAINING["batch_size"].but(
            text="Number of sentences in a batch, or with ``contiguous`` the number "
            'of parts of the text that are read in parallel; "auto" is '
            f"{AUTO_BATCH_SIZE}, or {SMALL_BATCH_SIZE} for fewer than "
            f"{MANY_SEQUENCES:,} sentences, or tokens of running text."
        ),
        "early_stopping": TRAINING["early_stopping"].but(
            text="Whether to watch the score on a held-out part of the sentences (or "
            "the end of running text), and keep the weights of the best epoch."
        ),
        "dtype": TRAINING["dtype"].but(text='Precision. "auto": float32.'),
        "n_jobs": TRAINING["n_jobs"].but(
            text="Number of threads in ``predict`` (at most two in ``fit``), if "
            "there is enough work; None means 1, -1 all cores. Results may depend on "
            "it in the last bits."
        ),
    }
    _attributes = FITTED
    _kept = (*SamplingModel._kept, "contiguous")

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        cell: CellName | Cell = "gru",
        *,
        encoder: TokenEncoder | None = None,
        analyzer: Analyzer = "word",
        lowercase: bool = False,
        min_count: int = 1,
        max_tokens: int | None = None,
        contiguous: bool = False,
        bptt_length: int = 35,
        tie_weights: bool = False,
        output: Literal["softmax", "sampled"] = "softmax",
        n_sampled: int = 1000,
        embedding_dim: int = 64,
        embedding_init: npt.ArrayLike | Mapping[int, npt.ArrayLike] | None = None,
        embedding_trainable: bool = True,
        init_range: float | None = None,
        beam_size: int = 1,
        length_penalty: LengthPenalty | None = None,
        min_length: int = 0,
        max_length: int | Literal["auto"] = "auto",
        no_repeat_ngram: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool = False,
        dropout: float = 0.2,
        input_dropout: float | None = None,
        output_dropout: float | None = None,
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
        self.encoder = encoder
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.contiguous = contiguous
        self.bptt_length = bptt_length
        self.tie_weights = tie_weights
        self.output = output
        self.n_sampled = n_sampled
        self.embedding_dim = embedding_dim
        self.embedding_init = embedding_init
        self.embedding_trainable = embedding_trainable
        self.init_range = init_range
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
        self.input_dropout = input_dropout
        self.output_dropout = output_dropout
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

    # -- the network -------------------------------------------------------------------

    def _make_architecture(self, X):
        n_sampled = int(self.n_sampled) if self.output == "sampled" else None
        architecture = {
            **recurrent_architecture(self),
            "n_features": self.n_tokens_,
            "n_outputs": self.n_tokens_,
            "embedding_dim": int(self.embedding_dim),
            "embedding_trainable": bool(self.embedding_trainable),
            "embedding_scale": None if self.tie_weights else EMBEDDING_SCALE,
            "input_dropout": self.input_dropout,
            "output_dropout": self.output_dropout,
            "head": (
                "vocabulary",
                {"tied": bool(self.tie_weights), "n_sampled": n_sampled},
            ),
        }
        sizes = architecture["hidden_layer_sizes"]
        if self.tie_weights and sizes[-1] != self.embedding_dim:
            raise ValueError(
                f"tie_weights=True needs embedding_dim={self.embedding_dim} to be the "
                f"width of the last hidden layer. Got hidden_layer_sizes={sizes}."
            )
        return architecture

    def _start_values(self, network, rng, dtype, data):
        theta = super()._start_values(network, rng, dtype, data)
        if self.init_range is not None:
            with quietly():
                size = float(self.init_range)
                theta[:] = rng.uniform(-size, size, len(theta))
        if self.embedding_init is not None:
            table = network.layout.view(theta, "embedding.E")
            fill_embedding(table, self.embedding_init, type(self).__name__)
        return theta

    # -- training ----------------------------------------------------------------------

    def _sample_of(self, X):
        """A little of the beginning of some texts."""
        few = X[:SAMPLE_SIZE]
        return _beginnings(few, self.bptt_length) if self.contiguous else few

    def _shortened(self, X):
        if not self.contiguous:
            return X
        return _beginnings(X, max(self.bptt_length, PREDICT_MAX_ROWS // len(X)))

    def _objective(self, network, data, dtype, **options):
        if not self.contiguous:
            return super()._objective(network, data, dtype, **options)
        return RunningText(
            network, data.X, data.y, dtype, bptt_length=self.bptt_length, **options
        )

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    @with_callbacks
    def fit(
        self,
        X: Corpus,
        y: None = None,
        sample_weight: npt.ArrayLike | None = None,
        *,
        X_val: Corpus | None = None,
        checkpoint: FilePath | Checkpoint | None = None,
    ) -> Self:
        """Learn the vocabulary, and train a network to predict each token.

        Parameters
        ----------
        X : list of str, or list of lists of str, or sequences of int
            Sentences, or sequences of integers in any form, such as token ids from a
            TokenEncoder, or musical notes. With ``contiguous``, running text: one str
            (or one sequence), a list of documents, or an iterator over lines, such as
            an open file. When lines are read one by one, only the token ids stay in
            memory, with one to four bytes each; for even larger texts use
            ``partial_fit``. The lines of an iterator are sentences, without their line
            ends; with ``contiguous`` they are parts of one text, with their line ends.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_sentences,), default=None
            Weights of the sentences in the loss.
        X_val : as X, default=None
            Validation set: the weights of the epoch with the best score on it are kept.
        checkpoint : str, PathLike or Checkpoint, default=None
            A file for the state of training, written after each epoch. If the file
            exists, training continues from it, with exactly the same result as without
            an interruption.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If an argument or a parameter is not as described, or if the checkpoint
            belongs to another fit or is damaged.
        KeyboardInterrupt
            After Ctrl-C. The weights of the last complete epoch are kept; with
            ``contiguous``, those after the last update.
        """
        p.check_parameters(self, self._parameters)
        if not self.contiguous:
            X, X_val = listed(X), listed(X_val)
        validation = None if X_val is None else (X_val, None)
        return self._fit(X, None, sample_weight, validation, checkpoint=checkpoint)

    @kept_if_failed
    def partial_fit(
        self, X: Corpus, y: None = None, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Train one epoch on more text, continuing from the current weights.

        The vocabulary is that of the first call; other tokens are unknown. Each call is
        a training set of its own: sample weights are relative within it.

        Parameters
        ----------
        X : as in ``fit``
        y : None
            Ignored.
        sample_weight : array-like of shape (n_sentences,), default=None

        Returns
        -------
        self
        """
        return self._fit(X, None, sample_weight, partial=True)

    @predicts
    def transform(self, X: Corpus) -> FloatArray:
        """The state after the last token of each text: features of the text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        features : ndarray of shape (n_texts, n_units)
        """
        return self._last_states(X)

    @property
    def _n_features_out(self):
        return self.architecture_["hidden_layer_sizes"][-1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags


def _beginnings(X, n_steps):
    """The first steps of each sequence."""
    lengths = np.minimum(X.lengths, n_steps)
    return RaggedArray.from_sequences([x[:n] for x, n in zip(X, lengths)])
