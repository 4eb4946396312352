"""The norm of all gradients together, and clipping by it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .._typing import FloatArray


def global_norm(arrays: Iterable[FloatArray]) -> float:
    """Euclidean norm of all entries of some arrays together.

    Where squares would overflow or underflow, they are those of entries divided by the
    largest one. NaN or inf, if an entry is.
    """
    total = 0.0
    for a in arrays:
        flat = a.ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            norm = float(np.sqrt(flat @ flat))
        if not 1e-15 < norm < 1e15:  # squares may have left the range of float32
            largest = float(np.abs(flat).max(initial=0))
            if 0 < largest < np.inf:
                scaled = flat / largest
                norm = float(np.sqrt(scaled @ scaled)) * largest
            else:
                norm = largest
        total = np.hypot(total, norm)
    return float(total)


def clip_by_global_norm(
    arrays: Iterable[FloatArray], norm: float, clip_norm: float | None
) -> bool:
    """Scale arrays in place so that their global norm is at most ``clip_norm``.

    Returns
    -------
    clipped : bool
        Whether it was larger.
    """
    if clip_norm is None or not norm > clip_norm:
        return False
    for a in arrays:
        a *= a.dtype.type(clip_norm / norm)
    return True
