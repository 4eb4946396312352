"""Which label, column, token and step are explained: one for all, or one each."""

import numpy as np

from .._messages import brief, naming
from ..estimators import RNNClassifier, RNNStepRegressor, RNNTagger
from ..estimators._class_weight import class_indices
from ..sequences import RaggedArray, check_lengths_agree, plain_targets
from ._baseline import is_one, token_id


def chosen_steps(model, step, X):
    """The step of each sequence, or None where there is one prediction each.

    Parameters
    ----------
    model : estimator
        Fitted.
    step : int, array-like of int, or None
    X : RaggedArray
        Checked.
    """
    if not isinstance(model, (RNNTagger, RNNStepRegressor)):
        if step is not None:
            raise ValueError(
                f"step must be None for {type(model).__name__}, which predicts once a "
                f"sequence. Got {brief(step)}."
            )
        return None
    return _steps(-1 if step is None else step, X.lengths)


def chosen_labels(model, target, X, step):
    """The column of a label for each sequence.

    Parameters
    ----------
    model : RNNClassifier or RNNTagger
    target : label, array-like of them, or None
    X, step
        See ``chosen_steps``.
    """
    classes = model.classes_
    if target is None:
        return _predicted(model, X, step)
    if model._multilabel:
        return _columns(target, len(classes), len(X))
    labels, place = _one_each(target, X)
    with naming("target"):
        return class_indices(
            labels, classes, name="target", place=place, unseen=False
        ).astype(np.intp)


def chosen_columns(model, target, X):
    """The column of an output of a regressor for each sequence."""
    n_outputs = model._n_outputs()
    if target is None:
        if n_outputs > 1:
            raise ValueError(
                f"target must say which of the {n_outputs} outputs of "
                f"{type(model).__name__} is to be explained. Got None."
            )
        target = 0
    return _columns(target, n_outputs, len(X))


def chosen_tokens(model, target, step, before, tokens):
    """Which token of each text a language model is asked for.

    Parameters
    ----------
    model : RNNLanguageModel
    target : token, array-like of them, or None
    step : int, array-like of int, or None
    before, tokens : RaggedArray of int
        Of each text, the end included.

    Returns
    -------
    step, which : ndarray of int, shape (n_texts,)
    before : RaggedArray of int
        What is read before the token.
    """
    at_end = tokens.lengths - 1
    steps = at_end if step is None else _steps(step, at_end)
    last = np.repeat(before.offsets[:-1] + steps, before.lengths)
    read = before.values[np.arange(len(last)) <= last]
    before = RaggedArray.from_concatenated(read, steps + 1)
    if target is not None:
        which = _token_ids(model, target, before)
    elif step is not None:
        which = tokens.values[tokens.offsets[:-1] + steps].astype(np.intp)
    else:
        H = model._scores(model._network, model.theta_, before).values
        H, head = H[before.offsets[1:] - 1], model._network.head
        params = model._network.head_params(model.theta_)
        which = np.concatenate(
            [
                head.scores(params, H[rows]).argmax(axis=1)
                for rows in head.chunks(len(H))
            ]
        )
    return steps, which, before


def _predicted(model, X, step):
    """The column of the label that is predicted, or of the likeliest of several."""
    if model._multilabel:
        found = model._run(X, read=lambda scores: scores.argmax(axis=1))
    elif isinstance(model, RNNClassifier):
        found = model._run(X, read=model._labels)
    else:
        found = model._best_labels(X)
    return found if step is None else found.values[X.offsets[:-1] + step]


def _token_ids(model, target, before):
    """The id of one token for all texts, or of one for each."""
    found = _as_array(target, "target")
    if found.ndim == 0:
        return np.full(len(before), token_id(model, found.item(), "target"), np.intp)
    check_lengths_agree(found, before, "target")
    ids = [token_id(model, t, f"target[{i}]") for i, t in enumerate(found.tolist())]
    return np.array(ids, np.intp)


def _steps(step, lengths):
    """A step of each sequence, counted from its beginning."""
    steps = _ints(step, "step", len(lengths))
    outside = np.flatnonzero((steps < -lengths) | (steps >= lengths))
    if len(outside):
        i = outside[0]
        raise ValueError(
            f"step is {steps[i]} for X[{i}], which has {lengths[i]} steps: it must be "
            f"from {-lengths[i]} to {lengths[i] - 1}."
        )
    return np.where(steps < 0, steps + lengths, steps)


def _columns(target, n_columns, n):
    columns = _ints(target, "target", n)
    outside = columns[(columns < 0) | (columns >= n_columns)]
    if len(outside):
        raise ValueError(
            f"target must be a column from 0 to {n_columns - 1}. Got {outside[0]}."
        )
    return columns


def _ints(value, name, n):
    """An int for each of n sequences, of which all may have the same."""
    found = _as_array(value, name)
    if found.dtype.kind not in "iu" or found.ndim > 1:
        raise ValueError(
            f"{name} must be an int, or one for each sequence of X. Got {brief(value)}."
        )
    if found.ndim == 0:
        return np.full(n, found, np.intp)
    check_lengths_agree(found, range(n), name)
    return found.astype(np.intp)


def _one_each(target, X):
    """Labels, one a sequence, and what errors call each."""
    found = _as_array(target, "target")
    if found.ndim == 0:
        return np.repeat(found[None], len(X)), lambda i: "target"
    if found.ndim > 1:
        raise ValueError(
            "target must be a label, or one for each sequence of X. Got an array of "
            f"shape {found.shape}."
        )
    check_lengths_agree(found, X, "target")
    return found, lambda i: f"target[{i}]"


def _as_array(value, name):
    if is_one(value):
        return np.asarray(value)
    with naming(name):
        return np.asarray(plain_targets(value, name))
