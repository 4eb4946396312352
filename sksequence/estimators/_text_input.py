"""Input that is texts: sentences, or running text, as tokens before and tokens.

The token before the first one of a text is the end of a text. Running text is one
sequence, its documents one after the other, with their ends in between.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from numbers import Real
from os.path import isfile

import numpy as np

from .. import _parameters as p
from .._messages import brief, renamed
from ..preprocessing import TokenEncoder
from ..sequences import RaggedArray, check_step_weight, refuse_static
from ._data import Data
from ._ids import IdEncoder, number_depth
from ._spelling import ids_of, learn_letters, spelled, tokens_of
from ._validation import Given

LONGEST_PATH = 1000  # characters


class TextInput:
    """For a language model: with ``contiguous``, X is running text."""

    encoder_: TokenEncoder

    # -- text to steps -----------------------------------------------------------------

    def _start_encoder(self, of_numbers):
        if not of_numbers:
            return self._new_encoder("encoder")
        if self.encoder is not None:
            raise TypeError(
                "X holds numbers, and encoder is for text. Set encoder=None for "
                "sequences of integers."
            )
        return IdEncoder(
            min_count=self.min_count, max_tokens=self.max_tokens, add_eos=True
        )

    def _encode_texts(self, X, *, fit=False, spell=False, to_train=False):
        """(tokens before, tokens) of each text, the end of which is a token.

        With ``spell`` the tokens are ``spelled`` where some are unknown.
        """
        read, lines = self._read_texts(X, fit)
        if not fit:
            self.encoder_._warn_of_unknown(read, many=to_train)
        return self._encode_read(read, lines, spell=spell)

    def _encode_read(self, read, lines, *, spell=False):
        """As ``_encode_texts``, of what ``_read_texts`` gives."""
        tokens, places = self.encoder_._encode(read), read.ids
        if lines:  # the ends of which are no ends of texts
            held = tokens.values != self._eos
            held[-1] = True
            tokens = RaggedArray(tokens.values[held], [0, held.sum()])
            places = places[held]
        # The token before the first one of a text is the end of the text before.
        n_tokens = self.encoder_.n_tokens_
        ids = np.empty(len(tokens.values) + 1, np.min_scalar_type(n_tokens - 1))
        ids[0], ids[1:] = self._eos, tokens.values
        before, after = ids[:-1], ids[1:]
        known = self.encoder_.vocabulary_
        if spell and not known.keys() >= set(read.tokens):
            after = spelled(after, read.tokens, places, known, self._letters)
        return tokens.with_values(before), tokens.with_values(after)

    def _read_texts(self, X, fit=False):
        """What the encoder reads of X, and whether these are lines of one text."""
        refuse_static(X, type(self).__name__)
        if isinstance(X, (str, bytes)) and not self.contiguous:
            raise TypeError(
                "X is one string. Expected a list of sentences: [text] for only one. "
                "For one long text set contiguous=True, which reads it as running text."
            )
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
        if isinstance(X, str) and len(X) < LONGEST_PATH and isfile(X):
            p.warn_user(
                f"X is {brief(X)}, which is read as a text, and is the path of a file. "
                "For what the file holds pass open(path)."
            )
        if depth == 1 or (self.contiguous and isinstance(X, (str, bytes))):
            X, lines = [list(X) if lines else X], False
        if fit:
            self.encoder_ = self._start_encoder(depth > 0)
            self.encoder_._check_parameters()
        read = self.encoder_._read(X, keep_ends=self.contiguous)
        if fit:
            self.encoder_._warn_of_words(read, "X", self._analyzer_name("encoder"))
            self.encoder_._learn(read)
            self._letters = learn_letters(read.tokens[1:])  # all but the end
        return read, lines and self.contiguous

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
        # What training reads is not spelled: that would be all of a large text.
        spell = bool(suffix) or self.early_stopping
        read = partial(self._encode_texts, fit=reset, spell=spell, to_train=not suffix)
        before, tokens = renamed(read, X, f"X{suffix}")
        if self.contiguous:
            whole = [0, len(tokens.values)]
            before, tokens = (
                RaggedArray(part.values, whole) for part in (before, tokens)
            )
        return Data(before, tokens, self._check_weights(sample_weight, before))

    def _check_weights(self, sample_weight, X):
        if not self.contiguous:
            return check_step_weight(sample_weight, X)
        if sample_weight is not None:
            raise ValueError(
                "sample_weight must be None for running text (contiguous=True). Got "
                f"{type(sample_weight).__name__}."
            )
        return np.ones(len(X))  # all tokens count alike

    def _check_validation(self, X_val, y_val, architecture, dtype):
        validation = super()._check_validation(X_val, y_val, architecture, dtype)
        if isinstance(X_val, Iterator) and self.scoring is not None:
            # Lines of a text that can be read once only, and are no texts themselves.
            validation.given = self._documents(validation.data.y.values), None
        return validation

    def _hold_out(self, data, given, rng, keeper=None):
        if not self.contiguous:
            return super()._hold_out(data, given, rng, keeper)
        if not isinstance(self.validation_fraction, Real):
            raise ValueError(
                "The 'validation_fraction' parameter of RNNLanguageModel must be a "
                "float for running text (contiguous=True), of which the end is held "
                f"out. Got {type(self.validation_fraction).__name__}. Or pass X_val."
            )
        n = len(data.y.values)  # the end of the text, which is a text of its own
        n_held_out = max(1, round(n * self.validation_fraction))
        if n_held_out >= n:
            raise ValueError(
                f"early_stopping=True holds out {n_held_out} of the {n} tokens of "
                "X, and leaves nothing to train on. Pass more text, or X_val."
            )
        cut = [0, n - n_held_out, n]
        before = data.X.values.copy()  # X and y lie in one array
        before[cut[1]] = self._eos  # as before any text
        parts = Data(
            RaggedArray(before, cut),
            RaggedArray(data.y.values, cut),
            np.ones(2),
        )
        training, validation = super()._hold_out(parts, Given(None, None, None), rng)
        if self.scoring is not None:
            validation.given = self._documents(validation.data.y.values), None
        return training, validation

    def _split(self, y, rng):
        if self.contiguous:
            return np.array([0]), np.array([1])
        return super()._split(y, rng)

    def _documents(self, values):
        """Running text as the user would give it, of tokens with the ends of texts."""
        tokens = tokens_of(values, self.encoder_.get_feature_names_out())
        ends = np.flatnonzero(ids_of(values) == self._eos)
        texts = [part[:-1].tolist() for part in np.split(tokens, ends[:-1] + 1)]
        encoder = self.encoder_
        if encoder._fitted_on_strings and encoder.analyzer == "char":
            return ["".join(text) for text in texts]
        return texts

    def _encode(self, data, dtype, *, reset, partial):
        """Ids alone, of running text in parts that are read side by side."""
        data = super()._encode(data, dtype, reset=reset, partial=partial)
        X, y, weights = data.X, data.y.with_values(ids_of(data.y.values)), data.weights
        if not self.contiguous:
            return Data(X, y, weights)
        self._longest_output = 0  # running text has no length
        return _cut(X.values, y.values, self._n_batch(len(y.values)))

    def _shards(self, data, n_shards, rng):
        if not self.contiguous:
            return super()._shards(data, n_shards, rng)
        # Stretches of the text, each of as many parts as one batch.
        n_parts = len(data)
        data = _cut(data.X.values, data.y.values, n_parts * n_shards)
        return data, np.array_split(np.arange(len(data)), n_shards)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def _cut(before, tokens, n_parts):
    """Running text in so many parts of like lengths, or in as many as it has tokens."""
    n = len(tokens)
    n_parts = min(n_parts, n)
    lengths = np.full(n_parts, n // n_parts)
    lengths[: n % n_parts] += 1
    X, y = (RaggedArray.from_concatenated(a, lengths) for a in (before, tokens))
    return Data(X, y, np.ones(n_parts))
