"""Files of pretrained word vectors: a token and its numbers on each line."""

import gzip
import os
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .. import _parameters as p
from .._typing import FilePath

_LARGEST = float(np.finfo(np.float32).max)


def read_word_vectors(
    path: FilePath,
    *,
    tokens: Iterable[str] | None = None,
    max_tokens: int | None = None,
    encoding: str = "utf-8",
) -> dict[str, npt.NDArray[np.float32]]:
    """Read word vectors from a text file of word2vec, GloVe or fastText.

    Each line holds a token and its numbers, separated by spaces or tabs. A first line
    of two whole numbers, as word2vec and fastText write, says how many vectors there
    are and of what width.

    Parameters
    ----------
    path : str or path
        The file. One whose name ends in ``.gz`` is unpacked as it is read.
    tokens : iterable of str, default=None
        The tokens wanted, such as ``encoder.vocabulary_``. Of other lines only the
        width is checked, which is faster and takes less memory. None: all.
    max_tokens : int, default=None
        How many vectors to return at most, from the start of the file, where most files
        have the most frequent tokens. None: no limit.
    encoding : str, default="utf-8"
        Encoding of the tokens. It must contain ASCII, as Latin-1 does.

    Returns
    -------
    vectors : dict of str -> ndarray of shape (width,)
        float32, in the order of the file. Tokens are in Unicode's form NFC. If the file
        holds a token twice, the first vector is taken.

    Raises
    ------
    ValueError
        If a line does not parse, or the first line says another number of vectors than
        there are. The error names the file, the line, what was expected and what was
        found.

    See Also
    --------
    TokenEncoder.embedding_matrix : Makes ``embedding_init`` from them.

    Notes
    -----
    A token may hold spaces (some of GloVe 840B do): the last ``width`` fields of a line
    are the numbers. Such a token may not end in a number, which would look like a line
    that is too wide.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sksequence.preprocessing import read_word_vectors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "vectors.txt"
    ...     _ = path.write_text("the 0.5 -1.0 2.0\\ncat 1.5 0.0 0.25\\n")
    ...     vectors = read_word_vectors(path)
    >>> vectors["cat"]
    array([1.5 , 0.  , 0.25], dtype=float32)
    """
    wanted = _wanted(tokens)
    p.check_value(max_tokens, "max_tokens", "read_word_vectors", [p.NONE, p.integer(1)])
    limit = min(
        np.inf if max_tokens is None else max_tokens,
        np.inf if wanted is None else len(wanted),
    )
    name = os.fspath(path)
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    promised, width, n_vectors = None, None, 0
    with (gzip.open if str(name).endswith(".gz") else open)(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            place = f"{name}, line {number}"
            if number == 1:
                promised, width = _start_of(line)
                if promised is not None:
                    continue
            if len(vectors) >= limit:
                return vectors
            n_vectors += 1
            token, fields = _split(line, width, place)
            token = _decoded(token, encoding, place)
            if (wanted is None or token in wanted) and token not in vectors:
                vectors[token] = _vector(fields, line, place)
    if n_vectors == 0:
        raise ValueError(f"{name} holds no vectors. Expected a token a line.")
    if promised not in (None, n_vectors) and len(vectors) < limit:
        raise ValueError(
            f"{name}, line 1, tells of {promised} vectors, but the file holds "
            f"{n_vectors}. Is it complete?"
        )
    return vectors


def _wanted(tokens):
    if tokens is None:
        return None
    if isinstance(tokens, (str, bytes)):
        raise TypeError("tokens is one string. Expected a list of tokens.")
    return {unicodedata.normalize("NFC", token) for token in tokens}


def _start_of(line):
    """(count, width) as the first line tells it; (None, width) if it is a vector."""
    fields = line.split()
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        return int(fields[0]), int(fields[1])
    width = 0
    while width < len(fields) - 1 and _is_number(fields[-1 - width]):
        width += 1
    return None, width or 1


def _split(line, width, place):
    """(token, numbers) of a line, as bytes."""
    token, *fields = line.rsplit(None, width) or [b""]
    _, *more = token.split() or [b""]
    if more and _is_number(more[-1]):
        fields = [*more, *fields]
    if len(fields) != width:
        got = f"{len(fields)}: {_short(line)}" if token else "an empty line"
        raise ValueError(f"{place}: expected a token and {_count(width)}. Got {got}.")
    return token, fields


def _decoded(token, encoding, place):
    try:
        return unicodedata.normalize("NFC", token.decode(encoding))
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{place}: expected a token in {encoding}. Got {token!r} instead."
        ) from error


def _vector(fields, line, place):
    """The fields as numbers."""
    try:
        vector = np.array(list(map(float, fields)))
    except ValueError:
        vector = np.array([np.nan])
    if not (np.abs(vector) <= _LARGEST).all():  # false for NaN
        wrong = next(field for field in fields if not _is_number(field))
        raise ValueError(
            f"{place}: expected a token and {_count(len(fields))}. Got "
            f"{wrong.decode(errors='replace')!r} among them: {_short(line)}."
        )
    return vector.astype(np.float32)


def _is_number(field):
    try:
        return abs(float(field)) <= _LARGEST
    except ValueError:
        return False


def _count(width):
    return f"{width} number{'s' if width != 1 else ''}"


def _short(line):
    text = line.decode(errors="replace").strip()
    return repr(text if len(text) <= 60 else text[:60] + "...")
