"""Our estimators and transformers as skl2onnx converts them."""

from __future__ import annotations

from typing import Any

from .._state import as_fitted
from ..preprocessing import TokenEncoder, TokenFeatures
from ._graph import Graph
from ._models import PREDICTORS, add_estimator
from ._outputs import INT, Output
from ._transformers import TRANSFORMERS, Steps, add_transformer, check_transformers
from ._types import dtype_of, import_skl2onnx, type_of


def register_skl2onnx() -> None:
    """Register converters for the estimators and transformers with skl2onnx.

    Then ``skl2onnx.to_onnx`` and ``skl2onnx.convert_sklearn`` convert them, alone and
    in pipelines. ``initial_types`` are the types of the inputs ``X``, ``lengths`` and,
    if there are static numbers, ``static``. Without ``lengths``, all sequences of a
    batch have the same length. Outputs are those of :func:`to_onnx`, which needs no
    registration.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    See Also
    --------
    to_onnx : Inputs and outputs; it also exports pipelines.

    Examples
    --------
    >>> from sksequence.onnx import register_skl2onnx
    >>> register_skl2onnx()  # doctest: +SKIP
    """
    skl2onnx = import_skl2onnx("register_skl2onnx")
    for kind in (*PREDICTORS, *TRANSFORMERS, TokenEncoder, TokenFeatures):
        skl2onnx.update_registered_converter(
            kind,
            f"Sksequence{kind.__name__}",
            types_are_known,
            convert,
            parser=parse,
            options={"zipmap": [True, False, "columns"]},  # probabilities are arrays
        )


def types_are_known(operator: Any) -> None:
    """``parse`` has said what comes out."""


def parse(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    """Declare an operator, and what comes out of it."""
    n_static = getattr(model, "_n_static", len(inputs) > 2)
    if len(inputs) > 3 or (len(inputs) > 2) != (n_static > 0):
        names = ", ".join(variable.raw_name for variable in inputs)
        and_static = ", lengths and static" if n_static else " and lengths"
        raise ValueError(
            f"{type(model).__name__} takes X{and_static} as inputs. Got {names}."
        )
    operator = scope.declare_local_operator(f"Sksequence{type(model).__name__}", model)
    operator.inputs = list(inputs)
    for name, output in add_to(Graph(15), inputs, model).items():
        shape = [k if isinstance(k, int) else None for k in output.shape or ()]
        kind = type_of(output.dtype, shape)
        operator.outputs.append(scope.declare_local_variable(name, kind))
    return operator.outputs


def convert(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of an operator."""
    g = Graph(container.target_opset_onnx, scope.get_unique_variable_name)
    found = add_to(g, operator.inputs, operator.raw_operator)
    attribute = g.onnx.helper.get_attribute_value
    container.initializers += g.constants
    for node in g.nodes:
        container.add_node(
            node.op_type,
            list(node.input),
            list(node.output),
            op_domain=node.domain,
            name=scope.get_unique_operator_name(node.op_type),
            **{a.name: attribute(a) for a in node.attribute},
        )
    for variable, output in zip(operator.outputs, found.values(), strict=True):
        container.add_node("Identity", [output.value], [variable.full_name])


def add_to(g: Graph, inputs: Any, model: Any) -> dict[str, Output]:
    """What a model makes of the variables of skl2onnx."""
    if not isinstance(model, PREDICTORS):
        check_transformers([model])
    X, *others = [variable.onnx_name for variable in inputs]
    if not others:
        n, n_steps = (g.size(X, axis) for axis in (0, 1))
        others = [g.add("Expand", n_steps, n)]
    steps, model = Steps(g, X, dtype_of(inputs[0]), *others), as_fitted(model)
    if isinstance(model, PREDICTORS):
        return add_estimator(steps, model)
    steps = add_transformer(steps, model)
    found = {
        "X": Output(steps.values, steps.dtype, shape=("n_sequences", "n_steps", None)),
        "lengths": Output(str(steps.lengths), INT, shape=("n_sequences",)),
    }
    if steps.static is not None:
        dtype = dtype_of(inputs[2])
        found["static"] = Output(steps.static, dtype, shape=("n_sequences", None))
    return found
