"""Ratios of the level "estimator", threads: 2."""

from _results import FOLDER
from compare import read
from plot_speed import draw

facts, rows = read(FOLDER / "speed.csv")
chosen = [r for r in rows if r["level"] == "estimator" and r["threads"] == 2]
draw(chosen, facts, 2)
