"""
How training went
=================

A fitted estimator keeps a row of numbers for each epoch, ``history_``.
``TrainingDisplay`` draws them. Whether a network learns, learns by heart, or has a rate
that is too high is seen there at once.
"""

# %%
# One fit
# -------
# Nine men say two vowels; who speaks? With ``early_stopping=True`` a part of the
# recordings is left out of training and scored after each epoch. The weights of the
# best epoch are kept: the dashed line.

from sksequence import RNNClassifier
from sksequence.datasets import load_japanese_vowels
from sksequence.inspection import TrainingDisplay

X, y = load_japanese_vowels(subset="train", return_X_y=True)
settings = {"hidden_layer_sizes": 16, "max_iter": 15, "random_state": 0}
clf = RNNClassifier(early_stopping=True, **settings).fit(X, y)
display = TrainingDisplay.from_estimator(clf)
print(f"the weights are those of epoch {display.best_epoch} of {clf.n_iter_}")

# %%
# The loss falls fast and then slowly, as it should. The gradient gets smaller with it:
# its norm is a mean over the batches of an epoch, and the thin line is the highest. The
# learning rate follows its plan, a cosine.
#
# Several fits
# ------------
# Pass the axes of the first display on to the others. Here they differ in their
# learning rate.

axes = None
for rate in [0.0003, 0.005, 0.5]:
    fit = RNNClassifier(learning_rate_init=rate, **settings).fit(X, y)
    display = TrainingDisplay.from_estimator(
        fit, names=["loss", "gradient_norm"], label=f"rate {rate:g}", ax=axes
    )
    axes = display.axes_
axes[0].set_yscale("log")

# %%
# With the lowest rate the loss still falls when training stops: it needs more epochs,
# or a higher rate. With the highest one it jumps, and the gradients of some batches are
# a hundred times those of others. It learns late, when the cosine has made it small.
#
# Everything that is kept
# -----------------------
# Any column of ``history_`` is a panel. Gradients above ``clip_norm=5`` are scaled down
# to it: how often, ``n_clipped`` says.

TrainingDisplay.from_estimator(
    fit, names=["max_gradient_norm", "n_clipped", "steps_per_second"]
)
print(list(fit.history_[0]))
