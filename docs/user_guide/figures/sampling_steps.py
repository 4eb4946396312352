"""A name drawn letter by letter, with the distributions that it was drawn from."""

import matplotlib.pyplot as plt
import numpy as np
from draw import INPUT, STATE, arrow, box, canvas, label, path
from matplotlib.patches import Rectangle

from sksequence import RNNLanguageModel
from sksequence.datasets import load_first_names

FED, SHOWN = "#d94801", 5

names, _ = load_first_names(return_X_y=True)
model = RNNLanguageModel(64, analyzer="char", max_iter=8, random_state=0)
model.fit(names[::2])
end = model.encoder_.eos_token


def draw_name(seed):
    """(letter read, distribution of the next, letter drawn) of each step."""
    rng, steps = np.random.default_rng(seed), []
    state, token = model.initial_state(), end
    while not steps or token != end:
        log_p, state = model.step([token], state)
        p = np.exp(log_p[0])
        read, token = token, str(rng.choice(model.tokens_, p=p / p.sum()))
        steps.append((read, p, token))
    return steps


steps = next(steps for steps in map(draw_name, range(1000)) if len(steps) == 6)
ax = canvas(17.6, 9.4)
for t, (read, p, token) in enumerate(steps, start=1):
    drawn = model.encoder_.vocabulary_[token]
    # The step.
    x = 1.5 + 2.9 * (t - 1)
    box(ax, x, 1, read, INPUT, 1.3, 0.8, 14)
    box(ax, x, 2.8, rf"$a^{{\langle {t}\rangle}}$", STATE, 1.3, 0.9, 14)
    arrow(ax, (x, 1.4), (x, 2.35))
    arrow(ax, (x, 3.25), (x, 4.1))
    if t > 1:
        arrow(ax, (x - 2.25, 2.8), (x - 0.65, 2.8))
    # The most likely letters, and the one that was drawn.
    shown = list(np.argsort(-p)[:SHOWN])
    if drawn not in shown:
        shown[-1] = drawn
    for k, i in enumerate(shown):
        y = 7.3 - 0.7 * k
        color, weight = (FED, "bold") if i == drawn else ("#fdd0a2", "normal")
        bar = Rectangle((x - 0.35, y - 0.24), 1.5 * p[i], 0.48, fc=color)
        ax.add_patch(bar)
        label(ax, x - 0.5, y, model.tokens_[i], 12, ha="right", weight=weight)
        number = f"{p[i]:.2f}" if p[i] >= 0.005 else "< 0.01"
        label(ax, x - 0.25 + 1.5 * p[i], y, number, 10, "#444", ha="left")
    label(ax, x, 8.5, token, 17, FED, weight="bold")
    label(ax, x - 0.1, 9.1, rf"$y^{{\langle {t}\rangle}}$", 12, "#444")
    if token != end:
        path(
            ax,
            (x + 0.35, 8.5),
            (x + 1.45, 8.5),
            (x + 1.45, 1),
            (x + 2.25, 1),
            color=FED,
            width=1.6,
        )
plt.show()
