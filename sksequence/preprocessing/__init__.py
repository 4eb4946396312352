"""From raw steps to what a network takes: scaled steps, token ids, word vectors."""

from ._per_step import PerStep
from ._tokens import TokenEncoder


__all__ = ["PerStep", "TokenEncoder"]
