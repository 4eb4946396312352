"""Objectives: the way through the training data, batch by batch.

An objective cuts an epoch into batches, and computes what one contributes to the loss
of the training set and to its gradient. (The losses themselves are in ``network``.)
Splitting a batch between two threads is here too, for any objective. Estimators, heads
and the training loop know only the contract.
"""

from __future__ import annotations

from ._base import Objective
from ._packed import PackedSequences
from ._pairs import Pairs, before_of
from ._running_text import RunningText

__all__ = ["Objective", "PackedSequences", "Pairs", "RunningText", "before_of"]
