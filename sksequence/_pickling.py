"""Objects in pickles and files: the version goes with them.

``pickle`` sees the state of an object as it is. While ``states_apart`` is open, which
``sksequence.io`` does to write a file, a state is kept there instead: what is plain and
arrays as they are, the objects in it under their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import signature
from typing import Any

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from . import _parameters as p
from ._container import Tagged
from ._messages import brief
from ._version import __version__

VERSION = "_sksequence_version"
PLAIN = {type(None), bool, int, float, str}
PLAIN_DTYPE = re.compile(r"[<>|=]?[biufcSU]\d+")


class VersionWarning(InconsistentVersionWarning):
    """An object was pickled, or written to a file, by another version of sksequence."""

    def __str__(self) -> str:
        return (
            f"{self.estimator_name} was written by sksequence "
            f"{self.original_sklearn_version} and is loaded by "
            f"{self.current_sklearn_version}. It may behave differently or fail."
        )


class Versioned:
    """The version goes with an object, and its state may be kept apart."""

    def __getstate__(self) -> dict[str, Any]:
        state = self._state_to_keep(dict(super().__getstate__() or {}))  # type: ignore[call-overload]
        written = _WRITTEN.get()
        if written is None:
            return {**state, VERSION: __version__}
        return written.add(self, state)

    def __setstate__(self, state: dict[str, Any]) -> None:
        read = _READ.get()
        if read is not None:
            state = _with_defaults(self, _put_together(state, read))
        else:
            state = dict(state)
            version = state.pop(VERSION, "unknown")
            if version != __version__:
                warn_of_version(type(self).__name__, version)
        getattr(super(), "__setstate__", self.__dict__.update)(state)
        if read is not None:
            self._check_state()

    def _state_to_keep(self, state: dict[str, Any]) -> dict[str, Any]:
        """What of a state is written."""
        return state

    def _check_state(self) -> None:
        """Raise ValueError if what a file held cannot be."""


def warn_of_version(name: str, version: str) -> None:
    """Say that something is of another version."""
    p.warn_user(
        VersionWarning(
            estimator_name=name,
            current_sklearn_version=__version__,
            original_sklearn_version=version,
        )
    )


# -- states apart ----------------------------------------------------------------------


class States:
    """The states of objects while they are written, each once."""

    def __init__(self) -> None:
        self.states: list[Any] = []
        self._kept: dict[int, tuple[Any, dict[str, Any]]] = {}

    def add(self, obj, state):
        """Keep the state of an object; what stands for it where the object is."""
        if id(obj) not in self._kept:  # which is held, so that no other has its id
            objects: list[Any] = []
            self.states.append(_taken_apart(state, objects))
            stands_for = {"state": len(self.states) - 1, "objects": objects}
            self._kept[id(obj)] = obj, stands_for
        return self._kept[id(obj)][1]


_WRITTEN: ContextVar[States | None] = ContextVar("written", default=None)
_READ: ContextVar[list[Any] | None] = ContextVar("read", default=None)


@contextmanager
def states_apart() -> Iterator[list[Any]]:
    """Keep the states of objects that are pickled, or written, in a list."""
    states = States()
    token = _WRITTEN.set(states)
    try:
        yield states.states
    finally:
        _WRITTEN.reset(token)


@contextmanager
def states_from(states: list[Any]) -> Iterator[None]:
    """Take the states of objects from a list, and check them."""
    token = _READ.set(states)
    try:
        yield
    finally:
        _READ.reset(token)


def _taken_apart(value, objects):
    """A value whose objects are numbers, and go to the end of a list."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is list:
        return [_taken_apart(v, objects) for v in value]
    if kind is tuple:
        return tuple(_taken_apart(v, objects) for v in value)
    if kind is dict:
        return {
            _taken_apart(k, objects): _taken_apart(v, objects) for k, v in value.items()
        }
    if kind in (np.ndarray, np.memmap) or isinstance(value, np.generic):
        if not value.dtype.hasobject:
            return value
        if kind is np.ndarray:
            entries = [_taken_apart(v, objects) for v in value.ravel().tolist()]
            return Tagged("objects", (value.shape, entries))
    if isinstance(value, np.dtype) and not value.hasobject:
        return Tagged("dtype", value.str)
    if isinstance(value, type) and issubclass(value, np.number):
        return Tagged("type", np.dtype(value).str)
    objects.append(value)
    return Tagged("object", len(objects) - 1)


def _put_together(kept, states):
    """The state of an object, from what stands for it and the list of states."""
    k, objects = kept["state"], kept["objects"]
    if type(k) is not int or type(objects) is not list or not 0 <= k < len(states):
        raise ValueError("an object without its state")
    state = _whole(states[k], objects)
    if type(state) is not dict or not all(type(name) is str for name in state):
        raise ValueError("a state that is no dict of attributes")
    return state


def _with_defaults(obj, state):
    """A state with the parameters that the version which wrote it did not know."""
    if hasattr(obj, "get_params"):
        for parameter in signature(type(obj)).parameters.values():
            default = state.setdefault(parameter.name, parameter.default)
            if default is parameter.empty:
                raise ValueError(f"a {type(obj).__name__} without {parameter.name}")
    return state


def _whole(value, objects):
    """What ``_taken_apart`` was given."""
    kind = type(value)
    if kind is list:
        return [_whole(v, objects) for v in value]
    if kind is tuple:
        return tuple(_whole(v, objects) for v in value)
    if kind is dict:
        return {_whole(k, objects): _whole(v, objects) for k, v in value.items()}
    if kind is not Tagged:
        return value
    tag, inner = value
    if tag == "object":
        if type(inner) is not int or not 0 <= inner < len(objects):
            raise ValueError(f"a state that refers to {brief(inner)}")
        return objects[inner]
    if tag == "objects":
        shape, entries = inner
        array = np.empty(len(entries), dtype=object)
        for k, entry in enumerate(entries):
            array[k] = _whole(entry, objects)
        return array.reshape(shape)
    if tag in ("dtype", "type") and type(inner) is str and PLAIN_DTYPE.fullmatch(inner):
        return np.dtype(inner) if tag == "dtype" else np.dtype(inner).type
    raise ValueError(f"a state that is {brief(tag)}")
