"""Two products in one: [W_aa, W_ax] times the state on top of the step."""

import matplotlib.pyplot as plt
from draw import INPUT, STATE, canvas, grid, label

N_A, N_X, SIZE = 3, 5, 0.5
TOP, MIDDLE = 4.6, 3.85
ax = canvas(11.8, 5.5)
# The new state.
grid(ax, 0.3, TOP, N_A, 1, STATE)
label(ax, 0.55, 2.7, r"$a^{\langle t\rangle}$", 14)
label(ax, 1.85, MIDDLE, r"$=\ \tanh$", 15)
label(ax, 2.75, MIDDLE, "(", 46)
# The weights side by side.
x, width = 3.1, (N_A + N_X) * SIZE
grid(ax, x, TOP, N_A, N_A, STATE)
grid(ax, x + N_A * SIZE, TOP, N_A, N_X, INPUT)
label(ax, x + N_A * SIZE / 2, 2.7, "$W_{aa}$", 14)
label(ax, x + (N_A + N_X / 2) * SIZE, 2.7, "$W_{ax}$", 14)
label(ax, x + N_A * SIZE / 2, 4.9, "$n_a$ wide", 11, "#444")
label(ax, x + (N_A + N_X / 2) * SIZE, 4.9, "$n_x$ wide", 11, "#444")
ax.plot([x, x, x + width, x + width], [2.35, 2.2, 2.2, 2.35], color="#444", lw=1.2)
label(ax, x + width / 2, 1.8, "$W_a$", 15)
# The state on top of the step.
x = 7.8
label(ax, x - 0.35, MIDDLE, r"$\cdot$", 22)
grid(ax, x, 5.35, N_A, 1, STATE)
grid(ax, x, 5.35 - N_A * SIZE, N_X, 1, INPUT)
label(ax, x + 1.15, 4.6, r"$a^{\langle t-1\rangle}$", 14)
label(ax, x + 0.95, 2.6, r"$x^{\langle t\rangle}$", 14)
label(ax, x + 0.3, 0.85, r"$[a^{\langle t-1\rangle}, x^{\langle t\rangle}]$", 14)
# The bias.
label(ax, 9.75, MIDDLE, "$+$", 16)
grid(ax, 10.3, TOP, N_A, 1, "white")
label(ax, 10.55, 2.7, "$b_a$", 14)
label(ax, 11.2, MIDDLE, ")", 46)
plt.show()
