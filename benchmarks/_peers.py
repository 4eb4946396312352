"""The other side: PyTorch's layers, and skorch around them."""

import numpy as np
import torch
from skorch import NeuralNetClassifier
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_sequence
from torch.utils.data import default_collate

BUILT_IN = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
GATE_ORDER = {"lstm": [0, 1, 3, 2]}  # ours, in PyTorch's order, where they differ
PARAMETERS = {
    "W": "weight_ih_l0",
    "U": "weight_hh_l0",
    "b": "bias_ih_l0",
    "c": "bias_hh_l0",
    "p": "peepholes",
}


# -- cells that PyTorch does not have --------------------------------------------------


class LoopedLayer(nn.Module):
    """A layer as PyTorch's, with the loop over time written in Python.

    It takes padded X (n_steps, batch, n_features), and the lengths where they differ;
    then the states of a sequence stay what they are after its end.
    """

    n_gates = 1
    n_states = 1

    def __init__(self, n_features, n_units):
        super().__init__()
        width = self.n_gates * n_units
        bound = n_units**-0.5
        self.n_units = n_units
        self.weight_ih_l0 = nn.Parameter(torch.empty(width, n_features))
        self.weight_hh_l0 = nn.Parameter(torch.empty(width, n_units))
        self.bias_ih_l0 = nn.Parameter(torch.empty(width))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, X, lengths=None):
        Z = nn.functional.linear(X, self.weight_ih_l0, self.bias_ih_l0)
        U = self.weight_hh_l0.t()
        state = (X.new_zeros(X.shape[1], self.n_units),) * self.n_states
        running = None
        if lengths is not None:
            running = (torch.arange(len(X))[:, None] < lengths)[..., None].unbind()
        H = []
        for t, z in enumerate(Z.unbind()):
            after = self.step(torch.addmm(z, state[0], U), *state)
            if running is None:
                state = after
            else:
                state = tuple(
                    torch.where(running[t], new, old) for new, old in zip(after, state)
                )
            H.append(state[0])
        return torch.stack(H), state[0][None]


class SimpleGRU(LoopedLayer):
    """Gates u, n:  h' = u n + (1 - u) h."""

    n_gates = 2

    def step(self, z, h):
        u, n = z.chunk(2, 1)
        return (torch.lerp(h, torch.tanh(n), torch.sigmoid(u)),)


class PeepholeLSTM(LoopedLayer):
    """Gates i, f, o, g, of which i and f see c, and o sees c'."""

    n_gates = 4
    n_states = 2

    def __init__(self, n_features, n_units):
        super().__init__(n_features, n_units)
        self.peepholes = nn.Parameter(torch.zeros(3, n_units))

    def step(self, z, h, c):
        i, f, o, g = z.chunk(4, 1)
        p_i, p_f, p_o = self.peepholes
        i, f = torch.sigmoid(i + p_i * c), torch.sigmoid(f + p_f * c)
        c = f * c + i * torch.tanh(g)
        o = torch.sigmoid(o + p_o * c)
        return o * torch.tanh(c), c


LOOPED = {"gru_simple": SimpleGRU, "lstm_peephole": PeepholeLSTM}


def names(cell, lengths, wanted):
    """How PyTorch's layer is given a batch, of what is ``wanted``.

    "packed", as its documentation recommends for sequences of unequal length; "padded",
    which costs the steps of the padding and suits oneDNN's LSTM; "torch" where there is
    nothing to pad, or where the layer is a loop in Python, which skips no step.
    """
    if lengths == "dense" or cell in LOOPED:
        return ["torch"] if "torch" in wanted else []
    return [name for name in ("packed", "padded") if name in wanted]


def make_layer(cell, n_features, n_units):
    """A layer by the name of our cell; it takes the steps first."""
    return {**BUILT_IN, **LOOPED}[cell](n_features, n_units)


# -- the same weights ------------------------------------------------------------------


def to_torch(name, values, cell, n_gates):
    """One of our arrays, a weight or its gradient, in PyTorch's shape and order."""
    if name == "p":
        return values
    if name == "c":  # only the candidate has it; those of r and z stay zero
        return np.concatenate([np.zeros(2 * len(values), values.dtype), values])
    columns = values.reshape(-1, n_gates, values.shape[-1] // n_gates)  # side by side
    gates = columns.transpose(1, 2, 0).copy()
    if cell == "gru":
        gates[1] *= -1  # PyTorch's z is 1 - u
    order = GATE_ORDER.get(cell, range(n_gates))
    turned = np.concatenate([gates[k] for k in order])
    return turned[:, 0] if name == "b" else turned


def copy_weights(params, layer, cell, n_gates):
    """Give a layer our weights; biases that ours does not have are zero."""
    with torch.no_grad():
        if hasattr(layer, "bias_hh_l0"):
            layer.bias_hh_l0.zero_()
        for name, values in params.items():
            turned = to_torch(name, values, cell, n_gates)
            getattr(layer, PARAMETERS[name]).copy_(torch.as_tensor(turned))


def copy_output(W, b, linear):
    """Give a linear layer our weights."""
    with torch.no_grad():
        linear.weight.copy_(torch.as_tensor(W.T))
        linear.bias.copy_(torch.as_tensor(b))


# -- one layer -------------------------------------------------------------------------


class Kernel:
    """One layer on one batch that is ready, packed or padded.

    Parameters
    ----------
    cell : str
    layer : nn.Module
    rows, upstream : ndarray of shape (n_rows, ...)
        The batch and the gradient of the output, packed by time.
    lengths : ndarray of shape (batch,)
        In decreasing order.
    packed : bool
        Whether built-in layers are given sequences of unequal length packed; else
        padded, which costs the steps of the padding.
    """

    def __init__(self, cell, layer, rows, upstream, lengths, packed):
        self.layer = layer
        ragged = lengths[-1] < lengths[0]
        self.running = np.arange(lengths[0])[:, None] < lengths
        self.packed = ragged and packed and cell in BUILT_IN
        loops = ragged and cell in LOOPED
        self.options = (torch.as_tensor(lengths.copy()),) if loops else ()
        self.counts = torch.as_tensor(self.running.sum(axis=1))
        self.X = self._arranged(rows).requires_grad_()
        self.upstream = self._arranged(upstream)
        self.inputs = [self.X, *layer.parameters()]

    def _arranged(self, rows):
        if self.packed:
            return torch.tensor(rows)
        padded = np.zeros((*self.running.shape, rows.shape[1]), rows.dtype)
        padded[self.running] = rows
        return torch.as_tensor(padded)

    def rows(self, tensor):
        """The packed rows of what ``forward`` or ``forward_backward`` gave."""
        values = tensor.numpy(force=True)
        return values if self.packed else values[self.running]

    def _outputs(self):
        if self.packed:
            return self.layer(PackedSequence(self.X, self.counts))[0].data
        return self.layer(self.X, *self.options)[0]

    def forward(self):
        """The states of all steps."""
        with torch.inference_mode():
            return self._outputs()

    def forward_backward(self):
        """The states of all steps, and gradients: of X, then of the parameters."""
        H = self._outputs()
        return H, torch.autograd.grad(H, self.inputs, self.upstream)


# -- skorch ----------------------------------------------------------------------------


class Classifier(nn.Module):
    """A recurrent layer and a linear one on the last state of each sequence.

    X is (batch, n_steps, n_features), padded where there are lengths.
    """

    def __init__(self, cell, n_features, n_units, n_classes, packed):
        super().__init__()
        self.looped, self.packed = cell in LOOPED, packed
        self.layer = make_layer(cell, n_features, n_units)
        self.output = nn.Linear(n_units, n_classes)

    def forward(self, X, lengths=None):
        return self.output(self.last_state(X.transpose(0, 1), lengths))

    def last_state(self, X, lengths):
        if self.looped:
            return self.layer(X, lengths)[1][-1]
        if lengths is not None and not self.packed:
            return self.layer(X)[0][lengths - 1, torch.arange(len(lengths))]
        if lengths is not None:
            X = pack_padded_sequence(X, lengths, enforce_sorted=False)
        last = self.layer(X)[1]
        return (last[0] if isinstance(last, tuple) else last)[-1]


def pad_batch(pairs):
    """A collate_fn: sequences of unequal length as a padded tensor and lengths."""
    X, y = zip(*pairs)
    padded = pad_sequence([torch.from_numpy(x) for x in X], batch_first=True)
    lengths = torch.tensor([len(x) for x in X])
    return {"X": padded, "lengths": lengths}, default_collate(y)


def make_net(cell, workload, n_classes, lengths, packed, learning_rate):
    """The classifier as a scikit-learn estimator, one epoch a fit unless set."""
    options = {}
    if lengths == "ragged":
        options["iterator_train__collate_fn"] = pad_batch
        options["iterator_valid__collate_fn"] = pad_batch
    return NeuralNetClassifier(
        Classifier,
        module__cell=cell,
        module__n_features=workload.n_features,
        module__n_units=workload.n_units,
        module__n_classes=n_classes,
        module__packed=packed,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=learning_rate,
        batch_size=workload.batch,
        max_epochs=1,
        iterator_train__shuffle=False,
        train_split=None,
        verbose=0,
        **options,
    )


def as_skorch_takes(X):
    """X for skorch: an array as it is, a list as an array of objects."""
    if isinstance(X, np.ndarray):
        return X
    objects = np.empty(len(X), dtype=object)
    objects[:] = X
    return objects


def gradient_of_batch(net, X, y):
    """The gradients of the mean loss of a batch, by the parameters' names."""
    ((X, y),) = net.get_iterator(net.get_dataset(X, y), training=True)
    net.module_.zero_grad()
    net.get_loss(net.infer(X), y).backward()
    return {
        name: parameter.grad.numpy()
        for name, parameter in net.module_.named_parameters()
    }
