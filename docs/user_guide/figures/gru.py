"""A GRU's step: the state runs along the top, two gates and a candidate below."""

import matplotlib.pyplot as plt
from draw import GATE, INPUT, STATE, box, canvas, circle, label, path

ax = canvas(12.4, 7)
# The state, from left to right.
box(ax, 0.85, 6, "$h$", STATE, 1.1)
circle(ax, 7.2, 6, r"$\times$", size=14)
circle(ax, 9.6, 6, "+", size=14)
box(ax, 11.5, 6, "$h'$", STATE, 1.1)
path(ax, (1.4, 6), (6.94, 6))
path(ax, (7.46, 6), (9.34, 6))
path(ax, (9.86, 6), (10.95, 6))
# The gates and the candidate.
box(ax, 3, 2.6, r"$\sigma$", GATE)
box(ax, 6, 2.6, r"$\sigma$", GATE)
box(ax, 8.4, 2.6, "tanh", GATE)
label(ax, 2.2, 3.35, "$r$", 13)
label(ax, 5.65, 3.4, "$u$", 13)
label(ax, 8.7, 3.35, "$n$", 13)
# x to all three.
box(ax, 0.85, 0.7, "$x$", INPUT, 1.1)
path(ax, (1.4, 0.7), (3.2, 0.7), (3.2, 2.2))
path(ax, (3.2, 0.7), (6.2, 0.7), (6.2, 2.2))
path(ax, (6.2, 0.7), (8.65, 0.7), (8.65, 2.2))
# h to the gates, and times r to the candidate.
path(ax, (1.75, 6), (1.75, 1.4), (2.8, 1.4), (2.8, 2.2))
path(ax, (2.8, 1.4), (5.8, 1.4), (5.8, 2.2))
circle(ax, 3, 4.6, r"$\times$", size=14)
path(ax, (1.75, 4.6), (2.74, 4.6))
path(ax, (3, 3), (3, 4.34))
path(ax, (3.26, 4.6), (4.6, 4.6), (4.6, 1.75), (8.15, 1.75), (8.15, 2.2))
label(ax, 4.05, 4.9, "$r\\,h$", 11)
# u and 1 - u.
path(ax, (6, 3), (6, 4.2), (9.34, 4.2))
circle(ax, 9.6, 4.2, r"$\times$", size=14)
path(ax, (7.2, 4.2), (7.2, 5.74))
label(ax, 7.75, 5.0, "$1 - u$", 11)
path(ax, (8.4, 3), (8.4, 3.6), (9.6, 3.6), (9.6, 3.94))
path(ax, (9.6, 4.46), (9.6, 5.74))
label(ax, 10.05, 5.0, "$u\\,n$", 11)
plt.show()
