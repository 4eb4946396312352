"""Problems with sequences: what goes in, what comes out."""

import matplotlib.pyplot as plt
import numpy as np
from draw import INPUT, OUTPUT, arrow, box, canvas, label
from matplotlib.patches import Ellipse, Rectangle

ROW, LEFT, RIGHT = 1.75, 4.6, 11.6
TASKS = [
    "speech recognition",
    "music generation",
    "sentiment",
    "DNA",
    "translation",
    "activity in a video",
    "names in a text",
    "sensors",
    "forecasting",
]
ax = canvas(17.7, ROW * len(TASKS) + 1.2)
rng = np.random.default_rng(3)
heights = [ROW * (len(TASKS) - k) - 0.6 for k in range(len(TASKS))]
label(ax, LEFT + 2.6, heights[0] + 1.3, "$x$", 16)
label(ax, RIGHT + 2.6, heights[0] + 1.3, "$y$", 16)
for task, y in zip(TASKS, heights):
    label(ax, 0.1, y, task, 13, ha="left")
    arrow(ax, (10.4, y), (11.2, y))


def words(left, y, text, out=()):
    """A box for each word, wide enough for it; those at ``out`` are outputs."""
    for i, word in enumerate(text.split()):
        width = 0.3 + 0.225 * max(len(word), 2)
        color = OUTPUT if i in out else INPUT
        box(ax, left + width / 2, y, word, color, width, 0.7, 12)
        left += width + 0.12


speech, music, mood, dna, other, video, name, sensors, future = heights
# A sound, and what was said.
t = np.linspace(0, 1, 700)
moments = [0, 0.1, 0.25, 0.33, 0.5, 0.7, 0.76, 0.9, 1]
loud = np.interp(t, moments, [0, 1, 0.7, 0.1, 1, 0.8, 0.1, 0.9, 0])
wave = 0.6 * loud * np.sin(2 * np.pi * 55 * t)
ax.plot(LEFT + 5.4 * t, speech + wave, color="#444", lw=0.8)
words(RIGHT, speech, "good morning , Lima", range(4))
# Nothing, or a genre, and a tune.
words(LEFT, music, "waltz")
label(ax, LEFT + 1.75, music, "or nothing", 12, ha="left")
for k in range(5):
    ax.plot([RIGHT, RIGHT + 5.2], [music + 0.2 * (k - 2)] * 2, color="#888", lw=0.7)
for k, place in enumerate([-2, 0, 1, 0, 2, 3, 1]):
    x, y = RIGHT + 0.5 + 0.7 * k, music + 0.1 * place
    ax.add_patch(Ellipse((x, y), 0.3, 0.2, angle=20, fc="#444"))
    ax.plot([x + 0.14, x + 0.14], [y, y + 0.6], color="#444", lw=1.1)
# A review and its stars.
words(LEFT, mood, "slow , but lovely")
label(ax, RIGHT, mood, "★★★★", 20, "#d94801", ha="left")
label(ax, RIGHT + 1.72, mood, "☆", 20, "#888", ha="left")
# Letters, and a part of them that means something.
letters = "TTACGATAACGCAG"
for k, letter in enumerate(letters):
    for left, color in [(LEFT, INPUT), (RIGHT, OUTPUT if 4 <= k < 10 else INPUT)]:
        box(ax, left + 0.2 + 0.39 * k, dna, letter, color, 0.37, 0.6, 11)
# Words, and other words.
words(LEFT, other, "Il pleut à Lyon .")
words(RIGHT, other, "It rains in Lyon .", range(5))
# Frames, and what is done in them.
for k, height in enumerate([0, 0.22, 0.34, 0.2, 0]):
    x, foot = LEFT + 0.5 + 1.07 * k, video - 0.5 + height
    ax.add_patch(Rectangle((x - 0.47, video - 0.62), 0.94, 1.24, fc=INPUT, ec="#444"))
    ax.add_patch(Ellipse((x, foot + 0.68), 0.2, 0.2, fc="#444"))
    hands = foot + (0.68 if height else 0.44)
    ax.plot([x, x], [foot + 0.6, foot + 0.28], color="#444", lw=1.3)
    for width, *ys in [(0.14, foot, foot + 0.28), (0.2, hands, foot + 0.5)]:
        ax.plot([x - width, x, x + width], [*ys, ys[0]], color="#444", lw=1.3)
box(ax, RIGHT + 0.95, video, "jumping", OUTPUT, 1.9, 0.7, 12)
# Words, some of them names.
words(LEFT, name, "Mira met Tom in Oslo")
words(RIGHT, name, "Mira met Tom in Oslo", (0, 2, 4))
# Three channels, and a state.
for k, color in enumerate(["#2171b5", "#238b45", "#d94801"]):
    wave = np.sin(2 * np.pi * (4 + k) * t[::7] + k) + 0.4 * rng.standard_normal(100)
    wave = 0.4 * (1 - k) + 0.13 * wave
    ax.plot(LEFT + 5.4 * t[::7], sensors + wave, color=color, lw=1)
box(ax, RIGHT + 0.95, sensors, "walking", OUTPUT, 1.9, 0.7, 12)
# A series, and how it continues.
series = 0.5 * np.sin(2 * np.pi * 2.2 * t[::20]) + 0.09 * rng.standard_normal(35)
ax.plot(LEFT + 5.4 * t[::20], future + series, ".-", color="#444", lw=1, ms=4)
box(ax, RIGHT + 1.45, future, "tomorrow: 17.3", OUTPUT, 2.9, 0.7, 12)
plt.show()
