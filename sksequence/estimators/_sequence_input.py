"""Input that is sequences of steps: vectors, numbers, sparse rows or token ids."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _kinds
from ..preprocessing._feature_names import check_feature_names, check_table
from ..preprocessing._sequence_form import SequenceForm
from ..sequences import (
    as_ragged,
    check_sequences,
    check_token_range,
    check_width,
    is_table,
    width_of_lists,
)
from ._hints import (
    warn_of_coarse_steps,
    warn_of_ids,
    warn_of_padding,
    warn_of_scale,
    warn_of_shape,
)

SHORTEST_SERIES = 5  # steps; a table of fewer columns is none of series, most likely


class SequenceInput(SequenceForm):
    """For an estimator whose X is sequences; it says whether they are token ids."""

    n_features_in_: int
    feature_names_in_: npt.NDArray[Any]
    _embedding_of_ids = "embedding_dim"  # the parameter that makes integers ids

    def _takes_tokens(self):
        """Whether the steps of X are token ids."""
        return self.embedding_dim is not None

    def _check_X(self, X, *, reset, name="X", n_features=None, dtype=None):
        """Any kind of X as a checked RaggedArray, with this network's width of a step.

        A 2-D array is univariate sequences of equal length. Scikit-learn reads it as a
        table, and so its ``n_features_in_`` is the number of columns. With ``reset``
        the width is learnt; else it must be ``n_features`` (default: that of the fitted
        network), and numbers come in the precision of the fitted weights. What was
        fitted on sequences takes no array (n_steps, 1): it is one of them, more likely
        than n_steps of one step.
        """
        if dtype is None:
            dtype = self.dtype if reset else self.theta_.dtype
        owner = type(self).__name__
        tokens = self._takes_tokens()
        _kinds.refuse_views(X, name)
        given, table = X, is_table(X)
        if table and (reset or self._fitted_on_table):
            check_table(self, X, reset=reset, name=name)
        X = as_ragged(X, name=name)
        as_given = X
        if not reset:
            self._check_form(X, given, table, name)
        if not reset and not table:
            check_feature_names(self, X, reset=False, name=name)
        of_ids = self._embedding_of_ids
        X = check_sequences(
            X, name=name, dtype=dtype, tokens=tokens, parameter=of_ids, owner=owner
        )
        width = X.values.shape[1] if X.values.ndim == 2 else 1
        if reset:
            warn_of_padding(as_given)
            if not tokens and not table:
                warn_of_ids(as_given, owner, of_ids)
            if not tokens and not (table and X.lengths[0] < SHORTEST_SERIES):
                warn_of_shape(X, owner)
                if not self.standardize:
                    warn_of_scale(X, owner)
                elif X.dtype == np.float32:
                    warn_of_coarse_steps(as_given)
            self._learn_form(as_given, table)
            self._width_of_lists = None if tokens else width_of_lists(given)
            self._feature_names = None
            if not table:
                self.n_features_in_ = width
                check_feature_names(self, X, reset=True)
            return X
        if n_features is None:
            n_features = self.architecture_["n_features"]
        if tokens and not X.is_sparse:
            check_token_range(X, n_features, name)
        else:
            check_width(X, given, n_features, owner=owner, name=name)
        if X.is_sparse and not self._had_sparse and not tokens:
            # As in fit, where a mean was learnt, which sparse steps do not have.
            X = X.with_values(X.values.toarray(), X.feature_names)
        return X

    def _check_form(self, X, given, table, name):
        super()._check_form(X, given, table, name)
        if self._fitted_on_table or not table:
            return
        width = np.shape(given)[1]
        if self._width_of_lists not in (None, width):
            raise ValueError(
                f"{name} is an array of sequences of {width} steps, but "
                f"{type(self).__name__} was fitted on lists of {self._width_of_lists} "
                "each. Where lengths differ, pass a list of sequences."
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
