"""tanh, sigm and relu of one number, which LLVM makes into vectors of numbers.

The libraries of C have a tanh that is as exact as a number can be, for one number at a
time: in a loop over the units it would take longer than all else together.

In float32::

    tanh(x) = 2 N D / (D^2 + N^2)   with   N / D = tanh(x / 2)

where N is x / 2 times a polynomial in (x / 2)^2 and D another one, both of degree 3,
fitted by least squares with weights that grow where the error is large [1]_. The
doubling of the argument makes errors of N / D smaller, as tanh flattens.

In float64 as Cephes does it [2]_: a rational function up to 0.625; beyond that::

    tanh(x) = 1 - 2 / (e^(2 x) + 1),   e^y = 2^n (Q + P) / (Q - P)

with n the nearest whole number to y / log 2, and P and Q polynomials in what is left.

Largest errors over all exponents, against 50 digits of mpmath: see the tests.

References
----------
.. [1] Lawson, "Contributions to the theory of linear least maximum approximation",
   PhD thesis, UCLA, 1961.
.. [2] Moshier, "Methods and programs for mathematical functions", Ellis Horwood, 1989.
"""

from __future__ import annotations

import numpy as np

from ._jit import jitable, numba


def _tanh32():
    one, half, largest = map(np.float32, (1, 0.5, 4.51))
    n1, n2, n3 = map(np.float32, (0.12666465, 0.0026298596, 5.9845047e-06))
    d1, d2, d3 = map(np.float32, (0.45999798, 0.022629213, 0.000184209))

    def tanh(x):
        a = half * x
        a = largest if a > largest else a  # NaN stays NaN
        a = -largest if a < -largest else a
        y = a * a
        n = a * (((n3 * y + n2) * y + n1) * y + one)
        d = ((d3 * y + d2) * y + d1) * y + one
        return (n + n) * d / (d * d + n * n)

    return tanh


def _tanh64():
    powers = 2.0 ** np.arange(64)
    largest, log2_e = 20.0, 1.4426950408889634
    log_2, rest_of_log_2 = 6.93145751953125e-1, 1.42860682030941723212e-6

    def tanh(x):
        a = abs(x)
        a = largest if a > largest else a
        # Up to 0.625: a + a y P / Q
        y = a * a
        p = -9.64399179425052238628e-1 * y - 9.92877231001918586564e1
        p = (p * y - 1.61468768441708447952e3) * (y * a)
        q = (y + 1.12811678491632931402e2) * y + 2.23548839060100448583e3
        q = q * y + 4.84406305325125486048e3
        # Beyond: 1 - 2 (Q - P) / (2^n (Q + P) + (Q - P))
        b = a + a
        n = np.floor(b * log2_e + 0.5)
        n = n if n > 0 else 0.0  # NaN: any power will do
        b = (b - n * log_2) - n * rest_of_log_2
        y = b * b
        s = (1.26177193074810590878e-4 * y + 3.02994407707441961300e-2) * y
        s = (s + 1.0) * b
        t = (3.00198505138664455042e-6 * y + 2.52448340349684104192e-3) * y
        t = (t + 2.27265548208155028766e-1) * y + 2.0
        small = a < 0.625
        above = p if small else -2.0 * (t - s)
        below = q if small else powers[int(n)] * (t + s) + (t - s)
        return np.copysign((a if small else 1.0) + above / below, x)

    return tanh


_TANH = {numba.float32: jitable(_tanh32()), numba.float64: jitable(_tanh64())}
_HALF = {numba.float32: np.float32(0.5), numba.float64: 0.5}


def halve(a):
    """a / 2, in place, in compiled loops: the sums of sigmoid gates for ``sigm``."""


@numba.extending.overload(halve)
def _halve(a):
    half = _HALF[a.dtype]

    def impl(a):
        for k in range(len(a)):
            a[k] *= half

    return impl


def tanh(x):
    """tanh(x), in compiled loops."""


def sigm(x):
    """(tanh(x) + 1) / 2, the sigmoid of 2 x, in compiled loops."""


def relu(x):
    """max(x, 0), in compiled loops."""


@numba.extending.overload(tanh)
def _tanh(x):
    of_type = _TANH[x]
    return lambda x: of_type(x)


@numba.extending.overload(sigm)
def _sigm(x):
    of_type, half = _TANH[x], _HALF[x]
    return lambda x: half * of_type(x) + half


@numba.extending.overload(relu)
def _relu(x):
    zero = _HALF[x] * 0
    return lambda x: zero if x < zero else x  # NaN stays NaN
