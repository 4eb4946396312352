"""What the steps of one utterance add to the probability of its speaker."""

import matplotlib.pyplot as plt

from sksequence import RNNClassifier
from sksequence.datasets import load_japanese_vowels
from sksequence.inspection import AttributionDisplay

X, y = load_japanese_vowels(subset="train", return_X_y=True)
clf = RNNClassifier(16, pooling="mean", max_iter=10, random_state=0).fit(X, y)
AttributionDisplay.from_estimator(clf, X[0])
plt.show()
