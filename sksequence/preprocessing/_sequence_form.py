"""What one sequence of X was in ``fit``, for a number a step may be read in two ways.

A table's rows are sequences. To what was fitted on sequences of vectors, or is given a
table after a list of sequences, numbers side by side are the steps of one sequence.
"""

from typing import Any

import numpy as np

from .._kinds import is_list
from ..sequences import RaggedArray, refuse_one_sequence


class SequenceForm:
    """Remembers what X was in ``fit``, and refuses one sequence in place of many."""

    n_features_in_: int
    _fitted_on_table = _had_vectors = _had_sparse = False
    _form_dtype: str | None = None  # of floats that hold what X was

    def _learn_form(self, X: RaggedArray, table: bool) -> None:
        """Learn what X, as of ``as_ragged``, is; ``table`` as of ``is_table``."""
        self._fitted_on_table, self._had_vectors = table, X.values.ndim > 1
        self._had_sparse = X.is_sparse
        single = X.values.dtype in (np.float16, np.float32)
        self._form_dtype = "float32" if single else "float64"

    def _is_of_column(self, names: Any) -> bool:
        """Whether this is the name of a column that holds sequences of vectors.

        A ColumnTransformer passes it on, and there is one for all features of a step.
        """
        one = is_list(names) and len(names) == 1 and isinstance(names[0], str)
        return one and not self._fitted_on_table and self.n_features_in_ > 1

    def _check_form(
        self, X: RaggedArray, given: Any, table: bool, name: str = "X"
    ) -> None:
        """Raise an error for what is read otherwise than it is meant."""
        if not self._fitted_on_table and (table or self._had_vectors):
            refuse_one_sequence(X, given, name)
