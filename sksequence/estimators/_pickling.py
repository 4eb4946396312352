"""Estimators in files: what is left out, and what cannot be."""

import numpy as np

from .._pickling import Versioned, VersionWarning

__all__ = ["PicklingMixin", "VersionWarning"]

WALL_TIME = ("seconds", "sequences_per_second", "steps_per_second")  # of an epoch


class PicklingMixin(Versioned):
    """How long it took to fit stays behind; weights from a file are looked at."""

    def _state_to_keep(self, state):
        state.pop("_in_rounds", None)  # of a fit that is under way
        if "history_" in state:  # equal fits are equal, however long they took
            state["history_"] = [
                {name: value for name, value in row.items() if name not in WALL_TIME}
                for row in state["history_"]
            ]
        return state

    def _check_state(self):
        if "theta_" not in vars(self):
            return
        theta, name = self.theta_, type(self).__name__
        if not isinstance(theta, np.ndarray) or theta.dtype.name not in FLOATS:
            raise ValueError(f"weights of {name} that are no array of floats")
        _check_numbers(self.architecture_, theta.size)
        size = self._network.layout.size
        if theta.shape != (size,):
            raise ValueError(
                f"weights of {name} of shape {theta.shape}, where its network has "
                f"{size:,}"
            )
        # What is finite has a finite sum of squares, unless that overflows.
        with np.errstate(all="ignore"):
            finite = np.isfinite(theta @ theta)
        if not (finite or np.isfinite(theta).all()):
            raise ValueError(f"weights of {name} that are not finite")


FLOATS = "float32", "float64"


def _check_numbers(value, largest):
    """No size in an architecture is larger than the number of weights."""
    if isinstance(value, dict):
        # How many tokens are drawn for a batch is no size of a network.
        value = [inner for name, inner in value.items() if name != "n_sampled"]
    if isinstance(value, (list, tuple)):
        if len(value) > max(largest, 100):
            raise ValueError("a network that has more layers than weights")
        for inner in value:
            _check_numbers(inner, largest)
    elif isinstance(value, int) and value > max(largest, 100):
        raise ValueError("a network that is larger than its weights")
