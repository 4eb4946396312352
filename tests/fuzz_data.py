"""What generated calls are given: see ``fuzzing.py``.

Everything is drawn by a ``Draw``, which notes what is out of the ordinary. Values of
parameters come from their tables, those of other arguments from their names.
"""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy import sparse
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags

from sksequence import RaggedArray

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


def letters(token):
    return list(token)


CALLABLES = {
    "learning_rate": [rate_one, rate_none, rate_nan, rate_negative, rate_text],
    "scoring": [score_zero, score_none, score_nan],
    "analyzer": [split, analyze_none, analyze_numbers],
    "extra": [letters, str.upper, analyze_none, analyze_numbers],
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
    "# a\na\tB-P\n\n-DOCSTART-\nb\tO\n", "1-2\ta" + 8 * "\t_" + "\n",
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
    "target": [0, 1, "a", [0, 1]],
    "step": [0, -1, 1],
    "baseline": [0, 0.5, "a"],
    "n_points": [1, 4],
    "tol": [0.01, 1.0, np.inf],
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
    "fill": [0.0, np.nan, -1, 300, "a"],
    "encoding": ["utf-8", "latin-1", "no such"],
    "max_tokens": [None, 1, 2],
    "tokens": [None, ["a", "b"]],
    "tags": [None, 0, 1, "a"],
    "comment": [None, "a", "#"],
    "from_scheme": ["iob1", "bio", "bioes", "bilou"],
    "to_scheme": ["iob1", "bio", "bioes", "bilou"],
    "options": [],
    "kwargs": [],
    "fit_params": [],
}
SKIPPED = {"ax", "label", "cmap", "text", "kind", "units"}  # of pictures


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


LABELS = ["str", "int"] * 4 + ["bool", "float", "one", "many", "rows", "big"]
LABELS += ["negative", "object", "rare"] + ["spans"] * 3


def labels(draw, n, kind):
    """One label each."""
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
        "spans": lambda: np.array(["O", "B-P", "I-P"])[k],
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
        "sequences", "texts", "pairs", "tags", "vectors", "indices"; of X and y.
    """

    def __init__(self, draw, X_form, y_form):
        self.draw, self.X_form, self.y_form = draw, X_form, y_form
        self.width = int(draw.rng.integers(1, 4))
        self.steps = draw.one(["dense"] * 5 + ["ids", "flat", "sparse", "equal"])
        self.words = draw.one([None, None, ["a", "b"], ["ab", "ba"]])
        self.texts = draw.one(["strings"] * 3 + ["tokens", "integers"])
        self.labels = draw.one(LABELS)
        self.base = {}
        if X_form == "sequences" and self.steps == "ids":
            self.base = {"embedding_dim": 2}
        draw.note(f"{X_form} ({self.steps if X_form == 'sequences' else self.texts})")

    def lengths(self, n):
        lengths = self.draw.rng.integers(1, 8, n)
        if self.steps == "equal":
            lengths[:] = lengths[0]
        return lengths

    def X(self, lengths):
        """Valid entries, a list."""
        draw = self.draw
        if self.X_form == "indices":
            return [draw.rng.integers(0, 20, 1) for _ in lengths]
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
        if draw.chance(0.2):
            self.labels = draw.one(LABELS)
        if self.y_form == "labels":
            return labels(draw, n, self.labels)
        if self.y_form == "numbers":
            shape = draw.one([(n,)] * 4 + [(n, 1), (n, 2)])
            return numbers(draw, shape)
        if self.y_form == "tags":
            every = labels(draw, int(lengths.sum()), self.labels)
            return np.split(every, np.cumsum(lengths)[:-1])
        if self.y_form == "steps":
            every = numbers(draw, int(lengths.sum()))
            return np.split(every, np.cumsum(lengths)[:-1])
        texts = [text(draw, self.words) for _ in lengths]
        return [t.split() for t in texts] if draw.chance(0.3) else texts

    def weights(self, n):
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
    "PerStep": ("sequences", "nothing"),
    "ByIndex": ("indices", "nothing"),
}


def form_of(cls):
    """Kinds of X and y: a new estimator is taken for what scikit-learn says it is."""
    if cls.__name__ in FORMS:
        return FORMS[cls.__name__]
    try:
        instance = cls()
    except TypeError:
        return "sequences", "nothing"
    if not get_tags(instance).input_tags.two_d_array:
        return "texts", "nothing"
    if is_classifier(instance):
        return "sequences", "labels"
    return "sequences", "numbers" if is_regressor(instance) else "nothing"
