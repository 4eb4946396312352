"""Synthetic problems that can only be solved by remembering earlier steps."""

from typing import Any, overload

import numpy as np
import numpy.typing as npt

from .. import _parameters as p
from .._typing import RandomState
from ..sequences import RaggedArray


@overload
def make_adding_problem(
    n_samples: int = 1000,
    n_steps: int = 100,
    *,
    min_steps: None = None,
    random_state: RandomState = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...


@overload
def make_adding_problem(
    n_samples: int = 1000,
    n_steps: int = 100,
    *,
    min_steps: int,
    random_state: RandomState = None,
) -> tuple[RaggedArray, npt.NDArray[np.float64]]: ...


def make_adding_problem(
    n_samples: int = 1000,
    n_steps: int = 100,
    *,
    min_steps: int | None = None,
    random_state: RandomState = None,
) -> tuple[Any, npt.NDArray[np.float64]]:
    """Generate the adding problem: add the two marked numbers of a sequence.

    A step holds a number, uniform in [0, 1), and a mark, 0 or 1. One step in each half
    of the sequence is marked; the target is the sum of their two numbers. Proposed in
    [1]_, here in the form of [2]_ and [3]_. Always predicting 1, the mean, gives a mean
    squared error of 1/6 = 0.1667 (the papers print 0.1767).

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.
    n_steps : int, default=100
        Number of steps of a sequence, at least 2.
    min_steps : int or None, default=None
        Smallest length, at least 2: lengths are drawn uniformly from [min_steps,
        n_steps]. None: all sequences have ``n_steps`` steps.
    random_state : int, RandomState instance or None, default=None
        Pass an int for reproducible output across calls.

    Returns
    -------
    X : ndarray of shape (n_samples, n_steps, 2), or RaggedArray if min_steps is given
        The numbers and the marks. A RaggedArray holds n_samples sequences of shape
        (n_steps_i, 2). The first half of a sequence has n_steps_i // 2 steps.
    y : ndarray of shape (n_samples,)
        The sums, in [0, 2).

    Raises
    ------
    ValueError
        If a size is not an int in its range.

    References
    ----------
    .. [1] Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9,
       1997.
    .. [2] Le, Jaitly & Hinton, "A simple way to initialize recurrent networks of
       rectified linear units", arXiv:1504.00941, 2015.
    .. [3] Bai, Kolter & Koltun, "An empirical evaluation of generic convolutional and
       recurrent networks for sequence modeling", arXiv:1803.01271, 2018.

    Examples
    --------
    >>> from sksequence.datasets import make_adding_problem
    >>> X, y = make_adding_problem(n_samples=3, n_steps=6, random_state=0)
    >>> X.shape, y.shape
    ((3, 6, 2), (3,))
    >>> numbers, marks = X[0].T
    >>> bool(y[0] == numbers[marks == 1].sum())
    True
    >>> make_adding_problem(n_samples=3, n_steps=6, min_steps=2, random_state=0)[0]
    RaggedArray of 3 sequences, 2 to 6 steps of 2 features, float64
    """
    owner = "make_adding_problem"
    p.check_value(n_samples, "n_samples", owner, [p.integer(1)])
    p.check_value(n_steps, "n_steps", owner, [p.integer(2)])
    p.check_value(min_steps, "min_steps", owner, [p.NONE, p.integer(2, n_steps)])
    rng = p.random_generator(random_state, owner)

    if min_steps is None:
        lengths = np.full(n_samples, n_steps)
    else:
        lengths = rng.randint(min_steps, n_steps + 1, size=n_samples)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    first = offsets[:-1] + rng.randint(0, lengths // 2)
    second = offsets[:-1] + rng.randint(lengths // 2, lengths)
    numbers, marks = rng.uniform(size=offsets[-1]), np.zeros(offsets[-1])
    marks[first] = marks[second] = 1
    values, y = np.column_stack([numbers, marks]), numbers[first] + numbers[second]
    if min_steps is None:
        return values.reshape(n_samples, n_steps, 2), y
    return RaggedArray(values, offsets), y


def make_copy_memory(
    n_samples: int = 1000,
    n_blank: int = 100,
    *,
    n_memory: int = 10,
    n_symbols: int = 8,
    random_state: RandomState = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Generate the copy-memory problem: repeat some symbols after a long pause.

    Token 0 is blank, 1 to ``n_symbols`` are symbols, and ``n_symbols + 1`` is the
    signal to begin. With three symbols to remember, a pause of four and S for the
    signal::

        X   5 2 7 0 0 0 S 0 0 0
        y   0 0 0 0 0 0 0 5 2 7

    The problem comes from [1]_, here in the form of [2]_, with its defaults. A model
    without memory cannot have a lower cross-entropy per step than
    n_memory * log(n_symbols) / (n_blank + 2 * n_memory).

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.
    n_blank : int, default=100
        Number of steps of the pause, including the signal, at least 1.
    n_memory : int, default=10
        Number of symbols to remember.
    n_symbols : int, default=8
        Number of different symbols.
    random_state : int, RandomState instance or None, default=None
        Pass an int for reproducible output across calls.

    Returns
    -------
    X : ndarray of int, shape (n_samples, n_blank + 2 * n_memory)
        Token ids, from 0 to n_symbols + 1.
    y : ndarray of int, shape (n_samples, n_blank + 2 * n_memory)
        The token at each step: blanks, and at the end the symbols.

    Raises
    ------
    ValueError
        If a size is not an int of at least 1.

    References
    ----------
    .. [1] Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9,
       1997.
    .. [2] Arjovsky, Shah & Bengio, "Unitary evolution recurrent neural networks", ICML
       2016.

    Examples
    --------
    >>> from sksequence.datasets import make_copy_memory
    >>> X, y = make_copy_memory(n_samples=1, n_blank=4, n_memory=3, random_state=0)
    >>> X
    array([[5, 8, 6, 0, 0, 0, 9, 0, 0, 0]])
    >>> y
    array([[0, 0, 0, 0, 0, 0, 0, 5, 8, 6]])
    """
    owner = "make_copy_memory"
    p.check_value(n_samples, "n_samples", owner, [p.integer(1)])
    p.check_value(n_blank, "n_blank", owner, [p.integer(1)])
    p.check_value(n_memory, "n_memory", owner, [p.integer(1)])
    p.check_value(n_symbols, "n_symbols", owner, [p.integer(1)])
    rng = p.random_generator(random_state, owner)

    symbols = rng.randint(1, n_symbols + 1, size=(n_samples, n_memory))
    X = np.zeros((n_samples, n_blank + 2 * n_memory), dtype=np.int64)
    y = np.zeros_like(X)
    X[:, :n_memory] = y[:, -n_memory:] = symbols
    X[:, -n_memory - 1] = n_symbols + 1
    return X, y
