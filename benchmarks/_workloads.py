"""What is timed: sizes, cells, data."""

from typing import NamedTuple

import numpy as np

from sksequence.cells import CELLS, GRUCell

SEED = 0
N_CLASSES = 4


class Workload(NamedTuple):
    """Sizes of a batch and of the one recurrent layer that reads it."""

    n_steps: int
    batch: int
    n_features: int
    n_units: int

    @property
    def name(self):
        """The sizes in one word."""
        return "x".join(map(str, self))


# The goals of compare.py are about these.
MAIN_WORKLOADS = [
    Workload(100, 32, 8, 64),
    Workload(30, 32, 100, 128),
    Workload(200, 16, 1, 16),
    Workload(50, 128, 64, 128),
    Workload(120, 24, 3, 32),
]
# Where a NumPy library should be worst: only call overhead, little of anything, and
# products so large that the other side's overhead vanishes.
HARD_WORKLOADS = [
    Workload(500, 1, 4, 32),
    Workload(10, 16, 16, 16),
    Workload(64, 64, 256, 256),
]
# One sequence, step by step: what is measured is a step.
STEP_WORKLOADS = [Workload(500, 1, 8, n_units) for n_units in (64, 128, 256)]
WORKLOADS = MAIN_WORKLOADS + HARD_WORKLOADS
LENGTHS = ("dense", "ragged")

# PyTorch's GRU is the one that resets after the product.
TIMED_CELLS = {
    "lstm": CELLS["lstm"],
    "gru": GRUCell(reset_after=True),
    "rnn": CELLS["rnn"],
    "gru_simple": CELLS["gru_simple"],
    "lstm_peephole": CELLS["lstm_peephole"],
}
OPERATIONS = {
    "kernel": ("forward", "forward_backward"),
    "estimator": ("fit", "predict", "predict_one"),
    "step": ("step",),
    "threads": ("second_thread",),
}
# What PyTorch is given where lengths are equal ("torch") and where they are not, and
# the runtime of models that are trained.
PEERS = ("torch", "packed", "padded", "onnxruntime")
PEER_NAMES = {
    "torch": "PyTorch",
    "packed": "PyTorch, packed",
    "padded": "PyTorch, padded",
    "onnxruntime": "ONNX Runtime",
    "one thread": "one thread",
}


def make_data(workload, lengths, n_batches=1):
    """Sequences of noise in float32 and a class for each.

    Returns
    -------
    X : ndarray of shape (n_sequences, n_steps, n_features), or list of ndarray
        A list where lengths are ragged: uniform in [n_steps / 4, n_steps].
    y : ndarray of shape (n_sequences,)
    """
    rng = np.random.default_rng(SEED)
    n_sequences = n_batches * workload.batch
    shape = n_sequences, workload.n_steps, workload.n_features
    X = rng.standard_normal(shape, dtype=np.float32)
    y = np.arange(n_sequences) % N_CLASSES
    if lengths == "dense":
        return X, y
    low = max(1, workload.n_steps // 4)
    ends = rng.integers(low, workload.n_steps + 1, n_sequences)
    return [x[:end].copy() for x, end in zip(X, ends)], y


def flops(workload, cell, n_rows, operation):
    """Operations of the matrix products, two a multiplication and addition.

    The backward pass costs twice the forward one; the gradient of X is no part of
    ``fit``, where nothing lies below the layer.
    """
    columns = 2 * n_rows * len(cell.gates) * workload.n_units
    forward = columns * (workload.n_features + workload.n_units)
    if operation == "forward_backward":
        return 3 * forward
    if operation == "fit":
        return 3 * forward - columns * workload.n_features
    return forward
