"""
Who speaks? An early decision
=============================

A network that reads in one direction can predict at every step. Here it names the
speaker of two Japanese vowels before the utterance ends, as soon as it is sure enough.
"""

# %%
# A network that reads forward
# ----------------------------
# With ``bidirectional=False`` the prediction after a step depends only on this step and
# those before it. Training still uses whole utterances.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNClassifier
from sksequence.datasets import load_japanese_vowels

X_train, y_train = load_japanese_vowels(subset="train", return_X_y=True)
X_test, y_test = load_japanese_vowels(subset="test", return_X_y=True)

clf = RNNClassifier(
    64, bidirectional=False, pooling="mean", max_iter=30, random_state=0
)
clf.fit(X_train, y_train)
print(f"accuracy after the whole utterance: {clf.score(X_test, y_test):.3f}")

# %%
# Accuracy after each part of the utterance
# -----------------------------------------
# ``staged_predict`` gives the label after every step, in one pass through the data. The
# labels are those that ``predict`` would give for each beginning of the utterance.

staged = clf.staged_predict(X_test)
shares = np.linspace(0.05, 1, 20)
accuracy = [
    np.mean([y[int(np.ceil(share * len(y))) - 1] for y in staged] == y_test)
    for share in shares
]
print(f"after half of it: {np.interp(0.5, shares, accuracy):.3f}")

fig, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(100 * shares, accuracy, marker="o", markersize=3)
ax.axhline(accuracy[-1], color="gray", linewidth=0.8, linestyle="--")
ax.set(xlabel="% of the utterance", ylabel="accuracy", ylim=(0, 1.02))
fig.tight_layout()

# %%
# When to decide
# --------------
# A simple rule decides at the first step at which a probability exceeds a threshold, or
# else at the end. With a higher threshold it waits longer.


def decide(p, threshold):
    """The step of the decision, counted from 1."""
    sure = np.flatnonzero(p.max(axis=1) > threshold)
    return sure[0] + 1 if len(sure) else len(p)


probabilities = clf.staged_predict_proba(X_test)
for threshold in (0.5, 0.8, 0.9, 0.95, 0.99):
    n_steps = [decide(p, threshold) for p in probabilities]
    share = np.mean(np.divide(n_steps, X_test.lengths))
    labels = [y[n - 1] for y, n in zip(staged, n_steps)]
    right = np.mean(np.equal(labels, y_test))
    print(f"{threshold:.2f}: after {share:4.0%} of the utterance, accuracy {right:.3f}")

# %%
# The same with a stream
# ----------------------
# If steps arrive one by one, ``step`` reads each of them once. It returns a state,
# which holds all that the network remembers of the steps so far.

state, n_read = clf.initial_state(), 0
for row in X_test[0]:
    p, state = clf.step(row[np.newaxis], state)
    n_read += 1
    if p.max() > 0.95:
        break
print(f"speaker {clf.classes_[p.argmax()]} after step {n_read} of {len(X_test[0])}")
