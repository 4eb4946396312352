"""Sentences about cats, a language model of them, and a picture of one unit."""

import matplotlib.pyplot as plt
import numpy as np
from draw import BACK

from sksequence import RNNLanguageModel
from sksequence.inspection import trace

CLAUSE = "which already ate a lot of food and then slept in the sun"


def sentences(n=2000):
    """The sentences of the chapters: up to 19 random words before the verb."""
    rng, found = np.random.RandomState(0), []
    for _ in range(n):
        noun, verb = [("cat", "was"), ("cats", "were")][rng.randint(2)]
        between = rng.choice(CLAUSE.split(), rng.randint(20))
        found.append(" ".join(["the", noun, *between, verb, "full"]))
    return found


def model_of(cell, random_state):
    """The language model of the chapters."""
    return RNNLanguageModel(
        32,
        cell=cell,
        embedding_dim=16,
        dropout=0,
        learning_rate_init=0.02,
        batch_size=50,
        max_iter=20,
        random_state=random_state,
    ).fit(sentences())


def draw(model, gate):
    """The unit that tells cat from cats best: its memory, and the gate at work."""
    found = {noun: trace(model, f"the {noun} {CLAUSE}") for noun in ["cat", "cats"]}
    apart = np.abs(found["cat"]["c"] - found["cats"]["c"])[2:].min(axis=0)
    unit = apart.argmax()
    fig, axes = plt.subplots(
        2, 1, figsize=(7.4, 4.4), sharex=True, height_ratios=[1.5, 1]
    )
    for (noun, of), color, line in zip(found.items(), ["C0", BACK], ["o-", "s--"]):
        label = f"the {noun} which ..."
        axes[0].plot(of["c"][1:, unit], line, color=color, label=label)
        axes[1].plot(of[f"Gamma_{gate}"][1:, unit], line, color=color)
    axes[0].axhline(0, color="k", lw=0.6)
    axes[0].set_ylabel(r"$c^{\langle t\rangle}$ of a unit", fontsize=12)
    axes[0].legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    axes[1].set(ylim=(-0.05, 1.05), yticks=[0, 0.5, 1])
    axes[1].set_ylabel(rf"$\Gamma_{gate}$", fontsize=12)
    words = ["the", "cat(s)", *CLAUSE.split()]
    axes[1].set_xticks(range(len(words)), words, rotation=35, ha="right", fontsize=11)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    fig.tight_layout()
