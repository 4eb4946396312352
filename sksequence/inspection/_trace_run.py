"""One sequence through the network of a fitted estimator, of whatever kind.

The loss is the one place where the targets and their weights enter: it is the mean over
the steps of this one sequence (or the loss of its one prediction).
"""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
from scipy import sparse

from ..estimators import RNNGenerator, RNNLanguageModel, RNNTranslator
from ..estimators._ids import IdEncoder, number_depth
from ..network import Batch
from ..sequences import RaggedArray, Steps, flat, pack

ONE = np.arange(1)  # which sequences: the first and only one


def run(estimator, network, x, y, *, need_loss):
    """Read a sequence.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    network : Network or EncoderDecoder
        As the estimator builds it.
    x, y
        As in ``trace``.
    need_loss : bool
        Whether to work out the loss and go backwards.

    Returns
    -------
    SimpleNamespace
        ``tokens``: dict of str -> ndarray, the tokens that are read, by part of the
        network; ``y_hat``; ``kind``: what that holds; ``classes``: its columns;
        ``loss``: a number, or None.
    """
    if isinstance(estimator, RNNLanguageModel):
        read = _of_language_model
    elif isinstance(estimator, (RNNGenerator, RNNTranslator)):
        read = _of_output_sequence
    else:
        read = _of_steps
    if need_loss and y is None and read is not _of_language_model:
        raise ValueError(
            "gradients=True needs y, the target of x: the gradients are those of the "
            "loss of both."
        )
    with in_the_singular():
        return read(estimator, network, x, y, need_loss)


def _mean(n_rows, dtype):
    """Weights of rows: they sum to one, so a weighted sum is the mean."""
    return np.full(n_rows, 1 / n_rows, dtype)


def _of_steps(estimator, network, x, y, need_loss):
    """Of estimators with steps as input and targets for them, or one for all."""
    theta = estimator.theta_
    check_one_sequence(estimator, x)
    x = x if isinstance(x, RaggedArray) else [x]
    X = estimator._check_X(x, reset=False, name="x")
    rows, steps, _ = pack(X, ONE)
    network.forward(theta, rows, steps, static=X.static)
    proba = hasattr(estimator, "predict_proba")
    (y_hat,) = estimator.predict_proba(X) if proba else estimator.predict(X)
    n_rows = steps.n_rows if estimator.pooling is None else 1
    loss = None
    if need_loss:
        y = estimator._check_targets([y], reset=False, name="y")
        estimator._check_agree(y, X)
        weights = _mean(n_rows, theta.dtype)
        if estimator.pooling is None:  # steps without a target weigh nothing
            there = estimator._has_target(y)
            weights = (there / max(there.sum(), 1)).astype(theta.dtype)
            y = estimator._without_missing(y)
        y = flat(estimator._encode_y(y, theta.dtype))
        batch = Batch(rows, steps, y, weights, static=X.static)
        loss, _ = network.loss_and_gradients(theta, batch)
    return SimpleNamespace(
        tokens={"": rows} if rows.ndim == 1 else {},
        y_hat=np.reshape(y_hat, (n_rows, -1)),
        kind="probability" if proba else "number",
        classes=getattr(estimator, "classes_", None),
        loss=loss,
    )


def _of_language_model(model, network, x, y, need_loss):
    theta, names = model.theta_, model.tokens_
    if y is not None:
        raise ValueError(
            "y must be None: the targets of a language model are the tokens of x."
        )
    check_one_sequence(model, x)
    before, tokens = model._encode_texts([x])
    rows, steps, _ = pack(before, ONE)
    network.forward(theta, rows, steps, below="output")
    loss = None
    if need_loss:
        weights = _mean(len(rows), theta.dtype)
        batch = Batch(rows, steps, tokens.values, weights)
        loss, _ = network.loss_and_gradients(theta, batch)
    return SimpleNamespace(
        tokens={"": names[rows]},
        y_hat=model.predict_proba([x])[0],
        kind="probability",
        classes=names,
        loss=loss,
    )


def _of_output_sequence(model, network, x, y, need_loss):
    theta, names = model.theta_, model.tokens_
    _check_source(model, x)
    X, ids = None if x is None else [x], None
    if y is not None:
        _check_text(y, model.target_encoder_, "y")
        ids = [y]
    checked, ids = model._prepare(X, ids, reset=False, name="x")
    checked = model._check_X(checked, reset=False, name="x")
    if y is None:
        options = model._options("trace")
        after = model._search(X, 1, options)[0][0][0]
    else:
        after = ids.values[:-1]
    after = np.array([*after, model._eos], np.intp)
    before = np.append(model._eos, after[:-1])
    source, steps = model._source(checked, ONE, theta.dtype), Steps([len(after)])
    H, _ = network.forward_pass(theta, source, before, steps)
    scores = network.head.scores(network.head_params(theta), H)
    loss = None
    if need_loss:
        weights = _mean(len(after), theta.dtype)
        batch = Batch(before, steps, after, weights, source=source)
        loss, _ = network.loss_and_gradients(theta, batch)
    return SimpleNamespace(
        tokens={"decoder.": names[before], **_source_tokens(model, source.rows)},
        y_hat=network.head.predict(scores),
        kind="probability",
        classes=names,
        loss=loss,
    )


def _source_tokens(model, rows):
    """What the recurrent encoder reads, if it is tokens."""
    if isinstance(model, RNNGenerator) or rows.ndim == 2:
        return {}
    if model.source_encoder_ is not None:
        rows = model.source_encoder_.get_feature_names_out()[rows]
    return {"encoder.": rows}


# -- one sequence, not several ---------------------------------------------------------


def check_one_sequence(estimator, x):
    """Raise an error if x is not one sequence, or text, of an estimator that reads X.

    Parameters
    ----------
    estimator : estimator
        Fitted; no generator, nor translator.
    x : object
    """
    if isinstance(estimator, RNNLanguageModel):
        _check_text(x, estimator.encoder_, "x")
    else:
        _check_one(x, tokens=estimator._takes_tokens())


def _check_source(model, x):
    """Raise an error if x is not one input of a generator or translator."""
    if isinstance(model, RNNGenerator):
        if x is not None and np.ndim(x) != 1:
            raise ValueError(
                "x must be one vector, of shape (n_features,). Got shape "
                f"{np.shape(x)}."
            )
    elif model.source_encoder_ is not None:
        _check_text(x, model.source_encoder_, "x")
    else:
        _check_one(x, tokens=model._takes_tokens())


def _check_one(x, tokens):
    """Raise an error if x is several sequences of numbers (or of token ids)."""
    if isinstance(x, RaggedArray):
        several = len(x) != 1
    elif isinstance(x, (list, tuple)) or getattr(x, "dtype", None) is np.dtype(object):
        several = any(
            sparse.issparse(row) or _depth(row) > 1 or (tokens and np.size(row) != 1)
            for row in x
        )
    else:
        flat = np.ndim(x) < 2 or np.shape(x)[1] == 1 or sparse.issparse(x)
        several = np.ndim(x) > 2 or (tokens and not flat)
    if several:
        raise ValueError(
            f"x must be one sequence. Got a {type(x).__name__} of {len(x)}: pass one, "
            f"as {'x[[0]]' if isinstance(x, RaggedArray) else 'x[0]'}."
        )


def _check_text(x, token_encoder, name):
    """Raise an error if x is not one text of the kind that ``fit`` had many of."""
    if isinstance(token_encoder, IdEncoder):
        if number_depth(x) != 1:
            raise TypeError(
                f"{name} must be one sequence of int. Got {type(x).__name__} instead."
            )
        return
    if isinstance(x, str):
        return
    token = next(iter(x), "") if isinstance(x, (list, tuple, np.ndarray)) else None
    if token_encoder._fitted_on_strings or not isinstance(token, (str, bytes)):
        kind = (
            "a str" if token_encoder._fitted_on_strings else "a str or a list of tokens"
        )
        raise TypeError(
            f"{name} must be one text, {kind}. Got {type(x).__name__} instead."
        )


def _depth(row):
    """Dimensions of what may be nested lists of unlike lengths."""
    if isinstance(row, (list, tuple)) and len(row):
        return 1 + _depth(row[0])
    return getattr(row, "ndim", 0)


@contextmanager
def in_the_singular():
    """Errors about x[0] and y[0], of checks that know lists only, as about x and y.

    What an error says to pass, "as x[0]", stays.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        message = re.sub(r"(?<!as )\b([xXy])\[0\]", lambda m: m[1].lower(), str(error))
        if message == str(error):
            raise
        raise type(error)(message) from error
