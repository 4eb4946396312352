"""
Female or male? Names, letter by letter
=======================================

A GRU reads a first name as a sequence of characters. Each character is a token, and has
a vector, its embedding, which is learned in training.
"""

# %%
# From letters to token ids
# -------------------------
# The encoder gives each character an integer, its token id. The most frequent
# characters have the smallest ids; 0 is the id of unknown characters.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sksequence import RNNClassifier
from sksequence.datasets import load_first_names
from sksequence.preprocessing import TokenEncoder

names, sexes = load_first_names(return_X_y=True)
encoder = TokenEncoder(analyzer="char", lowercase=True).fit(names)
print(*encoder.get_feature_names_out())  # in the order of their ids
print(names[0], encoder.transform(names[:1])[0])

# %%
# Fit
# ---
# ``embedding_dim`` tells the network that the steps are token ids.

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
# The prediction after each letter
# --------------------------------
# The beginnings of a name are sequences, too. Their probabilities show how each letter
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
# What the network has learned about letters
# ------------------------------------------
# The picture shows the embedding in two dimensions. The color of a letter is the
# fraction of women's names among the names that end with it. The network was not told
# that endings matter.

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
fig.colorbar(dots, label="fraction of women's names with this ending")
fig.tight_layout()
