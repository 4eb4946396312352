"""Which labels may follow one another: by a scheme of spans, or by the user's pairs."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief
from ..sequences import SCHEMES, forbidden_by_scheme, parse_tag, tags_in_words


def forbidden_pairs(
    constraints: str | Sequence[Any] | None, classes: npt.NDArray[Any]
) -> list[tuple[int, int]]:
    """Pairs of labels that may not follow one another.

    ::

        iob1:   B-X comes after B-X or I-X only
        bio:    I-X comes after B-X or I-X only
        bioes:  I-X and E-X come after B-X or I-X only, and nothing else comes after
                these; a sequence neither begins with I or E nor ends with B or I
        bilou:  the same, with L for E and U for S

    Parameters
    ----------
    constraints : None, a scheme, or a list of pairs
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
    parsed = [_parse(label, scheme, labels) for label in labels]
    return forbidden_by_scheme(scheme, parsed)


def _parse(label, scheme, labels):
    tag = parse_tag(label)
    if tag is not None and tag[0] in "O" + SCHEMES[scheme]:
        return tag
    raise ValueError(
        f"The labels cannot satisfy constraints={scheme!r}: {brief(label)} is neither "
        f"'O' nor {tags_in_words(scheme)}. The labels are {brief(labels)}."
    )
