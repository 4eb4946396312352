"""
Comparing the cells
===================

Which cell suits your data? The cell is a parameter, so a grid search can find out. The
table ``CELLS`` holds all cells; your own cells can be in the same grid.
"""

# %%
# The search
# ----------
# All cells have the same number of units and are compared by three-fold
# cross-validation.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from sksequence import RNNClassifier
from sksequence.cells import CELLS, GRUCell
from sksequence.datasets import load_japanese_vowels

X, y = load_japanese_vowels(subset="train", return_X_y=True)
clf = RNNClassifier(32, max_iter=12, random_state=0)
cells = [*CELLS, GRUCell(reset_after=True)]
search = GridSearchCV(clf, {"cell": cells}, cv=3).fit(X, y)
print("best:", search.best_params_)

# %%
# Accuracy and time
# -----------------

results = search.cv_results_
names = [str(cell) for cell in cells]
scores = np.array([results[f"split{k}_test_score"] for k in range(3)])
places = np.arange(len(names))

fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
axes[0].plot(scores, [places] * 3, "o", color="C0", alpha=0.5)
axes[0].plot(scores.mean(axis=0), places, "k|", ms=16)
axes[0].set(yticks=places, yticklabels=names, xlabel="accuracy (mean: bar)")
axes[1].barh(places, results["mean_fit_time"], color="C1", height=0.6)
axes[1].set(xlabel="seconds to fit")
axes[0].invert_yaxis()
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="x", alpha=0.3)
fig.tight_layout()

# %%
# On these short utterances all cells are good. The differences between cells are not
# larger than those between folds. If a long memory matters, cells differ more: see
# :ref:`sphx_glr_auto_examples_plot_vanishing_gradients.py`.
