"""
How training went
=================

A fitted estimator keeps a row of numbers for each epoch, ``history_``.
``TrainingDisplay`` draws them. The picture shows whether a network learns, overfits, or
has a learning rate that is too high.
"""

# %%
# One fit
# -------
# Nine men say two vowels; who speaks? With ``early_stopping=True`` a part of the
# recordings is left out of training and scored after each epoch. The weights of the
# best epoch, at the dashed line, are kept.

from sksequence import RNNClassifier
from sksequence.datasets import load_japanese_vowels
from sksequence.inspection import TrainingDisplay

X, y = load_japanese_vowels(subset="train", return_X_y=True)
settings = {"hidden_layer_sizes": 16, "max_iter": 15, "random_state": 0}
clf = RNNClassifier(early_stopping=True, **settings).fit(X, y)
display = TrainingDisplay.from_estimator(clf)
print(f"the weights are those of epoch {display.best_epoch} of {clf.n_iter_}")

# %%
# The loss falls fast and then slowly, as it should. The gradient becomes smaller, too:
# the thick line is the mean of its norm over the batches of an epoch, the thin line the
# largest norm. The learning rate follows its schedule, a cosine.
#
# Several fits
# ------------
# To compare fits, pass the axes of the first display to the others. Here the fits
# differ in their learning rates.

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
# or a higher rate. With the highest rate the loss jumps, and the gradients of some
# batches are a hundred times as large as others. The network learns late, when the
# cosine has made the rate small.
#
# Other columns of the history
# ----------------------------
# Any column of ``history_`` can be a panel. Gradients with a norm above ``clip_norm=5``
# are scaled down to it; ``n_clipped`` counts how often.

TrainingDisplay.from_estimator(
    fit, names=["max_gradient_norm", "n_clipped", "steps_per_second"]
)
print(*fit.history_[0], sep="\n")
