"""
New names for colors: letters, words and temperature
====================================================

The data are 4,758 names that people gave to colors, such as "Sunset Boulevard" and
"Ocean Melancholy". Language models learn how such names are made, letter by letter or
word by word, and invent new ones.
"""

# %%
# Two models
# ----------
# Both read the same names, as characters or as words. The model of words has a large
# vocabulary and few examples of each word; words that occur only once are ``<unk>``. We
# compare the two models by their bits per character, which count unknown words as if
# they were spelled.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNLanguageModel
from sksequence.datasets import load_color_names

_, names = load_color_names(return_X_y=True)
order = np.random.RandomState(0).permutation(len(names))
train = [names[i] for i in order if i % 10]
held_out = [names[i] for i in order if i % 10 == 0]

letters = RNNLanguageModel(
    96,
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
words = RNNLanguageModel(
    64,
    cell="lstm",
    min_count=2,
    dropout=0.5,
    learning_rate="one_cycle",
    learning_rate_init=0.01,
    max_iter=12,
    engine="numba",
    random_state=0,
).fit(train)
for name, model in {"letters": letters, "words": words}.items():
    print(
        f"{name}: {model.n_tokens_:5} tokens, "
        f"{model.bits_per_character(held_out):.2f} bits per character"
    )

# %%
# What temperature does
# ---------------------
# The picture shows the distribution of the next letter after "Sunset B", at four
# temperatures. Below 1, likely letters become even likelier; above 1, unlikely letters
# become likelier.

prefix = "Sunset B"
p = letters.predict_proba([prefix])[0][-1]
shown = np.argsort(-p)[:12]
fig, axes = plt.subplots(1, 4, figsize=(10, 2.6), sharey=True, layout="constrained")
for ax, temperature in zip(axes, [0.3, 0.7, 1.0, 2.0]):
    q = p ** (1 / temperature)
    ax.bar(range(12), (q / q.sum())[shown], color="C0" if temperature == 1 else "0.6")
    ax.set_xticks(range(12), [repr(t).strip("'") for t in letters.tokens_[shown]])
    ax.set_title(f"T = {temperature}")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("probability")

# %%
# The samples
# -----------
# At low temperatures the names are plausible but similar; at high ones they become
# noise.

for temperature in (0.3, 0.7, 1.0, 1.5):
    print(f"\nletters, T = {temperature}")
    print(", ".join(letters.sample(5, temperature=temperature, random_state=3)))
for temperature in (0.7, 1.0):
    samples = words.sample(5, temperature=temperature, random_state=3)
    print(f"\nwords, T = {temperature}")
    print(", ".join(" ".join(sample) for sample in samples))

# %%
# ``beam_search`` finds the most likely names with a given beginning:

for text, log_p in letters.beam_search(prefix="Deep ", beam_size=50, n_best=5):
    print(f"{log_p:6.2f}  {text}")
