"""A graph of ONNX operators while it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._extras import import_extra


def import_onnx() -> Any:
    """The package onnx, or an error that says what to install."""
    return import_extra("onnx", "sksequence[onnx]", "sksequence.onnx")


class Graph:
    """Nodes and constants, whose results are known by name.

    Parameters
    ----------
    opset : int
        The version of the operators.
    new_name : callable, default=None
        A hint -> a name that nothing else has. None: hints and numbers.

    Attributes
    ----------
    nodes : list of NodeProto
    constants : list of TensorProto
    opsets : dict of str -> int
        By domain.
    """

    def __init__(self, opset: int, new_name: Callable[[str], str] | None = None):
        self.onnx = import_onnx()
        self.opset, self.opsets = opset, {"": opset}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.new_name = new_name or self._numbered
        self._n_names = 0
        self._known: dict[tuple[Any, ...], str] = {}

    def _numbered(self, hint):
        self._n_names += 1
        return f"{hint}_{self._n_names}"

    def constant(self, values: npt.ArrayLike) -> str:
        """The name of an array that is part of the graph.

        Parameters
        ----------
        values : array-like
            Ints are int64; strings are of any kind.
        """
        a = np.asarray(values)
        if a.dtype.kind in "UO":
            a = a.astype(object)
            key = (a.shape, *a.ravel())
        else:
            a = np.ascontiguousarray(a).reshape(a.shape)
            key = (a.dtype.str, a.shape, a.tobytes())
        if key not in self._known:
            name = self._known[key] = self.new_name("constant")
            self.constants.append(self.onnx.numpy_helper.from_array(a, name))
        return self._known[key]

    def add(
        self, operator: str, *inputs: Any, n_outputs: int = 1, **attributes: Any
    ) -> Any:
        """Add a node.

        Parameters
        ----------
        operator : str
        *inputs : str, array-like or None
            Names, or constants. None: an input that is left out.
        n_outputs : int
        **attributes

        Returns
        -------
        name : str, or list of str if there are several outputs
        """
        names = ["" if a is None else self._name_of(a) for a in inputs]
        while names and not names[-1]:
            names.pop()
        outputs = [self.new_name(operator) for _ in range(n_outputs)]
        node = self.onnx.helper.make_node(
            operator, names, outputs, name=f"{outputs[0]}_node", **attributes
        )
        self.nodes.append(node)
        return outputs[0] if n_outputs == 1 else outputs

    def _name_of(self, value):
        return value if isinstance(value, str) else self.constant(value)

    # -- operators that are written in several ways ------------------------------------

    def cast(self, value: str, dtype: npt.DTypeLike) -> str:
        """A value in another type."""
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", value, to=kind)

    def size(self, value: str, axis: int) -> str:
        """The length of an axis, of shape (1,)."""
        return self.add("Shape", value, start=axis, end=axis + 1)

    def places(self, value: str, axis: int) -> str:
        """0, 1, ... along an axis, of shape (length,)."""
        size = self.add("Squeeze", self.size(value, axis), [0])
        return self.add("Range", np.int64(0), size, np.int64(1))

    def sum(self, value: str, axis: int, keepdims: bool = False) -> str:
        """Sum along an axis."""
        return self.add("ReduceSum", value, [axis], keepdims=int(keepdims))

    def max(self, value: str, axis: int, keepdims: bool = False) -> str:
        """Maximum along an axis."""
        if self.opset >= 18:
            return self.add("ReduceMax", value, [axis], keepdims=int(keepdims))
        return self.add("ReduceMax", value, axes=[axis], keepdims=int(keepdims))

    # -- graphs inside of graphs -------------------------------------------------------

    def add_scan(self, step: Callable[..., Any], states: Any, values: str) -> list[str]:
        """A loop along axis 1 of (n_sequences, n_steps, n) values.

        Parameters
        ----------
        step : callable
            (graph, *states before, a step) -> (states after, what comes out), all by
            name.
        states : list of (str, dtype)
            Before the first step.
        values : str

        Returns
        -------
        list of str
            What comes out of all steps, for each result of ``step``.
        """
        helper = self.onnx.helper

        def declared(name, dtype):
            return helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), None
            )

        body = Graph(self.opset, self.new_name)
        before = [self.new_name("before") for _ in states]
        here = self.new_name("step")
        after, out = step(body, *before, here)
        types = [dtype for _, dtype in states]
        graph = helper.make_graph(
            body.nodes,
            self.new_name("body"),
            [declared(*pair) for pair in zip([*before, here], [*types, types[0]])],
            [
                *(declared(*pair) for pair in zip(after, types)),
                *(declared(*pair) for pair in out),
            ],
            body.constants,
        )
        results = self.add(
            "Scan",
            *(name for name, _ in states),
            values,
            n_outputs=len(states) + len(out),
            body=graph,
            num_scan_inputs=1,
            scan_input_axes=[1],
            scan_output_axes=[1] * len(out),
        )
        return results[len(states) :]

    def add_model(self, model: Any, value: str) -> str:
        """All nodes of a model with one input and one output.

        Parameters
        ----------
        model : ModelProto
        value : str
            What goes in.

        Returns
        -------
        name : str
            What comes out.
        """
        prefix = f"{self.new_name('inner')}_"
        inner = self.onnx.compose.add_prefix(model, prefix)
        for opset in inner.opset_import:
            self.opsets.setdefault(opset.domain, opset.version)
        self.constants += inner.graph.initializer
        name_in = inner.graph.input[0].name
        for node in inner.graph.node:
            node.input[:] = [value if k == name_in else k for k in node.input]
        self.nodes += inner.graph.node
        return inner.graph.output[0].name
