"""
What the gates of a GRU do
==========================

A GRU learns the adding problem: two steps of a sequence are marked, and the answer is
the sum of their two numbers. Then we look inside while it reads a sequence.
"""

# %%
# Train
# -----

import matplotlib.pyplot as plt
import numpy as np

from sksequence import RNNRegressor
from sksequence.cells import CELLS
from sksequence.datasets import make_adding_problem
from sksequence.sequences import Steps

N_STEPS = 30
X, y = make_adding_problem(n_samples=2000, n_steps=N_STEPS, random_state=0)
X_test, y_test = make_adding_problem(n_samples=500, n_steps=N_STEPS, random_state=1)
reg = RNNRegressor(16, cell="gru", max_iter=25, n_iter_no_change=25, random_state=0)
reg.fit(X, y)
print(f"R2 on new sequences: {reg.score(X_test, y_test):.3f}")

# %%
# Read one sequence
# -----------------
# ``params_`` holds the learnt weights by name. The cell's ``forward`` returns the
# states and a tape, which holds the gates.

cell = CELLS["gru"]
params = {key: reg.params_[f"rnn0.{key}"] for key in cell.shapes(2, 16)}
sequence = X_test[0]
H, _, tape = cell.forward(params, sequence, Steps([N_STEPS]))
r, u, n = tape.gates
marked = np.flatnonzero(sequence[:, 1])

# Units by how much more they open at the marked steps.
order = np.argsort(u.mean(axis=0) - u[marked].mean(axis=0))

fig, axes = plt.subplots(
    3, 2, figsize=(7.5, 5.5), sharex="col", height_ratios=[1, 2, 2],
    width_ratios=[40, 1], layout="constrained",
)  # fmt: skip
axes[0, 0].bar(range(N_STEPS), sequence[:, 0], color="#bbb", width=0.8)
axes[0, 0].bar(marked, sequence[marked, 0], color="C3", width=0.8)
axes[0, 0].set(ylabel="number", ylim=(0, 1))
axes[0, 0].set_title("the two marked numbers in red", fontsize=10)
axes[0, 1].axis("off")
for row, values, name, options in [
    (axes[1], u, "update gate u", {"cmap": "viridis", "vmin": 0, "vmax": 1}),
    (axes[2], H, "state h", {"cmap": "RdBu_r", "vmin": -0.7, "vmax": 0.7}),
]:
    image = row[0].imshow(values[:, order].T, aspect="auto", **options)
    row[0].set(ylabel=name, yticks=[])
    fig.colorbar(image, cax=row[1])
axes[2, 0].set_xlabel("step")

# %%
# The units at the top open their gate at the marked steps and take the number in. The
# dark ones keep it nearly shut, and their state stays: horizontal stripes from one mark
# to the next. Nobody told the network which number is the mark.
#
# The states of all steps at once
# -------------------------------
# ``transform`` gives the state at the end of a sequence. The beginnings of a sequence
# are sequences too, so it also gives the states on the way.

beginnings = [sequence[:t] for t in range(1, N_STEPS + 1)]
print(np.allclose(reg.transform(beginnings), H))

# %%
# The prediction after each step is the sum so far, once a mark is passed.

fig, ax = plt.subplots(figsize=(7, 2.8))
ax.step(range(N_STEPS), reg.predict(beginnings), where="mid", label="prediction")
ax.axhline(y_test[0], color="k", ls=":", lw=1, label="target")
for t in marked:
    ax.axvline(t, color="C3", lw=1)
ax.set(xlabel="step", ylabel="predicted sum", ylim=(0, 2))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="lower right")
fig.tight_layout()
