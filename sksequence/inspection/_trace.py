"""What a fitted network does with one sequence, step by step.

::

    a<t>, c<t>, every gate, y-hat<t>,   and of each the gradient of the loss
"""

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator

from .. import _parameters as p
from .._threads import one_blas_thread
from ..estimators._batches import quietly
from ._fitted import fitted_model
from ._recorders import record
from ._trace_result import NamedArrays, SequenceTrace
from ._trace_run import run


def trace(
    estimator: BaseEstimator, x: Any, y: Any = None, *, gradients: bool = False
) -> SequenceTrace:
    """Hidden states, memory cells, gates and predictions of one sequence.

    Names begin with layer and direction, as in ``params_``: "rnn0.h", "rnn0.forward.h",
    "decoder.rnn1.c". The course's names work, too, and the end of a name is enough if
    only one name has this end: "rnn0.Gamma_f", "Gamma_f", "a".

    =============  ============  =======================================================
    Name           The course's  What it is, with one row per step
    =============  ============  =======================================================
    ``tokens``                   the token that is read, or its id
    ``x``          x             what goes into the first recurrent layer: the steps of
                                 x, standardized if ``standardize``, or the embedding of
                                 their tokens
    ``h``          a             hidden state, after the step. In a GRU also c
    ``c``          c             memory cell of an LSTM, after the step
    ``i``          Gamma_u       update (input) gate of an LSTM
    ``f``          Gamma_f       forget gate
    ``o``          Gamma_o       output gate
    ``g``          c_tilde       candidate of an LSTM
    ``u``          Gamma_u       update gate of a GRU
    ``r``          Gamma_r       relevance (reset) gate
    ``n``          c_tilde       candidate of a GRU
    ``alpha``      alpha         weights of attention, (n_steps, n_source_steps), or of
                                 ``pooling="attention"``, (n_steps, 1)
    ``y_hat``      y-hat         prediction after the step: probabilities as in
                                 ``predict_proba``, or number(s) as in ``predict``;
                                 one row if there is one for the whole sequence
    =============  ============  =======================================================

    Gates of other cells have the cell's own names.

    Parameters
    ----------
    estimator : estimator
        One of this library's, fitted. For a pipeline, pass its last step, and x as
        transformed by the steps before it.
    x : one sequence, as one entry of the X of ``fit``
        Steps, token ids, or a text; a vector or None for an RNNGenerator. Also a
        RaggedArray of one sequence, such as X[[0]], which keeps static numbers.
    y : one target, as one entry of the y of ``fit``, default=None
        A label, a number, the labels of all steps, or an output sequence. Gradients
        need it. With None, the output sequence is that of ``predict``. A language model
        takes no y, since its targets are the tokens of x.
    gradients : bool, default=False
        Whether to also compute gradients.

    Returns
    -------
    SequenceTrace
        A mapping of names to arrays with one row per step, in the order of the
        sequence, also for a layer that reads backward. Its ``gradients`` is another
        such mapping, of the gradients of its ``loss``.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the estimator is not one of this library's, or x or y is not a text where a
        text is expected.
    ValueError
        If x is more than one sequence, or if y is missing or not as in ``fit``; the
        message says what was expected and what was passed.

    See Also
    --------
    TraceDisplay : Draw it.
    gradient_norms : How far back the gradients of a language model reach.

    Notes
    -----
    The loss is that of training, without penalties, dropout and weights of classes: the
    loss of one prediction, or the mean over the steps. For a "sampled" output it is the
    loss over all tokens, for a regressor the loss of standardized targets.

    Gradients are total: they include all effects of a change, at later steps and in the
    layers above. Precisely:

    - For the gradient of a state, ``h`` or ``c``, after step t, the other states after
      step t are held fixed. So the gradient of c comes from later steps only, and does
      not include the path through h of the same step, o (1 - tanh^2 c) times the
      gradient of h.
    - The gradient of a gate, or of a candidate, is that of the sum z before its
      activation, as in i = sigm(z) or g = tanh(z). Summed over the steps, it is the
      gradient of the gate's bias. Divided by the derivative, i (1 - i) or 1 - g^2, it
      is the gradient of the gate's value.
    - The gradient of ``y_hat`` is that of the scores, before softmax or sigmoid:
      (y-hat - y) / n_steps. A regressor's scores are in standardized units.
    - The gradient of ``x`` is that of the input of the first recurrent layer.

    The course's backward passes use da, dc and the gradients of gates in the same
    sense.

    Examples
    --------
    >>> from sksequence import RNNClassifier
    >>> from sksequence.datasets import load_japanese_vowels
    >>> from sksequence.inspection import trace
    >>> X, y = load_japanese_vowels(subset="train", return_X_y=True)
    >>> clf = RNNClassifier(
    ...     32, "lstm", bidirectional=False, pooling="last", max_iter=5, random_state=0
    ... ).fit(X, y)
    >>> found = trace(clf, X[0], y[0], gradients=True)
    >>> list(found)
    ['x', 'rnn0.h', 'rnn0.c', 'rnn0.i', 'rnn0.f', 'rnn0.o', 'rnn0.g', 'y_hat']
    >>> found["a"].shape, found["Gamma_f"].shape, found["y_hat"].shape
    ((20, 32), (20, 32), (1, 9))

    The memory cell is the sum of the candidate and the previous memory, each times its
    gate:

    >>> import numpy as np
    >>> c, f, i, g = (found[name] for name in ["c", "Gamma_f", "Gamma_u", "c_tilde"])
    >>> np.allclose(c[1:], i[1:] * g[1:] + f[1:] * c[:-1])
    True

    The gradient shrinks from the last step back to the first:

    >>> norms = np.linalg.norm(found.gradients["a"], axis=1)
    >>> bool(norms[0] < norms[-1])
    True
    """
    model = fitted_model(estimator)
    p.check_value(gradients, "gradients", "trace", [p.BOOLEAN])
    # One of its own, to put recorders in.
    network = model._build(model.architecture_, model.engine)
    recorded = record(network)
    with quietly():  # see _check_finite
        found = one_blas_thread(run)(model, network, x, y, need_loss=gradients)
    return _gather(type(model).__name__, recorded, found)


def _check_finite(X, owner):
    """What goes into a network may be too large as soon as it is standardized."""
    if not np.isfinite(X.data if sparse.issparse(X) else X).all():
        raise ValueError(
            f"x is too large: standardized by the mean and scale of the steps in fit, "
            f"it is not finite. {owner} was fitted on steps of another scale."
        )


def _gather(owner, recorded, found):
    """All that was recorded, by name, in the order of the network."""
    arrays, kinds, others, derived = {}, {}, {}, {}

    def add(name, array, kind, gradient=None):
        arrays[name], kinds[name] = array, kind
        if gradient is not None:
            derived[name] = gradient

    for name, cell in recorded.cells.items():
        part = name.rpartition("rnn")[0]  # "encoder.", "decoder." or nothing
        order = slice(None, None, -1 if name.endswith(".backward") else None)
        goes_back, first = found.loss is not None, f"{part}x" not in arrays
        if first and part in found.tokens:
            add(f"{part}tokens", found.tokens[part], "tokens")
        dX = cell.dX[order] if goes_back and cell.dX is not None else None
        if first:
            _check_finite(cell.X, owner)
            add(f"{part}x", cell.X[order], "input", dX)
        elif dX is not None and name == f"{part}rnn0.backward":
            derived[f"{part}x"] = derived[f"{part}x"] + dX
        for key, values in cell.values.items():
            kind = "state"
            if key not in cell.states:
                sigmoid = cell.gates.index(key) < cell.n_sigmoid
                kind = "gate" if sigmoid else "candidate"
            gradient = cell.gradients[key][order] if goes_back else None
            add(f"{name}.{key}", values[order], kind, gradient)
        for other, key in cell.course_names.items():
            others[f"{name}.{other}"] = f"{name}.{key}"
    if recorded.pooling is not None:
        add("alpha", recorded.pooling.alpha, "attention")
    if recorded.attention is not None:
        add(f"{part}alpha", recorded.attention.alpha, "attention")
    dscores = recorded.output.dscores if found.loss is not None else None
    add(f"{part}y_hat", found.y_hat, found.kind, dscores)
    return SequenceTrace(
        arrays,
        others,
        kinds,
        classes=found.classes,
        gradients=None if found.loss is None else NamedArrays(derived, others),
        loss=None if found.loss is None else float(found.loss),
        owner=owner,
    )
