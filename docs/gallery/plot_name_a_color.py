"""
A name for a color: one vector in, a sequence out
=================================================

The data are 4,758 colors and the names that people gave them. A generator reads the
values of red, green and blue, and writes a name, letter by letter.
"""

# %%
# Train with and without the color
# --------------------------------
# How much does the color help? A second generator learns the same names without it. The
# difference between their scores, in nats per letter, tells how much information about
# the name is in the color.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNGenerator
from sksequence.datasets import load_color_names

colors, names = load_color_names(return_X_y=True)
X = colors / 127.5 - 1
order = np.random.RandomState(0).permutation(len(names))
held_out, train = order[:500], order[500:]
models = {}
for told in ("the color", "nothing"):
    given = X if told == "the color" else None
    models[told] = RNNGenerator(
        64,
        cell="lstm",
        condition="every_step",
        dropout=0.3,
        learning_rate="one_cycle",
        learning_rate_init=0.01,
        max_iter=15,
        dtype="float32",
        engine="numba",
        random_state=0,
    ).fit(given if given is None else X[train], [names[i] for i in train])
    score = models[told].score(
        given if given is None else X[held_out], [names[i] for i in held_out]
    )
    print(f"told {told}: log likelihood {score:.3f} nats per letter")

# %%
# New names
# ---------
# Here are sixteen colors, each with up to six new names that were drawn for it.

hues = plt.colormaps["hsv"](np.linspace(0, 0.92, 10))[:, :3]
grays = np.linspace(0, 1, 3)[:, None] * np.ones(3)
browns = np.array([[0.4, 0.26, 0.13], [0.76, 0.6, 0.42], [0.3, 0.1, 0.1]])
palette = np.concatenate([hues * 0.8 + 0.1, browns, grays])
samples = models["the color"].sample(
    palette * 2 - 1, 12, temperature=0.6, random_state=0
)
known = set(names)
fig, axes = plt.subplots(8, 2, figsize=(9, 6), layout="constrained")
for k, (ax, color) in enumerate(zip(axes.ravel(), palette)):
    new = [name for name in samples[12 * k : 12 * k + 12] if name not in known]
    ax.set_facecolor(color)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    light = color @ [0.3, 0.6, 0.1] > 0.5
    ax.text(
        0.5,
        0.45,
        "   ".join(dict.fromkeys(new[:6]))[:48].rsplit("   ", 1)[0],
        ha="center",
        va="center",
        fontsize=11,
        color="black" if light else "white",
        transform=ax.transAxes,
    )

# %%
# The likeliest names
# -------------------
# A beam search finds the most probable names of a color, instead of drawing names at
# random.

model = models["the color"]
for color, vector in {"dark blue": [-0.9, -0.8, 0.1], "pink": [1, 0.4, 0.6]}.items():
    (found,) = model.predict_n_best([vector], 4, beam_size=30)
    print(f"{color}: " + ", ".join(f"{name} ({p:.1f})" for name, p in found))
