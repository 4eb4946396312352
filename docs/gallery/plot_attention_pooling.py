"""
Which letters of a name count?
==============================

With ``pooling="attention"`` a classifier learns how much each step of a sequence
counts: its output layer reads a weighted mean of the states. ``AttentionDisplay`` draws
the weights.
"""

# %%
# Train
# -----
# Is a first name female or male? The network reads names letter by letter, in one
# direction, so the state at a letter depends only on this letter and those before it.

import matplotlib.pyplot as plt

from sksequence import RNNClassifier
from sksequence.datasets import load_first_names
from sksequence.inspection import AttentionDisplay
from sksequence.preprocessing import TokenEncoder

names, sexes = load_first_names(return_X_y=True)
encoder = TokenEncoder(analyzer="char", lowercase=True).fit(names)
X = encoder.transform(names)
clf = RNNClassifier(
    32,
    pooling="attention",
    bidirectional=False,
    embedding_dim=16,
    max_iter=6,
    random_state=0,
).fit(X[::2], sexes[::2])
print(f"accuracy on new names: {clf.score(X[1::2], sexes[1::2]):.3f}")

# %%
# The weights of the letters
# --------------------------
# The bars of a name sum to one. The dashed line shows the weights of a plain mean. In
# English the last letters are the most informative, and the states there depend on all
# letters before.

shown = ["alexandra", "alexander", "elizabeth", "christopher"]
fig, axes = plt.subplots(len(shown), figsize=(6, 6.5), layout="constrained")
for ax, name in zip(axes, shown):
    (ids,) = encoder.transform([name])
    AttentionDisplay.from_estimator(clf, ids, tokens=list(name), ax=ax)
    ax.set(xlabel="", title=clf.predict([ids])[0])

# %%
# Shown as colors of the text, the weights take less space.

display = AttentionDisplay.from_estimator(clf, ids, tokens=list(name), as_text=True)
