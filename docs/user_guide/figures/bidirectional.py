"""Two directions side by side, and what pooling="last" takes of them."""

from itertools import pairwise

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label, path

BACKWARD = "#fcbba1"

ax = canvas(12.4, 7)
XS = [2.2, 4.6, 7, 9.4]
for t, x in enumerate(XS, start=1):
    box(ax, x, 0.7, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.4, 0.8, 13)
    name = rf"$\overset{{\rightarrow}}{{a}}^{{\langle {t}\rangle}}$"
    box(ax, x - 0.3, 2.5, name, STATE, 1.2, 0.9, 13)
    name = rf"$\overset{{\leftarrow}}{{a}}^{{\langle {t}\rangle}}$"
    box(ax, x + 0.3, 4.1, name, BACKWARD, 1.2, 0.9, 13)
    arrow(ax, (x - 0.3, 1.1), (x - 0.3, 2.05))
    arrow(ax, (x + 0.5, 1.1), (x + 0.5, 3.65))
for a, b in pairwise(XS):
    arrow(ax, (a + 0.3, 2.5), (b - 0.9, 2.5))
    arrow(ax, (b - 0.3, 4.1), (a + 0.9, 4.1))
box(ax, 5.8, 6.2, "output", OUTPUT, 2.2, 0.8, 12)
path(ax, (XS[0] + 0.3, 4.55), (XS[0] + 0.3, 6.2), (4.7, 6.2))
path(ax, (XS[3] + 0.3, 2.5), (11.2, 2.5), (11.2, 6.2), (6.9, 6.2))
label(ax, 3.6, 6.6, "ends at step 1", 10, "#444")
label(ax, 9.0, 6.6, "ends at step $T_x$", 10, "#444")
plt.show()
