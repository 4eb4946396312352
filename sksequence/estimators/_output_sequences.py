"""What the estimators share whose output is a sequence of tokens.

A subclass says what it starts from: it checks X (``_check_X``), takes some of it for
the network (``_source``), and makes the architecture.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.callback import with_callbacks
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .. import _parameters as p
from .._threads import one_blas_thread
from ..cells import Cell
from ..network import DecoderStepper, build_encoder_decoder
from ..objectives import Pairs, before_of
from ..preprocessing import TokenEncoder
from ..sequences import (
    RaggedArray,
    pack,
    rows_of,
    similar_lengths,
)
from ._base import (
    PREDICT_BATCH_SIZE,
    PREDICT_MAX_ROWS,
    BaseRNN,
    as_tuple,
    kept_if_failed,
)
from ._decoding import beam_search, chooser, draw_sequences, length_ranks
from ._generation import GENERATION, GenerationMixin, Rules, check_limits

DECODED_AT_ONCE = 128  # inputs whose outputs are searched for side by side


class OutputSequences(GenerationMixin, BaseRNN):
    """Fit on outputs that are sequences of tokens; predict, sample and score them."""

    _expected = {
        **{
            name: kinds
            for name, kinds in BaseRNN._expected.items()
            if name
            not in (
                "dense_layer_sizes",
                "dense_activation",
                "n_tokens",
                "embedding_init",
                "embedding_trainable",
            )
        },
        "embedding_dim": [p.integer(1)],
        "min_count": [p.integer(1)],
        "max_tokens": [p.NONE, p.integer(1)],
        "lowercase": [p.BOOLEAN],
        **GENERATION,
    }
    dense_layer_sizes = ()
    dense_activation = "relu"
    embedding_init = None
    embedding_trainable = True

    # -- targets -----------------------------------------------------------------------

    def _new_encoder(self, encoder, analyzer, add_eos):
        if encoder is not None:
            return clone(encoder).set_params(add_eos=add_eos)
        return TokenEncoder(
            analyzer,
            lowercase=bool(self.lowercase),
            min_count=self.min_count,
            max_tokens=self.max_tokens,
            add_eos=add_eos,
        )

    @property
    def tokens_(self):
        """The tokens of the outputs, in the order of their ids."""
        check_is_fitted(self)
        return self.target_encoder_.get_feature_names_out()

    @property
    def _eos(self):
        return self.target_encoder_.vocabulary_[self.target_encoder_.eos_token]

    def _fit_target_encoder(self, encoder, analyzer, y, more=()):
        if y is None:
            return  # an error will follow
        self.target_encoder_ = self._new_encoder(encoder, analyzer, True)
        self._renamed(self.target_encoder_.fit, [*more, *y] if len(more) else y, "y")
        self._y_of_strings = self.target_encoder_._fitted_on_strings
        if len(more):
            self._y_of_strings = all(isinstance(text, (str, bytes)) for text in y)

    def _encode_y(self, y, name="y"):
        """Ids of the outputs, each with its end."""
        if isinstance(y, RaggedArray):
            return y
        return self._renamed(self.target_encoder_.transform, y, name)

    @staticmethod
    def _renamed(encode, texts, name):
        """What a TokenEncoder gives; its errors under the name of the argument."""
        try:
            return encode(texts)
        except (TypeError, ValueError) as error:
            message = str(error)
            if name == "X" or not message.startswith("X"):
                raise
            raise type(error)(name + message[1:]) from error

    def _tokens_of(self, ids):
        names = self.tokens_
        return [[names[i] for i in row] for row in ids]

    def _join(self, tokens):
        """What ``predict`` gives: strings if y was strings, else arrays of tokens."""
        if self._y_of_strings:
            between = "" if self.target_encoder_.analyzer == "char" else " "
            return [between.join(row) for row in tokens]
        found = np.empty(len(tokens), dtype=object)
        for k, row in enumerate(tokens):
            found[k] = np.array(row, dtype=object)
        return found

    def _write(self, X, ids, which):
        """Outputs for the user, each for the input of X that ``which`` says."""
        return self._join(self._tokens_of(ids))

    def _check_targets(self, y, *, reset, classes=None, name="y"):
        return y

    def _encode_targets(self, y, weights, dtype, *, reset):
        return y

    def _n_outputs(self):
        return self.target_encoder_.n_tokens_

    def _check_limits(self):
        check_limits(self.min_length, self.max_length)

    def _total_weight(self, weights, y):
        return float(weights @ y.lengths)  # of an output, for each of its tokens

    # -- the network -------------------------------------------------------------------

    def _build(self, architecture):
        return build_encoder_decoder(**architecture)

    def _decoder_architecture(self, n_outputs):
        cell = clone(self.cell) if isinstance(self.cell, Cell) else str(self.cell)
        if isinstance(cell, Cell):
            cell.check_options()
        return {
            "n_outputs": n_outputs,
            "hidden_layer_sizes": as_tuple(self.hidden_layer_sizes),
            "cell": cell,
            "embedding_dim": int(self.embedding_dim),
            "dropout": float(self.dropout),
            "recurrent_dropout": float(self.recurrent_dropout),
        }

    def _source_lengths(self, X):
        """Steps of the inputs, by which batches are made alike."""
        return np.zeros(len(X), np.intp)

    def _objective(self, network, X, y, weights, total_weight, **options):
        return Pairs(
            network,
            partial(self._source, X),
            self._source_lengths(X),
            y,
            weights,
            self._eos,
            batch_size=self._n_batch(),
            shuffle=self.shuffle,
            **options,
        )

    def _run_checked(self, theta, architecture, X, below=None):
        """Scores of the first tokens; for a few inputs, to see if they are finite."""
        source = self._source(X, np.arange(len(X)), theta.dtype)
        network = self._build(architecture)
        stepper = DecoderStepper(network, theta, source, len(X))
        return stepper.step(np.full(len(X), self._eos), stepper.state)[0]

    def _watch(self, theta, architecture, X, y):
        return self._log_likelihoods(theta, architecture, X, y)

    def _validation_score(self, log_p, y, weights):
        return float(
            np.average(log_p.values, weights=np.repeat(weights, log_p.lengths))
        )

    def _log_likelihoods(self, theta, architecture, X, y):
        """Log probability of every token of y, a RaggedArray like y."""
        network, eos = self._build(architecture), self._eos
        params = network.head_params(theta)
        lengths = y.lengths + self._source_lengths(X)
        found = np.empty(len(y.values), theta.dtype)
        with one_blas_thread():
            for batch in similar_lengths(lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS):
                after, steps, order = pack(y, batch)
                source = self._source(X, order, theta.dtype)
                H, _ = network.forward_pass(
                    theta, source, before_of(after, steps, eos), steps, need_tape=False
                )
                log_p = network.head.log_likelihood(params, H, after)
                found[rows_of(y, steps, order)] = log_p
        return y.with_values(found)

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    @with_callbacks
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Learn the vocabulary and train a network.

        Parameters
        ----------
        X : as the class describes it
        y : list of str, or list of lists of str
            The outputs. Lists of tokens are taken as they are; an output may be empty.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the outputs in the loss.
        X_val, y_val : as X and y, default=None
            Watched in place of a part of X: the weights of the best epoch are kept.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If an argument or a parameter is not as described.
        """
        self._check_limits()
        y = list(y) if isinstance(y, Iterator) else y
        return self._fit(X, y, sample_weight, X_val, y_val)

    @kept_if_failed
    def partial_fit(self, X, y, sample_weight=None):
        """Train one epoch on more data, going on from the weights there are.

        The vocabularies are those of the first call. The data are a training set of
        their own: weights count among themselves.

        Parameters
        ----------
        X, y, sample_weight
            As in ``fit``.

        Returns
        -------
        self
        """
        self._check_limits()
        y = list(y) if isinstance(y, Iterator) else y
        return self._fit(X, y, sample_weight, partial=True)

    def _scored(self, X, y):
        check_is_fitted(self)
        X, y = self._prepare(X, y, reset=False)
        X = self._check_X(X, reset=False)
        self._check_agree(y, X)
        return self._log_likelihoods(self.theta_, self.architecture_, X, y)

    def score_samples(self, X, y):
        """Log probability of each output given its input, its end included, in nats.

        Parameters
        ----------
        X, y
            As in ``fit``.

        Returns
        -------
        log_p : ndarray of shape (n_samples,)
        """
        found = self._scored(X, y)
        return np.add.reduceat(found.values.astype(np.float64), found.offsets[:-1])

    def score(self, X, y, sample_weight=None):
        """Mean log likelihood a token, ends included, in nats.

        Parameters
        ----------
        X, y
            As in ``fit``.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        score : float
            Higher is better.
        """
        found = self._scored(X, y)
        weights = self._check_weights(sample_weight, found)
        if not weights.any():
            raise ValueError("sample_weight makes the weight of every output zero.")
        return self._validation_score(
            found.with_values(found.values.astype(np.float64)), found, weights
        )

    def predict(
        self,
        X,
        *,
        beam_size=None,
        length_penalty=None,
        min_length=None,
        max_length=None,
        no_repeat_ngram=None,
        allow_unk=None,
    ):
        """The most likely output of each input.

        Parameters
        ----------
        X : as in ``fit``
        beam_size, length_penalty, min_length, max_length, no_repeat_ngram, allow_unk
            As the parameters of these names, which hold where they are None.

        Returns
        -------
        y : list of str, or ndarray of object
            Strings if y was strings in ``fit``, else arrays of tokens.

        Raises
        ------
        ValueError
            If an argument is not as described.
        """
        options = self._generation(
            "predict",
            beam_size=beam_size,
            length_penalty=length_penalty,
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            allow_unk=allow_unk,
        )
        ids = [best[0][0] for best in self._search(X, 1, options)]
        return self._write(X, ids, range(len(ids)))

    def predict_n_best(
        self,
        X,
        n=5,
        *,
        beam_size=None,
        length_penalty=None,
        min_length=None,
        max_length=None,
        no_repeat_ngram=None,
        allow_unk=None,
    ):
        """The n most likely outputs of each input that the search finds.

        Parameters
        ----------
        X : as in ``fit``
        n : int, default=5
            With more than ``beam_size`` the beam is as wide as this.
        beam_size, length_penalty, min_length, max_length, no_repeat_ngram, allow_unk
            As in ``predict``.

        Returns
        -------
        found : list of lists of (output, log probability)
            The best first (as ``length_penalty`` ranks them). Fewer than n where there
            are no more.

        Raises
        ------
        ValueError
            If an argument is not as described.
        """
        p.check_value(n, "n", "predict_n_best", [p.integer(1)])
        options = self._generation(
            "predict_n_best",
            beam_size=beam_size,
            length_penalty=length_penalty,
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            allow_unk=allow_unk,
        )
        found = self._search(X, n, options)
        which = [i for i, best in enumerate(found) for _ in best]
        texts = iter(self._write(X, [ids for best in found for ids, _ in best], which))
        return [[(next(texts), log_p) for _, log_p in best] for best in found]

    def _search(self, X, n_best, options):
        """(ids, log probability) of the best outputs of each input."""
        X, _ = self._prepare(X, None, reset=False)
        X = self._check_X(X, reset=False)
        found = [None] * len(X)
        for batch in similar_lengths(self._source_lengths(X), DECODED_AT_ONCE):
            limits = self._limits(X, batch, options)
            with one_blas_thread():
                step, log_p, state = self._begin(X, batch)
                best = beam_search(
                    step,
                    log_p,
                    state,
                    eos=self._eos,
                    width=max(int(options.beam_size), n_best),
                    max_length=int(limits.max()) + 1,
                    rules=self._rules(options, limits),
                    n_best=n_best,
                    rank=length_ranks(options.length_penalty),
                )
            for i, outputs in zip(batch.tolist(), best):
                found[i] = outputs
        return found

    def _begin(self, X, batch, normalized=True):
        """(step, log probabilities of the first tokens, state) of some inputs."""
        network = self._build(self.architecture_)
        source = self._source(X, batch, self.theta_.dtype)
        stepper = DecoderStepper(network, self.theta_, source, len(batch))

        def step(ids, state):
            scores, state = stepper.step(ids, state)
            return network.head.log_predict(scores) if normalized else scores, state

        return step, *step(np.full(len(batch), self._eos), stepper.state)

    def _sampled_from(self, X):
        """The X of ``sample`` as that of ``predict``."""
        return X

    def _limits(self, X, batch, options):
        """How many tokens each output may have."""
        return np.full(len(batch), options.max_length)

    def _rules(self, options, limits):
        """What outputs may be."""
        unknown = self.target_encoder_.vocabulary_.get(self.target_encoder_.unk_token)
        return Rules(options, self._eos, unknown, limits=limits)

    def sample(
        self,
        X=None,
        n_samples=1,
        *,
        min_length=None,
        max_length=None,
        no_repeat_ngram=None,
        temperature=None,
        top_k=None,
        top_p=None,
        allow_unk=None,
        random_state=None,
    ):
        """Draw outputs, token by token.

        Parameters
        ----------
        X : as in ``fit``
            Or an int, of an RNNGenerator that was fitted without vectors: how many
            outputs.
        n_samples : int, default=1
            Outputs for each input.
        min_length, max_length, no_repeat_ngram, temperature, top_k, top_p, allow_unk
            As the parameters of these names, which hold where they are None.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        y : list of str, or ndarray of object
            ``len(X) * n_samples`` outputs, those of the first input first.

        Raises
        ------
        ValueError
            If a parameter is not as described.
        """
        p.check_value(n_samples, "n_samples", "sample", [p.integer(1)])
        options = self._generation(
            "sample",
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            allow_unk=allow_unk,
        )
        X = self._sampled_from(X)
        given, (X, _) = X, self._prepare(X, None, reset=False)
        X = self._check_X(X, reset=False)
        every, which = np.arange(len(X)), np.repeat(np.arange(len(X)), n_samples)
        limits = self._limits(X, every, options)
        with one_blas_thread():
            step, log_p, state = self._begin(X, every, normalized=False)
            drawn = draw_sequences(
                step,
                log_p,
                state,
                which,
                chooser(options, check_random_state(random_state)),
                self._rules(options, limits),
                self._eos,
                int(limits.max()),
            )
        return self._write(given, drawn, which)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = False
        tags.target_tags.required = True
        return tags
