"""A tagger with independent labels, and with labels that depend on each other."""

from itertools import pairwise

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label

ax = canvas(17, 5.4)
for left, chain in [(1.2, False), (10, True)]:
    xs = [left + 1.9 * t for t in range(4)]
    for t, x in enumerate(xs, start=1):
        box(ax, x, 0.7, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.3, 0.8, 13)
        box(ax, x, 2.3, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.3, 0.8, 13)
        box(ax, x, 3.9, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", OUTPUT, 1.3, 0.8, 13)
        arrow(ax, (x, 1.1), (x, 1.9))
        arrow(ax, (x, 2.7), (x, 3.5))
    for a, b in pairwise(xs):
        arrow(ax, (a + 0.65, 2.3), (b - 0.65, 2.3))
        if chain:
            arrow(ax, (a + 0.65, 3.9), (b - 0.65, 3.9), "#d62728", style="<|-|>")
    name = 'decoder="crf"' if chain else 'decoder="softmax"'
    label(ax, left + 2.85, 4.95, name, 11, family="monospace")
plt.show()
