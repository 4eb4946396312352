"""Vocabularies and vectors of words that are given."""

import os

import numpy as np

from .._frames import as_floats
from .._messages import brief
from .._text import UTF8_MARK

LARGEST = float(np.finfo(np.float32).max)  # of the numbers of a vector
LONGEST_TOKEN = 2**16  # bytes of a token in a file
PIECE = 2**20  # bytes that are read at a time


def lines_of_file(path):
    """The lines of a file, as bytes without their ends; none is very long."""
    lines, rest = [], b""
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            while piece.endswith(b"\r") and (more := file.read(1)):
                piece += more  # an end of two bytes stays together
            if not lines and not rest:
                piece = piece.removeprefix(UTF8_MARK)
            piece = (rest + piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            *whole, rest = piece.split(b"\n")
            for line in (*whole, rest):
                if len(line) > LONGEST_TOKEN:
                    raise ValueError(
                        f"{os.fspath(path)}, line {len(lines) + 1}, is longer than "
                        f"{LONGEST_TOKEN} bytes. Expected one token a line: is the "
                        "path right?"
                    )
                lines.append(line)
            lines.pop()  # the rest
    return [*lines, rest] if rest else lines  # the last line may end too


def tokens_by_id(vocabulary):
    tokens = dict.fromkeys(range(len(vocabulary)))
    for token, k in vocabulary.items():
        if k not in tokens or tokens[k] is not None:
            raise ValueError(
                f"The ids of a vocabulary of {len(tokens)} tokens must be 0 to "
                f"{len(tokens) - 1}, each once. Got {brief(k)} for {brief(token)}."
            )
        tokens[k] = token
    return list(tokens.values())


def as_vector(vector, token):
    """A vector of finite numbers that float32 can hold, of float32 or float64."""
    try:
        vector = np.asarray(vector)
        if vector.dtype.kind == "c" or vector.size == 0:
            raise ValueError(f"Got {vector.dtype} values of shape {vector.shape}.")
        dtype = np.dtype(np.float64)
        if vector.dtype.kind in "fiu":
            dtype = min(np.result_type(vector, np.float32), dtype)
        vector = as_floats(vector, dtype, copy=False)  # infinity is reported below
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The vector of {brief(token)} in vectors does not hold numbers (real "
            "ones, at least one)."
        ) from error
    if vector.ndim != 1:
        raise ValueError(
            f"The vector of {brief(token)} in vectors has shape {vector.shape}. "
            "Expected (width,)."
        )
    if not (np.abs(vector) <= LARGEST).all():  # false for NaN
        raise ValueError(
            f"The vector of {brief(token)} in vectors holds NaN or infinity, or a "
            f"number beyond {LARGEST:.1e}."
        )
    return vector
