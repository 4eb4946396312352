"""
Which vowels are stressed? A label for every phone
==================================================

A bidirectional LSTM reads the phones of an English word and says for each whether it is
stressed: 1 for the main stress, 2 for a second one, 0 for a vowel without, "-" for a
consonant. A CRF lets the labels know of each other.
"""

# %%
# The data
# --------
# 8,000 words of the CMU Pronouncing Dictionary. The digits are taken off the phones and
# become the labels.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sksequence.metrics import sequence_accuracy_score, token_accuracy_score

from sksequence import RNNTagger
from sksequence.datasets import load_cmudict
from sksequence.inspection import TransitionsDisplay
from sksequence.preprocessing import TokenEncoder

words, phones = load_cmudict(return_X_y=True)
X = [[phone.rstrip("012") for phone in word] for word in phones]
y = [[phone[-1] if phone[-1] in "012" else "-" for phone in word] for word in phones]
print(words[0], X[0], y[0])
X_train, X_test, y_train, y_test, _, words_test = train_test_split(
    X, y, words, test_size=0.25, random_state=0
)

# %%
# With and without links between the labels
# -----------------------------------------

taggers = {}
for decoder in ("softmax", "crf"):
    taggers[decoder] = make_pipeline(
        TokenEncoder(),
        RNNTagger(
            64,
            bidirectional=True,
            embedding_dim=32,
            decoder=decoder,
            dropout=0.2,
            learning_rate="one_cycle",
            max_iter=8,
            random_state=0,
        ),
    ).fit(X_train, y_train)
    predicted = taggers[decoder].predict(X_test)
    print(
        f"{decoder:7}  phones {token_accuracy_score(y_test, predicted):.3f}  "
        f"whole words {sequence_accuracy_score(y_test, predicted):.3f}"
    )

# %%
# The network says little of words with two main stresses: it nearly always gives one.
# How often each decoder gives a word none, or more than one:

for decoder, tagger in taggers.items():
    n_main = [np.sum(labels == "1") for labels in tagger.predict(X_test)]
    print(
        f"{decoder:7}  none {n_main.count(0):3d}  "
        f"several {sum(n > 1 for n in n_main):3d}"
    )

# %%
# What it learnt of neighbours
# ----------------------------
# The score of a label (column) after another (row). Consonants follow anything;
# stressed vowels repel each other.

TransitionsDisplay.from_estimator(taggers["crf"][-1])

# %%
# Words by their probabilities
# ----------------------------
# Marginal probabilities of the labels, phone by phone, for some words of the test set.

shown = sorted(range(len(X_test)), key=lambda i: -len(X_test[i]))[:3]
fig, axes = plt.subplots(len(shown), 1, figsize=(7, 5.4), layout="constrained")
classes = taggers["crf"].classes_
for ax, i in zip(axes, shown):
    (p,) = taggers["crf"].predict_proba([X_test[i]])
    ax.imshow(p.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(X_test[i])), X_test[i])
    ax.set_yticks(range(len(classes)), classes)
    for t, label in enumerate(y_test[i]):
        ax.plot(t, list(classes).index(label), "o", mfc="none", mec="C1", ms=12)
    ax.set_title(words_test[i], loc="left", fontsize=10)
axes[-1].set_xlabel("phone (circles: the dictionary)")

# %%
# The sequences of labels that come next
# --------------------------------------

labels, log_proba = taggers["crf"][-1].predict_n_best(
    taggers["crf"][0].transform([X_test[shown[0]]]), n=3
)
print(" ".join(X_test[shown[0]]))
for row, log_p in zip(labels[0], log_proba[0]):
    print(" ".join(row), f"  {np.exp(log_p):.2f}")
