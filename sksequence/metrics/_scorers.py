"""Scorers: metrics as scikit-learn's ``scoring=`` takes them."""

from sklearn.metrics import make_scorer

from ._outputs import exact_match_score, token_error_rate
from ._spans import span_f1_score
from ._steps import sequence_accuracy_score, token_accuracy_score

token_accuracy_scorer = make_scorer(token_accuracy_score)
sequence_accuracy_scorer = make_scorer(sequence_accuracy_score)
span_f1_scorer = make_scorer(span_f1_score)
exact_match_scorer = make_scorer(exact_match_score)
token_error_scorer = make_scorer(token_error_rate, greater_is_better=False)
