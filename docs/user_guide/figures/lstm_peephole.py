"""Peepholes: the gates also see the cell state, gate o the old or the new one."""

import matplotlib.pyplot as plt
from draw import BACK, GATE, INPUT, STATE, arrow, box, canvas, circle, label, path

NEW = "#6a3d9a"

ax = canvas(14.4, 7.4)
box(ax, 1.3, 6.4, r"$c^{\langle t-1\rangle}$", STATE, 1.6, 0.9, 12)
circle(ax, 4.5, 6.4, r"$\times$", size=14)
circle(ax, 7.5, 6.4, "+", size=14)
box(ax, 13.3, 6.4, r"$c^{\langle t\rangle}$", STATE, 1.6, 0.9, 12)
path(ax, (2.1, 6.4), (4.24, 6.4))
path(ax, (4.76, 6.4), (7.24, 6.4))
path(ax, (7.76, 6.4), (12.5, 6.4))
for x, text, name in [
    (4.5, r"$\sigma$", r"$\Gamma_f$"),
    (6.4, r"$\sigma$", r"$\Gamma_u$"),
    (8.6, "tanh", r"$\tilde{c}^{\langle t\rangle}$"),
    (10.6, r"$\sigma$", r"$\Gamma_o$"),
]:
    box(ax, x, 2.8, text, GATE)
    label(ax, x + 0.4, 3.5, name, 12)
    path(ax, (x, 1.45), (x, 2.4))
box(ax, 1.3, 1.45, r"$a^{\langle t-1\rangle}$", STATE, 1.6, 0.9, 12)
box(ax, 1.3, 0.45, r"$x^{\langle t\rangle}$", INPUT, 1.6, 0.8, 12)
path(ax, (2.1, 1.45), (10.6, 1.45), head=False)
path(ax, (2.1, 0.45), (2.8, 0.45), (2.8, 1.45), head=False)
path(ax, (4.5, 3.2), (4.5, 6.14))
circle(ax, 7.5, 4.8, r"$\times$", size=14)
path(ax, (6.4, 3.2), (6.4, 4.8), (7.24, 4.8))
path(ax, (8.6, 3.2), (8.6, 4.8), (7.76, 4.8))
path(ax, (7.5, 5.06), (7.5, 6.14))
circle(ax, 11.9, 4.3, r"$\times$", size=14)
path(ax, (11.9, 6.4), (11.9, 4.56))
label(ax, 12.4, 5.4, "tanh", 11)
path(ax, (10.6, 3.2), (10.6, 4.3), (11.64, 4.3))
box(ax, 13.3, 1.45, r"$a^{\langle t\rangle}$", STATE, 1.6, 0.9, 12)
path(ax, (11.9, 4.04), (11.9, 1.45), (12.5, 1.45))
# The peepholes. The output gate has one of the two dashed ones.
path(ax, (3.3, 6.4), (3.3, 2.0), (4.2, 2.0), (4.2, 2.4), color=BACK, width=1.6)
path(ax, (4.2, 2.0), (6.1, 2.0), (6.1, 2.4), color=BACK, width=1.6)
label(ax, 3.15, 4.4, r"$p\,c^{\langle t-1\rangle}$", 12, BACK, ha="right")
dashed = {"lw": 1.6, "ls": "--", "zorder": 2}
ax.plot([6.1, 10.3, 10.3], [2.0, 2.0, 2.2], color=BACK, **dashed)
arrow(ax, (10.3, 2.2), (10.3, 2.4), BACK, width=1.6)
label(ax, 7.5, 1.74, '"previous"', 10, BACK, family="monospace")
ax.plot([9.9, 9.9, 10.35, 10.35], [6.4, 3.9, 3.9, 3.5], color=NEW, **dashed)
arrow(ax, (10.35, 3.5), (10.35, 3.2), NEW, width=1.6)
label(ax, 9.75, 5.75, r"$p\,c^{\langle t\rangle}$", 12, NEW, ha="right")
label(ax, 9.75, 5.2, '"current"', 10, NEW, ha="right", family="monospace")
plt.show()
