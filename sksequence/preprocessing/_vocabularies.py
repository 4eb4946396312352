"""Vocabularies and vectors of words that are given."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from .. import _frames, _values
from .._messages import brief
from .._text import UTF8_MARK, normalize
from ._text_checks import as_text

LARGEST = float(np.finfo(np.float32).max)  # of the numbers of a vector
LONGEST_TOKEN = 2**16  # bytes of a token in a file
PIECE = 2**20  # bytes that are read at a time


# -- tokens ----------------------------------------------------------------------------


def given_tokens(vocabulary, specials, eos, lowercase):
    """The tokens of a vocabulary that is given, in the order of their ids.

    Parameters
    ----------
    vocabulary : sequence, mapping or path
        As of ``TokenEncoder``.
    specials : list of str
        Tokens that are no part of texts, put in front if they are missing.
    eos : str
        The end of a text; it may be listed where it is not special.
    lowercase : bool

    Raises
    ------
    TypeError, ValueError
        If tokens are missing, empty, no strings, or there twice.
    """
    if isinstance(vocabulary, (str, os.PathLike)):
        tokens = _lines_of_file(vocabulary)
        place, start = f"{os.fspath(vocabulary)}, line", 1
    else:
        by_id = isinstance(vocabulary, Mapping)
        listed = _frames.plain(vocabulary, "vocabulary")
        tokens = _tokens_by_id(vocabulary) if by_id else list(listed)
        place, start = "vocabulary, token", 0
    if not tokens:
        raise ValueError(f"The vocabulary holds no token. Got {brief(vocabulary)}.")

    places = {}
    kept = {eos, *specials}  # also in capitals
    for k, token in enumerate(tokens, start):
        token = as_text(token, f"{place} {k},")
        plain = normalize(token)
        if plain not in kept:
            plain = normalize(plain, lowercase)
        if plain in places and "\r" in token:
            plain = token  # beside "\n": no text holds it
        if not plain and not isinstance(vocabulary, Mapping):  # as vocabulary_ is
            raise ValueError(f"{place} {k}, is empty. Expected a token.")
        if plain in places:
            why = " with lowercase=True" if plain != normalize(token) else ""
            raise ValueError(
                f"{place} {k}, is {brief(plain)}{why}, which {place} "
                f"{places[plain]} is too. Each token must be there once."
            )
        places[plain] = k
    missing = [token for token in specials if token not in places]
    if missing and isinstance(vocabulary, Mapping):
        raise ValueError(
            f"The vocabulary has no id for {brief(missing[0])}. Add it, or set "
            "unk_token=None and add_eos=False."
        )
    return [*missing, *places]


def _lines_of_file(path):
    """The lines of a file, as bytes without their ends; none is very long."""
    lines, rest = [], b""
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            while piece.endswith(b"\r") and (more := file.read(1)):
                piece += more  # an end of two bytes stays together
            if not lines and not rest:
                piece = piece.removeprefix(UTF8_MARK)
            piece = (rest + piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            *whole, rest = piece.split(b"\n")
            for line in (*whole, rest):
                if len(line) > LONGEST_TOKEN:
                    raise ValueError(
                        f"{os.fspath(path)}, line {len(lines) + 1}, is longer than "
                        f"{LONGEST_TOKEN} bytes. Expected one token a line: is the "
                        "path right?"
                    )
                lines.append(line)
            lines.pop()  # the rest
    return [*lines, rest] if rest else lines  # the last line may end too


def _tokens_by_id(vocabulary):
    tokens = dict.fromkeys(range(len(vocabulary)))
    for token, k in vocabulary.items():
        if k not in tokens or tokens[k] is not None:
            raise ValueError(
                f"The ids of a vocabulary of {len(tokens)} tokens must be 0 to "
                f"{len(tokens) - 1}, each once. Got {brief(k)} for {brief(token)}."
            )
        tokens[k] = token
    return list(tokens.values())


# -- vectors ---------------------------------------------------------------------------


def vectors_of(vocabulary, vectors, lowercase, width=None):
    """The vectors of the tokens that have one, by id.

    Parameters
    ----------
    vocabulary : dict of str -> int
    vectors : mapping of str -> array-like of shape (width,)
        As of ``TokenEncoder.embedding_matrix``.
    lowercase : bool
        Whether keys are read in lower case.
    width : int, default=None
        What each must have. None: as many numbers as the first.

    Raises
    ------
    TypeError, ValueError
        If ``vectors`` is no mapping, if vectors differ in width, or if there are none
        and ``width`` is None.
    """
    not_a_mapping = isinstance(vectors, (str, bytes, Sequence, np.ndarray))
    if not_a_mapping or not hasattr(vectors, "__contains__"):
        raise TypeError(
            "vectors must be a mapping of tokens to vectors, such as a dict. Got "
            f"{type(vectors).__name__} instead."
        )
    first, found = "embedding_dim", {}
    for k, token, vector in _each_vector(vocabulary, vectors, lowercase):
        found[k] = vector
        if width is None:
            width, first = len(vector), f"the vector of {brief(token)}"
        if len(vector) != width:
            raise ValueError(
                f"The vector of {brief(token)} in vectors has {len(vector)} "
                f"numbers, but {first} "
                f"{'is' if first == 'embedding_dim' else 'has'} {width}."
            )
    if width is None:
        raise ValueError(
            f"vectors has none of the {len(vocabulary)} tokens of the vocabulary. "
            "Is their case the same? Pass embedding_dim for random vectors only."
        )
    return found


def _each_vector(vocabulary, vectors, lowercase):
    """(id, token, vector) of each token that has one, however it is written."""
    others = {}
    if isinstance(vectors, Mapping):
        missing = {t for t in vocabulary if t not in vectors}
        for token in vectors if missing else ():
            if isinstance(token, str):
                plain = normalize(token, lowercase)
                if plain in missing:
                    others.setdefault(plain, token)
    for token, k in vocabulary.items():
        if token in vectors:
            yield k, token, _as_vector(vectors[token], token)
        elif token in others:
            yield k, token, _as_vector(vectors[others[token]], others[token])


def _as_vector(vector, token):
    """A vector of finite numbers that float32 can hold, of float32 or float64."""
    try:
        vector = np.asarray(vector)
        if vector.dtype.kind == "c" or vector.size == 0:
            raise ValueError(f"Got {vector.dtype} values of shape {vector.shape}.")
        dtype = np.dtype(np.float64)
        if vector.dtype.kind in "fiu":
            dtype = min(np.result_type(vector, np.float32), dtype)
        vector = _values.as_floats(
            vector, dtype, copy=False
        )  # infinity is reported below
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The vector of {brief(token)} in vectors does not hold numbers (real "
            "ones, at least one)."
        ) from error
    if vector.ndim != 1:
        raise ValueError(
            f"The vector of {brief(token)} in vectors has shape {vector.shape}. "
            "Expected (width,)."
        )
    if not (np.abs(vector) <= LARGEST).all():  # false for NaN
        raise ValueError(
            f"The vector of {brief(token)} in vectors holds NaN or infinity, or a "
            f"number beyond {LARGEST:.1e}."
        )
    return vector
