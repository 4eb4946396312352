"""
Which vowels are stressed? A label for every phone
==================================================

A bidirectional LSTM reads the phones of an English word and predicts the stress of
each: 1 for the main stress, 2 for secondary stress, 0 for a vowel without stress, "-"
for a consonant.
"""

# %%
# The data
# --------
# The data are 8,000 words of the CMU Pronouncing Dictionary. We separate the digits
# from the phones and use them as labels.

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sksequence import RNNTagger
from sksequence.datasets import load_cmudict
from sksequence.metrics import flat_classification_report, sequence_accuracy_score
from sksequence.preprocessing import TokenEncoder

words, phones = load_cmudict(return_X_y=True)
X = [[phone.rstrip("012") for phone in word] for word in phones]
y = [[phone[-1] if phone[-1] in "012" else "-" for phone in word] for word in phones]
print(words[0], X[0], y[0])
X_train, X_test, y_train, y_test, _, words_test = train_test_split(
    X, y, words, test_size=0.25, random_state=0
)

# %%
# Fit
# ---
# Phones become token ids, and for each id a vector is learned. The stress of a vowel
# depends on the phones before it and after it, so the network reads in both directions.

tagger = make_pipeline(
    TokenEncoder(),
    RNNTagger(
        64,
        cell="lstm",
        bidirectional=True,
        embedding_dim=32,
        dropout=0.2,
        learning_rate="one_cycle",
        learning_rate_init=0.01,
        max_iter=8,
        random_state=0,
    ),
).fit(X_train, y_train)
predicted = tagger.predict(X_test)
print(flat_classification_report(y_test, predicted, digits=3))
print(f"words with all labels right: {sequence_accuracy_score(y_test, predicted):.3f}")

# %%
# How sure the tagger is
# ----------------------
# The picture shows the probabilities of the labels, phone by phone, for the longest
# words of the test set. Circles are the labels in the dictionary.

shown = sorted(range(len(X_test)), key=lambda i: -len(X_test[i]))[:3]
classes = tagger[-1].classes_.tolist()
fig, axes = plt.subplots(len(shown), 1, figsize=(7, 5.4), layout="constrained")
for ax, i in zip(axes, shown):
    (p,) = tagger.predict_proba([X_test[i]])
    image = ax.imshow(p.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(X_test[i])), X_test[i])
    ax.set_yticks(range(len(classes)), classes)
    for t, label in enumerate(y_test[i]):
        ax.plot(t, classes.index(label), "o", mfc="none", mec="C1", ms=12)
    ax.set_title(words_test[i], loc="left", fontsize=10)
fig.colorbar(image, ax=axes, label="probability")
