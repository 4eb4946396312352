"""
Who speaks? An early decision
=============================

A network that reads in one direction may be asked at every step. Here it names the
speaker of two Japanese vowels before the utterance ends: as soon as it is sure enough.
"""

# %%
# A network that reads forwards
# -----------------------------
# ``bidirectional=False``: what is said after a step then depends on the steps up to it,
# and on nothing later. Training looks at whole utterances all the same.

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
# Accuracy over the share of the utterance
# ----------------------------------------
# ``staged_predict`` gives the label after every step, from one pass through the data:
# what ``predict`` would say of each prefix.

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
# The simplest rule decides at the first step at which a probability exceeds a
# threshold, and at the end at the latest. A higher threshold waits longer.


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
# Where steps arrive one by one, ``step`` reads each once and hands back the state, in
# which is all that the network knows of the steps before.

state, n_read = clf.initial_state(), 0
for row in X_test[0]:
    p, state = clf.step(row[np.newaxis], state)
    n_read += 1
    if p.max() > 0.95:
        break
print(f"speaker {clf.classes_[p.argmax()]} after step {n_read} of {len(X_test[0])}")
