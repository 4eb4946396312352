"""Both sides compute the same: they stop the run if they do not."""

import sys

import _peers as peers
import numpy as np
from _workloads import TIMED_CELLS

TOLERANCE = 1e-4  # of the greatest absolute value of an array


def assert_same(where, name, ours, theirs):
    """Stop if two arrays differ by more than ``TOLERANCE``, or in kind."""
    kinds = [f"{a.dtype} {a.shape}" for a in (ours, theirs)]
    if kinds[0] != kinds[1]:
        sys.exit(f"{where}: {name} is {kinds[0]}, theirs is {kinds[1]}")
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    if not error <= TOLERANCE:
        sys.exit(f"{where}: {name} differs by {error:.1e} of its greatest value")


def assert_same_gradients(where, cell, ours, theirs):
    """Compare the gradients of a layer, each side's by its own names."""
    n_gates = len(TIMED_CELLS[cell].gates)
    for name, values in ours.items():
        if name == "c":  # of PyTorch's second bias, we have the candidate's
            expected = theirs[peers.PARAMETERS[name]][-len(values) :]
            assert_same(where, "gradient of c", values, expected)
        else:
            turned = peers.to_torch(name, values, cell, n_gates)
            expected = theirs[peers.PARAMETERS[name]]
            assert_same(where, f"gradient of {name}", turned, expected)
