r"""The built-in pattern of words, numbers and signs, for text of any script.

::

    keycap   a digit, # or * in a box, drawn by a combining sign
    number   digits with points or commas between them
    word     \w and what combines with it; apostrophes and hyphens between letters
    sign     any other character, with its modifiers, or several joined to one emoji
"""

import re
import unicodedata
from functools import cache
from itertools import chain

# Spaces, and signs that show nothing: they separate tokens and are in none.
_NOTHING = r"\s\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FLAG = r"[\U0001f1e6-\U0001f1ff]"  # two of these letters are a flag
_JOINER = r"\u200d"
_WORD_JOINERS = r"\u00ad\u200c\u200d"  # soft hyphen; Persian and Indic letters


@cache
def word_pattern():
    """The compiled pattern; ``findall`` gives the tokens of a text."""
    marks = _combining_marks()
    letters = rf"\w[\w{_WORD_JOINERS}{marks}]*"
    modifiers = rf"[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f{marks}]*"
    keycap = r"[0-9#*]\ufe0f?\u20e3"
    number = r"\d+(?:[.,\u066b\u066c]\d+)+"
    word = rf"{letters}(?:['\u2019\u2010\u2011-]{letters})*"
    sign = (
        rf"(?:{_FLAG}{{2}}|[^{_NOTHING}]){modifiers}"
        rf"(?:{_JOINER}[^\w{_NOTHING}]{modifiers})*"
    )
    return re.compile("|".join([keycap, number, word, sign]))


def _combining_marks():
    r"""The inside of a character class: ``re`` has no \p{M}, and \w holds no marks."""
    ranges = []
    for point in chain(range(0x20000), range(0xE0000, 0xE0200)):  # elsewhere are none
        if unicodedata.category(chr(point))[0] == "M":
            if ranges and point == ranges[-1][1] + 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in ranges)
