"""Fingerprints: whether values, of another process perhaps, are the same.

Two are alike if the values are written alike: arrays by their type, shape and bytes;
lists and tuples, dicts and other objects by what they hold; functions by their name
alone. A gigabyte takes about a second.
"""

from __future__ import annotations

import json
from hashlib import sha256
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np
from scipy import sparse

PIECE = 2**20  # rows that are read at once of what does not lie in one piece


def fingerprint(value: Any) -> str:
    """A short text that is the same for values that are alike.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        Of 32 hexadecimal digits.
    """
    digest = sha256()
    _take_in(value, digest.update, ())
    return digest.hexdigest()[:32]


def _take_in(value, update, within):
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or value is None:
        return update(f"{value};".encode())
    if isinstance(value, (bytes, bytearray)):
        return update(b"%d bytes:%b;" % (len(value), value))
    if isinstance(value, (int, float)):
        return update(repr(_number(value)).encode() + b";")
    if isinstance(value, (FunctionType, BuiltinFunctionType, type)):
        return update(f"{value.__module__}.{value.__qualname__};".encode())
    if isinstance(value, np.ndarray):
        return _take_in_array(value, update, within)
    if sparse.issparse(value):
        value = value.tocsr()
        parts = value.shape, value.data, value.indices, value.indptr
        return _take_in(("sparse", *parts), update, within)
    if type(value) in (str, list, tuple, dict):
        text = _json(value)
        if text is not None:
            return update(text.encode() + b";")
    if id(value) in within:  # it holds itself
        return update(f"{within.index(id(value))}^".encode())
    within = (*within, id(value))
    if isinstance(value, (list, tuple)):
        return _take_in_all(value, "[]", update, within)
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: fingerprint(item[0]))
        return _take_in_all([x for item in items for x in item], "{}", update, within)
    if isinstance(value, (set, frozenset)):
        return _take_in_all(sorted(map(fingerprint, value)), "<>", update, within)
    if isinstance(value, MethodType):
        return _take_in_all([value.__self__, value.__func__], "()", update, within)
    return _take_in_all(_parts(value), "()", update, within)


def _take_in_all(values, brackets, update, within):
    update(f"{brackets[0]}{len(values)}".encode())
    for v in values:
        _take_in(v, update, within)
    update(brackets[1].encode())


def _take_in_array(a, update, within):
    update(f"{a.dtype.descr}{a.shape}:".encode())
    if a.dtype.hasobject:
        return _take_in(a.tolist(), update, within)
    if a.flags.c_contiguous:
        return update(_bytes_of(a))
    flat = a.reshape(-1) if a.ndim == 1 else a
    for k in range(0, len(flat), PIECE):
        update(_bytes_of(np.ascontiguousarray(flat[k : k + PIECE])))


def _bytes_of(a):
    return memoryview(a.reshape(-1).view(np.uint8)) if a.nbytes else b""


def _number(value):
    """3 for 3, 3.0 and NumPy's: settings that are equal are alike."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value


def _json(value):
    """Strings, and lists and dicts of plain values, written in one go; else None."""
    if type(value) is dict and not all(type(key) is str for key in value):
        return None  # a key 1 would be written as "1" is
    try:
        return json.dumps(value, sort_keys=True)
    except (TypeError, ValueError):
        return None


def _parts(value):
    """What an object is made of, as pickle sees it."""
    cls = type(value)
    if hasattr(value, "get_params") and hasattr(value, "__dict__"):
        return [cls, vars(value)]  # an estimator: its version does not matter
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:  # of an object of the user's, a generator or a lock
        return [cls, vars(value)] if hasattr(value, "__dict__") else [cls]
    if isinstance(reduced, str):
        return [cls, reduced]
    rest = [list(part) if k > 2 and part else part for k, part in enumerate(reduced)]
    return [cls, *rest[1:5]]
