"""
Why this prediction?
====================

Integrated gradients tell how much each number of a series, or each word of a text, adds
to one prediction. Here they explain why a speaker is recognized, why a speaker is
confused with another, and why a verb agrees with a noun.
"""

# %%
# Who speaks?
# -----------
# Nine speakers say two vowels. Each step has 12 features of the sound. We explain the
# log probability of the speaker that the network predicts. The baseline is the mean of
# each feature over the training set.

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
# The numbers of an utterance sum to the difference between the log probabilities of the
# utterance and of the baseline. You can add them up over features, to get one number
# per step, or over steps, to get one number per feature.

some = X_test[::10]
found = integrated_gradients(clf, some)
of_features = np.array([np.abs(a.sum(axis=0)) for a in found]).mean(axis=0)
print("mean size of what each feature adds or takes away:")
print(of_features.round(2))

# %%
# An error
# --------
# ``target`` chooses the label to explain. Here the network predicts a wrong speaker.
# The upper picture explains the predicted speaker, the lower one the true speaker.

predicted = clf.predict(X_test)
wrong = int(np.flatnonzero(predicted != y_test)[0])
_, axes = plt.subplots(2, figsize=(8, 8), layout="constrained")
for ax, label in zip(axes, (predicted[wrong], y_test[wrong])):
    AttributionDisplay.from_estimator(clf, X_test[wrong], target=label, ax=ax)

# %%
# Was or were?
# ------------
# A language model reads sentences in which only the noun determines the verb, many
# words later. What makes "were" likely?

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
# This probability depends on two things: that a verb comes now, and which of the two it
# is. To explain only the second, subtract the attributions of "was" from those of
# "were". The result explains the log odds of "were" against "was".
#
# The baseline matters, too. By default the vectors of the words are compared with
# zeros. Then "the" counts as well, since without it the sentence has not begun. Here
# each word is compared with "a", a word that tells nothing about the number. Now the
# noun decides.

before = text.rpartition(" ")[0]
were, was = (
    integrated_gradients(model, [before], target=verb, baseline="a")[0]
    for verb in ("were", "was")
)
AttributionDisplay(
    were - was, tokens=before.split(), title="log odds of were against was"
).plot()
