"""Checkpoints: the state of a training in a file, from which ``fit`` goes on.

A file holds which fit it is (``job_of``), the state of the generator it began with, and
the state of the training. A fit that finds its own file begins as it began then, with
the same draws, and takes over the state.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np

from .. import _parameters as p
from .._container import (
    DamagedFile,
    read_container,
    remove_leftovers,
    shown,
    write_container,
)
from .._messages import OF_VALUES, brief
from .._typing import FilePath
from ._job import differences

KIND = "checkpoint"
LONGEST_EPOCH = 600.0  # seconds, of which no checkpoint is written in its midst


@dataclass(frozen=True)
class Checkpoint:
    """A file for the state of training, and how often ``fit`` writes it.

    ``fit(X, y, checkpoint=file)`` is short for ``fit(X, y,
    checkpoint=Checkpoint(file))``. If the file exists, training continues from it.

    Parameters
    ----------
    path : str or PathLike
        The file. Its folder must exist.
    every : float, default=None
        Seconds between two writes: the state is written after the first batch or epoch
        that ends after this time. None: after each epoch, and within an epoch every ten
        minutes. At the end of training the state is always written.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sksequence import Checkpoint, RNNRegressor
    >>> X, y = [[[1.0], [2.0]], [[3.0]]] * 4, [3.0, 6.0] * 4
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "sums.checkpoint"
    ...     reg = RNNRegressor(4, max_iter=3, random_state=0)
    ...     first = reg.fit(X, y, checkpoint=Checkpoint(file, every=60)).predict(X)
    ...     again = reg.fit(X, y, checkpoint=file).predict(X)  # read from the file
    >>> bool((first == again).all())
    True
    """

    path: FilePath
    every: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.path, (str, os.PathLike)) or isinstance(
            os.fspath(self.path), bytes
        ):
            raise TypeError(
                "checkpoint must be the name of a file, as a str or a PathLike, or a "
                f"Checkpoint. Got {brief(self.path)} instead."
            )
        every = self.every
        if every is not None and not (p.is_number(every) and 0 <= every < np.inf):
            raise ValueError(
                "The 'every' parameter of Checkpoint must be a float in the range "
                f"[0, inf), seconds, or None. Got {brief(every)} instead."
            )


def as_checkpoint(checkpoint):
    """What is given as ``checkpoint``, of which the folder is there; None for none."""
    if checkpoint is None:
        return None
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint(checkpoint)
    path = Path(checkpoint.path)
    where = f"checkpoint {shown(checkpoint.path)}"
    try:
        os.stat(path)
    except (FileNotFoundError, PermissionError):
        pass  # the one is as it should be, of the other opening the file tells
    except (OSError, ValueError) as error:  # it is too long, or holds a null byte
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{where} is no name of a file: {reason}.") from error
    if path.is_dir() or not os.fspath(checkpoint.path):
        raise ValueError(f"{where} is a folder. Pass the name of a file.")
    if not path.parent.is_dir():
        raise ValueError(f"{where}: there is no folder {shown(path.parent)}.")
    return checkpoint


# -- the file --------------------------------------------------------------------------


class Keeper:
    """Keeps the state of one training in a file.

    Parameters
    ----------
    checkpoint : Checkpoint
    job : dict
        Of ``job_of``.
    rng : RandomState
        From which the fit draws. If there is a file, it is set back to where the fit
        began.

    Attributes
    ----------
    found : dict or None
        What was in the file.
    split : tuple or None
        What ``BaseRNN._as_before`` has to remember.

    Raises
    ------
    ValueError
        If the file is that of another fit, or damaged.
    """

    def __init__(self, checkpoint, job, rng):
        self.where = f"checkpoint {shown(checkpoint.path)}"
        self.path, self.every = Path(checkpoint.path).absolute(), checkpoint.every
        self.job, self.split = job, None
        self.training = self.rounds = None
        self.fails = self.is_others = False
        self.written_at = monotonic()
        remove_leftovers(self.path)
        self.found = self._read()
        self.mark = _mark(self.path)  # of the file that is ours
        if self.found is None:
            self.random = rng.get_state()
            return
        with self._checked():
            self.random, self.split = self.found["random"], self.found["split"]
            rng.set_state(self.random)

    def _read(self):
        try:
            found = read_container(self.path, KIND)
        except FileNotFoundError:
            return None
        except DamagedFile as error:
            raise DamagedFile(
                f"checkpoint {error} Remove it to begin anew, or pass another file."
            ) from error
        except OSError as error:
            raise type(error)(f"{self.where} cannot be read: {error}") from error
        with self._checked():
            texts = differences(found["job"], self.job)
        if texts:
            more = f"; and {len(texts) - 3} others" if len(texts) > 3 else ""
            way = "Pass another file, or remove this one to begin anew."
            if any("trained before" in text for text in texts):
                way = (
                    "Pass another file; or to go on with a fit that was interrupted, "
                    "call fit of an estimator as it was before, such as a new one."
                )
            raise ValueError(
                f"{self.where} is of another fit: {'; '.join(texts[:3])}{more}. {way}"
            )
        return found

    def _checked(self):
        return _Checked(self.where)

    # -- reading -----------------------------------------------------------------------

    def begin(self, training, rounds):
        """Let a training go on from the file, or be kept in it.

        Parameters
        ----------
        training : Training
        rounds : Rounds or None
            What takes the place of its epochs.

        Returns
        -------
        ended : bool
            Whether the training is at its end.
        diverged : str or None
            Why it ended, if it did because it diverged.
        """
        self.training, self.rounds = training, rounds
        if rounds is None:
            training.between_batches = self._is_time, self.save
        if self.found is None:
            self.save()
            return False, None
        with self._checked():
            found = self.found
            state = _with_equal(found["training"])
            own = training.get_state(copied=False)
            if state["best"]["theta"] is not None:
                own["best"] = {**own["best"], "theta": own["theta"]}
            for name in own.keys() - {"history", "under_way"}:
                _check_alike(state[name], own[name], name)
            for row in state["history"]:
                _check_alike(row["loss"], 0.0, "a loss")
            ended, diverged = bool(found["ended"]), found["diverged"]
            if rounds is not None:
                _check_alike(found["rounds"]["velocity"], rounds.velocity, "velocity")
                rounds.set_state(found["rounds"])
            training.set_state(state)
        self.found = None  # its arrays are no longer needed
        return ended, diverged

    # -- writing -----------------------------------------------------------------------

    def _is_time(self):
        every = LONGEST_EPOCH if self.every is None else self.every
        return monotonic() - self.written_at >= every

    def after_epoch(self, ended):
        """Write the state, if it is time to."""
        if ended or self.every is None or self._is_time():
            self.save(ended)

    def save(self, ended=False, diverged=None):
        """Write the state. If that fails, training goes on, with a warning."""
        if self.is_others:
            return
        try:
            now = _mark(self.path)
            if now != self.mark and now is not None:
                self.is_others = True
                p.warn_user(
                    f"{self.where} was written by somebody else, so this fit goes on "
                    "without it. Use a file of its own for each fit."
                )
                return
            write_container(self.path, KIND, self._content(ended, diverged))
            if now != self.mark:
                p.warn_user(
                    f"{self.where} had vanished. Training goes on; the file is "
                    "written anew."
                )
            self.mark = _mark(self.path)
            self.fails = False
        except (OSError, MemoryError) as error:
            if not self.fails:
                self.fails = True
                p.warn_user(
                    f"{self.where} could not be written after "
                    f"{len(self.training.history)} epochs ({type(error).__name__}: "
                    f"{error!s:.200}). Training goes on; if the fit ends early, what "
                    "was written before is what is left."
                )
        self.written_at = monotonic()

    def _content(self, ended, diverged):
        return {
            "job": self.job,
            "random": self.random,
            "split": self.split,
            "training": _without_equal(self.training.get_state(copied=False)),
            "rounds": self.rounds and self.rounds.get_state(),
            "ended": ended or diverged is not None,
            "diverged": diverged,
        }


def _mark(path):
    """What tells a file from those written in its place, or None for no file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


class _Checked:
    """A context for what comes from a file: an error means that the file is wrong."""

    def __init__(self, where):
        self.where = where

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None and issubclass(kind, OF_VALUES):
            raise DamagedFile(
                f"{self.where} holds what no training has written ({error!s:.200})."
            ) from error


def _check_alike(found, own, place):
    """Raise an error if a part of a state is not built as that of this training."""
    if type(found) is not type(own):
        raise ValueError(f"{place} is {brief(found, 40)}")
    if isinstance(own, np.ndarray):
        if (found.dtype, found.shape) != (own.dtype, own.shape):
            raise ValueError(f"{place} has shape {found.shape} of {found.dtype}")
    elif isinstance(own, dict):
        if found.keys() != own.keys():
            raise ValueError(f"{place} has {brief(list(found), 40)}")
        for name in own:
            _check_alike(found[name], own[name], f"{place}[{name!r}]")
    elif isinstance(own, (list, tuple)):
        if len(found) != len(own):
            raise ValueError(f"{place} has {len(found)} parts")
        for k in range(len(own)):
            _check_alike(found[k], own[k], f"{place}[{k}]")


# Copies of weights, many of which are equal to those before them or to theta.
COPIES = [
    ("average", "average"),
    ("good", "whole"),
    ("good", "theta"),
    ("best", "theta"),
]


def _without_equal(state):
    """A state in which arrays that are equal to one before have its number."""
    state, before = dict(state), [state["theta"]]
    for part, name in COPIES:
        held = state[part] and state[part][name]
        if held is None:
            continue
        same = [k for k, other in enumerate(before) if _equal(other, held)]
        if same:
            state[part] = {**state[part], name: same[0]}
        else:
            before.append(held)
    return state


def _with_equal(state):
    """The state that ``_without_equal`` was given."""
    state, before = dict(state), [state["theta"]]
    for part, name in COPIES:
        held = state[part] and state[part][name]
        if isinstance(held, int):
            state[part] = {**state[part], name: before[held]}
        elif held is not None:
            before.append(held)
    return state


def _equal(a, b):
    """Whether two arrays have the same bits."""
    bits = f"u{a.itemsize}"
    return np.array_equal(a.view(bits), b.view(bits))
