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

import functools
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
from pathlib import Path

import joblib
import numpy as np
from fuzz_data import (
    ARGUMENTS,
    CLASSES,
    FILES,
    KEYS,
    POOL,
    SKIPPED,
    VALID,
    VECTORS,
    Draw,
    World,
    form_of,
    numbers,
    own_parameters,
    short,
    table_value,
)
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from sksequence import RaggedArray
from sksequence.cells import CELLS
from sksequence.preprocessing import ByIndex, PerStep
from sksequence.sequences import as_ragged, real_numbers_of

PACKAGES = ["", "cells", "preprocessing", "metrics", "datasets", "inspection"]
PASSES_NAN_ON = {"StackFrames"}  # as their documentation says
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


@functools.cache
def public_names():
    """Every public class and function by name, as ``__all__`` lists them."""
    found = {}
    for package in PACKAGES:
        module = f"sksequence.{package}".rstrip(".")
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


def everything():
    """All that is called, by the names under which calls are counted.

    Not the displays, whose pictures take too long, nor what a new cell is made of,
    which each fit calls; nor ``set_params``, of scikit-learn.
    """
    found = set()
    for name, thing in public_names().items():
        package, _, short_name = name.rpartition(".")
        if package == "cells":
            found |= {name} & {f"cells.{type(c).__name__}" for c in CELLS.values()}
        elif short_name == "SequenceTrace":
            found |= {"SequenceTrace.find", "SequenceTrace.other_names"}
        elif not inspect.isclass(thing):
            found.add(name)
        elif not short_name.endswith("Display"):
            methods = {*public_methods(thing)} - {"set_params"}
            found |= {f"{short_name}.{method}" for method in methods}
    return found


class Case:
    """One case: see ``run``.

    Parameters
    ----------
    case : int
    name : str or None
        What is called, of ``public_names``. None: anything.
    """

    def __init__(self, case, name=None):
        self.case, self.draw, self.name = case, Draw(case), name
        self.findings, self.calls, self.errors = [], 0, 0
        self.names = public_names()
        self.seen = {}  # number of calls by method
        self.done = set()  # methods of which a call succeeded

    def run(self):
        draw = self.draw
        name = self.name or draw.one(self.weighted())
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

    def weighted(self):
        """Names, each as often as it is worth."""
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
                self.done.add(where)
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
        # Of scikit-learn's fit_transform, fit may have done its part.
        whole = is_ours(function)
        if failed and whole and state is not None and digest(vars(obj)) != state:
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
        if {"path", "file"} & set(known) and isinstance(error, OSError):
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
        if cls is ByIndex:
            sequences = [numbers(draw, (k, 2)) for k in world.lengths(20)]
            draw.note("ByIndex(20 sequences)")
            return world, ByIndex(draw.one([sequences, as_ragged(sequences)]))
        parameters = own_parameters(draw, cls, base, p_bad)
        parameters.pop("encoder", None)
        if draw.chance(0.4) and "bidirectional" in getattr(cls, "_parameters", {}):
            parameters["bidirectional"] = False  # for single steps
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
                value = world.spoilt(X, p)
                self.X_is_valid = value is X
                if getattr(function, "__name__", "") == "step":
                    value = first_row(value)
            elif name in ("y", "y_val", "y_true"):
                if name == "y_val" and "X_val" not in found and draw.chance(0.98):
                    continue
                y = world.y(lengths)
                value = world.spoilt(y, p)
            elif name == "sample_weight":
                value = world.weights(n)
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
            elif name == "arrays":
                value = world.spoilt([obj, obj[:1]], p)
            elif name == "static" and isinstance(obj, RaggedArray):
                value = world.spoilt(list(numbers(draw, (n, 2))), p)
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
            number = isinstance(value, (int, float)) and f"{name}_".startswith("n_")
            if number and value > 1000:  # of which many take long
                value = 5
            if name not in ("X", "y", "X_val", "y_val", "sample_weight"):
                draw.note(f"{name}={short(value)}")
            found[name] = value
        return found

    def classes(self, y):
        draw = self.draw
        try:
            values = np.unique(np.concatenate(y) if isinstance(y, list) else y)
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
        n = draw.one([2, 8, 12, 20] if method.endswith("fit") else [1, 2, 5, 12])
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
            "step",
            "sample",
        ):
            lines = getattr(obj, "contiguous", False)
            if hasattr(result, "__len__") and not lines and len(result) != len(X):
                self.find(
                    "silent", where, f"{len(result)} results for {len(X)} entries"
                )
        if self.is_bad(owner, method, arguments, result) and not warned:
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

    def is_bad(self, owner, method, arguments, result):
        """Whether a result holds NaN or infinity that nobody has asked for."""
        if owner == "PerStep" or method in ("perplexity", "inverse_transform"):
            return False  # what a transformer does; what may be too large
        if isinstance(result, float) and result == -np.inf:
            return False  # R2 of what is further away than floats reach
        asked = any(v != v for v in arguments.values() if isinstance(v, float))
        if owner in PASSES_NAN_ON and np.isnan(held_by(arguments["X"])).any():
            asked = not np.isinf(held_by(result)).any()
        return not asked and not finite(result)

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
        if not isinstance(arguments.get("y", []), (list, np.ndarray)):
            return
        i = int(self.draw.rng.integers(len(self.valid_X)))
        one = {
            name: value[i : i + 1]
            if name in ("X", "y") and value is not None
            else value
            for name, value in arguments.items()
        }
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
        if draw.chance(0.3):
            X = X.with_static(draw.rng.standard_normal((len(X), 2)))
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
        if draw.chance(0.3):
            arguments["static"] = draw.one(["w", ["w"], "v", "s", "zz", 3, [], None])
        draw.note(short({k: v for k, v in arguments.items() if k != "frame"}))
        return self.call(
            "RaggedArray", "from_frame", RaggedArray.from_frame, arguments, ["column"]
        )

    # -- cells -------------------------------------------------------------------------

    def run_cell(self):
        """A batch through a cell is the same sequences through it step by step."""
        draw = self.draw
        cell = draw.one(list(CELLS.values()))
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

    def fitted(self):
        """Any fitted estimator with its world; None if it did not train."""
        cls = self.draw.one(self.estimators())
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
        slow = short_name.startswith("load_") and self.name is None
        if slow and not draw.chance(0.05):
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
        elif {"path", "file"} & set(signature):
            arguments = self.file_of_lines(signature)
        elif "from_scheme" in signature:
            arguments = self.arguments_of(function, world, lengths, p)
            arguments["y"] = world.spoilt(self.tags(lengths), p)
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
            far = result == -np.inf and "r2" in name  # further than floats reach
            if not np.isfinite(result) and not self.warned and not far:
                zero = arguments.get("zero_division")
                if not (isinstance(zero, float) and np.isnan(zero)):
                    self.find("silent", name, f"{result}")
            most = np.inf if "error" in name else 100 if "bleu" in name else 1
            zero = arguments.get("zero_division", 0)
            least = -np.inf if "r2" in name else -1e-9
            if not least <= result <= most + 1e-9 and zero in (0, 1, "warn"):
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
            x = world.spoilt(world.X(lengths), p / 2)
            if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.ndim):
                x = x[0] if len(x) else None
            arguments["x"] = x
        rest = self.arguments_of(function, world, lengths, p, obj)
        arguments.update({k: v for k, v in rest.items() if k not in arguments})
        if "cv" in signature:
            arguments.setdefault("cv", 2)
        self.call("", name, function, arguments, list(obj.get_params(deep=False)), obj)

    def file_of_lines(self, signature):
        """Arguments of what reads a file of tokens, with numbers or with tags."""
        draw = self.draw
        lines = draw.one(FILES)
        path = Path(tempfile.gettempdir()) / "sksequence-fuzz.txt"
        path = path.with_name(f"{path.stem}-{self.case}{path.suffix}")
        path.write_text(lines, encoding="utf-8")
        self.draw.note(short(lines))
        given = draw.one(
            [path, str(path), str(path), "no such file", None, 3, b"a", ""]
        )
        arguments = {next(iter(signature)): given}
        for name in ("tokens", "max_tokens", "encoding", "tags", "comment"):
            if name in signature and draw.chance(0.3):
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


def held_by(X):
    """All numbers of sequences."""
    values = real_numbers_of(as_ragged(X)).values
    return values.data if sparse.issparse(values) else values


def run_case(case, name=None):
    """One case, run."""
    found = Case(case, name)
    try:
        found.run()
    finally:
        found.clean()
    return found


def run_cases(cases):
    """Findings, calls by method, methods that succeeded, number of errors."""
    findings, seen, done, errors = [], {}, set(), 0
    for case in cases:
        found = run_case(case)
        findings += found.findings
        done |= found.done
        errors += found.errors
        for name, n in found.seen.items():
            seen[name] = seen.get(name, 0) + n
    return findings, seen, done, errors


def first_row(X):
    """The first step of all, or X as it is if it is no sequences."""
    try:
        return as_ragged(X).values[:1]
    except Exception:
        return X
