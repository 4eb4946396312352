"""A language model reads what it had to predict: x<t+1> = y<t>."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label, path

FED = "#d94801"
ax = canvas(15, 7.4)
WORDS = ["Deep", "Sea", "Blue", "</s>"]
GIVEN = ["", "Deep", "Deep, Sea", "Deep, Sea, Blue"]
xs = [2.3, 5.9, 9.5, 13.1]
arrow(ax, (0.6, 2.8), (1.5, 2.8))
for t, (x, word, given) in enumerate(zip(xs, WORDS, GIVEN), start=1):
    reads = "</s>" if t == 1 else WORDS[t - 2]
    box(ax, x, 1.1, reads, INPUT, 1.7, 0.8, 13)
    label(ax, x, 0.35, rf"$x^{{\langle {t}\rangle}}$", 13)
    box(ax, x, 2.8, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.6, 0.9, 14)
    box(ax, x, 4.6, rf"$\hat{{y}}^{{\langle {t}\rangle}}$", OUTPUT, 1.6, 0.8, 14)
    label(ax, x, 5.75, rf"$y^{{\langle {t}\rangle}}$ = {word}", 13)
    bar = rf"P({word} | {given})" if given else f"P({word})"
    label(ax, x, 6.75, bar, 11, "#08519c")
    arrow(ax, (x, 1.5), (x, 2.35))
    arrow(ax, (x, 3.25), (x, 4.2))
    path(ax, (x, 5), (x, 5.45), head=False)
    if t > 1:
        arrow(ax, (x - 2.8, 2.8), (x - 0.8, 2.8))
    if t < 4:
        path(
            ax,
            (x + 1.25, 5.75),
            (x + 1.8, 5.75),
            (x + 1.8, 1.1),
            (x + 2.75, 1.1),
            color=FED,
            width=1.6,
        )
for x in (xs[0] + 1.4, xs[1] + 1.85, xs[2] + 1.55):
    label(ax, x, 6.75, r"$\cdot$", 16, "#08519c")
label(ax, 0.6, 3.25, "$a^{\\langle 0\\rangle}$", 13)
plt.show()
