"""How the next token is drawn from its distribution."""

import numpy as np


def sharpen(log_p, temperature=1.0, top_k=None, top_p=None):
    """Log probabilities from which to draw.

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
    log_p : ndarray of shape (n, n_tokens)
        Of rows that sum to one; -inf for what is never drawn.

    References
    ----------
    .. [1] Holtzman et al., "The curious case of neural text degeneration", ICLR 2020.
    """
    log_p = log_p.astype(np.float64)
    if temperature == 0:
        top_k = 1
    else:
        log_p /= temperature
    order = np.argsort(-log_p, axis=1, kind="stable")
    sorted_p = np.take_along_axis(log_p, order, axis=1)
    sorted_p = np.exp(sorted_p - sorted_p[:, :1])
    sorted_p /= sorted_p.sum(axis=1, keepdims=True)
    if top_k is not None:
        sorted_p[:, top_k:] = 0
    if top_p is not None:
        sorted_p /= sorted_p.sum(axis=1, keepdims=True)
        before = np.cumsum(sorted_p, axis=1) - sorted_p
        sorted_p[before >= top_p] = 0
    sorted_p /= sorted_p.sum(axis=1, keepdims=True)
    p = np.empty_like(sorted_p)
    np.put_along_axis(p, order, sorted_p, axis=1)
    with np.errstate(divide="ignore"):
        return np.log(p)


def draw(log_p, rng):
    """One token of each row, shape (n,)."""
    steps = np.cumsum(np.exp(log_p), axis=1)
    place = rng.random_sample((len(log_p), 1)) * steps[:, -1:]
    return (steps <= place).sum(axis=1)
