"""Inputs and outputs of a model: of whole sequences, of single steps, of texts."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from .._state import as_fitted
from ..estimators import (
    RNNClassifier,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from ..estimators._step_by_step import check_one_direction
from ..preprocessing import PerStep
from ._graph import Graph
from ._layers import add_network
from ._outputs import FLOAT, INT, Output, of_chain, of_labels, of_numbers
from ._rows import Rows
from ._transformers import Steps, add_transformer, width_of

Values: TypeAlias = dict[str, Output]

PREDICTORS = (RNNClassifier, RNNRegressor, RNNStepRegressor, RNNTagger)
NUMBERS = (RNNRegressor, RNNStepRegressor)


def read_whole(g: Graph, transformers: list[Any], model: Any) -> tuple[Values, Values]:
    """Sequences and their lengths in, predictions out."""
    batch = ("n_sequences", "n_steps")
    X = steps_in(transformers, model, batch)
    inputs = {"X": X, "lengths": Output("lengths", INT, shape=batch[:1])}
    inputs |= static_in(model)
    steps = Steps(g, "X", X.dtype, "lengths", "static" if model._n_static else None)
    for transformer in transformers:
        steps = add_transformer(steps, as_fitted(transformer))
    return inputs, add_estimator(steps, model)


def add_estimator(steps: Steps, model: Any) -> Values:
    """What an estimator predicts of whole sequences."""
    rows = Rows(steps.graph, steps.values, steps.dtype, steps.lengths, steps.static)
    scores = add_network(rows, network_of(model), model.theta_)
    batch = ("n_sequences",) if rows.pooled else ("n_sequences", "n_steps")
    return predictions(steps.graph, model, scores, batch)


def read_steps(g: Graph, transformers: list[Any], model: Any) -> tuple[Values, Values]:
    """One step of each sequence and states in, predictions and states out."""
    check_one_direction(model)
    for transformer in transformers:
        if not isinstance(transformer, PerStep):
            raise ValueError(
                f"{type(transformer).__name__} looks at other steps of a sequence: "
                "with step=True only PerStep can stand before the estimator. Transform "
                "before, and export the estimator alone."
            )
    batch = ("n_sequences",)
    X = steps_in(transformers, model, batch)
    steps = Steps(g, g.add("Unsqueeze", "X", [1]), X.dtype, None)
    for transformer in transformers:
        steps = add_transformer(steps, as_fitted(transformer))
    static = "static" if model._n_static else None
    rows = Rows(g, steps.values, steps.dtype, None, static, goes_on=True)
    scores = add_network(rows, network_of(model), model.theta_)
    if not rows.pooled:
        scores = g.add("Squeeze", scores, [1])
    outputs = predictions(g, model, scores, batch)
    return with_states(rows, {"X": X, **static_in(model)}, outputs)


def read_text(g: Graph, model: Any) -> tuple[Values, Values]:
    """Tokens and states in, log probabilities and states out."""
    batch = ("n_texts", "n_steps")
    rows = Rows(g, "tokens", INT, None, goes_on=True)
    scores = add_network(rows, network_of(model), model.theta_)
    log_p = g.add("LogSoftmax", scores, axis=-1)
    inputs = {"tokens": Output("tokens", INT, shape=batch)}
    outputs = Output(log_p, FLOAT, shape=(*batch, model.n_tokens_))
    return with_states(rows, inputs, {"log_probabilities": outputs})


# -- parts -----------------------------------------------------------------------------


def network_of(model: Any) -> Any:
    """The network, with cells that are not compiled."""
    return model._build(model.architecture_)


def steps_in(transformers: list[Any], model: Any, batch: tuple[str, ...]) -> Output:
    """The input X: numbers as the first transformer takes them, or token ids."""
    architecture, width = model.architecture_, None
    if transformers:
        width = width_of(transformers[0])
    elif architecture["embedding_dim"] is None or architecture["sparse_input"]:
        width = architecture["n_features"]
    if width is None:
        return Output("X", INT, shape=batch)
    dtype = model.theta_.dtype
    if transformers:  # which read X before it becomes what the network takes
        dtype = np.dtype(transformers[0]._form_dtype or dtype)
    return Output("X", dtype, shape=(*batch, width))


def static_in(model: Any) -> Values:
    """The input of static numbers, if there were some in ``fit``."""
    if not model._n_static:
        return {}
    shape = ("n_sequences", model._n_static)
    return {"static": Output("static", model.theta_.dtype, shape=shape)}


def predictions(g: Graph, model: Any, scores: str, batch: tuple[str, ...]) -> Values:
    """What an estimator says of scores whose first axes are ``batch``."""
    if isinstance(model, NUMBERS):
        found = of_numbers(g, model, scores)
    elif isinstance(model, RNNTagger) and (model._has_chain or model._forbidden):
        found = of_chain(g, model, scores)
    else:
        found = of_labels(g, model, scores)
    return {
        name: output._replace(shape=output.shape or (*batch, *output.widths))
        for name, output in found.items()
    }


def with_states(rows: Rows, inputs: Values, outputs: Values) -> tuple[Values, Values]:
    """The same, and the states in and out, in one order."""
    (first, *_), *_ = [value.shape or () for value in inputs.values()]
    before = {
        name: Output(name, FLOAT, shape=(first, width))
        for name, width in rows.states.items()
    }
    after = {
        f"{name}_next": state._replace(value=rows.after[name])
        for name, state in before.items()
    }
    return inputs | before, outputs | after
