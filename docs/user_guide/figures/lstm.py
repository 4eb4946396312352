"""An LSTM's step: the cell state runs along the top, only scaled and added to."""

import matplotlib.pyplot as plt
from draw import GATE, INPUT, STATE, box, canvas, circle, label, path

ax = canvas(14.4, 7.4)
# The cell state, from left to right.
box(ax, 1.3, 6.4, r"$c = c^{\langle t-1\rangle}$", STATE, 2.0, 0.9, 12)
circle(ax, 3.9, 6.4, r"$\times$", size=14)
circle(ax, 6.9, 6.4, "+", size=14)
box(ax, 13.2, 6.4, r"$c' = c^{\langle t\rangle}$", STATE, 1.8, 0.9, 12)
path(ax, (2.3, 6.4), (3.64, 6.4))
path(ax, (4.16, 6.4), (6.64, 6.4))
path(ax, (7.16, 6.4), (12.3, 6.4))
# Gates; h and x side by side reach all of them.
for x, text, name in [
    (3.9, r"$\sigma$", r"$f = \Gamma_f$"),
    (5.8, r"$\sigma$", r"$i = \Gamma_u$"),
    (8, "tanh", r"$g = \tilde{c}^{\langle t\rangle}$"),
    (10, r"$\sigma$", r"$o = \Gamma_o$"),
]:
    box(ax, x, 2.8, text, GATE)
    label(ax, x - 0.13, 3.55, name, 12, ha="right")
    path(ax, (x, 1.45), (x, 2.4))
box(ax, 1.3, 1.45, r"$h = a^{\langle t-1\rangle}$", STATE, 2.0, 0.9, 12)
box(ax, 1.3, 0.45, r"$x = x^{\langle t\rangle}$", INPUT, 2.0, 0.8, 12)
path(ax, (2.3, 1.45), (10, 1.45), head=False)
path(ax, (2.3, 0.45), (2.9, 0.45), (2.9, 1.45), head=False)
label(ax, 6.9, 1.12, "$[h, x]$", 12)
path(ax, (3.9, 3.2), (3.9, 6.14))
# i g, added to the cell state.
circle(ax, 6.9, 4.8, r"$\times$", size=14)
path(ax, (5.8, 3.2), (5.8, 4.8), (6.64, 4.8))
path(ax, (8, 3.2), (8, 4.8), (7.16, 4.8))
path(ax, (6.9, 5.06), (6.9, 6.14))
# h' = o tanh(c').
box(ax, 11.3, 5.3, "tanh", "white", 1.1, 0.7)
path(ax, (11.3, 6.4), (11.3, 5.65))
circle(ax, 11.3, 4.1, r"$\times$", size=14)
path(ax, (11.3, 4.95), (11.3, 4.36))
path(ax, (10, 3.2), (10, 4.1), (11.04, 4.1))
box(ax, 13.2, 1.45, r"$h' = a^{\langle t\rangle}$", STATE, 1.8, 0.9, 12)
path(ax, (11.3, 3.84), (11.3, 1.45), (12.3, 1.45))
plt.show()
