"""Tags of spans from one scheme to another."""

from typing import Literal, TypeAlias

import numpy as np

from .. import _parameters as p
from .._messages import brief
from .._typing import StepLabels
from ..sequences import (
    SCHEMES,
    check_allowed,
    forbidden_by_scheme,
    labels_as_ragged,
    parse_tag,
    place_of,
    spans_of,
    tags_in_words,
    tags_of,
)

Scheme: TypeAlias = Literal["iob1", "bio", "bioes", "bilou"]


def convert_tags(
    y: StepLabels, from_scheme: Scheme, to_scheme: Scheme
) -> list[list[str]]:
    """Convert tags of spans to another scheme [1]_.

    ::

        spans   [ a PER ] [ another PER, of two words ]   [ a LOC ]
        iob1    I-PER     B-PER    I-PER         O        I-LOC
        bio     B-PER     B-PER    I-PER         O        B-LOC
        bioes   S-PER     B-PER    E-PER         O        S-LOC
        bilou   U-PER     B-PER    L-PER         O        U-LOC

    Parameters
    ----------
    y : sequences of labels
        One sequence of str for each sequence, in any container.
    from_scheme, to_scheme : {"iob1", "bio", "bioes", "bilou"}
        "bio" is also called IOB2, "bioes" also IOBES.

    Returns
    -------
    y : list of lists of str

    Raises
    ------
    ValueError
        If a label is not a tag of ``from_scheme``, is missing, or is at a step where
        the scheme does not allow it; the message names the sequence and the step.

    See Also
    --------
    sksequence.metrics.find_spans : The spans, whatever the scheme.
    RNNTagger : Has ``constraints`` for the same schemes.

    References
    ----------
    .. [1] Ramshaw & Marcus, "Text chunking using transformation-based learning", 1995
       (IOB1); Ratinov & Roth, "Design challenges and misconceptions in named entity
       recognition", CoNLL 2009 (BILOU).

    Examples
    --------
    >>> from sksequence.preprocessing import convert_tags
    >>> y = [["I-PER", "B-PER", "I-PER", "O", "I-LOC"]]
    >>> convert_tags(y, "iob1", "bioes")
    [['S-PER', 'B-PER', 'E-PER', 'O', 'S-LOC']]
    """
    for name, scheme in [("from_scheme", from_scheme), ("to_scheme", to_scheme)]:
        p.check_value(scheme, name, "convert_tags", [p.one_of(*SCHEMES)])
    labels, known = labels_as_ragged(y)
    if not known.all():
        i, t = place_of(labels.offsets, int(known.argmin()))
        raise ValueError(
            f"y[{i}][{t}] is missing. Expected a tag of {from_scheme!r} at every step."
        )
    if labels.values.ndim != 1:
        raise ValueError(
            f"y[0] has {labels.values.shape[1]} labels a step. Expected one tag a step."
        )
    names, first, indices = np.unique(
        labels.values, return_index=True, return_inverse=True
    )
    tags = []
    for label, row in zip(names.tolist(), first):
        tag = parse_tag(label)
        if tag is None or tag[0] not in "O" + SCHEMES[from_scheme]:
            i, t = place_of(labels.offsets, int(row))
            raise ValueError(
                f"y[{i}][{t}] is {brief(label)}. Expected a tag of {from_scheme!r}: "
                f"'O', {tags_in_words(from_scheme)}."
            )
        tags.append(tag)
    pairs = np.argwhere(forbidden_by_scheme(from_scheme, tags)).tolist()
    rule = f"from_scheme={from_scheme!r}"
    check_allowed(labels.with_values(indices), pairs, names, rule, "y")
    return [
        tags_of(spans_of(row.tolist(), f"y[{i}]"), len(row), to_scheme)
        for i, row in enumerate(labels)
    ]
