"""A GRU's step: the state runs along the top, two gates and a candidate below."""

import matplotlib.pyplot as plt
from draw import GATE, INPUT, STATE, box, canvas, circle, label, path

ax = canvas(13.6, 7.2)
# The state, from left to right.
box(ax, 1.3, 6.2, r"$h = c^{\langle t-1\rangle}$", STATE, 2.0, 0.9, 12)
circle(ax, 7.9, 6.2, r"$\times$", size=14)
circle(ax, 10.3, 6.2, "+", size=14)
box(ax, 12.4, 6.2, r"$h' = c^{\langle t\rangle}$", STATE, 1.9, 0.9, 12)
path(ax, (2.3, 6.2), (7.64, 6.2))
path(ax, (8.16, 6.2), (10.04, 6.2))
path(ax, (10.56, 6.2), (11.45, 6.2))
# The gates and the candidate.
box(ax, 4, 2.6, r"$\sigma$", GATE)
box(ax, 6.9, 2.6, r"$\sigma$", GATE)
box(ax, 9.2, 2.6, "tanh", GATE)
label(ax, 3.85, 3.3, r"$r = \Gamma_r$", 12, ha="right")
label(ax, 6.75, 3.3, r"$u = \Gamma_u$", 12, ha="right")
label(ax, 9.35, 3.3, r"$n = \tilde{c}^{\langle t\rangle}$", 12, ha="left")
# x to all three.
box(ax, 1.3, 0.7, r"$x = x^{\langle t\rangle}$", INPUT, 2.0, 0.9, 12)
path(ax, (2.3, 0.7), (4.2, 0.7), (4.2, 2.2))
path(ax, (4.2, 0.7), (7.1, 0.7), (7.1, 2.2))
path(ax, (7.1, 0.7), (9.45, 0.7), (9.45, 2.2))
# h to the gates, and times r to the candidate.
path(ax, (2.75, 6.2), (2.75, 1.3), (3.8, 1.3), (3.8, 2.2))
path(ax, (3.8, 1.3), (6.7, 1.3), (6.7, 2.2))
circle(ax, 4, 4.7, r"$\times$", size=14)
path(ax, (2.75, 4.7), (3.74, 4.7))
path(ax, (4, 3), (4, 4.44))
path(ax, (4.26, 4.7), (5.3, 4.7), (5.3, 1.75), (8.95, 1.75), (8.95, 2.2))
label(ax, 4.85, 5.0, "$r\\,h$", 12)
# u and 1 - u.
path(ax, (6.9, 3), (6.9, 4.3), (10.04, 4.3))
circle(ax, 10.3, 4.3, r"$\times$", size=14)
path(ax, (7.9, 4.3), (7.9, 5.94))
label(ax, 8.5, 5.15, "$1 - u$", 12)
path(ax, (9.2, 3), (9.2, 3.7), (10.3, 3.7), (10.3, 4.04))
path(ax, (10.3, 4.56), (10.3, 5.94))
label(ax, 10.75, 5.15, "$u\\,n$", 12)
plt.show()
