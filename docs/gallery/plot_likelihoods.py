"""
Which letters were expected?
============================

A language model gives every letter a probability, given the letters before it. Drawn as
colors, the probabilities show where a text is usual and where it is surprising.
"""

# %%
# Train
# -----
# The model is trained on half of the names of colors, letter by letter.

from collections import Counter

import numpy as np

from sksequence import RNNLanguageModel
from sksequence.datasets import load_color_names
from sksequence.inspection import LikelihoodDisplay

_, names = load_color_names(return_X_y=True)
train, held_out = names[::2], names[1::2]
model = RNNLanguageModel(
    64, analyzer="char", embedding_dim=16, max_iter=8, random_state=0
).fit(train)
mean = np.exp(model.score(held_out))
print(f"probability of a letter of new names (geometric mean): {mean:.2f}")

# %%
# Names as colored text
# ---------------------
# Pale letters were nearly certain, dark ones a surprise. Beginnings of words are hard
# to guess, their ends are easy. A q is not expected, but the u after it is. The end of
# a name is a token, too.

texts = ["Midnight Blue", "Turquoise", "Antique White", "Qatari Red", "Blxe Grwwn"]
display = LikelihoodDisplay.from_estimator(model, texts)

# %%
# These are the three least likely and the two most likely of the new names, per letter.
# Longer texts are broken into lines.

each = model.score_samples(held_out) / [len(name) + 1 for name in held_out]
order = np.argsort(each)
LikelihoodDisplay.from_estimator(model, [held_out[k] for k in order[[0, 1, 2, -2, -1]]])

# %%
# Another model
# -------------
# ``from_predictions`` draws the log probabilities of any model. This model only knows
# how often each letter occurs, and nothing about the letters before it.

counts = Counter("".join(train)) + Counter({"</s>": len(train)})
total = sum(counts.values())
tokens = [[*text, "</s>"] for text in texts]
log_p = [[np.log(max(counts[t], 1) / total) for t in text] for text in tokens]
LikelihoodDisplay.from_predictions(tokens, log_p, separator="")
