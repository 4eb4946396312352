"""Files of pretrained word vectors: a token and its numbers on each line."""

import gzip
import os
import re
import zlib
from collections.abc import Iterable
from itertools import islice, takewhile

import numpy as np
import numpy.typing as npt

from .. import _parameters as p
from .._messages import brief
from .._text import UTF8_MARK, normalize
from .._typing import FilePath
from ._text_checks import listed_tokens
from ._vocabularies import LARGEST, LONGEST_TOKEN

# What is read of one line, in bytes: at most, and once the width is known.
LONGEST_LINE = 2**25
LONGEST_NUMBER = 2**7
LARGEST_COUNT = 18  # digits of how many vectors there are
BLOCK = 2**16  # bytes of a line that are taken apart at once


def read_word_vectors(
    path: FilePath,
    *,
    tokens: Iterable[str] | None = None,
    max_tokens: int | None = None,
    encoding: str = "utf-8",
) -> dict[str, npt.NDArray[np.float32]]:
    """Read word vectors from a text file of word2vec, GloVe or fastText.

    Each line holds a token and its numbers, separated by spaces or tabs. A first line
    of two integers, as word2vec and fastText write it, holds the number of vectors and
    their width.

    Parameters
    ----------
    path : str or path
        The file. A file whose name ends in ``.gz`` is decompressed while it is read.
    tokens : iterable of str, default=None
        The tokens to read, such as ``encoder.vocabulary_``. In other lines only the
        width is checked, which is faster and takes less memory. None: all.
    max_tokens : int, default=None
        Largest number of vectors to return, from the beginning of the file, where most
        files have the most frequent tokens. None: no limit.
    encoding : str, default="utf-8"
        Encoding of the tokens. It must contain ASCII, as Latin-1 does. "utf-8-sig"
        reads a file that begins with a byte-order mark.

    Returns
    -------
    vectors : dict of str -> ndarray of shape (width,)
        Vectors of float32, in the order of the file. Tokens are in Unicode's form NFC.
        If a token occurs twice in the file, the first vector is used.

    Raises
    ------
    TypeError
        If ``path`` is not a str or a path.
    ValueError
        If a line cannot be parsed or is too long for a vector, or if the number of
        vectors differs from that in the first line. The error names the path, the line,
        what was expected and what was found. Of each line, no more is read than a token
        and its numbers may need.

    See Also
    --------
    TokenEncoder.embedding_matrix : Makes ``embedding_init`` from them.

    Notes
    -----
    A token may contain spaces (as some of GloVe 840B do): the last ``width`` fields of
    a line are the numbers. Such a token must not end in a number, since its line would
    look too wide.

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
    wanted = None
    if tokens is not None:
        wanted = set(map(normalize, listed_tokens(tokens, "tokens")))
    p.check_value(max_tokens, "max_tokens", "read_word_vectors", [p.NONE, p.integer(1)])
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a str or a path. Got {type(path).__name__}.")
    limit = min(
        np.inf if max_tokens is None else max_tokens,
        np.inf if wanted is None else len(wanted),
    )
    name = f"path {os.fspath(path)}"
    _check_encoding(encoding, name)
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    promised, width, n_lines = None, None, 0
    with (gzip.open if name.endswith(".gz") else open)(path, "rb") as file:
        while line := _read_line(file, width, place := f"{name}, line {n_lines + 1}"):
            n_lines += 1
            if n_lines == 1:
                line = _without_mark(line, encoding, place)
                promised, width = _start_of(line, place)
                if promised is not None:
                    continue
            if len(vectors) >= limit:
                return vectors
            token, numbers = _split(line, width, place)
            token = _decoded(token, encoding, place)
            if (wanted is None or token in wanted) and token not in vectors:
                vectors[token] = _vector(numbers, width, line, place)
    n_vectors = n_lines - (promised is not None)
    if n_vectors == 0:
        raise ValueError(f"{name} holds no vectors. Expected a token a line.")
    if promised not in (None, n_vectors) and len(vectors) < limit:
        raise ValueError(
            f"{name}, line 1, tells of {promised} vectors, but the file holds "
            f"{n_vectors}. Is it complete?"
        )
    return vectors


def _check_encoding(encoding, name):
    try:
        contains_ascii = b"a 1".decode(encoding) == "a 1"
    except (LookupError, UnicodeError, TypeError):
        contains_ascii = False
    if not contains_ascii:
        raise ValueError(
            "encoding must be the name of an encoding that contains ASCII, to read "
            f"{name}. Got {brief(encoding)} instead."
        )


def _read_line(file, width, place):
    """The next line, of which no more is read than a vector may need."""
    most = LONGEST_LINE
    if width is not None:
        most = min(most, LONGEST_TOKEN + LONGEST_NUMBER * width)
    try:
        line = file.readline(most + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{place}, cannot be unpacked: {error}. Is the file complete, and one of "
            "gzip?"
        ) from error
    if len(line) > most:
        what = "its numbers" if width is None else _count(width)
        raise ValueError(
            f"{place}: expected a token and {what}, in at most {most} bytes. Got a "
            f"longer line: {_short(line)}."
        )
    if b"\r" in line and b"\r" in line.rstrip(b"\r\n"):
        raise ValueError(
            f"{place}, holds a carriage return. Expected lines that end in '\\n' or "
            "'\\r\\n': convert the line ends first."
        )
    return line


def _without_mark(line, encoding, place):
    if not line.startswith(UTF8_MARK):
        return line
    if encoding.lower().replace("_", "-") != "utf-8-sig":
        raise ValueError(
            f"{place}, begins with a byte-order mark. Pass encoding='utf-8-sig' to "
            "read the file without it."
        )
    return line.removeprefix(UTF8_MARK)


def _start_of(line, place):
    """(count, width) as the first line tells it; (None, width) if it is a vector."""
    fields = line.split(None, 2)
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        count, width = (int(f) if len(f) <= LARGEST_COUNT else 0 for f in fields)
        if not count or not 1 <= width <= LONGEST_LINE // 2:
            raise ValueError(
                f"{place}: expected how many vectors there are and a width from 1 to "
                f"{LONGEST_LINE // 2}. Got {_short(line)}."
            )
        return count, width
    n_fields = width = 0  # the width: fields from the last one on that are numbers
    for fields in _blocks(line):
        n_fields += len(fields)
        if _are_numbers(fields):
            width += len(fields)
        else:
            width = sum(1 for _ in takewhile(_is_number, reversed(fields)))
    return None, max(min(width, n_fields - 1), 1)


def _split(line, width, place):
    """(token, lists of the numbers) of a line, as bytes."""
    if len(line) <= 2 * BLOCK:
        token, *fields = line.rsplit(None, width) or [b""]
        n_numbers, numbers = len(fields), [fields]
    else:
        n_fields = _count_fields(line)
        token, rest = _cut(line, max(n_fields - width, 1))
        n_numbers, numbers = min(n_fields - 1, width), _blocks(rest)
    first, *more = token.split(None, 1) or [b""]
    if more and _is_number(more[0].rsplit(None, 1)[-1]):
        n_numbers = _count_fields(line) - 1
    if n_numbers != width:
        got = f"{n_numbers}: {_short(line)}" if first else "an empty line"
        raise ValueError(f"{place}: expected a token and {_count(width)}. Got {got}.")
    return token, numbers


def _blocks(line):
    """Lists of the fields of a line: all at once take 20 times its memory."""
    start = 0
    while start < len(line):
        space = _SPACE.search(line, start + BLOCK)
        end = space.start() if space else len(line)
        yield line[start:end].split()
        start = end


def _count_fields(line):
    return sum(map(len, _blocks(line)))


def _cut(line, n):
    """The first n fields of a line, and what follows."""
    last = next(islice(_FIELD.finditer(line), n - 1, None), None)
    end = last.end() if last else len(line)
    return line[:end], line[end:]


_SPACE, _FIELD = re.compile(rb"\s"), re.compile(rb"\S+")


def _decoded(token, encoding, place):
    token = token.strip()
    try:
        return normalize(token.decode(encoding))
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{place}: expected a token in {encoding}. Got {brief(token)} instead."
        ) from error


def _vector(numbers, width, line, place):
    """Lists of fields as one array of numbers."""
    parts = []
    for fields in numbers:
        part = _as_floats(fields)
        if part is None:
            wrong = next(field for field in fields if not _is_number(field))
            raise ValueError(
                f"{place}: expected a token and {_count(width)}. Got "
                f"{brief(wrong.decode(errors='replace'))} among them: {_short(line)}."
            )
        parts.append(part)
    return np.concatenate(parts, dtype=np.float32, casting="same_kind")


def _are_numbers(fields):
    return _as_floats(fields) is not None


def _as_floats(fields):
    """Fields as float64, or None if some are no numbers that float32 can hold."""
    together = b"".join(fields)
    if b"_" in together or len(together) > 2 * BLOCK:  # float takes 1_000 too
        return None
    try:
        vector = np.array(list(map(float, fields)))
    except ValueError:
        return None
    return vector if (np.abs(vector) <= LARGEST).all() else None  # NaN is not


def _is_number(field):
    return _are_numbers([field])


def _count(width):
    return f"{width} number{'s' if width != 1 else ''}"


def _short(line):
    text = line[:200].decode(errors="replace").strip()
    return repr(text if len(text) <= 60 else text[:60] + "...")
