"""The learning-rate schedules over a training of 300 updates."""

import matplotlib.pyplot as plt
import numpy as np

from sksequence.training import SCHEDULES

updates = np.arange(300)
fig, ax = plt.subplots(figsize=(6.4, 3))
for name, factor in SCHEDULES.items():
    if name == "adaptive":  # depends on how training goes, not on the clock
        values = 0.2 ** np.searchsorted([130, 210], updates, side="right")
    else:
        values = [factor(t, len(updates), 0.5) for t in updates]
    ax.plot(updates / len(updates), values, label=name, lw=2)
ax.set(xlabel="part of the training", ylabel="factor of learning_rate_init")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5))
plt.show()
