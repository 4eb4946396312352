"""
How to say a word: letters to phones, with attention
====================================================

The data are 8,000 English words and their pronunciations. Phones are not letters:
"through" has seven letters and three phones. An encoder reads the word, and a decoder
generates the phones one by one, looking back at the letters.
"""

# %%
# Train
# -----
# Without stress marks there are 39 phones. Words are strings, and each letter is a
# token; pronunciations are lists of phones.

import re

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNTranslator
from sksequence.datasets import load_cmudict
from sksequence.inspection import AttentionDisplay
from sksequence.metrics import exact_match_score, token_error_rate

words, phones = load_cmudict(return_X_y=True)
phones = [[re.sub(r"[0-9]", "", phone) for phone in word] for word in phones]
order = np.random.RandomState(0).permutation(len(words))
train, test = order[800:], order[:800]
model = RNNTranslator(
    96,
    cell="lstm",
    source_analyzer="char",
    embedding_dim=48,
    dropout=0.3,
    learning_rate="one_cycle",
    learning_rate_init=0.01,
    max_iter=15,
    beam_size=4,
    engine="numba",
    random_state=0,
).fit([words[i] for i in train], [phones[i] for i in train])

# %%
# New words
# ---------
# English words often have more than one plausible pronunciation, and 7,200 training
# words are few.

X, y = [words[i] for i in test], [phones[i] for i in test]
found = model.predict(X)
print(f"words without error: {exact_match_score(y, found):.1%}")
print(f"phone error rate:    {token_error_rate(y, found):.1%}")
for word in ["sequence", "networks", "gradient", "attention", "sklearn"]:
    for said, log_p in model.predict_n_best([word], 4)[0][:2]:
        print(f"{word:10} {np.exp(log_p):5.1%}  {' '.join(said)}")

# %%
# The attention of the decoder
# ----------------------------
# Rows are the phones that the decoder generated, columns the letters. The decoder moves
# from left to right, takes two letters for one sound together, and skips silent ones.

fig, axes = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
for ax, word in zip(axes, ["thoughtful", "psychic", "checkmate"]):
    AttentionDisplay.from_estimator(model, word, ax=ax)
    ax.set(xlabel="", ylabel="")
