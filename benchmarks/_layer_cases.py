"""What is timed of one recurrent layer: a batch, and one sequence step by step."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import _onnx
import _peers as peers
import numpy as np
import torch
from _checks import assert_same, assert_same_gradients
from _engines import cell_of
from _workloads import SEED, TIMED_CELLS, make_data

from sksequence import RaggedArray
from sksequence.cells import Workspace
from sksequence.sequences import pack


class Case(NamedTuple):
    """Calls that compute the same.

    Attributes
    ----------
    operation : str
    ours : dict of str -> callable
        By engine.
    theirs : dict of str -> callable
        By peer.
    n_rows : int
        Steps of data that a call reads.
    n_batches : int
        By which the time of a call is divided.
    """

    operation: str
    ours: dict[str, Any]
    theirs: dict[str, Any]
    n_rows: int
    n_batches: int


def start_values(cell, n_features, n_units):
    """Weights of a cell, by name, of which none is zero."""
    rng = np.random.RandomState(SEED)
    params = {
        name: np.empty(shape, np.float32)
        for name, shape in cell.shapes(n_features, n_units).items()
    }
    cell.init(params, rng)
    for name, values in params.items():
        if name not in ("W", "U"):  # biases and peepholes start constant
            values += rng.uniform(-0.5, 0.5, values.shape)
    return params


def packed_batch(workload, lengths):
    """Packed rows of a batch, and how they lie."""
    X, _ = make_data(workload, lengths)
    rows, steps, _ = pack(RaggedArray.from_sequences(list(X)), np.arange(len(X)))
    return rows, steps


class OurLayer:
    """A layer of ours on a batch, run by an engine."""

    def __init__(self, cell, engine, params, batch, dH=None, worker=None):
        self.cell, self.params = cell_of(cell, engine), params
        (self.X, self.steps), self.dH = batch, dH
        self.worker, self.workspaces = worker, (Workspace(), Workspace())

    def _forward(self, need_tape):
        return self.cell.forward(
            self.params,
            self.X,
            self.steps,
            need_tape=need_tape,
            workspace=self.workspaces[need_tape],
            worker=self.worker,
        )

    def forward(self):
        """The states of all steps."""
        return self._forward(need_tape=False)[0]

    def forward_backward(self):
        """The states of all steps, the gradient of X, and those of the weights."""
        H, _, tape = self._forward(need_tape=True)
        grads = {name: np.zeros_like(values) for name, values in self.params.items()}
        dX, _ = self.cell.backward(self.params, grads, self.dH, tape)
        return H, dX, grads


def torch_layers(cell, params, n_features, n_units, batch, dH, names):
    """PyTorch's layer with our weights, by peer: packed, or padded."""
    rows, steps = batch
    layer = peers.make_layer(cell, n_features, n_units)
    peers.copy_weights(params, layer, cell, len(TIMED_CELLS[cell].gates))
    return {
        name: peers.Kernel(cell, layer, rows, dH, steps.lengths, name == "packed")
        for name in names
    }


def kernel_cases(workload, lengths, cell_name, threads, arguments):
    """One layer forwards, and forwards and backwards, on one batch."""
    cell = TIMED_CELLS[cell_name]
    params = start_values(cell, workload.n_features, workload.n_units)
    batch = packed_batch(workload, lengths)
    steps = batch[1]
    shape = steps.n_rows, workload.n_units
    dH = np.random.RandomState(SEED + 1).standard_normal(shape).astype(np.float32)
    worker = ThreadPoolExecutor(1) if threads > 1 else None
    ours = {
        engine: OurLayer(cell, engine, params, batch, dH, worker)
        for engine in arguments.engines
    }
    sizes = workload.n_features, workload.n_units
    names = peers.names(cell_name, lengths, arguments.peers)
    theirs = torch_layers(cell_name, params, *sizes, batch, dH, names)
    for engine, layer in ours.items():
        H, dX, grads = layer.forward_backward()
        for name, peer in theirs.items():
            where = f"kernel {workload.name} {lengths} {cell_name} {engine} {name}"
            H_peer, (dX_peer, *grads_peer) = peer.forward_backward()
            of_layer = [key for key, _ in peer.layer.named_parameters()]
            grads_peer = dict(zip(of_layer, (g.numpy() for g in grads_peer)))
            assert_same(where, "the output", H, peer.rows(H_peer))
            assert_same(where, "the gradient of X", dX, peer.rows(dX_peer))
            assert_same_gradients(where, cell_name, grads, grads_peer)
            H_alone, H_peer = layer.forward(), peer.rows(peer.forward())
            assert_same(where, "the output of forward alone", H_alone, H_peer)
    for operation in ("forward", "forward_backward"):
        yield Case(
            operation,
            {engine: getattr(layer, operation) for engine, layer in ours.items()},
            {name: getattr(peer, operation) for name, peer in theirs.items()},
            steps.n_rows,
            1,
        )


def step_cases(workload, lengths, cell_name, threads, arguments):
    """One sequence forwards through a layer; the time is that of a step."""
    cell = TIMED_CELLS[cell_name]
    params = start_values(cell, workload.n_features, workload.n_units)
    batch = rows, steps = packed_batch(workload, "dense")
    ours = {
        engine: OurLayer(cell, engine, params, batch).forward
        for engine in arguments.engines
    }
    theirs = {}
    if "onnxruntime" in arguments.peers and cell_name in _onnx.TIMED:
        session = _onnx.make_session(cell, params, threads=threads)
        given = {"X": rows[:, None]}
        theirs["onnxruntime"] = lambda: session.run(None, given)[0][:, 0, 0]
    if "torch" in arguments.peers and cell_name in peers.BUILT_IN:
        layer = peers.make_layer(cell_name, workload.n_features, workload.n_units)
        peers.copy_weights(params, layer, cell_name, len(cell.gates))
        X = torch.as_tensor(rows[:, None])

        def run():
            with torch.inference_mode():
                return layer(X)[0].numpy()[:, 0]

        theirs["torch"] = run
    for engine, call in ours.items():
        for name, peer in theirs.items():
            where = f"step {workload.name} {cell_name} {engine} {name}"
            assert_same(where, "the output", call(), peer())
    yield Case("step", ours, theirs, steps.n_rows, steps.n_rows)
