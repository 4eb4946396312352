"""Sentences about cats that ate, a language model of them, a picture of one unit."""

import matplotlib.pyplot as plt
import numpy as np
from draw import BACK

from sksequence import RNNLanguageModel

FOODS = ["a fish", "two apples", "the cake", "some nuts", "a pie", "the plums"]
CLAUSE = ["which", "already", "ate", "a", "fish", "and", "two", "apples"]
CLAUSE += ["and", "the", "cake"]


def sentences(n=2000):
    """As in the chapters: none to five foods between the noun and its verb."""
    rng, found = np.random.RandomState(0), []
    for _ in range(n):
        noun, verb = [("cat", "was"), ("cats", "were")][rng.randint(2)]
        k = rng.randint(6)
        clause = " which already ate " + " and ".join(rng.choice(FOODS, k)) if k else ""
        found.append(f"the {noun}{clause} {verb} full")
    return found


def model_of(cell, random_state):
    """As in the chapters."""
    return RNNLanguageModel(
        32,
        cell=cell,
        embedding_dim=16,
        learning_rate_init=0.02,
        batch_size=50,
        max_iter=20,
        random_state=random_state,
    ).fit(sentences())


def sigm(z):
    return 1 / (1 + np.exp(-z))


def draw(run, gate_name, state_name):
    """The unit that tells cat from cats best: its state, and the gate that keeps it.

    ``run(words)`` gives states and gates, each of shape (n_words, n_units).
    """
    runs = {noun: run(["the", noun, *CLAUSE]) for noun in ["cat", "cats"]}
    apart = np.abs(runs["cat"][0] - runs["cats"][0])[1:].min(axis=0)
    unit = apart.argmax()
    fig, axes = plt.subplots(
        2, 1, figsize=(7.4, 4.4), sharex=True, height_ratios=[1.5, 1]
    )
    for (noun, (states, gates)), color in zip(runs.items(), ["C0", BACK]):
        line = "o-" if noun == "cat" else "s--"
        axes[0].plot(states[:, unit], line, color=color, label=f"the {noun} which ...")
        axes[1].plot(gates[:, unit], line, color=color)
    axes[0].axhline(0, color="k", lw=0.6)
    axes[0].set_ylabel(state_name, fontsize=12)
    axes[0].legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    axes[1].set(ylim=(-0.05, 1.05), yticks=[0, 0.5, 1])
    axes[1].set_ylabel(gate_name, fontsize=12)
    words = ["the", "cat(s)", *CLAUSE]
    axes[1].set_xticks(range(len(words)), words, rotation=35, ha="right", fontsize=11)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    fig.tight_layout()
