"""What ``trace`` gives: arrays by name, ours or the course's, in full or by its end."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief


class NamedArrays(Mapping[str, Any]):
    """Arrays by name; the end of a name is enough where only one ends so.

    Parameters
    ----------
    arrays : dict of str -> array
    other_names : dict of str -> str
        Further names -> those of ``arrays``. Where both have a name, it is that of
        ``arrays``.

    Examples
    --------
    >>> from sksequence.inspection._trace_result import NamedArrays
    >>> arrays = NamedArrays({"rnn0.h": 1, "rnn0.f": 2}, {"rnn0.Gamma_f": "rnn0.f"})
    >>> arrays["rnn0.f"], arrays["f"], arrays["Gamma_f"]
    (2, 2, 2)
    >>> list(arrays)
    ['rnn0.h', 'rnn0.f']
    """

    def __init__(
        self, arrays: Mapping[str, Any], other_names: Mapping[str, str] | None = None
    ):
        self._arrays = arrays
        others = (other_names or {}).items()
        self._other_names = {k: v for k, v in others if v in arrays and k not in arrays}

    def find(self, name: str) -> list[str]:
        """The full names, ours, of all arrays with this name or this end of it.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of str
        """
        known = {**{k: k for k in self._arrays}, **self._other_names}
        if name in known:
            return [known[name]]
        ends = {v for k, v in known.items() if k.endswith(f".{name}")}
        return [k for k in self._arrays if k in ends]

    def other_names(self, name: str) -> list[str]:
        """Other names of an array, without its layer: ["Gamma_f"]."""
        others = self._other_names.items()
        return [k.rpartition(".")[2] for k, v in others if v == name]

    def __getitem__(self, name: str) -> Any:
        found = self.find(name)
        if len(found) == 1:
            return self._arrays[found[0]]
        which = ", ".join(found or self._arrays)
        what = "is not one of" if not found else "may be any of"
        raise KeyError(f"{brief(name)} {what}: {which}.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self):
        rows = [
            (name, str(np.shape(array)), ", ".join(self.other_names(name)))
            for name, array in self._arrays.items()
        ]
        widths = [max(map(len, column), default=0) for column in zip(*rows)]
        return [
            "  ".join(text.ljust(n) for text, n in zip(row, widths)).rstrip()
            for row in rows
        ]


class SequenceTrace(NamedArrays):
    """What a fitted network does with one sequence; the result of ``trace``.

    A mapping of names to arrays with one row per step. See :func:`trace` for the names.

    Parameters
    ----------
    arrays : dict of str -> array
    other_names : dict of str -> str
        The course's names -> those of ``arrays``.
    kinds : dict of str -> str
        What each array holds: "tokens", "input", "state", "gate" (from 0 to 1),
        "candidate" (from -1 to 1), "attention" (rows sum to one), "probability" or
        "number" (of ``y_hat``).
    classes : ndarray of shape (n_outputs,), default=None
        The meaning of the columns of ``y_hat``.
    gradients : mapping, default=None
        Gradients of ``loss``, by the same names.
    loss : float, default=None
    owner : str, default=""
        The class of the estimator.

    Attributes
    ----------
    kinds, classes, gradients, loss
        As given.
    """

    def __init__(
        self,
        arrays: Mapping[str, Any],
        other_names: Mapping[str, str],
        kinds: Mapping[str, str],
        classes: npt.NDArray[Any] | None = None,
        gradients: NamedArrays | None = None,
        loss: float | None = None,
        owner: str = "",
    ):
        super().__init__(arrays, other_names)
        self.kinds, self.classes, self.owner = kinds, classes, owner
        self.gradients, self.loss = gradients, loss

    def __repr__(self) -> str:
        first = f"Trace of {self.owner}"
        if self.gradients is not None:
            first += f", with gradients of the loss, {self.loss:.4g}"
        return "\n".join([first, *(f"  {line}" for line in self._lines())])
