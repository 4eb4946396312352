"""Fitted networks arranged for single steps, and the states that they are given."""

from __future__ import annotations

from functools import partial
from weakref import ref

import numpy as np

from .._messages import brief
from .._state import check_fitted
from ..network import WEIGHTS


class Stepping:
    """A fitted network arranged for single steps, and checks of states.

    A subclass sets ``weights``, a WeightsCopy, and ``expected``: by the name of each
    part of a state, width and type of its arrays, ``WEIGHTS`` too.

    Parameters
    ----------
    fitted : estimator
    of : str
        What errors call the sequences.
    """

    def __init__(self, fitted, of="sequences"):
        self.architecture, self.engine, self.of = (
            fitted.architecture_,
            fitted.engine,
            of,
        )
        self.theta = ref(fitted.theta_, partial(_forget, id(fitted.theta_)))

    def is_of(self, fitted):
        """Whether the network is still what was arranged."""
        theta = fitted.theta_
        return (
            self.theta() is theta
            and self.architecture is fitted.architecture_
            and self.engine == fitted.engine
            and self.weights.is_of(theta)
        )

    def check_state(self, state):
        """For how many sequences a state is; an error if not of these weights."""
        owner = state.get(WEIGHTS) if isinstance(state, dict) else None
        owner = owner[0] if isinstance(owner, tuple) and owner else None
        known = isinstance(owner, np.ndarray) and owner.ndim > 0
        if known and owner.tobytes() != self.weights.fingerprint * len(owner):
            raise ValueError(
                "state is not of these weights: another network made it, or they were "
                "changed since, by fit for instance. Begin with initial_state()."
            )
        return _n_of_state(state, self.expected, self.of)


_known: dict[int, Stepping] = {}  # by the id of weights, as long as these are there


def _forget(key, _):
    _known.pop(key, None)


def stepping_of(fitted, arrange):
    """What ``arrange`` makes of a fitted network, once for the same weights."""
    check_fitted(fitted)
    key = id(fitted.theta_)
    stepping = _known.get(key)
    if stepping is None or not stepping.is_of(fitted):
        stepping = _known[key] = arrange(fitted)
    return stepping


def _n_of_state(state, expected, of):
    """For how many sequences a state is, or an error if it is not what is expected."""
    n = None
    if _fits(state, expected):  # most often
        return len(state[next(iter(expected))][0])
    for name, arrays in expected.items():
        part = state.get(name) if isinstance(state, dict) else None
        part = part if isinstance(part, (tuple, list)) else ()
        part = [a if isinstance(a, np.ndarray) else np.array(a, object) for a in part]
        found = [(a.shape, a.dtype) for a in part]
        if n is None and found and len(found[0][0]) == 2:
            n = found[0][0][0]
        if found != [((n, width), dtype) for width, dtype in arrays]:
            widths = ", ".join(f"(n, {width}) {dtype}" for width, dtype in arrays)
            got = [f"{shape} {dtype}" for shape, dtype in found] or brief(state)
            raise ValueError(
                f"state must be what initial_state or step returned, for n {of}: "
                f"state[{name!r}] a tuple of {len(arrays)} array(s), {widths}. Got "
                f"{got}."
            )
    return n


def _fits(state, expected):
    """Whether a state is what is expected; a quick look, which may say no."""
    try:
        n = len(state[next(iter(expected))][0])
        for name, arrays in expected.items():
            for array, (width, dtype) in zip(state[name], arrays, strict=True):
                if array.shape != (n, width) or array.dtype is not dtype:
                    return False
    except (TypeError, LookupError, ValueError, AttributeError):
        return False
    return True
