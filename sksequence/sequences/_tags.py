"""Tags of spans: "O", or where in a span a step is and the span's type, as "B-PER".

::

    iob1   I-X is in a span; B-X begins one right after another of the same type
    bio    B-X begins a span, I-X goes on with it (also called IOB2)
    bioes  B-X begins a span, I-X goes on, E-X ends it; S-X is one of a single step
    bilou  the same, with L (last) for E and U (unit) for S
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief

LETTERS = "BIOESLU"
SCHEMES = {"iob1": "BI", "bio": "BI", "bioes": "BIES", "bilou": "BILU"}
ENDS = {"bioes": ("E", "S"), "bilou": ("L", "U")}  # the last step, and the only one


def parse_tag(label: object) -> tuple[str, str] | None:
    """The letter and the type of a label.

    Parameters
    ----------
    label : object

    Returns
    -------
    (letter, type) : tuple of str
        The type is "" if the label has none, as "O" and "B". None if the label is
        neither "O" nor one of B, I, E, S, L, U, with or without a type.

    Examples
    --------
    >>> from sksequence.sequences import parse_tag
    >>> parse_tag("B-PER"), parse_tag("O"), parse_tag("DET")
    (('B', 'PER'), ('O', ''), None)
    """
    if not isinstance(label, str):
        return None
    letter, _, kind = label.partition("-")
    if len(letter) != 1 or letter not in LETTERS or (letter == "O" and label != "O"):
        return None
    return letter, kind


def tags_in_words(scheme: str) -> str:
    """The tags of a scheme besides O, for errors."""
    return ", ".join(f"'{letter}-...'" for letter in SCHEMES[scheme])


def forbidden_by_scheme(
    scheme: str, tags: Sequence[tuple[str, str]]
) -> npt.NDArray[np.bool_]:
    """Which tags may not follow one another.

    Parameters
    ----------
    scheme : str in SCHEMES
    tags : list of n (letter, type)

    Returns
    -------
    forbidden : ndarray of bool, shape (n + 1, n + 1)
        Of a tag (row) and the next one (column). The last of both is the beginning or
        the end of a sequence.
    """
    tags = [*tags, ("O", "")]
    return np.array(
        [[not _may_follow(a, b, scheme) for b in tags] for a in tags], dtype=bool
    )


def _may_follow(tag, next_tag, scheme):
    (letter, kind), (next_letter, next_kind) = tag, next_tag
    may_go_on = letter in "BI" and kind == next_kind
    if scheme == "iob1":
        return next_letter != "B" or may_go_on
    if next_letter in "IEL":
        return may_go_on
    return scheme == "bio" or letter not in "BI"


def spans_of(labels: Sequence[Any], name: str) -> list[tuple[str, int, int]]:
    """The spans of a sequence of labels of any scheme, or of one that breaks it.

    A span begins at B, S and U, and also wherever I, E or L stands after O, after the
    end of a span, or after another type. It ends after E, L, S and U, and before O or
    the beginning of another span.

    Parameters
    ----------
    labels : sequence of str
    name : str
        What errors call them.

    Returns
    -------
    spans : list of (type, start, stop)
    """
    spans: list[tuple[str, int, int]] = []
    start, kind, ended = None, "", True
    for t, label in enumerate(labels):
        tag = parse_tag(label)
        if tag is None:
            raise ValueError(
                f"{name}[{t}] is {brief(label)}. Expected 'O', or a tag of 'BIOESLU' "
                "and a type, such as 'B-PER'."
            )
        letter, of = tag
        inside = letter in "IEL" and not ended and of == kind
        if start is not None and not inside:
            spans.append((kind, start, t))
            start = None
        if letter != "O" and not inside:
            start, kind = t, of
        ended = letter in "OESLU"
    if start is not None:
        spans.append((kind, start, len(labels)))
    return spans


def tags_of(
    spans: Sequence[tuple[str, int, int]], n_steps: int, scheme: str
) -> list[str]:
    """The labels of a sequence with some spans, from the first to the last."""
    labels, end_before = ["O"] * n_steps, None
    for kind, start, stop in spans:
        letters = ["B"] + ["I"] * (stop - start - 1)
        if scheme in ENDS:
            last, only = ENDS[scheme]
            letters = [*letters[:-1], last] if len(letters) > 1 else [only]
        elif scheme == "iob1" and end_before != (kind, start):
            letters[0] = "I"
        labels[start:stop] = [
            f"{letter}-{kind}" if kind else letter for letter in letters
        ]
        end_before = kind, stop
    return labels
