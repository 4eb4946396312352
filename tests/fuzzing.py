"""Generated calls of everything public, and laws that must hold after each.

A case is one number: from it come an object, what it is given (valid, nearly valid or
hostile), some calls of its public methods, and with them the same findings each time.
``test_fuzz.py`` runs a few hundred, ``benchmarks/fuzz.py`` as many as it is told.

A finding is of one of these kinds:

``exception``    an error of a type that is not documented
``no argument``  an error whose message names no argument of what was called
``long``         an error or a warning of more than 1,000 characters
``warning``      a warning of NumPy's or Python's own that a user cannot act on
``silent``       a call that succeeded, and after which a law does not hold
``state``        a call that failed, and has changed the object it was made on
"""

import importlib
import inspect
import io
import pickle
import re
import tempfile
import traceback
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from sksequence import RaggedArray
from sksequence.preprocessing import PerStep, TokenEncoder

PACKAGES = ["", "cells", "preprocessing", "metrics", "datasets", "inspection", "io"]
KINDS = ["exception", "no argument", "long", "warning", "silent", "state"]
LONGEST = 1000


@dataclass(frozen=True)
class Finding:
    """What one call did that it should not."""

    kind: str
    case: int
    where: str
    what: str
    given: str

    @property
    def group(self):
        """Findings of one group have one cause, most likely."""
        place = self.what.rpartition(" (")[2] if self.what.endswith(")") else ""
        what = re.sub(r"[\d.]+|'[^']*'", "#", self.what)[:40]
        if self.kind == "long":
            what = what[:20]
        return self.kind, place or self.where, what

    def __str__(self):
        lines = f"[{self.kind}] case {self.case}: {self.where}", self.what, self.given
        return "\n    ".join(lines).encode("ascii", "backslashreplace").decode()


# -- what there is ---------------------------------------------------------------------


def public_names():
    """Every public class and function by name, as ``__all__`` lists them."""
    found = {}
    for package in PACKAGES:
        module = f"sksequence.{package}".rstrip(".")
        if find_spec(module) is None:
            continue
        module = importlib.import_module(module)
        for name in module.__all__:
            thing = getattr(module, name)
            if callable(thing):
                found[f"{package}.{name}".lstrip(".")] = thing
    return found


def public_methods(cls):
    """Names of the public methods of a class, apart from scikit-learn's settings."""
    names = {
        name
        for name in dir(cls)
        if not name.startswith("_") and callable(getattr(cls, name, None))
    }
    settings = {name for name in names if re.fullmatch("set_.*_request", name)}
    return sorted(names - settings - {"get_metadata_routing", "set_callbacks"})


# -- callables that users may pass -----------------------------------------------------


def rate_one(epoch):
    return 1.0


def rate_none(epoch):
    return None


def rate_nan(epoch):
    return np.nan


def rate_negative(epoch):
    return -1.0


def rate_text(epoch):
    return "1"


def score_zero(estimator, X, y=None):
    return 0.0


def score_none(estimator, X, y=None):
    return None


def score_nan(estimator, X, y=None):
    return np.nan


def split(text):
    return text.split()


def analyze_none(text):
    return None


def analyze_numbers(text):
    return [1, 2]


CALLABLES = {
    "learning_rate": [rate_one, rate_none, rate_nan, rate_negative, rate_text],
    "scoring": [score_zero, score_none, score_nan],
    "analyzer": [split, analyze_none, analyze_numbers],
}
# fmt: off
POOL = [
    None, True, False, 0, 1, 2, 3, -1, 0.0, 0.25, 0.5, 0.999, 1.0, 1e-300, 1e300,
    np.nan, np.inf, 2**31, 2**63, 2**70, 10**400, Fraction(1, 2), Decimal("0.5"),
    np.int64(2), np.float32(0.5), np.array(2), np.array([2, 3]), np.array([]), (),
    (2,), [2, 3], [[2]], {}, {0: 1.0}, {0: np.nan, 1: 2}, {"a": 2.0}, {"a": "b"},
    [("a", "b")], [(0, 1)], [{1, 2}], [1], np.ones((3, 2)), np.full((3, 2), np.nan),
    "", "a", b"a", "x" * 5000, object(), 1j,
]
VECTORS = [
    {"a": [1.0, 2.0]}, {"a": [1e300, 1e300]}, {"a": [1j]}, {"a": []}, {},
    {"a": [1.0], "b": [1.0, 2.0]}, None, {"a": [np.nan]}, [1], 3, {"a": "x"},
    {"a": 1.0}, {"zz": [1.0, 2.0]},
]
FILES = [
    "a 1 2\nb 3 4\n", "2 2\na 1 2\nb 3 4\n", "a 1 2\nb 3\n", "", "\n", "a\n",
    "a x y\n", "a nan 1\n", "a 1e400 1\n", "9 2\na 1 2\n", "a 1 2\na 3 4\n",
    "\ufeffa 1 2\n", "1000000000000 300\na 1\n", "a 1 2\r\nb 3 4\r\n", "a  1 2\n",
]
# fmt: on
# What would take long, or much memory, with any value that is allowed.
VALID = {
    "hidden_layer_sizes": [1, 2, 3, (2,), (2, 2), [3, 2], np.int64(2), np.array([2])],
    "dense_layer_sizes": [(), 1, (2,), [2, 3]],
    "max_iter": [1, 2],
    "batch_size": ["auto", 1, 2, 3, 1000],
    "embedding_dim": [None, 1, 2, 3],
    "source_embedding_dim": [None, 1, 2, 3],
    "n_tokens": [None, 8, 50],
    "max_length": [0, 1, 5],
    "min_length": [0, 1, 3],
    "n_samples": [1, 2, 5],
    "beam_size": [1, 2, 5],
    "no_repeat_ngram": [None, 1, 2],
    "n_sampled": [1, 2, 5],
    "bptt_length": [1, 2, 5],
    "n_jobs": [None, 1, 2, -1],
    "verbose": [0, 1],
    "learning_rate_init": [1e-6, 0.01, 1.0, 100.0],
    "vocabulary": [None, ["a", "b"], {"a": 0, "b": 1}],
}
# Of the arguments of functions that no table describes.
ARGUMENTS = {
    "n": [1, 2, 5],
    "n_best": [1, 2],
    "n_steps": [1, 2, 5],
    "min_steps": [None, 1, 2],
    "n_blank": [1, 5],
    "n_memory": [1, 3],
    "n_symbols": [1, 2, 8],
    "n_repeats": [1, 2],
    "max_lag": [1, 3],
    "n_positions": [1, 3],
    "n_lags": [None, 1, 3],
    "cv": [None, 2, 3],
    "of": ["features", "steps"],
    "method": ["predict", "predict_proba", "transform"],
    "groups": [None],
    "params": [None, {}],
    "average": ["micro", "macro", "weighted", None],
    "zero_division": [0.0, 1.0, "warn"],
    "count_unknown": [True, False, "token"],
    "return_X_y": [True, False],
    "return_keys": [True, False],
    "subset": ["all", "train", "test"],
    "transform": [None, "default", "pandas"],
    "input_features": [None],
    "deep": [True, False],
    "gradients": [True, False],
    "state": ["rnn0.h"],
    "random_state": [0, 1, None],
    "scoring": [None, score_zero, score_none, score_nan],
    "fill": [0.0, np.nan, -1],
    "encoding": ["utf-8", "latin-1", "no such"],
    "max_tokens": [None, 1, 2],
    "tokens": [None, ["a", "b"]],
    "options": [],
    "kwargs": [],
    "fit_params": [],
}
SKIPPED = {"ax", "label", "cmap", "text", "kind", "units"}  # of pictures


# -- a case ----------------------------------------------------------------------------


class Draw:
    """Everything random about a case, and a note of what was drawn."""

    def __init__(self, case):
        self.rng = np.random.default_rng(case)
        self.notes = []

    def one(self, options):
        return options[int(self.rng.integers(len(options)))]

    def chance(self, p):
        return self.rng.random() < p

    def note(self, text):
        self.notes.append(text)


def short(value, width=80):
    """A value in few characters."""
    if isinstance(value, np.ndarray):
        value = f"{value.dtype}{value.shape} {value.ravel()[:4].tolist()}"
    try:
        text = repr(value) if not isinstance(value, str) else value
    except Exception as error:
        text = f"<{type(value).__name__}, repr fails: {error}>"
    return text if len(text) <= width else text[:width] + "..."


def table_value(draw, name, expected, bad):
    """A value of a parameter that its table allows, or one that it does not."""

    def allowed(value):
        try:
            return any(kind.holds(value) for kind in expected)
        except Exception:
            return False

    if not bad and name in VALID:
        return draw.one(VALID[name])
    named = re.findall(r"'([^'\s]+)'", " ".join(e.what for e in expected))
    pool = POOL + named + CALLABLES.get(name, [])
    if name == "random_state":
        pool = [*pool, np.random.RandomState(0)]
    if not bad and name in CALLABLES and draw.chance(0.5):
        return draw.one(CALLABLES[name])
    options = [value for value in pool if allowed(value) != bad]
    return draw.one(options) if options else None


def own_parameters(draw, cls, base, p_bad):
    """Some constructor arguments, beside those of ``base``."""
    table = getattr(cls, "_parameters", {})
    chosen = {name: value for name, value in base.items() if name in table}
    names = [n for n in table if n not in ("random_state", *base)]
    for name in names:
        if draw.chance(1.5 / len(names)):
            value = table_value(draw, name, table[name].expected, bad=False)
            chosen[name] = value
            draw.note(f"{name}={short(value)}")
    if draw.chance(p_bad):
        name = draw.one(list(table))
        value = table_value(draw, name, table[name].expected, bad=draw.chance(0.7))
        chosen[name] = value
        draw.note(f"{name}={short(value)} (odd)")
    return chosen


# -- numbers, labels, texts ------------------------------------------------------------


def numbers(draw, shape):
    """Finite numbers of some size and type."""
    x = draw.rng.standard_normal(shape)
    kind = draw.one(
        ["normal"] * 8
        + ["zero", "constant", "int", "bool", "float32", "float16"]
        + ["huge", "tiny", "offset", "uint8", "big int", "object", "spike"]
    )
    if kind != "normal":
        draw.note(f"numbers: {kind}")
    if kind == "zero":
        return np.zeros(shape)
    if kind == "constant":
        return np.full(shape, 3.7)
    if kind == "int":
        return (x * 10).astype(int)
    if kind == "uint8":
        return np.abs(x * 10).astype(np.uint8)
    if kind == "bool":
        return x > 0
    if kind in ("float32", "float16"):
        return x.astype(kind)
    if kind == "huge":
        return x * 10.0 ** draw.one([30, 150, 300])
    if kind == "tiny":
        return x * 10.0 ** -draw.one([30, 150, 300])
    if kind == "offset":
        return x + 1e6
    if kind == "big int":
        return np.full(shape, 2**60) + (x * 10).astype(int)
    if kind == "spike":
        x.flat[0] = 1e12
    if kind == "object":
        makers = [float, lambda v: Fraction(float(v)), lambda v: Decimal(float(v))]
        make = draw.one([*makers, lambda v: 2**70 + int(v)])
        flat = [make(v) for v in x.flat]
        x = np.empty(len(flat), dtype=object)
        x[:] = flat
        return x.reshape(shape)
    return x


def labels(draw, n):
    """One label each."""
    kind = draw.one(
        ["str", "int"] * 4
        + ["bool", "float", "one", "many", "rows", "big", "negative", "object", "rare"]
    )
    if kind not in ("str", "int"):
        draw.note(f"labels: {kind}")
    k = draw.rng.integers(0, 3, n)
    k[: min(n, 3)] = np.arange(min(n, 3))
    return {
        "str": lambda: np.array(["a", "b", "c"])[k],
        "int": lambda: k,
        "bool": lambda: k > 0,
        "float": lambda: k.astype(float),
        "one": lambda: np.zeros(n, int),
        "many": lambda: np.arange(n),
        "rows": lambda: (draw.rng.random((n, 3)) > 0.5).astype(int),
        "big": lambda: k + 2**62,
        "negative": lambda: k - 1,
        "object": lambda: np.array(["a", "b", "c"], dtype=object)[k],
        "rare": lambda: np.where(np.arange(n) == n - 1, "z", "a"),
    }[kind]()


WORDS = ["a", "b", "the", "Cat", "é", "e\u0301", "ß", "日本", "\U0001f600", "x1", "."]


def text(draw, words=None):
    n = int(draw.rng.integers(1, 6))
    return " ".join(draw.one(words or WORDS[: draw.one([2, 4, 11])]) for _ in range(n))


# fmt: off
# In place of all of an argument.
WHOLE = [
    None, [], (), "", "a b", b"a", 0, 1.5, np.nan, {}, object(), set(), np.array(1.0),
    np.zeros(0), np.zeros((0, 2)), np.zeros((2, 0)), np.zeros((2, 3, 1, 1)),
    np.array([["a", "b"]]), np.ones(3), 2**70, [None], [[]], [[[]]], "x" * 3000,
    sparse.csr_array(np.eye(2)), np.ma.masked_all((2, 2)), 1j, True,
]
# In place of one entry.
ODD = [
    None, np.nan, np.inf, "", "a", b"a", 0, -1, 2**70, 1j, [], [[]], {}, {"a": 1},
    np.array([]), np.zeros((0, 2)), np.zeros((2, 3, 2)), np.array([[np.nan]]),
    np.array(["a"]), np.datetime64("2020-01-01"), object(), [1, [2]], [None], [""],
    np.ma.masked_array([[1.0]], [[True]]), sparse.csr_array((2, 2)), "x" * 3000,
    "\ud800", "\0", "\ufeffa",
]
# Of a RaggedArray.
KEYS = [
    0, -1, slice(None), slice(5, 2, -1), [0], [], [True], np.array([-1]), 1.0, None,
    "a", (0, 0), 2**70, [0.5], np.array([0], np.uint8), ..., [[0]],
]
# In place of a label for partial_fit.
CLASSES = [None, [], ["zz"], 3, "ab", [None, "a"], [np.nan], [[0, 1]]]
# fmt: on


def spoil(draw, items):
    """A list with one entry that should not be there."""
    items = list(items)
    place = int(draw.rng.integers(0, len(items) + 1))
    value = draw.one(ODD)
    draw.note(f"entry {place} is {short(value, 40)}")
    if place == len(items) or draw.chance(0.2):
        items.insert(place, value)
    else:
        items[place] = value
    return items


def stain(draw, items):
    """Sequences of which one number is not finite, or is of another size."""
    items = [np.array(x, dtype=float, copy=True) for x in items]
    i = int(draw.rng.integers(len(items)))
    value = draw.one([np.nan, np.inf, -np.inf, 1e300, 1e-300, -1e308])
    if items[i].size:
        items[i].flat[int(draw.rng.integers(items[i].size))] = value
    draw.note(f"one number of [{i}] is {value}")
    return items


# fmt: off
CONTAINERS = [
    "tuple", "object array", "array", "ragged", "pandas", "polars", "pyarrow",
    "frame", "nested",
]
# fmt: on
ODD_CONTAINERS = ["generator", "set", "dict", "index", "strings", "column"]


def as_container(draw, items, kinds):
    """A list of entries in another container."""
    kind = draw.one(kinds)
    draw.note(f"container: {kind}")
    try:
        if kind == "tuple":
            return tuple(items)
        if kind == "object array":
            found = np.empty(len(items), dtype=object)
            found[:] = items
            return found
        if kind == "array":
            return np.array(items)
        if kind == "ragged":
            return RaggedArray.from_sequences(items)
        if kind in ("pandas", "frame", "index"):
            import pandas as pd

            column = pd.Series(items, index=range(7, 7 + len(items)))
            if kind == "index":
                return pd.Index(items)
            return column if kind == "pandas" else column.to_frame("x")
        nested = [x.tolist() if hasattr(x, "tolist") else x for x in items]
        if kind == "nested":
            return nested
        if kind == "polars":
            import polars as pl

            return pl.Series(nested)
        if kind == "pyarrow":
            import pyarrow as pa

            return pa.array(nested)
        if kind == "generator":
            return (item for item in items)
        if kind == "set":
            return set(nested)
        if kind == "dict":
            return dict(enumerate(items))
        if kind == "strings":
            return np.array(nested, dtype=np.dtypes.StringDType())
        return np.array(items).reshape(-1, 1)
    except Exception:  # the library of the container does not take them
        return items


# -- what estimators are given ---------------------------------------------------------


class World:
    """Data of one form, from which fit, predict and score are fed.

    Parameters
    ----------
    draw : Draw
    form : str
        "sequences", "texts", "pairs", "tags", "vectors"; of X and y.
    """

    def __init__(self, draw, X_form, y_form):
        self.draw, self.X_form, self.y_form = draw, X_form, y_form
        self.width = int(draw.rng.integers(1, 4))
        self.steps = draw.one(["dense"] * 5 + ["ids", "flat", "sparse", "equal"])
        self.words = draw.one([None, None, ["a", "b"], ["ab", "ba"]])
        self.texts = draw.one(["strings"] * 3 + ["tokens", "integers"])
        self.base = {}
        if X_form == "sequences" and self.steps == "ids":
            self.base = {"embedding_dim": 2}
        if X_form == "nothing":
            self.base = {}
        draw.note(f"{X_form} ({self.steps if X_form == 'sequences' else self.texts})")

    def lengths(self, n):
        lengths = self.draw.rng.integers(1, 8, n)
        if self.steps == "equal":
            lengths[:] = lengths[0]
        return lengths

    def X(self, lengths):
        """Valid entries, a list."""
        draw = self.draw
        if self.X_form == "texts":
            if self.texts == "integers":
                return [draw.rng.integers(0, 5, k) for k in lengths]
            texts = [text(draw, self.words) for _ in lengths]
            return texts if self.texts == "strings" else [t.split() for t in texts]
        if self.X_form == "vectors":
            return list(numbers(draw, (len(lengths), self.width)))
        if self.steps == "ids":
            return [draw.rng.integers(0, 6, k) for k in lengths]
        rows = numbers(draw, (int(lengths.sum()), self.width))
        if self.steps == "flat":
            rows = rows[:, 0]
        parts = np.split(rows, np.cumsum(lengths)[:-1])
        if self.steps == "sparse" and rows.dtype in (np.float64, np.float32, int):
            return [sparse.csr_array(part) for part in parts]
        return parts

    def y(self, lengths):
        """Valid targets, a list or an array."""
        draw, n = self.draw, len(lengths)
        if self.y_form == "nothing":
            return None
        if self.y_form == "labels":
            return labels(draw, n)
        if self.y_form == "numbers":
            shape = draw.one([(n,)] * 4 + [(n, 1), (n, 2)])
            return numbers(draw, shape)
        if self.y_form == "tags":
            every = labels(draw, int(lengths.sum()))
            return np.split(every, np.cumsum(lengths)[:-1])
        if self.y_form == "steps":
            every = numbers(draw, int(lengths.sum()))
            return np.split(every, np.cumsum(lengths)[:-1])
        return [text(draw, self.words) for _ in lengths]

    def weights(self, n, lengths):
        draw = self.draw
        kind = draw.one(
            ["none"] * 8 + ["random", "some zero", "huge", "tiny", "scalar"]
        )
        if draw.chance(0.06):
            kind = draw.one(["zero", "negative", "nan", "short", "text", "big", "none"])
        if kind == "none":
            return None
        draw.note(f"sample_weight: {kind}")
        w = draw.rng.random(n)
        return {
            "random": w,
            "some zero": w * (w > 0.5),
            "huge": w * 1e300,
            "tiny": w * 1e-300,
            "scalar": 2.0,
            "zero": w * 0,
            "negative": -w,
            "nan": np.where(w > 0.5, np.nan, w),
            "short": w[:-1],
            "text": "a",
            "big": [10**400] * n,
        }[kind]

    def spoilt(self, items, p):
        """Entries in some container, with probability p spoilt."""
        draw = self.draw
        if items is None:
            return None
        if draw.chance(p):
            what = draw.one(["spoil", "stain", "container", "whole", "whole"])
            if what == "spoil":
                items = spoil(draw, items)
            elif what == "stain":
                try:
                    items = stain(draw, items)
                except Exception:
                    items = spoil(draw, items)
            elif what == "container":
                return as_container(draw, items, ODD_CONTAINERS)
            elif what == "whole":
                value = draw.one([*WHOLE, items[0], items[:1], [items]])
                draw.note(f"given: {short(value, 60)}")
                return value
        if draw.chance(0.4):
            return as_container(draw, items, CONTAINERS)
        return items


FORMS = {
    "RNNClassifier": ("sequences", "labels"),
    "RNNRegressor": ("sequences", "numbers"),
    "RNNTagger": ("sequences", "tags"),
    "RNNStepRegressor": ("sequences", "steps"),
    "RNNTranslator": ("texts", "texts"),
    "RNNGenerator": ("vectors", "texts"),
    "RNNLanguageModel": ("texts", "nothing"),
    "TokenEncoder": ("texts", "nothing"),
    "PerStep": ("sequences", "nothing"),
}


def form_of(cls):
    """Kinds of X and y: a new estimator is taken for what scikit-learn says it is."""
    if cls.__name__ in FORMS:
        return FORMS[cls.__name__]
    try:
        instance = cls()
    except TypeError:
        return "sequences", "nothing"
    if is_classifier(instance):
        return "sequences", "labels"
    return "sequences", "numbers" if is_regressor(instance) else "nothing"


class Case:
    """One case: see ``run``."""

    def __init__(self, case, names=None):
        self.case, self.draw = case, Draw(case)
        self.findings, self.calls, self.errors = [], 0, 0
        self.names = names or public_names()
        self.seen = {}  # number of calls by method

    def run(self):
        draw = self.draw
        name = draw.one(self._weighted())
        thing = self.names[name]
        if inspect.isclass(thing):
            if issubclass(thing, BaseEstimator) and hasattr(thing, "fit"):
                self.run_estimator(thing)
            elif thing is RaggedArray:
                self.run_ragged()
            elif name.startswith("cells."):
                self.run_cell()
            else:
                self.run_display(thing)
        elif name.startswith("cells."):
            self.run_cell()
        else:
            self.run_function(name, thing)
        return self

    def _weighted(self):
        often = []
        for name, thing in self.names.items():
            n = 1
            if inspect.isclass(thing):
                n = 12 if hasattr(thing, "fit") else 1
            if thing is RaggedArray:
                n = 12
            if name.startswith("metrics.") or name.startswith("inspection."):
                n = 2
            often += [name] * n
        return often

    # -- calling -----------------------------------------------------------------------

    def call(self, owner, method, function, arguments, names=(), obj=None):
        """The result of a call, and whether there is one; findings are noted.

        ``names`` are what an error may name beside the arguments.
        """
        where = f"{owner}.{method}" if owner else method
        self.calls += 1
        self.seen[where] = self.seen.get(where, 0) + 1
        state = digest(vars(obj)) if obj is not None else None
        given = {name: digest(value) for name, value in arguments.items()}
        result, failed = None, True
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                with redirect_stdout(io.StringIO()):
                    result = function(**arguments)
                    if inspect.isgenerator(result):
                        result = [token for token, _ in zip(result, range(5))]
                failed = False
            except Exception as error:
                self.errors += 1
                known = {*arguments, *names, *parameters_of(function)}
                if where.endswith("_scorer"):
                    known.add("y_pred")
                self.check_error(where, error, function, known)
            except BaseException as error:
                self.find("exception", where, f"{type(error).__name__}: {error}")
        self.check_warnings(where, caught)
        self.warned = [w for w in caught if issubclass(w.category, UserWarning)]
        for name, value in arguments.items():
            if name == "random_state":  # what draws changes
                continue
            if given[name] is not None and digest(value) != given[name]:
                self.find("silent", where, f"argument {name} has changed")
        if failed and state is not None and digest(vars(obj)) != state:
            self.find("state", where, "the object has changed")
        return result, not failed

    def find(self, kind, where, what):
        given = "; ".join(self.draw.notes)
        self.findings.append(Finding(kind, self.case, where, what[:500], given[:600]))

    def check_error(self, where, error, function, known):
        message = str(error)
        if len(message) > LONGEST:
            self.find("long", where, f"{type(error).__name__}: {message[:200]}")
        if isinstance(error, NotFittedError):
            return
        documented = documented_errors(function)
        if "path" in known and isinstance(error, OSError):
            return
        if where.endswith("_scorer") and isinstance(error, AttributeError):
            return  # of scikit-learn, for an estimator that does not predict
        allowed = isinstance(error, (ValueError, TypeError)) or any(
            kind.__name__ in documented for kind in type(error).__mro__
        )
        place = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {message[:300]} "
        what += f"({Path(place.filename).name}:{place.lineno})"
        named = any(re.search(rf"\b{re.escape(n)}\b", message) for n in known)
        if not allowed:
            self.find("exception", where, what)
        elif not named and is_ours(function):
            self.find("no argument", where, what)

    def check_warnings(self, where, caught):
        for w in caught:
            message = str(w.message)
            if len(message) > LONGEST:
                self.find("long", where, f"{w.category.__name__}: {message[:200]}")
            own = issubclass(w.category, UserWarning)
            if where.startswith("PerStep") and "sksequence" not in w.filename:
                continue  # of the user's transformer, which says it to them
            if not own or w.category.__module__.startswith("numpy"):
                place = f"{Path(w.filename).name}:{w.lineno}"
                self.find(
                    "warning", where, f"{w.category.__name__}: {message} ({place})"
                )

    # -- estimators and transformers ---------------------------------------------------

    def run_estimator(self, cls, methods=3):
        draw = self.draw
        world, obj = self.make_estimator(cls, p_bad=0.35)
        if obj is None:
            return
        known = list(obj.get_params(deep=False))
        p = draw.one([0, 0, 0.5])
        if draw.chance(0.05):  # not fitted
            self.call_method(obj, draw.one(public_methods(cls)), world, 0, known)
        first = "fit"
        if hasattr(cls, "partial_fit") and draw.chance(0.2):
            first = "partial_fit"
        if draw.chance(0.1) and hasattr(cls, "fit_transform"):
            first = "fit_transform"
        if not self.call_method(obj, first, world, p, known):
            draw.note("| anew")  # so that the other methods are called, too
            world, obj = self.make_estimator(cls, p_bad=0)
            if obj is None or not self.call_method(obj, "fit", world, 0, known):
                return
        names = [m for m in public_methods(cls) if m not in ("set_params",)]
        for _ in range(methods):
            method = draw.one(names)
            self.call_method(obj, method, world, draw.one([0, 0, 0.7]), known)

    def make_estimator(self, cls, p_bad):
        draw = self.draw
        world = World(draw, *form_of(cls))
        base = dict(
            world.base, hidden_layer_sizes=2, max_iter=1, max_length=5, random_state=0
        )
        if cls is PerStep:
            # fmt: off
            transformers = [
                StandardScaler(), MinMaxScaler(), SimpleImputer(), OneHotEncoder(),
                DictVectorizer(), ColumnTransformer([("a", StandardScaler(), [0])]),
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                "passthrough", None, StandardScaler,
            ]
            # fmt: on
            weights = [0] * 8 + list(range(len(transformers)))
            chosen = transformers[draw.one(weights)]
            draw.note(f"PerStep({short(chosen, 40)})")
            return world, PerStep(chosen)
        parameters = own_parameters(draw, cls, base, p_bad)
        if "encoder" in parameters or "source_encoder" in parameters:
            parameters.pop("encoder", None)
        if (
            world.X_form == "texts"
            and draw.chance(0.3)
            and "analyzer" in cls._parameters
        ):
            parameters["analyzer"] = "char"
        draw.note(cls.__name__)
        obj, made = self.call(cls.__name__, "__init__", cls, parameters)
        return world, obj if made else None

    def arguments_of(self, function, world, lengths, p, obj=None):
        """Arguments of a method by their names."""
        draw, n = self.draw, len(lengths)
        found, table = {}, getattr(type(obj), "_parameters", {})
        signature = inspect.signature(function).parameters
        X = y = None
        for name, parameter in signature.items():
            if name == "self" or name in SKIPPED:
                continue
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            optional = parameter.default is not parameter.empty
            if name in ("X", "X_val", "texts", "sequences"):
                if name == "X_val" and draw.chance(0.8):
                    continue
                X = world.X(lengths)
                self.valid_X = X if name == "X" else self.valid_X
                self.n_valid = n
                value = world.spoilt(X, p)
                self.X_is_valid = value is X
            elif name in ("y", "y_val", "y_true"):
                if name == "y_val" and "X_val" not in found and draw.chance(0.98):
                    continue
                y = world.y(lengths)
                value = world.spoilt(y, p) if y is not None else None
                if value is None and not optional and y is None:
                    value = None
            elif name == "sample_weight":
                value = world.weights(n, lengths)
            elif name == "classes":
                value = self.classes(y)
            elif name == "prefix":
                value = draw.one([None, None, "a", "b a", ["a"], [0], "", "zz", 3, 1.5])
            elif name == "tokens" and function.__name__ == "step":
                value = draw.one(
                    [["a"], ["b"], [0], ["zz"], [], "a", None, np.array([1])]
                )
            elif name == "state" and function.__name__ == "step":
                try:
                    value = obj.initial_state(1)
                except Exception:
                    value = {}
                if draw.chance(0.2):
                    value = draw.one([{}, None, 1, {"rnn0": ()}, []])
            elif name == "vectors":
                value = draw.one(VECTORS)
            elif name == "values":
                value = numbers(draw, int(lengths.sum()))
            elif optional and draw.chance(0.6):
                continue
            elif draw.chance(0.1 + p / 4):
                value = draw.one(POOL)
                if name in VALID and isinstance(value, int) and value > 10:
                    value = -1
            elif name in VALID:
                value = draw.one(VALID[name])
            elif name in table:
                value = table_value(draw, name, table[name].expected, bad=False)
            elif ARGUMENTS.get(name):
                value = draw.one(ARGUMENTS[name])
            elif optional:
                continue
            else:
                value = draw.one(POOL)
            if name in ("n", "n_samples", "n_steps") and isinstance(
                value, (int, float)
            ):
                value = value if not value > 1000 else 5
            if name not in ("X", "y", "X_val", "y_val", "sample_weight"):
                draw.note(f"{name}={short(value)}")
            found[name] = value
        return found

    def classes(self, y):
        draw = self.draw
        try:
            flat = np.concatenate(y) if self.draw and isinstance(y, list) else y
            values = np.unique(flat)
        except Exception:
            values = np.array(["a", "b"])
        return draw.one([values] * 3 + [values.tolist(), values[:1], *CLASSES])

    def call_method(self, obj, method, world, p, known):
        """One method of an object, and the laws; whether it succeeded."""
        draw = self.draw
        function = getattr(obj, method, None)
        if function is None:
            return False
        owner = type(obj).__name__
        n = (
            draw.one([1, 2, 5, 12])
            if not method.endswith("fit")
            else draw.one([2, 8, 12, 20])
        )
        lengths = world.lengths(n)
        draw.note(f"| {method}")
        self.valid_X, self.X_is_valid = None, False
        if method == "inverse_transform":
            arguments = self.to_invert(obj, world, lengths)
        elif method == "get_params":
            arguments = {"deep": True}
        elif method == "set_params":
            return True
        else:
            arguments = self.arguments_of(function, world, lengths, p, obj)
        changing = method in (
            "fit",
            "partial_fit",
            "fit_transform",
            "set_output",
            "set_params",
        )
        before = digest(vars(obj))
        result, done = self.call(owner, method, function, arguments, known, obj)
        if not done:
            return False
        warned = bool(self.warned)
        if not changing:
            if digest(vars(obj)) != before:
                self.find("silent", f"{owner}.{method}", "the object has changed")
            self.laws(obj, owner, method, function, arguments, result, warned)
        elif method != "set_output":
            self.fit_laws(obj, owner, method, world, warned)
        return True

    def to_invert(self, obj, world, lengths):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                X = obj.transform(world.X(lengths))
        except Exception:
            X = [[0, 1]]
        return {"X": world.spoilt(list(X), 0.3)}

    # -- laws --------------------------------------------------------------------------

    def fit_laws(self, obj, owner, method, world, warned):
        """What holds after training."""
        where = f"{owner}.{method}"
        theta = getattr(obj, "theta_", None)
        if theta is not None and not np.isfinite(theta).all():
            self.find("silent", where, "theta_ is not finite")
        if not hasattr(obj, "loss_"):
            return
        if not np.isfinite(obj.loss_) and not warned:
            self.find("silent", where, f"loss_ is {obj.loss_}")
        if self.valid_X is None or not self.X_is_valid:
            return
        for name in ("predict_proba", "predict"):  # of what it was trained on
            function = getattr(obj, name, None)
            if function is None or (name == "predict" and world.y_form == "texts"):
                continue
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    found = function(self.valid_X)
                except Exception as error:
                    self.find(
                        "silent",
                        where,
                        f"{name} of the training data: {type(error).__name__}: {error}",
                    )
                    continue
            if not finite(found) and not (warned or caught):
                self.find("silent", where, f"{name} of the training data is not finite")

    def laws(self, obj, owner, method, function, arguments, result, warned):
        """What holds after a call that changes nothing."""
        where = f"{owner}.{method}"
        X = arguments.get("X")
        if method in ("get_params", "initial_state", "get_feature_names_out"):
            return
        if isinstance(X, (list, tuple, np.ndarray, RaggedArray)) and method not in (
            "score",
            "perplexity",
            "bits_per_character",
            "sample",
        ):
            lines = getattr(obj, "contiguous", False)
            if hasattr(result, "__len__") and not lines and len(result) != len(X):
                self.find(
                    "silent", where, f"{len(result)} results for {len(X)} entries"
                )
        if not finite(result) and not warned and owner != "PerStep":
            given = [np.nan, np.inf]
            if result == -np.inf if isinstance(result, float) else False:
                pass  # R2 of what is further away than floats reach
            elif method not in ("perplexity", "inverse_transform") and not any(
                v in given for v in arguments.values() if isinstance(v, float)
            ):
                self.find("silent", where, f"not finite: {short(result)}")
        if method == "predict_proba" and owner != "RNNLanguageModel":
            self.check_probabilities(obj, where, result, warned)
        again = (
            not arguments
            or "random_state" not in inspect.signature(function).parameters
        )
        again = again or isinstance(arguments.get("random_state"), int)
        generator = any(hasattr(value, "__next__") for value in arguments.values())
        if again and not generator:
            self.check_again(where, function, arguments, result)
        if (
            owner not in ("RaggedArray",)
            and again
            and not generator
            and self.draw.chance(0.2)
        ):
            self.check_pickle(obj, where, method, arguments, result)
        if self.X_is_valid and self.valid_X and len(self.valid_X) > 1 and not warned:
            self.check_alone(obj, where, method, function, arguments, result)

    def check_probabilities(self, obj, where, result, warned):
        if warned or getattr(obj, "_multilabel", False):
            return
        rows = result.values if isinstance(result, RaggedArray) else result
        try:
            if rows.dtype == object:
                rows = np.concatenate(list(rows))
            if len(rows) and not np.allclose(rows.sum(axis=1), 1, atol=1e-4):
                self.find("silent", where, "probabilities do not sum to one")
        except Exception as error:
            self.find("silent", where, f"odd probabilities: {error}")

    def check_again(self, where, function, arguments, result):
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                again = function(**arguments)
                if inspect.isgenerator(again):
                    again = [token for token, _ in zip(again, range(5))]
            except Exception as error:
                self.find("silent", where, f"fails the second time: {error}")
                return
        if digest(again) != digest(result):
            self.find("silent", where, "another result the second time")

    def check_pickle(self, obj, where, method, arguments, result):
        try:
            with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                copy = pickle.loads(pickle.dumps(obj))
                again = getattr(copy, method)(**arguments)
                if inspect.isgenerator(again):
                    again = [token for token, _ in zip(again, range(5))]
        except Exception as error:
            if "pickle" not in str(error):  # what the user has passed
                self.find("silent", where, f"fails after pickling: {error}")
            return
        if digest(again) != digest(result):
            self.find("silent", where, "another result after pickling")

    def check_alone(self, obj, where, method, function, arguments, result):
        """One sequence alone gives what it gives among others, up to rounding."""
        alike = ("predict_proba", "predict_log_proba", "decision_function", "transform")
        if method not in (*alike, "score_samples", "log_likelihoods"):
            return
        if getattr(obj, "contiguous", False):
            return  # one text after the other
        if where.startswith("PerStep"):
            return
        i = int(self.draw.rng.integers(len(self.valid_X)))
        one = {
            name: value[i : i + 1]
            if name in ("X", "y") and value is not None
            else value
            for name, value in arguments.items()
        }
        if isinstance(arguments.get("y", []), (list, np.ndarray)) is False:
            return
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                alone = function(**one)
        except Exception as error:
            self.find("silent", where, f"fails for one alone: {error}")
            return
        if caught or hasattr(alone, "columns"):
            return
        a, b = np.asarray(alone[0]), np.asarray(result[i])
        if a.dtype.kind != "f":  # or the index of a column of a frame
            return
        scale = 1e-4 * (1 + np.abs(b).max(initial=0))
        if a.shape != b.shape or not np.allclose(a, b, rtol=2e-3, atol=scale):
            self.find("silent", where, f"alone {short(a)}, among others {short(b)}")

    # -- RaggedArray -------------------------------------------------------------------

    def run_ragged(self):
        draw = self.draw
        world = World(draw, "sequences", "nothing")
        lengths = world.lengths(draw.one([1, 2, 5]))
        p = draw.one([0, 0, 0.7])
        kind = draw.one(["sequences", "concatenated", "padded", "frame", "init"])
        known = ["lengths", "values", "frame"]
        parts = world.X(lengths)
        if kind == "sequences":
            made = self.call(
                "RaggedArray",
                "from_sequences",
                RaggedArray.from_sequences,
                {"sequences": world.spoilt(parts, p)},
            )
        elif kind == "padded":
            padded = numbers(draw, (len(lengths), int(lengths.max()), world.width))
            if draw.chance(p):
                padded = world.spoilt(list(padded), 1)
            given = draw.one([lengths, None, lengths + 1, lengths - 1, [1], 2.5, "a"])
            draw.note(f"lengths={short(given)}")
            made = self.call(
                "RaggedArray",
                "from_padded",
                RaggedArray.from_padded,
                {"padded": padded, "lengths": given},
            )
        elif kind == "frame":
            made = self.from_frame(lengths)
        else:
            values = numbers(draw, (int(lengths.sum()), world.width))
            if draw.chance(p):
                values = world.spoilt(list(values), 1)
            ends = lengths if kind == "concatenated" else np.append(0, lengths.cumsum())
            ends = draw.one(
                [ends] * 4
                + [ends[:-1], -ends, ends + 0.5, ends.astype(float), None, "a", [2**70]]
            )
            draw.note(f"{kind}: {short(ends)}")
            if kind == "concatenated":
                made = self.call(
                    "RaggedArray",
                    "from_concatenated",
                    RaggedArray.from_concatenated,
                    {"values": values, "lengths": ends},
                )
            else:
                made = self.call(
                    "RaggedArray",
                    "__init__",
                    RaggedArray,
                    {"values": values, "offsets": ends},
                )
        X, done = made
        if not done:
            return
        if isinstance(X, tuple):
            X = X[0]
        for _ in range(3):
            self.ragged_method(X, world, known)

    def ragged_method(self, X, world, known):
        draw = self.draw
        methods = [m for m in public_methods(RaggedArray) if not m.startswith("from_")]
        method = draw.one(
            [*methods, "__getitem__", "__repr__", "__array__", "__iter__"]
        )
        function = getattr(X, method)
        if method == "__getitem__":
            n = len(X)
            key = draw.one([n, [True] * n, np.arange(n), np.ones(n, bool), *KEYS])
            draw.note(f"[{short(key)}]")
            try:
                X[key]
            except (IndexError, TypeError, ValueError) as error:
                if len(str(error)) > LONGEST:
                    self.find("long", "RaggedArray[...]", str(error)[:200])
            except Exception as error:
                self.find(
                    "exception", "RaggedArray[...]", f"{type(error).__name__}: {error}"
                )
            return
        if method == "__iter__":
            if [
                len(x) if not sparse.issparse(x) else x.shape[0] for x in X
            ] != X.lengths.tolist():
                self.find("silent", "RaggedArray.__iter__", "other lengths")
            return
        arguments = {}
        if not method.startswith("__"):
            arguments = self.arguments_of(function, world, X.lengths, 0.3, X)
        result, done = self.call("RaggedArray", method, function, arguments, known)
        if done and method == "to_list" and len(result) != len(X):
            self.find("silent", "RaggedArray.to_list", "another number of sequences")
        if done and method == "to_concatenated":
            _, lengths = result
            if not np.array_equal(lengths, X.lengths):
                self.find("silent", "RaggedArray.to_concatenated", "other lengths")

    def from_frame(self, lengths):
        draw = self.draw
        import pandas as pd
        import polars as pl

        n = int(lengths.sum())
        ids = np.repeat(np.arange(len(lengths)), lengths)
        data = {"id": ids, "t": np.arange(n), "v": numbers(draw, n), "w": np.ones(n)}
        if draw.chance(0.2):
            data["id"] = np.where(np.arange(n) == 0, np.nan, ids)
        if draw.chance(0.2):
            data["s"] = np.array(["a"] * n)
        kind = draw.one(["pandas", "polars", "dict", "pyarrow", "odd"])
        draw.note(f"frame: {kind}")
        try:
            frame = {
                "pandas": lambda: pd.DataFrame(data),
                "polars": lambda: pl.DataFrame(data),
                "pyarrow": lambda: importlib.import_module("pyarrow").table(data),
                "dict": lambda: data,
                "odd": lambda: draw.one(
                    [None, [], {}, 3, "a", np.ones((2, 2)), [data]]
                ),
            }[kind]()
        except Exception:
            frame = data
        arguments = {
            "frame": frame,
            "by": draw.one(["id", "id", "id", ["id"], "zz", None, 0, [], "t"]),
        }
        if draw.chance(0.5):
            arguments["order_by"] = draw.one(["t", ["t"], "zz", None, 3, "v"])
        if draw.chance(0.5):
            arguments["columns"] = draw.one(["v", ["v"], ["v", "w"], [], "zz", 3, None])
        if draw.chance(0.3):
            arguments["return_keys"] = True
        draw.note(short({k: v for k, v in arguments.items() if k != "frame"}))
        return self.call(
            "RaggedArray", "from_frame", RaggedArray.from_frame, arguments, ["column"]
        )

    # -- cells -------------------------------------------------------------------------

    def run_cell(self):
        """A batch through a cell is the same sequences through it step by step."""
        from sksequence import cells

        draw = self.draw
        cell = draw.one(list(cells.CELLS.values()))
        world = World(draw, "sequences", "labels")
        lengths = world.lengths(draw.one([1, 3]))
        X = RaggedArray.from_sequences(
            [draw.rng.standard_normal((k, 2)) for k in lengths]
        )
        from sksequence import RNNClassifier

        clf, done = self.call(
            "cells",
            type(cell).__name__,
            RNNClassifier,
            {"hidden_layer_sizes": 2, "cell": cell, "max_iter": 1, "random_state": 0},
        )
        y = np.arange(len(X)) % 2
        y = y if len(X) > 1 else ["a"]
        _, done = self.call("cells", "fit", clf.fit, {"X": X, "y": y}, ["cell"])
        if done and not finite(clf.predict_proba(X)):
            self.find("silent", "cells", "not finite")
        options = {name: draw.one(POOL) for name in cell.get_params()}
        draw.note(short(options))
        odd, done = self.call("cells", type(cell).__name__, type(cell), options)
        if done:
            clf.set_params(cell=odd)
            self.call("cells", "fit", clf.fit, {"X": X, "y": y}, ["cell", *options])

    # -- functions, displays -----------------------------------------------------------

    def fitted(self, classes=None):
        """Any fitted estimator with its world; None if it did not train."""
        classes = classes or [
            thing
            for name, thing in self.names.items()
            if inspect.isclass(thing) and hasattr(thing, "predict")
        ]
        cls = self.draw.one(classes)
        world, obj = self.make_estimator(cls, p_bad=0)
        if obj is None:
            return world, None
        lengths = world.lengths(8)
        X, y = world.X(lengths), world.y(lengths)
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                obj.fit(X, y) if y is not None else obj.fit(X)
            except Exception:
                return world, None
        return world, obj

    def run_function(self, name, function):
        draw = self.draw
        short_name = name.split(".")[-1]
        p = draw.one([0, 0, 0.7])
        signature = inspect.signature(function).parameters
        if short_name.startswith("load_") and not draw.chance(0.05):
            return self.run_estimator(draw.one(self.estimators()))
        arguments, known = {}, []
        if {"estimator", "model"} & set(signature):
            return self.run_with_estimator(name, function, p)
        if {"y_true", "y_pred"} <= set(signature):
            return self.run_metric(name, function, p)
        world = World(draw, "sequences", "tags")
        lengths = world.lengths(draw.one([1, 3, 6]))
        if "labels" in signature:
            tags = self.tags(lengths)[0]
            arguments["labels"] = world.spoilt(tags, p)
        elif "path" in signature:
            arguments = self.vector_file()
        else:
            arguments = self.arguments_of(function, world, lengths, p)
        result, done = self.call("", name, function, arguments, known)
        if done and isinstance(arguments.get("random_state"), int):
            self.check_again(name, function, arguments, result)
        if done and not finite(result):
            self.find("silent", name, f"not finite: {short(result)}")

    def estimators(self):
        return [
            thing
            for thing in self.names.values()
            if inspect.isclass(thing) and hasattr(thing, "predict")
        ]

    def tags(self, lengths):
        draw = self.draw
        scheme = draw.one(
            [["O", "B-P", "I-P", "B-L"], ["O", "S-P", "B-P", "E-P"], [0, 1]]
        )
        return [[draw.one(scheme) for _ in range(k)] for k in lengths]

    def run_metric(self, name, function, p):
        draw = self.draw
        world = World(draw, "texts", "texts")
        lengths = world.lengths(draw.one([1, 3, 6]))
        texts = "bleu" in name or "exact" in name or "token_error" in name
        y = world.X(lengths) if texts else self.tags(lengths)
        other = world.X(lengths) if texts else self.tags(lengths)
        if draw.chance(0.3):
            other = y
            draw.note("y_pred is y_true")
        arguments = {"y_true": world.spoilt(y, p), "y_pred": world.spoilt(other, p)}
        extra = self.arguments_of(function, world, lengths, p)
        for key, value in extra.items():
            if key not in arguments:
                arguments[key] = value
        result, done = self.call("", name, function, arguments)
        if done and isinstance(result, float):
            if not np.isfinite(result) and not self.warned:
                zero = arguments.get("zero_division")
                if not (isinstance(zero, float) and np.isnan(zero)):
                    self.find("silent", name, f"{result}")
            most = np.inf if "error" in name else 100 if "bleu" in name else 1
            zero = arguments.get("zero_division", 0)
            if not -1e-9 <= result <= most + 1e-9 and zero in (0, 1, "warn"):
                self.find("silent", name, f"{result} is out of range")
        if done and not any(hasattr(v, "__next__") for v in arguments.values()):
            self.check_again(name, function, arguments, result)

    def run_with_estimator(self, name, function, p):
        draw = self.draw
        signature = inspect.signature(function).parameters
        which = "estimator" if "estimator" in signature else "model"
        world, obj = self.fitted()
        if obj is None:
            return
        lengths = world.lengths(draw.one([2, 6, 9]))
        arguments = {which: obj}
        if draw.chance(0.05):
            arguments[which] = draw.one([None, 3, "a", StandardScaler(), type(obj)()])
        if "x" in signature:  # one sequence
            arguments["x"] = world.spoilt(world.X(lengths), p / 2)
            if isinstance(arguments["x"], (list, tuple, np.ndarray)):
                arguments["x"] = arguments["x"][0] if len(arguments["x"]) else None
        rest = self.arguments_of(function, world, lengths, p, obj)
        arguments.update({k: v for k, v in rest.items() if k not in arguments})
        if "cv" in signature:
            arguments.setdefault("cv", 2)
        self.call("", name, function, arguments, list(obj.get_params(deep=False)), obj)

    def vector_file(self):
        draw = self.draw
        lines = draw.one(FILES)
        path = Path(tempfile.gettempdir()) / "sksequence-fuzz.txt"
        path = path.with_name(f"{path.stem}-{self.case}{path.suffix}")
        path.write_text(lines, encoding="utf-8")
        self.draw.note(short(lines))
        given = draw.one(
            [path, str(path), str(path), "no such file", None, 3, b"a", ""]
        )
        arguments = {"path": given}
        for name in ("tokens", "max_tokens", "encoding"):
            if draw.chance(0.3):
                arguments[name] = draw.one(ARGUMENTS[name] + [3.5, "a", -1])
        draw.note(short(arguments))
        self.files = path
        return arguments

    def run_display(self, cls):
        """What pictures are made of; the pictures themselves take too long."""
        draw = self.draw
        if cls.__name__ != "SequenceTrace":
            return self.run_estimator(draw.one(self.estimators()))
        world, obj = self.fitted()
        if obj is None:
            return
        from sksequence.inspection import trace

        x = world.X(world.lengths(1))[0]
        found, done = self.call(
            "", "inspection.trace", trace, {"estimator": obj, "x": x}
        )
        if not done:
            return
        key = draw.one([*found, "zz", "", None, 3])
        draw.note(f"name={short(key)}")
        for method in ("find", "other_names"):
            self.call("SequenceTrace", method, getattr(found, method), {"name": key})
        for name in found:
            if not finite(found[name]):
                self.find("silent", "SequenceTrace", f"{name} is not finite")

    def clean(self):
        """Remove what was written."""
        if hasattr(self, "files"):
            self.files.unlink(missing_ok=True)


# -- helpers ---------------------------------------------------------------------------


def parameters_of(function):
    try:
        return [n for n in inspect.signature(function).parameters if n != "self"]
    except (TypeError, ValueError):
        return []


def is_ours(function):
    """Whether a method is not scikit-learn's, as is ``set_output`` of most."""
    return not getattr(function, "__module__", "").startswith("sklearn.")


def documented_errors(function):
    """What the docstring of a function lists under Raises."""
    doc = inspect.getdoc(function) or ""
    _, _, raises = doc.partition("Raises\n------\n")
    return re.findall(r"^(\w+(?:, \w+)*)$", raises, re.MULTILINE)


def digest(value):
    """What tells whether a value has changed; None if that cannot be told."""
    if hasattr(value, "__next__"):
        return None
    try:
        return joblib.hash(value)
    except Exception:
        return None


def finite(value):
    """Whether all the numbers of a result are finite."""
    if value is None or isinstance(value, (str, bytes)):
        return True
    if isinstance(value, RaggedArray):
        return finite(value.values)
    if sparse.issparse(value):
        return finite(value.data)
    if isinstance(value, (float, np.floating)):
        return bool(np.isfinite(value))
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return all(finite(item) for item in value.flat)
        return value.dtype.kind not in "fc" or bool(np.isfinite(value).all())
    if isinstance(value, dict):
        return all(finite(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(finite(item) for item in value)
    return True


def run_case(case):
    """One case, run."""
    found = Case(case)
    try:
        found.run()
    finally:
        found.clean()
    return found


def run_cases(cases):
    """(findings, number of calls by method, number of errors) of some cases."""
    findings, seen, errors = [], {}, 0
    for case in cases:
        found = run_case(case)
        findings += found.findings
        errors += found.errors
        for name, n in found.seen.items():
            seen[name] = seen.get(name, 0) + n
    return findings, seen, errors


__all__ = ["ConvergenceWarning", "Finding", "TokenEncoder", "run_case", "run_cases"]
