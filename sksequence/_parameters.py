"""Checks of constructor arguments: a table of expectations, one sentence for errors.

"The 'cell' parameter of RNNClassifier must be ... Got ... instead." The sentence is
scikit-learn's.
"""

import sys
import warnings
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from sklearn import get_config


class Expected:
    """One kind of value a parameter may have.

    Parameters
    ----------
    what : str
        Ends the sentence "... must be".
    holds : callable
        value -> bool.
    """

    def __init__(self, what, holds):
        self.what, self.holds = what, holds


def one_of(*names, note=""):
    """One of some strings; the note tells apart what may be confused."""
    listed = "{" + ", ".join(repr(name) for name in names) + "}"
    note = note and f" ({note})"
    return Expected(
        f"a str among {listed}{note}", lambda v: isinstance(v, str) and v in names
    )


def integer(low, high=None):
    """An int from ``low`` to ``high``, both allowed."""
    return Expected(
        f"an int in the range [{low}, {'inf)' if high is None else f'{high}]'}",
        lambda v: _is_int(v) and v >= low and (high is None or v <= high),
    )


def real(low, high=None, *, low_open=False):
    """A finite number from ``low`` (or above it) to below ``high``."""
    return Expected(
        f"a float in the range {'(' if low_open else '['}{low}, "
        f"{'inf' if high is None else high})",
        lambda v: (
            isinstance(v, Real)
            and not isinstance(v, (bool, np.bool_))
            and np.isfinite(v)
            and (v > low if low_open else v >= low)
            and (high is None or v < high)
        ),
    )


def instance(cls):
    """An instance of a class."""
    return Expected(f"an instance of {cls.__name__!r}", lambda v: isinstance(v, cls))


def sizes(*, empty):
    """An int, or a sequence of ints, of layer sizes."""

    def holds(v):
        if _is_int(v):
            return v >= 1
        if isinstance(v, str) or not isinstance(v, (Sequence, np.ndarray)):
            return False
        return (empty or len(v) > 0) and all(_is_int(k) and k >= 1 for k in v)

    few = "a sequence" if empty else "a sequence of at least one"
    return Expected(f"an int in the range [1, inf) or {few} of them", holds)


def _is_int(v):
    return isinstance(v, Integral) and not isinstance(v, (bool, np.bool_))


NONE = Expected("None", lambda v: v is None)
BOOLEAN = Expected("a bool", lambda v: isinstance(v, (bool, np.bool_)))
PAIRS = Expected(
    "a list of pairs",
    lambda v: isinstance(v, (list, tuple, np.ndarray)) and not isinstance(v, str),
)
MAPPING = Expected("a dict", lambda v: isinstance(v, dict))
RANDOM_STATE = Expected(
    "an int in the range [0, 4294967295] or an instance of 'RandomState'",
    lambda v: isinstance(v, np.random.RandomState) or (_is_int(v) and 0 <= v < 2**32),
)
ARRAY = Expected("an array", lambda v: hasattr(v, "__array__"))
TEXT = Expected("a str", lambda v: isinstance(v, str))
CALLABLE = Expected("a callable", callable)
PORTION = Expected(
    "a float in the range (0, 1]",
    lambda v: isinstance(v, Real) and not isinstance(v, bool) and 0 < v <= 1,
)
VERBOSE = Expected(
    "a bool or an int in the range [0, inf)",
    lambda v: isinstance(v, Integral) and v >= 0,
)
JOBS = Expected("an int other than 0", lambda v: _is_int(v) and v != 0)


def check_parameters(estimator, table):
    """Raise a ValueError for the first parameter that is not as its table expects.

    Parameters
    ----------
    estimator : estimator
    table : dict of str -> list of Expected
        Each parameter's allowed kinds of value.
    """
    for name, value in estimator.get_params(deep=False).items():
        if name in table:  # a subclass may have parameters of its own
            check_value(value, name, type(estimator).__name__, table[name])


def check_value(value, name, owner, expected):
    """Raise a ValueError if the value of one parameter is none of the kinds expected.

    Parameters
    ----------
    value : object
    name : str
        The parameter.
    owner : str
        The class or function that has it.
    expected : list of Expected
        The allowed kinds of value.
    """
    if get_config()["skip_parameter_validation"]:
        return
    if not any(kind.holds(value) for kind in expected):
        *most, last = [kind.what for kind in expected]
        must_be = f"{', '.join(most)} or {last}" if most else last
        raise ValueError(
            f"The {name!r} parameter of {owner} must be {must_be}. Got {value!r} "
            "instead."
        )


def warn_user(message, category=UserWarning):
    """Give a warning that points at the caller outside of this package.

    Calls that scikit-learn makes on the user's behalf are passed over too.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back and _is_ours(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_ours(frame):
    package = frame.f_globals.get("__name__", "").split(".")[0]
    return package in ("sksequence", "sklearn")
