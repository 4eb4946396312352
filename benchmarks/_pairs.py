"""What is timed: pairs of calls, ours and theirs, that compute the same."""

import sys
from concurrent.futures import ThreadPoolExecutor

import _peers as peers
import numpy as np
from _workloads import N_CLASSES, SEED, TIMED_CELLS, make_data

from sksequence import RaggedArray, RNNClassifier
from sksequence.cells import Workspace
from sksequence.network import LOSSES, build_network
from sksequence.sequences import pack

TOLERANCE = 1e-5  # of the greatest absolute value of an array
LEARNING_RATE = 1e-3
N_BATCHES = 8  # in an epoch
N_EPOCHS = 3  # of a fit


# -- our side --------------------------------------------------------------------------


def run_cell(cell, params, X, steps, workspace, worker, dH=None):
    """One layer forwards, and backwards if there is a gradient from above.

    Returns
    -------
    H : ndarray of shape (n_rows, n_units)
    dX : ndarray of shape (n_rows, n_features), or None
    grads : dict of str -> ndarray, or None
    """
    need_tape = dH is not None
    H, _, tape = cell.forward(
        params, X, steps, need_tape=need_tape, workspace=workspace, worker=worker
    )
    if not need_tape:
        return H, None, None
    grads = {name: np.zeros_like(values) for name, values in params.items()}
    dX, _ = cell.backward(params, grads, dH, tape)
    return H, dX, grads


def gradient_of_batch(clf, X, y):
    """The gradients of the mean loss of a batch, by the parameters' names."""
    network = build_network(**clf.architecture_)
    rows, steps, order = pack(RaggedArray.from_sequences(list(X)), np.arange(len(X)))
    scores, tape = network.forward(clf.theta_, rows, steps)
    shares = np.full(len(X), 1 / len(X), scores.dtype)  # of a mean
    _, dscores = LOSSES["softmax"].value_and_gradient(scores, y[order], shares)
    return network.backward(clf.theta_, dscores, tape).views()


# -- both sides compute the same -------------------------------------------------------


def assert_same(where, name, ours, theirs):
    """Stop if two arrays differ by more than ``TOLERANCE``, or in kind."""
    kinds = [f"{a.dtype} {a.shape}" for a in (ours, theirs)]
    if kinds[0] != kinds[1]:
        sys.exit(f"{where}: {name} is {kinds[0]}, theirs is {kinds[1]}")
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    if not error <= TOLERANCE:
        sys.exit(f"{where}: {name} differs by {error:.1e} of its greatest value")


def assert_same_gradients(where, cell, ours, theirs):
    """Compare the gradients of a layer, each side's by its own names."""
    n_gates = len(TIMED_CELLS[cell].gates)
    for name, values in ours.items():
        if name == "c":  # of PyTorch's second bias, we have the candidate's
            expected = theirs[peers.PARAMETERS[name]][-len(values) :]
            assert_same(where, "gradient of c", values, expected)
        else:
            turned = peers.to_torch(name, values, cell, n_gates)
            expected = theirs[peers.PARAMETERS[name]]
            assert_same(where, f"gradient of {name}", turned, expected)


# -- the pairs -------------------------------------------------------------------------


def kernel_calls(workload, lengths, cell_name, threads, arguments):
    """By operation: (ours, theirs, rows of data, batches) of a call."""
    cell, rng = TIMED_CELLS[cell_name], np.random.RandomState(SEED)
    X, _ = make_data(workload, lengths)
    rows, steps, _ = pack(RaggedArray.from_sequences(list(X)), np.arange(len(X)))
    params = {
        name: np.empty(shape, np.float32)
        for name, shape in cell.shapes(workload.n_features, workload.n_units).items()
    }
    cell.init(params, rng)
    for name, values in params.items():
        if name not in ("W", "U"):  # biases and peepholes start constant
            values += rng.uniform(-0.5, 0.5, values.shape)
    shape = steps.n_rows, workload.n_units
    dH = rng.standard_normal(shape).astype(np.float32)

    layer = peers.make_layer(cell_name, workload.n_features, workload.n_units)
    peers.copy_weights(params, layer, cell_name, len(cell.gates))
    peer = peers.Kernel(
        cell_name, layer, rows, dH, steps.lengths, arguments.ragged_peer == "packed"
    )

    worker = ThreadPoolExecutor(1) if threads > 1 else None
    workspaces = Workspace(), Workspace()

    def forward():
        return run_cell(cell, params, rows, steps, workspaces[0], worker)

    def forward_backward():
        return run_cell(cell, params, rows, steps, workspaces[1], worker, dH)

    where = f"kernel {workload.name} {lengths} {cell_name}"
    H, dX, grads = forward_backward()
    H_peer, (dX_peer, *grads_peer) = peer.forward_backward()
    names = [name for name, _ in layer.named_parameters()]
    theirs = dict(zip(names, (g.numpy() for g in grads_peer)))
    assert_same(where, "the output", H, peer.rows(H_peer))
    assert_same(where, "the gradient of X", dX, peer.rows(dX_peer))
    assert_same_gradients(where, cell_name, grads, theirs)
    H, _, _ = forward()
    assert_same(where, "the output of forward alone", H, peer.rows(peer.forward()))
    return {
        "forward": (forward, peer.forward, steps.n_rows, 1),
        "forward_backward": (forward_backward, peer.forward_backward, steps.n_rows, 1),
    }


def estimator_calls(workload, lengths, cell_name, threads, arguments):
    """By operation: (ours, theirs, rows of data, batches) of a call."""
    n_batches = N_BATCHES
    if arguments.quick:
        n_batches = max(2, N_CLASSES // workload.batch)
    X, y = make_data(workload, lengths, n_batches)
    clf = RNNClassifier(
        workload.n_units,
        cell=TIMED_CELLS[cell_name],
        batch_size=workload.batch,
        shuffle=False,
        clip_norm=None,
        learning_rate_init=LEARNING_RATE,
        max_iter=N_EPOCHS,
        n_jobs=threads,
        standardize=False,
        random_state=SEED,
        learning_rate="constant",
        bidirectional=False,
        pooling="last",
        dropout=0.0,
    )
    X_peer = peers.as_skorch_takes(X)
    packed = arguments.ragged_peer == "packed"
    net = peers.make_net(cell_name, workload, N_CLASSES, lengths, packed, LEARNING_RATE)
    net.set_params(max_epochs=N_EPOCHS)
    if arguments.peer_predict_batch:
        net.set_params(iterator_valid__batch_size=arguments.peer_predict_batch)
    clf.fit(X, y), net.fit(X_peer, y)

    params = clf.params_
    layer = {name[5:]: p for name, p in params.items() if name.startswith("rnn0.")}
    n_gates = len(TIMED_CELLS[cell_name].gates)
    peers.copy_weights(layer, net.module_.layer, cell_name, n_gates)
    peers.copy_output(params["output.W"], params["output.b"], net.module_.output)
    where = f"estimator {workload.name} {lengths} {cell_name}"
    first = slice(workload.batch)
    ours = gradient_of_batch(clf, X[first], y[first])
    theirs = peers.gradient_of_batch(net, X_peer[first], y[first])
    assert_same(where, "predict_proba", clf.predict_proba(X), net.predict_proba(X_peer))
    assert_same(
        where, "the output's W", ours.pop("output.W").T, theirs["output.weight"]
    )
    assert_same(where, "the output's b", ours.pop("output.b"), theirs["output.bias"])
    assert_same_gradients(
        where,
        cell_name,
        {name.removeprefix("rnn0."): values for name, values in ours.items()},
        {name.removeprefix("layer."): values for name, values in theirs.items()},
    )
    n_rows = sum(map(len, X))
    one, one_peer = X[:1], X_peer[:1]
    return {
        "fit": (
            lambda: clf.fit(X, y),
            lambda: net.fit(X_peer, y),
            n_rows * N_EPOCHS,
            n_batches * N_EPOCHS,
        ),
        "predict": (
            lambda: clf.predict(X),
            lambda: net.predict(X_peer),
            n_rows,
            n_batches,
        ),
        "predict_one": (
            lambda: clf.predict(one),
            lambda: net.predict(one_peer),
            len(X[0]),
            1,
        ),
    }


CALLS = {"kernel": kernel_calls, "estimator": estimator_calls}
