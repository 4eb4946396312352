"""An epoch under way: what its batches have come to so far."""

from __future__ import annotations

from typing import Any, Self


class Epoch:
    """Sums over the batches of an epoch, which may be trained in several parts.

    Parameters
    ----------
    random : tuple
        State of the generator before the batches of the epoch were drawn, so that they
        can be drawn again.

    Attributes
    ----------
    n_parts_done : int
    n_batches : int
        Those that are done.
    states
        What the objective has of the last batch for the next, where it is left.
    """

    def __init__(self, random: Any) -> None:
        self.random, self.n_parts_done, self.states = random, 0, None
        self.loss = self.total_norm = self.max_norm = self.learning_rate = 0.0
        self.n_batches = self.n_clipped = self.n_sequences = self.n_steps = 0
        self.seconds = 0.0

    def get_state(self) -> dict[str, Any]:
        """All of it, as arrays and plain values."""
        return dict(vars(self))

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The epoch that has given a state."""
        epoch = cls(None)
        if state.keys() != vars(epoch).keys():
            raise ValueError("This is no state of an epoch.")
        vars(epoch).update(state)
        return epoch

    def add(
        self,
        loss: float,
        norm: float,
        clipped: bool,
        learning_rate: float,
        n_sequences: int,
        n_steps: int,
    ) -> None:
        """Take in a batch; ``loss`` is its part in that of the epoch."""
        self.loss += loss
        self.total_norm += norm
        self.max_norm = max(self.max_norm, norm)
        self.learning_rate = float(learning_rate)
        self.n_batches += 1
        self.n_clipped += clipped
        self.n_sequences += n_sequences
        self.n_steps += n_steps

    def row(self, number: int) -> dict[str, Any]:
        """The whole epoch, see ``Training.run_epoch``, the ``number``-th one."""
        return {
            "epoch": number,
            "loss": self.loss,
            "gradient_norm": self.total_norm / self.n_batches,
            "max_gradient_norm": self.max_norm,
            "n_batches": self.n_batches,
            "n_clipped": self.n_clipped,
            "learning_rate": self.learning_rate,
            "seconds": self.seconds,
            "sequences_per_second": self.n_sequences / self.seconds,
            "steps_per_second": self.n_steps / self.seconds,
        }
