"""A deep RNN: recurrent layers, then dense ones that only look upwards."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label

ax = canvas(12.6, 8.2)
XS = [4.2, 6.8, 9.4]
ROWS = [(2.4, "1"), (3.9, "2"), (5.4, "3")]
for t, x in enumerate(XS, start=1):
    box(ax, x, 0.8, rf"$x^{{\langle {t}\rangle}}$", INPUT, 1.5, 0.8, 13)
    below = 1.2
    for y, layer in ROWS:
        text = rf"$a^{{[{layer}]\langle {t}\rangle}}$"
        box(ax, x, y, text, STATE, 1.5, 0.9, 13)
        arrow(ax, (x, below), (x, y - 0.45))
        below = y + 0.45
        if t > 1:
            arrow(ax, (x - 1.85, y), (x - 0.75, y))
    box(ax, x, 7, "dense", OUTPUT, 1.5, 0.8, 11)
    arrow(ax, (x, below), (x, 6.6))
for (y, _), name in zip(ROWS, ["rnn0", "rnn1", "rnn2"]):
    label(ax, 1.6, y, name, 11, "#444", family="monospace")
label(ax, 1.6, 7, "dense0", 11, "#444", family="monospace")
plt.show()
