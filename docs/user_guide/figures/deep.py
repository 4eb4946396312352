"""A deep RNN: recurrent layers, a dense one that only looks upwards, and the output."""

import matplotlib.pyplot as plt
from draw import BACK, GATE, INPUT, OUTPUT, STATE, arrow, box, canvas, label

ax = canvas(14.4, 10)
XS = [4.6, 7.2, 9.8, 12.4]
ROWS = [(2.5, "1"), (4.1, "2"), (5.7, "3")]
ONE = ("2", 3)  # the state whose two inputs are drawn in red
for t, x in enumerate(XS, start=1):
    box(ax, x, 0.9, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.6, 0.9, 13)
    below = 1.35
    for y, layer in ROWS:
        text = rf"$a^{{[{layer}]\langle {t}\rangle}}$"
        box(ax, x, y, text, STATE, 1.6, 0.95, 13)
        look = {"color": BACK, "width": 2.4} if (layer, t) == ONE else {}
        arrow(ax, (x, below), (x, y - 0.48), **look)
        below = y + 0.48
        if t > 1:
            arrow(ax, (x - 1.8, y), (x - 0.8, y), **look)
    box(ax, x, 7.4, "dense", GATE, 1.6, 0.85, 11)
    arrow(ax, (x, below), (x, 6.97))
    box(ax, x, 9.1, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", OUTPUT, 1.6, 0.9, 13)
    arrow(ax, (x, 7.83), (x, 8.65))
for y, name, text in [
    (2.5, "rnn0", r"$W_a^{[1]},\ b_a^{[1]}$"),
    (4.1, "rnn1", r"$W_a^{[2]},\ b_a^{[2]}$"),
    (5.7, "rnn2", r"$W_a^{[3]},\ b_a^{[3]}$"),
    (7.4, "dense0", ""),
    (9.1, "output", r"$W_y,\ b_y$"),
]:
    label(ax, 0.3, y + (0.28 if text else 0), name, 11, ha="left", family="monospace")
    label(ax, 0.3, y - 0.3, text, 12, "#444", ha="left")
plt.show()
