"""The norm of all gradients together, and clipping by it."""

import numpy as np


def global_norm(arrays):
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


def clip_by_global_norm(arrays, norm, clip_norm):
    """Scale arrays in place so that their global norm is at most ``clip_norm``.

    Returns
    -------
    clipped : bool
        Whether it was larger.
    """
    clipped = clip_norm is not None and norm > clip_norm
    if clipped:
        for a in arrays:
            a *= a.dtype.type(clip_norm / norm)
    return clipped
