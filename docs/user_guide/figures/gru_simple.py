"""A step of the simplified GRU: one gate decides what is kept and what is replaced."""

import matplotlib.pyplot as plt
from draw import GATE, INPUT, STATE, box, canvas, circle, label, path

ax = canvas(12, 6.6)
# The state, from left to right.
box(ax, 1.3, 5.6, r"$h = c^{\langle t-1\rangle}$", STATE, 2.0, 0.9, 12)
circle(ax, 6.3, 5.6, r"$\times$", size=14)
circle(ax, 8.7, 5.6, "+", size=14)
box(ax, 10.8, 5.6, r"$h' = c^{\langle t\rangle}$", STATE, 1.9, 0.9, 12)
path(ax, (2.3, 5.6), (6.04, 5.6))
path(ax, (6.56, 5.6), (8.44, 5.6))
path(ax, (8.96, 5.6), (9.85, 5.6))
# The gate and the candidate, which both see h and x.
box(ax, 4.9, 2.4, r"$\sigma$", GATE)
box(ax, 7.4, 2.4, "tanh", GATE)
label(ax, 4.75, 3.1, r"$u = \Gamma_u$", 12, ha="right")
label(ax, 7.55, 3.1, r"$n = \tilde{c}^{\langle t\rangle}$", 12, ha="left")
box(ax, 1.3, 0.7, r"$x = x^{\langle t\rangle}$", INPUT, 2.0, 0.9, 12)
path(ax, (2.3, 0.7), (5.1, 0.7), (5.1, 2.0))
path(ax, (5.1, 0.7), (7.6, 0.7), (7.6, 2.0))
path(ax, (2.75, 5.6), (2.75, 1.3), (4.7, 1.3), (4.7, 2.0))
path(ax, (4.7, 1.3), (7.2, 1.3), (7.2, 2.0))
# u and 1 - u.
path(ax, (4.9, 2.8), (4.9, 3.9), (8.44, 3.9))
circle(ax, 8.7, 3.9, r"$\times$", size=14)
path(ax, (6.3, 3.9), (6.3, 5.34))
label(ax, 6.9, 4.6, "$1 - u$", 12)
path(ax, (7.4, 2.8), (7.4, 3.35), (8.7, 3.35), (8.7, 3.64))
path(ax, (8.7, 4.16), (8.7, 5.34))
label(ax, 9.15, 4.6, "$u\\,n$", 12)
plt.show()
