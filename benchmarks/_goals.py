"""The goals: what each asks for, and which measurements of speed.py tell it."""

from typing import NamedTuple

ALL_BUILT_IN = ("lstm", "gru", "rnn")
BOTH = ("dense", "ragged")


class Goal(NamedTuple):
    """Least ratios theirs / ours over MAIN_WORKLOADS, by cell and kind of lengths.

    Attributes
    ----------
    level, operation : str
    threads : int
    lengths, cells, peers : tuple of str
    mean, least : float or None
        The geometric mean and the least one; None asks for nothing.
    text : str
        What is measured, in words.
    """

    level: str
    operation: str
    threads: int
    lengths: tuple[str, ...]
    cells: tuple[str, ...]
    peers: tuple[str, ...]
    mean: float | None
    least: float | None
    text: str

    def is_of(self, row):
        """Whether a measurement tells it."""
        return (
            (row["level"], row["operation"], row["threads"]) == self[:3]
            and row["lengths"] in self.lengths
            and row["cell"] in self.cells
            and row["peer"] in self.peers
        )


LAYER, FIT, PREDICT, ONE, STEP = (
    ("kernel", "forward_backward", 1),
    ("estimator", "fit", 1),
    ("estimator", "predict", 1),
    ("estimator", "predict_one", 1),
    ("step", "step", 1),
)
SECOND, BOTH_OF_TWO = ("threads", "second_thread", 2), ("estimator", "fit", 2)
DENSE, RAGGED, LSTM = ("dense",), ("ragged",), ("lstm",)
TORCH, PACKED, PADDED = ("torch",), ("packed",), ("padded",)
ORT, ALONE = ("onnxruntime",), ("one thread",)
# fmt: off
GOALS = {
    "fit-ragged": Goal(*FIT, RAGGED, ALL_BUILT_IN, PACKED, 8.0, 4.0,
                       "fit, lengths differ"),
    "fit-padded": Goal(*FIT, RAGGED, LSTM, PADDED, 1.8, 1.2,
                       "fit, lengths differ, PyTorch padded"),
    "fit-dense": Goal(*FIT, DENSE, ("gru", "rnn"), TORCH, 4.0, 2.0,
                      "fit, equal lengths"),
    "predict-ragged": Goal(*PREDICT, RAGGED, ALL_BUILT_IN, PACKED, 4.0, None,
                           "predict, lengths differ"),
    "predict-dense": Goal(*PREDICT, DENSE, ALL_BUILT_IN, TORCH, 2.0, None,
                          "predict, equal lengths"),
    "predict-one": Goal(*ONE, BOTH, LSTM, (*TORCH, *PACKED, *PADDED), 2.0, 1.2,
                        "predict one sequence"),
    "layer": Goal(*LAYER, DENSE, LSTM, TORCH, 1.2, 0.9,
                  "one layer, forward and backward"),
    "step": Goal(*STEP, DENSE, LSTM, ORT, None, 1.0,
                 "a step of one sequence, ONNX Runtime"),
    "two-threads": Goal(*BOTH_OF_TWO, DENSE, LSTM, TORCH, 1.0, None,
                        "fit, equal lengths, two threads of each"),
    "second-thread": Goal(*SECOND, BOTH, ALL_BUILT_IN, ALONE, 1.5, 1.0,
                          "fit, two threads over one of ours"),
}
# fmt: on
# The fraction of the peak in ``fit`` with this many units and more.
PEAK_GOAL, PEAK_GOAL_UNITS = 0.7, 128


def goal_of(row):
    """(name, Goal) of what a measurement tells; None if of none."""
    for name, goal in GOALS.items():
        if goal.is_of(row):
            return name, goal
    return None
