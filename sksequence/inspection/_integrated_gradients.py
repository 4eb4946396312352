"""Integrated gradients: what each number, or each token, of X adds to a score.

::

    attribution = (x - b)  integral from 0 to 1 of  dF/dx (b + a (x - b)) da,
    sum of the attributions of a sequence = F(x) - F(b)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning

from .. import _parameters as p
from .._messages import brief
from .._threads import one_blas_thread
from .._typing import FloatArray, IntArray
from ..estimators import (
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from ..estimators._batches import overflow_message, parts_of_sequences, quietly
from ..network import LOSSES, Stack
from ..sequences import RaggedArray
from ._baseline import input_space, input_space_of_texts
from ._explained import (
    OneMarginal,
    OneOutput,
    Predicted,
    log_binary,
    log_sigmoid,
    log_softmax,
)
from ._fitted import fitted_model
from ._path_integral import Lines
from ._target import chosen_columns, chosen_labels, chosen_steps, chosen_tokens

EXPLAINED = (
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
NUMBERS_AT_ONCE = 2**20  # of states, in one pass through the network
BLOCK = 2**21  # numbers that the lowest layer reads of the sequences of a block


def integrated_gradients(
    estimator: BaseEstimator,
    X: Any,
    target: Any = None,
    *,
    step: int | npt.ArrayLike | None = None,
    baseline: Any = None,
    n_points: int = 4,
    tol: float = 1e-3,
) -> RaggedArray:
    """Compute how much each number of each step, or each token, adds to a prediction.

    Attributions are relative to a baseline, an input without information. The
    attributions of a sequence sum to its score minus the score of the baseline [1]_.

    ====================  ==============================================================
    Estimator             The score
    ====================  ==============================================================
    ``RNNClassifier``     log probability of a label, as in ``predict_log_proba``
    ``RNNTagger``         the same for a label at one step; with a CRF, its marginal
    ``RNNLanguageModel``  log probability of a token, given those before it
    regressors            the number that ``predict`` returns, in the units of y
    ====================  ==============================================================

    Parameters
    ----------
    estimator : estimator
        One of these, fitted. For a pipeline, pass its last step, and X as transformed
        by the steps before it.
    X : sequences, or texts of a language model
        As in ``predict``. Each text of a language model is read independently, also
        with ``contiguous=True``.
    target : label, token or int, or array-like of shape (n_sequences,), default=None
        The score to explain, one for all sequences or one for each. A label; for rows
        of 0 and 1 (several labels), or a regressor with several outputs, the number of
        the column; for a language model, a token. None: the predicted label, the most
        likely one of several labels, or the only output; for a language model, the
        token at ``step``.
    step : int or array-like of int, shape (n_sequences,), default=None
        The step to explain, for a tagger and a step regressor; -1 or None is the last
        one. For a language model, the token of the text whose probability is explained;
        None is the most likely token after the text.
    baseline : default=None
        For numbers: one number per feature, array-like of shape (n_features,), or
        sequences like X. None: the mean of each feature in ``fit``, ``step_mean_``, or
        zeros with ``standardize=False``. For token ids: an id for all steps, or
        sequences like X; for a language model, a token. None: a vector of zeros in
        place of each embedding. For sparse steps: only None, steps without entries.
        Static numbers stay those of X, and have no attributions.
    n_points : int, default=4
        Number of points of the Gauss-Legendre rule on the line from the baseline to X,
        or on each piece of the line.
    tol : float, default=1e-3
        Tolerance for the difference between the sum of a sequence's attributions and
        the difference of the scores: this times the latter, or times 1 nat (for
        regressors, one standard deviation of y in ``fit``), whichever is more. Pieces
        of the line with a larger error are halved. ``numpy.inf``: no piece is halved.

    Returns
    -------
    attributions : RaggedArray
        Float64, with the lengths of X: one number for each step and feature, for each
        token, or for each entry of sparse steps (as CSR matrices). In a text of a
        language model, the tokens from ``step`` on have 0.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the estimator is not one of these.
    ValueError
        If X does not match the data of ``fit``, ``target`` is not one of the
        estimator's, a sequence has no such ``step``, or ``baseline`` differs from X in
        width or length.

    Warns
    -----
    ConvergenceWarning
        If attributions do not sum to the difference of the scores within ``tol``.

    See Also
    --------
    AttributionDisplay : Draw the attributions of one sequence.
    permutation_importance : What matters for the score of many sequences.

    Notes
    -----
    Log probabilities are explained, and not the scores before the softmax: a number
    that is added to the scores of all labels does not change the prediction.

    The default baseline of token ids is a vector of zeros and not a token, because no
    token stands for the absence of a token. Zeros add nothing to the sums of the gates,
    while untrained rows of the embedding may have any direction. The means of
    standardized features also become zeros for the first recurrent layer.

    The score is smooth along the line, except with relu and the maximum of
    ``pooling="max"`` and ``"concat"``, where the gradient jumps. There the line is
    divided into many pieces, at most about 4,000, and a ``tol`` of 1e-6 takes seconds
    for each sequence. Everything is computed in float64, for networks of any precision.

    References
    ----------
    .. [1] Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks", ICML
       2017.

    Examples
    --------
    The class is the sign of the first feature at the second step:

    >>> import numpy as np
    >>> from sksequence import RNNClassifier
    >>> from sksequence.inspection import integrated_gradients
    >>> X = np.random.default_rng(0).standard_normal((200, 3, 2))
    >>> y = X[:, 1, 0] > 0
    >>> clf = RNNClassifier(8, max_iter=20, random_state=0).fit(X, y)
    >>> found = integrated_gradients(clf, X[:50], target=True)
    >>> found
    RaggedArray of 50 sequences, 3 steps of 2 features, float64
    >>> of_steps = np.abs(np.stack(found)).mean(axis=0)
    >>> np.unravel_index(of_steps.argmax(), of_steps.shape) == (1, 0)
    True

    They sum to the difference of the log probabilities:

    >>> means = np.broadcast_to(clf.step_mean_, (1, 3, 2))
    >>> after, before = (clf.predict_log_proba(Z)[0, 1] for Z in (X[:1], means))
    >>> bool(abs(found[0].sum() - (after - before)) < 2e-3)
    True
    """
    return explain(
        estimator,
        X,
        target,
        step=step,
        baseline=baseline,
        n_points=n_points,
        tol=tol,
    ).attributions


@dataclass
class Explanation:
    """Attributions, and what they are of.

    Parameters
    ----------
    attributions : RaggedArray
    read : RaggedArray
        X as it was checked; ids of a language model, with the end of the text before.
    scores, baseline_scores : ndarray of shape (n_sequences,)
    which : ndarray of int, shape (n_sequences,)
        The column of the label, token or number.
    step : ndarray of int, shape (n_sequences,), or None
        None for one prediction a sequence.
    """

    attributions: RaggedArray
    read: RaggedArray
    scores: FloatArray
    baseline_scores: FloatArray
    which: IntArray
    step: IntArray | None


@one_blas_thread
def explain(
    estimator, X, target=None, *, step=None, baseline=None, n_points=4, tol=1e-3
):
    """What ``integrated_gradients`` gives, and more: an ``Explanation``."""
    model = fitted_model(estimator, EXPLAINED)
    owner = "integrated_gradients"
    p.check_value(n_points, "n_points", owner, [p.integer(1, 1000)])
    p.check_value(tol, "tol", owner, [p.real(0, low_open=True), INFINITE])
    _check_head(model)
    with quietly():
        if isinstance(model, RNNLanguageModel):
            return _of_texts(model, X, target, step, baseline, n_points, tol)
        return _of_sequences(model, X, target, step, baseline, n_points, tol)


INFINITE = p.Expected("numpy.inf", lambda v: isinstance(v, float) and v == np.inf)


def _of_sequences(model, X, target, step, baseline, n_points, tol):
    X = model._check_X(X, reset=False)
    step = chosen_steps(model, step, X)
    if isinstance(model, (RNNClassifier, RNNTagger)):
        which, unit = chosen_labels(model, target, X, step), np.ones(len(X))
    else:
        which = chosen_columns(model, target, X)
        unit = model.y_scale_[which]
    space = input_space(model, X, baseline)
    head, params = _head(model)
    score = OneOutput(head, params, _function(model), which, step)
    if isinstance(model, RNNTagger) and model._has_chain:
        score = OneMarginal(head, params, None, which, step)
    values, ends = _integrate(model, X, space, score, unit, n_points, tol)
    return Explanation(
        X.with_values(values, X.feature_names), X, *ends, which=which, step=step
    )


def _of_texts(model, X, target, step, baseline, n_points, tol):
    before, tokens = model._encode_texts(X)
    step, which, before = chosen_tokens(model, target, step, before, tokens)
    space = input_space_of_texts(model, baseline)
    score = OneOutput(*_head(model), log_softmax, which, step)
    found, ends = _integrate(
        model, before, space, score, np.ones(len(before)), n_points, tol
    )
    # Nothing of the end of the text before, and zeros for what comes later.
    lengths = tokens.lengths - 1
    values = np.zeros(lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    of_text = np.repeat(np.arange(len(before)), before.lengths)
    place = np.arange(len(of_text)) - before.offsets[of_text] - 1
    values[(offsets[of_text] + place)[place >= 0]] = found[place >= 0]
    return Explanation(
        RaggedArray(values, offsets), tokens, *ends, which=which, step=step
    )


def _head(model):
    """The head of the fitted network, and its parameters in float64."""
    network = model._network
    params = network.head_params(model.theta_)
    return network.head, {name: a.astype(np.float64) for name, a in params.items()}


def _function(model):
    """From scores to the number that is explained, see ``OneOutput``."""
    if not isinstance(model, (RNNClassifier, RNNTagger)):
        return Predicted(model)
    if model._multilabel:
        return log_sigmoid
    return log_softmax if model._n_outputs() > 1 else log_binary


def _check_head(model):
    """Raise an error if the scores of labels mean something of their own."""
    if not isinstance(model, (RNNClassifier, RNNTagger)):
        return
    head = model._network.head
    loss = getattr(head, "loss_function", None)
    losses = tuple(type(LOSSES[name]) for name in ("softmax", "sigmoid"))
    if not isinstance(loss, losses):
        what = type(head if loss is None else loss).__name__
        raise TypeError(
            f"estimator has an output of its own, {what}, of which "
            "integrated_gradients does not know what its scores mean."
        )


def _integrate(model, X, space, score, unit, n_points, tol):
    """Attributions, as values of X, and the scores of X and of the baseline."""
    network, which, step = Stack(space.layers), score.which, score.step
    n_units = sum(model.architecture_["hidden_layer_sizes"])
    n_units *= 1 + bool(model.architecture_.get("bidirectional"))
    max_rows = max(1, NUMBERS_AT_ONCE // max(n_units, space.width))
    values, ends, missed = [], np.empty((2, len(X))), np.empty(len(X))
    for part in parts_of_sequences(X, max(1, BLOCK // space.width)):
        score.which, score.step = which[part], None if step is None else step[part]
        start, way = space.ends(X, part)
        some = X[part]
        lines = Lines(
            *(network, space.params, score, start, way, some.offsets, max_rows),
            static=some.static,
        )
        all_of_them = np.arange(len(lines.lengths))
        for k, place in enumerate((1.0, 0.0)):
            found = lines.scores(all_of_them, np.full(len(all_of_them), place))
            _check_finite(found, model, score, "baseline" if k else None, part.start)
            ends[k, part] = found
        end, begin = ends[:, part]
        size = np.maximum(unit[part], np.abs(end - begin))
        gradient = lines.mean_gradients(n_points, tol * size, begin, end)
        values.append(space.attribute(X, part, way, gradient))
        missed[part] = np.abs(lines.sums(gradient) - (end - begin)) / size
    _warn_of_missed(missed, tol, n_points)
    if sparse.issparse(values[0]):
        return sparse.vstack(values, format="csr"), ends
    return np.concatenate(values), ends


def _check_finite(scores, model, score, of, first):
    """Raise an error if a score is not a number, or that of what cannot be."""
    bad = np.flatnonzero(~np.isfinite(scores))
    if not len(bad):
        return
    i = bad[0]
    where = of or f"X[{first + i}]"
    impossible = scores[i] == -np.inf or model._cell.bounded
    if isinstance(score, OneMarginal) and impossible:
        label = brief(model.classes_[score.which[i : i + 1]].tolist()[0])
        raise ValueError(
            f"target is {label}, which constraints do not allow at step "
            f"{score.step[i]} of {where}: its log probability is {scores[i]}. Choose "
            "another target or step."
        )
    raise ValueError(overflow_message(where, model))


def _warn_of_missed(missed, tol, n_points):
    worst = int(missed.argmax())
    if missed[worst] > tol:
        n = np.count_nonzero(missed > tol)
        p.warn_user(
            f"The attributions of X[{worst}] sum to the difference of the scores but "
            f"for {missed[worst]:.1g} of it, or of its unit: more than tol={tol:g} (of "
            f"{n} of {len(missed)} sequences). The gradient jumps at the kinks of relu "
            f"and of maxima: raise n_points={n_points}, or tol.",
            ConvergenceWarning,
        )
