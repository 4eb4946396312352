"""
Why this prediction?
====================

Integrated gradients tell what each number of a series, or each word of a text, adds to
one prediction. Here they explain a speaker who is recognised, one who is confused with
another, and a verb that has to agree with a noun.
"""

# %%
# Who speaks?
# -----------
# Nine speakers say a vowel: each step has 12 features of the sound. We explain the log
# probability of the speaker that the network names. The baseline is the mean of each
# feature over the training set.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNClassifier, RNNLanguageModel
from sksequence.datasets import load_japanese_vowels
from sksequence.inspection import AttributionDisplay, integrated_gradients

X_train, y_train = load_japanese_vowels(subset="train", return_X_y=True)
X_test, y_test = load_japanese_vowels(subset="test", return_X_y=True)
clf = RNNClassifier(32, max_iter=20, random_state=0).fit(X_train, y_train)
print(f"accuracy {clf.score(X_test, y_test):.3f}")

AttributionDisplay.from_estimator(clf, X_test[0])

# %%
# The numbers sum to the difference of the log probabilities, so they may be added up:
# over features, for what each step says, and over steps, for the features.

some = X_test[::10]
found = integrated_gradients(clf, some)
of_features = np.array([np.abs(a.sum(axis=0)) for a in found]).mean(axis=0)
print("what features add, or take away, on average:", of_features.round(2))

# %%
# An error
# --------
# ``target`` asks for another label. In an utterance that the network gets wrong, what
# speaks for the right speaker, and what against?

predicted = clf.predict(X_test)
wrong = int(np.flatnonzero(predicted != y_test)[0])
_, axes = plt.subplots(2, figsize=(8, 8), layout="constrained")
for ax, label in zip(axes, (predicted[wrong], y_test[wrong])):
    AttributionDisplay.from_estimator(clf, X_test[wrong], target=label, ax=ax)

# %%
# Was or were?
# ------------
# A language model reads sentences in which only the noun tells which verb will come,
# many words later. What makes "were" likely?

rng = np.random.RandomState(0)
text = "the cats which already ate a lot of food were"
fillers = text.split()[2:-1]


def sentence():
    number = rng.randint(2)
    noun = [["cat", "dog"], ["cats", "dogs"]][number][rng.randint(2)]
    between = rng.choice(fillers, rng.randint(1, 8))
    return " ".join(["the", noun, *between, ["was", "were"][number], "full"])


model = RNNLanguageModel(
    16, embedding_dim=8, dropout=0, learning_rate_init=0.03, max_iter=20, random_state=0
).fit([sentence() for _ in range(1000)])

AttributionDisplay.from_estimator(model, text, step=-1)

# %%
# That a verb comes now, and which of the two, are both in this probability.
# Attributions may be subtracted: those of "were" minus those of "was", after the same
# words, are those of the odds of "were".
#
# And it matters with what the words are compared. The default is zeros in the place of
# their vectors. With that, "the" counts as well, for without it nothing has begun. Here
# each word is compared with a word that says nothing of the number, "a". Then the noun
# decides.

before = text.rpartition(" ")[0]
were, was = (
    integrated_gradients(model, [before], target=verb, baseline="a")[0]
    for verb in ("were", "was")
)
AttributionDisplay(
    were - was, tokens=before.split(), title="log odds of were against was"
).plot()
