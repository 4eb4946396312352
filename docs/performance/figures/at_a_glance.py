"""All goals: mean ratios, least and greatest ones, with each engine."""

from _results import FOLDER
from compare import read
from plot_glance import draw

facts, rows = read(FOLDER / "speed.csv")
draw(rows, facts)
