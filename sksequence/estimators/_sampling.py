"""How a language model is driven token by token: states, samples, beam search."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from .. import _parameters as p
from .._threads import one_blas_thread
from .._typing import FloatArray, Prefix, RandomState, State
from ..network import Stepper
from ..preprocessing import TokenEncoder
from ..sequences import RaggedArray
from ._batches import overflow_message, quietly
from ._decoding import sampler
from ._ids import IdEncoder
from ._parameter_table import LengthPenalty
from ._token_output import TokenOutput

DRAWN_AHEAD = 32  # tokens that iter_sample draws at a time


class SamplingModel(TokenOutput):
    """``initial_state``, ``step``, and what is built on them, of a language model."""

    encoder_: TokenEncoder
    contiguous: bool

    @property
    def _output_encoder(self) -> TokenEncoder:
        return self.encoder_

    # -- step by step ------------------------------------------------------------------

    def initial_state(self, n: int = 1) -> State:
        """The state before any token, of n texts.

        Parameters
        ----------
        n : int, default=1

        Returns
        -------
        state : dict of str -> tuple of ndarray of shape (n, n_units)
            By layer. ``{name: tuple(s[rows] for s in part) ...}`` picks some texts.
        """
        check_is_fitted(self)
        p.check_value(n, "n", "initial_state", [p.integer(0)])
        cell, dtype = self._network.layers["rnn0"].cell, self.theta_.dtype
        state: State = {}
        for k, m in enumerate(self.architecture_["hidden_layer_sizes"]):
            state[f"rnn{k}"] = tuple(np.zeros((n, m), dtype) for _ in cell.states)
        return state

    def step(
        self, tokens: Sequence[str] | Sequence[int] | npt.NDArray[Any], state: State
    ) -> tuple[FloatArray, State]:
        """Read one token of each text.

        Parameters
        ----------
        tokens : sequence of str or of int, length n
            The tokens, or their ids; of a model of integers only the tokens.
            ``encoder_.eos_token`` begins a text.
        state : dict
            From ``initial_state`` or the step before; it is not changed.

        Returns
        -------
        log_proba : ndarray of shape (n, n_tokens)
            Log probabilities of the next token of each.
        state : dict

        Raises
        ------
        ValueError
            If a token is not in the vocabulary and there is no ``unk_token``, if an id
            is not one of a token, or if ``state`` is of another number of texts.
        """
        check_is_fitted(self)
        ids = self._ids(tokens)
        n = len(state["rnn0"][0])
        if len(ids) != n:
            raise ValueError(
                f"tokens must hold one token for each of the {n} texts of state. Got "
                f"{len(ids)} instead."
            )
        with one_blas_thread():
            return self._stepper()(ids, state)

    def _stepper(self, normalized=True):
        """``step`` for ids, with all that is the same at every step arranged once.

        If not ``normalized``, log probabilities may lack a constant a row.
        """
        check_is_fitted(self)
        network = self._network
        output, params = network.head, network.head_params(self.theta_)
        stepper = Stepper(network.layers, network.layout.views(self.theta_))

        bounded = all(cell.cell.bounded for cell in stepper.cells.values())

        def step(ids, state):
            with quietly():
                H, state = stepper.step(ids, state)
                scores = output.scores(params, H)
            if not bounded and not np.isfinite(scores).all():
                raise ValueError(overflow_message("the text so far", self))
            return output.log_predict(scores) if normalized else scores, state

        return step

    def _ids(self, tokens):
        if isinstance(self.encoder_, IdEncoder):
            vocabulary = self.encoder_.vocabulary_
            unknown = vocabulary[self.encoder_.unk_token]
            return np.array([vocabulary.get(t, unknown) for t in list(tokens)])
        ids = np.asarray(tokens)
        if ids.ndim != 1:
            raise ValueError(
                "tokens must be a sequence of tokens, one a text. Got "
                f"{tokens!r} instead."
            )
        if ids.dtype.kind in "iu":
            outside = ids[(ids < 0) | (ids >= self.n_tokens_)]
            if len(outside):
                raise ValueError(
                    f"tokens holds the id {outside[0]}. Ids are 0 to "
                    f"{self.n_tokens_ - 1}."
                )
            return ids
        vocabulary, unknown = self.encoder_.vocabulary_, self.encoder_.unk_token
        missing = [t for t in ids.tolist() if t not in vocabulary]
        if missing and unknown is None:
            raise ValueError(
                f"{missing[0]!r} is not in the vocabulary, and the model has no "
                "unk_token."
            )
        return np.array(
            [vocabulary.get(t, vocabulary.get(unknown)) for t in ids.tolist()]
        )

    # -- texts -------------------------------------------------------------------------

    def sample(
        self,
        n_samples: int = 1,
        *,
        prefix: Prefix | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        no_repeat_ngram: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool | None = None,
        random_state: RandomState = None,
    ) -> list[Any]:
        """Draw new texts: a token from its distribution, which is then read, and so on.

        Parameters
        ----------
        n_samples : int, default=1
            All are drawn side by side.
        prefix : str or list of str (or of int), default=None
            How the texts begin. Unknown tokens of it are read as ``unk_token``.
        min_length, max_length, no_repeat_ngram, temperature, top_k, top_p, allow_unk
            As the parameters of these names, which hold where they are None. Lengths
            are of what follows the prefix.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        texts : list of str, or list of lists of str (or of int)
            As ``encoder_.inverse_transform`` gives them, with the prefix.

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
        begun = self._prefix(prefix)
        step = self._stepper(normalized=False)
        with one_blas_thread():
            drawn = self._generation(options, begun=begun).draw(
                step,
                *self._read_prefix(step, begun),
                np.zeros(n_samples, np.intp),
                random_state,
            )
        return self._texts(prefix, drawn)

    def iter_sample(
        self,
        *,
        prefix: Prefix | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool | None = None,
        random_state: RandomState = None,
    ) -> Iterator[Any]:
        """Draw token after token, without end.

        Parameters
        ----------
        prefix, temperature, top_k, top_p, allow_unk, random_state
            As in ``sample``. What is said of a whole text (lengths, repetitions) has no
            meaning here.

        Yields
        ------
        token : str, or int of a model of integers
            ``encoder_.eos_token`` where a text ends and another begins. With running
            text (``contiguous``) the next one follows on it; else it has nothing to do
            with it.
        """
        options = self._options(
            "iter_sample",
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            allow_unk=allow_unk,
        )
        draw = sampler(options, p.random_generator(random_state, "iter_sample"))
        forbidden = self._generation(options).rules.forbidden
        step, names = self._stepper(normalized=False), self.tokens_
        begun = self._prefix(prefix)
        first = self._read_prefix(step, begun)
        new = self._read_prefix(step, []) if begun else first
        carried, one = self.contiguous, np.zeros(1, np.intp)

        def stream(log_p, state):
            while True:
                drawn = []
                with one_blas_thread():  # not while others use what is drawn
                    for _ in range(DRAWN_AHEAD):
                        log_p[:, forbidden] = -np.inf
                        token = draw(log_p, one)
                        drawn.append(names[token[0]])
                        ended = token[0] == self._eos and not carried
                        log_p, state = new if ended else step(token, state)
                yield from drawn

        return stream(*first)

    def beam_search(
        self,
        *,
        prefix: Prefix | None = None,
        n_best: int = 1,
        beam_size: int | None = None,
        length_penalty: LengthPenalty | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        no_repeat_ngram: int | None = None,
        allow_unk: bool | None = None,
    ) -> list[tuple[Any, float]]:
        """Search for the most likely continuation of a text.

        Parameters
        ----------
        prefix : str or list of str (or of int), default=None
            How the text begins.
        n_best : int, default=1
            Texts to give. With more than ``beam_size`` the beam is as wide as this.
        beam_size, length_penalty, min_length, max_length, no_repeat_ngram, allow_unk
            As the parameters of these names, which hold where they are None. Lengths
            are of what follows the prefix.

        Returns
        -------
        found : list of (text, log probability)
            The best one first (as ``length_penalty`` ranks them), fewer than ``n_best``
            where there are no more. Texts as of ``sample``; the probability is that of
            what follows the prefix, the end included if it was reached.

        Raises
        ------
        ValueError
            If a parameter is not as described.
        """
        p.check_value(n_best, "n_best", "beam_search", [p.integer(1)])
        options = self._options(
            "beam_search",
            beam_size=beam_size,
            length_penalty=length_penalty,
            min_length=min_length,
            max_length=max_length,
            no_repeat_ngram=no_repeat_ngram,
            allow_unk=allow_unk,
        )
        begun = self._prefix(prefix)
        step = self._stepper()
        with one_blas_thread():
            (found,) = self._generation(options, begun=begun).search(
                step, *self._read_prefix(step, begun), n_best
            )
        texts = self._texts(prefix, [ids for ids, _ in found])
        return [(text, log_p) for text, (_, log_p) in zip(texts, found)]

    def _prefix(self, prefix):
        """Ids of a prefix, without an end."""
        if prefix is None:
            return []
        return self.encoder_.transform([prefix])[0][:-1].tolist()

    def _read_prefix(self, step, prefix):
        """What follows the begin and a prefix, and the state after them."""
        state = self.initial_state()
        for token in [self._eos, *prefix]:
            log_p, state = step(np.array([token]), state)
        return log_p, state

    def _texts(self, prefix, ids):
        """Texts that begin with a prefix as it is, also where it is unknown."""
        lengths = [len(text) for text in ids]
        flat = np.array([i for text in ids for i in text], dtype=np.intp)
        texts = self.encoder_.inverse_transform(
            RaggedArray.from_concatenated(flat, lengths)
        )
        if prefix is None:
            return texts
        read = self.encoder_._read([prefix])
        begun = [read.tokens[i] for i in read.ids[:-1]]
        return [
            ("".join(begun) if isinstance(text, str) else begun) + text
            for text in texts
        ]
