"""Cells that ONNX has too: same weights, same outputs and states, in float32."""

import numpy as np
import pytest
from helpers import every_engine
from numpy.testing import assert_allclose

from sksequence.cells import CELLS, GRUCell, with_engine
from sksequence.onnx._cells import operator_of, operator_weights
from sksequence.sequences import Steps

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

LENGTHS = [9, 9, 6, 4, 1]
N_FEATURES, N_UNITS = 4, 5
CELLS_OF_ONNX = {**CELLS, "gru reset_after": GRUCell(reset_after=True)}


def run_onnx(kind, attributes, arrays):
    """What the operator gives: the outputs of all steps, and the final states."""
    types = {
        name: onnx.helper.np_dtype_to_tensor_dtype(a.dtype)
        for name, a in arrays.items()
    }
    inputs = ["X", "W", "R", "B", "lengths", "initial_h"]
    inputs += ["initial_c", "P"] if kind == "LSTM" else []
    outputs = ["Y", "final_h", "final_c"][: 2 + (kind == "LSTM")]
    node = onnx.helper.make_node(
        kind,
        [name if name in arrays else "" for name in inputs],
        outputs,
        hidden_size=N_UNITS,
        **attributes,
    )
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node],
        "one layer",
        [value(name, types[name], a.shape) for name, a in arrays.items()],
        [value(k, types["X"], [None] * (4 if k == "Y" else 3)) for k in outputs],
    )
    opset = [onnx.helper.make_opsetid("", 14)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, arrays)


@every_engine
@pytest.mark.parametrize("name", CELLS_OF_ONNX)
def test_outputs_and_states_are_onnxs(name, engine):
    cell = CELLS_OF_ONNX[name]
    kind, attributes = operator_of(cell)
    rng, steps, n = np.random.default_rng(0), Steps(LENGTHS), len(LENGTHS)

    def draw(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    params = {
        key: 0.5 * draw(*shape)
        for key, shape in cell.shapes(N_FEATURES, N_UNITS).items()
    }
    X, initial = draw(steps.n_rows, N_FEATURES), [draw(n, N_UNITS) for _ in cell.states]
    H, final, _ = with_engine(cell, engine).forward(params, X, steps, tuple(initial))

    padded = np.zeros((LENGTHS[0], n, N_FEATURES), np.float32)
    place = np.zeros(steps.n_rows, int)  # the step of each row
    for t, (start, n_t) in enumerate(zip(steps.starts, steps.counts)):
        place[start : start + n_t] = t
    padded[place, steps.sequence_of_row] = X
    arrays = {"X": padded, "lengths": np.array(LENGTHS, np.int32)}
    arrays |= operator_weights(cell, params)
    arrays |= {f"initial_{k}": s[None] for k, s in zip(cell.states, initial)}
    Y, *theirs = run_onnx(kind, attributes, arrays)

    assert_allclose(H, Y[place, 0, steps.sequence_of_row], rtol=1e-5, atol=1e-5)
    assert len(theirs) == len(final)
    for ours, state in zip(final, theirs):
        assert_allclose(ours, state[0], rtol=1e-5, atol=1e-5)
