"""Several arrays of steps, or several RaggedArrays, one after the other."""

from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .. import _frames, _values

if TYPE_CHECKING:
    from ._ragged import RaggedArray

TEXT = "UST"  # kinds of types of arrays


def end_to_end(arrays: list[Any]) -> tuple[Any, npt.NDArray[np.intp]]:
    """Values and offsets of arrays (or CSR matrices) of one kind and width."""
    lengths = [array.shape[0] for array in arrays]
    if sparse.issparse(arrays[0]):
        values = sparse.vstack(arrays, format="csr")
    else:
        held = [array for array in arrays if array.shape[0]]
        # the type of empty lists says nothing
        values = np.concatenate(_values.of_one_type(held or arrays))
    return values, np.array(list(accumulate(lengths, initial=0)), np.intp)


def joined(parts: "list[RaggedArray]") -> tuple[Any, ...]:
    """The arguments of ``RaggedArray._of`` for all sequences of one or more.

    Raises
    ------
    ValueError
        If they differ in kind, width or names of the steps or of the static numbers.
    """
    mixed = any(part.values.dtype == object for part in parts)
    of_steps = partial(_form_of_steps, mixed=mixed)
    for k, part in enumerate(parts):
        for form in (of_steps, _form_of_static):
            if form(part) != form(parts[0]):
                raise ValueError(
                    f"arrays[{k}] has {form(part)}, but arrays[0] has {form(parts[0])}."
                )
    values, starts = end_to_end([part.values for part in parts])
    ends = [part.offsets[1:] + start for part, start in zip(parts, starts)]
    offsets = np.concatenate([[0], *ends]).astype(np.intp)
    names = _names_of_all([part.feature_names for part in parts], "")
    if parts[0].static is None:
        return values, offsets, names
    static = np.concatenate([part.static for part in parts])
    static_names = _names_of_all([part.static_names for part in parts], ".static")
    return values, offsets, names, static, static_names


def what_held(array: npt.NDArray[Any]) -> str:
    """For errors: " of text" and the like, which cannot be joined with numbers."""
    kinds = dict.fromkeys(TEXT, " of text") | {"M": " of dates", "m": " of durations"}
    return kinds.get(array.dtype.kind, "")


def _form_of_steps(X, mixed):
    """In words; where some steps are ``mixed``, as texts and others, all may be."""
    kind = "sparse" if X.is_sparse else "dense"
    of = "" if mixed else what_held(X.values)
    return f"{kind} steps{of} of shape {X.values.shape[1:]}"


def _form_of_static(X):
    n = 0 if X.static is None else X.static.shape[1]
    return f"{n or 'no'} static number{'s' * (n != 1)} a sequence"


def _names_of_all(names, what):
    """The names that all of some arrays have; None if one has none."""
    if any(found is None for found in names):
        return None
    for k, found in enumerate(names):
        _frames.check_names(found, names[0], f"arrays[{k}]{what}", f"arrays[0]{what}")
    return names[0]
