"""
Labels that depend on each other: a CRF
=======================================

A tagger can choose each label independently, or the best sequence of labels as a whole.
A word has one main stress, so the labels of its phones depend on each other. A
linear-chain CRF on top of the network learns these dependencies.
"""

# %%
# Two decoders
# ------------
# The network is small and reads in one direction only, so that the effect of the CRF
# can be seen.

from itertools import pairwise

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sksequence import RNNTagger
from sksequence.datasets import load_cmudict
from sksequence.inspection import TransitionsDisplay
from sksequence.metrics import sequence_accuracy_score, token_accuracy_score
from sksequence.preprocessing import TokenEncoder

words, phones = load_cmudict(return_X_y=True)
X = [[phone.rstrip("012") for phone in word] for word in phones]
y = [[phone[-1] if phone[-1] in "012" else "-" for phone in word] for word in phones]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, random_state=0
)

taggers = {}
for decoder in ("softmax", "crf"):
    taggers[decoder] = make_pipeline(
        TokenEncoder(),
        RNNTagger(
            32,
            cell="lstm",
            bidirectional=False,
            decoder=decoder,
            embedding_dim=16,
            dropout=0.0,
            learning_rate="one_cycle",
            learning_rate_init=0.01,
            max_iter=8,
            random_state=0,
        ),
    ).fit(X_train, y_train)
    predicted = taggers[decoder].predict(X_test)
    n_main = np.array([np.sum(labels == "1") for labels in predicted])
    print(
        f"{decoder:7}  phones {token_accuracy_score(y_test, predicted):.3f}  "
        f"words {sequence_accuracy_score(y_test, predicted):.3f}  "
        f"no main stress {np.sum(n_main == 0):3d}  several {np.sum(n_main > 1):3d}"
    )

# %%
# What the CRF learned about neighbors
# ------------------------------------
# The picture shows the score of a label (column) after another one (row). It is added
# to the scores that the network gives to each phone.

TransitionsDisplay.from_estimator(taggers["crf"][-1])

# %%
# The best sequences of labels
# ----------------------------
# ``predict_n_best`` gives several sequences for each word, with their probabilities.

encoder, crf = taggers["crf"]
word = X_test[int(np.argmax([len(x) for x in X_test]))]
(found,) = crf.predict_n_best(encoder.transform([word]), n=4)
print("      ", " ".join(f"{phone:>2}" for phone in word))
for labels, log_p in found:
    print(f"{np.exp(log_p):6.3f}", " ".join(f"{label:>2}" for label in labels))

# %%
# Rules that always hold
# ----------------------
# The scores of the CRF make some pairs of labels unlikely. Constraints make them
# impossible: here, all pairs that do not occur in the training set.

seen = {pair for labels in y_train for pair in pairwise(labels)}
classes = crf.classes_.tolist()
never = [(a, b) for a in classes for b in classes if (a, b) not in seen]
ruled = clone(taggers["crf"]).set_params(rnntagger__constraints=never)
ruled.fit(X_train, y_train)
for pair in never:
    print(pair, ruled[-1].transition_features_[pair])
