"""The transitions between labels of stress that a CRF learned."""

import matplotlib.pyplot as plt

from sksequence import RNNTagger
from sksequence.datasets import load_cmudict
from sksequence.inspection import TransitionsDisplay
from sksequence.preprocessing import TokenEncoder

_, phones = load_cmudict(return_X_y=True)
X = TokenEncoder().fit_transform([[p.rstrip("012") for p in word] for word in phones])
y = [[p[-1] if p[-1] in "012" else "-" for p in word] for word in phones]
tagger = RNNTagger(16, embedding_dim=16, decoder="crf", max_iter=3, random_state=0).fit(
    X[::2], y[::2]
)
TransitionsDisplay.from_estimator(tagger)
plt.show()
