"""From raw data to what a network takes: transformed steps and sequences, token ids.

``PerStep`` applies a scikit-learn transformer to every step; ``StackFrames``,
``Downsample``, ``ForwardFill`` and ``ScaleEachSequence`` transform whole sequences.
``TokenEncoder`` is the tokeniser, ``TokenFeatures`` describes tokens for taggers.
``sliding_windows`` makes X and y of forecasts.
"""

from ._per_step import PerStep
from ._token_features import TokenFeatures
from ._tokens import TokenEncoder
from ._whole_sequences import Downsample, ForwardFill, ScaleEachSequence, StackFrames
from ._windows import last_windows, sliding_windows
from ._word_vectors import read_word_vectors

__all__ = [
    "Downsample",
    "ForwardFill",
    "PerStep",
    "ScaleEachSequence",
    "StackFrames",
    "TokenEncoder",
    "TokenFeatures",
    "last_windows",
    "read_word_vectors",
    "sliding_windows",
]
