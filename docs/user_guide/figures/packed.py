"""Three sequences of unequal length, and the order of their packed rows."""

import matplotlib.pyplot as plt
import numpy as np
from draw import box, canvas, label

from sksequence import RaggedArray
from sksequence.sequences import pack

LENGTHS = [2, 4, 3]
COLORS = ["#9ecae1", "#fdd0a2", "#c7e9c0"]

X = RaggedArray.from_concatenated(np.arange(sum(LENGTHS)), LENGTHS)
_, steps, order = pack(X, np.arange(len(X)))

ax = canvas(13, 6.2)
for t in range(max(LENGTHS)):
    label(ax, 3 + 1.25 * t, 5.75, rf"$t={t + 1}$", 11)
for i, length in enumerate(LENGTHS):
    y = 5 - 0.95 * i
    label(ax, 1.3, y, rf"$X[{i}]$, $T_x^{{({i + 1})}}={length}$", 11)
    for t in range(length):
        text = rf"$x^{{({i + 1})\langle {t + 1}\rangle}}$"
        box(ax, 3 + 1.25 * t, y, text, COLORS[i], 1.15, 0.8, 11)
for row in range(steps.n_rows):
    i, t = order[steps.sequence_of_row[row]], steps.step_of_row[row]
    x = 1.0 + 1.25 * row + 0.12 * t
    text = rf"$x^{{({i + 1})\langle {t + 1}\rangle}}$"
    box(ax, x, 1.15, text, COLORS[i], 1.15, 0.8, 11)
    label(ax, x, 1.8, f"{row}", 9, "#666")
for t, (a, e) in enumerate(zip(steps.starts, steps.starts[1:])):
    middle = 1.0 + 1.25 * (a + e - 1) / 2 + 0.12 * t
    label(ax, middle, 0.4, rf"$n_{{{t + 1}}}={e - a}$", 11, "#444")
label(ax, 0.4, 2.25, "packed rows", 11, ha="left")
plt.show()
