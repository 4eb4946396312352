"""Which labels may follow one another: BIO, BIOES, or pairs given by the user."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief
from ..sequences import RaggedArray, parse_tag, place_of

SCHEMES = {"bio": "BI", "bioes": "BIES"}


def forbidden_pairs(
    constraints: str | Sequence[Any] | None, classes: npt.NDArray[Any]
) -> list[tuple[int, int]]:
    """Pairs of labels that may not follow one another.

    ::

        bio:    I-X comes after B-X or I-X only
        bioes:  I-X and E-X come after B-X or I-X only, and nothing else comes after
                these; a sequence neither begins with I or E nor ends with B or I

    Parameters
    ----------
    constraints : None, "bio", "bioes" or a list of pairs
        A pair (a, b) forbids label b after label a; None in place of a label is the
        beginning or the end of a sequence. Pairs of labels that are not there, as in a
        part of the data, are left out, if others are there.
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    pairs : list of (int, int)
        Indices of ``classes``; ``n_classes`` is the beginning or the end.

    Raises
    ------
    ValueError
        If labels are not of the scheme, no pair is one of the labels, or a label can
        occur in no sequence at all.
    """
    if constraints is None:
        return []
    if isinstance(constraints, str):
        forbidden = _of_scheme(constraints, classes.tolist())
    else:
        forbidden = _of_pairs(constraints, classes.tolist())
    n = len(classes)
    reached, ends = _closure(~forbidden), _closure(~forbidden.T)
    lost = np.flatnonzero(~(reached & ends)[:n])
    if len(lost):
        what = "be reached" if not reached[lost[0]] else "be left again"
        raise ValueError(
            f"The labels cannot satisfy constraints={brief(constraints)}: "
            f"{brief(classes[lost[0]].item())} can never {what}. The labels are "
            f"{brief(classes.tolist())}."
        )
    return [(int(a), int(b)) for a, b in np.argwhere(forbidden)]


def _closure(allowed):
    """What can be reached from the boundary, the last index."""
    reached = np.zeros(len(allowed), dtype=bool)
    fresh = allowed[-1].copy()
    fresh[-1] = False
    while fresh.any():
        reached |= fresh
        fresh = allowed[fresh].any(axis=0) & ~reached
        fresh[-1] = False
    return reached


def _of_pairs(pairs, labels):
    place = {label: k for k, label in enumerate(labels)} | {None: len(labels)}
    forbidden = np.zeros((len(labels) + 1, len(labels) + 1), dtype=bool)
    unknown = []
    if np.ndim(pairs) == 0 and isinstance(pairs, np.ndarray):
        raise ValueError(
            f"constraints must be a list of pairs of labels. Got {brief(pairs)} "
            "instead."
        )
    for pair in pairs:
        if not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:
            raise ValueError(
                f"constraints must hold pairs of labels. Got {brief(pair)} instead."
            )
        missing = [
            label
            for label in pair
            if not isinstance(label, Hashable) or label not in place
        ]
        if missing:
            unknown += missing
        else:
            forbidden[place[pair[0]], place[pair[1]]] = True
    if unknown and not forbidden.any():
        raise ValueError(
            f"constraints name {brief(unknown[0])}, which is not among the classes "
            f"{brief(labels)}."
        )
    return forbidden


def _of_scheme(scheme, labels):
    parsed = [_parse(label, scheme, labels) for label in labels] + [("O", "")]
    forbidden = np.zeros((len(parsed), len(parsed)), dtype=bool)
    for a, (tag, kind) in enumerate(parsed):
        for b, (next_tag, next_kind) in enumerate(parsed):
            continues = next_tag in ("I", "E")  # the span of the label before
            unfinished = tag in ("B", "I")
            fits = unfinished and kind == next_kind
            must_continue = unfinished and scheme == "bioes"
            forbidden[a, b] = (continues and not fits) or (
                must_continue and not continues
            )
    return forbidden


def _parse(label, scheme, labels):
    tag = parse_tag(label)
    if tag is not None and tag[0] in "O" + SCHEMES[scheme]:
        return tag
    letters = ", ".join(f"'{letter}-...'" for letter in SCHEMES[scheme])
    raise ValueError(
        f"The labels cannot satisfy constraints={scheme!r}: {brief(label)} is neither "
        f"'O' nor {letters}. The labels are {brief(labels)}."
    )


def check_allowed(
    y: RaggedArray,
    pairs: list[tuple[int, int]],
    classes: npt.NDArray[Any],
    constraints: str | Sequence[Any] | None,
    name: str,
) -> None:
    """Raise an error for the first forbidden pair of labels in y.

    Parameters
    ----------
    y : RaggedArray of int
        Indices of ``classes``; a label that is missing or unknown has a negative one.
    pairs : list of (int, int)
        As of ``forbidden_pairs``.
    classes : ndarray of shape (n_classes,)
    constraints : "bio", "bioes" or a list of pairs
        What the pairs come from, for the error.
    name : str
        What errors call y.
    """
    if not pairs:
        return
    n = len(classes)
    forbidden = np.zeros((n + 3, n + 3), dtype=bool)  # -1 and -2 may be anywhere
    forbidden[tuple(np.transpose(pairs))] = True
    before = np.roll(y.values, 1)
    before[y.offsets[:-1]] = n
    last = np.zeros(len(before), dtype=bool)
    last[y.offsets[1:] - 1] = True
    wrong_start = forbidden[before, y.values]
    bad = np.flatnonzero(wrong_start | (last & forbidden[y.values, n]))
    if len(bad):
        row = bad[0]
        i, t = place_of(y.offsets, row)
        names = [*map(brief, classes.tolist()), None]
        where = "at the end"
        if wrong_start[row]:
            previous = names[before[row]]
            where = f"after {previous}" if previous else "at the beginning"
        raise ValueError(
            f"{name}[{i}] has {names[y.values[row]]} {where} at step {t}, which "
            f"constraints={brief(constraints)} forbids."
        )
