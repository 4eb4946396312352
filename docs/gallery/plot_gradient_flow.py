"""
How far back does the loss of a letter reach?
=============================================

Three language models read the same running text. For each we measure how much of the
gradient of one letter's loss arrives at the hidden state k letters before.
"""

# %%
# Train
# -----
# The text is a list of color names, one after the other. Each cell has 64 units and
# sees windows of 60 letters.

from sksequence import RNNLanguageModel
from sksequence.datasets import load_color_names
from sksequence.inspection import GradientFlowDisplay

_, names = load_color_names(return_X_y=True)
text = "\n".join(names)
train, held_out = text[:-8000], text[-8000:]
models = {}
for cell in ["rnn", "gru", "lstm"]:
    models[cell] = RNNLanguageModel(
        64,
        cell=cell,
        analyzer="char",
        contiguous=True,
        bptt_length=60,
        embedding_dim=32,
        learning_rate="one_cycle",
        max_iter=8,
        random_state=0,
    ).fit(train)
    print(f"{cell:5} nats a letter: {-models[cell].score(held_out):.3f}")

# %%
# Measure and draw
# ----------------
# Each line is the median over a hundred letters, with the half of them around it. The
# axis is logarithmic: a straight line down is a gradient that vanishes exponentially.

ax = None
for cell, model in models.items():
    display = GradientFlowDisplay.from_estimator(
        model,
        held_out,
        max_lag=50,
        n_positions=100,
        random_state=0,
        ax=ax,
        label=cell,
    )
    ax = display.ax_
GradientFlowDisplay.from_estimator(
    models["lstm"],
    held_out,
    state="rnn0.c",
    max_lag=50,
    n_positions=100,
    random_state=0,
    ax=ax,
    label="lstm, cell state",
)
ax.set_ylabel("norm of the gradient")

# %%
# In the simple RNN the gradient falls along a straight line: it vanishes. In the GRU
# some units have learnt to keep what they hold, and a hundredth of the gradient is left
# after 50 letters. The LSTM could keep it too, in its cell state, but here its forget
# gates have learnt to forget: its lines fall like the RNN's at first, and bend late.
# Names of a few letters ask for little memory, and all three score about the same. What
# a cell can remember and what it has learnt to remember are different things.
