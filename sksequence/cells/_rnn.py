"""RNN:  h' = tanh(h U + x W + b),  or relu in place of tanh."""

import numpy as np

from ._base import Cell


class RNNCell(Cell):
    """The simple recurrent unit of Elman [1]_; with relu, that of Le et al. [2]_.

    ::

        h' = tanh(h U + x W + b)       (1)

    Its gradient is multiplied by U and by 1 - h'^2 at every step back, so it vanishes
    or explodes with the number of steps [3]_.

    Parameters
    ----------
    activation : {"tanh", "relu"}, default="tanh"

    References
    ----------
    .. [1] Elman, "Finding structure in time", Cognitive Science 14, 1990.
    .. [2] Le, Jaitly & Hinton, "A simple way to initialize recurrent networks of
       rectified linear units", 2015.
    .. [3] Bengio, Simard & Frasconi, "Learning long-term dependencies with gradient
       descent is difficult", IEEE Transactions on Neural Networks 5, 1994.

    Examples
    --------
    >>> from sksequence.cells import RNNCell
    >>> RNNCell().shapes(n_features=3, n_units=5)
    {'W': (3, 5), 'U': (5, 5), 'b': (5,)}
    """

    gates = ("h",)
    options = {"activation": ("tanh", "relu")}

    def __init__(self, activation="tanh"):
        self.activation = activation

    def step(self, weights, z, h, before, after, saved):
        (s,), (h_new,) = z, after
        s += h @ weights["U"][0]  # (1)
        if self.activation == "tanh":
            np.tanh(s, out=h_new)
        else:
            np.multiply(s, s.real > 0, out=h_new)

    def local_derivatives(self, params, tape):
        h_new = tape.after(0)
        if self.activation == "tanh":
            return (1 - h_new * h_new,)
        return ((h_new.real > 0).astype(h_new.dtype),)

    def step_back(self, weights, local, dstates, dz, dh):
        (slope,), (dh_new,) = local, dstates
        np.multiply(dh_new, slope, out=dz[0])  # (1)
        np.matmul(dz[0], weights["UT"][0], out=dh)
        dh_new[:] = 0
