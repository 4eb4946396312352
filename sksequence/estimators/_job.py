"""Which fit a checkpoint is of: estimator, parameters, data and what went before."""

from numbers import Integral

import numpy as np

from .._fingerprint import fingerprint
from .._messages import brief
from .._version import __version__
from ..sequences import RaggedArray
from ._pickling import WALL_TIME

LETTERS = "_letters"  # are learnt from texts, and not public
NO_MATTER = {"verbose"}  # for what is learnt
OF_TRAINING = {  # attributes that say what came out
    "architecture_", "best_loss_", "best_validation_score_", "history_", "loss_",
    "loss_curve_", "n_iter_", "theta_", "validation_scores_",
}  # fmt: skip
LONGEST_TEXT = 80  # of a value


def job_of(estimator, data, validation, *, resuming):
    """What a fit is: two that have the same come to the same bits.

    Parameters
    ----------
    estimator : BaseRNN
        That has read its data.
    data : Data
    validation : Validation or None
        That was given.
    resuming : bool
        Whether it goes on from what the estimator has learnt before.

    Returns
    -------
    job : dict of str -> dict of str -> (text, fingerprint)
    """
    parameters = {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if name not in NO_MATTER
    }
    if not isinstance(parameters["random_state"], Integral):
        # What is drawn is in the file.
        parameters["random_state"] = type(parameters["random_state"]).__name__
    parameters |= getattr(estimator._in_rounds, "keywords", {})
    given = {"X": data.X, "y": data.y, "sample_weight": data.weights}
    if validation is not None:
        given |= {"X_val": validation.data.X, "y_val": validation.data.y}
    learnt = {
        name: value
        for name, value in vars(estimator).items()
        if _is_fitted(name) and name not in OF_TRAINING
    }
    if hasattr(estimator, LETTERS):
        learnt["the letters of X"] = getattr(estimator, LETTERS)
    if resuming:
        learnt["what was trained before"] = _Before(estimator)
    program = {
        "the estimator": type(estimator).__name__,
        "the version of sksequence": __version__,
    }
    return {
        of: {name: (_described(v), _fingerprint(v)) for name, v in values.items()}
        for of, values in {
            "program": program,
            "parameters": parameters,
            "data": given,
            "learnt": learnt,
        }.items()
    }


class _Before:
    """What an estimator has come to in the fit from which one goes on."""

    def __init__(self, estimator):
        self.history = [
            {name: value for name, value in row.items() if name not in WALL_TIME}
            for row in estimator.history_
        ]
        self.theta, self.scores = estimator.theta_, estimator.validation_scores_
        self.state = estimator._state

    def __repr__(self):
        return f"{len(self.history)} epochs"


def forget_fitted(estimator):
    """Without attributes of an earlier fit, which is none of this one's business."""
    for name in filter(_is_fitted, list(vars(estimator))):
        delattr(estimator, name)


def _is_fitted(name):
    return name.endswith("_") and not name.startswith("_")


def _fingerprint(value):
    """That of sequences is one of their numbers: names are among what is learnt.

    Of texts, such as labels, it is the same in each kind of array.
    """
    if isinstance(value, RaggedArray):
        value = value.values, value.offsets, value.static
    if isinstance(value, np.ndarray) and value.dtype.kind in "OUT":
        value = value.tolist()
    return fingerprint(value)


def _described(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} of {value.dtype}"
    return brief(value, LONGEST_TEXT)


def differences(then, now):
    """What differs between two jobs, a clause each."""
    # What follows from another estimator or version is not said.
    return _in("program", then, now) or [
        text for of in now for text in _in(of, then, now)
    ]


def _in(of, then, now):
    old, new, texts = then[of], now[of], []
    nothing = "not given" if of == "data" else "not there", None
    for name in sorted(old.keys() | new.keys()):
        was, before = old.get(name, nothing)
        is_now, after = new.get(name, nothing)
        if before != after and was == is_now:
            texts.append(f"{name} has other values")
        elif before != after:
            texts.append(f"{name} was {was} and is {is_now} now")
    return texts
