"""Transformers of steps, of sequences and of texts, which prepare data for networks.

``PerStep`` applies a scikit-learn transformer to every step; ``StackFrames``,
``Downsample``, ``ForwardFill`` and ``ScaleEachSequence`` transform whole sequences.
``TokenEncoder`` splits texts into tokens, ``TokenFeatures`` describes tokens for
taggers. ``ByIndex`` looks sequences up by their index; ``from_panel`` and ``to_panel``
convert from and to the formats of aeon and sktime. ``sliding_windows`` makes X and y of
forecasts. ``read_conll`` reads files of tagged sentences, ``convert_tags`` converts
tags of spans.
"""

from ._by_index import ByIndex
from ._conll import read_conll
from ._panels import from_panel, to_panel
from ._per_step import PerStep
from ._schemes import convert_tags
from ._token_features import TokenFeatures
from ._tokens import TokenEncoder
from ._whole_sequences import Downsample, ForwardFill, ScaleEachSequence, StackFrames
from ._windows import last_windows, sliding_windows
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
    "convert_tags",
    "from_panel",
    "last_windows",
    "read_conll",
    "read_word_vectors",
    "sliding_windows",
    "to_panel",
]
