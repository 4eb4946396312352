"""
Which letters of a name count?
==============================

With ``pooling="attention"`` a classifier learns how much each step of a sequence
counts: what its output sees is a mean of the states with weights. ``AttentionDisplay``
draws the weights.
"""

# %%
# Train
# -----
# Female or male? First names are read letter by letter, in one direction, so that the
# state at a letter knows those before it only.

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
# Look
# ----
# The bars of a name sum to one. At the dashed line are those of a plain mean. The last
# letters tell most in English, and the state there knows all the others.

shown = ["alexandra", "alexander", "elizabeth", "christopher"]
fig, axes = plt.subplots(len(shown), figsize=(6, 6.5), layout="constrained")
for ax, name in zip(axes, shown):
    (ids,) = encoder.transform([name])
    AttentionDisplay.from_estimator(clf, ids, tokens=list(name), ax=ax)
    ax.set(xlabel="", title=clf.predict([ids])[0])

# %%
# As colors of the text they take less room.

display = AttentionDisplay.from_estimator(clf, ids, tokens=list(name), as_text=True)
