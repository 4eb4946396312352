"""Ratios of the level "kernel", threads: 1."""

from _results import FOLDER
from compare import read
from plot_speed import draw

facts, rows = read(FOLDER / "speed.csv")
chosen = [r for r in rows if r["level"] == "kernel" and r["threads"] == 1]
draw(chosen, facts, 1)
