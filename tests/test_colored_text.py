"""Text with colored tokens: where lines are broken, and what is written."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sksequence.inspection._colored_text import (
    draw_colored_texts,
    lay_out,
    readable_on,
    shown_in_text,
    width_of,
)


def lines(texts, n_columns, separator=""):
    """What stands in each line, rebuilt from the pieces."""
    rows = {}
    for piece in lay_out(texts, n_columns, separator):
        row = rows.setdefault(piece.line, "")
        rows[piece.line] = row.ljust(piece.column) + piece.shown
    return [rows.get(k, "") for k in range(max(rows) + 1)]


def test_lines_are_broken_between_tokens():
    words = ["the", "cat", "sat", "on", "the", "mat"]
    assert lines([words], 7, " ") == ["the cat", "sat on", "the mat"]
    assert lines([words], 6, " ") == ["the", "cat", "sat on", "the", "mat"]
    assert lines([list("abcdef")], 4) == ["abcd", "ef"]


def test_tokens_longer_than_a_line_are_cut():
    assert lines([["ab", "cdefghi", "j"]], 4, " ") == ["ab", "cdef", "ghi", "j"]
    pieces = lay_out([["ab", "cdefghi", "j"]], 4, " ")
    assert [piece.token for piece in pieces] == [0, 1, 1, 2]


def test_new_lines_and_texts_begin_a_line():
    assert lines([list("ab\nc"), list("d")], 9) == ["ab↵", "c", "d"]
    assert lines([list("ab\n"), list("d")], 9) == ["ab↵", "d"]
    assert lines([["a"], [], ["b"]], 9) == ["a", "", "b"]


@pytest.mark.parametrize("n_columns", [4, 5, 17, 80])
def test_no_line_is_too_long_and_no_token_is_lost(n_columns):
    rng = np.random.default_rng(n_columns)
    letters = list("abc 한e\u0301\n")
    texts = [
        ["".join(rng.choice(letters, rng.integers(1, 12))) for _ in range(40)]
        for _ in range(3)
    ]
    pieces = lay_out(texts, n_columns, " ")
    assert max(piece.column + piece.width for piece in pieces) <= n_columns
    for k, tokens in enumerate(texts):
        for j, token in enumerate(tokens):
            parts = [p.shown for p in pieces if (p.text, p.token) == (k, j)]
            assert "".join(parts) == shown_in_text(token)
    places = [(piece.line, piece.column) for piece in pieces]
    assert places == sorted(places)
    ends = [(p.line, p.column + p.width) for p in pieces]
    assert all(end <= begin for end, begin in zip(ends, places[1:]))


def test_what_is_written():
    assert shown_in_text("a b\n\t") == "a b↵→"
    assert shown_in_text("\x00") == "\ufffd"
    assert shown_in_text("") == " "
    assert width_of("한글ab") == 6
    assert width_of("e\u0301") == 1
    assert readable_on((1, 1, 0.8, 1)) == "black"
    assert readable_on((0.3, 0, 0, 1)) == "white"


def test_text_and_colors_stay_together():
    pytest.importorskip("matplotlib").use("agg")
    plt = pytest.importorskip("matplotlib.pyplot")
    tokens = ["a", "$x$", "long" * 30, "b"]
    values = [0.0, np.nan, 1.0, 0.5]
    figure, ax = plt.subplots(figsize=(3, 2), layout="constrained")
    drawn = draw_colored_texts(plt, [tokens], [values], separator=" ", ax=ax)
    boxes = [patch for patch in ax.patches if patch.get_gid() is None]
    assert drawn.ax is ax
    assert (drawn.bar.norm.vmin, drawn.bar.norm.vmax) == (0, 1)
    colored = [text for text, place in zip(drawn.texts, drawn.places) if place[1] != 1]
    assert len(boxes) == len(colored)  # none of the one without a value
    for dpi in (50, 200):
        figure.set_dpi(dpi)
        figure.draw_without_rendering()
        for box, text in zip(boxes, colored):
            outer, inner = box.get_window_extent(), text.get_window_extent()
            rounding = 1 + len(text.get_text()) / 4  # half a pixel a character
            assert outer.x0 <= inner.x0 + rounding
            assert inner.x1 <= outer.x1 + rounding
            assert_allclose(
                (outer.y0 + outer.y1) / 2, (inner.y0 + inner.y1) / 2, atol=dpi / 20
            )
            assert outer.x1 <= ax.get_window_extent().x1 + 1
    plt.close("all")


def test_colors_when_all_values_are_alike_or_none():
    pytest.importorskip("matplotlib").use("agg")
    plt = pytest.importorskip("matplotlib.pyplot")
    for values in ([1.0, 1.0], [np.nan, np.nan]):
        drawn = draw_colored_texts(plt, [["a", "b"]], [values])
        drawn.ax.figure.draw_without_rendering()
        assert len(drawn.texts) == 2
    plt.close("all")
