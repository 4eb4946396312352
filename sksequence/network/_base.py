"""The contracts of modules, which own parameters, and of layers.

All hold settings only. Parameters and data come as arguments, so that the same object
may be used by several threads.
"""

import numpy as np


class Module:
    """Base of everything that owns parameters.

    Attributes
    ----------
    tables : tuple of str
        Names of parameters with row-sparse gradients.
    exempt : tuple of str
        Names of parameters without an L2 penalty: biases, and what is not trained.
    """

    tables = ()
    exempt = ("b",)

    def shapes(self):
        """Shapes of the parameters, dict of str -> tuple of int."""
        return {}

    def init(self, params, rng):
        """Fill the parameters in place.

        Parameters
        ----------
        params : dict of str -> ndarray
        rng : RandomState
        """


class Layer(Module):
    """Base of layers: packed rows in, rows out.

    Attributes
    ----------
    pools : bool
        Whether it makes one row of each sequence.
    """

    pools = False

    def forward(self, params, X, steps, rng=None, **options):
        """What comes out, and what ``backward`` needs.

        Parameters
        ----------
        params : dict of str -> ndarray
        X : ndarray or CSR matrix of shape (n_rows, ...)
            Packed rows.
        steps : Steps
            How they lie; only some layers look.
        rng : RandomState or None
            For dropout; None means inference.
        **options
            ``need_tape=False`` where there is no backward pass; ``workspace``, memory
            to use again; ``worker``, a second thread. A layer may ignore them.

        Returns
        -------
        Y : ndarray of shape (n_rows or n_sequences, ...)
        tape
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'forward'.")

    def backward(self, params, grads, dY, tape, need_dX=True):
        """The gradient of what went in, from that of what came out.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of the parameters are added to the latter.
        dY : ndarray like Y
        tape
            From ``forward``. Neither it nor ``dY`` is changed: until ``forward`` is
            called with the same workspace, the same call gives the same again.
        need_dX : bool
            Whether dX is wanted.

        Returns
        -------
        dX : ndarray like X, or None
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'backward'.")


class Composite(Module):
    """Modules by name, seen as one whose parameters are called "name.parameter".

    Parameters
    ----------
    layers : dict of str -> Module
        In the order of their parameters.
    """

    def __init__(self, layers):
        self.layers = layers

    @property
    def tables(self):
        return self._names("tables")

    @property
    def exempt(self):
        return self._names("exempt")

    def _names(self, kind):
        return tuple(
            f"{name}.{key}"
            for name, layer in self.layers.items()
            for key in getattr(layer, kind)
        )

    def shapes(self):
        return {
            f"{name}.{key}": shape
            for name, layer in self.layers.items()
            for key, shape in layer.shapes().items()
        }

    def init(self, params, rng):
        for name, layer in self.layers.items():
            layer.init(scope(params, name), rng)


def glorot_uniform(rng, shape):
    """Start values of a matrix [1]_.

    .. [1] Glorot & Bengio, "Understanding the difficulty of training deep feedforward
       neural networks", AISTATS 2010.
    """
    bound = np.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, shape)


def scope(named, prefix):
    """The entries whose names begin with ``prefix.``, under the rest of their name."""
    start = len(prefix) + 1
    return {k[start:]: v for k, v in named.items() if k.startswith(prefix + ".")}
