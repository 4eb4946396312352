"""A sentence whose verb needs its second word, and the gradient on its way back."""

import matplotlib.pyplot as plt
import numpy as np
from draw import BACK, INPUT, OUTPUT, STATE, arrow, box, canvas, label

from sksequence.cells import CELLS
from sksequence.sequences import Steps

WORDS = ["The", "cat", "which", "already", "ate", "a", "fish", "was"]
N, N_UNITS = len(WORDS) - 1, 32

# The gradient's norm in new networks with random words, step by step.
cell, rng = CELLS["rnn"], np.random.RandomState(0)
norms = []
for _ in range(100):
    shapes = cell.shapes(n_features=16, n_units=N_UNITS)
    params = {name: np.empty(shape) for name, shape in shapes.items()}
    cell.init(params, rng)
    x = rng.standard_normal((N, 16))
    d = rng.standard_normal(N_UNITS)
    back = [d / np.linalg.norm(d)]
    H, _, _ = cell.forward(params, x, Steps([N]))
    for h in H[:0:-1]:
        back.append((back[-1] * (1 - h * h)) @ params["U"].T)
    norms.append(np.linalg.norm(back, axis=1))
left = np.median(norms, axis=0)[::-1]  # by step

ax = canvas(15.4, 5.6, 0.6)
for t, word in enumerate(WORDS[:-1]):
    x = 1.2 + 2.05 * t
    box(ax, x, 2.3, rf"$a^{{\langle {t + 1}\rangle}}$", STATE, 1.2, 0.9, 12)
    box(ax, x, 0.6, word, INPUT, 1.7, 0.75, 11)
    arrow(ax, (x, 0.98), (x, 1.85))
    side = 1.05 if t == N - 1 else 0
    label(ax, x + side, 3.15, f"{left[t]:.0%}", 11, BACK)
    if t:
        arrow(ax, (x - 1.45, 2.45), (x - 0.6, 2.45))
        arrow(ax, (x - 0.6, 2.12), (x - 1.45, 2.12), BACK, width=0.5 + 4 * left[t - 1])
box(ax, x, 4.7, WORDS[-1], OUTPUT, 1.7, 0.8, 11)
arrow(ax, (x - 0.3, 2.75), (x - 0.3, 4.3))
arrow(ax, (x + 0.3, 4.3), (x + 0.3, 2.75), BACK, width=4.5)
label(ax, 0.4, 4.9, "was or were?", 11, "#444", ha="left")
label(ax, 0.4, 4.3, "what is left of the gradient", 11, BACK, ha="left")
plt.show()
