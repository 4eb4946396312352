"""Permutation importance of features and of time steps."""

from numbers import Real
from typing import Literal

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from .. import _parameters as p
from .._messages import brief, naming
from .._typing import RandomState, Scorer, StepLabels, StepSequences, Texts
from ..sequences import object_array
from ._shuffled import shuffled


def permutation_importance(
    estimator: BaseEstimator,
    X: StepSequences | Texts,
    y: npt.ArrayLike | StepLabels,
    *,
    of: Literal["features", "steps", "static"] = "features",
    scoring: str | Scorer | None = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    sample_weight: npt.ArrayLike | None = None,
) -> Bunch:
    """Measure how much the score falls if a part of X is shuffled.

    Like scikit-learn's function of this name [1]_, but for sequences instead of tables.

    Parameters
    ----------
    estimator : estimator
        Fitted, or a pipeline that ends in one.
    X : sequences, or texts
        Steps of numbers, token ids, CSR matrices, dicts, or tokens; strings if the
        estimator is a pipeline that takes them.
    y : array-like
        Targets or labels, as ``estimator.score`` takes them.
    of : {"features", "steps", "static"}, default="features"
        "features": the values of one feature (in dicts, of one key, which may be
        missing) are shuffled among all steps of all sequences. "steps": the features of
        one step are shuffled among the sequences that have this step. "static": one of
        the static numbers of a RaggedArray is shuffled among its sequences.

        Texts and tokens are first transformed by those steps of the pipeline that do
        not turn them into numbers, and then shuffled. A feature is all columns of one
        kind: of :class:`~sksequence.preprocessing.TokenFeatures` the word, its shape,
        the shape of the token before it and so on; of columns named "key=value" those
        of one key. Token ids have one feature.
    scoring : str, callable or None, default=None
        As in scikit-learn; None is ``estimator.score``. For texts, a callable gets the
        remaining steps of the pipeline and their input.
    n_repeats : int, default=5
        Number of times that each feature or step is shuffled.
    n_jobs : int, default=None
        Number of processes that score at the same time. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed for the shuffling.
    sample_weight : array-like of shape (n_sequences,), default=None
        Passed to the scorer.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        ``importances`` of shape (n_features, n_repeats), (max_steps, n_repeats) or
        (n_static, n_repeats): the score of X minus that of the shuffled X;
        ``importances_mean`` and ``importances_std`` over the repeats;
        ``feature_names``, the name of each row.

    Raises
    ------
    TypeError
        If the scorer does not return a number.
    ValueError
        If ``of`` is none of the three, or "static" for X without static numbers, or if
        ``n_repeats`` is below 1.

    References
    ----------
    .. [1] Breiman, "Random forests", Machine Learning 45, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence import RNNRegressor
    >>> from sksequence.inspection import permutation_importance
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 4, 2))
    >>> y = X[:, -1, 0]  # the last step of the first feature
    >>> reg = RNNRegressor(8, max_iter=20, random_state=0).fit(X, y)
    >>> result = permutation_importance(reg, X, y, random_state=0)
    >>> int(result.importances_mean.argmax())
    0
    >>> result = permutation_importance(reg, X, y, of="steps", random_state=0)
    >>> int(result.importances_mean.argmax())
    3
    """
    owner = "permutation_importance"
    p.check_value(of, "of", owner, [p.one_of("features", "steps", "static")])
    p.check_value(n_repeats, "n_repeats", owner, [p.integer(1)])
    p.check_value(n_jobs, "n_jobs", owner, [p.NONE, p.JOBS])
    p.check_value(scoring, "scoring", owner, [p.NONE, p.TEXT, p.CALLABLE])
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    with naming("X"):
        estimator, parts = shuffled(estimator, X)
    with naming("scoring", "estimator"):
        scorer = check_scoring(estimator, scoring=scoring)
    shuffle, names = parts.of(of)
    n_parts = len(names)
    # One seed a part, so that neither order nor n_jobs matters.
    seeds = p.random_generator(random_state, owner).randint(
        np.iinfo(np.int32).max, size=n_parts
    )

    def score(X):
        found = scorer(estimator, X, y, **weights)
        if not isinstance(found, Real):
            raise TypeError(f"scoring gave {brief(found)}. Expected a number.")
        return found

    def scores_of(part):
        rng = np.random.RandomState(seeds[part])
        return [score(shuffle(part, rng)) for _ in range(n_repeats)]

    try:
        whole = score(parts.whole())
    except (TypeError, ValueError) as error:
        final = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        ways = getattr(final, "_scorers", "")
        if not (ways and isinstance(scoring, str)):
            raise
        raise ValueError(
            f"scoring={brief(scoring)} does not work for {type(final).__name__}, which "
            f"predicts something for each step: {error!s:.400} Use {ways}."
        ) from error
    if not np.isfinite(whole):
        raise ValueError(
            f"scoring gave {whole} for X as it is, and importances are differences "
            "from it. Use another scoring, or X of the scale of that in fit."
        )
    scores = Parallel(n_jobs=n_jobs)(delayed(scores_of)(k) for k in range(n_parts))
    importances = whole - np.array(scores)
    with np.errstate(over="ignore", invalid="ignore"):  # of scores without bounds
        return Bunch(
            importances=importances,
            importances_mean=importances.mean(axis=1),
            importances_std=importances.std(axis=1),
            feature_names=object_array(names),
        )
