"""
Who says the vowels?
====================

Nine men said the two Japanese vowels /ae/ in succession. An utterance is a sequence of
7 to 29 steps with twelve numbers each. A bidirectional GRU tells the speakers apart.
The problem is many-to-one, with sequences of unequal length.
"""

# %%
# The data
# --------
# The pictures show three utterances of each of three speakers. Steps go from left to
# right; each row of a picture is one of the twelve coefficients.

import matplotlib.pyplot as plt
from sklearn.decomposition import PCA
from sklearn.metrics import ConfusionMatrixDisplay

from sksequence import RNNClassifier
from sksequence.datasets import load_japanese_vowels
from sksequence.inspection import TrainingDisplay

X_train, y_train = load_japanese_vowels(subset="train", return_X_y=True)
X_test, y_test = load_japanese_vowels(subset="test", return_X_y=True)
print(X_train)

fig, axes = plt.subplots(3, 3, figsize=(7, 4.5), sharex=True, sharey=True)
for row, speaker in zip(axes, [1, 5, 9]):
    for ax, utterance in zip(row, X_train[y_train == speaker]):
        ax.imshow(utterance.T, aspect="auto", cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    row[0].set_ylabel(f"speaker {speaker}")
axes[-1, 1].set_xlabel("step")
axes[0, 0].set(xlim=(-0.5, 24.5), yticks=[])
fig.tight_layout()

# %%
# Fit and score
# -------------
# The network standardizes the steps: each coefficient has mean 0 and standard deviation
# 1 over the training set.

clf = RNNClassifier(64, max_iter=30, random_state=0)
clf.fit(X_train, y_train)
print(f"accuracy on new utterances: {clf.score(X_test, y_test):.3f}")

# %%
# How training went
# -----------------
# ``history_`` has a row for each epoch; see :doc:`/auto_examples/plot_training`.

TrainingDisplay.from_estimator(clf)

# %%
# Which speakers are confused
# ---------------------------

fig, ax = plt.subplots(figsize=(5, 5))
ConfusionMatrixDisplay.from_estimator(
    clf, X_test, y_test, cmap="Blues", colorbar=False, ax=ax
)
ax.set(xlabel="predicted speaker", ylabel="true speaker")
fig.tight_layout()

# %%
# What the output layer reads
# ---------------------------
# ``transform`` gives the pooled states: one vector for each sequence, whatever its
# length. The first two principal components already separate most speakers.

states = clf.transform(X_test)
points = PCA(n_components=2).fit_transform(states)
fig, ax = plt.subplots(figsize=(5.5, 4.2))
for speaker in range(1, 10):
    ax.scatter(*points[y_test == speaker].T, s=12, label=speaker)
ax.set(xlabel="first component", ylabel="second component")
ax.legend(title="speaker", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
fig.tight_layout()
