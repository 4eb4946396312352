"""Small real data sets that come with the package, and synthetic problems.

``load_*`` read real data from files of the package; nothing is downloaded. They return
scikit-learn's ``Bunch``, whose ``DESCR`` says where the data come from and under which
license. ``make_*`` generate the field's synthetic problems of long memory.
"""

from ._generators import make_adding_problem, make_copy_memory
from ._loaders import (
    load_cmudict,
    load_color_names,
    load_first_names,
    load_japanese_vowels,
    load_sunspots,
)

__all__ = [
    "load_cmudict",
    "load_color_names",
    "load_first_names",
    "load_japanese_vowels",
    "load_sunspots",
    "make_adding_problem",
    "make_copy_memory",
]
