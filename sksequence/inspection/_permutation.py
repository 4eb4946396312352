"""Permutation importance of features and of time steps."""

from numbers import Real
from typing import Literal

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch

from .. import _parameters as p
from .._messages import brief, naming
from .._typing import RandomState, Scorer, Sequences, StepLabels
from ..sequences import as_ragged


def permutation_importance(
    estimator: BaseEstimator,
    X: Sequences,
    y: npt.ArrayLike | StepLabels,
    *,
    of: Literal["features", "steps", "static"] = "features",
    scoring: str | Scorer | None = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    sample_weight: npt.ArrayLike | None = None,
) -> Bunch:
    """How much worse a fitted estimator scores when a part of X is shuffled.

    scikit-learn's function of this name takes tables only.

    Parameters
    ----------
    estimator : estimator
        Fitted, or a pipeline that ends in one.
    X : sequences
        Of numbers or token ids, or CSR matrices.
    y : array-like
        Targets or labels, as ``estimator.score`` takes them.
    of : {"features", "steps", "static"}, default="features"
        "features": the values of one feature are shuffled among all steps of all
        sequences. "steps": the features of one step are shuffled among the sequences
        that have this step. "static": one of the static numbers that a RaggedArray
        carries is shuffled among its sequences.
    scoring : str, callable or None, default=None
        As in scikit-learn; None is ``estimator.score``.
    n_repeats : int, default=5
        How many times each feature or step is shuffled.
    n_jobs : int, default=None
        How many processes score at the same time. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        For the shuffling.
    sample_weight : array-like of shape (n_sequences,), default=None
        Passed to the scorer.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        ``importances`` of shape (n_features, n_repeats), (max_steps, n_repeats) or
        (n_static, n_repeats): the score of X minus that of the shuffled X;
        ``importances_mean`` and ``importances_std`` over the repeats.

    Raises
    ------
    ValueError
        If ``of`` is none of the three, or "static" where X carries no static numbers,
        or ``n_repeats`` is below 1.

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
    with naming("scoring", "estimator"):
        scorer = check_scoring(estimator, scoring=scoring)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    X = as_ragged(X)
    n_parts = X.values.shape[1] if X.values.ndim == 2 else 1
    shuffle = _shuffle_feature
    if of == "steps":
        n_parts, shuffle = int(X.lengths.max()), _shuffle_step
    elif of == "static":
        if X.static is None:
            raise ValueError(
                "X carries no static numbers, which of='static' is to shuffle. "
                "X.with_static(S) of a RaggedArray adds them."
            )
        n_parts, shuffle = X.static.shape[1], _shuffle_static
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
        return [score(shuffle(X, part, rng)) for _ in range(n_repeats)]

    whole = score(X)
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
        )


def _shuffle_feature(X, feature, rng):
    values = X.values.copy()
    order = rng.permutation(values.shape[0])
    if sparse.issparse(values):
        columns = values.tocsc()
        columns.indices = columns.indices.copy()
        held = slice(*columns.indptr[feature : feature + 2])
        columns.indices[held] = np.argsort(order)[columns.indices[held]]
        columns.has_sorted_indices = False
        values = columns.tocsr()
    elif values.ndim == 1:
        values = values[order]
    else:
        values[:, feature] = values[order, feature]
    return X.with_values(values, X.feature_names)


def _shuffle_step(X, step, rng):
    rows = X.offsets[:-1][X.lengths > step] + step
    source = np.arange(X.offsets[-1])
    source[rows] = rng.permutation(rows)
    return X.with_values(X.values[source], X.feature_names)


def _shuffle_static(X, column, rng):
    static = X.static.copy()
    static[:, column] = rng.permutation(static[:, column])
    return X.with_static(static, X.static_names)
