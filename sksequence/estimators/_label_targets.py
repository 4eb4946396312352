"""Targets that are labels of steps: classes, missing ones, what constraints allow."""

from dataclasses import replace

import numpy as np

from .._messages import brief
from ..network import LinearChain
from ..sequences import check_allowed, flat, labels_as_ragged, place_of
from ._class_weight import (
    NO_LABEL,
    UNSEEN,
    class_indices,
    classes_of,
    weigh_classes,
)
from ._constraints import forbidden_pairs
from ._hints import warn_of_one_hot
from ._label_chain import LabelChain


class LabelTargets:
    """For an estimator with the parameters ``decoder`` and ``constraints``.

    Checked targets are a RaggedArray: of class indices, or of rows of 0 and 1.
    """

    def _has_target(self, y):
        first = y.values if y.values.ndim == 1 else y.values[:, 0]
        return first != NO_LABEL

    def _without_missing(self, y):
        return y.with_values(np.maximum(y.values, 0))

    def _check_targets(self, y, *, reset, classes=None, name="y", unseen=False):
        """Class indices of all steps, or rows of 0 and 1, as a RaggedArray."""
        y, known = labels_as_ragged(y, name)
        if not known.any() and (reset or not len(known)):
            place = "{}[{}][{}]".format(name, *place_of(y.offsets, 0))
            which = f": {place} is nan or None, as are all others" if len(known) else ""
            raise ValueError(f"{name} holds no labels{which}.")
        multilabel = y.values.ndim == 2
        if not known.any():  # nor does it say of which kind they are
            multilabel = self._multilabel
            shape = (len(known), len(self.classes_)) if multilabel else (len(known),)
            return y.with_values(np.full(shape, NO_LABEL))
        if multilabel:
            self._check_multilabel(y, name)
            labels = np.arange(y.values.shape[1])
            if reset:
                warn_of_one_hot(y.values[known], name, "step")
        else:
            labels = np.unique(y.values)
        if reset:
            self.classes_ = classes_of(labels, classes, multilabel, name, "labels")
            self._multilabel = multilabel
        elif multilabel != self._multilabel:
            kinds = {True: "rows of 0 and 1", False: "one label a step"}
            raise ValueError(
                f"{name} holds {kinds[multilabel]}, but the tagger was fitted with "
                f"{kinds[self._multilabel]}."
            )
        if multilabel:
            if len(labels) != len(self.classes_):
                raise ValueError(
                    f"{name} has {len(labels)} labels a step, but the tagger was "
                    f"fitted with {len(self.classes_)}."
                )
            indices = y.values.astype(np.intp)
        else:
            indices = class_indices(
                y.values,
                self.classes_,
                name=name,
                place=lambda row: "{}[{}][{}]".format(name, *place_of(y.offsets, row)),
                unseen=unseen,
            )
        indices[~known] = NO_LABEL
        return y.with_values(indices)

    def _check_several_labels(self, name):
        for parameter, plain in [("decoder", "softmax"), ("constraints", None)]:
            value = getattr(self, parameter)  # perhaps an array
            if value is not plain and not (isinstance(value, str) and value == plain):
                raise ValueError(
                    f"{parameter} must be {plain!r} where {name} holds rows of 0 and 1 "
                    f"(several labels a step). Got {brief(value)}."
                )

    def _check_multilabel(self, y, name):
        bad = np.argwhere((y.values != 0) & (y.values != 1))
        if len(bad):
            row, column = bad[0].tolist()
            i, t = place_of(y.offsets, row)
            way = ""
            if y.values.shape[1] == 1:
                way = " Of one label a step the shape is (n_steps,), without a column."
            raise ValueError(
                f"{name}[{i}][{t}] holds {brief(y.values[row, column])}. Where it has "
                f"one column a label, entries must be 0 or 1.{way}"
            )

    def _check_agree(self, y, X, suffix=""):
        super()._check_agree(y, X, suffix)
        if self._multilabel:
            self._check_several_labels(f"y{suffix}")
        if not suffix:  # also where training goes on
            pairs = None if self._multilabel else self.constraints
            self._forbidden = forbidden_pairs(pairs, self.classes_)
        if not self._forbidden:
            return
        rule = f"constraints={brief(self.constraints)}"
        check_allowed(y, self._forbidden, self.classes_, rule, f"y{suffix}")
        if (y.values == NO_LABEL).any():
            self._check_completed(y, f"y{suffix}")

    def _check_completed(self, y, name):
        """Raise an error if a sequence has no allowed labels for steps without one."""

        def impossible(i):
            raise ValueError(
                f"constraints={brief(self.constraints)} allow no labels for "
                f"{name}[{i}]: none in the place of those that are missing."
            )

        chain = LinearChain(len(self.classes_), self._forbidden, trained=False)
        scores = y.with_values(np.zeros((len(y.values), len(self.classes_))))
        given = np.where(y.values == UNSEEN, NO_LABEL, y.values)
        log_p = LabelChain(chain, {}, scores, impossible).log_likelihood(given)
        if (log_p == -np.inf).any():
            impossible(np.argmin(log_p))

    def _encode(self, data, dtype, *, reset, partial):
        data = replace(data, y=self._without_missing(data.y))
        data = weigh_classes(self, data, partial)
        return replace(data, y=self._encode_y(data.y, dtype))

    def _encode_y(self, y, dtype):
        return y.with_values(y.values.astype(dtype)) if self._multilabel else y

    def _held(self, y):
        sequence = np.repeat(np.arange(len(y)), getattr(y, "lengths", 1))
        labels = flat(y)
        if self._multilabel:
            row, label = np.nonzero(labels > 0)
            return sequence[row], label
        return sequence[labels >= 0], labels[labels >= 0]

    def _decode_targets(self, y):
        return np.asarray(y if self._multilabel else self._named(y))

    def _named(self, y):
        return y.with_values(self.classes_[y.values])

    def _n_outputs(self):
        return len(self.classes_)
