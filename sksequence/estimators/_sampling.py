"""How a language model is driven token by token: states, samples, beam search."""

from collections.abc import Iterator, Sequence
from functools import partial
from numbers import Integral, Number
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .. import _frames, _kinds
from .. import _parameters as p
from .._messages import brief
from .._state import check_fitted, reads_fitted
from .._threads import one_blas_thread
from .._typing import FloatArray, Prefix, RandomState, State
from ..network import WEIGHTS, Recurrent, RecurrentStepper, Stepper, WeightsCopy
from ..preprocessing import TokenEncoder
from ..preprocessing._text_checks import as_text
from ..sequences import RaggedArray
from ._base import predicts
from ._batches import overflow_message, quietly
from ._decoding import sampler
from ._ids import IdEncoder
from ._parameter_table import LengthPenalty
from ._stepping import Stepping, stepping_of
from ._token_output import TokenOutput

DRAWN_AHEAD = 32  # tokens that iter_sample draws at a time


class TextStepping(Stepping):
    """A language model that is driven from outside, one token at a time."""

    def __init__(self, fitted):
        super().__init__(fitted, of="texts")
        network = fitted._network
        self.layout = network.layout
        self.weights = WeightsCopy(self.layout, fitted.theta_)
        self.stepper = RecurrentStepper(network.layers, self.weights.views)
        owner = {WEIGHTS: [(1, np.dtype(np.int64))]}
        self.expected = owner | fitted._parts_of_state()

    def step(self, theta, ids, state):
        """Read a token of each text; of its weights, theta is for the embedding."""
        embedding = self.layout.view(theta, "embedding.E")
        return self.stepper.climb(embedding[ids], state)


class SamplingModel(TokenOutput):
    """``initial_state``, ``step``, and what is built on them, of a language model."""

    encoder_: TokenEncoder
    contiguous: bool

    @property
    def _output_encoder(self) -> TokenEncoder:
        return self.encoder_

    # -- step by step ------------------------------------------------------------------

    @reads_fitted
    def initial_state(self, n: int = 1) -> State:
        """The state of n texts before their first token.

        Parameters
        ----------
        n : int, default=1

        Returns
        -------
        state : dict of str -> tuple of ndarray of shape (n, ...)
            The states of each layer, and a fingerprint of the weights. ``{name:
            tuple(s[rows] for s in part) for name, part in state.items()}`` selects some
            texts.
        """
        p.check_value(n, "n", "initial_state", [p.integer(0)])
        owners = stepping_of(self, TextStepping).weights.owners(int(n))
        return {**self._begin(int(n)), WEIGHTS: (owners,)}

    def _begin(self, n=1):
        """The states of n texts by layer, before any token."""
        return {
            name: tuple(np.zeros((n, width), dtype) for width, dtype in arrays)
            for name, arrays in self._parts_of_state().items()
        }

    def _parts_of_state(self):
        """By layer: width and type of each array of its states."""
        n_states = len(self._network.layers["rnn0"].cell.states)
        sizes, dtype = self.architecture_["hidden_layer_sizes"], self.theta_.dtype
        return {f"rnn{k}": [(width, dtype)] * n_states for k, width in enumerate(sizes)}

    @predicts
    @one_blas_thread
    def step(
        self, tokens: Sequence[str] | Sequence[int] | npt.NDArray[Any], state: State
    ) -> tuple[FloatArray, State]:
        """Read one token of each text.

        Parameters
        ----------
        tokens : sequence of str or of int, length n
            Tokens, which are read as in a text, or token ids. A model of integers takes
            only tokens. ``encoder_.eos_token`` begins a text.
        state : dict
            From ``initial_state`` or the previous step; it is not changed.

        Returns
        -------
        log_proba : ndarray of shape (n, n_tokens)
            Log probabilities of the next token of each text.
        state : dict

        Raises
        ------
        ValueError
            If a token is not in the vocabulary and there is no ``unk_token``, if an id
            does not exist, if a value is neither a token nor an id, or if ``state``
            belongs to another model or to another number of texts.
        """
        check_fitted(self)
        ids = self._ids(tokens)
        stepping = stepping_of(self, TextStepping)
        n = stepping.check_state(state)
        if len(ids) != n:
            raise ValueError(
                f"tokens must hold one token for each of the {n} texts of state. Got "
                f"{len(ids)} instead."
            )
        step = self._follower(partial(stepping.step, self.theta_))
        log_p, after = self._in_turn(n, step, ids, state)
        return log_p, {**after, WEIGHTS: state[WEIGHTS]}

    def _stepper(self, normalized=True):
        """``step`` for ids, with all that is the same at every step arranged once.

        If not ``normalized``, log probabilities may lack a constant a row.
        """
        check_fitted(self)
        network = self._network
        stepper = Stepper(network.layers, network.layout.views(self.theta_))
        return self._follower(stepper.step, normalized)

    def _follower(self, read, normalized=True):
        """``step`` for ids, of which ``read`` does what is below the head."""
        network = self._network
        head, params = network.head, network.head_params(self.theta_)
        bounded = all(
            layer.cell.bounded
            for layer in network.layers.values()
            if isinstance(layer, Recurrent)
        )

        def step(ids, state):
            with quietly():
                H, state = read(ids, state)
                scores = head.scores(params, H)
            if not bounded and not np.isfinite(scores).all():
                raise ValueError(overflow_message("the text so far", self))
            return head.log_predict(scores) if normalized else scores, state

        return step

    def _ids(self, tokens):
        """Ids of tokens, each of which may be a token or (not of integers) an id."""
        if _kinds.is_frame(tokens) or not _kinds.is_list_like(tokens):
            scalar = isinstance(tokens, (str, bytes, Number))
            raise ValueError(
                "tokens must be a sequence of tokens, one a text. Got "
                f"{brief(tokens) if scalar else type(tokens).__name__} instead."
            )
        tokens = _frames.plain(tokens, "tokens")
        clean = self.encoder_._clean_token()
        return np.array(
            [self._id(token, i, clean) for i, token in enumerate(tokens)], dtype=np.intp
        )

    def _id(self, token, i, clean):
        encoder, name = self.encoder_, f"tokens[{i}]"
        integer = isinstance(token, Integral) and not isinstance(token, bool)
        of_integers = isinstance(encoder, IdEncoder)
        specials = encoder.eos_token, encoder.unk_token
        if integer and not of_integers:
            if not 0 <= token < self.n_tokens_:
                raise ValueError(
                    f"{name} holds the id {token}. Ids are 0 to {self.n_tokens_ - 1}."
                )
            return token
        if isinstance(token, (str, bytes)) and not of_integers:
            token = clean(as_text(token, name))
        elif not (integer or (isinstance(token, str) and token in specials)):
            kind = "an integer" if of_integers else "a string, or the id of one"
            raise ValueError(
                f"{name} is {brief(token)}. Expected a token, which is {kind}."
            )
        found = encoder.vocabulary_.get(token, self._unknown)
        if found is None:
            raise ValueError(
                f"{name}: {brief(token)} is not in the vocabulary, and the model has "
                "no unk_token."
            )
        return found

    # -- texts -------------------------------------------------------------------------

    @predicts
    @one_blas_thread
    def sample(
        self,
        n_samples: int = 1,
        *,
        prefix: Prefix | None = None,
        min_length: int | None = None,
        max_length: int | Literal["auto"] | None = None,
        no_repeat_ngram: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        allow_unk: bool | None = None,
        random_state: RandomState = None,
    ) -> list[Any]:
        """Draw new texts, one token after the other from its distribution.

        Parameters
        ----------
        n_samples : int, default=1
            Number of texts. They are drawn in parallel.
        prefix : str or list of str (or of int), default=None
            The beginning of all texts, kept exactly. The model reads it like other
            text: in lower case with ``lowercase``, in Unicode's form NFC, and with
            unknown tokens as ``unk_token``.
        min_length, max_length, no_repeat_ngram, temperature, top_k, top_p, allow_unk
            Options of this call; None means the parameter of the same name. Lengths do
            not include the prefix.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        texts : list of str, or list of lists of str (or of int)
            As ``encoder_.inverse_transform`` returns them, including the prefix.

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
        prefix_ids, begun = self._prefix(prefix)
        step = self._stepper(normalized=False)
        generation = self._generation(options, begun=prefix_ids)
        which = np.zeros(n_samples, np.intp)
        write = partial(self._texts, begun)
        return self._in_turn(
            n_samples,
            lambda: generation.draw(
                step,
                *self._read_prefix(step, self._begin(), prefix_ids),
                which,
                random_state,
                write,
            ),
        )

    @reads_fitted
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
        """Draw one token after another, without end.

        Parameters
        ----------
        prefix, temperature, top_k, top_p, allow_unk, random_state
            As in ``sample``. Options of whole texts (lengths, repetitions) do not
            apply.

        Yields
        ------
        token : str, or int of a model of integers
            ``encoder_.eos_token`` at the end of a text, after which another text
            begins. With running text (``contiguous``) the next text continues from the
            state of the last one; otherwise it is independent.
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
        prefix_ids, _ = self._prefix(prefix)
        first = self._read_prefix(step, self._begin(), prefix_ids)
        new = self._read_prefix(step, self._begin(), []) if prefix_ids else first
        carried, one = self.contiguous, np.zeros(1, np.intp)

        @one_blas_thread  # not while others use what is drawn
        def draw_ahead(log_p, state):
            drawn = []
            for _ in range(DRAWN_AHEAD):
                log_p[:, forbidden] = -np.inf
                token = draw(log_p, one)
                drawn.append(names[token[0]])
                ended = token[0] == self._eos and not carried
                log_p, state = new if ended else step(token, state)
            return drawn, log_p, state

        def stream(log_p, state):
            while True:
                drawn, log_p, state = draw_ahead(log_p, state)
                yield from drawn

        return stream(*first)

    @predicts
    @one_blas_thread
    def beam_search(
        self,
        *,
        prefix: Prefix | None = None,
        n_best: int = 1,
        beam_size: int | None = None,
        length_penalty: LengthPenalty | None = None,
        min_length: int | None = None,
        max_length: int | Literal["auto"] | None = None,
        no_repeat_ngram: int | None = None,
        allow_unk: bool | None = None,
    ) -> list[tuple[Any, float]]:
        """Search for the most likely continuation of a text.

        Parameters
        ----------
        prefix : str or list of str (or of int), default=None
            The beginning of the text, as in ``sample``.
        n_best : int, default=1
            Number of texts to return. If it is larger than ``beam_size``, the beam is
            ``n_best`` wide.
        beam_size, length_penalty, min_length, max_length, no_repeat_ngram, allow_unk
            Options of this call; None means the parameter of the same name. Lengths do
            not include the prefix.

        Returns
        -------
        found : list of (text, log probability)
            The best first (ranked with ``length_penalty``); fewer than ``n_best`` if
            there are no more. Texts are as in ``sample``; the probability is that of
            the tokens after the prefix, including the end if it was reached.

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
        prefix_ids, begun = self._prefix(prefix)
        step = self._stepper()
        generation = self._generation(options, begun=prefix_ids)
        (found,) = self._in_turn(
            1,
            lambda: generation.search(
                step, *self._read_prefix(step, self._begin(), prefix_ids), n_best
            ),
        )
        texts = self._texts(begun, [ids for ids, _ in found])
        return [(text, log_p) for text, (_, log_p) in zip(texts, found)]

    def _texts(self, begun, ids):
        """Texts that begin with the tokens of a prefix as they were given."""
        lengths = [len(text) for text in ids]
        flat = np.array([i for text in ids for i in text], dtype=np.intp)
        texts = self.encoder_.inverse_transform(
            RaggedArray.from_concatenated(flat, lengths)
        )
        return [
            ("".join(begun) if isinstance(text, str) else begun) + text
            for text in texts
        ]
