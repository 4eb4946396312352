"""Estimators in files: what is left out, and what to say of another version."""

from sklearn.exceptions import InconsistentVersionWarning

from .. import _parameters as p
from .._version import __version__

WALL_TIME = ("seconds", "sequences_per_second", "steps_per_second")  # of an epoch


class VersionWarning(InconsistentVersionWarning):
    """An estimator was pickled by another version of sksequence."""

    def __str__(self):
        return (
            f"{self.estimator_name} was pickled by sksequence "
            f"{self.original_sklearn_version} and is loaded by "
            f"{self.current_sklearn_version}. It may behave differently or fail."
        )


class PicklingMixin:
    """The version goes with an estimator; how long it took to fit stays behind."""

    def __getstate__(self):
        state = {**super().__getstate__(), "_sksequence_version": __version__}
        state.pop("_in_rounds", None)  # of a fit that is under way
        if "history_" in state:  # equal fits are equal, however long they took
            state["history_"] = [
                {name: value for name, value in row.items() if name not in WALL_TIME}
                for row in state["history_"]
            ]
        return state

    def __setstate__(self, state):
        state = dict(state)
        version = state.pop("_sksequence_version", "unknown")
        if version != __version__:
            p.warn_user(
                VersionWarning(
                    estimator_name=type(self).__name__,
                    current_sklearn_version=__version__,
                    original_sklearn_version=version,
                )
            )
        super().__setstate__(state)
