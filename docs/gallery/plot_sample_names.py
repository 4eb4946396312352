"""
New names: sampling from a language model
=========================================

A language model reads first names letter by letter, and learns which letters may come
next. To make a new name, draw one letter after the other from its predictions.
"""

# %%
# Fit
# ---
# There is no ``y``: every letter is the target of the letters before it, and the end of
# a name counts as a letter, too. Every tenth name is left out of training.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNLanguageModel
from sksequence.datasets import load_first_names

names, _ = load_first_names(return_X_y=True)
order = np.random.RandomState(0).permutation(len(names))
train = [names[i] for i in order if i % 10]
held_out = [names[i] for i in order if i % 10 == 0]
model = RNNLanguageModel(
    128,
    cell="lstm",
    analyzer="char",
    embedding_dim=32,
    dropout=0.3,
    learning_rate="one_cycle",
    learning_rate_init=0.01,
    max_iter=15,
    engine="numba",
    random_state=0,
).fit(train)
print(f"nats per letter: {-model.score(held_out):.3f}")
print(f"perplexity: {model.perplexity(held_out):.2f} of {model.n_tokens_} letters")

# %%
# Where a name becomes unlikely
# -----------------------------
# The picture shows log probabilities, letter by letter. The last one belongs to the end
# of the name.

shown = ["Elisabeth", "Jonathan", "Xqzrt", "Mary-Lou"]
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
width = max(map(len, shown)) + 1
table = np.full((len(shown), width), np.nan)
for row, log_p in zip(table, model.log_likelihoods(shown)):
    row[: len(log_p)] = log_p
image = ax.imshow(table, cmap="RdYlGn", vmin=-6, vmax=0, aspect="auto", alpha=0.8)
for i, name in enumerate(shown):
    for t, letter in enumerate([*name, "end"]):
        ax.text(t, i, letter, ha="center", va="center", fontsize=12)
ax.set(xticks=[], yticks=[])
ax.spines[:].set_visible(False)
fig.colorbar(image, label="log probability")

# %%
# What temperature does
# ---------------------
# At a low temperature samples are common names, many of them several times; at a high
# one they are noise. For each temperature we print which fraction of a thousand samples
# is new, which fraction is distinct, and some of the samples:

known = set(names)
for temperature in (0.2, 0.5, 0.8, 1.0, 1.5):
    samples = model.sample(1000, temperature=temperature, random_state=0)
    new = np.mean([sample not in known for sample in samples])
    print(
        f"{temperature:3}  new {new:4.0%}  distinct {len(set(samples)) / 1000:4.0%}  "
        + ", ".join(samples[:5])
    )

# %%
# Other ways to draw
# ------------------
# You can draw only from the five likeliest letters, or from the likeliest letters that
# together have 90 % of the probability, and choose the beginning of the names.

print("top_k  ", ", ".join(model.sample(8, top_k=5, random_state=1)))
print("top_p  ", ", ".join(model.sample(8, top_p=0.9, random_state=1)))
print("prefix ", ", ".join(model.sample(8, prefix="Mar", top_p=0.9, random_state=1)))
