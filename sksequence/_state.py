"""What an object holds: changed at once or not at all, and read as it was fitted.

A method that fits works on a copy, whose attributes take the place of the object's when
all is done. So a call that fails, or is interrupted, leaves the object as it was, and
who reads it meanwhile sees the old model or the new one. A method that reads what is
fitted takes all attributes once, and the parameters that it needs as they were in
``fit``.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from numpy.random import RandomState
from sklearn.utils.validation import check_is_fitted

Method = TypeVar("Method", bound=Callable[..., Any])


def kept_if_failed(method: Method) -> Method:
    """Leave an object as it was when a method that changes it raises.

    What a failed call is to leave behind nevertheless, such as the weights of its last
    whole epoch, it keeps by ``keep_in_spite``.
    """

    @wraps(method)
    def changing(self, *args, **kwargs):
        if not hasattr(type(self), method.__name__):
            raise TypeError(
                f"{method.__name__} was called of a class, not of an instance: make "
                f"one first, as in Class(...).{method.__name__}(...)."
            )
        before, random_state = dict(vars(self)), _random_state_of(self)
        changed = _with_attributes(self, dict(before))
        try:
            result = method(changed, *args, **kwargs)
        except BaseException:
            if "_keep_in_spite" in vars(changed):
                _take_over(self, before, changed)
            elif random_state is not None:
                self.random_state.set_state(random_state)
            raise
        _take_over(self, before, changed)
        return self if result is changed else result

    return changing  # type: ignore[return-value]


def _random_state_of(obj):
    """The state of the generator that an object was given, if it was given one."""
    generator = getattr(obj, "random_state", None)
    return generator.get_state() if isinstance(generator, RandomState) else None


def keep_in_spite(obj):
    """Keep what a method decorated by ``kept_if_failed`` has set, though it fails."""
    obj._keep_in_spite = True


def _take_over(self, before, changed):
    """The attributes of ``changed``, and parameters that were set meanwhile."""
    attributes, now = vars(changed), vars(self)
    attributes.pop("_keep_in_spite", None)
    if any(value is not before.get(name) for name, value in now.items()):
        for name in self.get_params(deep=False):
            if name in now and attributes.get(name) is before.get(name):
                attributes[name] = now[name]
    self.__dict__ = attributes  # all at once


def reads_fitted(method: Method) -> Method:
    """Let a method see the object as it is at the beginning, see ``as_fitted``."""

    @wraps(method)
    def reading(self, *args, **kwargs):
        return method(as_fitted(self), *args, **kwargs)

    return reading  # type: ignore[return-value]


def as_fitted(obj):
    """An object to read from, whatever is fitted or set meanwhile or since ``fit``.

    It has the attributes that ``obj`` has now. Its parameters that ``keep_parameters``
    has kept are as they were in ``fit``.
    """
    attributes = vars(obj)
    return _with_attributes(obj, attributes | attributes.get("_as_fitted", {}))


def keep_parameters(obj, names):
    """Keep parameters for ``as_fitted``: those on which the use of a model depends."""
    obj._as_fitted = {name: getattr(obj, name) for name in names}


def _with_attributes(obj, attributes):
    new = object.__new__(type(obj))
    new.__dict__ = attributes
    return new


def check_fitted(estimator):
    """Raise scikit-learn's NotFittedError if a network is not fitted.

    ``check_is_fitted`` looks at tags each time, which a prediction of one sequence
    feels.
    """
    if "theta_" not in vars(estimator):
        check_is_fitted(estimator)
