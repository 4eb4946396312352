"""Messages: values are never longer than a line or two, and arguments have names."""

import re
import reprlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.exceptions import NotFittedError

# What code that is given a wrong value raises.
OF_VALUES = ValueError, TypeError, AttributeError, LookupError, ArithmeticError
LONGEST_VALUE = 160
LONGEST = 800  # of what others say


def brief(value: Any, longest: int = LONGEST_VALUE) -> str:
    """The ``repr`` of a value, shortened in the middle where it is long."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()  # of a NumPy scalar
    if isinstance(value, (str, bytes)) and len(value) > longest:
        kind = "characters" if isinstance(value, str) else "bytes"
        return f"{value[: longest // 2]!r}... ({len(value):,} {kind})"
    try:
        text = repr(_few(value))
        if "\n" in text and (len(text) > longest or hasattr(value, "columns")):
            shape = getattr(value, "shape", None)
            if isinstance(shape, tuple):
                return f"a {type(value).__name__} of shape {shape}"
        text = " ".join(text.split())
    except MemoryError:
        raise
    except Exception:  # of an object of the user's
        text = f"<{type(value).__name__}>"
    if len(text) <= longest:
        return text
    half = longest // 2 - 2
    return f"{text[:half]} ... {text[-half:]}"


def name_of(column: int, names: list[Any] | None) -> str:
    """What a message calls a column: by its name, if it has one, or its number."""
    return brief(names[column], 60) if names else str(column)


@contextmanager
def naming(*names: str) -> Iterator[None]:
    """Errors of other libraries, and of users' code, under the name of an argument.

    Parameters
    ----------
    *names : str
        What an error has to name, one of them. If it does not, it is put under the
        first one; where it is long, it is cut.
    """
    try:
        yield
    except NotFittedError:
        raise
    except OF_VALUES as error:
        message = str(error)
        named = any(re.search(rf"\b{re.escape(n)}\b", message) for n in names)
        usual = isinstance(error, (ValueError, TypeError))
        if named and usual and len(message) <= LONGEST:
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]} ... {message[-LONGEST // 4 :]}"
        raise kind(message if named else f"{names[0]}: {message}") from error


def renamed(
    read: Callable[[Any], Any], given: Any, name: str, called: str = "X"
) -> Any:
    """What a function reads of an argument; its errors name it as its caller does."""
    try:
        return read(given)
    except (TypeError, ValueError) as error:
        message = str(error)
        if name == called or not message.startswith(called):
            raise
        raise type(error)(name + message.removeprefix(called)) from error


def _few(value):
    """A container of which no more is written than is shown."""
    if isinstance(value, (list, tuple, dict, set, frozenset)) and len(value) > 50:
        return _Written(reprlib.repr(value))
    if isinstance(value, int) and value.bit_length() > 500:
        return _Written(f"an int of {value.bit_length():,} bits")
    return value


class _Written(str):
    """A text that is its own ``repr``."""

    def __repr__(self):
        return str(self)
