"""From where attributions are measured, checked."""

from numbers import Integral

import numpy as np
from scipy import sparse

from .. import _frames
from .._messages import brief, naming
from ..sequences import as_ragged, check_lengths_agree, check_steps_agree
from ._input_space import Numbers, SparseSteps, Tokens


def input_space(model, X, baseline):
    """What the network of a fitted estimator reads of checked X, see ``Numbers``."""
    layers, params = _below_head(model)
    if X.is_sparse:
        if baseline is not None:
            raise ValueError(
                "baseline must be None for sparse steps: attributions are measured "
                f"from steps without entries. Got {brief(baseline)}."
            )
        return SparseSteps(layers, params)
    if model._takes_tokens():
        if baseline is not None:
            baseline = _ids(model, X, baseline)
        return Tokens(layers, params, baseline)
    width = X.values.shape[1]
    if baseline is not None:
        baseline = _numbers(model, X, baseline, width)
    return Numbers(layers, params, width, baseline)


def input_space_of_texts(model, baseline):
    """As ``input_space``, of a language model, whose baseline is a token or None."""
    layers, params = _below_head(model)
    if baseline is not None:
        baseline = token_id(model, baseline, "baseline")
    return Tokens(layers, params, baseline, first_stays=True)


def token_id(model, token, name):
    """The id of a token of a language model, or an error that names the argument."""
    try:
        return model.encoder_.vocabulary_[token]
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{name} is {brief(token)}, which is none of the {len(model.tokens_):,} "
            f"tokens of this model, such as {brief(model.tokens_[:3].tolist())}."
        ) from error


def is_one(value):
    """Whether this is no container: a number, a text, nothing."""
    one = not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0
    return one or isinstance(value, (str, bytes))


def _below_head(model):
    """The layers of the fitted network but its head, and their parameters."""
    network = model._network
    layers = {k: layer for k, layer in network.layers.items() if k != "output"}
    views = network.layout.views(model.theta_)
    return layers, {k: a for k, a in views.items() if not k.startswith("output.")}


def _ids(model, X, baseline):
    """An id for all steps, or sequences of ids like X."""
    n_tokens = model.architecture_["n_features"]
    if is_one(baseline):
        if not isinstance(baseline, Integral) or not 0 <= baseline < n_tokens:
            raise ValueError(
                f"baseline must be a token id from 0 to {n_tokens - 1}, or sequences "
                f"of them. Got {brief(baseline)}."
            )
        return int(baseline)
    return _like(model, X, baseline)


def _numbers(model, X, baseline, width):
    """One number a feature, (n_features,), or sequences like X."""
    one = _frames.plain_or_rows(baseline, "baseline")
    if not hasattr(one, "offsets") and not sparse.issparse(one) and _is_one_step(one):
        with naming("baseline"):
            found = np.asarray(one, dtype=np.float64)
        if found.shape != (width,) and not (found.ndim == 0 and width == 1):
            got = f"{found.size} numbers" if found.ndim else "one number"
            raise ValueError(
                f"baseline must have one number for each of the {width} features of a "
                f"step, or be sequences like X. Got {got}."
            )
        if not np.isfinite(found).all():
            raise ValueError(f"baseline contains NaN or infinity: {brief(baseline)}.")
        _check_labels(model, baseline)
        return found.reshape(width)
    return _like(model, X, baseline)


def _check_labels(model, baseline):
    """Raise an error if a column, such as a row of a frame, has other names than X."""
    names = getattr(model, "feature_names_in_", None)
    labels = _frames.index_of(baseline)
    if names is None or labels is None:
        return
    labels = list(labels)
    if all(isinstance(label, str) for label in labels):
        _frames.check_names(labels, names.tolist(), "baseline", "X")


def _is_one_step(values):
    """Whether it is a number or a vector, and not sequences."""
    if is_one(values) or (isinstance(values, np.ndarray) and values.dtype != object):
        return np.ndim(values) < 2
    return all(map(is_one, values))


def _like(model, X, baseline):
    """Sequences as long as those of X."""
    with naming("baseline"):
        if X.static is not None:  # which is the same in both
            baseline = as_ragged(baseline, name="baseline")
            check_lengths_agree(baseline, X, "baseline", "X")
            baseline = baseline.with_static(X.static, X.static_names)
        found = model._check_X(baseline, reset=False, name="baseline")
    check_steps_agree(found, X, "baseline", "X")
    return found
