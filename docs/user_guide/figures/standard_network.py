"""A standard network has weights of its own for each place; an RNN has one set."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label

COLORS = ["#d94801", "#2171b5", "#238b45", "#6a51a3", "#a50f15"]
ax = canvas(16.4, 6.6)
# All places at once; the sentence has three words, the other places are empty.
xs = [0.9 + 1.5 * t for t in range(5)]
box(ax, xs[2], 3.4, "hidden units", STATE, 4.4, 0.9, 13)
box(ax, xs[2], 5.3, r"$\hat{y}$", OUTPUT, 4.4, 0.8, 14)
arrow(ax, (xs[2], 3.85), (xs[2], 4.9))
for t, (x, color) in enumerate(zip(xs, COLORS), start=1):
    there = t <= 3
    text = rf"$x^{{\langle {t}\rangle}}$" if there else "0"
    box(ax, x, 1, text, INPUT if there else "white", 1.2, 0.8, 14)
    to = xs[2] + (x - xs[2]) * 0.55
    arrow(ax, (x, 1.4), (to, 2.95), color, width=2)
    label(ax, (x + to) / 2 + 0.4 + 0.04 * t, 2.1, f"$W_{t}$", 12, color)
label(ax, xs[2], 6.2, "a standard network", 13, weight="bold")
# One step after the other.
xs = [10.4 + 2.3 * t for t in range(3)]
arrow(ax, (9.2, 3.4), (9.75, 3.4), COLORS[1], width=2)
for t, x in enumerate(xs, start=1):
    box(ax, x, 1, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.3, 0.8, 14)
    box(ax, x, 3.4, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.3, 0.9, 14)
    box(ax, x, 5.3, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", OUTPUT, 1.3, 0.8, 14)
    arrow(ax, (x, 1.4), (x, 2.95), COLORS[0], width=2)
    arrow(ax, (x, 3.85), (x, 4.9))
    label(ax, x + 0.5, 2.15, "$W_{ax}$", 12, COLORS[0])
    if t > 1:
        arrow(ax, (x - 1.65, 3.4), (x - 0.65, 3.4), COLORS[1], width=2)
        label(ax, x - 1.15, 3.8, "$W_{aa}$", 12, COLORS[1])
label(ax, xs[1], 6.2, "a recurrent network", 13, weight="bold")
plt.show()
