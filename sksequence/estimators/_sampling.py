"""How the next token is drawn from its distribution."""

import numpy as np


def sharpen(log_p, temperature=1.0, top_k=None, top_p=None):
    """Probabilities from which to draw.

    ::

        temperature:  p^(1 / T), scaled to sum to one; T = 0: the most likely token only
        top_k:        the k most likely tokens
        top_p:        the fewest most likely tokens that have probability top_p together

    in this order, and what is left out has probability zero [1]_.

    Parameters
    ----------
    log_p : ndarray of shape (n, n_tokens)
    temperature : float
    top_k : int or None
    top_p : float or None

    Returns
    -------
    p : ndarray of shape (n, n_tokens), float64
        Of rows that sum to one.

    References
    ----------
    .. [1] Holtzman et al., "The curious case of neural text degeneration", ICLR 2020.
    """
    p = log_p.astype(np.float64)
    p -= p.max(axis=1, keepdims=True)
    if temperature == 0:
        top_k = 1
    else:
        p /= temperature
    np.exp(p, p)
    p /= p.sum(axis=1, keepdims=True)
    if top_k is None and top_p is None:
        return p
    order = np.argsort(-p, axis=1, kind="stable")
    falling = np.take_along_axis(p, order, axis=1)
    if top_k is not None:
        falling[:, top_k:] = 0
    if top_p is not None:
        falling /= falling.sum(axis=1, keepdims=True)
        before = np.cumsum(falling, axis=1) - falling
        falling[before >= top_p] = 0
    falling /= falling.sum(axis=1, keepdims=True)
    np.put_along_axis(p, order, falling, axis=1)
    return p


def draw(p, rng):
    """One token of each row of probabilities, shape (n,)."""
    ends = np.cumsum(p, axis=1)
    place = rng.random_sample((len(p), 1)) * ends[:, -1:]
    return (ends <= place).sum(axis=1)
