r"""
What the gates of a GRU do
==========================

"The cat, which already ate a lot of food, **was** full", but "the cat\ **s**, which
already ate a lot of food, **were** full". A language model has to remember one fact,
singular or plural, over many words. We train a model and look at how it remembers.
"""

# %%
# Train
# -----
# The sentences are generated. The words between noun and verb are random, so that only
# the noun determines the verb.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNLanguageModel
from sksequence.inspection import GatesDisplay, TraceDisplay, trace

rng = np.random.RandomState(0)
cats = "the cats which already ate a lot of food and then slept in the sun were full"
fillers = cats.split()[2:-2]


def sentence():
    number = rng.randint(2)
    noun = [["cat", "dog"], ["cats", "dogs"]][number][rng.randint(2)]
    between = rng.choice(fillers, rng.randint(1, 20))
    return " ".join(["the", noun, *between, ["was", "were"][number], "full"])


settings = {"embedding_dim": 8, "max_iter": 20, "learning_rate_init": 0.03}
settings |= {"learning_rate": "constant", "dropout": 0}
model = RNNLanguageModel(16, cell="gru", random_state=0, **settings)
model.fit([sentence() for _ in range(1500)])

# %%
# Read one sentence
# -----------------
# ``trace`` returns everything that happens in a fitted model while it reads. Every
# array has one row per step. If the course has another name for an array, you can use
# either name.

plural = trace(model, cats, gradients=True)
print(plural)

# %%
# In the picture each row is a unit, and below each column is the word that has just
# been read. In :math:`\hat{y}` the rows are possible next words (only words that are
# likely at some step). The lowest panel shows the norm of the gradient of the loss at
# each step.

TraceDisplay(plural).plot(["Gamma_u", "c", "y_hat"])

# %%
# The next picture shows all units of a gate in one line: their mean, with bands that
# hold 50 % and 80 % of the units. The update gate is open at the beginning of the
# sentence and from the verb on, and mostly closed at the words between.

GatesDisplay(plural).plot()

# %%
# The memory is copied
# --------------------
# :math:`c^{\langle t\rangle} = \Gamma_u \odot \tilde{c}^{\langle t\rangle} + (1 -
# \Gamma_u) \odot c^{\langle t-1\rangle}`. While the gate of a unit is closed, its value
# is copied from step to step. Which unit holds the number of the noun? To find out, let
# the model also read the sentence in the singular. The unit is the one that differs
# most, all the way from the noun to the verb.

singular = trace(model, cats.replace("cats", "cat").replace("were", "was"))
words = plural["tokens"].tolist()
noun, verb = words.index("cats"), words.index("were")
difference = np.abs(plural["c"] - singular["c"])[noun:verb]
unit = difference.min(axis=0).argmax()

fig, axes = plt.subplots(2, figsize=(7.5, 4.2), sharex=True, layout="constrained")
for found, label in [(plural, "the cats ... were"), (singular, "the cat ... was")]:
    axes[0].plot(found["c"][:, unit], marker=".", label=label)
    axes[1].plot(found["Gamma_u"][:, unit], marker=".")
axes[0].set(ylabel=f"$c$ of unit {unit}", ylim=(-1.1, 1.1))
axes[1].set(ylabel=f"$\\Gamma_u$ of unit {unit}", ylim=(-0.05, 1.05))
axes[1].set_xticks(range(len(words)), words, rotation=45, ha="right")
axes[0].legend(frameon=False, loc="center")
for ax in axes:
    ax.axvspan(noun, verb - 1, color="0.93", zorder=0)
    ax.spines[["top", "right"]].set_visible(False)

# %%
# The gate opens at the noun, lets its number in, and stays closed until the verb. After
# that the number is no longer needed. Nobody told the network what a noun is.

kept = 1 - plural["Gamma_u"][noun + 1 : verb, unit]
print(f"kept at each word between noun and verb: at least {kept.min():.3f}")
print(f"c at the noun:       {plural['c'][noun, unit]:6.3f}")
print(f"c before the verb:   {plural['c'][verb - 1, unit]:6.3f}")

# %%
# The gradient does not vanish
# ----------------------------
# On the direct path back, from :math:`c^{\langle t\rangle}` to
# :math:`c^{\langle t-1\rangle}` of the same unit, the gradient is also multiplied by
# :math:`1 - \Gamma_u` at each step. From the verb to the noun:

print(f"fraction of the gradient that reaches the noun: {kept.prod():.3f}")

# %%
# So the gradient does not vanish. At the noun the gate is open, so the unit's earlier
# value has little effect, and less of the gradient goes back further. That part takes
# other paths, through gates and candidates:

for t in [noun, noun - 1]:
    gradient = plural.gradients["c"][t, unit]
    print(f"gradient at {words[t]!r}: {abs(gradient):.4f}")

# %%
# :doc:`/auto_examples/plot_vanishing_gradients` measures what is left of gradients in
# other cells.
