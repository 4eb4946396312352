"""What is timed of an estimator: fit, predict, and what a second thread gives."""

import _onnx
import _peers as peers
import numpy as np
from _checks import assert_same, assert_same_gradients
from _engines import engine_option
from _layer_cases import Case
from _workloads import N_CLASSES, SEED, TIMED_CELLS, make_data

from sksequence import RaggedArray, RNNClassifier
from sksequence.network import LOSSES, build_network
from sksequence.sequences import pack

LEARNING_RATE = 1e-3
N_BATCHES = 8  # in an epoch
N_EPOCHS = 3  # of a fit


def make_classifier(workload, cell_name, engine, threads):
    """Our classifier, with the same layers and the same training as theirs."""
    return RNNClassifier(
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
        **engine_option(engine),
    )


def data_of(workload, lengths, arguments):
    """(X, y, batches in an epoch)."""
    n_batches = N_BATCHES
    if arguments.quick:
        n_batches = max(2, N_CLASSES // workload.batch)
    return *make_data(workload, lengths, n_batches), n_batches


def gradient_of_batch(clf, X, y):
    """The gradients of the mean loss of a batch, by the parameters' names."""
    network = build_network(**clf.architecture_)
    rows, steps, order = pack(RaggedArray.from_sequences(list(X)), np.arange(len(X)))
    scores, tape = network.forward(clf.theta_, rows, steps)
    shares = np.full(len(X), 1 / len(X), scores.dtype)  # of a mean
    _, dscores = LOSSES["softmax"].value_and_gradient(scores, y[order], shares)
    return network.backward(clf.theta_, dscores, tape).views()


def layer_of(clf):
    """The parameters of the recurrent layer, by name."""
    return {name[5:]: p for name, p in clf.params_.items() if name.startswith("rnn0.")}


def fitted_nets(clf, workload, lengths, cell_name, names, X, y, arguments):
    """skorch's classifiers with our weights, by peer."""
    nets = {}
    for name in names:
        net = peers.make_net(
            cell_name, workload, N_CLASSES, lengths, name == "packed", LEARNING_RATE
        )
        net.set_params(max_epochs=N_EPOCHS)
        if arguments.peer_predict_batch:
            net.set_params(iterator_valid__batch_size=arguments.peer_predict_batch)
        net.fit(X, y)
        n_gates = len(TIMED_CELLS[cell_name].gates)
        peers.copy_weights(layer_of(clf), net.module_.layer, cell_name, n_gates)
        params = clf.params_
        peers.copy_output(params["output.W"], params["output.b"], net.module_.output)
        nets[name] = net
    return nets


def check(where, clf, net, data, data_peer, cell_name):
    """Compare probabilities, and the gradients of a batch."""
    (X, y), (X_peer, _) = data, data_peer
    assert_same(where, "predict_proba", clf.predict_proba(X), net.predict_proba(X_peer))
    first = slice(clf.batch_size)
    ours = gradient_of_batch(clf, X[first], y[first])
    theirs = peers.gradient_of_batch(net, X_peer[first], y[first])
    W, b = ours.pop("output.W").T, ours.pop("output.b")
    assert_same(where, "the output's W", W, theirs["output.weight"])
    assert_same(where, "the output's b", b, theirs["output.bias"])
    assert_same_gradients(
        where,
        cell_name,
        {name.removeprefix("rnn0."): values for name, values in ours.items()},
        {name.removeprefix("layer."): values for name, values in theirs.items()},
    )


def onnx_predict(clf, cell_name, x, threads):
    """``predict`` of one sequence by ONNX Runtime, as a function."""
    cell, params = TIMED_CELLS[cell_name], clf.params_
    output = params["output.W"], params["output.b"]
    session = _onnx.make_session(cell, layer_of(clf), output, threads)
    classes, x = clf.classes_, np.ascontiguousarray(x)[:, None]
    return lambda: classes[session.run(None, {"X": x})[0].argmax(axis=1)]


def estimator_cases(workload, lengths, cell_name, threads, arguments):
    """What a user's call of fit or predict costs, of a set or of one sequence."""
    X, y, n_batches = data_of(workload, lengths, arguments)
    X_peer = peers.as_skorch_takes(X)
    ours = {
        engine: make_classifier(workload, cell_name, engine, threads).fit(X, y)
        for engine in arguments.engines
    }
    names = peers.names(cell_name, lengths, arguments.peers)
    theta = next(iter(ours.values())).theta_
    for clf in ours.values():  # training rounds otherwise
        clf.theta_[:] = theta
    clf = next(iter(ours.values()))
    nets = fitted_nets(clf, workload, lengths, cell_name, names, X_peer, y, arguments)
    for engine, clf in ours.items():
        for name, net in nets.items():
            where = f"estimator {workload.name} {lengths} {cell_name} {engine} {name}"
            check(where, clf, net, (X, y), (X_peer, y), cell_name)
    n_rows, one, one_peer = sum(map(len, X)), X[:1], X_peer[:1]
    predict_one = {
        name: lambda n=net: n.predict(one_peer) for name, net in nets.items()
    }
    if "onnxruntime" in arguments.peers and cell_name in _onnx.TIMED:
        call = onnx_predict(clf, cell_name, one[0], threads)
        assert call() == clf.predict(one)
        predict_one["onnxruntime"] = call
    yield Case(
        "fit",
        {engine: lambda c=clf: c.fit(X, y) for engine, clf in ours.items()},
        {name: lambda n=net: n.fit(X_peer, y) for name, net in nets.items()},
        n_rows * N_EPOCHS,
        n_batches * N_EPOCHS,
    )
    yield Case(
        "predict",
        {engine: lambda c=clf: c.predict(X) for engine, clf in ours.items()},
        {name: lambda n=net: n.predict(X_peer) for name, net in nets.items()},
        n_rows,
        n_batches,
    )
    yield Case(
        "predict_one",
        {engine: lambda c=clf: c.predict(one) for engine, clf in ours.items()},
        predict_one,
        len(X[0]),
        1,
    )


def thread_cases(workload, lengths, cell_name, threads, arguments):
    """``fit`` with ``n_jobs=2`` beside the same with one thread, for each engine."""
    X, y, n_batches = data_of(workload, lengths, arguments)
    for engine in arguments.engines:
        one, two = (make_classifier(workload, cell_name, engine, n) for n in (1, 2))
        yield Case(
            "second_thread",
            {engine: lambda c=two: c.fit(X, y)},
            {"one thread": lambda c=one: c.fit(X, y)},
            sum(map(len, X)) * N_EPOCHS,
            n_batches * N_EPOCHS,
        )
