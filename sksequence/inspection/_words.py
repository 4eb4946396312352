"""Words one after the other on colors, in as many lines as they need."""

import numpy as np

FONT_SIZE = 10
LINE = 1.9  # height of a line, in font sizes
SPACE = 0.55  # between words, in font sizes
POINTS = 72  # in an inch


def draw_words(ax, words, colors, *, marked=None, fit=False):
    """Write words from the upper left corner of Axes on.

    Parameters
    ----------
    ax : matplotlib Axes
    words : list of str
    colors : ndarray of shape (n_words, 4)
        Behind each word.
    marked : int, default=None
        The word that gets a frame.
    fit : bool
        Whether the figure is made as high as the words need.
    """
    ax.set_axis_off()
    figure = ax.figure
    if fit:
        figure.subplots_adjust(left=0.02, right=0.98, bottom=0, top=0.8)
    width = ax.get_window_extent().width * POINTS / figure.dpi
    size = FONT_SIZE
    widths = _widths(ax, words, size)
    space = SPACE if max(map(len, words), default=1) > 1 else 0.3
    x, line, places = 0.0, 0, []
    for word in widths:
        if x > 0 and x + word > width:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += word + space * size
    height = (line + 1) * LINE * size
    if fit:
        figure.set_size_inches(figure.get_figwidth(), height / POINTS + 0.6)
        top = 1 - 0.45 / figure.get_figheight()
        figure.subplots_adjust(left=0.02, right=0.98, bottom=0, top=top)
    frame = ax.xaxis.label.get_color()
    for k, (word, (x, line), color) in enumerate(zip(words, places, colors)):
        ax.annotate(
            word,
            (0, 1),
            (x + 0.2 * size, -(line + 0.7) * LINE * size),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=size,
            color=_readable(color),
            va="baseline",
            bbox={
                "boxstyle": "square,pad=0.2",
                "facecolor": color,
                "edgecolor": frame if k == marked else "none",
                "linewidth": 1.2,
            },
            annotation_clip=False,
        )


def _widths(ax, words, size):
    """Of each word, in points."""
    known = {}
    probe = ax.text(0, 0, "", fontsize=size)
    for word in words:
        if word not in known:
            probe.set_text(word)
            extent = probe.get_window_extent().width
            known[word] = extent * POINTS / ax.figure.dpi
    probe.remove()
    return [known[word] for word in words]


def _readable(color):
    """Black or white, whichever is farther from the color."""
    brightness = np.dot(color[:3], [0.299, 0.587, 0.114])
    return "black" if brightness > 0.55 else "white"
