"""Static numbers: what an estimator was fitted with, it is given again."""

from typing import Any

import numpy as np

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._messages import brief, name_of
from .._state import reads_fitted
from .._typing import FloatArray
from ..sequences import RaggedArray, static_rows
from ._hints import warn_of_coarse_mean, warn_of_static_scale
from ._standardize import mean_and_scale

HOW = (
    "X.with_static(S) of a RaggedArray adds them, one row a sequence, and X[[i]] keeps "
    "them where X[i] does not."
)


class StaticInput:
    """For an estimator that takes static numbers beside the steps of X."""

    _n_static: int = 0
    _static_names: list[Any] | None = None
    params_: dict[str, FloatArray]

    @property
    @reads_fitted
    def static_mean_(self) -> FloatArray:
        """Mean of each static number over the sequences of the first fit.

        Of taggers and step regressors over all steps, beside which they stand.
        """
        return self._of_static("mean")

    @property
    @reads_fitted
    def static_scale_(self) -> FloatArray:
        """Standard deviation of each static number."""
        return self._of_static("scale")

    def _of_static(self, what):
        found = self.params_.get(f"static.{what}")
        if found is None:
            raise AttributeError(
                f"This {type(self).__name__} has no static_{what}_: it was fitted "
                "without static numbers, or standardize=False."
            )
        return found

    def _start_values(self, network, rng, dtype, data):
        theta = super()._start_values(network, rng, dtype, data)
        views = network.layout.views(theta)
        if "static.mean" in views:
            weights = data.weights_as_read
            if isinstance(weights, RaggedArray):  # each is beside all of its steps
                weights = np.add.reduceat(weights.values, weights.offsets[:-1])
            mean, scale = mean_and_scale(data.X.static, weights)
            names = self._static_names
            warn_of_coarse_mean(mean, scale, dtype, names, "static number")
            views["static.mean"][:], views["static.scale"][:] = mean, scale
        return theta

    def _check_static(self, X, *, reset, name, dtype):
        """X with its static numbers checked.

        Parameters
        ----------
        X : RaggedArray
            Checked but for these.
        reset : bool
            Whether to learn their number and names; else they must be as they were.
        name : str
            What errors call X.
        dtype : "auto" or dtype
            Of the network.
        """
        static, names = X.static, X.static_names
        n = 0 if static is None else static.shape[1]
        if reset:
            self._n_static, self._static_names = n, names
        owner, known = type(self).__name__, self._static_names
        if n != self._n_static:
            way = HOW if self._n_static else f"Pass {name}.with_static(None)."
            raise ValueError(
                f"{name} has {_number(n, names)}, but {owner} was fitted with "
                f"{_number(self._n_static, known)}. {way}"
            )
        if n == 0:
            return X
        _check_names(names, known, f"{name}.static", owner)
        if isinstance(dtype, str):  # "auto"
            dtype = X.dtype if X.dtype.kind == "f" else np.float32
        _check_finite(static, names, dtype, f"{name}.static", owner)
        if reset and not self.standardize:
            warn_of_static_scale(static, owner)
        return X

    def _check_static_of_state(self, static, n, dtype):
        """Static numbers of n sequences that are read step by step, or None."""
        owner, expected = type(self).__name__, self._n_static
        if static is None and expected == 0:
            return None
        if static is None or expected == 0:
            shape = f"of shape ({n}, {expected})" if expected else "None"
            raise ValueError(
                f"static must be {shape}, for {owner} was fitted with "
                f"{_number(expected, self._static_names)}. Got {brief(static)} instead."
            )
        names = None
        if n == 1 and np.ndim(static) == 1 and _is_row(static, self._static_names):
            names = names_of_row(static)
            static = [_frames.plain(static, "static")]
        rows, names = static_rows(static, n, names)
        if rows.shape[1] != expected:
            raise ValueError(
                f"static must be of shape ({n}, {expected}). Got shape {rows.shape}."
            )
        if names is not None and self._static_names is not None:
            _frames.check_names(names, self._static_names, "static", "the data of fit")
        _check_finite(rows, names, dtype, "static", owner)
        return rows


def _check_names(names, known, what, owner):
    """Names must be those of ``fit``; where one side has none, a warning says so."""
    if known is None and names is not None:
        p.warn_user(f"{what} has names, but {owner} was fitted without names of it.")
    elif known is not None and names is None:
        p.warn_user(
            f"{what} does not have names, but {owner} was fitted with the names "
            f"{brief(known)}: numbers are taken in this order."
        )
    elif known is not None:
        _frames.check_names(names, known, what, "the data of fit")


def _is_row(static, known):
    """Whether 1-D static numbers of one sequence are its row, and no column.

    Of one number, both may be; then a column has no names of fit as its index.
    """
    if not _kinds.is_column(static) or len(static) != 1:
        return True
    return known is not None and names_of_row(static) == known


def names_of_row(row):
    """The index of a row of a data frame, if somebody chose it; else None."""
    index = getattr(row, "index", None)  # a method, of a list
    names = list(index) if _kinds.is_column(index) else None
    return None if names is None or names == list(range(len(names))) else names


def _number(n, names):
    """How many static numbers, and which, in words."""
    if n == 0:
        return "no static numbers"
    which = f" ({', '.join(map(str, names))})" if names else ""
    return f"{n} static number{'s' * (n > 1)} a sequence{which}"


def _check_finite(static, names, dtype, name, owner):
    """Raise an error that says where a static number is not finite in a type.

    They stay as exact as they are until the network has taken their mean off.
    """
    values = _values.as_floats(static, dtype, copy=False)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad) == 0:
        return
    i, k = bad[0].tolist()
    column = f"column {name_of(k, names)}"
    what, way = f"infinity or a value too large for {values.dtype}", ""
    if np.isnan(values[i, k]):
        what, way = "NaN", " Fill missing ones first, as SimpleImputer does."
    raise ValueError(
        f"{name} contains {what} in row {i}, {column}. {owner} needs finite numbers."
        f"{way}"
    )
