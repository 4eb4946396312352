"""The RNN folded, and unrolled over time, with a prediction at every step."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label, path

ax = canvas(14.4, 6)
# Folded: one box, whose state comes back to it.
box(ax, 1.6, 3, "$a$", STATE, 1.3, 0.9, 13)
box(ax, 1.6, 1, "$x$", INPUT, 1.3, 0.8, 13)
box(ax, 1.6, 5, r"$\hat{y}$", OUTPUT, 1.3, 0.8, 13)
arrow(ax, (1.6, 1.4), (1.6, 2.55))
arrow(ax, (1.6, 3.45), (1.6, 4.6))
path(ax, (2.25, 3.22), (2.85, 3.22), (2.85, 2.72), (2.25, 2.72))
label(ax, 2.75, 3.58, "$W_{aa}$", 12)
label(ax, 2.1, 1.95, "$W_{ax}$", 12)
label(ax, 2.1, 4.3, "$W_{ya}$", 12)
label(ax, 3.85, 3, "$=$", 20)
# Unrolled.
label(ax, 4.75, 3, "$a^{\\langle 0\\rangle}$", 13)
before = 5.15
for x, t in zip([6.4, 8.7, 11, 13.5], ["1", "2", "3", "T_x"]):
    box(ax, x, 3, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.3, 0.9, 13)
    box(ax, x, 1, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.3, 0.8, 13)
    box(ax, x, 5, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", OUTPUT, 1.3, 0.8, 13)
    arrow(ax, (x, 1.4), (x, 2.55))
    arrow(ax, (x, 3.45), (x, 4.6))
    if t == "T_x":
        path(ax, (before, 3), (before + 0.3, 3), head=False)
        label(ax, (before + x - 0.65) / 2, 3, "...", 14)
        arrow(ax, (x - 0.95, 3), (x - 0.65, 3))
    else:
        arrow(ax, (before, 3), (x - 0.65, 3))
        label(ax, (before + x - 0.65) / 2, 3.4, "$W_{aa}$", 11)
    label(ax, x + 0.5, 1.95, "$W_{ax}$", 11)
    label(ax, x + 0.5, 4.05, "$W_{ya}$", 11)
    before = x + 0.65
plt.show()
