"""Text drawn on matplotlib axes, each token on a color of its own.

The font has characters of one width, so lines are broken without measuring, and all
lengths are points from the upper left corner of the axes: text, colors and color bar
stay together whatever becomes of the figure. Lines are broken between tokens, and
within a token only if it is longer than a line.
"""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace

import numpy as np

from .._extras import import_extra
from ._trace_labels import SHOWN

FONT = "DejaVu Sans Mono"  # matplotlib brings it
SIZE = 10.0  # of it, in points
ADVANCE = 0.6021  # of a character of it, in font sizes
LINE, BOX = 1.75, 1.4  # heights of a line and of a color, in font sizes
WIDTH = 3.2, 7.5  # of a new figure, in inches: at least, at most
MARGIN = 9.0  # around the text in it, in points
BAR = 8.0, 160.0, 50.0  # height, width, and height with its labels, in points


def draw_colored_texts(
    pyplot,
    texts,
    values,
    *,
    separator="",
    cmap="viridis",
    norm=None,
    vmin=None,
    vmax=None,
    label="",
    title="",
    framed=None,
    extend="neither",
    max_tokens=None,
    ax=None,
):
    """Draw texts, one below the other, with a bar that says what the colors mean.

    Parameters
    ----------
    pyplot : module
        matplotlib.pyplot.
    texts : list of list
        The tokens of each text.
    values : list of array-like of float
        Of each token, NaN for one without a color.
    separator : str, default=""
        What stands between two tokens, without a color.
    cmap, norm, vmin, vmax
        Colors, as in matplotlib's ``imshow``. None: the least and the highest value.
    label, extend : str
        Of the color bar; see matplotlib's ``colorbar``.
    title : str, default=""
        Of the axes. matplotlib reads what is between two signs of $ as mathematics.
    framed : (int, int), default=None
        Which text and token has a frame.
    max_tokens : int, default=None
        How many to draw; how many more there are is then written below. None: all.
    ax : matplotlib Axes, default=None
        Lines are as wide as it is; what does not fit goes on below it. None: a new
        figure that is as high as is needed.

    Returns
    -------
    SimpleNamespace
        ``ax``; ``texts``: the matplotlib Text of each piece, in the order of the
        tokens; ``places``: of each piece (text, token, line, column); ``bar``: the
        matplotlib Colorbar.
    """
    cell, line = ADVANCE * SIZE, LINE * SIZE
    width = WIDTH[1] * 72 - 2 * MARGIN if ax is None else _width(ax)
    texts, n_more = _first(texts, max_tokens)
    pieces = lay_out(texts, max(int(width / cell), 4), separator)
    n_lines = 1 + max((piece.line for piece in pieces), default=0)
    if ax is None:
        n_columns = max((piece.column + piece.width for piece in pieces), default=0)
        height = (n_lines + bool(n_more)) * line + BAR[2]
        ax = _new_axes(pyplot, n_columns * cell, height, title)
    ax.set_axis_off()
    if title:
        ax.set_title(title, loc="left", fontsize=10)
    in_points = _points(ax)
    colors = pyplot.cm.ScalarMappable(norm, cmap)
    colors.set_array(np.concatenate([np.ravel(v) for v in values], dtype=float))
    colors.set_clim(vmin, vmax)
    colors.autoscale_None()
    # Signs that the font does not have are taken from those that the user has set.
    families, drawn = [FONT, *pyplot.rcParams["font.family"]], []
    ink = pyplot.rcParams["text.color"]
    for piece in pieces:
        value = float(values[piece.text][piece.token])
        color = ink
        x, middle = piece.column * cell, -(piece.line + 0.5) * line
        if not np.isnan(value):
            background = colors.to_rgba(value)
            color = readable_on(background)
            box = pyplot.Rectangle(
                (x, middle - BOX * SIZE / 2),
                piece.width * cell,
                BOX * SIZE,
                facecolor=background,
                edgecolor=ink if (piece.text, piece.token) == framed else "none",
                linewidth=1.2,
                transform=in_points,
                clip_on=False,
            )
            ax.add_artist(box)
        drawn.append(
            ax.text(
                x + piece.width * cell / 2,  # characters are whole pixels wide
                middle,
                piece.shown,
                color=color,
                family=families,
                fontsize=SIZE,
                ha="center",
                va="center_baseline",
                transform=in_points,
                parse_math=False,
            )
        )
    if n_more:
        ax.text(
            0,
            -(n_lines + 0.5) * line,
            f"... and {n_more:,} more",
            fontsize=8,
            va="center_baseline",
            transform=in_points,
        )
    top = -(n_lines + bool(n_more)) * line - 8
    bar = _bar(ax, colors, top, in_points, label, extend)
    places = [(piece.text, piece.token, piece.line, piece.column) for piece in pieces]
    return SimpleNamespace(ax=ax, texts=drawn, places=places, bar=bar)


def _first(texts, max_tokens):
    """Texts of no more than so many tokens in all, and how many are left out."""
    n_tokens, first = sum(map(len, texts)), []
    left = n_tokens if max_tokens is None else max_tokens
    for tokens in texts:
        if left > 0 or not first:
            first.append(tokens[:left])
            left -= len(first[-1])
    return first, n_tokens - sum(map(len, first))


def lay_out(texts, n_columns, separator=""):
    """Which piece of a token is in which line and column.

    Parameters
    ----------
    texts : list of list
        Tokens.
    n_columns : int
        Characters that a line holds.
    separator : str
        Between two tokens of a line.

    Returns
    -------
    list of SimpleNamespace
        Pieces, each with ``text`` and ``token`` (which), ``shown`` (what is written),
        ``line``, ``column`` and ``width`` (in characters).
    """
    pieces, line = [], 0
    for k, tokens in enumerate(texts):
        column = 0
        for j, token in enumerate(tokens):
            shown = shown_in_text(token)
            gap = width_of(separator) if column else 0
            if column and column + gap + width_of(shown) > n_columns:
                line, column, gap = line + 1, 0, 0
            column += gap
            for part in _cut(shown, n_columns):
                if column and column + width_of(part) > n_columns:
                    line, column = line + 1, 0
                pieces.append(
                    SimpleNamespace(
                        text=k,
                        token=j,
                        shown=part,
                        line=line,
                        column=column,
                        width=width_of(part),
                    )
                )
                column += width_of(part)
            if str(token).endswith("\n"):
                line, column = line + 1, 0
        if column or not tokens:
            line += 1
    return pieces


def width_of(text):
    """Characters of one width that a text takes: those of East Asia take two."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    none = sum(unicodedata.combining(c) > 0 for c in text)
    return len(text) + wide - none


def separator_of(tokens):
    """What stands between tokens: nothing if all are characters."""
    single = (isinstance(token, str) and len(token) <= 1 for token in tokens)
    return "" if all(single) else " "


def shown_in_text(token):
    """A token as it is written: spaces as they are, other white space as a sign."""
    signs = {"\t": "\N{RIGHTWARDS ARROW}", **SHOWN, " ": " "}
    text = "".join(
        signs.get(c, c if c.isprintable() else "\N{REPLACEMENT CHARACTER}")
        for c in str(token)
    )
    return text or " "


def readable_on(background):
    """Black or white, whichever is read more easily on a color (r, g, b, a)."""
    luminance = np.dot(np.power(background[:3], 2.2), [0.2126, 0.7152, 0.0722])
    return "black" if luminance > 0.18 else "white"


def _cut(text, n_columns):
    """A text in parts that fit into lines."""
    parts = [""]
    for character in text:
        if width_of(parts[-1] + character) > n_columns:
            parts.append("")
        parts[-1] += character
    return parts


def _points(ax):
    """The transform from points, x to the right and y up, from the upper left of ax."""
    transforms = import_extra("matplotlib.transforms", "sksequence[plots]", "This")
    corner = transforms.ScaledTranslation(0, 1, ax.transAxes)
    return transforms.Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans + corner


def _width(ax):
    """Of axes, in points, when the figure is laid out."""
    root = ax.figure.canvas.figure
    if root.get_layout_engine() is not None:
        root.draw_without_rendering()
    return ax.get_window_extent().width * 72 / root.dpi


def _new_axes(pyplot, width, height, title):
    """Axes for a text of a size in points, in a figure of their own."""
    width = max(width, 7 * len(title), WIDTH[0] * 72) + 2 * MARGIN
    above = 3 * MARGIN if title else MARGIN
    whole = np.array([width, height + MARGIN + above])
    figure = pyplot.figure(figsize=whole / 72)
    left, bottom = MARGIN / whole
    return figure.add_axes([left, bottom, 1 - 2 * left, height / whole[1]])


def _bar(ax, colors, top, in_points, label, extend):
    """A color bar below the text."""
    height, width, _ = BAR
    inner = ax.inset_axes([0, top - height, width, height], transform=in_points)
    bar = ax.figure.colorbar(colors, cax=inner, orientation="horizontal", extend=extend)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, length=2)
    bar.set_label(label, fontsize=8, loc="left")
    return bar
