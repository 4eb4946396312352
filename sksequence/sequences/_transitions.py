"""Labels that may not follow one another."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief
from ._checks import place_of
from ._ragged import RaggedArray


def check_allowed(
    y: RaggedArray,
    pairs: Sequence[Sequence[int]],
    classes: npt.NDArray[Any],
    rule: str,
    name: str,
) -> None:
    """Raise an error for the first forbidden pair of labels in y.

    Parameters
    ----------
    y : RaggedArray of int
        Indices of ``classes``; a label that is missing or unknown has a negative one.
    pairs : list of (int, int)
        A label and the next one. ``n_classes`` is the beginning or the end.
    classes : ndarray of shape (n_classes,)
    rule : str
        What forbids the pairs, for the error.
    name : str
        What errors call y.
    """
    if not len(pairs) or not len(y.values):
        return
    n = len(classes)
    forbidden = np.zeros((n + 3, n + 3), dtype=bool)  # -1 and -2 may be anywhere
    forbidden[tuple(np.transpose(pairs))] = True
    filled = y.lengths > 0
    before = np.roll(y.values, 1)
    before[y.offsets[:-1][filled]] = n
    last = np.zeros(len(before), dtype=bool)
    last[y.offsets[1:][filled] - 1] = True
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
            f"{rule} forbids."
        )
