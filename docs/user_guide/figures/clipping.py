"""Clipping by norm keeps the direction; and a step at a wall, with and without it."""

import matplotlib.pyplot as plt
import numpy as np
from draw import BACK

fig, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.9), width_ratios=[1, 1.15])


def vector(ax, start, end, color):
    style = {"arrowstyle": "-|>", "color": color, "lw": 2, "mutation_scale": 14}
    style |= {"shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style)


# A gradient of two weights, clipped in two ways.
g, c = np.array([3.2, 0.9]), 1.0
angle = np.linspace(0, 2 * np.pi, 200)
left.plot(c * np.cos(angle), c * np.sin(angle), color="C0", lw=1, ls=":")
left.plot([c, c, -c, -c, c], [-c, c, c, -c, -c], color="C1", lw=1, ls=":")
vector(left, (0, 0), g, "#999")
vector(left, (0, 0), np.clip(g, -c, c), "C1")
vector(left, (0, 0), g * c / np.linalg.norm(g), "C0")
left.text(3.3, 0.93, "$g$", fontsize=13, color="#666", va="center")
left.text(1.1, 1.2, "each entry clipped:\nanother direction", color="C1", fontsize=10)
left.text(1.1, -0.65, "clipped by norm:\nthe same direction", color="C0", fontsize=10)
left.set(xlim=(-1.2, 3.7), ylim=(-1.3, 1.9), aspect="equal", xticks=[], yticks=[])
left.set_xlabel("gradient of one weight", fontsize=10)
left.set_ylabel("of another", fontsize=10)
left.set_title("two ways to clip", fontsize=11)


# One unit, a = tanh(w a + b), 12 steps from a = -1: the loss as a function of b.
def loss(b, w=2.0, n_steps=12, target=-0.8):
    a = np.full_like(b, -1.0)
    for _ in range(n_steps):
        a = np.tanh(w * a + b)
    return (a - target) ** 2 / 2


b = np.linspace(-1.5, 1.2, 4001)
slope = np.gradient(loss(b), b)
k, rate, clip = np.argmax(slope), 0.4, 1.0
height = loss(b)[k]
right.plot(b, loss(b), color="#444", lw=2)
vector(right, (b[k], height), (-1.5, height), BACK)
vector(right, (b[k], height - 0.12), (b[k] - rate * clip, height - 0.12), "C0")
right.plot(b[k], height, "o", color="k", zorder=5)
far = b[k] - rate * slope[k]
note = f"not clipped: to $b = {far:.0f}$"
right.text(-1.4, height + 0.07, note, color=BACK, fontsize=10)
right.text(b[k] - 1.15, height - 0.15, "clipped", color="C0", fontsize=10)
right.set(xlabel="$b$", ylabel="loss", xlim=(-1.5, 1.2), ylim=(-0.05, 1.8))
right.set_title("a step at a wall", fontsize=11)
right.spines[["top", "right"]].set_visible(False)
fig.tight_layout()
plt.show()
