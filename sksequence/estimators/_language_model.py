"""RNNLanguageModel: how likely is a sentence, and what comes next?"""

from collections.abc import Iterator
from itertools import chain, islice

import numpy as np
from sklearn.base import DensityMixin, TransformerMixin, clone
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from .. import _parameters as p
from .._threads import one_blas_thread
from ..network import build_network
from ..objectives import RunningText
from ..preprocessing import TokenEncoder
from ..sequences import RaggedArray, Steps, check_step_weight
from ._base import PREDICT_MAX_ROWS, SAMPLE_SIZE, BaseRNN, kept_if_failed
from ._generation import GENERATION, check_limits
from ._ids import IdEncoder, number_depth
from ._sampling import SamplingMixin
from ._spelling import (
    count_characters,
    ids_of,
    learn_letters,
    spelled,
    spelling_of,
    tokens_of,
)

READ_STEPS = 500  # steps of running text that are scored at once


class RNNLanguageModel(SamplingMixin, TransformerMixin, DensityMixin, BaseRNN):
    """Recurrent network that tells how likely a text is, and draws new ones.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each stacked recurrent layer; (200, 200) is a deep RNN of two.
    cell : str or Cell, default="lstm"
        "rnn", "rnn_relu", "gru", "gru_simple", "lstm", "lstm_peephole", or an instance
        of a class derived from :class:`sksequence.cells.Cell`.
    encoder : TokenEncoder, default=None
        From text to tokens; it is cloned, and fitted on X. None: one with the four
        parameters that follow. Sequences of integers need none.
    analyzer : {"word", "char"} or callable, default="word"
    lowercase : bool, default=False
    min_count : int, default=1
    max_tokens : int, default=None
        As in :class:`~sksequence.preprocessing.TokenEncoder`.
    contiguous : bool, default=False
        Whether X is running text, whose state is carried on from one window to the
        next, and not sentences that have nothing to do with each other.
    bptt_length : int, default=35
        With ``contiguous``, the steps of a window, through which gradients go back
        (truncated backpropagation through time).
    tie_weights : bool, default=False
        Whether the output's weights are the embedding turned round [2]_. The last
        hidden layer must be as wide as the embedding.
    output : {"softmax", "sampled"}, default="softmax"
        What it is trained with. "softmax": the probabilities of all tokens, chunk by
        chunk. "sampled": of the right one and a few that are drawn for each batch
        [3]_, whose cost does not grow with the vocabulary. Probabilities are those of
        all tokens, and exact, in either case.
    n_sampled : int, default=1000
        Draws for each batch, with ``output="sampled"``.
    embedding_dim : int, default=64
        Length of the vector that stands for a token.
    embedding_init : array of shape (n_tokens, embedding_dim) or dict, default=None
        Vectors learnt elsewhere, for all tokens or by token id.
    embedding_trainable : bool, default=True
        Whether training changes the embedding.
    init_range : float, default=None
        Start values of all parameters are uniform between minus this and this. None:
        Glorot uniform, recurrent weights orthogonal, biases 0 (forget gates 1).
    beam_size : int, default=1
        Beginnings that ``beam_search`` keeps at each length. 1 is greedy search.
    length_penalty : {None, "wu", "avg"}, default=None
        How texts of unlike length are ranked in a search: by log probability, by that
        over ((5 + length) / 6)^0.6 [4]_, or by that over the length, the end included.
    min_length, max_length : int, default=0, 100
        Tokens that ``sample`` and ``beam_search`` write at least, and at most. Where
        ``no_repeat_ngram`` leaves nothing to go on with, they are fewer.
    no_repeat_ngram : int, default=None
        No such number of tokens occurs twice in a text that is written.
    temperature : float, default=1.0
        Below 1, ``sample`` draws likely tokens more often than their probability says;
        0 always takes the most likely one.
    top_k : int, default=None
        ``sample`` draws from the k most likely tokens only.
    top_p : float in (0, 1], default=None
        ``sample`` draws from the fewest tokens that together have this probability.
    allow_unk : bool, default=False
        Whether they may write ``unk_token``.
    dropout : float in [0, 1), default=0.0
        Between layers, one mask a sentence (or a window), kept over its steps
        (variational).
    input_dropout, output_dropout : float in [0, 1), default=None
        On the embedding, and on what goes into the output. None: as ``dropout``.
    recurrent_dropout : float in [0, 1), default=0.0
        On the state where it enters the gates, one mask a sentence (or a window).
    solver : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
    alpha : float, default=0.0
        L2 penalty: alpha / 2 times the sum of squared weights (biases excepted) stands
        beside the sum of the losses of all tokens, as in Ridge, whatever the batches.
        With "adamw" it is the decoupled weight decay: an update takes
        ``learning_rate * alpha`` of each weight. Both reach all rows of an embedding.
    batch_size : int or "auto", default="auto"
        Sentences a batch, or with ``contiguous`` the parts of the text that are read
        side by side; "auto" is 32.
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
        Whether to watch the score on a part of the sentences that is left out (of
        running text: its end), and keep the weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        That part.
    scoring : str, callable or None, default=None
        The score that early stopping watches, as in scikit-learn's ``scoring``; None is
        the mean log likelihood a token.
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
        Precision. "auto": float32.
    n_jobs : int, default=None
        Threads that may work in ``predict`` (and two in ``fit``) where there is enough
        to do; None means 1, -1 all cores. Results may depend on it in the last bits.
    random_state : int, RandomState instance or None, default=None
        Start values, shuffling, dropout and the split of early stopping.
    verbose : bool or int, default=0
        Whether to print a line an epoch.

    Attributes
    ----------
    encoder_ : TokenEncoder
        The fitted encoder; ``encoder_.vocabulary_`` has the ids of the tokens. Of
        sequences of integers, one whose tokens are ints.
    n_tokens_ : int
        Size of the vocabulary.
    tokens_ : ndarray of str (or int), shape (n_tokens,)
        The tokens, in the order of the columns of ``predict_proba``.
    theta_ : ndarray of shape (n_parameters,)
        All parameters in one vector; ``params_`` gives views by name.
    architecture_ : dict
        Settings of the network.
    n_iter_ : int
        Epochs trained.
    loss_, best_loss_ : float
        The loss in the last epoch, and the lowest one: the weighted mean of minus the
        log likelihoods of all tokens, in nats (with ``output="sampled"`` among the
        tokens that were drawn), plus the penalty. Each batch's part is that of the
        weights before its update.
    loss_curve_ : list of float
        The loss in each epoch.
    validation_scores_ : list of float, or None
        The score on what early stopping watches, by epoch.
    best_validation_score_ : float, or None
    history_ : list of dict
        One an epoch, as in :class:`~sksequence.RNNClassifier`.

    See Also
    --------
    sksequence.preprocessing.TokenEncoder : From text to tokens.

    Notes
    -----
    The model is P(text) = product of P(token | tokens before it) [1]_. The end of a
    sentence is a token, which also stands before the first one. Tokens that are not in
    the vocabulary have the probability of ``unk_token`` times that of their letters.

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

    _expected = {
        **{
            name: kinds
            for name, kinds in BaseRNN._expected.items()
            if name
            not in (
                "bidirectional",
                "dense_layer_sizes",
                "dense_activation",
                "n_tokens",
                "embedding_dim",
            )
        },
        "embedding_dim": [p.integer(1)],
        "encoder": [p.NONE, p.instance(TokenEncoder)],
        "analyzer": TokenEncoder._expected["analyzer"],
        "lowercase": [p.BOOLEAN],
        "min_count": [p.integer(1)],
        "max_tokens": [p.NONE, p.integer(1)],
        "contiguous": [p.BOOLEAN],
        "bptt_length": [p.integer(1)],
        "tie_weights": [p.BOOLEAN],
        "output": [p.one_of("softmax", "sampled")],
        "n_sampled": [p.integer(1)],
        "init_range": [p.NONE, p.real(0, low_open=True)],
        **GENERATION,
        "input_dropout": [p.NONE, p.real(0, 1)],
        "output_dropout": [p.NONE, p.real(0, 1)],
    }
    _has_targets = False
    bidirectional = False
    dense_layer_sizes = ()
    dense_activation = "relu"

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        cell="lstm",
        *,
        encoder=None,
        analyzer="word",
        lowercase=False,
        min_count=1,
        max_tokens=None,
        contiguous=False,
        bptt_length=35,
        tie_weights=False,
        output="softmax",
        n_sampled=1000,
        embedding_dim=64,
        embedding_init=None,
        embedding_trainable=True,
        init_range=None,
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
        input_dropout=None,
        output_dropout=None,
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

    # -- text to steps -----------------------------------------------------------------

    @property
    def n_tokens_(self):
        """Size of the fitted vocabulary."""
        return self.encoder_.n_tokens_

    @property
    def tokens_(self):
        """The tokens, in the order of their ids."""
        check_is_fitted(self)
        return self.encoder_.get_feature_names_out()

    @property
    def _has_long_epochs(self):
        return self.contiguous

    @property
    def _eos(self):
        return self.encoder_.vocabulary_[self.encoder_.eos_token]

    def _make_encoder(self, of_numbers):
        if of_numbers and self.encoder is not None:
            raise TypeError(
                "X holds numbers, and encoder is for text. Set encoder=None for "
                "sequences of integers."
            )
        if self.encoder is not None:
            return clone(self.encoder).set_params(add_eos=True)
        options = {"min_count": self.min_count, "max_tokens": self.max_tokens}
        if of_numbers:
            return IdEncoder(**options, add_eos=True)
        return TokenEncoder(
            self.analyzer, lowercase=bool(self.lowercase), **options, add_eos=True
        )

    def _encode(self, X, *, fit=False, spell=False):
        """(tokens before, tokens) of each text, the end of which is a token.

        With ``spell`` the tokens are ``spelled`` where some are unknown.
        """
        read, lines = self._read_texts(X, fit)
        tokens, places = self.encoder_._encode(read), read.ids
        if lines:  # the ends of which are no ends of texts
            held = tokens.values != self._eos
            held[-1] = True
            tokens = RaggedArray(tokens.values[held], [0, held.sum()])
            places = places[held]
        # The token before the first one of a text is the end of the text before.
        ids = np.empty(len(tokens.values) + 1, np.min_scalar_type(self.n_tokens_ - 1))
        ids[0], ids[1:] = self._eos, tokens.values
        before, after = ids[:-1], ids[1:]
        known = self.encoder_.vocabulary_
        if spell and not known.keys() >= set(read.tokens):
            after = spelled(after, read.tokens, places, known, self._letters)
        return tokens.with_values(before), tokens.with_values(after)

    def _read_texts(self, X, fit):
        """What the encoder reads of X, and whether these are lines of one text."""
        first, lines = X, isinstance(X, Iterator)
        if lines:
            first = list(islice(X, 1))
            X = chain(first, X)
        depth = number_depth(first)
        if depth == 1 and not self.contiguous:
            raise ValueError(
                "X is one sequence of numbers. Pass [X], or set contiguous=True for "
                "running text."
            )
        if depth == 1 or (self.contiguous and isinstance(X, (str, bytes))):
            X, lines = [list(X) if lines else X], False
        if fit:
            self.encoder_ = self._make_encoder(depth > 0)
            self.encoder_._check_parameters()
        read = self.encoder_._read(X)
        if fit:
            self.encoder_._learn(read)
            self._letters = learn_letters(read.tokens[1:])  # all but the end
        return read, lines and self.contiguous

    def _prepare(self, X, y, *, reset, name="X"):
        # What training reads is not spelled: that would be all of a large text.
        spell = name != "X" or self.early_stopping
        before, tokens = self._encode(X, fit=reset, spell=spell)
        if not self.contiguous:
            return before, tokens
        # Running text is one sequence: its documents one after the other.
        whole = [0, len(tokens.values)]
        return RaggedArray(before.values, whole), RaggedArray(tokens.values, whole)

    def _check_validation(self, X_val, y_val, *others):
        once = isinstance(X_val, Iterator)
        if once and not self.contiguous:
            X_val = list(X_val)
        validation = super()._check_validation(X_val, y_val, *others)
        if once and self.contiguous and self.scoring is not None:
            # Lines of a text that can be read once only, and are no texts themselves.
            validation.given = self._documents(validation.y.values), None
        return validation

    def _hold_out(self, X, y, weights, given, counted, sample_weight, rng):
        if self.contiguous:  # the end of the text, which is a text of its own
            n = len(y.values)
            n_held_out = max(1, round(n * self.validation_fraction))
            if n_held_out >= n:
                raise ValueError(
                    f"early_stopping=True holds out {n_held_out} of the {n} tokens of "
                    "X, and leaves nothing to train on. Pass more text, or X_val."
                )
            cut = [0, n - n_held_out, n]
            before = X.values.copy()  # X and y lie in one array
            before[cut[1]] = self._eos  # as before any text
            X, y = RaggedArray(before, cut), RaggedArray(y.values, cut)
            weights, counted, given = np.ones(2), np.arange(2), (None, None)
        training, validation = super()._hold_out(
            X, y, weights, given, counted, sample_weight, rng
        )
        if self.contiguous and self.scoring is not None:
            validation.given = self._documents(validation.y.values), None
        return training, validation

    def _documents(self, values):
        """Running text as the user would give it, of tokens with the ends of texts."""
        tokens = tokens_of(values, self.tokens_)
        ends = np.flatnonzero(ids_of(values) == self._eos)
        texts = [part[:-1].tolist() for part in np.split(tokens, ends[:-1] + 1)]
        encoder = self.encoder_
        if encoder._fitted_on_strings and encoder.analyzer == "char":
            return ["".join(text) for text in texts]
        return texts

    def _split(self, y, rng):
        if self.contiguous:
            return np.array([0]), np.array([1])
        return super()._split(y, rng)

    def _arrange(self, X, y, weights):
        if not self.contiguous:
            return X, y, weights
        n = len(y.values)
        n_parts = min(self._n_batch(), n)  # read side by side
        lengths = np.full(n_parts, n // n_parts)
        lengths[: n % n_parts] += 1
        X, y = (RaggedArray.from_concatenated(a.values, lengths) for a in (X, y))
        return X, y, lengths.astype(np.float64)  # all tokens weigh the same

    def _check_X(self, X, **options):
        return X  # it is what the encoder gave

    def _check_y_given(self, y):
        return y

    def _check_targets(self, y, *, reset, classes=None, name="y"):
        return y

    def _check_weights(self, sample_weight, X):
        if not self.contiguous:
            return check_step_weight(sample_weight, X)
        if sample_weight is not None:
            raise ValueError(
                "sample_weight must be None for running text (contiguous=True). Got "
                f"{type(sample_weight).__name__}."
            )
        return np.ones(len(X))

    def _encode_targets(self, y, weights, dtype, *, reset):
        return y.with_values(ids_of(y.values))

    def _n_outputs(self):
        return self.encoder_.n_tokens_

    def _n_known_tokens(self):
        return self.n_tokens_

    def _head_options(self):
        n_sampled = int(self.n_sampled) if self.output == "sampled" else None
        return "vocabulary", {"tied": bool(self.tie_weights), "n_sampled": n_sampled}

    def _make_architecture(self, X, n_outputs):
        architecture = super()._make_architecture(X, n_outputs)
        last = architecture["hidden_layer_sizes"][-1]
        if self.tie_weights and last != self.embedding_dim:
            raise ValueError(
                f"tie_weights=True needs embedding_dim={self.embedding_dim} to be the "
                f"width of the last hidden layer. Got hidden_layer_sizes="
                f"{architecture['hidden_layer_sizes']}."
            )
        return {
            **architecture,
            "input_dropout": self.input_dropout,
            "output_dropout": self.output_dropout,
        }

    def _start_values(self, network, rng, dtype):
        theta = super()._start_values(network, rng, dtype)
        if self.init_range is not None:
            theta[:] = rng.uniform(-self.init_range, self.init_range, len(theta))
        return theta

    # -- training ----------------------------------------------------------------------

    def _sample_of(self, X):
        """A little of the beginning of some parts."""
        few = X[:SAMPLE_SIZE]
        lengths = np.minimum(few.lengths, self.bptt_length)
        return RaggedArray.from_sequences([x[:n] for x, n in zip(few, lengths)])

    def _objective(self, network, X, y, weights, total_weight, **options):
        if not self.contiguous:
            return super()._objective(network, X, y, weights, total_weight, **options)
        return RunningText(
            network, X, y, weights.dtype, bptt_length=self.bptt_length, **options
        )

    def _run_checked(self, theta, architecture, X, below=None):
        return super()._run_checked(theta, architecture, X, "output")

    def _watch(self, theta, architecture, X, y):
        return self._log_likelihoods(theta, architecture, X, y)

    def _validation_score(self, log_p, y, weights):
        if self.contiguous:
            return float(log_p.values.mean(dtype=np.float64))
        return float(np.average(log_p.values, weights=weights.values))

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    @with_callbacks
    def fit(self, X, y=None, sample_weight=None, *, X_val=None):
        """Learn the vocabulary, and train a network to predict each token.

        Parameters
        ----------
        X : list of str, or list of lists of str, or sequences of int
            Sentences, or sequences of integers in any form: ids of tokens, as of a
            TokenEncoder, or notes. With ``contiguous``, running text: one str (or one
            sequence), a list of documents, or an iterator over the lines of one, such
            as an open file. Of lines that are read one by one only the ids of the
            tokens stay in memory, of one to four bytes each; ``partial_fit`` takes text
            that is larger than that.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_sentences,), default=None
            Weights of the sentences in the loss.
        X_val : as X, default=None
            Watched in place of a part of X: the weights of the best epoch are kept.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If an argument or a parameter is not as described.
        """
        check_limits(self.min_length, self.max_length)
        if isinstance(X, Iterator) and not self.contiguous:
            X = list(X)
        return self._fit(X, None, sample_weight, X_val)

    @kept_if_failed
    def partial_fit(self, X, y=None, sample_weight=None):
        """Train one epoch on more text, going on from the weights there are.

        The vocabulary is that of the first call: tokens that it does not hold are
        unknown. The text is a training set of its own: weights count among themselves.

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

    def _token_log_likelihoods(self, X):
        """Log probability of each token, a RaggedArray with the ends of the texts."""
        check_is_fitted(self)
        before, tokens = self._encode(X, spell=True)
        return self._log_likelihoods(self.theta_, self.architecture_, before, tokens)

    def _log_likelihoods(self, theta, architecture, before, tokens):
        network, ids = build_network(**architecture), ids_of(tokens.values)
        output, params = network.head, network.head_params(theta)
        found = np.empty(len(ids), theta.dtype)
        for rows, H in self._hidden(theta, architecture, before):
            found[rows] = output.log_likelihood(params, H, ids[rows])
        found += spelling_of(tokens.values)
        return tokens.with_values(found)

    def _hidden(self, theta, architecture, before):
        """(slice of rows, what the output sees of them), piece by piece."""
        if self.contiguous:  # one sequence, its state carried on
            network = build_network(**architecture)
            states, n_rows = {}, len(before.values)
            for start in range(0, n_rows, READ_STEPS):
                rows = slice(start, min(start + READ_STEPS, n_rows))
                with one_blas_thread():
                    H, _ = network.forward(
                        theta,
                        before.values[rows],
                        Steps([rows.stop - start]),
                        below="output",
                        need_tape=False,
                        states=states,
                    )
                yield rows, H
            return
        ends, start = before.offsets, 0
        while start < len(before):
            stop = np.searchsorted(ends, ends[start] + PREDICT_MAX_ROWS, "right") - 1
            stop = max(start + 1, int(stop))
            H = self._run_checked(theta, architecture, before[start:stop])
            yield slice(ends[start], ends[stop]), H.values
            start = stop

    def log_likelihoods(self, X):
        """Log probability of every token, given those before it.

        That of a token which is not in the vocabulary is the probability of
        ``unk_token`` and, given that, of its letters, one by one and an end: they are
        as likely as in the tokens of ``fit``, whatever ``min_count`` and ``max_tokens``
        have left of these, and letters never seen share the chance of one.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        log_p : ndarray of object, shape (n_texts,)
            Of one array a text, of shape (n_tokens_i + 1,): the last is the end's.
        """
        return np.asarray(self._token_log_likelihoods(X))

    def score_samples(self, X):
        """Log probability of each text, its end included, in nats.

        It is the sum of ``log_likelihoods``, in which unknown tokens are spelled.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        log_p : ndarray of shape (n_texts,)
        """
        found = self._token_log_likelihoods(X)
        return np.add.reduceat(found.values.astype(np.float64), found.offsets[:-1])

    def score(self, X, y=None, sample_weight=None):
        """Mean log likelihood a token, ends of texts included, in nats.

        Tokens that are not in the vocabulary are spelled, as in ``log_likelihoods``:
        else the model that knows the fewest words would seem the best.

        Parameters
        ----------
        X : as in ``fit``
        y : None
            Ignored.
        sample_weight : array-like of shape (n_texts,), default=None
            Weights of the texts: 2 counts a text twice. Not for running text.

        Returns
        -------
        score : float
            Higher is better.
        """
        found = self._token_log_likelihoods(X)
        weights = self._check_weights(sample_weight, found)
        if self.contiguous:
            return float(found.values.mean(dtype=np.float64))
        if not weights.values.any():
            raise ValueError("sample_weight makes the weight of every text zero.")
        values = found.values.astype(np.float64)
        return float(np.average(values, weights=weights.values))

    def perplexity(self, X, *, count_unknown=True):
        """exp of minus the mean log likelihood a token.

        Parameters
        ----------
        X : as in ``fit``
        count_unknown : bool or "token", default=True
            How tokens count that are not in the vocabulary. True: they are spelled, as
            in ``score``, of which this is exp(-score). "token": with the probability of
            ``unk_token`` alone, as usual in the literature, for models of one
            vocabulary only: the fewer words a model knows, the better it looks. False:
            not at all.

        Returns
        -------
        perplexity : float
        """
        check_is_fitted(self)
        kinds = [p.BOOLEAN, p.one_of("token")]
        p.check_value(count_unknown, "count_unknown", "perplexity", kinds)
        spell = bool(count_unknown) and count_unknown != "token"
        before, tokens = self._encode(X, spell=spell)
        found = self._log_likelihoods(
            self.theta_, self.architecture_, before, tokens
        ).values
        if not count_unknown and self.encoder_.unk_token is not None:
            unknown = self.encoder_.vocabulary_[self.encoder_.unk_token]
            found = found[tokens.values != unknown]
        return float(np.exp(-found.mean(dtype=np.float64)))

    def bits_per_character(self, X):
        """Minus the log2 probability of all texts over their number of characters.

        Unlike the score, it compares models whose tokens are of different kinds, such
        as words and characters. Unknown tokens are spelled, as in ``log_likelihoods``.

        Parameters
        ----------
        X : as in ``fit``
            Of lists of tokens, a space is counted between two tokens.

        Returns
        -------
        bits : float

        Raises
        ------
        ValueError
            If there is no character: X is empty, or the model is one of integers.
        """
        check_is_fitted(self)
        if isinstance(self.encoder_, IdEncoder):
            raise ValueError("bits_per_character needs a model of text: this is not.")
        if isinstance(X, Iterator):
            lines = list(X)
            X, n_characters = iter(lines), count_characters(lines)
        else:
            n_characters = count_characters(X)
        if n_characters == 0:
            raise ValueError("X holds no character.")
        nats = -self._token_log_likelihoods(X).values.sum(dtype=np.float64)
        return float(nats / np.log(2) / n_characters)

    def _predictions(self, X, read):
        """``read`` of log probabilities after every prefix, rows by rows; the texts."""
        check_is_fitted(self)
        before, _ = self._encode(X)
        network = build_network(**self.architecture_)
        output, params = network.head, network.head_params(self.theta_)
        found = []
        for _, H in self._hidden(self.theta_, self.architecture_, before):
            for rows in output.chunks(len(H)):
                found.append(read(output.scores(params, H[rows])))
        return np.asarray(before.with_values(np.concatenate(found)))

    def predict_proba(self, X):
        """Distribution of the next token after every prefix of each text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        p : ndarray of object, shape (n_texts,)
            Of one array a text, of shape (n_tokens_i + 1, n_tokens): the first row is
            the distribution of the first token, the last what follows the whole text.
            Columns are ``tokens_``.
        """
        return self._predictions(X, self._head.predict)

    def predict(self, X):
        """The most likely next token after each text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        tokens : ndarray of object, shape (n_texts,)
            One str a text, or int for texts of integers; ``encoder_.eos_token`` where
            the end of the text is likeliest.
        """
        H, names = self._last_states(X), self.tokens_
        network = build_network(**self.architecture_)
        output, params = network.head, network.head_params(self.theta_)
        best = [
            output.scores(params, H[rows]).argmax(axis=1)
            for rows in output.chunks(len(H))
        ]
        return names[np.concatenate(best)]

    def predict_prefixes(self, X):
        """The most likely next token after every prefix of each text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        tokens : ndarray of object, shape (n_texts,)
            Of one array a text, of shape (n_tokens_i + 1,): the first is the likeliest
            first token, the last that of ``predict``.
        """
        names = self.tokens_
        return self._predictions(X, lambda scores: names[scores.argmax(axis=1)])

    def transform(self, X):
        """The state after the last token of each text: features of the text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        features : ndarray of shape (n_texts, n_units)
        """
        return self._last_states(X)

    def _last_states(self, X):
        """What the output sees after the last token of each text."""
        check_is_fitted(self)
        before, _ = self._encode(X)
        last, found = before.offsets[1:] - 1, []
        for rows, H in self._hidden(self.theta_, self.architecture_, before):
            here = last[(rows.start <= last) & (last < rows.stop)]
            found.append(H[here - rows.start])
        return np.concatenate(found)

    @property
    def _n_features_out(self):
        return self.architecture_["hidden_layer_sizes"][-1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = False
        tags.target_tags.required = False
        return tags
