"""Sentences and tokens that are given, in any container, as lists of str."""

from collections.abc import Mapping, Set
from numbers import Number

from .. import _frames, _kinds, _values


def as_sentences(X):
    """X as something that gives what should be sentences, one after the other."""
    X = _frames.one_column(_frames.plain(X), texts=True)
    if isinstance(X, (str, bytes)):
        raise TypeError(
            "X is one string. Expected a list of sentences: [text] for only one."
        )
    if not _kinds.is_list_like(X):
        raise TypeError(
            "X must be a list, an array or a column of sentences. Got "
            f"{type(X).__name__} instead."
        )
    return X


def refuse_missing_text(text, rest, name, expected):
    """Raise an error if a text is missing; it says how many of those after it are."""
    if not _values.is_missing_value(text):
        return
    n = 1 + sum(map(_values.is_missing_value, rest))
    which = "One text is" if n == 1 else f"{n:,} texts are"
    raise TypeError(
        f"{name} is {text}. Expected {expected}. {which} missing: leave out what is "
        'missing, or fill it with "".'
    )


def as_tokens(sentence, name, expected):
    """A sentence that is not a string as a list of str."""
    if _kinds.is_column(sentence):
        sentence = _frames.to_list(sentence)
    if _kinds.is_frame(sentence) or not _kinds.is_list_like(sentence):
        raise TypeError(f"{name} is {_what(sentence)}. Expected {expected}.")
    tokens = list(sentence)
    if set(map(type, tokens)) <= {str}:
        return tokens
    return [as_text(token, f"{name}, step {t},") for t, token in enumerate(tokens)]


def listed_tokens(tokens, name):
    """Tokens in any container as a list of str."""
    if isinstance(tokens, (str, bytes)):
        raise TypeError(f"{name} is one string. Expected a list of tokens.")
    if isinstance(tokens, (Mapping, Set)):  # such as ``vocabulary_``
        tokens = list(tokens)
    return as_tokens(tokens, name, "a list of tokens")


def as_text(value, name):
    """A str, from a str of any kind or from UTF-8 bytes."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} is not UTF-8: byte 0x{value[error.start]:02x} at position "
                f"{error.start}. Decode bytes of another encoding first."
            ) from error
    raise TypeError(f"{name} is {_what(value)}. Expected a token, which is a string.")


def _what(value):
    """What a wrong value is, in few words."""
    if _values.is_missing_value(value):
        return str(value)
    if isinstance(value, Number):
        return repr(value)
    return f"of type {type(value).__name__}"
