"""Constructor arguments: default, allowed values and documentation from one table.

Errors have scikit-learn's sentence: "The 'cell' parameter of RNNClassifier must be ...
Got ... instead."
"""

from __future__ import annotations

import math
import re
import sys
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from sklearn import get_config
from sklearn.utils import check_random_state

from ._messages import brief

LARGEST_INT = int(np.iinfo(np.int64).max)
REQUIRED = object()  # in place of a default: there is none


class Expected:
    """One kind of value a parameter may have.

    Parameters
    ----------
    what : str
        Ends the sentence "... must be".
    holds : callable
        value -> bool.
    kind : str
        What the documentation calls it. None: as in errors.
    """

    def __init__(
        self, what: str, holds: Callable[[Any], bool], kind: str | None = None
    ) -> None:
        self.what, self.holds, self.kind = what, holds, kind or what


@dataclass(frozen=True)
class Parameter:
    """A constructor argument.

    Parameters
    ----------
    default : object
        ``REQUIRED`` if there is none.
    expected : list of Expected
        The kinds of value that are allowed.
    text : str
        What the documentation says of it.
    """

    default: object
    expected: list[Expected]
    text: str

    def but(self, **changes: Any) -> Parameter:
        """The same with another default, other values or another text."""
        return replace(self, **changes)

    def describe(self, name: str) -> str:
        """Its entry in the documentation, in the form of numpydoc."""
        # None, if it is allowed, comes last.
        ordered = sorted(self.expected, key=lambda expected: expected is NONE)
        *kinds, last = [expected.kind for expected in ordered]
        kinds = f"{', '.join(kinds)} or {last}" if kinds else last
        if self.default is not REQUIRED:
            kinds += f", default={_quoted(self.default)}"
        return f"{name} : {kinds}\n{_filled(self.text)}"


@cache  # most classes share most texts, and filling takes a quarter of the import
def _filled(text):
    return textwrap.indent(textwrap.fill(text, 80, break_long_words=False), "    ")


class HasParameters(Protocol):
    """A class with a table of its constructor's arguments."""

    _parameters: ClassVar[dict[str, Parameter]]


Class = TypeVar("Class", bound=type[HasParameters])


def documented(cls: Class) -> Class:
    """Write the table of a class into its docstring, where that says "{parameters}".

    A table of attributes by name, ``_attributes``, goes where it says "{attributes}".
    """
    if cls.__doc__ is not None:  # it is None with python -OO
        entries = [p.describe(name) for name, p in cls._parameters.items()]
        doc = _write(cls.__doc__, "{parameters}", entries)
        cls.__doc__ = _write(doc, "{attributes}", getattr(cls, "_attributes", []))
    return cls


def _write(doc, place, entries):
    """Entries in a place, indented as it is: from Python 3.13 on not at all."""

    def written(found):
        return textwrap.indent("\n".join(entries), found["indent"])

    return re.sub(f"^(?P<indent> *){re.escape(place)}", written, doc, flags=re.M)


def _quoted(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)


def one_of(*names: str, note: str = "") -> Expected:
    """One of some strings; the note tells apart what may be confused."""
    listed = "{" + ", ".join(repr(name) for name in names) + "}"
    note = note and f" ({note})"
    return Expected(
        f"a str among {listed}{note}",
        lambda v: isinstance(v, str) and v in names,
        _quoted(names[0]) if len(names) == 1 else listed.replace("'", '"'),
    )


def integer(low: int, high: int | None = None) -> Expected:
    """An int from ``low`` to ``high``, both allowed; None: as far as 64 bits go."""
    most = LARGEST_INT if high is None else high
    return Expected(
        f"an int in the range [{low}, {'inf)' if high is None else f'{high}]'}",
        lambda v: _is_int(v) and low <= v <= most,
        "int",
    )


def real(low: float, high: float | None = None, *, low_open: bool = False) -> Expected:
    """A finite number from ``low`` (or above it) to below ``high``."""
    bounds = f"{'(' if low_open else '['}{low}, {'inf' if high is None else high})"
    return Expected(
        f"a float in the range {bounds}",
        lambda v: (
            is_number(v)
            and (float(v) > low if low_open else float(v) >= low)
            and (high is None or float(v) < high)
        ),
        "float" if high is None else f"float in {bounds}",
    )


def instance(cls: type) -> Expected:
    """An instance of a class."""
    name = cls.__name__
    return Expected(f"an instance of {name!r}", lambda v: isinstance(v, cls), name)


def sizes(*, empty: bool) -> Expected:
    """An int, or a sequence of ints, of layer sizes."""

    def holds(v):
        if _is_int(v):
            return 1 <= v <= LARGEST_INT
        if isinstance(v, str) or not isinstance(v, (Sequence, np.ndarray)):
            return False
        if isinstance(v, np.ndarray) and v.ndim != 1:
            return False
        return (empty or len(v) > 0) and all(
            _is_int(k) and 1 <= k <= LARGEST_INT for k in v
        )

    few = "a sequence" if empty else "a sequence of at least one"
    return Expected(
        f"an int in the range [1, inf) or {few} of them",
        holds,
        "int or sequence of int",
    )


def _scorer_names():
    from sklearn.metrics import get_scorer_names  # not at import: it takes long

    return get_scorer_names()


def is_number(v: object) -> bool:
    """Whether a value is a finite real number that a float can hold."""
    if not isinstance(v, Real) or isinstance(v, (bool, np.bool_)):
        return False
    try:
        return math.isfinite(v)
    except OverflowError:  # an int, or a Fraction
        return False


def _is_int(v):
    return isinstance(v, Integral) and not isinstance(v, (bool, np.bool_))


NONE = Expected("None", lambda v: v is None, "None")
BOOLEAN = Expected("a bool", lambda v: isinstance(v, (bool, np.bool_)), "bool")
PAIRS = Expected(
    "a list of pairs",
    lambda v: isinstance(v, (list, tuple, np.ndarray)) and getattr(v, "ndim", 1) != 0,
    "list of pairs",
)
MAPPING = Expected("a dict", lambda v: isinstance(v, dict), "dict")
MAPPINGS = Expected(
    "a list of dicts",
    lambda v: isinstance(v, (list, tuple)) and all(isinstance(d, dict) for d in v),
    "list of dicts",
)
RANDOM_STATE = Expected(
    "an int in the range [0, 4294967295] or an instance of 'RandomState'",
    lambda v: isinstance(v, np.random.RandomState) or (_is_int(v) and 0 <= v < 2**32),
    "int, RandomState",
)
ARRAY = Expected(
    "an array", lambda v: hasattr(v, "__array__") and np.ndim(v) > 0, "array"
)
FILE = Expected(
    "a str or PathLike", lambda v: isinstance(v, (str, PathLike)), "str or PathLike"
)
TEXT = Expected("a str", lambda v: isinstance(v, str), "str")
CALLABLE = Expected("a callable", callable, "callable")
PORTION = Expected(
    "a float in the range (0, 1]",
    lambda v: is_number(v) and 0 < v <= 1,
    "float in (0, 1]",
)
SPLIT = Expected(
    "a splitter or an iterable of one split (train, test)",
    lambda v: (
        (callable(getattr(v, "split", None)) or hasattr(v, "__iter__"))
        and not isinstance(v, (str, bytes, dict))
        and getattr(v, "ndim", 1) != 0
    ),
    "splitter, iterable",
)
SCORER_NAME = Expected(
    "the name of a scorer (see sklearn.metrics.get_scorer_names)",
    lambda v: isinstance(v, str) and v in _scorer_names(),
    "str",
)
VERBOSE = Expected(
    "a bool or an int in the range [0, inf)",
    lambda v: (isinstance(v, bool) or _is_int(v)) and v >= 0,
    "bool or int",
)
JOBS = Expected("an int other than 0", lambda v: _is_int(v) and v != 0, "int")


def check_parameters(estimator: Any, table: Mapping[str, Parameter]) -> None:
    """Raise a ValueError for the first parameter that is not as its table expects.

    Parameters
    ----------
    estimator : estimator
    table : dict of str -> Parameter
    """
    owner, given = type(estimator).__name__, vars(estimator)
    for name, parameter in table.items():
        if name in given:  # a subclass may have fewer parameters
            check_value(given[name], name, owner, parameter.expected)


def check_value(
    value: object, name: str, owner: str, expected: Sequence[Expected]
) -> None:
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
        large = " Numbers beyond 64 bits are too large." if _is_large(value) else ""
        raise ValueError(
            f"The {name!r} parameter of {owner} must be {must_be}. Got {brief(value)} "
            f"instead.{large}"
        )


def _is_large(value):
    return _is_int(value) and abs(value) > LARGEST_INT


def random_generator(random_state: object, owner: str) -> np.random.RandomState:
    """The RandomState of an argument ``random_state``, checked."""
    check_value(random_state, "random_state", owner, [NONE, RANDOM_STATE])
    return check_random_state(random_state)


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
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
