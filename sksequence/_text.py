"""The one treatment of text, wherever it comes from.

::

    line ends   \\n, \\r\\n and \\r are \\n
    mark        a byte-order mark in front is no part of the text
    Unicode     form NFC
    case        lower, if asked for
"""

import unicodedata
from collections.abc import Iterator

import numpy as np

MARK = "\ufeff"  # the byte-order mark; elsewhere in a text a space of no width
UTF8_MARK = MARK.encode()
NEARLY_ALL = 0.9


def normalize(text, lowercase=False):
    """A text or a token as it is read, counted, looked up and compared."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(MARK):
        text = text.lstrip(MARK) or MARK  # a token may be the character itself
    text = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", text.lower()) if lowercase else text


def lines_of(X, keep_ends=False):
    """The lines that an iterator gives, such as an open file.

    What an open file gives ends in the end of the line, and the first line may begin
    with a byte-order mark. The latter is no part of the text, and the former none of
    the line.
    """
    for i, line in enumerate(X):
        if isinstance(line, bytes):
            line = line.removeprefix(UTF8_MARK) if i == 0 else line
            yield line if keep_ends else _without_end(line, b"\r", b"\n")
        elif isinstance(line, str):
            line = line.removeprefix(MARK) if i == 0 else line
            yield line if keep_ends else _without_end(line, "\r", "\n")
        else:
            yield line


def listed(X):
    """An iterator as the list of its lines; anything else as it is."""
    return list(lines_of(X)) if isinstance(X, Iterator) else X


def texts_of_one_token(lengths, n_characters, fewest):
    """Which texts are one token, if nearly all are, and tokens are not characters.

    They were not meant so, most likely: such a text is no sequence, and another one has
    none of its tokens.

    Parameters
    ----------
    lengths : ndarray of int of shape (n_texts,)
        Number of tokens of each text.
    n_characters : int
        Number of characters of all texts.
    fewest : int
        As many texts are necessary.

    Returns
    -------
    single : ndarray of int
        Empty if there are others.
    """
    single = np.flatnonzero(lengths == 1)
    enough = len(single) >= max(fewest, NEARLY_ALL * len(lengths))
    return single if enough and n_characters > lengths.sum() else single[:0]


def _without_end(line, carriage_return, newline):
    if line.endswith(newline):
        return line[:-1].removesuffix(carriage_return)
    return line.removesuffix(carriage_return)
