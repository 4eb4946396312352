"""A batch: some sequences of a training set, as a network takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy.typing as npt

from .._typing import FloatArray, Rows, State
from ..sequences import Steps


@dataclass(slots=True)
class Batch:
    """What goes through a network together.

    Attributes
    ----------
    rows : ndarray or CSR matrix of shape (n_rows, ...)
        The steps, packed by time; of a decoder the tokens before.
    steps : Steps
        How they lie.
    targets : ndarray of shape (n_targets, ...)
        One for each row, or where the network pools for each sequence.
    weights : ndarray of shape (n_targets,) or (n_targets, n_outputs)
        Of the targets in the loss, which is a sum.
    states : dict of str -> tuple of ndarray, or None
        Initial states by layer; the final ones take their place. None: zeros.
    source : SimpleNamespace or None
        What a decoder starts from, see ``EncoderDecoder.forward_pass``.
    static : ndarray of shape (n_sequences, n_static), or None
        What is known of each sequence as a whole, in the order of ``steps``.
    draw : callable or None
        Draws tokens as noise, see ``NoiseDistribution.draw``.

    Examples
    --------
    Two sequences, of two steps and of one, and a label of each step:

    >>> import numpy as np
    >>> from sksequence.network import Batch
    >>> from sksequence.sequences import RaggedArray, pack
    >>> X = RaggedArray.from_sequences([[[1.0], [2.0]], [[5.0]]])
    >>> rows, steps, order = pack(X, np.array([0, 1]))
    >>> batch = Batch(rows, steps, targets=np.array([0, 1, 1]), weights=np.ones(3))
    >>> batch.rows.ravel(), batch.steps.lengths
    (array([1., 5., 2.]), array([2, 1]))
    """

    rows: Rows
    steps: Steps
    targets: npt.NDArray[Any]
    weights: FloatArray
    states: State | None = None
    source: SimpleNamespace | None = None
    static: FloatArray | None = None
    draw: Callable[[], Any] | None = None
