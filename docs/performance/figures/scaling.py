"""How time and memory grow."""

from _results import FOLDER
from plot_scaling import draw, read_curves

draw(*read_curves(FOLDER / "memory.csv"))
