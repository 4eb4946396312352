"""From raw data to what a network takes: transformed steps, token ids, word vectors.

``TokenEncoder`` is the tokeniser, ``PerStep`` applies a scikit-learn transformer to
every step.
"""

from ._per_step import PerStep
from ._tokens import TokenEncoder
from ._word_vectors import read_word_vectors

__all__ = ["PerStep", "TokenEncoder", "read_word_vectors"]
