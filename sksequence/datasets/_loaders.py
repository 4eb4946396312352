"""Real data, read from the files in data/, where each has its license beside it."""

from importlib.resources import files
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils import Bunch

from .. import _parameters as p
from ..sequences import RaggedArray

Subset: TypeAlias = Literal["all", "train", "test"]
_PARTS = {"all": ["train", "test"], "train": ["train"], "test": ["test"]}


@overload
def load_japanese_vowels(
    *,
    subset: Subset = "all",
    return_X_y: Literal[False] = False,
) -> Bunch: ...


@overload
def load_japanese_vowels(
    *, subset: Subset = "all", return_X_y: Literal[True]
) -> tuple[RaggedArray, npt.NDArray[np.int64]]: ...


def load_japanese_vowels(*, subset: Subset = "all", return_X_y: bool = False) -> Any:
    """Load 640 utterances of two Japanese vowels by nine speakers.

    Nine men uttered the two vowels /ae/ in succession, many times. An utterance is a
    sequence of 7 to 29 frames, 6.4 ms apart, of 12 LPC cepstrum coefficients. This is
    multivariate many-to-one classification with sequences of unequal length [1]_.

    =====================  =====================================
    Sequences              640: 270 for training, 370 for testing
    Steps                  7 to 29
    Features               12, real
    Classes                9
    Sequences of a class   30 for training, 24 to 88 for testing
    =====================  =====================================

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Which part of the original split to load; "all" is the training part followed
        by the test part.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : RaggedArray of n_sequences sequences of shape (n_steps_i, 12)
            The coefficients, float64, without unit.
        target : ndarray of int, shape (n_sequences,)
            The speakers, 1 to 9, in increasing order within each part.
        train_indices, test_indices : ndarray of int
            Which sequences the original split gives to training and to testing.
        feature_names : list of str
            Names of the 12 coefficients.
        target_names : list of str
            Names of the speakers, in the order of their labels.
        DESCR : str
            Origin and license: CC BY 4.0, UCI Machine Learning Repository.

    (data, target) : tuple if ``return_X_y`` is True
        The two attributes of these names.

    Raises
    ------
    ValueError
        If ``subset`` is none of the three.

    References
    ----------
    .. [1] Kudo, Toyama & Shimbo, "Multidimensional curve classification using
       passing-through regions", Pattern Recognition Letters 20, 1999.

    Examples
    --------
    >>> from sksequence.datasets import load_japanese_vowels
    >>> X_train, y_train = load_japanese_vowels(subset="train", return_X_y=True)
    >>> X_train
    RaggedArray of 270 sequences, 7 to 26 steps of 12 features, float64
    >>> y_train[:3]
    array([1, 1, 1])
    """
    p.check_value(subset, "subset", "load_japanese_vowels", [p.one_of(*_PARTS)])
    parts = _PARTS[subset]
    with _file("japanese_vowels.npz").open("rb") as file, np.load(file) as held:
        values = np.concatenate([_millionths(held[f"X_{part}"]) for part in parts])
        lengths, target = (
            np.concatenate([held[f"{name}_{part}"] for part in parts])
            for name in ("lengths", "y")
        )
        sizes = [len(held[f"y_{part}"]) for part in parts]
    data = RaggedArray.from_concatenated(values / 1e6, lengths)
    target = target.astype(np.int64)
    if return_X_y:
        return data, target
    origin = np.repeat(parts, sizes)
    return Bunch(
        data=data,
        target=target,
        train_indices=np.flatnonzero(origin == "train"),
        test_indices=np.flatnonzero(origin == "test"),
        feature_names=[f"LPC cepstrum {i}" for i in range(1, 13)],
        target_names=[f"speaker {i}" for i in range(1, 10)],
        DESCR=_text("japanese_vowels.LICENSE.txt"),
    )


def _millionths(planes):
    """Rows of integers from their differences: the low bytes, the middle, the high.

    So apart, and one feature after the other, they take less than two thirds of the
    room: the coefficients have six decimals, and change little from row to row.
    """
    changes = np.tensordot([1, 1 << 8, 1 << 16], planes, 1)
    bits = np.ascontiguousarray(np.cumsum(changes, axis=1).T) % (1 << 24)
    return np.where(bits < 1 << 23, bits, bits - (1 << 24))


@overload
def load_first_names(*, return_X_y: Literal[False] = False) -> Bunch: ...


@overload
def load_first_names(
    *, return_X_y: Literal[True]
) -> tuple[list[str], npt.NDArray[np.str_]]: ...


def load_first_names(*, return_X_y: bool = False) -> Any:
    """Load 8,003 first names, labeled as female or male.

    Many-to-one classification of sequences of characters. The names, common in
    English-speaking countries, come from the Moby Word Lists. Each name occurs once:
    names that the source lists for both women and men, such as Leslie, are left out.
    Some names differ only in spelling (Ann, Anne). All men's names come first, and the
    names of each sex are in alphabetical order, so shuffle before you split by
    position, as :func:`~sklearn.model_selection.train_test_split` does.

    =====================  ===============================
    Sequences              8,003
    Letters                2 to 15, 19 names with a hyphen
    Classes                2
    Sequences of a class   4,525 female, 3,478 male
    =====================  ===============================

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : list of str, length 8003
            The names, with a capital letter first.
        target : ndarray of str, shape (8003,)
            "female" or "male".
        target_names : list of str
            The two labels.
        DESCR : str
            Origin and license: public domain.

    (data, target) : tuple if ``return_X_y`` is True
        The two attributes of these names.

    Examples
    --------
    >>> from sksequence.datasets import load_first_names
    >>> names, sexes = load_first_names(return_X_y=True)
    >>> names[0], str(sexes[0])
    ('Aaron', 'male')
    """
    sexes, names = _columns("first_names.tsv")
    data, target = list(names), np.array(sexes)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=["female", "male"],
        DESCR=_text("first_names.LICENSE.txt"),
    )


@overload
def load_sunspots(
    *, n_lags: int | None = None, return_X_y: Literal[False] = False
) -> Bunch: ...


@overload
def load_sunspots(
    *, n_lags: int, return_X_y: Literal[True]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...


def load_sunspots(*, n_lags: int | None = None, return_X_y: bool = False) -> Any:
    """Load the sunspot numbers of the years 1700 to 2008, for forecasts.

    One univariate series, as it is, or cut into windows for forecasts one step ahead.
    The usual split [1]_ trains on the years to 1920 and tests on 1921 to 1955, with
    windows of 12 years.

    Parameters
    ----------
    n_lags : int or None, default=None
        Number of years from which the next year is forecast, 1 to 308. None returns the
        series itself, without a target.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch. Needs ``n_lags``.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : ndarray of shape (309,) or (309 - n_lags, n_lags)
            Mean relative sunspot number of each year. With ``n_lags``, row i holds the
            ``n_lags`` years before ``year[i]``, the oldest first: univariate sequences
            of ``n_lags`` steps for the estimators of this package, a table for others.
        target : ndarray of shape (309 - n_lags,)
            The sunspot number of ``year[i]``. Only with ``n_lags``.
        year : ndarray of int, shape (309,) or (309 - n_lags,)
            The years; with ``n_lags``, those of ``target``.
        DESCR : str
            Origin and license: National Geophysical Data Center, public domain.

    (data, target) : tuple if ``return_X_y`` is True
        The two attributes of these names.

    Raises
    ------
    ValueError
        If ``n_lags`` is not an int from 1 to 308, or is None with ``return_X_y``.

    References
    ----------
    .. [1] Weigend, Huberman & Rumelhart, "Predicting the future: a connectionist
       approach", International Journal of Neural Systems 1, 1990.

    Examples
    --------
    >>> from sksequence.datasets import load_sunspots
    >>> load_sunspots().data[:5]
    array([ 5., 11., 16., 23., 36.])

    The usual split:

    >>> sunspots = load_sunspots(n_lags=12)
    >>> train = sunspots.year <= 1920
    >>> test = (sunspots.year > 1920) & (sunspots.year <= 1955)
    >>> sunspots.data[train].shape, sunspots.data[test].shape
    ((209, 12), (35, 12))
    """
    p.check_value(n_lags, "n_lags", "load_sunspots", [p.NONE, p.integer(1, 308)])
    rows = _text("sunspots_yearly.csv").splitlines()
    year, number = np.loadtxt(rows, delimiter=",", skiprows=1, unpack=True)
    year = year.astype(np.int64)
    descr = _text("sunspots_yearly.LICENSE.txt")
    if n_lags is None:
        if return_X_y:
            raise ValueError(
                "The 'n_lags' parameter of load_sunspots must be an int when "
                "return_X_y=True: without it there is no target. Got None instead."
            )
        return Bunch(data=number, year=year, DESCR=descr)
    windows = np.lib.stride_tricks.sliding_window_view(number, n_lags)
    data, target = windows[:-1].copy(), number[n_lags:]
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, year=year[n_lags:], DESCR=descr)


@overload
def load_color_names(*, return_X_y: Literal[False] = False) -> Bunch: ...


@overload
def load_color_names(
    *, return_X_y: Literal[True]
) -> tuple[npt.NDArray[np.int64], list[str]]: ...


def load_color_names(*, return_X_y: bool = False) -> Any:
    """Load 4,758 colors and the names that people gave them.

    One-to-many: from one vector to a sequence of characters, or of words. No color and
    no name occurs twice.

    =============  ===================================
    Colors         4,758
    Features       3, integers from 0 to 255
    Characters     2 to 28 a name, ASCII
    Words          1 to 6 a name, most often 2
    =============  ===================================

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : ndarray of int, shape (4758, 3)
            Red, green and blue, 0 to 255.
        target : list of str, length 4758
            The names, in alphabetical order.
        feature_names : list of str
            The three channels.
        DESCR : str
            Origin and license: color-name-list by David Aerne, MIT.

    (data, target) : tuple if ``return_X_y`` is True
        The two attributes of these names.

    Examples
    --------
    >>> from sksequence.datasets import load_color_names
    >>> colors, names = load_color_names(return_X_y=True)
    >>> colors[0], names[0]
    (array([201,  63,  56]), '100 Mph')
    """
    codes, names = _columns("color_names.tsv")
    data = np.array([list(bytes.fromhex(code)) for code in codes])
    target = list(names)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        feature_names=["red", "green", "blue"],
        DESCR=_text("color_names.LICENSE.txt"),
    )


@overload
def load_cmudict(*, return_X_y: Literal[False] = False) -> Bunch: ...


@overload
def load_cmudict(*, return_X_y: Literal[True]) -> tuple[list[str], list[list[str]]]: ...


def load_cmudict(*, return_X_y: bool = False) -> Any:
    """Load 8,000 English words and their pronunciations.

    Many-to-many, from letters to phones, with outputs and inputs of different lengths:
    a sample of the CMU Pronouncing Dictionary. Vowels have their stress as a digit: 0
    none, 1 primary, 2 secondary. If the digits are split from the phones, the data are
    a tagging task: one stress for each phone (second example).

    =============  ==========================================
    Sequences      8,000
    Letters        3 to 14 a word, a to z
    Phones         1 to 14 a word
    Vocabulary     69 phones, 39 without the digits of stress
    =============  ==========================================

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : list of str, length 8000
            The words, in lower case and alphabetical order, without duplicates.
        target : list of list of str, length 8000
            The phones of each word, in the ARPAbet.
        DESCR : str
            Origin and license: Carnegie Mellon University, BSD-style.

    (data, target) : tuple if ``return_X_y`` is True
        The two attributes of these names.

    Examples
    --------
    >>> from sksequence.datasets import load_cmudict
    >>> words, phones = load_cmudict(return_X_y=True)
    >>> words[0], phones[0]
    ('aaker', ['AA1', 'K', 'ER0'])

    Which phones are stressed, with "-" for consonants:

    >>> X = [[p.rstrip("012") for p in word] for word in phones]
    >>> y = [[p[-1] if p[-1] in "012" else "-" for p in word] for word in phones]
    >>> X[0], y[0]
    (['AA', 'K', 'ER'], ['1', '-', '0'])
    """
    words, phones = _columns("cmudict_8k.tsv")
    data, target = list(words), [sounds.split() for sounds in phones]
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, DESCR=_text("cmudict_8k.LICENSE.txt"))


def _file(name):
    return files(__package__) / "data" / name


def _text(name):
    return _file(name).read_text(encoding="utf-8")


def _columns(name):
    """The columns of a file of tab-separated values, each a tuple of str."""
    return zip(*(line.split("\t") for line in _text(name).splitlines()))
