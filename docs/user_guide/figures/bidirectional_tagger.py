"""The third output of a bidirectional RNN, and how the inputs reach it."""

from itertools import pairwise

import matplotlib.pyplot as plt
from draw import BACK, INPUT, OUTPUT, STATE, arrow, box, canvas, label

BACKWARD, FORWARD, PALE = "#fcbba1", "#2171b5", "#bbb"
WORDS = ["He", "said", "Teddy", "Roosevelt"]
AT = 3  # the output that is followed back

ax = canvas(14.6, 8)
XS = [2.6, 5.9, 9.2, 12.5]


def way(start, end, color):
    """An arrow, thick if it is on a way to the output."""
    arrow(ax, start, end, color, width=1.3 if color == PALE else 2.4)


for t, (x, word) in enumerate(zip(XS, WORDS), start=1):
    box(ax, x, 1.3, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.5, 0.9, 13)
    label(ax, x, 0.5, word, 12)
    name = rf"$\overset{{\rightarrow}}{{a}}^{{\langle {t}\rangle}}$"
    box(ax, x - 0.55, 3.2, name, STATE, 1.3, 0.95, 13)
    name = rf"$\overset{{\leftarrow}}{{a}}^{{\langle {t}\rangle}}$"
    box(ax, x + 0.55, 4.9, name, BACKWARD, 1.3, 0.95, 13)
    color = OUTPUT if t == AT else "#f4f4f4"
    box(ax, x, 7, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", color, 1.5, 0.9, 13)
    forward, backward = t <= AT, t >= AT
    way((x - 0.55, 1.75), (x - 0.55, 2.72), FORWARD if forward else PALE)
    way((x + 0.55, 1.75), (x + 0.55, 4.42), BACK if backward else PALE)
    way((x - 0.55, 3.68), (x - 0.55, 6.55), FORWARD if t == AT else PALE)
    way((x + 0.55, 5.38), (x + 0.55, 6.55), BACK if t == AT else PALE)
for t, (a, b) in enumerate(pairwise(XS), start=2):
    way((a + 0.1, 3.2), (b - 1.2, 3.2), FORWARD if t <= AT else PALE)
    way((b - 0.1, 4.9), (a + 1.2, 4.9), BACK if t > AT else PALE)
plt.show()
