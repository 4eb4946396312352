"""Fingerprints: the same for values that are alike, in other processes too."""

import os
import subprocess
import sys
from datetime import date
from functools import partial

import numpy as np
from scipy import sparse
from sklearn.model_selection import ShuffleSplit

from sksequence import RaggedArray
from sksequence._fingerprint import fingerprint
from sksequence.cells import GRUCell, LSTMCell
from sksequence.preprocessing import TokenEncoder

A = np.arange(12.0).reshape(3, 4)


def circle(n):
    found = [n]
    found.append(found)
    return found


def f(x):
    return x


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


# Each row: ways to write the same; all rows differ from each other.
SAME = [
    [lambda: None],
    [lambda: True, lambda: np.bool_(True)],
    [lambda: 1, lambda: 1.0, lambda: np.int8(1)],
    [lambda: 0.1],
    [lambda: float("nan"), lambda: np.nan],
    [lambda: "1", lambda: np.str_("1")],
    [lambda: b"1", lambda: np.bytes_(b"1"), lambda: bytearray(b"1")],
    [lambda: b"2"],
    [lambda: 1j],
    [lambda: range(3)],
    [lambda: np.datetime64("2020-01-01"), lambda: date(2020, 1, 1)],
    [lambda: [1], lambda: (1,)],
    [lambda: [[1], []]],
    [lambda: [[], [1]]],
    [lambda: {"a": 1, "b": 2}, lambda: {"b": 2, "a": 1}],
    [lambda: {1: "a", "1": "b"}, lambda: {"1": "b", 1: "a"}],
    [lambda: {1: "a"}, lambda: {1.0: "a"}],
    [lambda: {"1": "a"}],
    [lambda: {(0, 1): A}],
    [lambda: {"x", "y", "z", "u", "v"}, lambda: set("vuzyx")],
    [lambda: A, lambda: A.copy("F"), lambda: np.repeat(A, 2, 1)[:, ::2]],
    [lambda: A.astype(np.float32)],
    [lambda: A.T],
    [lambda: A.reshape(4, 3)],
    [lambda: A[::-1], lambda: A[::-1].copy()],
    [lambda: A[:0]],
    [lambda: np.array([None, "a", 3], dtype=object)],
    [lambda: np.array([(1, "a")], dtype=[("id", int), ("token", object)])],
    [lambda: sparse.csr_matrix(A), lambda: sparse.csr_matrix(A).tocoo()],
    [lambda: f],
    [lambda: np.sin],
    [lambda: RaggedArray],
    [lambda: partial(f, 3), lambda: partial(f, 3)],
    [lambda: partial(f, 4)],
    [lambda: circle(1), lambda: circle(1)],
    [lambda: circle(2)],
    [lambda: Slots(1), lambda: Slots(1)],
    [lambda: Slots(2)],
    [lambda: GRUCell(), lambda: GRUCell()],
    [lambda: GRUCell(reset_after=True)],
    [lambda: LSTMCell()],
    [lambda: ShuffleSplit(3), lambda: ShuffleSplit(3)],
    [lambda: ShuffleSplit(3, random_state=0)],
    [lambda: RaggedArray(A, [0, 1, 3]), lambda: RaggedArray(A.copy(), [0, 1, 3])],
    [lambda: RaggedArray(A, [0, 2, 3])],
    [lambda: TokenEncoder().fit(["a b"]), lambda: TokenEncoder().fit(["a b"])],
    [lambda: TokenEncoder().fit(["a c"])],
    [lambda: object(), lambda: object()],
    [lambda: (x for x in "a"), lambda: (x for x in "b")],
]


def test_alike_and_not():
    found = [{fingerprint(make()) for make in row} for row in SAME]
    assert [len(of_row) for of_row in found] == [1] * len(SAME)
    assert len(set.union(*found)) == len(SAME)


def test_other_processes():
    code = (
        "from sksequence._fingerprint import fingerprint\n"
        "from sksequence.preprocessing import TokenEncoder\n"
        "print(fingerprint([set('abcdef'), {1: 2, 'a': {3, 4.5}},"
        " TokenEncoder().fit(['a b', 'c d e'])]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )  # fmt: skip
    encoder = TokenEncoder().fit(["a b", "c d e"])
    value = [set("abcdef"), {1: 2, "a": {3, 4.5}}, encoder]
    assert out.stdout.strip() == fingerprint(value)


def test_every_number_counts():
    base = fingerprint(A)
    for k in range(A.size):
        other = A.copy()
        other.flat[k] = np.nextafter(other.flat[k], 99)
        assert fingerprint(other) != base
