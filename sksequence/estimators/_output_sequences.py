"""What the estimators share that write an output for an input: a decoder.

A subclass says what it starts from: it checks X (``_check_X``), takes some of it for
the network (``_source``), and makes the architecture.
"""

from array import array
from functools import partial
from itertools import chain
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from .. import _frames
from .. import _parameters as p
from .._messages import renamed
from .._state import check_fitted, kept_if_failed
from .._text import listed
from .._threads import one_blas_thread
from .._typing import (
    FilePath,
    FloatArray,
    Inputs,
    ObjectArray,
    Outputs,
    Prefix,
    RandomState,
    with_callbacks,
)
from ..network import DecoderStepper, build_encoder_decoder
from ..objectives import Pairs, before_of
from ..preprocessing import TokenEncoder
from ..preprocessing._text_checks import as_sentences
from ..sequences import (
    RaggedArray,
    check_lengths_agree,
    check_sample_weight,
    check_some_weight,
    pack,
    refuse_static,
    rows_of,
    similar_lengths,
    weighted_mean,
)
from ._base import predicts
from ._batches import (
    PREDICT_BATCH_SIZE,
    PREDICT_MAX_ROWS,
    check_scores,
    quietly,
)
from ._checkpoint import Checkpoint
from ._data import Data, check_y_given
from ._generation import n_at_once
from ._parameter_table import LengthPenalty
from ._stack import recurrent_architecture
from ._token_output import TokenOutput
from ._validation import validation_pair

DECODED_AT_ONCE = 128  # inputs whose outputs are searched for side by side
WRITTEN_AT_ONCE = 2**16  # outputs, whose tokens are lists meanwhile


def _none_twice(found):
    """(Output, log probability) pairs, of equal outputs the first."""
    first = {}
    for output, log_p in found:
        key = output if isinstance(output, str) else tuple(output)
        first.setdefault(key, (output, log_p))
    return list(first.values())


def _ids_of_best(outputs):
    """The ids of the best output, in little memory."""
    return array("i", outputs[0][0])


class OutputSequences(TokenOutput):
    """Fit on outputs that are sequences of tokens; predict, sample and score them."""

    target_encoder_: TokenEncoder

    def _prepare(self, X, y, *, reset, name="X"):
        """X, and ids of the outputs, each with its end; both may be text."""
        raise NotImplementedError

    def _check_X(self, X, *, reset, name="X", n_features=None, dtype=None):
        """What the decoder starts from, checked, one entry an output."""
        raise NotImplementedError

    def _source(self, X, which, dtype):
        """Some entries of checked X, see ``EncoderDecoder.forward_pass``."""
        raise NotImplementedError

    def _source_lengths(self, X):
        """Steps of the inputs, by which batches are made alike."""
        return np.zeros(len(X), np.intp)

    # -- what is given -----------------------------------------------------------------

    def _read(
        self,
        X,
        y,
        sample_weight,
        *,
        reset,
        suffix="",
        n_features=None,
        dtype=None,
        classes=None,
    ):
        self._check_limits()
        check_y_given(self, y)
        if not isinstance(y, RaggedArray):
            y = _frames.plain(y, f"y{suffix}")
        refuse_static(X, type(self).__name__, f"X{suffix}")
        X, y = self._prepare(X, y, reset=reset, name=f"X{suffix}")
        X = self._check_X(
            X, reset=reset, name=f"X{suffix}", n_features=n_features, dtype=dtype
        )
        check_lengths_agree(y, X, f"y{suffix}", f"X{suffix}")
        return Data(X, y, check_sample_weight(sample_weight, len(X)))

    def _read_X(self, X):
        """X of a fitted model, checked."""
        check_fitted(self)
        refuse_static(X, type(self).__name__)
        X, _ = self._prepare(X, None, reset=False)
        return self._check_X(X, reset=False)

    @property
    def _output_encoder(self) -> TokenEncoder:
        return self.target_encoder_

    def _fit_target_encoder(self, encoder, y, more=()):
        """Fit the encoder of a parameter on y, and on more texts."""
        self.target_encoder_ = self._new_encoder(encoder)
        if len(more):
            y = list(renamed(as_sentences, y, "y"))
        names = {
            "name": "X and y" if len(more) else "y",
            "analyzer": self._analyzer_name(encoder),
        }
        fit = partial(self.target_encoder_._fit, **names)
        if not len(more):
            renamed(fit, y, "y")
        else:
            try:
                fit([*more, *y])
            except (TypeError, ValueError):  # of one of them
                for part, name in [(more, "X"), (y, "y")]:
                    renamed(self._new_encoder(encoder)._fit, part, name)
                raise
        self._y_of_strings = self.target_encoder_._fitted_on_strings
        if len(more):
            self._y_of_strings = all(isinstance(text, (str, bytes)) for text in y)

    def _encode_y(self, y, name="y"):
        """Ids of the outputs, each with its end."""
        return renamed(self.target_encoder_.transform, y, name)

    def _tokens_of(self, ids):
        names = self.tokens_
        return [[names[i] for i in row] for row in ids]

    def _join(self, tokens, begun):
        """What ``predict`` gives: strings if y was strings, else arrays of tokens.

        Each begins with the tokens of a prefix, ``begun``.
        """
        tokens = [[*begun, *row] for row in tokens]
        if self._y_of_strings:
            between = "" if self.target_encoder_.analyzer == "char" else " "
            return [between.join(row) for row in tokens]
        found = np.empty(len(tokens), dtype=object)
        for k, row in enumerate(tokens):
            found[k] = np.array(row, dtype=object)
        return found

    def _write(self, X, ids, which, prefix):
        """Outputs for the user, each for the input of X that ``which`` says.

        ``prefix`` is that of ``_prefix``, which ``ids`` follow.
        """
        return self._join(self._tokens_of(ids), prefix[1])

    # -- the network -------------------------------------------------------------------

    @staticmethod
    def _build(architecture, engine="numpy"):
        return build_encoder_decoder(**architecture, engine=engine)

    def _decoder_architecture(self):
        return {
            **recurrent_architecture(self),
            "n_outputs": self.n_tokens_,
            "embedding_dim": int(self.embedding_dim),
        }

    def _objective(self, network, data, dtype, **options):
        return Pairs(
            network,
            partial(self._source, data.X),
            self._source_lengths(data.X),
            data.y,
            data.weights,
            dtype,
            self._eos,
            batch_size=self._n_batch(len(data)),
            shuffle=self.shuffle,
            **options,
        )

    def _scores(self, network, theta, X):
        """Scores of the first tokens; for a few inputs, to see if they are finite."""
        source = self._source(X, np.arange(len(X)), theta.dtype)
        stepper = DecoderStepper(network, theta, source, len(X))
        return stepper.step(np.full(len(X), self._eos), stepper.state)[0]

    @property
    def _n_scores(self):
        return self.n_tokens_

    def _validation_score(self, log_p, y, weights):
        return weighted_mean(log_p.values, np.repeat(weights, log_p.lengths))

    @one_blas_thread
    def _log_likelihoods(self, network, theta, X, y):
        """Log probability of every token of y, a RaggedArray like y."""
        params, eos = network.head_params(theta), self._eos
        lengths = y.lengths + self._source_lengths(X)
        found = np.empty(len(y.values), theta.dtype)
        for batch in similar_lengths(lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS):
            after, steps, order = pack(y, batch)
            source = self._source(X, order, theta.dtype)
            before = before_of(after, steps, eos)
            given = theta, source, before, steps
            H, _ = self._in_turn(
                len(batch), network.forward_pass, *given, need_tape=False
            )
            log_p = network.head.log_likelihood(params, H, after)
            found[rows_of(y, steps, order)] = log_p
        return y.with_values(found)

    def _validation_pair(self, X, X_val, y_val):
        return validation_pair(X_val, y_val)

    # -- public ------------------------------------------------------------------------

    @kept_if_failed
    @with_callbacks
    def fit(
        self,
        X: Inputs | None,
        y: Outputs,
        sample_weight: npt.ArrayLike | None = None,
        *,
        X_val: Inputs | None = None,
        y_val: Outputs | None = None,
        checkpoint: FilePath | Checkpoint | None = None,
    ) -> Self:
        """Learn the vocabulary and train a network.

        Parameters
        ----------
        X : as the class describes it
        y : list of str, or list of lists of str
            The outputs. Lists of tokens are used as they are. An output may be empty.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the outputs in the loss.
        X_val, y_val : as X and y, default=None
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
            After Ctrl-C. The weights of the last complete epoch are kept.
        """
        X, y, X_val, y_val = map(listed, (X, y, X_val, y_val))
        validation = self._validation_pair(X, X_val, y_val)
        return self._fit(X, y, sample_weight, validation, checkpoint=checkpoint)

    @kept_if_failed
    def partial_fit(
        self, X: Inputs | None, y: Outputs, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Train one epoch on more data, continuing from the current weights.

        The vocabularies are those of the first call. Each call is a training set of its
        own: sample weights are relative within it.

        Parameters
        ----------
        X, y, sample_weight
            As in ``fit``.

        Returns
        -------
        self
        """
        return self._fit(listed(X), listed(y), sample_weight, partial=True)

    def _scored(self, X, y, sample_weight=None):
        """Log probabilities of all tokens of y, and the weights of the outputs."""
        check_fitted(self)
        data = self._read(listed(X), listed(y), sample_weight, reset=False)
        with quietly():
            found = self._log_likelihoods(self._network, self.theta_, data.X, data.y)
        check_scores(found, data.X, self)
        return found, data.weights

    @predicts
    def score_samples(self, X: Inputs | None, y: Outputs) -> FloatArray:
        """Log probability of each output given its input, including its end, in nats.

        Parameters
        ----------
        X, y
            As in ``fit``.

        Returns
        -------
        log_p : ndarray of shape (n_samples,)
        """
        return self._sums(self._scored(X, y)[0])

    @predicts
    def score(
        self, X: Inputs | None, y: Outputs, sample_weight: npt.ArrayLike | None = None
    ) -> float:
        """Mean log likelihood per token, including ends, in nats.

        Parameters
        ----------
        X, y
            As in ``fit``.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        score : float
            Higher is better.

        Raises
        ------
        ValueError
            If X and y differ in length or do not match the data of ``fit``, or if no
            output has a weight above zero.
        """
        found, weights = self._scored(X, y, sample_weight)
        check_some_weight(weights, "output")
        return self._validation_score(
            found.with_values(found.values.astype(np.float64)), found, weights
        )

    @predicts
    def predict(
        self,
        X: Inputs | None,
        *,
        prefix: Prefix | None = None,
        beam_size: int | None = None,
        length_penalty: LengthPenalty | None = None,
        min_length: int | None = None,
        max_length: float | Literal["auto"] | None = None,
        no_repeat_ngram: int | None = None,
        allow_unk: bool | None = None,
    ) -> list[str] | ObjectArray:
        """The most likely output of each input.

        Parameters
        ----------
        X : as in ``fit``
        prefix : str or list of str, default=None
            The beginning of all outputs. Its tokens are kept exactly, also unknown
            ones, which the network reads as ``unk_token``. Between words is one space.
        beam_size, length_penalty, min_length, max_length, no_repeat_ngram, allow_unk
            Options of this call; None means the parameter of the same name. Lengths do
            not include the prefix.

        Returns
        -------
        y : list of str, or ndarray of object
            Strings if y held strings in ``fit``, else arrays of tokens.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        options = self._options(
            "predict",
            beam_size=beam_size,
            length_penalty=length_penalty,
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            allow_unk=allow_unk,
        )
        X, begun = listed(X), self._prefix(prefix)
        ids = self._search(X, 1, options, begun[0], keep=_ids_of_best)
        parts = [
            self._write(X, ids[k : k + WRITTEN_AT_ONCE], range(k, len(ids)), begun)
            for k in range(0, max(len(ids), 1), WRITTEN_AT_ONCE)
        ]
        if len(parts) == 1:
            return parts[0]
        of_lists = isinstance(parts[0], list)
        return list(chain(*parts)) if of_lists else np.concatenate(parts)

    @predicts
    def predict_n_best(
        self,
        X: Inputs | None,
        n: int = 5,
        *,
        prefix: Prefix | None = None,
        beam_size: int | None = None,
        length_penalty: LengthPenalty | None = None,
        min_length: int | None = None,
        max_length: float | Literal["auto"] | None = None,
        no_repeat_ngram: int | None = None,
        allow_unk: bool | None = None,
    ) -> list[list[tuple[Any, float]]]:
        """The n most likely outputs of each input that the search finds.

        Parameters
        ----------
        X : as in ``fit``
        n : int, default=5
            If it is larger than ``beam_size``, the beam is n wide.
        prefix, beam_size, length_penalty, min_length, max_length, no_repeat_ngram, \
allow_unk
            As in ``predict``.

        Returns
        -------
        found : list of lists of (output, log probability)
            The best first (ranked with ``length_penalty``), none twice; fewer than n if
            there are no more. The probability is that of the tokens after the prefix.
            Where ``replace_unk`` makes one output of several, it is that of the best.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        p.check_value(n, "n", "predict_n_best", [p.integer(1)])
        options = self._options(
            "predict_n_best",
            beam_size=beam_size,
            length_penalty=length_penalty,
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            allow_unk=allow_unk,
        )
        X, begun = listed(X), self._prefix(prefix)
        found = self._search(X, n, options, begun[0])
        which = [i for i, best in enumerate(found) for _ in best]
        ids = [ids for best in found for ids, _ in best]
        texts = iter(self._write(X, ids, which, begun))
        return [
            _none_twice((next(texts), log_p) for _, log_p in best) for best in found
        ]

    @one_blas_thread
    def _search(self, X, n_best, options, prefix=(), keep=list):
        """(ids, log probability) of what best follows a prefix, for each input.

        Or what ``keep`` makes of them.
        """
        X = self._read_X(X)
        found = [None] * len(X)
        n = n_at_once(self.n_tokens_, max(options.beam_size, n_best))
        n = min(n, DECODED_AT_ONCE)
        for batch in similar_lengths(self._source_lengths(X), n):
            best = self._in_turn(
                len(batch), self._search_some, X, batch, n_best, options, prefix
            )
            for i, outputs in zip(batch.tolist(), best):
                found[i] = keep(outputs)
        return found

    def _search_some(self, X, batch, n_best, options, prefix):
        limits = self._limits(X, batch, options)
        generation = self._generation(options, begun=prefix, limits=limits)
        return generation.search(*self._begin(X, batch, prefix), n_best)

    def _draw_some(self, X, batch, n_samples, options, prefix, rng):
        limits = self._limits(X, batch, options)
        generation = self._generation(options, begun=prefix, limits=limits)
        which = np.repeat(np.arange(len(batch)), n_samples)
        begin = self._begin(X, batch, prefix, normalized=False)
        return generation.draw(*begin, which, rng)

    def _begin(self, X, batch, prefix=(), normalized=True):
        """(step, log probabilities of what follows a prefix, state) of some inputs."""
        network = self._network
        source = self._source(X, batch, self.theta_.dtype)
        with quietly():
            stepper = DecoderStepper(network, self.theta_, source, len(batch))

        def step(ids, state):
            with quietly():
                scores, state = stepper.step(ids, state)
            (of,) = state["source"]
            check_scores(scores, X, self, which=batch[of])
            return network.head.log_predict(scores) if normalized else scores, state

        return step, *self._read_prefix(step, stepper.state, prefix, len(batch))

    def _sampled_from(self, X):
        """The X of ``sample`` as that of ``predict``."""
        return X

    def _limits(self, X, batch, options):
        """How many tokens each output may have."""
        return np.full(len(batch), options.max_length)

    @predicts
    @one_blas_thread
    def sample(
        self,
        X: Inputs | int | None = None,
        n_samples: int = 1,
        *,
        prefix: Prefix | None = None,
        min_length: int | None = None,
        max_length: float | Literal["auto"] | None = None,
        no_repeat_ngram: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool | None = None,
        random_state: RandomState = None,
    ) -> list[str] | ObjectArray:
        """Draw outputs, token by token.

        Parameters
        ----------
        X : as in ``fit``
            For an RNNGenerator that was fitted without vectors, an int: the number of
            outputs.
        n_samples : int, default=1
            Number of outputs for each input.
        prefix : str or list of str, default=None
            As in ``predict``.
        min_length, max_length, no_repeat_ngram, temperature, top_k, top_p, allow_unk
            Options of this call; None means the parameter of the same name. Lengths do
            not include the prefix.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        y : list of str, or ndarray of object
            ``len(X) * n_samples`` outputs, beginning with those of the first input.

        Raises
        ------
        ValueError
            If a parameter is not as described.
        """
        p.check_value(n_samples, "n_samples", "sample", [p.integer(1)])
        options = self._options(
            "sample",
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            allow_unk=allow_unk,
        )
        given, begun = listed(self._sampled_from(X)), self._prefix(prefix)
        X = self._read_X(given)
        drawn, rng = [], p.random_generator(random_state, "sample")
        n = min(n_at_once(self.n_tokens_, n_samples), PREDICT_BATCH_SIZE)
        for start in range(0, len(X), n):
            batch = np.arange(start, min(start + n, len(X)))
            drawn += self._in_turn(
                len(batch) * n_samples,
                self._draw_some,
                X,
                batch,
                n_samples,
                options,
                begun[0],
                rng,
            )
        which = np.repeat(np.arange(len(X)), n_samples)
        return self._write(given, drawn, which, begun)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
