"""From sentences to sequences of token ids, and back."""

import os
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .. import _kinds
from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._messages import brief
from .._parameters import Parameter, documented
from .._pickling import Versioned
from .._set_output import SetOutputIgnored
from .._state import keep_parameters, kept_if_failed, reads_fitted
from .._text import MARK, lines_of, normalize, texts_of_one_token
from .._typing import FilePath, FloatArray, IdSequences, ObjectArray, RandomState, Texts
from ..sequences import (
    RaggedArray,
    as_ragged,
    object_array,
    place_of,
    with_static_of,
)
from ._text_checks import as_sentences, as_text, as_tokens, refuse_missing_text
from ._vocabularies import given_tokens, vectors_of
from ._word_pattern import word_pattern

MANY_TEXTS = 10  # of one token each, for a warning
MANY_TOKENS, NEARLY_ALL = 20, 0.9  # of which so many are unknown, for a warning


@documented
class TokenEncoder(  # type: ignore[call-arg]
    Versioned,
    SetOutputIgnored,
    DocumentedOnline,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,
):
    """Turn sentences into sequences of token ids, and ids back into tokens.

    A sentence is a string, which is cut into words or characters, or a list of tokens,
    which is taken as it is. Both are brought to Unicode's form NFC first, line ends to
    ``"\\n"``, and a byte-order mark in front is left out, so that one text written in
    several ways gives the same tokens. All methods do so, and with tokens that are
    given (``vocabulary``, ``embedding_matrix``) too.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    vocabulary_ : dict of str -> int
        The id of each token, in the order of the ids: ``unk_token`` if there is one,
        ``eos_token`` with ``add_eos``, then the tokens from the most to the least
        frequent; tokens with equal counts in the order of their code points.
    n_tokens_ : int
        Size of the vocabulary.
    counts_ : dict of str -> int
        How often each token occurs in ``fit``, also for tokens that are not in the
        vocabulary. It is not set if ``vocabulary`` is given.

    See Also
    --------
    PerStep : With CountVectorizer, for steps that are texts.
    read_word_vectors : Vectors for ``embedding_matrix``.

    Notes
    -----
    An empty sentence becomes an empty sequence, for which estimators raise an error.

    Examples
    --------
    >>> from sksequence.preprocessing import TokenEncoder
    >>> encoder = TokenEncoder(add_eos=True)
    >>> X = encoder.fit_transform(["The cat sat.", "The dog sat, too."])
    >>> X
    RaggedArray of 2 sequences, 5 to 7 steps, int64
    >>> X[0]
    array([3, 6, 4, 2, 1])
    >>> encoder.inverse_transform(X)[1]
    ['The', 'dog', 'sat', ',', 'too', '.']

    A word that ``fit`` has not seen:

    >>> encoder.transform(["The bird sat."])[0]
    array([3, 0, 4, 2, 1])
    >>> encoder.get_feature_names_out()[:5]
    array(['<unk>', '</s>', '.', 'The', 'sat'], dtype=object)
    """

    vocabulary_: dict[str, int]
    n_tokens_: int
    counts_: dict[str, int]

    _parameters = {
        "analyzer": Parameter(
            "word",
            [p.one_of("word", "char"), p.CALLABLE],
            'How a string is split into tokens. "word": words, numbers and other '
            'signs. "char": characters (code points, including spaces). A function '
            "takes a string and returns a list of tokens. Text without spaces "
            'between words needs "char" or a function.',
        ),
        "token_pattern": Parameter(
            None,
            [p.NONE, p.instance(str)],
            'Regular expression of a token, for ``analyzer="word"``. None: a pattern '
            "for words (with combining marks, inner apostrophes and hyphens), for "
            "numbers such as 3.14, and for any other single sign that is not a "
            "space. An emoji of several characters is one token.",
        ),
        "lowercase": Parameter(
            False, [p.BOOLEAN], "Whether to convert text to lower case."
        ),
        "min_count": Parameter(
            1,
            [p.integer(1)],
            "Tokens that occur less often are left out of the vocabulary.",
        ),
        "max_tokens": Parameter(
            None,
            [p.NONE, p.integer(1)],
            "Largest size of the vocabulary, including ``unk_token`` and "
            "``eos_token``. The most frequent tokens are kept. None: no limit.",
        ),
        "unk_token": Parameter(
            "<unk>",
            [p.NONE, p.instance(str)],
            "The token that stands for all tokens that are not in the vocabulary. "
            "None: such tokens raise an error.",
        ),
        "add_eos": Parameter(
            False,
            [p.BOOLEAN],
            "Whether to put ``eos_token`` at the end of each sequence.",
        ),
        "eos_token": Parameter(
            "</s>",
            [p.instance(str)],
            "The token at the end of each sequence, with ``add_eos``. Sentences must "
            "not contain it.",
        ),
        "vocabulary": Parameter(
            None,
            [
                p.NONE,
                p.Expected(
                    "a sequence or mapping of tokens, or a path",
                    lambda v: (
                        isinstance(v, (str, Mapping, os.PathLike))
                        or _kinds.is_frame(v)
                        or (_kinds.is_list(v) and getattr(v, "ndim", 1) == 1)
                    ),
                    "sequence, mapping or path of tokens",
                ),
            ],
            "The tokens in the order of their ids, a dict from token to id, or a "
            "UTF-8 file with one token per line; all are read in the same form as "
            "text. ``fit`` then learns nothing, and ``min_count`` and ``max_tokens`` "
            "are not used. ``unk_token`` and ``eos_token`` are put at the beginning "
            "if they are missing; a dict must hold them. None: the tokens of the "
            "data in ``fit``.",
        ),
    }

    _kept = (
        *("analyzer", "token_pattern", "lowercase"),
        *("unk_token", "add_eos", "eos_token"),
    )

    def __init__(
        self,
        analyzer: Literal["word", "char"] | Callable[[str], Iterable[str]] = "word",
        *,
        token_pattern: str | None = None,
        lowercase: bool = False,
        min_count: int = 1,
        max_tokens: int | None = None,
        unk_token: str | None = "<unk>",
        add_eos: bool = False,
        eos_token: str = "</s>",
        vocabulary: Sequence[str]
        | npt.NDArray[Any]
        | Mapping[str, int]
        | FilePath
        | None = None,
    ):
        self.analyzer = analyzer
        self.token_pattern = token_pattern
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.unk_token = unk_token
        self.add_eos = add_eos
        self.eos_token = eos_token
        self.vocabulary = vocabulary

    @kept_if_failed
    def fit(self, X: Texts, y: object = None) -> Self:
        """Learn the vocabulary.

        Parameters
        ----------
        X : list, array or column of sentences, or an iterable of them
            Strings (or UTF-8 bytes), or lists of tokens. Each row of a 2-D array is a
            list of tokens. An iterator, such as an open file, is read once, line by
            line; the sentences do not include the line ends.
        y : None
            Ignored.

        Returns
        -------
        self : TokenEncoder

        Raises
        ------
        TypeError
            If X is one string, or holds anything else than strings and lists of
            strings.
        ValueError
            If a parameter is not as expected, a sentence holds ``eos_token``, bytes
            are not UTF-8, or no token is left for the vocabulary.
        """
        self._fit(X)
        return self

    @kept_if_failed
    def fit_transform(self, X: Texts, y: object = None) -> RaggedArray:
        """Learn the vocabulary and return the ids, in one pass over the text.

        Parameters
        ----------
        X : list, array or column of sentences
            As in ``fit``.
        y : None
            Ignored.

        Returns
        -------
        Xt : RaggedArray of int
            As of ``transform``.
        """
        return with_static_of(self._encode(self._fit(X)), X)

    @kept_if_failed
    def partial_fit(self, X: Texts, y: object = None) -> Self:
        """Learn from more sentences, for text that does not fit in memory.

        After all pieces, the vocabulary is the same as after one ``fit`` on the whole
        text. A call may change the ids of tokens, so transform after the last call.
        Each call sorts the vocabulary again: a few large pieces are faster than many
        small ones.

        Parameters
        ----------
        X : list, array or column of sentences
            As in ``fit``.
        y : None
            Ignored.

        Returns
        -------
        self : TokenEncoder
        """
        self._fit(X, resume=True)
        return self

    @reads_fitted
    def transform(self, X: Texts) -> RaggedArray:
        """Return the ids of the tokens.

        Parameters
        ----------
        X : list, array or column of sentences
            As in ``fit``.

        Returns
        -------
        Xt : RaggedArray of int
            One sequence per sentence, one id per step: values of shape (n_rows,).

        Raises
        ------
        ValueError
            If a token is not in the vocabulary and ``unk_token`` is None, and as in
            ``fit``.

        Warns
        -----
        UserWarning
            If sentences were lists of tokens in ``fit``, and X is strings of one token.
        """
        check_is_fitted(self)
        read = self._read(X)
        n = len(read.offsets) - 1
        if (
            not self._fitted_on_strings
            and read.only_strings
            and n > 1
            and len(read.ids) == n * (1 + self.add_eos)
        ):
            p.warn_user(
                f"{n} strings are each read as a sentence of one token, but in fit "
                "sentences were lists of tokens. One sentence is passed as [tokens]."
            )
        self._warn_of_unknown(read)
        return with_static_of(self._encode(read), X)

    @reads_fitted
    def inverse_transform(self, X: IdSequences) -> list[Any]:
        """Return the tokens of ids.

        Parameters
        ----------
        X : sequences of int
            As ``transform`` returns them. With ``add_eos``, ``eos_token`` at the end is
            left out.

        Returns
        -------
        sentences : list of list of str, or list of str
            Tokens; strings if ``analyzer="char"`` and all sentences in ``fit`` were
            strings.

        Raises
        ------
        ValueError
            If X holds anything but ids of the vocabulary.
        """
        check_is_fitted(self)
        X = as_ragged(X, empty=True)
        ids = X.values
        if not X.is_sparse and ids.ndim == 2 and ids.shape[1] == 1:
            ids = ids[:, 0]
        if X.is_sparse or ids.ndim != 1 or (len(ids) and ids.dtype.kind not in "iu"):
            raise ValueError(
                "X must hold one integer token id a step. Got "
                f"{'sparse ' if X.is_sparse else ''}steps of shape {ids.shape[1:]} of "
                f"{ids.dtype} instead."
            )
        outside = np.flatnonzero((ids < 0) | (ids >= self.n_tokens_))
        if len(outside):
            i, t = place_of(X.offsets, outside[0])
            raise ValueError(
                f"X[{i}] holds the token id {ids[outside[0]]} at step {t}. The ids of "
                f"this TokenEncoder are 0 to {self.n_tokens_ - 1}."
            )
        tokens = self.get_feature_names_out()[ids.astype(np.intp)].tolist()
        sentences = [
            tokens[a:b] for a, b in zip(X.offsets[:-1].tolist(), X.offsets[1:].tolist())
        ]
        if self.add_eos:
            eos = normalize(self.eos_token)
            for sentence in sentences:
                if sentence and sentence[-1] == eos:
                    sentence.pop()
        if self._fitted_on_strings and self.analyzer == "char":
            return ["".join(sentence) for sentence in sentences]
        return sentences

    @reads_fitted
    def get_feature_names_out(self, input_features: object = None) -> ObjectArray:
        """Return the tokens in the order of their ids.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        tokens : ndarray of str, shape (n_tokens,)
            An object array.
        """
        check_is_fitted(self)
        return object_array(list(self.vocabulary_))

    @reads_fitted
    def embedding_matrix(
        self,
        vectors: Mapping[str, npt.ArrayLike],
        *,
        embedding_dim: int | None = None,
        random_state: RandomState = None,
    ) -> FloatArray:
        """Return the vectors of the tokens as rows of an array, for ``embedding_init``.

        Tokens without a vector get normal random numbers with the standard deviation of
        the vectors that were found [1]_, or 1 / sqrt(width) if none were found.

        Parameters
        ----------
        vectors : mapping of str -> array-like of shape (width,)
            From ``read_word_vectors``, or any object with ``token in vectors`` and
            ``vectors[token]``. Keys of a dict are read like texts, in NFC, and in lower
            case with ``lowercase``, unless the token itself is a key.
        embedding_dim : int, default=None
            The expected width. None: that of the first vector found.
        random_state : int, RandomState instance or None, default=None
            For the tokens without a vector.

        Returns
        -------
        matrix : ndarray of shape (n_tokens, width)
            Row k is the vector of the token with id k; float32, or float64 if the
            vectors have more than 32 bits.

        Raises
        ------
        TypeError
            If ``vectors`` is not a mapping.
        ValueError
            If vectors differ in width, if a vector does not hold finite numbers in the
            range of float32, or if no token has a vector and ``embedding_dim`` is None.

        References
        ----------
        .. [1] Kim, "Convolutional neural networks for sentence classification",
           EMNLP 2014.

        Examples
        --------
        >>> from sksequence.preprocessing import TokenEncoder
        >>> encoder = TokenEncoder().fit(["a cat"])
        >>> vectors = {"a": [1.0, -1.0], "dog": [3.0, 4.0]}
        >>> encoder.embedding_matrix(vectors, random_state=0).shape
        (3, 2)
        """
        check_is_fitted(self)
        if embedding_dim is not None:
            p.check_value(
                embedding_dim, "embedding_dim", "embedding_matrix", [p.integer(1)]
            )
        found = vectors_of(self.vocabulary_, vectors, self.lowercase, embedding_dim)
        width = embedding_dim or len(next(iter(found.values())))
        rng = p.random_generator(random_state, "embedding_matrix")
        matrix = rng.standard_normal((self.n_tokens_, width)) / np.sqrt(width)
        if not found:
            return matrix.astype(np.float32)
        known = np.stack(list(found.values()))
        deviation = known.std(dtype=np.float64)
        if deviation > 0:
            matrix *= deviation * np.sqrt(width)
        matrix[list(found)] = known
        return matrix.astype(np.result_type(known, np.float32), copy=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    # -- parameters --------------------------------------------------------------------

    def _check_parameters(self):
        p.check_parameters(self, self._parameters)
        if self.token_pattern is not None:
            self._check_pattern()
        specials = self._special_tokens()
        if len(set(specials)) < len(specials):
            raise ValueError(
                f"unk_token and eos_token are both {brief(self.eos_token)}. They "
                "must differ."
            )
        if self.vocabulary is None and self.max_tokens is not None:
            room = [p.integer(len(specials) + 1)]
            p.check_value(self.max_tokens, "max_tokens", type(self).__name__, room)

    def _check_pattern(self):
        try:
            pattern = re.compile(self.token_pattern)
        except (re.error, OverflowError, RecursionError) as error:
            wrong = str(error)
        else:
            if pattern.groups <= 1 and pattern.search("") is None:
                return
            wrong = (
                f"{pattern.groups} groups" if pattern.groups > 1 else "one that does"
            )
        raise ValueError(
            "The 'token_pattern' parameter of TokenEncoder must be a regular "
            "expression with at most one group that does not match the empty string. "
            f"Got {brief(self.token_pattern)} instead ({wrong})."
        )

    def _special_tokens(self):
        """Tokens that are not part of the text, in the order of their ids."""
        specials = [] if self.unk_token is None else [self.unk_token]
        if self.add_eos:
            specials.append(self.eos_token)
        return [normalize(token) for token in specials]

    # -- sentences to tokens to ids ----------------------------------------------------

    def _token_lists(self, X):
        """The tokens of each sentence, checked; one list after the other."""
        for tokens, _ in self._cut(X):
            yield tokens

    def _cut(self, X):
        """(tokens, characters) of each sentence; a space is between listed tokens."""
        clean = cache(self._clean_token())  # each different token once
        analyze = self._analyze()
        eos = normalize(self.eos_token) if self.add_eos else None
        expected, rest = "a string or a list of tokens", iter(X)
        for i, sentence in enumerate(rest):
            if isinstance(sentence, np.ndarray):
                sentence = sentence.tolist()
            if isinstance(sentence, (str, bytes)):
                text = as_text(sentence, f"X[{i}]").lstrip(MARK)
                text = normalize(text, self.lowercase)
                tokens, n_characters = analyze(text), len(text)
                if callable(self.analyzer):
                    tokens = as_tokens(tokens, f"analyzer(X[{i}])", "a list of tokens")
                    tokens = [clean(token) for token in tokens]
                elif self.token_pattern is not None and "" in tokens:
                    raise ValueError(
                        f"token_pattern={brief(self.token_pattern)} finds an empty "
                        f"token in X[{i}], {brief(sentence)}. It must match a "
                        "character at least, in its group if it has one."
                    )
            else:
                refuse_missing_text(sentence, rest, f"X[{i}]", expected)
                tokens = as_tokens(sentence, f"X[{i}]", expected)
                tokens = [clean(token) for token in tokens]
                n_characters = sum(map(len, tokens)) + max(len(tokens) - 1, 0)
            if eos is not None and eos in tokens:
                raise ValueError(
                    f"X[{i}] holds the token {brief(eos)} at step {tokens.index(eos)}, "
                    "which add_eos puts at the end. Choose another eos_token."
                )
            yield tokens, n_characters

    def _clean_token(self):
        """A function that normalizes a token."""
        specials = set(self._special_tokens())

        def clean(token):
            plain = normalize(token)
            return plain if plain in specials else normalize(plain, self.lowercase)

        return clean

    def _analyze(self):
        if callable(self.analyzer):
            return self.analyzer
        if self.analyzer == "char":
            return list
        if self.token_pattern is None:
            return word_pattern().findall
        return re.compile(self.token_pattern).findall

    def _read(self, X, *, keep_ends=False):
        """The different tokens of X, and all tokens as ids: places among them.

        Tokens are in the order of their first occurrence, after the end token if there
        is one. An id takes four bytes. With ``keep_ends`` the lines of an iterator are
        parts of one text, and keep their ends.
        """
        places = {}
        if self.add_eos:
            places[normalize(self.eos_token)] = 0
        ids, lengths, characters, n_strings, n_lines = array("i"), [], 0, 0, 0
        sentences = as_sentences(X)
        of_iterator = isinstance(sentences, Iterator)
        if of_iterator:
            sentences = lines_of(sentences, keep_ends)

        def watched():
            nonlocal n_strings
            for sentence in sentences:
                one = isinstance(sentence, (str, bytes))
                n_strings += one or getattr(sentence, "ndim", 1) == 0
                yield sentence

        for tokens, n_characters in self._cut(watched()):
            if tokens[-1:] == ["\n"] and tokens.count("\n") == 1:
                n_lines += n_lines == len(lengths)  # so far all are lines
            ids.extend([places.setdefault(token, len(places)) for token in tokens])
            if self.add_eos:
                ids.append(0)
            lengths.append(len(tokens) + self.add_eos)
            characters += n_characters
        n = len(lengths)
        if n == 0:
            raise ValueError(
                "X is empty: found array with 0 sample(s), while a minimum of 1 "
                "sentence is required by TokenEncoder."
            )
        if n_strings == n and n_lines >= max(n - 1, 2) and not of_iterator:
            p.warn_user(
                f"The {n} texts of X are lines that end in a line end, which is read "
                "as their last token. Take it off with line.rstrip('\\n'), or pass the "
                "open file, whose lines are read without it."
            )
        return SimpleNamespace(
            tokens=list(places),
            ids=np.asarray(ids, np.intc),
            offsets=np.cumsum([0, *lengths]),
            only_strings=n_strings == n,
            n_characters=characters,
        )

    def _fit(self, X, *, resume=False, **names):
        """Learn from X, and give what was read; names as of ``_warn_of_words``."""
        self._check_parameters()
        read = self._read(X)
        self._warn_of_words(read, **names)
        self._learn(read, resume=resume)
        return read

    def _warn_of_words(self, read, name="X", analyzer="analyzer"):
        """Warn where nearly every text is one token: there is no sequence then.

        Parameters
        ----------
        read : namespace
            As ``_read`` gives it.
        name, analyzer : str
            What the caller calls X, and the parameter that says what a token is.
        """
        by_words = self.analyzer == "word" and self.vocabulary is None
        if not by_words or not read.only_strings:
            return
        lengths = np.diff(read.offsets) - self.add_eos
        single = texts_of_one_token(lengths, read.n_characters, MANY_TEXTS)
        if len(single):
            token = read.tokens[read.ids[read.offsets[single[0]]]]
            p.warn_user(
                f"{len(single)} of the {len(lengths)} texts of {name} are one token "
                f'each, such as {brief(token)}. Did you mean {analyzer}="char", '
                "which cuts them into characters? Lists of tokens cause no warning."
            )

    def _warn_of_unknown(self, read, many=True):
        """Warn of tokens that could never be known, and if ``many`` are unknown."""
        if self.unk_token is None:
            return
        known = self.vocabulary_
        unknown = np.array([token not in known for token in read.tokens])
        if not unknown.any():
            return
        if self.analyzer == "char" and self._fitted_on_strings:
            long = [token for token in read.tokens if len(token) > 1]
            long = [token for token in long if token not in known]
            if long and not read.only_strings:
                p.warn_user(
                    f"{brief(long[0])} is given as one token, but the texts of fit "
                    'were cut into single characters (analyzer="char"): it is unknown. '
                    "Pass a string, or list(text)."
                )
                return
        n = np.count_nonzero(unknown[read.ids])
        n_tokens = len(read.ids) - self.add_eos * (len(read.offsets) - 1)
        if many and n_tokens >= MANY_TOKENS and n > NEARLY_ALL * n_tokens:
            token = read.tokens[unknown.argmax()]
            p.warn_user(
                f"{n} of {n_tokens} tokens of X are not in the vocabulary of fit, "
                f"such as {brief(token)}: all of these are read as "
                f"{brief(self.unk_token)}."
            )

    def _learn(self, read, *, resume=False):
        """Set what is learnt, once all of the text has passed the checks."""
        n = np.bincount(read.ids, minlength=len(read.tokens)).tolist()
        counts = Counter(dict(zip(read.tokens, n)))
        if self.add_eos:
            del counts[read.tokens[0]]
        fitted_on_strings = read.only_strings
        if resume and hasattr(self, "vocabulary_"):
            fitted_on_strings = fitted_on_strings and self._fitted_on_strings
            counts.update(getattr(self, "counts_", {}))

        specials = self._special_tokens()
        if self.vocabulary is None:
            by_count = sorted(sorted(counts), key=counts.get, reverse=True)  # stable
            tokens = specials + [
                token
                for token in by_count
                if counts[token] >= self.min_count and token not in specials
            ]
            if not counts and not resume:
                raise ValueError(
                    "X holds no token, and none is left for the vocabulary: all texts "
                    "are empty, or no part of them is a token."
                )
            if len(tokens) == len(specials) and not resume:
                raise ValueError(
                    f"No token is left for the vocabulary: X holds {len(counts)} "
                    f"different tokens, none of them {self.min_count} times "
                    "(min_count)."
                )
            tokens = tokens[: self.max_tokens]
            self.counts_ = {token: counts[token] for token in by_count}
        else:
            eos = normalize(self.eos_token)
            tokens = given_tokens(self.vocabulary, specials, eos, self.lowercase)
            vars(self).pop("counts_", None)
        keep_parameters(self, self._kept)
        self.vocabulary_ = {token: k for k, token in enumerate(tokens)}
        self.n_tokens_ = len(tokens)
        self._fitted_on_strings = fitted_on_strings

    def _encode(self, read):
        """What was read as ids of the vocabulary, a RaggedArray."""
        unknown = -1
        if self.unk_token is not None:
            unknown = self.vocabulary_[normalize(self.unk_token)]
        known = [self.vocabulary_.get(token, unknown) for token in read.tokens]
        ids = np.array(known, dtype=np.intp)[read.ids]
        if unknown == -1 and ids.min(initial=0) == -1:
            row = ids.argmin()
            i, t = place_of(read.offsets, row)
            raise ValueError(
                f"X[{i}] holds the token {brief(read.tokens[read.ids[row]])} at step "
                f"{t}, "
                "which is not in the vocabulary. Set unk_token to give unknown tokens "
                "an id."
            )
        return RaggedArray(ids, read.offsets)
