"""A network: named layers one on the other, over packed rows."""

import numpy as np

from ._parameters import Gradients, Layout
from ._recurrent import Recurrent, scope


class Network:
    """A stack of layers. It holds settings; parameters and data come as arguments.

    Parameters
    ----------
    layers : dict of str -> Layer
        From the lowest to the highest.
    layout : Layout, default=None
        That of a larger network of which this is a part. None: one for these layers.

    Attributes
    ----------
    layout : Layout
        Of the flat parameter vector; names are "layer.parameter".
    """

    def __init__(self, layers, layout=None):
        self.layers = layers
        self.layout = layout or Layout(
            {
                f"{name}.{key}": shape
                for name, layer in layers.items()
                for key, shape in layer.shapes().items()
            },
            {f"{name}.{key}" for name, layer in layers.items() for key in layer.tables},
            {f"{name}.{key}" for name, layer in layers.items() for key in layer.exempt},
        )

    def init(self, rng, dtype):
        """A flat vector of start values.

        Parameters
        ----------
        rng : RandomState
        dtype : dtype

        Returns
        -------
        theta : ndarray of shape (layout.size,)
        """
        theta = np.zeros(self.layout.size, dtype=dtype)
        params = self.layout.views(theta)
        for name, layer in self.layers.items():
            layer.init(scope(params, name), rng)
        return theta

    def forward(
        self,
        theta,
        X,
        steps,
        rng=None,
        below=None,
        need_tape=True,
        workspace=None,
        states=None,
    ):
        """Scores of packed rows.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        X : ndarray or CSR matrix of shape (n_rows, ...)
        steps : Steps
        rng : RandomState or None
            None means inference: no dropout.
        below : str or None
            Stop before the layer of this name.
        need_tape : bool
            False where nothing will go backwards: the tape is then of no use.
        workspace : Workspace or None
            Memory to use again; what the call before returned is then overwritten.
        states : dict of str -> tuple of ndarray, or None
            Initial states of the recurrent layers by name; those after the last step
            take their place. None: zeros.

        Returns
        -------
        Y : ndarray of shape (n_rows or n_sequences, n_outputs)
        tape : list
            For ``backward``.
        """
        params = self.layout.views(theta)
        tape = []
        for name, layer in self.layers.items():
            if name == below:
                break
            memory = {"need_tape": need_tape}
            memory["workspace"] = workspace and workspace.part(name)
            recurs = states is not None and isinstance(layer, Recurrent)
            if recurs:
                memory["initial"] = states.get(name)
            X, kept = layer.forward(scope(params, name), X, steps, rng, **memory)
            if recurs:
                states[name] = kept.final
            tape.append(kept)
            if layer.pools:
                steps = steps.pooled
        return X, tape

    @property
    def head(self):
        """The last layer."""
        return self.layers["output"]

    def head_params(self, theta):
        """The parameters of the head, by name."""
        params = scope(self.layout.views(theta), "output")
        if self.head.tied:
            params["W"] = self.layout.view(theta, "embedding.E")
        return params

    def head_grads(self, gradients):
        """Where the gradients of the parameters of the head belong, by name."""
        views = gradients.views()
        grads = scope(views, "output")
        if self.head.tied:
            grads["W"] = views["embedding.E"]
            if not self.layers["embedding"].trainable:
                grads["W"] = np.zeros_like(grads["W"])  # of no use
        return grads

    def loss_and_gradients(self, theta, batch, rng=None, workspace=None):
        """The weighted sum of the losses of a batch, and its gradients.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        batch : Batch
        rng, workspace
            As in ``forward``.

        Returns
        -------
        loss : float
        Gradients
        """
        H, tape = self.forward(
            theta,
            batch.rows,
            batch.steps,
            rng,
            below="output",
            workspace=workspace,
            states=batch.states,
        )
        gradients = Gradients(self.layout, theta.dtype)
        loss, dH = self.head.loss(
            self.head_params(theta),
            self.head_grads(gradients),
            H,
            batch,
            workspace and workspace.part("output"),
        )
        return loss, self.backward(theta, dH, tape, gradients)

    def backward(self, theta, dY, tape, gradients=None, need_dX=False):
        """The gradients of a loss, from that of what ``forward`` gave.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        dY : ndarray like what ``forward`` gave
        tape : list
            From ``forward``, of all layers or of the lower ones.
        gradients : Gradients or None
            To add to; None: zeros.
        need_dX : bool
            Whether to go on to what went into the lowest layer.

        Returns
        -------
        Gradients
            With ``need_dX`` and the gradient of the input.
        """
        params = self.layout.views(theta)
        if gradients is None:
            gradients = Gradients(self.layout, theta.dtype)
        grads = gradients.views()
        below = len(tape)
        layers = list(self.layers.items())[:below]
        for (name, layer), kept in zip(reversed(layers), reversed(tape), strict=True):
            below -= 1
            dY = layer.backward(
                scope(params, name),
                scope(grads, name),
                dY,
                kept,
                need_dX=need_dX or below > 0,
            )
        return (gradients, dY) if need_dX else gradients
