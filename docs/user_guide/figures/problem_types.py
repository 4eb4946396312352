"""One-to-one, one-to-many, many-to-one and the two kinds of many-to-many."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label

KINDS = [  # name, estimator, steps, steps with an input, steps with an output
    ("one-to-one", "MLPClassifier", 1, [0], [0]),
    ("one-to-many", "RNNGenerator", 3, [0], [0, 1, 2]),
    ("many-to-one", "RNNClassifier\nRNNRegressor", 3, [0, 1, 2], [2]),
    ("many-to-many\n$T_x = T_y$", "RNNTagger", 3, [0, 1, 2], [0, 1, 2]),
    ("many-to-many\n$T_x \\neq T_y$", "RNNTranslator", 4, [0, 1], [2, 3]),
]

ax = canvas(19.2, 6.4, 0.55)
x = 0.8
for name, estimator, n_steps, inputs, outputs in KINDS:
    middle = x + (n_steps - 1) / 2
    label(ax, middle, 5.75, name, 11, weight="bold")
    label(ax, middle, 0.4, estimator, 10, "#444", family="monospace")
    for t in range(n_steps):
        box(ax, x + t, 3, "", STATE, 0.62, 0.8)
        if t:
            arrow(ax, (x + t - 0.69, 3), (x + t - 0.31, 3))
        if t in inputs:
            box(ax, x + t, 1.5, "$x$", INPUT, 0.62, 0.7, 11)
            arrow(ax, (x + t, 1.85), (x + t, 2.6))
        if t in outputs:
            box(ax, x + t, 4.5, r"$\hat{y}$", OUTPUT, 0.62, 0.7, 11)
            arrow(ax, (x + t, 3.4), (x + t, 4.15))
    x += n_steps + 1.15
plt.show()
