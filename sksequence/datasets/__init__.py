"""Small real data sets that come with the package, and problems made to order.

``load_*`` read real data from files of the package; nothing is downloaded. They return
scikit-learn's ``Bunch``, whose ``DESCR`` says where the data come from and under which
licence. ``make_*`` draw synthetic problems that test long memory.
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
