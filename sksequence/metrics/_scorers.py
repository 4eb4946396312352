"""Scorers: metrics as scikit-learn's ``scoring=`` takes them."""

from sklearn.base import BaseEstimator
from sklearn.metrics import make_scorer

from .._pipelines import does_nothing
from .._typing import Scorer, Texts
from ._outputs import exact_match_score, token_error_rate
from ._spans import span_f1_score
from ._step_numbers import step_mean_absolute_error, step_r2_score
from ._steps import sequence_accuracy_score, token_accuracy_score


def bits_per_character_scorer(
    estimator: BaseEstimator, X: Texts, y: object = None
) -> float:
    """Minus the bits per character of a language model, for ``scoring=``.

    ``score`` is per token, so it compares only models with the same kind of tokens.
    This scorer can also tell whether words or characters are better.

    Parameters
    ----------
    estimator : fitted RNNLanguageModel, or a Pipeline that ends in one
    X : texts
    y : None
        Ignored.

    Returns
    -------
    score : float
        Higher is better.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.metrics import bits_per_character_scorer
    >>> search = GridSearchCV(
    ...     RNNLanguageModel(8, max_iter=20, random_state=0),
    ...     {"analyzer": ["word", "char"]}, scoring=bits_per_character_scorer, cv=2,
    ... )
    >>> texts = ["the cat sat", "a dog ran", "the dog sat", "a cat ran"] * 5
    >>> search.fit(texts).best_params_
    {'analyzer': 'word'}
    """
    *transformers, (_, model) = getattr(estimator, "steps", [("model", estimator)])
    for _, step in transformers:
        if not does_nothing(step):
            X = step.transform(X)
    return -model.bits_per_character(X)


token_accuracy_scorer: Scorer = make_scorer(token_accuracy_score)
sequence_accuracy_scorer: Scorer = make_scorer(sequence_accuracy_score)
span_f1_scorer: Scorer = make_scorer(span_f1_score)
exact_match_scorer: Scorer = make_scorer(exact_match_score)
token_error_scorer: Scorer = make_scorer(token_error_rate, greater_is_better=False)
step_r2_scorer: Scorer = make_scorer(step_r2_score)
step_mean_absolute_error_scorer: Scorer = make_scorer(
    step_mean_absolute_error, greater_is_better=False
)
