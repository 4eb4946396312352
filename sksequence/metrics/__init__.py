"""Scores of labels and numbers at every step, of spans, and of output sequences.

scikit-learn's metrics take one target for each sample. Here ``y_true`` and ``y_pred``
hold one sequence of labels (or one 0/1 matrix, or numbers) for each sample. The
``*_scorer`` objects are for ``scoring=`` in ``GridSearchCV``, ``cross_val_score`` and
similar functions.
"""

from ._cross_val import cross_val_predict
from ._outputs import bleu_score, exact_match_score, token_error_rate
from ._scorers import (
    bits_per_character_scorer,
    exact_match_scorer,
    sequence_accuracy_scorer,
    span_f1_scorer,
    step_mean_absolute_error_scorer,
    step_r2_scorer,
    token_accuracy_scorer,
    token_error_scorer,
)
from ._span_confusion import span_confusion_matrix
from ._spans import find_spans, span_f1_score, span_precision_score, span_recall_score
from ._step_numbers import step_mean_absolute_error, step_r2_score
from ._steps import (
    flat_classification_report,
    sequence_accuracy_score,
    token_accuracy_score,
)

__all__ = [
    "bits_per_character_scorer",
    "bleu_score",
    "cross_val_predict",
    "exact_match_score",
    "exact_match_scorer",
    "find_spans",
    "flat_classification_report",
    "sequence_accuracy_score",
    "sequence_accuracy_scorer",
    "span_confusion_matrix",
    "span_f1_score",
    "span_f1_scorer",
    "span_precision_score",
    "span_recall_score",
    "step_mean_absolute_error",
    "step_mean_absolute_error_scorer",
    "step_r2_score",
    "step_r2_scorer",
    "token_accuracy_score",
    "token_accuracy_scorer",
    "token_error_rate",
    "token_error_scorer",
]
