"""An LSTM's step: the cell state runs along the top, only scaled and added to."""

import matplotlib.pyplot as plt
from draw import GATE, INPUT, STATE, box, canvas, circle, label, path

ax = canvas(12.8, 7.2)
# The cell state, from left to right.
box(ax, 0.85, 6.2, "$c$", STATE, 1.1)
circle(ax, 3, 6.2, r"$\times$", size=14)
circle(ax, 5.9, 6.2, "+", size=14)
box(ax, 11.9, 6.2, "$c'$", STATE, 1.1)
path(ax, (1.4, 6.2), (2.74, 6.2))
path(ax, (3.26, 6.2), (5.64, 6.2))
path(ax, (6.16, 6.2), (11.35, 6.2))
# Gates; h and x side by side reach all of them.
for x, text, name in [
    (3, r"$\sigma$", "$f$"),
    (4.9, r"$\sigma$", "$i$"),
    (6.9, "tanh", "$g$"),
    (8.8, r"$\sigma$", "$o$"),
]:
    box(ax, x, 2.7, text, GATE)
    label(ax, x - 0.32, 3.42, name, 13)
    path(ax, (x, 1.35), (x, 2.3))
box(ax, 0.85, 1.35, "$h$", STATE, 1.1)
box(ax, 1.9, 0.45, "$x$", INPUT, 1.1)
path(ax, (1.4, 1.35), (8.8, 1.35), head=False)
path(ax, (2.45, 0.45), (2.65, 0.45), (2.65, 1.35), head=False)
label(ax, 5.9, 1.05, "$[h, x]$", 11)
path(ax, (3, 3.1), (3, 5.94))
# i g, added to the cell state.
circle(ax, 5.9, 4.6, r"$\times$", size=14)
path(ax, (4.9, 3.1), (4.9, 4.6), (5.64, 4.6))
path(ax, (6.9, 3.1), (6.9, 4.6), (6.16, 4.6))
path(ax, (5.9, 4.86), (5.9, 5.94))
# h' = o tanh(c').
box(ax, 10.1, 5.1, "tanh", "white", 1.1, 0.7)
path(ax, (10.1, 6.2), (10.1, 5.45))
circle(ax, 10.1, 3.9, r"$\times$", size=14)
path(ax, (10.1, 4.75), (10.1, 4.16))
path(ax, (8.8, 3.1), (8.8, 3.9), (9.84, 3.9))
box(ax, 11.9, 1.35, "$h'$", STATE, 1.1)
path(ax, (10.1, 3.64), (10.1, 1.35), (11.35, 1.35))
plt.show()
