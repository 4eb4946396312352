"""From raw data to what a network takes: transformed steps and sequences, token ids.

``PerStep`` applies a scikit-learn transformer to every step; ``StackFrames``,
``Downsample``, ``ForwardFill`` and ``ScaleEachSequence`` transform whole sequences.
``TokenEncoder`` is the tokeniser, ``TokenFeatures`` describes tokens for taggers.
``read_conll`` reads files of tagged sentences, ``convert_tags`` rewrites tags of spans.
"""

from ._conll import read_conll
from ._per_step import PerStep
from ._schemes import convert_tags
from ._token_features import TokenFeatures
from ._tokens import TokenEncoder
from ._whole_sequences import Downsample, ForwardFill, ScaleEachSequence, StackFrames
from ._word_vectors import read_word_vectors

__all__ = [
    "Downsample",
    "ForwardFill",
    "PerStep",
    "ScaleEachSequence",
    "StackFrames",
    "TokenEncoder",
    "TokenFeatures",
    "convert_tags",
    "read_conll",
    "read_word_vectors",
]
