"""The RNN unrolled over time, with the gradient's way back."""

import matplotlib.pyplot as plt
from draw import BACK, INPUT, OUTPUT, STATE, arrow, box, canvas, label

ax = canvas(13.2, 6.2)
XS = [2.2, 4.9, 7.6, 11.2]
NAMES = ["1", "2", "3", "T_x"]
label(ax, 0.5, 3, "$a^{\\langle 0\\rangle}$", 13)
before = 0.85
for x, t in zip(XS, NAMES):
    box(ax, x, 3, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.3, 0.9, 13)
    box(ax, x, 1, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.3, 0.8, 13)
    arrow(ax, (x, 1.4), (x, 2.55))
    if t == "T_x":
        label(ax, 9.35, 3.12, "...", 16)
        arrow(ax, (9.85, 3.12), (x - 0.65, 3.12))
        arrow(ax, (x - 0.65, 2.8), (9.85, 2.8), BACK, line="--")
        arrow(ax, (8.25, 3.12), (8.9, 3.12))
        arrow(ax, (8.9, 2.8), (8.25, 2.8), BACK, line="--")
    else:
        arrow(ax, (before, 3.12), (x - 0.65, 3.12))
        if t != "1":
            arrow(ax, (x - 0.65, 2.8), (before, 2.8), BACK, line="--")
    before = x + 0.65
x = XS[-1]
box(ax, x, 5.2, r"$\hat{y},\ \mathcal{L}$", OUTPUT, 1.3, 0.8, 13)
arrow(ax, (x - 0.13, 3.45), (x - 0.13, 4.8))
arrow(ax, (x + 0.13, 4.8), (x + 0.13, 3.45), BACK, line="--")
label(ax, 3.55, 3.5, "$W_{aa}$", 11)
label(ax, 2.65, 1.95, "$W_{ax}$", 11)
label(ax, x - 0.6, 4.15, "$W_{ya}$", 11)
label(ax, 0.3, 5.5, "forward", 11, "#444", ha="left")
label(ax, 0.3, 5.0, "backward, through time", 11, BACK, ha="left")
plt.show()
