"""Texts whose tokens are integers: token ids, notes, events."""

from numbers import Number
from types import SimpleNamespace

import numpy as np

from .. import _frames, _values
from .._messages import brief
from ..preprocessing import TokenEncoder
from ..sequences import (
    RaggedArray,
    as_ragged,
    first_that_is_no_integer,
    place_of,
    refuse_large_ids,
)


class IdEncoder(TokenEncoder):
    """A TokenEncoder of sequences of integers, which are the tokens.

    Its vocabulary holds ints beside the strings ``unk_token`` and ``eos_token``. The
    analyzer is of no use.
    """

    def _read(self, X, *, keep_ends=False):
        X = as_ragged(X, empty=True)
        values = X.values
        if not X.is_sparse and values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if X.is_sparse or values.ndim != 1:
            raise TypeError(
                "X must hold one integer a step, or text. Got "
                f"{'sparse' if X.is_sparse else values.shape[1]} values a step."
            )
        refuse_large_ids(X)
        if len(values) and values.dtype.kind not in "iu":
            row = first_that_is_no_integer(values)
            i, t = place_of(X.offsets, row)
            raise TypeError(
                f"X[{i}], step {t}, is {brief(values[row])}. Expected integers or text."
            )
        if len(X) == 0:
            raise ValueError(
                "X is empty: found array with 0 sample(s), while a minimum of 1 "
                "sequence is required."
            )
        tokens, places = np.unique(values, return_inverse=True)
        ids = np.zeros(len(values) + len(X), np.intc)  # 0 is the end of each sequence
        held = np.ones(len(ids), bool)
        held[X.offsets[1:] + np.arange(len(X))] = False
        ids[held] = places + 1
        return SimpleNamespace(
            tokens=[self.eos_token, *tokens.tolist()],
            ids=ids,
            offsets=X.offsets + np.arange(len(X) + 1),
            only_strings=False,
        )


def number_depth(X):
    """2 of sequences of numbers, 1 of one sequence of them, 0 of anything else."""
    return _depth(X) or 0


def _depth(X):
    """As ``number_depth``; None of what holds nothing that tells."""
    if isinstance(X, (str, bytes)):
        return 0
    if isinstance(X, RaggedArray):
        return 2 if X.dtype.kind in "iufb" else 0
    X = _frames.plain_or_rows(X)
    if isinstance(X, np.ndarray) and X.dtype != object:
        return min(X.ndim, 2) if X.dtype.kind in "iufb" else 0
    if not isinstance(X, (list, tuple, np.ndarray)):
        return 0
    for item in X:
        if _values.is_missing_value(item):
            continue
        if isinstance(item, Number):
            return 1
        depth = _depth(item)
        if depth is not None:
            return 2 if depth else 0
    return None
