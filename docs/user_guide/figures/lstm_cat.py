"""An LSTM that has learnt to keep "cat" or "cats" until the verb."""

import matplotlib.pyplot as plt
import numpy as np
from cats import draw, model_of, sigm

from sksequence.cells import by_gate

model = model_of("lstm", random_state=7)
W, U, b = (by_gate(model.params_[f"rnn0.{name}"], 4) for name in "WUb")


def run(words):
    a, c, states, gates = np.zeros((1, 32)), np.zeros((1, 32)), [], []
    for token in [model.encoder_.eos_token, *words]:
        x = model.params_["embedding.E"][model.encoder_.vocabulary_[token]][None]
        z = a @ U + x @ W + b  # (4, 1, 32): gates i, f, o, g
        gamma_u, gamma_f, gamma_o = sigm(z[:3])
        c = gamma_u * np.tanh(z[3]) + gamma_f * c
        a = gamma_o * np.tanh(c)
        states.append(c[0])
        gates.append(gamma_f[0])
    return np.array(states)[1:], np.array(gates)[1:]


draw(run, r"$\Gamma_f$", r"$c^{\langle t\rangle}$ of a unit")
plt.show()
