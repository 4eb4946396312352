"""From raw data to what a network takes: transformed steps and sequences, token ids.

``PerStep`` applies a scikit-learn transformer to every step; ``StackFrames``,
``Downsample``, ``ForwardFill`` and ``ScaleEachSequence`` transform whole sequences.
``TokenEncoder`` is the tokeniser, ``TokenFeatures`` describes tokens for taggers.
``ByIndex`` hides sequences behind a column of numbers; ``from_panel`` and ``to_panel``
know the forms of aeon and sktime.
"""

from ._by_index import ByIndex
from ._panels import from_panel, to_panel
from ._per_step import PerStep
from ._token_features import TokenFeatures
from ._tokens import TokenEncoder
from ._whole_sequences import Downsample, ForwardFill, ScaleEachSequence, StackFrames
from ._word_vectors import read_word_vectors

__all__ = [
    "ByIndex",
    "Downsample",
    "ForwardFill",
    "PerStep",
    "ScaleEachSequence",
    "StackFrames",
    "TokenEncoder",
    "TokenFeatures",
    "from_panel",
    "read_word_vectors",
    "to_panel",
]
