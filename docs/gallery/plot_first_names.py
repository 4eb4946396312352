"""
Female or male? Names, letter by letter
=======================================

A GRU reads a first name as a sequence of characters. Each character is a token with a
vector of its own, an embedding, that is learnt with the rest.
"""

# %%
# From letters to token ids
# -------------------------
# The encoder gives each character an integer, its token id, the most frequent first;
# 0 stands for a character that it has never seen.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sksequence import RNNClassifier
from sksequence.datasets import load_first_names
from sksequence.preprocessing import TokenEncoder

names, sexes = load_first_names(return_X_y=True)
encoder = TokenEncoder(analyzer="char", lowercase=True).fit(names)
print(encoder.vocabulary_)
print(names[0], encoder.transform(names[:1])[0])

# %%
# Fit
# ---
# ``embedding_dim`` says that the steps are tokens.

names_train, names_test, y_train, y_test = train_test_split(
    names, sexes, test_size=0.2, stratify=sexes, random_state=0
)
clf = make_pipeline(
    encoder,
    RNNClassifier(
        64,
        bidirectional=False,
        pooling="last",
        embedding_dim=16,
        dropout=0.2,
        max_iter=12,
        random_state=0,
    ),
)
clf.fit(names_train, y_train)
print(f"accuracy on new names: {clf.score(names_test, y_test):.3f}")

# %%
# The prediction while it reads
# -----------------------------
# The beginnings of a name are sequences too. Their probabilities show how each letter
# changes the prediction.


def probabilities_while_reading(name):
    """P(female) after each letter."""
    beginnings = [name[:t] for t in range(1, len(name) + 1)]
    return clf.predict_proba(beginnings)[:, list(clf.classes_).index("female")]


shown = ["Martin", "Martina", "Victor", "Victoria", "Patrick", "Patricia", "Joseph"]
width = max(len(name) for name in shown)
table = np.full((len(shown), width), np.nan)
for row, name in zip(table, shown):
    row[: len(name)] = probabilities_while_reading(name)

fig, ax = plt.subplots(figsize=(7, 4))
image = ax.imshow(table, cmap="PuOr", vmin=0, vmax=1, alpha=0.8, aspect="auto")
for i, name in enumerate(shown):
    for t, letter in enumerate(name):
        ax.text(t, i, letter, ha="center", va="center", fontsize=14)
ax.set(xticks=[], yticks=[])
ax.spines[:].set_visible(False)
fig.colorbar(image, label="P(female) after this letter")
fig.tight_layout()

# %%
# What it knows about letters
# ---------------------------
# The picture shows the embedding in two dimensions. The color of a letter is the
# fraction of women among the names that end with it. Nobody told the network what an
# ending is.

characters = encoder.get_feature_names_out()[1:]
vectors = clf[-1].params_["embedding.E"][1:]
_, _, axes_ = np.linalg.svd(vectors - vectors.mean(axis=0))
points = (vectors - vectors.mean(axis=0)) @ axes_[:2].T
last = np.array([name[-1].lower() for name in names])
fraction = [
    (sexes[last == character] == "female").mean() if (last == character).any() else 0.5
    for character in characters
]

fig, ax = plt.subplots(figsize=(5.5, 4.2))
dots = ax.scatter(*points.T, c=fraction, cmap="PuOr", vmin=0, vmax=1, s=260, alpha=0.8)
for point, character in zip(points, characters):
    ax.text(*point, character, ha="center", va="center_baseline")
ax.set(xlabel="first component", ylabel="second component")
fig.colorbar(dots, label="fraction of women among names with this ending")
fig.tight_layout()
