"""Values in messages: never longer than a line or two, whatever the data."""

import reprlib
from typing import Any

LONGEST_VALUE = 160


def brief(value: Any, longest: int = LONGEST_VALUE) -> str:
    """The ``repr`` of a value, shortened in the middle where it is long."""
    if isinstance(value, (str, bytes)) and len(value) > longest:
        kind = "characters" if isinstance(value, str) else "bytes"
        return f"{value[: longest // 2]!r}... ({len(value):,} {kind})"
    try:
        text = " ".join(repr(_few(value)).split())
    except Exception:  # of an object of the user's
        text = f"<{type(value).__name__}>"
    if len(text) <= longest:
        return text
    half = longest // 2 - 2
    return f"{text[:half]} ... {text[-half:]}"


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
