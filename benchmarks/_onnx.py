"""ONNX Runtime: a graph of one recurrent layer and, on top, a linear one."""

import numpy as np
import onnxruntime
from _peers import to_torch
from onnx import TensorProto, helper, numpy_helper

OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN", "lstm_peephole": "LSTM"}
ORDER = {"lstm": [0, 3, 1, 2], "gru": [1, 0, 2]}  # PyTorch's order in ONNX's: iofc, zrh
VERSION, OPSET = 9, 17  # of the format, which old runtimes read too


def layer_arrays(params, cell, n_gates):
    """Our weights as ONNX has them: W, R, B and, with peepholes, P."""
    cell = cell.removesuffix("_peephole")
    order = ORDER.get(cell, range(n_gates))

    def gates(values):
        parts = np.split(values, n_gates)
        return np.concatenate([parts[k] for k in order])[None]

    turned = {
        name: to_torch(
            name, values, "lstm" if cell == "lstm_peephole" else cell, n_gates
        )
        for name, values in params.items()
    }
    second = turned.get("c", np.zeros_like(turned["b"]))
    arrays = {
        "W": gates(turned["W"]),
        "R": gates(turned["U"]),
        "B": np.concatenate([gates(turned["b"]), gates(second)], axis=1),
    }
    if "p" in params:
        i, f, o = params["p"]
        arrays["P"] = np.concatenate([i, o, f])[None]
    return {name: np.ascontiguousarray(a, np.float32) for name, a in arrays.items()}


def make_session(params, cell, n_gates, output=None, threads=1):
    """A session that reads X (n_steps, 1, n_features).

    Parameters
    ----------
    params : dict of str -> ndarray
        Of a cell.
    cell : str
        A name in ``OPERATORS``; the GRU is the one that resets after the product.
    n_gates : int
    output : (W, b), default=None
        Of a linear layer on the last state. None: the states of all steps come out.
    threads : int

    Returns
    -------
    InferenceSession
    """
    arrays = layer_arrays(params, cell, n_gates)
    n_units = arrays["R"].shape[2]
    inputs = ["X", "W", "R", "B"]
    if "P" in arrays:
        inputs += ["", "", "", "P"]
    options = {"linear_before_reset": 1} if cell == "gru" else {}
    nodes = [
        helper.make_node(
            OPERATORS[cell], inputs, ["Y", "H"], hidden_size=n_units, **options
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
