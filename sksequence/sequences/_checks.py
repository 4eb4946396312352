"""From anything that holds sequences to one checked RaggedArray.

Each error names the argument, the place in it, what was expected and what was given.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .. import _frames
from ._ragged import RaggedArray

TEXT_NEEDS_IDS = (
    "Turn text into ids of tokens first, as make_pipeline(TokenEncoder(), estimator) "
    "does for an estimator with embedding_dim; TokenEncoder is in "
    "sksequence.preprocessing."
)


def check_sequences(
    X: object,
    *,
    name: str = "X",
    dtype: npt.DTypeLike = "auto",
    tokens: bool = False,
    owner: str = "this estimator",
) -> RaggedArray:
    """Check sequences of numbers or of token ids.

    Parameters
    ----------
    X : sequences in any form that ``as_ragged`` takes
    name : str
        What errors call it.
    dtype : "auto" or dtype
        Type of the numbers; "auto" keeps float32 and float64 and turns any other type
        into float64. Token ids become intp.
    tokens : bool
        Whether the steps are token ids.
    owner : str
        The class or function that checks, for the errors.

    Returns
    -------
    X : RaggedArray
        With values of shape (n_rows, n_features), or (n_rows,) for tokens.

    Raises
    ------
    ValueError
        If X is empty, holds an empty sequence, sequences of unlike width, NaN,
        infinity, or (for tokens) anything but non-negative integers.
    TypeError
        If X holds text, or is not sequences at all.
    """
    X = as_ragged(X, name=name)
    check_not_empty(X, name=name, owner=owner)
    if tokens and not X.is_sparse:  # sparse steps are bags of tokens: numbers
        return _check_tokens(X, name)
    return _check_numbers(X, name, dtype, owner)


def check_not_empty(
    X: RaggedArray, *, name: str = "X", owner: str = "this estimator"
) -> None:
    """Raise an error if a RaggedArray holds no sequence, or one without a step."""
    if len(X) == 0:
        raise ValueError(
            f"{name} is empty: found array with 0 sample(s), while a minimum of 1 "
            f"sequence is required by {owner}."
        )
    empty = np.flatnonzero(X.lengths == 0)
    if len(empty):
        raise ValueError(
            f"{name}[{empty[0]}] is an empty sequence ({len(empty)} of {len(X)} are). "
            f"Every sequence must have at least one step.{_of_texts(X)}"
        )


def _of_texts(X):
    """What to do about an empty text."""
    if X.values.ndim == 1 and X.values.dtype.kind in "iu":
        return " If it is an empty text, TokenEncoder(add_eos=True) gives it an end."
    return ""


def as_ragged(X: object, *, name: str = "X", empty: bool = False) -> RaggedArray:
    """Bring sequences into one RaggedArray, without looking at the values.

    Parameters
    ----------
    X : RaggedArray, array or list of sequences, or a column of a data frame
        A RaggedArray; an array of shape (n_sequences, n_steps) or
        (n_sequences, n_steps, n_features); a list, tuple or object array of arrays of
        shape (n_steps_i,) or (n_steps_i, n_features) or of CSR matrices; a pandas,
        polars or pyarrow column of any of these. An object array is read as the list
        of its entries, whatever shape NumPy has given it.
    name : str
        What errors call it.
    empty : bool
        Whether lists without a step are taken too, as empty sequences.

    Returns
    -------
    X : RaggedArray
        Values of shape (n_rows,) or (n_rows, n_features).
    """
    if isinstance(X, RaggedArray):
        return X
    if sparse.issparse(X):
        raise TypeError(
            f"{name} is one sparse matrix, which has no sequences. Expected a list of "
            "CSR matrices, one of shape (n_steps_i, n_features) for each sequence; "
            "RaggedArray.from_concatenated(matrix, lengths) makes it from one."
        )
    if _frames.is_frame(X):
        X = np.asarray(X)
        if X.ndim == 2 and X.shape[1] == 1 and X.dtype == object:
            X = X[:, 0]  # a table of one column that holds the sequences
    elif _frames.is_column(X):
        X = _frames.to_list(X)
    elif hasattr(X, "__array__"):
        refuse_masks(X, name)
        X = np.asarray(X)
    if isinstance(X, np.ndarray) and (X.dtype != object or X.ndim == 0):
        return _from_array(X, name)
    if isinstance(X, (str, bytes)) or not isinstance(X, Iterable):
        raise TypeError(
            f"{name} must be sequences: a list of arrays, a 2-D or 3-D array or a "
            f"RaggedArray. Got {type(X).__name__} instead."
        )
    return _from_list(list(X), name, empty)


def refuse_masks(array: object, name: str) -> None:
    """Raise an error for a masked array that hides something."""
    if np.ma.is_masked(array):
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost. Fill it with NaN and "
            "use PerStep(SimpleImputer()), or leave the masked steps out."
        )


def _from_array(X, name):
    if X.ndim not in (2, 3):
        raise ValueError(
            f"{name} must be an array of shape (n_sequences, n_steps) or (n_sequences, "
            f"n_steps, n_features), or a list of 2-D arrays. Got shape {X.shape} "
            "instead. Reshape your data either using array.reshape(-1, 1) if each "
            "sequence has one step or array.reshape(1, -1) if it is one sequence."
        )
    n_sequences, n_steps = X.shape[:2]
    return RaggedArray(
        X.reshape(n_sequences * n_steps, *X.shape[2:]),
        np.arange(n_sequences + 1) * n_steps,
    )


def _from_list(X, name, empty):
    sequences = [_one_sequence(s, i, name, empty) for i, s in enumerate(X)]
    if not sequences:
        return RaggedArray(np.empty((0, 1)), [0])
    first = sequences[0]
    if empty:  # of the kind of those that are not
        first = next((s for s in sequences if s.shape[0]), first)
        sequences = [s if s.shape[0] else first[:0] for s in sequences]
    for i, s in enumerate(sequences):
        if sparse.issparse(s) != sparse.issparse(first):
            raise TypeError(
                f"{name}[{i}] is {_kind(s)}, but {name}[0] is {_kind(first)}. All "
                "sequences must be of one kind."
            )
        if s.shape[1:] != first.shape[1:]:
            raise ValueError(
                f"{name}[{i}] has {_width(s)}, but {name}[0] has {_width(first)}. All "
                "sequences must have the same number of features."
            )
    return RaggedArray.from_sequences(sequences)


def _one_sequence(s, i, name, empty=False):
    if sparse.issparse(s):
        if s.ndim != 2:
            raise ValueError(
                f"{name}[{i}] is a sparse array of {s.ndim} dimension(s). Expected "
                "shape (n_steps, n_features)."
            )
        return s
    if _frames.is_column(s):
        s = _frames.to_list(s)
    if isinstance(s, (str, bytes)):
        raise TypeError(f"{name}[{i}] is text ({type(s).__name__}). {TEXT_NEEDS_IDS}")
    refuse_masks(s, f"{name}[{i}]")
    try:
        s = np.asarray(s)
    except ValueError as error:  # a nested list whose rows are of unlike length
        raise ValueError(
            f"{name}[{i}] is not an array of steps: its rows differ in length."
        ) from error
    if s.dtype == object:
        s = _object_sequence(s, i, name)
    if s.dtype.kind in "USmM":
        raise TypeError(
            f"{name}[{i}] holds {s.dtype} values. Expected numbers. {TEXT_NEEDS_IDS} "
            "Turn dates into numbers."
        )
    if s.size == 0 and s.ndim == 1 and not empty:
        raise ValueError(
            f"{name}[{i}] is an empty sequence. Every sequence must have at least one "
            "step."
        )
    if s.ndim not in (1, 2):
        hint = " Is it one number of a single sequence?" if s.ndim == 0 else ""
        raise ValueError(
            f"{name}[{i}] has shape {s.shape}. Expected (n_steps, n_features), or "
            f"(n_steps,) for one number a step.{hint}"
        )
    return s


def _object_sequence(s, i, name):
    """An object array as numbers: of Python numbers, or of one array a step."""
    if s.ndim == 1 and len(s) and isinstance(s[0], (np.ndarray, list, tuple)):
        widths = [np.size(step) for step in s]
        for t, width in enumerate(widths):
            if width != widths[0]:
                raise ValueError(
                    f"{name}[{i}] has {width} features at step {t}, but {widths[0]} "
                    "at step 0."
                )
        s = np.stack([np.asarray(step) for step in s])
    if s.dtype == object:
        for place, value in zip(np.ndindex(s.shape), s.flat):
            if isinstance(value, (str, bytes)) or not np.isscalar(value):
                raise TypeError(
                    f"{name}[{i}] holds {value!r} at {place}. Expected a number: the "
                    "argument must be neither string nor other object, but a number."
                )
        numbers = np.array(s.tolist())
        s = numbers if numbers.dtype.kind in "iufc" else s.astype(np.float64)
    return s


def refuse_one_sequence(X: RaggedArray, given: object, name: str = "X") -> None:
    """Raise an error for one sequence that was read as many of one step each.

    For callers that have seen sequences of vectors, so that numbers side by side are
    more likely the steps of one sequence.

    Parameters
    ----------
    X : RaggedArray
        As of ``as_ragged``.
    given : object
        What it was made of.
    name : str
        What errors call it.
    """
    n = len(X)
    if n < 2 or X.values.ndim != 1 or (X.lengths != 1).any():
        return
    array = name if isinstance(given, np.ndarray) else f"np.asarray({name})"
    raise ValueError(
        f"{name} is of shape ({n}, 1): {n} sequences of one step each. If it is one "
        f"sequence of {n} steps, pass [{name}]; if one-step sequences are meant, pass "
        f"{array}[:, None]."
    )


def _check_numbers(X, name, dtype, owner):
    values = X.values
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            f"{name} must hold steps of at least one feature, as rows of a 2-D array. "
            f"Got values of shape {values.shape}: 0 feature(s) or too many dimensions."
        )
    if values.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} holds {values.dtype} values. Complex data not supported; expected "
            "real numbers."
            if values.dtype.kind == "c"
            else f"{name} holds {values.dtype} values. Expected numbers."
        )
    if isinstance(dtype, str) and dtype == "auto":
        dtype = values.dtype if values.dtype in (np.float32, np.float64) else np.float64
    with np.errstate(over="ignore"):  # what is too large for float32 is reported below
        values = values.astype(dtype, copy=False)
    _check_finite(values, X.offsets, name, owner)
    if sparse.issparse(values) and (values.data == 0).any():
        values = values.copy()
        values.eliminate_zeros()  # they would count as features of the batch
    return X.with_values(values)


def _check_finite(values, offsets, name, owner):
    data = values.data if sparse.issparse(values) else values
    with np.errstate(over="ignore", invalid="ignore"):
        total = data.sum()  # one pass in the usual case; overflow falls through
    if np.isfinite(total):
        return
    bad = ~np.isfinite(data)
    if not bad.any():
        return
    if sparse.issparse(values):
        place = int(np.flatnonzero(bad)[0])
        row = int(np.searchsorted(values.indptr, place, side="right")) - 1
        feature, value = int(values.indices[place]), data[place]
    else:
        row, feature = (int(k) for k in np.argwhere(bad)[0])
        value = values[row, feature]
    i, t = place_of(offsets, row)
    padded = _is_padding(values, offsets)
    what = (
        "NaN"
        if np.isnan(value)
        else f"infinity or a value too large for {values.dtype}"
    )
    advice = ""
    if padded:
        advice = (
            f" NaN stands at the ends of sequences: RaggedArray.from_padded({name}) "
            "leaves such padding out."
        )
    elif np.isnan(value):
        advice = (
            " Fill missing values first, for instance with PerStep(SimpleImputer())."
        )
    raise ValueError(
        f"Input {name} contains {what}: {name}[{i}], step {t}, feature "
        f"{feature}. {owner} needs finite numbers.{advice}"
    )


def _is_padding(values, offsets):
    """Whether equally long sequences end with NaN, and have no other."""
    lengths = np.diff(offsets)
    if sparse.issparse(values) or len(lengths) < 2 or (lengths != lengths[0]).any():
        return False
    missing = np.isnan(values)
    padded = missing.all(axis=1)
    if not padded.any() or (missing.any(axis=1) & ~padded).any():
        return False
    padded = padded.reshape(len(lengths), -1)
    return bool((np.diff(padded.astype(np.int8), axis=1) >= 0).all())


def _check_tokens(X, name):
    values = X.values
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"{name} must hold one token id a step when embedding_dim is set. Got "
            f"{values.shape[1]} values a step."
        )
    if values.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must hold integer token ids when embedding_dim is set. Got "
            f"{values.dtype} values: {name}[0] begins with {values.tolist()[0]!r}. "
            "Convert ids with astype(int); for numbers as they are leave "
            "embedding_dim=None."
        )
    lowest = int(values.argmin())
    if values[lowest] < 0:
        i, t = place_of(X.offsets, lowest)
        raise ValueError(
            f"{name}[{i}] holds the token id {values[lowest]} at step {t}. Token ids "
            "must not be negative."
        )
    highest = int(values.argmax())
    if values[highest] > np.iinfo(np.intp).max:  # unsigned ids
        i, t = place_of(X.offsets, highest)
        raise ValueError(
            f"{name}[{i}] holds the token id {values[highest]} at step {t}, which is "
            "too large."
        )
    return X.with_values(values.astype(np.intp, copy=False))


def check_token_range(X: RaggedArray, n_tokens: int, name: str = "X") -> None:
    """Raise an error that names the first token id that is not below ``n_tokens``."""
    beyond = np.flatnonzero(X.values >= n_tokens)
    if len(beyond):
        row = int(beyond[0])
        i, t = place_of(X.offsets, row)
        raise ValueError(
            f"{name}[{i}] holds the token id {X.values[row]} at step {t}, but the "
            f"network was fitted with {n_tokens} tokens: ids must be below {n_tokens}."
        )


def place_of(offsets: npt.NDArray[np.intp], row: int) -> tuple[int, int]:
    """The sequence and the step of a row of concatenated steps."""
    i = int(np.searchsorted(offsets, row, side="right")) - 1
    return i, int(row - offsets[i])


def _kind(s):
    return "a sparse matrix" if sparse.issparse(s) else "a dense array"


def _width(s):
    return f"{s.shape[1]} features" if s.ndim == 2 else "one number a step (1-D)"
