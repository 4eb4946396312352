"""One-to-one, many-to-one, one-to-many and the two kinds of many-to-many."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, arrow, box, canvas, label, path

FED = "#d94801"
ax = canvas(14.6, 12.6)


def kind(left, bottom, step, name, estimator, states, inputs, outputs, fed=()):
    """One network: which steps have an input, an output, and an output fed back."""
    xs = [left + step * t for t in range(len(states))]
    middle = (xs[0] + xs[-1]) / 2
    label(ax, middle, bottom + 5.5, name, 13, weight="bold")
    label(ax, middle, bottom, estimator, 11, "#444", family="monospace")
    for t, (x, state) in enumerate(zip(xs, states)):
        box(ax, x, bottom + 2.7, state, STATE, 1.05, 0.9, 12)
        if t:
            arrow(ax, (x - step + 0.525, bottom + 2.7), (x - 0.525, bottom + 2.7))
        if t in inputs:
            box(ax, x, bottom + 1.1, inputs[t], INPUT, 1.05, 0.75, 12)
            arrow(ax, (x, bottom + 1.475), (x, bottom + 2.25))
        if t in outputs:
            box(ax, x, bottom + 4.4, outputs[t], OUTPUT, 1.05, 0.8, 12)
            arrow(ax, (x, bottom + 3.15), (x, bottom + 4))
        if t in fed:
            aside, below = x + step / 2, bottom + 1.6
            path(
                ax,
                (x + 0.525, bottom + 4.4),
                (aside, bottom + 4.4),
                (aside, below),
                (x + step, below),
                (x + step, bottom + 2.25),
                color=FED,
                width=1.6,
            )


def at(symbol, *steps):
    """A symbol with its step, by position."""
    return {t: rf"${symbol}^{{\langle {name}\rangle}}$" for t, name in enumerate(steps)}


def moved(symbols, by):
    return {t + by: text for t, text in symbols.items()}


y, x = r"\hat{y}", "x"
a = [rf"$a^{{\langle {t}\rangle}}$" for t in (1, 2, 3)]
kind(1.6, 6.8, 1.7, "one-to-one", "MLPClassifier", [""], {0: "$x$"}, {0: f"${y}$"})
kind(
    4.3,
    6.8,
    1.6,
    "many-to-one",
    "RNNClassifier, RNNRegressor",
    a,
    at(x, 1, 2, 3),
    {2: f"${y}$"},
)
kind(
    9.9,
    6.8,
    1.6,
    "many-to-many, $T_x = T_y$",
    "RNNTagger, RNNStepRegressor",
    a,
    at(x, 1, 2, 3),
    at(y, 1, 2, 3),
)
kind(
    1.1, 0.3, 1.9, "one-to-many", "RNNGenerator", a, {0: "$x$"}, at(y, 1, 2, 3), (0, 1)
)
kind(
    7.1,
    0.3,
    1.6,
    "many-to-many, $T_x \\neq T_y$",
    "RNNTranslator",
    ["", "", "", "", ""],
    at(x, 1, 2),
    moved(at(y, 1, 2, 3), 2),
    (2, 3),
)
label(ax, 7.9, 3.75, "encoder", 11, "#444")
label(ax, 12.0, 1.35, "decoder", 11, "#444")
plt.show()
