"""Files of tagged sentences: a token and its columns on each line."""

import os
import re
from collections.abc import Sequence
from numbers import Integral
from typing import IO, Any, overload

from .. import _parameters as p
from .._messages import brief
from .._text import MARK
from .._typing import FilePath

CONLLU = (
    "ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC",
)  # fmt: skip
DOCUMENT = "-DOCSTART-"  # stands where a document begins
FIRST_ID = re.compile(r"1(-\d+)?|0\.1")  # of a sentence in CoNLL-U
NO_WORD = re.compile(r"\d+[-.]\d+")  # a range of words, or an empty node
LINE_END = re.compile(r"\r\n|\r|\n")
SPACES = re.compile(r"[ \t]+")
BLANK = " \t"  # what separates; other white space may be a token


def _is_column(v):
    return isinstance(v, (str, Integral)) and not isinstance(v, bool)


def _is_list(v, of):
    return isinstance(v, (list, tuple)) and len(v) > 0 and all(map(of, v))


COLUMN = p.Expected("a column, by its index or its name", _is_column)
COLUMNS = p.Expected("a list of columns", lambda v: _is_list(v, _is_column))
STR = p.Expected("a str that is not empty", lambda v: isinstance(v, str) and bool(v))
NAMES = p.Expected(
    "a list of str, no two alike",
    lambda v: _is_list(v, lambda name: isinstance(name, str)) and len({*v}) == len(v),
)


@overload
def read_conll(
    file: FilePath | IO[str] | IO[bytes],
    tokens: int | str | Sequence[int | str] = "auto",
    tags: int | str = "auto",
    *,
    names: Sequence[str] | None = None,
    as_dicts: bool = False,
    comment: str | None = None,
    encoding: str = "utf-8",
) -> tuple[list[list[Any]], list[list[str]]]: ...


@overload
def read_conll(
    file: FilePath | IO[str] | IO[bytes],
    tokens: int | str | Sequence[int | str],
    tags: None,
    *,
    names: Sequence[str] | None = None,
    as_dicts: bool = False,
    comment: str | None = None,
    encoding: str = "utf-8",
) -> tuple[list[list[Any]], None]: ...


@overload
def read_conll(
    file: FilePath | IO[str] | IO[bytes],
    tokens: int | str | Sequence[int | str] = "auto",
    *,
    tags: None,
    names: Sequence[str] | None = None,
    as_dicts: bool = False,
    comment: str | None = None,
    encoding: str = "utf-8",
) -> tuple[list[list[Any]], None]: ...


def read_conll(
    file: FilePath | IO[str] | IO[bytes],
    tokens: int | str | Sequence[int | str] = "auto",
    tags: int | str | None = "auto",
    *,
    names: Sequence[str] | None = None,
    as_dicts: bool = False,
    comment: str | None = None,
    encoding: str = "utf-8",
) -> tuple[list[list[Any]], list[list[str]] | None]:
    """Read files of tagged sentences with one token per line.

    Such are the files of CoNLL's shared tasks [1]_ and of Universal Dependencies
    (CoNLL-U) [2]_. An empty line follows each sentence. Columns are separated by tabs,
    or by spaces if the line of the first token has no tab.

    Parameters
    ----------
    file : str, path or open file
    tokens : int, str or list of these, default="auto"
        The column of the tokens, by its index (from the right if negative) or its name.
        With a list, each token is a tuple of several columns, as ``TokenFeatures``
        takes it. "auto": FORM in CoNLL-U, else the first column; with ``as_dicts`` all
        columns except the tags.
    tags : int, str or None, default="auto"
        The column of the tags. "auto": UPOS in CoNLL-U, else the last column. None: the
        file has no tags.
    names : list of str, default=None
        Names of all columns. None: the names of CoNLL-U if the first line has ten
        columns separated by tabs and begins with the number of a word, else no names.
    as_dicts : bool, default=False
        Whether each token is a dict from column names to values, for
        ``DictVectorizer``.
    comment : str, default=None
        Lines that begin with this str are left out. If tabs separate the columns, lines
        that begin with # and have no tab are always left out.
    encoding : str, default="utf-8"
        Encoding of the file, unless it is open in text mode.

    Returns
    -------
    X : list of lists of str, of tuples of str, or of dicts
        The tokens of each sentence.
    y : list of lists of str, or None
        Their tags.

    Raises
    ------
    ValueError
        If the number of columns in a line differs from that in the first line, if a
        token or a tag is empty, if a column does not exist, if the text has another
        encoding, or if there is no sentence. The message names the line.

    See Also
    --------
    convert_tags : From one scheme of spans to another.

    Notes
    -----
    Lines that begin with -DOCSTART- are left out. If the first column is named ID,
    ranges of words that are written as one (1-2) and empty nodes (1.1) are left out,
    too.

    References
    ----------
    .. [1] Tjong Kim Sang & De Meulder, "Introduction to the CoNLL-2003 shared task",
       CoNLL 2003.
    .. [2] Nivre et al., "Universal Dependencies v2", LREC 2020.

    Examples
    --------
    >>> from io import StringIO
    >>> from sksequence.preprocessing import read_conll
    >>> text = '''Anna NNP B-PER
    ... sings VBZ O
    ...
    ... Rome NNP B-LOC
    ... '''
    >>> X, y = read_conll(StringIO(text))
    >>> X, y
    ([['Anna', 'sings'], ['Rome']], [['B-PER', 'O'], ['B-LOC']])
    >>> read_conll(StringIO(text), tokens=[0, 1])[0][1]
    [('Rome', 'NNP')]
    """
    owner = "read_conll"
    p.check_value(tokens, "tokens", owner, [COLUMN, COLUMNS])
    p.check_value(tags, "tags", owner, [COLUMN, p.NONE])
    p.check_value(names, "names", owner, [NAMES, p.NONE])
    p.check_value(as_dicts, "as_dicts", owner, [p.BOOLEAN])
    p.check_value(comment, "comment", owner, [STR, p.NONE])
    text, name = _text_of(file, encoding)
    lines = LINE_END.split(text)
    tabs = _has_tabs(lines, comment)
    columns: _Columns | None = None
    X: list[list[Any]] = [[]]
    y: list[list[str]] = [[]]
    for number, fields in _numbered_fields(lines, tabs, comment):
        place = f"{name}, line {number}"
        if not fields:
            if X[-1]:
                X.append([])
                y.append([])
            continue
        if columns is None:
            columns = _Columns(fields, tabs, number, place, names)
            of_tags = None if tags is None else columns.of_tags(tags)
            of_token = columns.of_token(tokens, of_tags, as_dicts)
        columns.check(fields, place)
        if columns.has_ids and NO_WORD.fullmatch(fields[0]):
            continue
        X[-1].append(of_token(fields, place))
        if of_tags is not None:
            y[-1].append(columns.field(fields, of_tags, place))
    if not X[-1]:
        del X[-1], y[-1]
    if not X:
        raise ValueError(f"{name} holds no sentences. Expected a token a line.")
    return X, None if tags is None else y


def _text_of(file, encoding):
    """What is in a file, and what errors call it."""
    if isinstance(file, (str, os.PathLike)):
        name = f"file {os.fspath(file)}"
        with open(file, "rb") as opened:
            text = opened.read()
    elif hasattr(file, "read"):
        name = "file"
        if isinstance(getattr(file, "name", None), str):
            name = f"file {file.name}"
        text = file.read()
    else:
        raise TypeError(
            f"file must be a path or an open file. Got {type(file).__name__}."
        )
    if isinstance(text, bytes):
        try:
            text = text.decode(encoding)
        except (LookupError, TypeError) as error:
            raise ValueError(
                f"encoding must be the name of an encoding. Got {brief(encoding)}."
            ) from error
        except UnicodeDecodeError as error:
            number = text.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"{name}, line {number}: expected text in {encoding}. Got "
                f"{brief(text[error.start : error.end])} in it. Pass its encoding."
            ) from error
    return text.removeprefix(MARK), name


def _numbered_fields(lines, tabs, comment):
    """The number of each line and its columns, of which an empty line has none."""
    for number, line in enumerate(lines, 1):
        if not line.strip(BLANK):
            yield number, []
        elif not (_is_aside(line, comment) or (tabs and _is_comment(line))):
            fields = line.split("\t") if tabs else SPACES.split(line.strip(BLANK))
            yield number, fields


def _is_aside(line, comment):
    return line.startswith(DOCUMENT) or (
        comment is not None and line.startswith(comment)
    )


def _is_comment(line):
    return line.startswith("#") and "\t" not in line


def _has_tabs(lines, comment):
    """Whether tabs separate the columns: those of the first line with a token."""
    for line in lines:
        if line.strip(BLANK) and not _is_aside(line, comment) and not _is_comment(line):
            return "\t" in line
    return False


class _Columns:
    """The columns of a file, as its first line with a token has them.

    Parameters
    ----------
    fields : list of str
        Those of that line.
    tabs : bool
        Whether tabs separate them.
    number : int
        Of that line.
    place : str
        What errors call it.
    names : list of str or None
    """

    def __init__(self, fields, tabs, number, place, names):
        self.n, self.number, self.place = len(fields), number, place
        self.first = fields[0]
        self.between = "tabs" if tabs else "spaces"
        of_conllu = tabs and len(fields) == len(CONLLU)
        if names is None and of_conllu and FIRST_ID.fullmatch(fields[0]):
            names = CONLLU
        if names is not None and len(names) != self.n:
            raise ValueError(
                f"names has {len(names)} columns, but {place}, has "
                f"{self._count(self.n)}: {brief(fields)}."
            )
        self.names = names
        self.has_ids = names is not None and names[0] == CONLLU[0]
        self.is_conllu = names is not None and {"FORM", "UPOS"} <= {*names}

    def _count(self, n):
        return f"{n} column{'' if n == 1 else 's'} separated by {self.between}"

    def check(self, fields, place):
        """Raise an error unless a line has as many columns as the first one."""
        if len(fields) != self.n:
            raise ValueError(
                f"{place}: expected {self._count(self.n)}, as line {self.number} has. "
                f"Got {len(fields)}: {brief(fields)}."
            )

    def index(self, column, argument):
        """The index of a column that an argument names."""
        if isinstance(column, str):
            if self.names is None:
                raise ValueError(
                    f"{argument} names the column {brief(column)}, but the columns "
                    "have no names. Pass names, or the index of a column."
                )
            if column not in self.names:
                raise ValueError(
                    f"{argument} names the column {brief(column)}, which is not among "
                    f"{brief(list(self.names))}."
                )
            return list(self.names).index(column)
        if not -self.n <= column < self.n:
            raise ValueError(
                f"{argument} names the column {column}, but {self.place}, has "
                f"{self._count(self.n)}."
            )
        return int(column) % self.n

    def of_tags(self, tags):
        """The index of the tags."""
        if tags == "auto":
            if self.n == 1:
                found = re.search(r"(?<=\w)[,;|](?=\w)", self.first)
                way = "If the file has no tags, pass tags=None."
                if found:
                    sign = brief(found[0])
                    way = f"If {sign} separates columns, replace it by a tab. {way}"
                raise ValueError(
                    f"{self.place}, has {self._count(1)}: a token, and no tag, in "
                    f"{brief(self.first)}. {way}"
                )
            tags = "UPOS" if self.is_conllu else -1
        return self.index(tags, "tags")

    def of_token(self, tokens, of_tags, as_dicts):
        """A function (fields, place) -> a token."""
        if tokens == "auto" and as_dicts:
            tokens = [k for k in range(self.n) if k != of_tags]
        elif tokens == "auto":
            tokens = "FORM" if self.is_conllu else 0
        several = isinstance(tokens, (list, tuple))
        chosen = [
            self.index(column, "tokens") for column in (tokens if several else [tokens])
        ]
        if as_dicts and self.names is None:
            raise ValueError("as_dicts=True needs names of the columns. Pass names.")

        def token(fields, place):
            found = [self.field(fields, k, place) for k in chosen]
            if as_dicts:
                return {self.names[k]: field for k, field in zip(chosen, found)}
            return tuple(found) if several else found[0]

        return token

    def field(self, fields, k, place):
        """A column of a line, or an error if there is nothing in it."""
        if not fields[k]:
            raise ValueError(f"{place}: column {k} is empty: {brief(fields)}.")
        return fields[k]
