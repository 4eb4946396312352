"""From anything that holds sequences to one checked RaggedArray.

Each error names the argument, the place in it, what was expected and what was given.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from math import isfinite
from numbers import Number
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .. import _frames, _kinds, _values
from .._messages import brief, name_of
from ._forms import kind_of
from ._joining import end_to_end
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
    parameter: str = "embedding_dim",
    owner: str = "this estimator",
) -> RaggedArray:
    """Check sequences of numbers or of token ids.

    Parameters
    ----------
    X : sequences in any form that ``as_ragged`` takes
    name : str, default="X"
        What errors call it.
    dtype : "auto" or dtype, default="auto"
        Type of the numbers; "auto" keeps float32 and float64 and turns any other type
        into float64. Token ids become intp.
    tokens : bool, default=False
        Whether the steps are token ids.
    parameter : str, default="embedding_dim"
        Which parameter of the caller makes them ids, for the errors.
    owner : str, default="this estimator"
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
    if not isinstance(X, RaggedArray):
        X = as_ragged(X, name=name)
    check_not_empty(X, name=name, owner=owner)
    if tokens and not X.is_sparse:  # sparse steps are bags of tokens: numbers
        return _check_tokens(X, name, parameter)
    return _check_numbers(X, name, dtype, owner)


def numbers_of(X: RaggedArray, name: str = "X") -> RaggedArray:
    """A RaggedArray of objects as one of numbers, or an error that says where not."""
    try:
        values = _values.as_numbers(X.values, name)
    except (TypeError, ValueError):
        for i, sequence in enumerate(X):
            _values.as_numbers(sequence, f"{name}[{i}]", X.feature_names)
        raise
    return X if values is X.values else X.with_values(values, X.feature_names)


def real_numbers_of(X: RaggedArray, name: str = "X") -> RaggedArray:
    """As ``numbers_of``; text, dates and complex numbers are an error."""
    X = numbers_of(X, name)
    if X.values.dtype.kind in "USmM":
        raise _no_numbers(X.values, name, TypeError)
    if X.values.dtype.kind not in "fiub":
        raise TypeError(
            f"{name} must hold numbers. Got values of type {X.values.dtype}."
        )
    return X


def check_not_empty(
    X: RaggedArray,
    *,
    name: str = "X",
    owner: str = "this estimator",
    way: Callable[[], str] | None = None,
) -> None:
    """Raise an error if a RaggedArray holds no sequence, or one without a step.

    ``way`` says what to do about an empty sequence, if the caller knows more of it.
    """
    if len(X) == 0:
        raise ValueError(
            f"{name} is empty: found array with 0 sample(s), while a minimum of 1 "
            f"sequence is required by {owner}."
        )
    if np.count_nonzero(X.lengths) < len(X):
        empty = np.flatnonzero(X.lengths == 0)
        advice = _of_texts(X) if way is None else f" {way()}"
        raise ValueError(
            f"{name}[{empty[0]}] is an empty sequence ({len(empty)} of {len(X)} are). "
            f"Every sequence must have at least one step.{advice}"
        )


def _of_texts(X):
    """What to do about a text without a token."""
    if X.is_sparse or X.values.ndim != 1 or X.values.dtype.kind not in "iu":
        return ""
    return (
        " If it is a text without a token, TokenEncoder(add_eos=True) ends every text "
        "with one."
    )


def as_ragged(X: object, *, name: str = "X", empty: bool = False) -> RaggedArray:
    """Bring sequences into one RaggedArray, without looking at the values.

    Parameters
    ----------
    X : RaggedArray, array or list of sequences, or a column of a data frame
        A RaggedArray; an array of shape (n_sequences, n_steps) or
        (n_sequences, n_steps, n_features); a list, tuple or object array of arrays of
        shape (n_steps_i,) or (n_steps_i, n_features) or of CSR matrices; a pandas,
        polars or pyarrow column of any of these. An object array is read as the list
        of its rows; one of a single column of sequences as that column.
    name : str, default="X"
        What errors call it.
    empty : bool, default=False
        Whether lists without a step are taken too, as empty sequences.

    Returns
    -------
    X : RaggedArray
        Values of shape (n_rows,) or (n_rows, n_features).
    """
    if isinstance(X, RaggedArray):
        return X
    if type(X) is list and all(map(_is_plain, X)) and len({s.shape[1] for s in X}) == 1:
        return RaggedArray._of(*end_to_end(X))  # most often
    if sparse.issparse(X):
        raise TypeError(
            f"{name} is one sparse matrix, which has no sequences. Expected a list of "
            "CSR matrices, one of shape (n_steps_i, n_features) for each sequence; "
            "RaggedArray.from_concatenated(matrix, lengths) makes it from one."
        )
    if _kinds.is_frame(X) and not is_one_column(X):
        return _from_array(_numbers_of_rows(X, name), name)
    X = _frames.one_column(_frames.plain(X, name))
    if isinstance(X, np.ndarray) and (X.dtype != object or X.ndim == 0):
        return _from_array(X, name)
    if isinstance(X, (str, bytes, Mapping, Set)) or not isinstance(X, Iterable):
        way = ""
        if isinstance(X, Mapping):
            way = f" If its values are the sequences, pass list({name}.values())."
        raise TypeError(
            f"{name} must be sequences: a list of arrays, a 2-D or 3-D array or a "
            f"RaggedArray. Got {type(X).__name__} instead.{way}"
        )
    X = list(X)
    if X and all(isinstance(value, Number) for value in X):
        return _from_array(np.asarray(X), name)
    return _from_list(X, name, empty)


def is_one_column(frame: Any) -> bool:
    """Whether a table is a column that holds sequences, not one number of each."""
    names = _frames.column_names(frame)
    if len(names) != 1:
        return False
    column = _frames.column(frame, names[0])
    return column.dtype == object and not _values.are_numbers(column)


def _numbers_of_rows(frame, name):
    """A table as an array, if it holds numbers only."""
    try:
        return _values.as_numbers(
            _frames.rows(frame), name, _frames.column_names(frame, name)
        )
    except TypeError as error:
        raise TypeError(f"{error}{_way_of_rows(name)}") from error


def _way_of_rows(name):
    return (
        f" Each row of {name} is read as a sequence: if it is one step, pass "
        f"RaggedArray.from_frame({name}, by=...)."
    )


def _is_plain(s):
    """Whether this is an array of vectors, of which nothing else need be known."""
    return type(s) is np.ndarray and s.ndim == 2 and s.dtype.kind in "biuf"


def _from_array(X, name):
    if X.ndim not in (2, 3):
        way = ""
        if X.ndim == 1 and len(X):
            way = (
                f" Reshape your data: if it is one sequence of {len(X)} steps, pass "
                f"[{name}]. Of one long series, sliding_windows of "
                "sksequence.preprocessing makes sequences to train on."
            )
        raise ValueError(
            f"{name} must be an array of shape (n_sequences, n_steps) or (n_sequences, "
            f"n_steps, n_features), or a list of 2-D arrays. Got shape {X.shape} "
            f"instead.{way}"
        )
    n_sequences, n_steps = X.shape[:2]
    return RaggedArray._of(
        X.reshape(n_sequences * n_steps, *X.shape[2:]),
        np.arange(n_sequences + 1) * n_steps,
    )


def _from_list(X, name, empty):
    X = list(map(_kinds.unnested, X))
    sequences = [_one_sequence(s, i, name, empty) for i, s in enumerate(X)]
    if not sequences:
        return RaggedArray(np.empty((0, 1)), [0])
    first = sequences[0]
    if empty:  # of the kind of those that are not
        first = next((s for s in sequences if s.shape[0]), first)
        sequences = [s if s.shape[0] else first[:0] for s in sequences]
    names = _frames.common_names(X, name)
    is_sparse, width = sparse.issparse(first), first.shape[1:]
    for i, s in enumerate(sequences):
        if sparse.issparse(s) != is_sparse:
            raise TypeError(
                f"{name}[{i}] is {kind_of(s)}, but {name}[0] is {kind_of(first)}. All "
                "sequences must be of one kind."
            )
        if s.shape[1:] != width:
            raise ValueError(
                f"{name}[{i}] has {_width(s)}, but {name}[0] has {_width(first)}. All "
                "sequences must have the same number of features: expected arrays of "
                f"shape (n_steps, n_features).{_transposed(sequences, name)}"
            )
    return RaggedArray._of(*end_to_end(sequences), names)


def _transposed(sequences, name):
    """A hint where arrays have as many rows each, and differ in columns."""
    shapes = [s.shape for s in sequences]
    if all(len(shape) == 2 for shape in shapes) and len({n for n, _ in shapes}) == 1:
        return (
            f" All have {shapes[0][0]} rows. Are they transposed, (n_features, "
            f"n_steps)? Then pass [x.T for x in {name}]."
        )
    return ""


def _one_sequence(s, i, name, empty=False):
    if sparse.issparse(s):
        if s.ndim != 2:
            raise ValueError(
                f"{name}[{i}] is a sparse array of {s.ndim} dimension(s). Expected "
                "shape (n_steps, n_features)."
            )
        return s
    name = f"{name}[{i}]"
    if _kinds.is_frame(s):
        columns = _frames.column_names(s, name)
        s = _values.as_numbers(_frames.rows(s), name, columns)
    else:
        s = _as_array(s, name)
    if s.dtype.kind in "USmM":
        raise _no_numbers(s, name, TypeError)
    if s.size == 0 and s.ndim == 1 and not empty:
        raise ValueError(
            f"{name} is an empty sequence. Every sequence must have at least one step."
        )
    if s.ndim not in (1, 2):
        raise ValueError(
            f"{name} has shape {s.shape}. Expected (n_steps, n_features), or "
            "(n_steps,) for one number a step."
        )
    return s


def _no_numbers(values, name, error=ValueError):
    """The error for an array of text or dates."""
    if values.dtype.kind in "mM":
        way, example = " Leave dates out, or turn them into numbers.", ""
    else:
        texts = values.ravel().tolist()
        way = _way_of_text(name, texts)
        example = f", not text such as {brief(texts[0], 60)}" if texts else ""
    return error(f"{name} holds {values.dtype} values. Expected numbers{example}.{way}")


def _way_of_text(name, texts=()):
    """What to do about text in X; as targets, ids of tokens would be no numbers."""
    if name.startswith("X_val"):
        return _values.OF_VALIDATION
    return _values.way_of_text(texts, f" {TEXT_NEEDS_IDS}" if name[0] in "Xx" else "")


def _as_array(s, name):
    """A sequence as an array: of numbers, if it holds any objects."""
    if type(s) is np.ndarray and s.dtype.kind in "biufc":  # the most frequent
        return s
    s = _frames.plain(s, name)
    if isinstance(s, (str, bytes)):
        raise TypeError(f"{name} is text ({type(s).__name__}).{_way_of_text(name)}")
    if _values.is_missing_value(s):
        raise ValueError(f"{name} is missing ({s}). Leave it out, or pass a sequence.")
    array = _values.array_of(s, name)  # of objects if rows are missing
    if array.dtype == object and array.ndim == 1 and any(map(_is_vector, array)):
        array = _of_vectors(array, name)
    return _values.as_numbers(array, name)


def _is_vector(step):
    if isinstance(step, (list, tuple)) or _kinds.is_column(step):
        return True
    return isinstance(step, np.ndarray) and step.ndim > 0


def _of_vectors(steps, name):
    """One array of one array a step; a step that is missing is a row of NaN."""
    missing = _values.is_missing(steps)
    first = int(missing.argmin())
    vectors = []
    for t, (step, gone) in enumerate(zip(steps, missing)):
        vector = None if gone else _values.array_of(_frames.plain(step, name))
        vectors.append(vector)
        if vector is not None and vector.size != vectors[first].size:
            raise ValueError(
                f"{name} has {vector.size} features at step {t}, but "
                f"{vectors[first].size} at step {first}: its rows differ in length."
            )
    like = vectors[first].astype(object)
    nothing = np.full(like.shape, np.nan, dtype=object)
    rows = [nothing if v is None else v.astype(object) for v in vectors]
    shapes = {row.shape for row in rows}
    if len(shapes) > 1:
        raise ValueError(f"{name} has steps of several shapes, {sorted(shapes)}.")
    return np.stack(rows)


def check_width(
    X: RaggedArray, given: object, n_features: int, *, owner: str, name: str = "X"
) -> None:
    """Raise an error unless steps have as many features as in ``fit``.

    Parameters
    ----------
    X : RaggedArray
    given : object
        What it was made of.
    n_features : int
    owner : str
        The class that checks.
    name : str, default="X"
        What errors call X.
    """
    width = X.values.shape[1] if X.values.ndim > 1 else 1
    if width == n_features:
        return
    way = _values.OF_VALIDATION if name.startswith("X_val") else ""
    if _kinds.is_frame(given) and not is_one_column(given):
        way = _way_of_rows(name)
    if (X.lengths == n_features).all():
        way = f" If {name} is one sequence, pass it as [{name}]."
        if width > 1:
            way = f" If they are (n_features, n_steps), pass [x.T for x in {name}]."
    raise ValueError(
        f"{name} has {width} features, but {owner} is expecting {n_features} features "
        f"as input: {name}[0] is of shape ({X.lengths[0]}, {width}), and should be of "
        f"shape (n_steps, {n_features}).{way}"
    )


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
    name : str, default="X"
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
    X = numbers_of(X, name)
    values = X.values
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            f"{name} must hold steps of at least one feature, as rows of a 2-D array. "
            f"Got values of shape {values.shape}: 0 feature(s) or too many dimensions."
        )
    if values.dtype.kind in "USmM":
        raise _no_numbers(values, name)
    if values.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} holds {values.dtype} values. Complex data not supported; expected "
            "real numbers."
            if values.dtype.kind == "c"
            else f"{name} holds {values.dtype} values. Expected numbers."
        )
    if isinstance(dtype, str) and dtype == "auto":
        dtype = values.dtype if values.dtype in (np.float32, np.float64) else np.float64
    if values.dtype != dtype:
        values = _values.as_floats(values, dtype)  # infinity is reported below
    _check_finite(values, X, name, owner)
    if sparse.issparse(values) and (values.data == 0).any():
        values = values.copy()
        values.eliminate_zeros()  # they would count as features of the batch
    return X if values is X.values else X.with_values(values, X.feature_names)


def _check_finite(values, X, name, owner):
    data = values.data if sparse.issparse(values) else values
    with np.errstate(over="ignore", invalid="ignore"):
        # One pass in the usual case; overflow falls through.
        total = np.add.reduce(data, axis=None)
    if isfinite(total):
        return
    bad = ~np.isfinite(data)
    if not bad.any():
        return
    if sparse.issparse(values):
        place = int(np.flatnonzero(bad)[0])
        row, _ = place_of(values.indptr, place)
        feature, value = int(values.indices[place]), data[place]
    else:
        row, feature = (int(k) for k in np.argwhere(bad)[0])
        value = values[row, feature]
    i, t = place_of(X.offsets, row)
    padded = _is_padding(values, X.offsets)
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
    else:
        advice = " Replace infinity, as np.clip does, or divide large values."
    raise ValueError(
        f"Input {name} contains {what}: {name}[{i}], step {t}, feature "
        f"{name_of(feature, X.feature_names)}. {owner} needs finite numbers.{advice}"
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


def first_that_is_no_integer(values: npt.NDArray[Any]) -> int:
    """The place of the first number with a fraction; 0 if all are whole floats."""
    if values.dtype.kind != "f":
        return 0
    return int((values != np.floor(values)).argmax())


def _check_tokens(X, name, parameter):
    values = X.values
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"{name} must hold one token id a step when {parameter} is set. Got "
            f"{values.shape[1]} values a step."
        )
    refuse_large_ids(X, name)
    if values.dtype.kind not in "iu":
        missing = np.flatnonzero(_values.is_missing(values))
        if len(missing):
            i, t = place_of(X.offsets, missing[0])
            raise ValueError(
                f"{name}[{i}] holds no token id at step {t}: it is missing. Leave the "
                "step out, or give what is missing an id of its own."
            )
        row = first_that_is_no_integer(values)
        i, t = place_of(X.offsets, row)
        raise ValueError(
            f"{name} must hold integer token ids when {parameter} is set. Got "
            f"{values.dtype} values: {name}[{i}], step {t}, is {brief(values[row])}. "
            f"Convert ids with astype(int); for numbers as they are leave "
            f"{parameter}=None."
        )
    lowest = int(values.argmin())
    if values[lowest] < 0:
        i, t = place_of(X.offsets, lowest)
        raise ValueError(
            f"{name}[{i}] holds the token id {values[lowest]} at step {t}. Token ids "
            "must not be negative."
        )
    return X.with_values(values.astype(np.intp, copy=False))


def refuse_large_ids(X: RaggedArray, name: str = "X") -> None:
    """Raise an error for ids beyond int64, which beside others become floats."""
    values = X.values.ravel()
    limit = {"u": np.uint64(2**63), "f": np.float64(2**63)}.get(values.dtype.kind)
    large = np.flatnonzero(values >= limit if limit is not None else [])
    if len(large):
        i, t = place_of(X.offsets, large[0])
        raise ValueError(
            f"{name}[{i}] holds the token id {values[large[0]]:.0f} at step {t}, which "
            "is too large: ids must be below 2**63. TokenEncoder numbers tokens from 0 "
            "on (pass ids as strings)."
        )


def check_token_range(
    X: RaggedArray, n_tokens: int, name: str = "X", *, why: str | None = None
) -> None:
    """Raise an error that names the first token id that is not below ``n_tokens``.

    ``why`` says where that number is from. None: from the fitted network.
    """
    beyond = np.flatnonzero(X.values >= n_tokens)
    if len(beyond):
        row = int(beyond[0])
        i, t = place_of(X.offsets, row)
        why = why or f"the network was fitted with {n_tokens} tokens"
        raise ValueError(
            f"{name}[{i}] holds the token id {X.values[row]} at step {t}, but {why}: "
            f"ids must be below {n_tokens}."
        )


def place_of(
    offsets: npt.NDArray[np.intp], row: int | np.integer[Any]
) -> tuple[int, int]:
    """The sequence and the step of a row of concatenated steps."""
    i = int(np.searchsorted(offsets, row, side="right")) - 1
    return i, int(row - offsets[i])


def _width(s):
    return f"{s.shape[1]} features" if s.ndim == 2 else "one number a step (1-D)"
