"""From raw steps to what a network takes: scaled steps, token ids, word vectors."""

from ._per_step import PerStep
from ._tokens import TokenEncoder
from ._word_vectors import read_word_vectors

__all__ = ["PerStep", "TokenEncoder", "read_word_vectors"]
