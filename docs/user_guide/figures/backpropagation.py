"""The loss of every step, and the gradient's way back from each of them."""

import matplotlib.pyplot as plt
from draw import BACK, GATE, INPUT, OUTPUT, STATE, arrow, box, canvas, label, path

ax = canvas(14.6, 11.6)
STEPS = [(4.2, "1"), (6.9, "2"), (9.6, "3"), (13.2, "T_x")]
X, A, Y_HAT, LOSS, SUM = 0.7, 3.5, 6.2, 8.5, 10.9  # heights of the rows
GAP = 0.15


def both(start, end):
    """An arrow forward and, beside it, one back."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = (GAP, 0) if x0 == x1 else (0, GAP)
    arrow(ax, (x0 - dx, y0 + dy), (x1 - dx, y1 + dy))
    arrow(ax, (x1 + dx, y1 - dy), (x0 + dx, y0 - dy), BACK, line="--")


def weights(text, y, above):
    """A box of weights, which go to every step and whose gradients come back."""
    box(ax, 1.4, y, text, "white", 2.3, 1.0, 14)
    last = STEPS[-1][0]
    path(ax, (2.55, y + GAP), (last - 0.5, y + GAP), width=1, head=False)
    ax.plot([last + 0.5, 2.75], [y - GAP] * 2, color=BACK, lw=1, ls="--", zorder=2)
    arrow(ax, (2.75, y - GAP), (2.55, y - GAP), BACK, width=1)
    for x, _ in STEPS:
        arrow(ax, (x - 0.5, y + GAP), (x - 0.5, above), width=1)
        ax.plot([x + 0.5] * 2, [above, y - GAP], color=BACK, lw=1, ls="--", zorder=2)


middle = 8.7
box(ax, middle, SUM, r"$\mathcal{L}$", GATE, 2.2, 0.8, 16)
label(ax, 1.4, A, "$a^{\\langle 0\\rangle}$", 15)
arrow(ax, (1.9, A), (3.5, A))
weights("$W_{aa}, W_{ax}, b_a$", 2.1, A - 0.45)
weights("$W_{ya}, b_y$", 4.85, Y_HAT - 0.4)
before = None
for x, t in STEPS:
    box(ax, x, X, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.4, 0.8, 15)
    box(ax, x, A, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.4, 0.9, 15)
    box(ax, x, Y_HAT, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", OUTPUT, 1.4, 0.8, 15)
    loss = rf"$\mathcal{{L}}^{{\langle {t}\rangle}}$"
    box(ax, x, LOSS, loss, GATE, 1.4, 0.8, 15)
    arrow(ax, (x, X + 0.4), (x, A - 0.45))
    both((x, A + 0.45), (x, Y_HAT - 0.4))
    both((x, Y_HAT + 0.4), (x, LOSS - 0.4))
    to = middle + (x - middle) * 0.17  # the lines meet below the sum
    arrow(ax, (x - GAP, LOSS + 0.4), (to - GAP, SUM - 0.4))
    arrow(ax, (to + GAP, SUM - 0.4), (x + GAP, LOSS + 0.4), BACK, line="--")
    if t == "T_x":
        label(ax, 11.45, A, "...", 16)
        both((10.3, A), (11.05, A))
        both((11.85, A), (12.5, A))
    elif before:
        both((before, A), (x - 0.7, A))
    before = x + 0.7
label(ax, 0.3, 11, "forward", 13, "#444", ha="left")
label(ax, 0.3, 10.3, "backward, through time", 13, BACK, ha="left")
plt.show()
