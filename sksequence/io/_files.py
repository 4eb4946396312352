"""``save`` and ``load``: one file a model."""

import re
from typing import Any, Literal

from .. import _parameters as p
from .._container import (
    DamagedFile,
    NotWritten,
    read_container,
    shown,
    write_container,
)
from .._messages import OF_VALUES, brief
from .._pickling import warn_of_version
from .._typing import FilePath
from .._version import __version__
from ._nodes import UnknownType
from ._objects import import_skops, is_model, is_same, put_together, taken_apart

KIND = "model"


def save(
    estimator: Any, file: FilePath, *, compress: bool = False, sync: bool = False
) -> None:
    """Write a model to a file that is safe to load.

    Parameters
    ----------
    estimator : estimator
        An estimator or transformer of sksequence or scikit-learn, or a pipeline or
        ensemble of these, fitted or not. What it holds must be such estimators again,
        or plain values and arrays: functions, scorers, splitters of cross-validation
        and what other libraries define cannot be saved. Of a search, save
        ``best_estimator_``.
    file : str or path
        The file to write; an existing file is replaced. If the process is killed, the
        file is either the old or the new one.
    compress : bool, default=False
        Whether to make the file smaller, by about a tenth, which takes about a hundred
        times as long. A compressed file cannot be memory-mapped.
    sync : bool, default=False
        Whether to wait until the file is on the disk, so that it is the old or the new
        one even if the power fails. This may take longer than everything else.

    Raises
    ------
    TypeError
        If the estimator holds something that cannot be saved: a function, or an object
        of another library. The error names its type, and says what helps.
    ValueError
        If weights are not finite, or do not fit the network.
    OSError
        If the file cannot be written. An old file is not changed.
    ImportError
        If skops is not installed.

    See Also
    --------
    load : Read the file.

    Notes
    -----
    Objects are described by skops [1]_. Weights and plain values do not pass through
    it: the file holds arrays as they are in memory, and a header in JSON.

    References
    ----------
    .. [1] https://skops.readthedocs.io

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sksequence import RNNClassifier, io
    >>> X, y = [[[0.0], [1.0]], [[1.0], [0.0]]] * 5, ["up", "down"] * 5
    >>> clf = RNNClassifier(random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     io.save(clf, Path(folder) / "clf.sks")
    ...     again = io.load(Path(folder) / "clf.sks")
    >>> (again.predict_proba(X) == clf.predict_proba(X)).all()
    np.True_
    """
    import_skops()
    p.check_value(file, "file", "io.save", [p.FILE])
    for name, value in {"compress": compress, "sync": sync}.items():
        p.check_value(value, name, "io.save", [p.BOOLEAN])
    if not is_model(estimator):
        raise TypeError(
            "estimator must be an estimator of sksequence or scikit-learn. Got "
            f"{brief(estimator)} instead."
        )
    name = type(estimator).__name__
    if getattr(estimator, "_skl_callbacks", None):
        raise TypeError(
            f"This {name} cannot be saved by io.save with its callbacks. Call its "
            "set_callbacks() first, which removes them. joblib.dump saves them too."
        )
    try:
        content = taken_apart(estimator)
        again = put_together(content)
    except (*OF_VALUES, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        hint = _instead(estimator) if kind is TypeError else ""
        raise kind(
            f"This {name} cannot be saved by io.save: it holds {_why(error)}.{hint}"
        ) from error
    if not is_same(estimator, again):
        raise TypeError(
            f"This {name} cannot be saved by io.save: something in it would change, "
            "such as a dict whose keys are not all str or int."
        )
    try:
        write_container(
            file,
            KIND,
            {"sksequence": __version__, **content},
            compress=bool(compress),
            sync=bool(sync),
        )
    except NotWritten as error:
        raise TypeError(
            f"This {name} cannot be saved by io.save: {error.name} holds {error.what}. "
            "Use texts or numbers."
        ) from error


def load(file: FilePath, *, mmap_mode: Literal["r", "c"] | None = None) -> Any:
    """Read a model that ``save`` has written. No code in the file is run.

    Parameters
    ----------
    file : str or path
    mmap_mode : {"r", "c"} or None, default=None
        Whether to leave large arrays, such as the weights, in the file (memory-mapped),
        so that they are read when they are used, and processes share them: ``"r"`` read
        only, ``"c"`` copy on write, without changing the file. The file must not change
        while it is used (on Linux and macOS, ``save`` to the same path is allowed).
        Compressed arrays are always read. None: all arrays are read.

    Returns
    -------
    estimator
        The saved estimator. With the same versions of the libraries on the same
        machine, its predictions are exactly the same.

    Raises
    ------
    DamagedFile
        If the file was not written by ``save``, is damaged anywhere, or holds what
        ``save`` does not write: other types, or weights that are not finite or do not
        fit the network. This is a ValueError, and says what is wrong.
    OSError
        If the file cannot be read.
    ImportError
        If skops is not installed.

    Warns
    -----
    VersionWarning
        If the file was written by a newer version of sksequence.

    See Also
    --------
    save : Write the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sksequence import RNNRegressor, io
    >>> X, y = [[[1.0], [2.0]], [[3.0]]] * 4, [3.0, 6.0] * 4
    >>> reg = RNNRegressor(4, max_iter=2, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     io.save(reg, Path(folder) / "reg.sks")
    ...     again = io.load(Path(folder) / "reg.sks")
    >>> again.predict([[[2.0]]]) == reg.predict([[[2.0]]])
    array([ True])
    """
    import_skops()
    p.check_value(file, "file", "io.load", [p.FILE])
    p.check_value(mmap_mode, "mmap_mode", "io.load", [p.NONE, p.one_of("r", "c")])
    content = read_container(file, KIND, mmap_mode=mmap_mode)
    try:
        version = content["sksequence"]
        newer = _numbers(version) > _numbers(__version__)
        estimator = put_together(content)
        if not is_model(estimator):
            raise TypeError(f"an object of the type {type(estimator).__name__}")
    except (*OF_VALUES, RecursionError, MemoryError) as error:
        raise DamagedFile(
            f"{shown(file)} is no file of io.save, or is damaged: it holds "
            f"{_why(error)}."
        ) from error
    if newer:
        warn_of_version(type(estimator).__name__, version)
    return estimator


def _instead(estimator):
    """What can be saved of what cannot, and how."""
    if hasattr(estimator, "best_estimator_"):
        return " Of a search, save search.best_estimator_."
    where = ""
    for name, step in getattr(estimator, "steps", ()):
        try:
            put_together(taken_apart(step))
        except (*OF_VALUES, RecursionError):
            where = f" This is in the step {name!r}, a {type(step).__name__}."
            break
    if type(estimator).__module__.startswith("sksequence."):
        return " joblib.dump saves what Python can pickle."
    return (
        f"{where} joblib.dump saves what Python can pickle, and io.save networks in "
        "it one by one."
    )


def _why(error):
    """What is wrong, as the end of a sentence: ours say what there is."""
    text = str(error).rstrip(".") or type(error).__name__
    return text if isinstance(error, (UnknownType, ValueError)) else f"({text})"


def _numbers(version):
    return [int(k) for k in re.findall(r"\d{1,9}", version)[:3]]
