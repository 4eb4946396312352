"""ONNX Runtime: a graph of one recurrent layer and, on top, a linear one."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from sksequence.onnx._cells import operator_of, operator_weights

TIMED = ("lstm", "gru", "rnn", "lstm_peephole")
VERSION, OPSET = 9, 17  # of the format, which old runtimes read too


def make_session(cell, params, output=None, threads=1):
    """A session that reads X (n_steps, 1, n_features).

    Parameters
    ----------
    cell : Cell
    params : dict of str -> ndarray
        Of the cell.
    output : (W, b), default=None
        Of a linear layer on the last state. None: the states of all steps come out.
    threads : int

    Returns
    -------
    InferenceSession
    """
    operator, attributes = operator_of(cell)
    arrays = {
        name: np.ascontiguousarray(values, np.float32)
        for name, values in operator_weights(cell, params).items()
    }
    n_units = arrays["R"].shape[2]
    inputs = ["X", "W", "R", "B"]
    if "P" in arrays:
        inputs += ["", "", "", "P"]
    nodes = [
        helper.make_node(
            operator, inputs, ["Y", "H"], hidden_size=n_units, **attributes
        )
    ]
    name, shape = "Y", [None, 1, 1, n_units]
    if output is not None:
        arrays["V"], arrays["b"] = (np.ascontiguousarray(a) for a in output)
        arrays["shape"] = np.array([1, n_units])
        nodes += [
            helper.make_node("Reshape", ["H", "shape"], ["last"]),
            helper.make_node("Gemm", ["last", "V", "b"], ["scores"]),
        ]
        name, shape = "scores", [1, len(arrays["b"])]
    kind, n_features = TensorProto.FLOAT, arrays["W"].shape[2]
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("X", kind, [None, 1, n_features])],
        [helper.make_tensor_value_info(name, kind, shape)],
        [numpy_helper.from_array(a, name) for name, a in arrays.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=VERSION
    )
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
