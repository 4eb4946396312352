"""
How far back does the gradient of a letter reach?
=================================================

Three language models read the same running text. For each of them we measure how much
of the gradient of one letter's loss arrives at the hidden state k letters before.
"""

# %%
# Train
# -----
# The text is a list of color names. Each cell has 64 units. With ``contiguous`` the
# text is cut into windows, here of 60 letters. In training, gradients go back to the
# first letter of a window, while states are passed from one window to the next. The
# loss of a letter is minus the log of its probability.

import numpy as np

from sksequence import RNNLanguageModel
from sksequence.datasets import load_color_names
from sksequence.inspection import GradientFlowDisplay, trace

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
        dropout=0,
        learning_rate="one_cycle",
        learning_rate_init=0.01,
        max_iter=5,
        random_state=0,
    ).fit(train)
    print(f"{cell:5} mean loss per letter: {-models[cell].score(held_out):.3f}")

# %%
# Measure and draw
# ----------------
# Each line is the median over a hundred letters; the band around it holds half of them.
# The axis is logarithmic, so a straight line is a gradient that vanishes exponentially.
# For the LSTM we also draw the gradient at its cell state.

print("norm of the gradient, by steps back")
ax = None
for label, cell, state in [
    ("rnn", "rnn", "rnn0.h"),
    ("gru", "gru", "rnn0.h"),
    ("lstm", "lstm", "rnn0.h"),
    ("lstm, cell state", "lstm", "rnn0.c"),
]:
    display = GradientFlowDisplay.from_estimator(
        models[cell],
        held_out,
        state=state,
        max_lag=50,
        n_positions=100,
        random_state=0,
        ax=ax,
        label=label,
    )
    ax = display.ax_
    median = np.median(display.norms, axis=0)
    at = ", ".join(f"{k}: {median[k - 1]:.0e}" for k in [1, 10, 20, 50])
    print(f"{label:16}  {at}")
ax.set_ylabel("norm of the gradient")

# %%
# In the simple RNN the gradient falls along a straight line: it vanishes. In the GRU
# a few hundredths are left after 50 letters. The LSTM's lines first fall as fast as the
# RNN's or faster, and become flatter late.
#
# Why?
# ----
# We look at the gates while the models read. A GRU keeps the fraction
# :math:`1 - \Gamma_u` of a unit's value, an LSTM :math:`\Gamma_f`. In an LSTM, a
# gradient also passes a tanh on its way into the cell state, since
# :math:`a^{\langle t\rangle} = \Gamma_o \odot \tanh c^{\langle t\rangle}`. For each
# unit we take the median over 2,000 letters.

gru, lstm = (trace(models[cell], held_out[:2000]) for cell in ["gru", "lstm"])
gru_keeps = np.median(1 - gru["Gamma_u"], axis=0) > 0.9
lstm_keeps = np.median(lstm["Gamma_f"], axis=0) > 0.9
print(f"units that keep more than 0.9: {gru_keeps.sum()} of 64 in the GRU, "
      f"{lstm_keeps.sum()} of 64 in the LSTM")  # fmt: skip

c = lstm["c"].astype(float)
size, derivative = np.median(np.abs(c), axis=0), np.median(1 - np.tanh(c) ** 2, axis=0)
for name, units in [("these", lstm_keeps), ("others", ~lstm_keeps)]:
    print(f"lstm, {name:6}  size of c: {np.median(size[units]):4.1f}, "
          f"derivative of tanh: {np.median(derivative[units]):.0e}")  # fmt: skip

# %%
# The gradient of the GRU goes back through the few units that keep their state. Most
# units of the LSTM keep theirs, too, but their values have become so large that tanh is
# flat there, and almost no gradient gets into them. The units into which a gradient
# does get keep less.
#
# Names of a few letters need little memory, and all three models are about equally
# good. A cell need not learn to remember all that it could.
