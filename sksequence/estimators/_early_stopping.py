"""What early stopping watches: a part of the training data, or what is given."""

from numbers import Integral, Real

import numpy as np

from .. import _parameters as p
from .._fingerprint import fingerprint
from .._messages import brief
from ._hints import warn_of_overlap
from ._validation import Validation, split_as_given, split_at_random, take


class EarlyStoppingMixin:
    """For an estimator with ``early_stopping`` and ``validation_fraction``."""

    def _hold_out(self, data, given, rng, keeper=None):
        """What is trained on, and what early stopping watches: None for nothing."""
        before = rng.get_state()
        if isinstance(self.validation_fraction, Real):
            data, counted = data.counted("sample_weight")
            warn_of_overlap(data.X)
            kept, out = self._as_before(
                (counted, *self._held(data.y)),
                lambda: self._split(data.y, rng),
                isinstance(self.random_state, Integral),
            )
        else:
            splitter, name = self.validation_fraction, type(self).__name__
            kept, out = self._as_before(
                (len(data), *self._held(data.y)),
                lambda: split_as_given(splitter, data.y, name),
                not hasattr(splitter, "split"),
                keeper,
            )
            counts = data.counts
            kept, out, counted = (
                kept[counts[kept]],
                out[counts[out]],
                np.arange(len(data)),
            )
            if not len(kept):
                raise ValueError(
                    "sample_weight makes the weight of every sequence zero that "
                    "validation_fraction leaves to training."
                )
        if not len(out):
            p.warn_user(
                f"early_stopping=True of {type(self).__name__} watches nothing: of the "
                f"{len(data)} sequences none can be left out, {self._why_none(data)}. "
                "It trains as without early_stopping. Pass more sequences, or X_val."
            )
            rng.set_state(before)
            return data, None
        shown = shown_weights = None
        if self.scoring is not None:
            weights = given.sample_weight
            if isinstance(weights, Real) or getattr(weights, "ndim", 1) == 0:
                weights = np.full(counted.max() + 1, weights)
            parts = given.X, *self._as_scored(given.y, weights)
            *shown, shown_weights = (take(part, counted[out]) for part in parts)
        return data[kept], Validation(data[out], shown, shown_weights)

    def _as_before(self, what, split, fixed, keeper=None):
        """The parts that ``split()`` gives; where training is resumed, those before.

        If they are not ``fixed``, what was trained on would else be watched. ``what``
        is split: others are parts of other sequences, or of other labels.
        """
        of = repr(self.validation_fraction), fingerprint(what)
        before = getattr(self, "_split_before", None)
        if not (self.warm_start and not fixed and before and before[0] == of):
            before = of, split()
        if keeper is not None and not fixed:
            keeper.split = before = keeper.split or before
        self._split_before = before if self.warm_start else None
        return before[1]

    def _split(self, y, rng):
        """Which sequences are trained on, and which early stopping watches."""
        return split_at_random(len(y), self.validation_fraction, rng, *self._held(y))

    def _as_scored(self, y, sample_weight=None):
        """Targets and weights that were given, as ``scoring`` takes them."""
        return y, sample_weight

    def _held(self, y):
        """Which sequences hold which labels, as two arrays.

        A label that one sequence holds stays in training.
        """
        return (), ()

    def _why_none(self, data):
        labels = self._held(data.y)[1]
        if not isinstance(self.validation_fraction, Real):
            return "for those that validation_fraction leaves out have no weight"
        if len(data) == 1 or not len(labels):
            return "or there were none to train on"
        names = self.classes_[np.unique(labels)].tolist()
        return f"or training would lack one of the labels {brief(names)}"

    def _check_validation(self, X_val, y_val, architecture, dtype):
        """A validation set that is given; its entries count alike."""
        data = self._read(
            X_val,
            y_val,
            None,
            reset=False,
            suffix="_val",
            n_features=architecture["n_features"],
            dtype=dtype,
        )
        return Validation(data, (X_val, self._as_scored(y_val)[0]))
