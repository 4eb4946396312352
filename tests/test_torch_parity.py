"""Cells that PyTorch has too: same weights, same outputs, same gradients in float64."""

import numpy as np
import pytest
from helpers import every_engine
from numpy.testing import assert_allclose

from sksequence.cells import CELLS, GRUCell, by_gate, with_engine
from sksequence.network import Bidirectional, Network, Recurrent
from sksequence.sequences import Steps

torch = pytest.importorskip("torch")

LENGTHS = [9, 9, 6, 4, 1]
N_FEATURES, N_UNITS = 4, 5
# name: (our cell, torch's class, torch's order of our gates)
PAIRS = {
    "rnn": (CELLS["rnn"], lambda *a, **k: torch.nn.RNN(*a, **k), [0]),
    "rnn_relu": (
        CELLS["rnn_relu"],
        lambda *a, **k: torch.nn.RNN(*a, nonlinearity="relu", **k),
        [0],
    ),
    "gru": (
        GRUCell(reset_after=True),
        lambda *a, **k: torch.nn.GRU(*a, **k),
        [0, 1, 2],
    ),
    "lstm": (CELLS["lstm"], lambda *a, **k: torch.nn.LSTM(*a, **k), [0, 1, 3, 2]),
}


def make_network(cell, n_layers, bidirectional):
    layers, width = {}, N_FEATURES
    for k in range(n_layers):
        layer = Recurrent(cell, width, N_UNITS)
        if bidirectional:
            layer = Bidirectional(layer, Recurrent(cell, width, N_UNITS))
        layers[f"rnn{k}"] = layer
        width = N_UNITS * (1 + bidirectional)
    return Network(layers)


def to_torch(values, cell, order):
    """Our (n, n_gates * n_units) as torch's (n_gates * n_units, n)."""
    gates = by_gate(values, len(cell.gates)).copy()
    if "u" in cell.gates:
        gates[cell.gates.index("u")] *= -1  # torch's z is 1 - u
    return np.concatenate([gates[k].T for k in order])


def copy_weights(network, theta, module, cell, order):
    """Set torch's weights; return pairs of (our name, torch's parameter)."""
    pairs = []
    for name, values in network.layout.views(theta).items():
        layer, *direction, kind = name.split(".")
        suffix = f"_l{layer[3:]}" + ("_reverse" if direction == ["backward"] else "")
        theirs = {"W": "weight_ih", "U": "weight_hh", "b": "bias_ih", "c": "bias_hh"}
        parameter = getattr(module, theirs[kind] + suffix)
        with torch.no_grad():
            if kind == "c":
                parameter.zero_()
                parameter[-N_UNITS:] = torch.as_tensor(values)
            else:
                turned = to_torch(values, cell, order)
                if kind == "b":
                    turned = turned[:, 0]
                parameter.copy_(torch.as_tensor(turned))
                if kind == "b" and "c" not in cell.shapes(1, 1):
                    getattr(module, "bias_hh" + suffix).zero_()
        pairs.append((name, parameter))
    return pairs


@every_engine
@pytest.mark.parametrize("n_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_outputs_and_gradients_are_torchs(name, bidirectional, n_layers, engine):
    cell, module_of, order = PAIRS[name]
    cell = with_engine(cell, engine)
    rng = np.random.RandomState(0)
    network = make_network(cell, n_layers, bidirectional)
    theta = 0.5 * rng.standard_normal(network.layout.size)
    steps = Steps(LENGTHS)
    X = rng.standard_normal((steps.n_rows, N_FEATURES))
    dY = rng.standard_normal((steps.n_rows, N_UNITS * (1 + bidirectional)))

    Y, tape = network.forward(theta, X, steps)
    grads = network.backward(theta, dY, tape).views()

    module = module_of(
        N_FEATURES, N_UNITS, num_layers=n_layers, bidirectional=bidirectional
    ).double()
    pairs = copy_weights(network, theta, module, cell, order)
    X_torch = torch.tensor(X, requires_grad=True)
    packed = torch.nn.utils.rnn.PackedSequence(X_torch, torch.tensor(steps.counts))
    Y_torch = module(packed)[0].data
    (Y_torch * torch.as_tensor(dY)).sum().backward()

    assert_allclose(Y, Y_torch.detach().numpy(), rtol=1e-10, atol=1e-12)
    for ours, parameter in pairs:
        theirs = parameter.grad.numpy()
        if ours.endswith(".c"):
            expected = theirs[-N_UNITS:]
            assert_allclose(grads[ours], expected, rtol=1e-10, atol=1e-12)
            continue
        turned = to_torch(grads[ours], cell, order)
        if ours.endswith(".b"):
            turned = turned[:, 0]
        assert_allclose(turned, theirs, rtol=1e-10, atol=1e-12, err_msg=ours)


@every_engine
@pytest.mark.parametrize("name", PAIRS)
def test_final_states_and_gradient_of_the_input_are_torchs(name, engine):
    cell, module_of, order = PAIRS[name]
    cell = with_engine(cell, engine)
    rng = np.random.RandomState(1)
    network = make_network(cell, 1, False)
    theta = 0.5 * rng.standard_normal(network.layout.size)
    steps = Steps(LENGTHS)
    n = len(LENGTHS)
    X = rng.standard_normal((steps.n_rows, N_FEATURES))
    initial = tuple(rng.standard_normal((n, N_UNITS)) for _ in cell.states)
    dfinal = tuple(rng.standard_normal((n, N_UNITS)) for _ in cell.states)

    params = {k.split(".")[1]: v for k, v in network.layout.views(theta).items()}
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    _, final, tape = cell.forward(params, X, steps, initial)
    dX, dinitial = cell.backward(
        params, grads, np.zeros((steps.n_rows, N_UNITS)), tape, dfinal
    )

    module = module_of(N_FEATURES, N_UNITS).double()
    copy_weights(network, theta, module, cell, order)
    X_torch = torch.tensor(X, requires_grad=True)
    packed = torch.nn.utils.rnn.PackedSequence(X_torch, torch.tensor(steps.counts))
    start = [torch.tensor(s[None], requires_grad=True) for s in initial]
    _, end = module(packed, start[0] if len(start) == 1 else tuple(start))
    end = [end] if len(start) == 1 else end
    sum((e[0] * torch.as_tensor(d)).sum() for e, d in zip(end, dfinal)).backward()

    for ours, theirs in zip(final, end, strict=True):
        assert_allclose(ours, theirs[0].detach().numpy(), rtol=1e-10, atol=1e-12)
    assert_allclose(dX, X_torch.grad.numpy(), rtol=1e-10, atol=1e-12)
    for ours, theirs in zip(dinitial, start, strict=True):
        assert_allclose(ours, theirs.grad[0].numpy(), rtol=1e-10, atol=1e-12)
