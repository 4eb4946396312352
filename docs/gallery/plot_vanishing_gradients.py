"""
Vanishing gradients: measured, and what they cost
=================================================

How much of a gradient is left k steps back in time? We measure this in untrained
networks. Then each cell learns the adding problem over 150 steps, with the better of
two learning rates, and we measure again.
"""

# %%
# The measurement
# ---------------
# ``trace`` returns the gradient of a sequence's loss at the states after every step. We
# divide its norm k steps before the end by its norm at the last step. An LSTM has two
# states, h and c; we join their gradients into one vector.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNRegressor
from sksequence.cells import CELLS, GRUCell, LSTMCell, by_gate
from sksequence.datasets import make_adding_problem
from sksequence.inspection import trace


def gradient_left(model, X, y):
    """Fraction of the gradient at the states k steps back, for k = 0 ... T - 1.

    The median over the sequences.
    """
    left = []
    for sequence, target in zip(X, y):
        found = trace(model, sequence, target, gradients=True)
        states = [k for k, kind in found.kinds.items() if kind == "state"]
        both = np.concatenate([found.gradients[k] for k in states], axis=1)
        norms = np.linalg.norm(np.float64(both), axis=1)
        left.append(norms[::-1] / norms[-1])
    return np.median(left, axis=0)


# %%
# The cells
# ---------
# Four cells are the library's. The other two are our own: a GRU and an LSTM that keep
# nearly everything before training. Only the start values of the biases of their gates
# differ: the sigmoid of -4 is 0.02, that of 4 is 0.98.


class KeepingGRU(GRUCell):
    """The update gate starts nearly closed."""

    def init(self, params, rng):
        super().init(params, rng)
        by_gate(params["b"], len(self.gates))[1] = -4  # of r, u, n: u


class KeepingLSTM(LSTMCell):
    """The forget gate starts nearly open, the input gate nearly closed: c is kept."""

    def init(self, params, rng):
        super().init(params, rng)
        by_gate(params["b"], len(self.gates))[:2] = [[[-4]], [[4]]]  # of i, f, o, g


cells = {name: CELLS[name] for name in ["rnn", "rnn_relu", "gru", "lstm"]}
keeping = {"gru, keeps at first": KeepingGRU(), "lstm, keeps at first": KeepingLSTM()}
colors = dict(zip([*cells, *keeping], ["C0", "C4", "C1", "C2", "C1", "C2"]))


def draw(ax, name, x, y):
    line = "--" if name in keeping else "-"
    ax.plot(x, y, line, color=colors[name], label=name, lw=2)


# %%
# The gradient in untrained networks
# ----------------------------------
# In the adding problem, each step has a number and a mark. Two of the steps are marked;
# the target is the sum of their numbers. On the logarithmic axis a straight line is a
# gradient that vanishes exponentially. ``trace`` needs fitted estimators, so we train
# for one epoch with a learning rate of almost zero, which hardly changes the network.

N_STEPS = 150
X, y = make_adding_problem(10, n_steps=N_STEPS, random_state=3)
fig, ax = plt.subplots(figsize=(7.5, 3.8))
for name, cell in {**cells, **keeping}.items():
    new = RNNRegressor(32, cell=cell, standardize=False, max_iter=1)
    new.set_params(learning_rate_init=1e-12)
    left = gradient_left(new.set_params(random_state=0).fit(X, y), X, y)
    draw(ax, name, range(N_STEPS), left)
    print(f"{name:20}  left after 10 steps back: {left[10]:.0e}, "
          f"100: {left[100]:.0e}, 149: {left[149]:.0e}")  # fmt: skip
ax.set(title="untrained networks", yscale="log", ylim=(1e-30, 10))
ax.set(xlabel="steps back", ylabel="gradient that is left")
ax.spines[["top", "right"]].set_visible(False)
ax.grid(alpha=0.3)
ax.legend(frameon=False, fontsize=9)
fig.tight_layout()

# %%
# In an untrained GRU the gradient vanishes faster than in an untrained simple RNN. Its
# update gates are half open, so half of the state is replaced at every step. If these
# gates are nearly closed, the same cell passes the gradient on. The simple RNN begins
# with recurrent weights that do not change the length of a vector; its gradient shrinks
# because of the derivative of tanh.
#
# A learning rate for each cell
# -----------------------------
# A cell that fails with one learning rate may succeed with another. So we try two rates
# with each cell. We choose the better one on validation data, and test it on other
# data. R2, the score, is 1 for perfect predictions and 0 for always predicting the
# mean. ``engine="numba"`` makes training two to four times as fast; it needs numba, and
# compiles its loops at their first use.

RATES = [0.01, 0.03]


def problem(n_samples, random_state):
    X, y = make_adding_problem(n_samples, N_STEPS, random_state=random_state)
    return X.astype(np.float32), y  # float32 trains faster


def fit(cell, rate, X, y):
    return RNNRegressor(
        32,
        cell=cell,
        standardize=False,
        learning_rate_init=rate,
        learning_rate="one_cycle",
        batch_size=50,
        max_iter=12,
        n_iter_no_change=12,
        engine="numba",
        random_state=0,
    ).fit(X, y)


(X, y), (X_val, y_val), (X_test, y_test) = (
    problem(2000, 0),
    problem(500, 1),
    problem(500, 2),
)
print(" " * 20, *(f"{rate:6}" for rate in RATES), "  chosen   test")
networks = {}  # of each cell the one with the better rate
for name, cell in {**cells, **keeping}.items():
    fitted = [fit(cell, rate, X, y) for rate in RATES]
    scores = [reg.score(X_val, y_val) for reg in fitted]
    networks[name] = fitted[np.argmax(scores)]
    row = " ".join(f"{round(score, 2) + 0:6.2f}" for score in scores)
    rate, test = networks[name].learning_rate_init, networks[name].score(X_test, y_test)
    print(f"{name:20} {row}   {rate:6} {round(test, 2) + 0:6.2f}")

# %%
# The simple RNN predicts the mean, with tanh and with relu. (More epochs help little:
# after a hundred epochs on 100 steps it has begun to memorize parts of the training
# data, and R2 is 0.25 on new data.) The LSTM, which at first keeps three quarters of
# its state at every step, has hardly begun after twelve epochs; with other seeds R2 is
# between 0 and 0.5. The GRU learns with one of the rates, although its gradient
# vanished fastest before training. If the same two cells keep their state at first,
# they solve the problem with either rate. A cell with gates *can* keep a value for 150
# steps. But to learn this it needs a gradient from long ago, and gates that let go of
# the state at first let little of it pass.
#
# How to recognize it
# -------------------
# An exploding gradient is easy to see: the loss jumps, or becomes NaN. A vanishing
# gradient gives no sign. Left: the loss is half the squared error of targets with
# variance 1, so 0.5 means that the network predicts the mean. In the first epochs the
# networks that will learn look like the one that never will. Right: a simple RNN with
# relu and a rate of 0.1.

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.6))
for name, reg in networks.items():
    if name != "rnn_relu":
        draw(axes[0], name, range(1, 1 + reg.n_iter_), reg.loss_curve_)
axes[0].set(title="vanishing: gives no sign", ylim=(0, 1))
exploding = fit("rnn_relu", 0.1, X, y)
draw(axes[1], "rnn_relu", range(1, 1 + exploding.n_iter_), exploding.loss_curve_)
axes[1].set(title="exploding: easy to see", yscale="log")
for ax in axes:
    ax.set(xlabel="epoch", ylabel="loss")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9, loc="upper right")
fig.tight_layout()

# %%
# The norm of the whole gradient, in ``history_``, does not show it either: the simple
# RNN's is no smaller than the GRU's. The gradient of a weight is a sum over all steps,
# and the contributions of the last steps hide that the first steps contribute nothing.

for name in ["rnn", "gru"]:
    history = networks[name].history_
    norms = " ".join(f"{row['gradient_norm']:.2f}" for row in history[:5])
    print(f"{name:5} norm of the gradient in the first five epochs: {norms}")

# %%
# After training
# --------------
# How much of the gradient is left now? (float32 rounds numbers below about 1e-45 to 0.)

X, y = problem(10, 3)
fig, ax = plt.subplots(figsize=(7.5, 3.8))
for name, reg in networks.items():
    if name != "rnn_relu":
        left = gradient_left(reg, X, y)
        draw(ax, name, range(N_STEPS), left)
        print(f"{name:20}  {N_STEPS - 1} back: {left[-1]:.0e}")
ax.set(title="trained networks", yscale="log", ylim=(1e-30, 10))
ax.set(xlabel="steps back", ylabel="gradient that is left")
ax.spines[["top", "right"]].set_visible(False)
ax.grid(alpha=0.3)
ax.legend(frameon=False, fontsize=9)
fig.tight_layout()

# %%
# The lines of the networks that solved their problem are nearly level: their gates
# have learned to keep the state, and so the gradient passes. The line of the simple RNN
# still falls: it has no gate that could learn to keep the state.
