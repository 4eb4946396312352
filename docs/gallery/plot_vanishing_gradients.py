"""
Vanishing gradients: measured, and what they cost
=================================================

How much of a gradient is left, k steps back in time? We measure it in new networks.
Then each cell learns the adding problem over 100 and over 200 steps, with the learning
rate that suits it best, and we measure again.
"""

# %%
# The measurement
# ---------------
# Run a cell to step T - k and keep its states. From there take k steps, put a gradient
# of norm 1 on the last hidden state, and see what comes back.

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNRegressor
from sksequence.cells import CELLS, GRUCell, LSTMCell, by_gate
from sksequence.datasets import make_adding_problem
from sksequence.sequences import Steps


def gradient_norms(cell, params, X, lags):
    """Norm of d h_T / d (state at T - k), in a random direction, for each k in lags.

    X has shape (n_sequences, n_steps, n_features); the median is over the sequences.
    """
    n_sequences, n_steps, n_features = X.shape
    rows = X.transpose(1, 0, 2)  # by time: packed rows of sequences of equal length
    n_units = params["U"].shape[0]
    direction = np.random.RandomState(0).standard_normal((n_sequences, n_units))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    norms = []
    for k in lags:
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
        norms.append(np.median(np.sqrt(squares)))
    return np.array(norms)


# %%
# The cells
# ---------
# Four of them are the library's. The other two are cells of our own: a GRU and an LSTM
# that keep nearly all they hold when they are new. Only the start values of the biases
# differ: sigm(-4) is 0.02 and sigm(4) is 0.98.


class KeepingGRU(GRUCell):
    """The update gate starts nearly shut."""

    def init(self, params, rng):
        super().init(params, rng)
        by_gate(params["b"], len(self.gates))[1] = -4  # of r, u, n: u


class KeepingLSTM(LSTMCell):
    """The forget gate starts nearly open, which keeps c; the input gate nearly shut."""

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
# The gradient in new networks
# ----------------------------
# In the adding problem, each step has a number and a mark. Two of the steps are marked;
# the target is the sum of their numbers. On the logarithmic axis a line that falls
# straight is a gradient that vanishes exponentially.


def problem(n_steps, n_samples, random_state):
    X, y = make_adding_problem(n_samples, n_steps, random_state=random_state)
    return X.astype(np.float32), y  # float32 trains faster


def start_values(cell):
    shapes = cell.shapes(n_features=2, n_units=32)
    params = {key: np.empty(shape) for key, shape in shapes.items()}
    cell.init(params, np.random.RandomState(0))
    return params


sample, _ = make_adding_problem(32, 200, random_state=3)
lags = [1, 2, 4, 7, *range(10, 200, 10), 199]
fig, ax = plt.subplots(figsize=(7.5, 3.8))
for name, cell in {**cells, **keeping}.items():
    norms = gradient_norms(cell, start_values(cell), sample, lags)
    draw(ax, name, lags, norms)
    print(f"{name:22}  10 back: {norms[lags.index(10)]:.0e}  100: "
          f"{norms[lags.index(100)]:.0e}  199: {norms[-1]:.0e}")  # fmt: skip
ax.set(title="new networks", yscale="log", ylim=(1e-30, 10))
ax.set(xlabel="steps back", ylabel="norm of the gradient")
ax.spines[["top", "right"]].set_visible(False)
ax.grid(alpha=0.3)
ax.legend(frameon=False, fontsize=9)
fig.tight_layout()

# %%
# In a new GRU the gradient vanishes faster than in a new simple RNN, for its gates
# stand half open. With gates nearly shut the same cell passes it on. The simple RNN
# begins with recurrent weights that neither shrink nor stretch; what shrinks the
# gradient is the slope of tanh.
#
# A learning rate for each cell
# -----------------------------
# A cell that fails with one learning rate may do well with another. So each cell tries
# four of them. The best on validation data is chosen and tested on other data. R2 is 1
# for perfect answers and 0 for always saying the mean.

RATES = [0.001, 0.003, 0.01, 0.03]


def fit(cell, rate, X, y, max_iter):
    return RNNRegressor(
        32,
        cell=cell,
        learning_rate_init=rate,
        learning_rate="one_cycle",
        batch_size=50,
        max_iter=max_iter,
        n_iter_no_change=max_iter,
        random_state=0,
    ).fit(X, y)


def tune(cells, n_steps, max_iter):
    """Print R2 for each rate; return the networks by rate, and the rates chosen."""
    X, y = problem(n_steps, 2000, 0)
    X_val, y_val = problem(n_steps, 500, 1)
    X_test, y_test = problem(n_steps, 500, 2)
    print(f"{n_steps} steps, {max_iter} epochs")
    print(" " * 22, *(f"{rate:6}" for rate in RATES), "  chosen   test")
    fitted, chosen = {}, {}
    for name, cell in cells.items():
        fitted[name] = {rate: fit(cell, rate, X, y, max_iter) for rate in RATES}
        scores = [reg.score(X_val, y_val) for reg in fitted[name].values()]
        chosen[name] = RATES[np.argmax(scores)]
        test = fitted[name][chosen[name]].score(X_test, y_test)
        row = " ".join(f"{round(score, 2) + 0:6.2f}" for score in scores)
        print(f"{name:22} {row}   {chosen[name]:6} {round(test, 2) + 0:6.2f}")
    return fitted, chosen


networks, chosen = tune(cells, 100, 20)

# %%
# At 100 steps the simple RNN answers with the mean, whatever the rate. It is fast, so
# perhaps it only needs more epochs?

X, y = problem(100, 2000, 0)
X_test, y_test = problem(100, 500, 2)
longer = fit("rnn", 0.001, X, y, 100)
print(f"rnn, 100 epochs: R2 {longer.score(X, y):5.2f} on the training data, "
      f"{longer.score(X_test, y_test):5.2f} on new data")  # fmt: skip

# %%
# No: it begins to learn the training data by heart. What it learns of the near steps is
# no help with new sequences.
#
# Over 200 steps the start values begin to matter for the cells with gates too.

networks_200, chosen_200 = tune({**cells, **keeping}, 200, 10)

# %%
# In these ten epochs only the cells that keep at first solve it. A cell with gates
# *can* keep a value for 200 steps. But to find that out it needs a gradient from 200
# steps back, and new gates that stand half open let little of it pass.
#
# How to see it
# -------------
# A gradient that explodes is hard to miss: the loss leaps, or becomes NaN. A gradient
# that vanishes looks like nothing at all. Left: the loss is half the squared error of
# standardised targets, so 0.5 means that the network answers with the mean. For the
# first epochs the networks that will learn look like the one that never will. Right: a
# simple RNN with relu and the greatest of the rates.

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.6))
for name, reg in networks.items():
    if name != "rnn_relu":
        loss = reg[chosen[name]].loss_curve_
        draw(axes[0], name, range(1, len(loss) + 1), loss)
axes[0].set(title="vanishing: no sign of it", ylim=(0, 0.6))
loss = networks["rnn_relu"][0.03].loss_curve_
draw(axes[1], "rnn_relu", range(1, len(loss) + 1), loss)
axes[1].set(title="exploding: hard to miss", yscale="log")
for ax in axes:
    ax.set(xlabel="epoch", ylabel="loss")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
fig.tight_layout()

# %%
# The norm of the whole gradient, in ``history_``, does not show it either: the simple
# RNN's is no smaller than the GRU's. It is a sum over all steps. What comes easily from
# the last steps hides that nothing comes from the first.

for name in ["rnn", "gru"]:
    history = networks[name][chosen[name]].history_
    norms = " ".join(f"{row['gradient_norm']:.2f}" for row in history[:5])
    print(f"{name:5} norm of the gradient in the first five epochs: {norms}")

# %%
# After training
# --------------
# What comes back now? Left the networks that were trained on 100 steps, right those of
# 200 steps, each with the rate that was chosen for it.

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.8), sharey=True)
for ax, (trained, rates), n_steps in [
    (axes[0], (networks, chosen), 100),
    (axes[1], (networks_200, chosen_200), 200),
]:
    sample, _ = make_adding_problem(32, n_steps, random_state=3)
    lags = [1, 2, 4, 7, *range(10, n_steps, 10), n_steps - 1]
    for name, by_rate in trained.items():
        if name == "rnn_relu":
            continue
        cell, values = {**cells, **keeping}[name], by_rate[rates[name]].params_
        params = {key: np.float64(values[f"rnn0.{key}"]) for key in start_values(cell)}
        norms = gradient_norms(cell, params, sample, lags)
        draw(ax, name, lags, norms)
        print(f"trained on {n_steps}: {name:22}  {lags[-1]} back: {norms[-1]:.0e}")
    ax.set(title=f"trained on {n_steps} steps", xlabel="steps back", yscale="log")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.3)
axes[0].set(ylabel="norm of the gradient", ylim=(1e-30, 10))
axes[0].legend(*axes[1].get_legend_handles_labels(), frameon=False, fontsize=9)
fig.tight_layout()

# %%
# Gates that have learnt to stay shut let the gradient pass: the lines of the networks
# that solved their problem are nearly level. Those that did not solve it still fall, as
# when they were new. The simple RNN has nothing to learn that with.
