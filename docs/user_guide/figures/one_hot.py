"""A sentence as one-hot vectors: a column for each step, a row for each word known."""

import matplotlib.pyplot as plt
from draw import INPUT, OUTPUT, STATE, box, canvas, grid, label

from sksequence.preprocessing import TokenEncoder

encoder = TokenEncoder().fit(["Mira lives in Oslo and sings."])
VOCABULARY = list(encoder.vocabulary_)
SENTENCE = ["Mira", "lives", "in", "Kaupanger", "."]
NAMES = ["Mira", "Oslo", "Kaupanger"]
SIZE, STEP, TOP = 0.55, 2.2, 6.3
ax = canvas(13.8, 10.2)
for j, word in enumerate(VOCABULARY):
    y = TOP - (j + 0.5) * SIZE
    label(ax, 1.75, y, word, 12, ha="right", family="monospace")
    label(ax, 2.25, y, f"{j}", 11, "#666")
label(ax, 1.75, TOP + 0.4, "vocabulary", 11, "#444", ha="right")
label(ax, 2.25, TOP + 0.4, "id", 11, "#444")
for t, word in enumerate(SENTENCE, start=1):
    x = 1.7 + STEP * t
    place = VOCABULARY.index(word) if word in VOCABULARY else 0
    box(ax, x, 7.8, word, INPUT, 1.9, 0.8, 12)
    label(ax, x, 9.6, rf"$y^{{\langle {t}\rangle}} = {int(word in NAMES)}$", 14)
    color = OUTPUT if word in NAMES else "white"
    box(ax, x, 8.9, "name" if word in NAMES else "no name", color, 1.5, 0.6, 11)
    grid(ax, x - SIZE / 2, TOP, len(VOCABULARY), 1, "white", SIZE)
    grid(ax, x - SIZE / 2, TOP - place * SIZE, 1, 1, STATE, SIZE)
    for j in range(len(VOCABULARY)):
        label(ax, x, TOP - (j + 0.5) * SIZE, f"{int(j == place)}", 11)
    label(ax, x, 1.35, rf"$x^{{\langle {t}\rangle}}$", 14)
label(ax, 7.9, 0.5, "$T_x = T_y = 5$", 14)
plt.show()
