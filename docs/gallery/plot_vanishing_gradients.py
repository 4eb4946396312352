"""
Vanishing gradients, before and after training
==============================================

How much of a gradient is left, k steps back in time? We measure it for new networks and
for networks trained on the adding problem, which cannot be solved without memory.
"""

# %%
# The measurement
# ---------------
# Run a cell to step T - k and keep its states. From there take k steps, put a gradient
# of norm 1 on the last hidden state, and see what comes back.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNRegressor
from sksequence.cells import CELLS
from sksequence.datasets import make_adding_problem
from sksequence.sequences import Steps


def gradient_norms(cell, params, X):
    """Norm of d h_T / d (state at T - k), in a random direction, for k = 1 ... T - 1.

    X has shape (n_sequences, n_steps, n_features); the mean is over the sequences.
    """
    n_sequences, n_steps, n_features = X.shape
    rows = X.transpose(1, 0, 2)  # by time: packed rows of sequences of equal length
    n_units = params["U"].shape[0]
    direction = np.random.RandomState(0).standard_normal((n_sequences, n_units))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    norms = []
    for k in range(1, n_steps):
        before = Steps([n_steps - k] * n_sequences)
        early = rows[: n_steps - k].reshape(-1, n_features)
        _, states, _ = cell.forward(params, early, before)

        last_k = Steps([k] * n_sequences)
        late = rows[n_steps - k :].reshape(-1, n_features)
        H, _, tape = cell.forward(params, late, last_k, states)
        dH = np.zeros_like(H)
        dH[-n_sequences:] = direction
        grads = {name: np.zeros_like(values) for name, values in params.items()}
        _, dstates = cell.backward(params, grads, dH, tape)
        squares = sum((d * d).sum(axis=1) for d in dstates)
        norms.append(np.sqrt(squares).mean())
    return norms


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

trained = {}
for name in ["rnn", "gru", "lstm"]:
    reg = RNNRegressor(32, cell=name, max_iter=15, n_iter_no_change=15, random_state=0)
    trained[name] = reg.fit(X, y)
    print(f"{name:5} R2 on new sequences: {reg.score(X_test, y_test):6.3f}")

# %%
# The gradients
# -------------
# Left: with start values. Right: after training. A line that falls straight on this
# logarithmic axis is a gradient that vanishes exponentially.

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.6), sharey=True)
sample = X_test[:32]
for name, reg in trained.items():
    cell = CELLS[name]
    shapes = cell.shapes(n_features=2, n_units=32)
    new = {key: np.empty(shape) for key, shape in shapes.items()}
    cell.init(new, np.random.RandomState(0))
    learnt = {key: reg.params_[f"rnn0.{key}"] for key in new}
    for ax, params in zip(axes, [new, learnt]):
        norms = gradient_norms(cell, params, sample)
        ax.semilogy(range(1, N_STEPS), norms, label=name, lw=2)
axes[0].set(title="new", ylabel="norm of the gradient", xlabel="steps back")
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
