"""Running text: parts of it side by side, in windows through which gradients go back.

The state after a window is the initial state of the next, so losses are those of one
long pass. Gradients stop at the beginning of a window (truncated backpropagation
through time).
"""

from __future__ import annotations

from concurrent.futures import Executor
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from .._threads import SharedDraws
from .._typing import State
from ..network import Batch, Network
from ..sequences import RaggedArray, Steps
from ._base import Objective

SPLIT_SCORES = 2**21  # in a window, from which it is split between two threads


class RunningText(Objective):
    """Parts of a text, window by window.

    Parameters
    ----------
    network : Network
        Of a language model.
    X, y : RaggedArray of int
        The tokens before and the tokens of each part, all of which weigh the same.
    dtype : dtype
        Of the network.
    bptt_length : int
        Steps of a window.
    worker, rng, dropout_rng
        As in ``Objective``.
    """

    keeps_unfinished = True  # one epoch may take hours

    def __init__(
        self,
        network: Network,
        X: RaggedArray,
        y: RaggedArray,
        dtype: npt.DTypeLike,
        *,
        bptt_length: int,
        worker: Executor | None,
        rng: np.random.RandomState,
        dropout_rng: np.random.RandomState | None,
    ) -> None:
        super().__init__(network, worker, rng, dropout_rng)
        self.X, self.y, self.bptt_length = X, y, bptt_length
        self.total_weight = float(len(y.values))
        self.draw = self.sampler(y.values, None, dtype)
        self.states: list[State] = [{}, {}]  # of all parts, or of each half of them
        self.may_split = self._may_split()

    def batches(self) -> list[Window]:
        return list(windows(self.X, self.bptt_length))

    def get_state(self) -> list[State]:
        return deepcopy(self.states)

    def set_state(self, state: list[State]) -> None:
        self.states = deepcopy(state)

    def n_steps(self, piece: Window) -> int:
        return len(piece)

    def take(
        self, piece: Window, scale: float, dtype: npt.DTypeLike, half: int = 0
    ) -> Batch:
        if piece.start == 0:
            self.states[half].clear()
        states = self.states[half]
        for name, state in states.items():  # without the parts that have ended
            states[name] = tuple(s[: piece.steps.n_sequences] for s in state)
        return Batch(
            self.X.values[piece.rows],
            piece.steps,
            self.y.values[piece.rows],
            np.full(len(piece), scale / len(self.y.values), dtype),
            states=states,
            draw=self.draw,
        )

    def _may_split(self):
        """Whether it pays that two threads read half of the parts each.

        It does where most of the work is the head's, which needs no large batch.
        """
        head, layers = self.network.head, self.network.layers.values()
        of_recurrence = 8 * sum(
            layer.n_units for layer in layers if hasattr(layer, "cell")
        )
        n_scores = len(self.X) * self.bptt_length * head.n_tokens
        large = head.n_tokens >= of_recurrence and n_scores >= SPLIT_SCORES
        return large and head.n_sampled is None and len(self.X) > 1

    def split(self, piece: Window) -> list[tuple[Any, Any]] | None:
        half = (len(self.X) + 1) // 2
        halves = [slice(0, half), slice(half, None)]
        if (
            not self.may_split or piece.steps.n_sequences <= half
        ):  # the others have ended
            return None
        shared = SharedDraws(self.dropout_rng, piece.steps.n_sequences)
        return [
            (
                Window(self.X, piece.start, self.bptt_length, piece.parts[rows]),
                None if self.dropout_rng is None else shared.rows(rows),
            )
            for rows in halves
        ]


class Window:
    """Some steps of parts of a text that are read side by side.

    Parameters
    ----------
    X : RaggedArray
    start, n_steps : int
    parts : ndarray of int
        Parts of X, the longer ones first.
    """

    def __init__(self, X, start, n_steps, parts):
        lengths = np.minimum(X.lengths[parts] - start, n_steps)
        lengths = lengths[lengths > 0]  # decreasing: shorter parts have ended
        self.start, self.parts, self.steps = start, parts, Steps(lengths)
        begin = X.offsets[:-1][parts][self.steps.sequence_of_row]
        self.rows = begin + start + self.steps.step_of_row

    def __len__(self):
        return self.steps.n_rows


def windows(X, n_steps):
    """The windows of the parts of a text, one after the other."""
    parts = np.argsort(-X.lengths, kind="stable")
    for start in range(0, int(X.lengths.max()), n_steps):
        yield Window(X, start, n_steps, parts)
