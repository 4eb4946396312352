"""Constructors, checks, types and documentation say the same as the one table."""

import inspect
import re
from typing import Literal, get_args, get_origin

import pytest

from sksequence import _parameters as p
from sksequence import preprocessing
from sksequence.cells import CELLS
from sksequence.estimators import ESTIMATORS
from sksequence.estimators import _parameter_table as table
from sksequence.network import ACTIVATIONS, POOLINGS, SCORES
from sksequence.parallel import DataParallel
from sksequence.training import OPTIMIZERS, SCHEDULES

OTHERS = [DataParallel, *(getattr(preprocessing, k) for k in preprocessing.__all__)]
CLASSES = ESTIMATORS | {
    cls.__name__: cls for cls in OTHERS if hasattr(cls, "_parameters")
}
every_class = pytest.mark.parametrize("name", CLASSES)


def constructor(name):
    return dict(list(inspect.signature(CLASSES[name].__init__).parameters.items())[1:])


def required(name):
    """None for each parameter without a default."""
    table = CLASSES[name]._parameters
    return {k: None for k, entry in table.items() if entry.default is p.REQUIRED}


@every_class
def test_the_constructor_is_the_table(name):
    parameters = CLASSES[name]._parameters
    assert list(constructor(name)) == list(parameters)  # in one order
    for parameter, argument in constructor(name).items():
        default = parameters[parameter].default
        if default is p.REQUIRED:
            default = inspect.Parameter.empty
        assert argument.default == default, parameter
        assert type(argument.default) is type(default), parameter
    defaults = {parameter: entry.default for parameter, entry in parameters.items()}
    assert CLASSES[name](**required(name)).get_params() == defaults | required(name)


@every_class
def test_defaults_are_allowed_and_nonsense_is_not(name):
    cls, given = CLASSES[name], required(name)
    others = {k: v for k, v in cls._parameters.items() if k not in given}
    p.check_parameters(cls(**given), others)
    for parameter in cls._parameters:
        wrong = cls(**given | {parameter: object()})
        message = f"The '{parameter}' parameter of {name} must be .* Got <object"
        with pytest.raises(ValueError, match=message):
            p.check_parameters(wrong, others | {parameter: cls._parameters[parameter]})


def test_a_docstring_without_its_indent_is_written_too():
    """Python 3.13 takes it off when it compiles."""
    docs = """A class.

    Parameters
    ----------
    {parameters}
    """
    entries = {
        "k": p.Parameter(
            1, [p.integer(1)], "How many, in a text of more than one line."
        )
    }

    def written(doc):
        cls = type("Some", (), {"__doc__": doc, "_parameters": entries})
        return inspect.cleandoc(p.documented(cls).__doc__)

    assert written(docs) == written(inspect.cleandoc(docs))
    assert "\nk : int, default=1\n    How many" in written(docs)


@every_class
def test_the_documentation_is_the_table(name):
    """Every parameter has one entry, with its default and its text."""
    docscrape = pytest.importorskip("numpydoc.docscrape")
    cls = CLASSES[name]
    doc = docscrape.ClassDoc(cls)
    entries = {entry.name: entry for entry in doc["Parameters"]}
    assert list(entries) == list(cls._parameters)
    for parameter, entry in entries.items():
        expected = cls._parameters[parameter]
        kinds, *default = entry.type.split(", default=")
        shown = expected.default
        if shown is p.REQUIRED:
            assert default == []
        else:
            assert default == [f'"{shown}"' if isinstance(shown, str) else repr(shown)]
        for kind in expected.expected:
            assert kind.kind in kinds
        assert " ".join(entry.desc) == " ".join(expected.text.split())
        assert re.search(r"[.:]$", expected.text), parameter
    if name in ESTIMATORS:
        attributes = {
            one for entry in doc["Attributes"] for one in entry.name.split(", ") if one
        }
        assert {"theta_", "loss_", "best_loss_", "history_", "n_iter_"} <= attributes
    assert "{parameters}" not in cls.__doc__
    assert "{attributes}" not in cls.__doc__


# Of which the estimators say different things, because they are different there.
DIFFERENT = {
    "batch_size",
    "bidirectional",
    "dtype",
    "early_stopping",
    "embedding_dim",
    "encoder",
    "hidden_layer_sizes",
    "max_iter",
    "max_length",
    "n_jobs",
    "scoring",
    "shuffle",
    "standardize",
}


def test_one_text_for_one_thing():
    texts = {}
    for cls in (*ESTIMATORS.values(), preprocessing.TokenEncoder):
        for parameter, entry in cls._parameters.items():
            texts.setdefault(parameter, set()).add(entry.text)
    assert {parameter for parameter, found in texts.items() if len(found) > 1} == (
        DIFFERENT
    )


NAMES = [
    (table.CellName, CELLS),
    (table.Activation, ACTIVATIONS),
    (table.PoolingName, POOLINGS),
    (table.AttentionName, SCORES),
    (table.Solver, OPTIMIZERS),
    (table.Schedule, SCHEDULES),
]


@pytest.mark.parametrize(("literal", "names"), NAMES)
def test_types_name_what_there_is(literal, names):
    assert sorted(get_args(literal)) == sorted(names)


def literals(annotation):
    """All strings that an annotation allows by name."""
    if get_origin(annotation) is Literal:
        return {value for value in get_args(annotation) if isinstance(value, str)}
    return set().union(*map(literals, get_args(annotation)))


@every_class
def test_types_allow_what_checks_allow(name):
    """Strings by name, and None where it is allowed."""
    cls = CLASSES[name]
    for parameter, argument in constructor(name).items():
        kinds = cls._parameters[parameter].expected
        allows_none = type(None) in get_args(argument.annotation)
        assert allows_none == (p.NONE in kinds), parameter
        named = {s for kind in kinds for s in re.findall('"([^"]+)"', kind.kind)}
        assert literals(argument.annotation) == named, parameter
