"""
Vanishing gradients, before and after training
==============================================

How much of a gradient is left, k steps back in time? We measure it for new networks and
for networks trained on the adding problem, which cannot be solved without memory.
"""

# %%
# The measurement
# ---------------
# ``trace`` gives the gradient of a sequence's loss at the states after every step. We
# divide its norm by that at the last step, and see what is left k steps before.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNRegressor
from sksequence.datasets import make_adding_problem
from sksequence.inspection import trace


def gradient_left(model, X, y):
    """How much of the gradient is left at the states k steps back, k = 0 ... T - 1.

    The mean over the sequences.
    """
    left = []
    for sequence, target in zip(X, y):
        found = trace(model, sequence, target, gradients=True)
        states = [k for k, kind in found.kinds.items() if kind == "state"]
        both = np.concatenate([found.gradients[k] for k in states], axis=1)
        norms = np.linalg.norm(both, axis=1)
        left.append(norms[::-1] / norms[-1])
    return np.mean(left, axis=0)


# %%
# The adding problem
# ------------------
# Each step has a number and a mark. Two of the steps are marked; the target is the sum
# of their numbers.

N_STEPS = 30
X, y = make_adding_problem(n_samples=2000, n_steps=N_STEPS, random_state=0)
X_test, y_test = make_adding_problem(n_samples=500, n_steps=N_STEPS, random_state=1)
for t in range(3):
    print(X[0, t])

# %%
# Train three networks
# --------------------
# And keep three as they start: one epoch with a learning rate of next to nothing.

new, trained = {}, {}
for name in ["rnn", "gru", "lstm"]:
    reg = RNNRegressor(32, cell=name, max_iter=15, n_iter_no_change=15, random_state=0)
    trained[name] = reg.fit(X, y)
    print(f"{name:5} R2 on new sequences: {reg.score(X_test, y_test):6.3f}")
    reg = RNNRegressor(32, cell=name, max_iter=1, learning_rate_init=1e-12)
    new[name] = reg.set_params(random_state=0).fit(X, y)

# %%
# The gradients
# -------------
# Left: with start values. Right: after training. A line that falls straight on this
# logarithmic axis is a gradient that vanishes exponentially.

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.6), sharey=True)
for ax, models in zip(axes, [new, trained]):
    for name, reg in models.items():
        left = gradient_left(reg, X_test[:32], y_test[:32])
        ax.semilogy(left, label=name, lw=2)
axes[0].set(title="new", ylabel="gradient that is left", xlabel="steps back")
axes[1].set(title="trained on the adding problem", xlabel="steps back")
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.3)
axes[0].legend(frameon=False)
fig.tight_layout()

# %%
# A new GRU forgets even faster than a new simple RNN, for its gates stand half open.
# But gates can learn to stay shut, and then the gradient passes: look how both gated
# networks have flattened. The simple RNN has nothing to learn that with. After training
# even less comes back than before.
#
# Learning curves
# ---------------
# The loss is half the squared error of standardised targets, so 0.5 means: it answers
# with the mean.

fig, ax = plt.subplots(figsize=(6, 3.4))
for name, reg in trained.items():
    ax.plot(range(1, reg.n_iter_ + 1), reg.loss_curve_, label=name, lw=2)
ax.axhline(0.5, color="k", ls=":", lw=1)
ax.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
fig.tight_layout()
