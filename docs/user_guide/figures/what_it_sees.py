"""What the third prediction of an RNN depends on: the first three words."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label

WORDS = ["They", "say", "May", "Brown", "sings", "well"]
SEEN = 3
ax = canvas(13.4, 5.6)
for t, word in enumerate(WORDS, start=1):
    x = 2.2 * t - 1
    seen, asked = t <= SEEN, t == SEEN
    line = "#444" if seen else "#bbb"
    box(ax, x, 0.8, word, INPUT if seen else "white", 1.5, 0.8, 12)
    text = rf"$a^{{\langle {t}\rangle}}$"
    box(ax, x, 2.7, text, STATE if seen else "white", 1.5, 0.9, 13)
    text = rf"$\hat{{y}}^{{\langle {t}\rangle}}$"
    box(ax, x, 4.6, text, OUTPUT if asked else "white", 1.5, 0.8, 13)
    arrow(ax, (x, 1.2), (x, 2.25), line)
    arrow(ax, (x, 3.15), (x, 4.2), "#444" if asked else "#bbb")
    if t > 1:
        arrow(ax, (x - 1.45, 2.7), (x - 0.75, 2.7), line)
label(ax, 5.6, 5.35, "is this word a name?", 11, "#444")
plt.show()
