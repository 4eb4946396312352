"""Two directions side by side, and what the pooling takes of them."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label

BACKWARD = "#fcbba1"

ax = canvas(11.6, 6.8)
XS = [2.2, 4.6, 7, 9.4]
for t, x in enumerate(XS, start=1):
    box(ax, x, 0.7, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.2, 0.8, 13)
    above = rf"$\overrightarrow{{a}}^{{\langle {t}\rangle}}$"
    box(ax, x - 0.3, 2.5, above, STATE, 1.2, 0.9, 13)
    above = rf"$\overleftarrow{{a}}^{{\langle {t}\rangle}}$"
    box(ax, x + 0.3, 4.1, above, BACKWARD, 1.2, 0.9, 13)
    arrow(ax, (x - 0.3, 1.1), (x - 0.3, 2.05))
    arrow(ax, (x + 0.6, 1.1), (x + 0.6, 3.65))
for a, b in zip(XS, XS[1:]):
    arrow(ax, (a + 0.3, 2.5), (b - 0.9, 2.5))
    arrow(ax, (b - 0.3, 4.1), (a + 0.9, 4.1))
box(ax, 5.8, 6.1, "output", OUTPUT, 2.2, 0.8, 12)
arrow(ax, (XS[0] + 0.3, 4.55), (4.7, 6.0), bend=-0.25)
ax.plot([XS[3] - 0.3, XS[3] - 0.3], [2.95, 3.65], color="#444", lw=1.3, zorder=2)
ax.plot([XS[3] - 0.42, XS[3] - 0.42], [2.95, 3.65], color="white", lw=0, zorder=2)
arrow(ax, (XS[3] + 1.0, 2.6), (6.9, 6.0), bend=0.35)
ax.lines[0].remove()
ax.plot([XS[3] + 0.3, XS[3] + 1.0], [2.6, 2.6], color="#444", lw=1.3, zorder=2)
label(ax, 1.15, 5.75, "its last state\nis at step 1", 10, "#444")
label(ax, 10.4, 5.75, "its last state\nis at step $T_x$", 10, "#444")
plt.show()
