"""
Which letters were expected?
============================

A language model gives every letter a probability, given those before it. Drawn as
colors, they show where a text is as usual and where it is not.
"""

# %%
# Train
# -----
# The model reads names of colors, letter by letter. Some it does not get to see.

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
print(f"a letter of new names, in the mean: {np.exp(model.score(held_out)):.2f}")

# %%
# Look
# ----
# Pale letters were nearly certain, dark ones a surprise. Beginnings of words are hard to
# guess, their ends are easy. After a q comes a u, and where there is none the model is
# surprised. Where a name ends is a token too.

texts = ["Midnight Blue", "Turquoise", "Antique White", "Qatari Red", "Blxe Grwwn"]
display = LikelihoodDisplay.from_estimator(model, texts)

# %%
# A longer text is broken into lines.

LikelihoodDisplay.from_estimator(model, "".join(held_out[:25])[:260])

# %%
# Another model
# -------------
# ``from_predictions`` draws the log probabilities of any model. This one knows how often
# each letter occurs, and nothing of those before it.

counts = Counter("".join(train)) + Counter({"end": len(train)})
total = sum(counts.values())
tokens = [[*text, "end"] for text in texts]
log_p = [[np.log(max(counts[t], 1) / total) for t in text] for text in tokens]
LikelihoodDisplay.from_predictions(tokens, log_p, separator="")
