"""A simplified GRU that has learnt to keep "cat" or "cats" until the verb."""

import matplotlib.pyplot as plt
import numpy as np
from cats import draw, model_of, sigm

from sksequence.cells import by_gate

model = model_of("gru_simple", random_state=8)
(W_u, W_c), (U_u, U_c), (b_u, b_c) = (
    by_gate(model.params_[f"rnn0.{name}"], 2) for name in "WUb"
)


def run(words):
    c, states, gates = np.zeros((1, 32)), [], []
    for token in [model.encoder_.eos_token, *words]:
        x = model.params_["embedding.E"][model.encoder_.vocabulary_[token]][None]
        gamma_u = sigm(c @ U_u + x @ W_u + b_u)
        c = gamma_u * np.tanh(c @ U_c + x @ W_c + b_c) + (1 - gamma_u) * c
        states.append(c[0])
        gates.append(gamma_u[0])
    return np.array(states)[1:], np.array(gates)[1:]


draw(run, r"$\Gamma_u$", r"$c^{\langle t\rangle}$ of a unit")
plt.show()
