"""Features of tokens for taggers: the word, its form, its parts, its neighbors."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .. import _frames, _kinds
from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._messages import brief, naming
from .._parameters import Parameter, documented
from .._pickling import Versioned
from .._set_output import SetOutputIgnored
from .._state import keep_parameters, kept_if_failed, reads_fitted
from .._text import normalize
from .._typing import ObjectArray, StepSequences
from ..sequences import RaggedArray, with_static_of

LISTS = tuple, list, np.ndarray
KINDS = {
    "w": "word",
    "l": "lowercase",
    "s": "shape",
    "n": "ngram_range",
    "e": "extra",
}
# The name of a feature; of an n-gram only if it looks like another's.
NAME = re.compile(r"([+-]\d+:)?([wlsne]|\d+)=")
PAIR = p.Expected(
    "a pair (lowest, highest) of ints from 1 to 100",
    lambda v: (
        isinstance(v, (tuple, list))
        and len(v) == 2
        and all(p.integer(1, 100).holds(n) for n in v)
        and v[0] <= v[1]
    ),
    "(int, int)",
)


@documented
class TokenFeatures(  # type: ignore[call-arg]
    Versioned,
    SetOutputIgnored,
    DocumentedOnline,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,
):
    """Describe each token by sparse features, which unseen words have, too.

    Use it before a tagger with ``embedding_dim``, which learns a vector for each
    feature; a token is the sum of the vectors of its features. A word that does not
    occur in ``fit`` still has the features of its letters and of its shape.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    vocabulary_ : dict of str -> int
        The column of each feature.

    See Also
    --------
    TokenEncoder : Token ids only.
    PerStep : With CountVectorizer or DictVectorizer, for your own features.

    Notes
    -----
    The features of the token "McCoy's" are "w=McCoy's"; "l=mccoy's"; the shape
    "s=XxXx'x", where X stands for capital letters, x for small letters and 9 for
    digits, without repetitions; and the n-grams of "<McCoy's>", such as "<Mc" and
    "y's>", counted as often as they occur ("n=" stands before one that looks like
    another feature, as "w=t"). Features of a neighbor are "l=" (unless
    ``lowercase=False``) and "s=" (unless ``shape=False``) after its distance:
    "-1:l=the".

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sksequence import RNNTagger
    >>> from sksequence.preprocessing import TokenFeatures
    >>> X = [["Anna", "saw", "Otto"], ["Otto", "saw", "Lena"]] * 10
    >>> y = [["NAME", "VERB", "NAME"]] * 20
    >>> tagger = make_pipeline(
    ...     TokenFeatures(), RNNTagger(16, embedding_dim=9, max_iter=10, random_state=0)
    ... )
    >>> tagger.fit(X, y).predict([["Maria", "saw", "Ella"]])[0].tolist()
    ['NAME', 'VERB', 'NAME']
    """

    _parameters = {
        "word": Parameter(True, [p.BOOLEAN], "Whether the token is a feature."),
        "lowercase": Parameter(
            True, [p.BOOLEAN], "Whether the token in lower case is a feature."
        ),
        "shape": Parameter(
            True,
            [p.BOOLEAN],
            "Whether the shape of the token is a feature: the order of its capital "
            "letters, small letters, digits and signs.",
        ),
        "ngram_range": Parameter(
            (1, 4),
            [PAIR, p.NONE],
            "Smallest and largest length of the character n-grams of the token that "
            "are features; beginning and end are marked. None: no n-grams.",
        ),
        "window": Parameter(
            0,
            [p.integer(0, 100)],
            "Number of neighbors on each side whose lower case and shape are "
            "features, too (if ``lowercase`` and ``shape`` are set).",
        ),
        "extra": Parameter(
            None,
            [p.CALLABLE, p.NONE],
            "A function that takes a token and returns more features of it, a list "
            'of str: ``lambda token: ["city"] if token in cities else []``.',
        ),
        "min_count": Parameter(
            2,
            [p.integer(1)],
            "Features that occur in fewer tokens of ``fit`` are left out.",
        ),
    }

    vocabulary_: dict[str, int]

    def __init__(
        self,
        *,
        word: bool = True,
        lowercase: bool = True,
        shape: bool = True,
        ngram_range: tuple[int, int] | None = (1, 4),
        window: int = 0,
        extra: Callable[[str], Iterable[str]] | None = None,
        min_count: int = 2,
    ):
        self.word = word
        self.lowercase = lowercase
        self.shape = shape
        self.ngram_range = ngram_range
        self.window = window
        self.extra = extra
        self.min_count = min_count

    @kept_if_failed
    def fit(self, X: StepSequences, y: object = None) -> Self:
        """Learn the features.

        Parameters
        ----------
        X : list of lists of str
            The tokens of each sentence. A token may also be a tuple of str: the word
            and further features, such as its part of speech.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._fit_transform(X)
        return self

    @kept_if_failed
    def fit_transform(self, X: StepSequences, y: object = None) -> RaggedArray:
        """Learn the features, and return those of each token.

        Parameters
        ----------
        X, y
            As in ``fit``.

        Returns
        -------
        Xt : RaggedArray
            Sparse steps.
        """
        return self._fit_transform(X)

    @reads_fitted
    def transform(self, X: StepSequences) -> RaggedArray:
        """The features of each token.

        Parameters
        ----------
        X : list of lists of str
            As in ``fit``.

        Returns
        -------
        Xt : RaggedArray
            Sparse steps of shape (n_features,), float32: how often a token has each
            feature.
        """
        check_is_fitted(self)
        tokens, places, offsets = _distinct(X, getattr(self, "_width", None))
        own, around = self._features(tokens)
        Xt = self._rows(own, around, places, offsets, self.vocabulary_)
        return with_static_of(Xt, X)

    @reads_fitted
    def get_feature_names_out(self, input_features: object = None) -> ObjectArray:
        """The names of the features, in the order of their columns.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        return np.array(list(self.vocabulary_), dtype=object)

    def _feature_kinds(self):
        """What each column is of: the parameter, after the distance of a neighbor."""
        return [_kind(name) for name in self.vocabulary_]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    # -- features ----------------------------------------------------------------------

    def _fit_transform(self, X):
        p.check_parameters(self, self._parameters)
        if self.window and not (self.lowercase or self.shape):
            p.warn_user(
                f"window={self.window} does nothing: of neighbors only lower case and "
                "form are features, and lowercase and shape are False."
            )
        keep_parameters(self, tuple(self._parameters))
        tokens, places, offsets = _distinct(X)
        self._width = len(tokens[0])
        own, around = self._features(tokens)
        every = sorted({name for found in own for name in found})
        shown = sorted({name for found in around for name in found})
        every += [f"{k:+d}:{name}" for k in self._distances() for name in shown]
        vocabulary = {name: column for column, name in enumerate(every)}
        Xt = self._rows(own, around, places, offsets, vocabulary)
        counts = np.bincount(Xt.values.indices, minlength=len(every))
        kept = np.flatnonzero(counts >= self.min_count)
        if len(kept) == 0:
            raise ValueError(
                f"X has no feature that min_count={self.min_count} tokens have. Lower "
                "min_count, or pass more sentences."
            )
        self.vocabulary_ = {every[column]: k for k, column in enumerate(kept)}
        return with_static_of(Xt.with_values(Xt.values[:, kept]), X)

    def _distances(self):
        return [k for k in range(-self.window, self.window + 1) if k]

    def _features(self, tokens):
        """The features of each token, and those of them that its neighbors have too.

        Those of its letters are there as often as they occur.
        """
        own, around = [], []
        for word, *others in tokens:
            shown = []
            if self.lowercase:
                shown.append(f"l={word.lower()}")
            if self.shape:
                shown.append(f"s={_shape(word)}")
            found = [f"{k}={value}" for k, value in enumerate(others, 1)]
            if self.word:
                found.append(f"w={word}")
            if self.ngram_range is not None:
                pieces = _pieces(f"<{word}>", *self.ngram_range)
                found += [f"n={n}" if NAME.match(n) else n for n in pieces]
            if self.extra is not None:
                found += [f"e={name}" for name in self._extra_of(word)]
            own.append(found + shown)
            around.append(shown)
        return own, around

    def _extra_of(self, word):
        with naming("extra"):
            found = self.extra(word)
        if not _kinds.is_list_like(found):
            raise TypeError(
                f"extra({brief(word)}) is {brief(found)}. Expected a list of str."
            )
        return found

    def _rows(self, own, around, places, offsets, vocabulary):
        """The features of all tokens, from those of the distinct ones."""
        parts = _counts(own, vocabulary)[places]
        if not self.window:
            return RaggedArray(parts, offsets)
        lengths = np.diff(offsets)
        first, last = np.repeat(offsets[:-1], lengths), np.repeat(offsets[1:], lengths)
        for k in self._distances():
            there = np.arange(offsets[-1]) + k
            rows = np.flatnonzero((there >= first) & (there < last))
            found = [[f"{k:+d}:{name}" for name in names] for names in around]
            neighbours = _counts(found, vocabulary)[places[there[rows]]]
            put = sparse.csr_matrix(
                (np.ones(len(rows), np.float32), (rows, np.arange(len(rows)))),
                shape=(offsets[-1], len(rows)),
            )
            parts = parts + put @ neighbours
        return RaggedArray(sparse.csr_matrix(parts), offsets)


def _distinct(X, width=None):
    """The distinct tokens, as tuples of str; which each is; where sentences begin.

    Each has ``width`` strings, as in ``fit``; None: as many as the first.
    """
    known_as = "as in fit" if width else "as the first token is"
    if isinstance(X, (str, bytes)):
        raise TypeError("X must be a list of sentences. Got one str: pass [X.split()].")
    if not isinstance(X, RaggedArray):
        X = _frames.plain_or_rows(X)
    if not _kinds.is_list_like(X):
        raise TypeError(
            f"X must be a list of sentences, lists of str. Got {type(X).__name__}."
        )
    known: dict[tuple[str, ...], int] = {}
    place_of: dict[tuple[str, ...], int] = {}  # of a token as it is written
    places, offsets = [], [0]
    for i, sentence in enumerate(X):
        sentence = _frames.plain_or_rows(sentence, f"X[{i}]")
        if not _kinds.is_list(sentence):
            raise TypeError(
                f"X[{i}] is {type(sentence).__name__}. Expected a list of tokens, as "
                "str.split gives it: for one sentence, pass [tokens]."
            )
        if len(sentence) == 0:
            raise ValueError(
                f"X[{i}] is an empty sentence: it has no tokens. Leave it out."
            )
        for t, token in enumerate(sentence):
            key = (token,) if isinstance(token, str) else token
            listed = isinstance(key, LISTS) and _kinds.is_list(key)
            if not (listed and len(key) and all(isinstance(v, str) for v in key)):
                raise TypeError(
                    f"X[{i}][{t}] is {brief(token, 80)}. Expected a str, or a tuple of "
                    "them."
                )
            key = tuple(key)
            width = width or len(key)
            if len(key) != width:
                form = "a str" if width == 1 else f"a tuple of {width} str"
                raise ValueError(
                    f"X[{i}][{t}] is {brief(token, 80)}. Expected {form}, {known_as}."
                )
            if key not in place_of:
                read = tuple(map(normalize, key))
                place_of[key] = known.setdefault(read, len(known))
            places.append(place_of[key])
        offsets.append(len(places))
    if len(offsets) == 1:
        raise ValueError(
            "X is empty: found array with 0 sample(s), while a minimum of 1 sequence "
            "is required by TokenFeatures."
        )
    return list(known), np.array(places), np.array(offsets)


def _counts(features, vocabulary):
    """How often each of some tokens has each feature, a CSR matrix."""
    rows = [[vocabulary[n] for n in found if n in vocabulary] for found in features]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    columns = np.array([column for row in rows for column in row], dtype=np.int32)
    counts = sparse.csr_matrix(
        (np.ones(len(columns), np.float32), columns, indptr),
        shape=(len(rows), len(vocabulary)),
    )
    counts.sum_duplicates()
    return counts


def _shape(word: str) -> str:
    """Which kinds of characters follow one another."""
    kinds = [
        "X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else c
        for c in word
    ]
    return "".join(c for k, c in enumerate(kinds) if k == 0 or kinds[k - 1] != c)


def _kind(name):
    """The parameter that makes a feature, such as "-1:shape"; "1" of column 1."""
    named = NAME.match(name)
    if named is None:
        return "ngram_range"
    distance, letter = named.groups(default="")
    return distance + KINDS.get(letter, letter)


def _pieces(marked: str, shortest: int, longest: int) -> Sequence[str]:
    """All pieces of a marked token of some lengths; the marks alone are none."""
    return [
        marked[k : k + n]
        for n in range(shortest, longest + 1)
        for k in range(len(marked) - n + 1)
        if marked[k : k + n] not in ("<", ">", "<>")
    ]
