"""How likely texts are, and what comes next: a language model's pass over texts."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from .. import _parameters as p
from .._state import check_fitted
from .._threads import one_blas_thread
from .._typing import Corpus, FloatArray, ObjectArray
from ..preprocessing import TokenEncoder
from ..sequences import (
    RaggedArray,
    Steps,
    check_some_weight,
    flat,
    place_of,
    weighted_mean,
)
from ._base import predicts
from ._batches import (
    PREDICT_MAX_ROWS,
    check_scores,
    overflow_message,
    parts_of_sequences,
    quietly,
    run_batches,
)
from ._ids import IdEncoder
from ._spelling import ids_of, spelling_of
from ._token_output import TokenOutput

READ_STEPS = 500  # steps of running text that are scored at once


class TextLikelihood(TokenOutput):
    """Likelihoods of texts, and next tokens, for a language model."""

    encoder_: TokenEncoder
    tokens_: ObjectArray
    contiguous: bool

    # -- passes over texts -------------------------------------------------------------

    def _scores(self, network, theta, X):
        """What the head sees, one row a token: the scores would be too many."""
        return run_batches(
            network,
            theta,
            X,
            below="output",
            n_units=self._n_units,
            n_jobs=self.n_jobs,
        )

    def _validation_score(self, log_p, y, weights):
        values = log_p.values.astype(np.float64)
        if isinstance(weights, RaggedArray):
            return weighted_mean(values, weights.values)
        return float(values.mean())

    def _token_log_likelihoods(self, X):
        """Log probability of each token, a RaggedArray with the ends of the texts."""
        check_fitted(self)
        return self._finite_log_likelihoods(*self._encode_texts(X, spell=True))

    def _finite_log_likelihoods(self, before, tokens):
        """``_log_likelihoods`` of the fitted network, or an error that names a text."""
        with quietly():
            found = self._log_likelihoods(self._network, self.theta_, before, tokens)
        check_scores(found, before, self)
        return found

    @one_blas_thread
    def _log_likelihoods(self, network, theta, before, tokens):
        ids = ids_of(tokens.values)
        output, params = network.head, network.head_params(theta)
        found = np.empty(len(ids), theta.dtype)
        for rows, H in self._hidden(network, theta, before):
            found[rows] = output.log_likelihood(params, H, ids[rows])
        found += spelling_of(tokens.values)
        return tokens.with_values(found)

    def _hidden(self, network, theta, before):
        """(slice of rows, what the output sees of them), piece by piece."""
        if self.contiguous:  # one sequence, its state carried on
            states, n_rows = {}, len(before.values)
            for start in range(0, n_rows, READ_STEPS):
                rows = slice(start, min(start + READ_STEPS, n_rows))
                with quietly():
                    H, _ = self._in_turn(
                        1,
                        network.forward,
                        *(theta, before.values[rows], Steps([rows.stop - start])),
                        below="output",
                        need_tape=False,
                        states=states,
                    )
                yield rows, H
            return
        for part in parts_of_sequences(before, PREDICT_MAX_ROWS):
            H = self._scores(network, theta, before[part])
            yield slice(*before.offsets[[part.start, part.stop]]), H.values

    def _finite_hidden(self, network, before):
        """``_hidden`` of the fitted network, or an error that names a text."""
        for rows, H in self._hidden(network, self.theta_, before):
            bad = np.flatnonzero(~np.isfinite(H).all(axis=1))
            if len(bad):
                i, _ = place_of(before.offsets, rows.start + int(bad[0]))
                raise ValueError(overflow_message(f"X[{i}]", self))
            yield rows, H

    @one_blas_thread
    def _predictions(self, X, read):
        """``read`` of log probabilities after every prefix, rows by rows; the texts."""
        check_fitted(self)
        before, _ = self._encode_texts(X)
        found = [
            self._read_scores(H, read)
            for _, H in self._finite_hidden(self._network, before)
        ]
        return np.asarray(before.with_values(np.concatenate(found)))

    def _read_scores(self, H, read):
        """``read`` of the scores of all tokens, a few rows at a time."""
        network = self._network
        output, params = network.head, network.head_params(self.theta_)
        chunks = output.chunks(len(H))
        return np.concatenate([read(output.scores(params, H[rows])) for rows in chunks])

    @one_blas_thread
    def _last_states(self, X):
        """What the output sees after the last token of each text."""
        check_fitted(self)
        before, _ = self._encode_texts(X)
        last, found = before.offsets[1:] - 1, []
        for rows, H in self._finite_hidden(self._network, before):
            here = last[(rows.start <= last) & (last < rows.stop)]
            found.append(H[here - rows.start])
        return np.concatenate(found)

    # -- likelihoods -------------------------------------------------------------------

    @predicts
    def log_likelihoods(self, X: Corpus) -> ObjectArray:
        """Log probability of every token, given those before it.

        The probability of a token that is not in the vocabulary is that of
        ``unk_token`` times those of its letters and of an end. Letters have their
        frequencies in all tokens of ``fit``, also in those that ``min_count`` and
        ``max_tokens`` leave out; letters that did not occur share the probability of
        one letter.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        log_p : ndarray of object, shape (n_texts,)
            One array per text, of shape (n_tokens_i + 1,): the last number is that of
            the end.
        """
        return np.asarray(self._token_log_likelihoods(X))

    @predicts
    def score_samples(self, X: Corpus) -> FloatArray:
        """Log probability of each text, including its end, in nats.

        This is the sum of ``log_likelihoods``, in which unknown tokens are spelled.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        log_p : ndarray of shape (n_texts,)
        """
        return self._sums(self._token_log_likelihoods(X))

    @predicts
    def score(
        self, X: Corpus, y: None = None, sample_weight: npt.ArrayLike | None = None
    ) -> float:
        """Mean log likelihood per token, including ends of texts, in nats.

        Tokens that are not in the vocabulary are spelled, as in ``log_likelihoods``;
        otherwise the model with the smallest vocabulary would seem the best.

        Parameters
        ----------
        X : as in ``fit``
        y : None
            Ignored.
        sample_weight : array-like of shape (n_texts,), default=None
            Weights of the texts; a text of weight 2 counts twice. Not for running text.

        Returns
        -------
        score : float
            Higher is better.

        Raises
        ------
        ValueError
            If no text has a weight above zero, or if running text has weights.
        """
        found = self._token_log_likelihoods(X)
        weights = self._check_weights(sample_weight, found)
        check_some_weight(flat(weights), "text")
        return self._validation_score(found, found, weights)

    @predicts
    def perplexity(
        self, X: Corpus, *, count_unknown: bool | Literal["token"] = True
    ) -> float:
        """Exponential of minus the mean log likelihood per token.

        Parameters
        ----------
        X : as in ``fit``
        count_unknown : bool or "token", default=True
            How tokens count that are not in the vocabulary. True: they are spelled, as
            in ``score``, and the result is exp(-score). "token": with the probability
            of ``unk_token`` only, as usual in the literature. This compares only models
            with the same vocabulary, since a model with a smaller vocabulary looks
            better. False: they do not count.

        Returns
        -------
        perplexity : float
            Infinity if it is too large for a float; then use the score.
        """
        check_fitted(self)
        kinds = [p.BOOLEAN, p.one_of("token")]
        p.check_value(count_unknown, "count_unknown", "perplexity", kinds)
        spell = bool(count_unknown) and count_unknown != "token"
        before, tokens = self._encode_texts(X, spell=spell)
        found = self._finite_log_likelihoods(before, tokens).values
        if not count_unknown and self._unknown is not None:
            found = found[tokens.values != self._unknown]
        with np.errstate(over="ignore"):
            return float(np.exp(-found.mean(dtype=np.float64)))

    @predicts
    def bits_per_character(self, X: Corpus) -> float:
        """Minus the log2 probability of all texts per character.

        Unlike the score, this compares models with different kinds of tokens, such as
        words and characters. Unknown tokens are spelled, as in ``log_likelihoods``.

        Parameters
        ----------
        X : as in ``fit``
            Characters are those that the encoder reads. In lists of tokens, a space is
            counted between two tokens.

        Returns
        -------
        bits : float

        Raises
        ------
        ValueError
            If there is no character, because X is empty or the tokens are integers.
        """
        check_fitted(self)
        if isinstance(self.encoder_, IdEncoder):
            raise ValueError(
                "bits_per_character needs a model of text, but X was of integers in "
                "fit."
            )
        read, lines = self._read_texts(X)
        if read.n_characters == 0:
            raise ValueError("X holds no character.")
        before, tokens = self._encode_read(read, lines, spell=True)
        found = self._finite_log_likelihoods(before, tokens)
        nats = -found.values.sum(dtype=np.float64)
        return float(nats / np.log(2) / read.n_characters)

    # -- next tokens -------------------------------------------------------------------

    @predicts
    def predict_proba(self, X: Corpus) -> ObjectArray:
        """Distribution of the next token after every prefix of each text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        p : ndarray of object, shape (n_texts,)
            One array per text, of shape (n_tokens_i + 1, n_tokens): the first row is
            the distribution of the first token, the last that of the token after the
            whole text. Columns are ``tokens_``.
        """
        return self._predictions(X, lambda scores: self._network.head.predict(scores))

    @predicts
    @one_blas_thread
    def predict(self, X: Corpus) -> ObjectArray:
        """The most likely next token after each text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        tokens : ndarray of object, shape (n_texts,)
            One str per text, or int for texts of integers; ``encoder_.eos_token`` if
            the end of the text is most likely.
        """
        H, names = self._last_states(X), self.tokens_
        return names[self._read_scores(H, lambda scores: scores.argmax(axis=1))]

    @predicts
    def predict_prefixes(self, X: Corpus) -> ObjectArray:
        """The most likely next token after every prefix of each text.

        Parameters
        ----------
        X : as in ``fit``

        Returns
        -------
        tokens : ndarray of object, shape (n_texts,)
            One array per text, of shape (n_tokens_i + 1,): the first is the most likely
            first token, the last is that of ``predict``.
        """
        names = self.tokens_
        return self._predictions(X, lambda scores: names[scores.argmax(axis=1)])
