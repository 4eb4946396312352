"""What of skops' format a file may hold: kinds of nodes, and types by public names.

skops describes an object as a tree of nodes, each with a loader (the kind of node), a
module and a class. Some loaders import or call what a node names, and are trusted to
judge by its name alone. Here is listed what estimators need; all else is refused before
skops sees it. skops then judges the types that are scikit-learn's.

In files nodes of plain values are their text in JSON, and types of keys that are all
str are left out.
"""

from collections.abc import Callable
from functools import cache
from inspect import isclass, isfunction
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from .. import metrics, preprocessing
from .._messages import brief
from ..cells import CELLS
from ..estimators import ESTIMATORS
from ..estimators._ids import IdEncoder
from ..parallel import DataParallel
from ..sequences import RaggedArray

MOST_NODES, DEEPEST = 10**6, 100
FIELDS = {"__class__", "__module__", "__loader__", "__id__"}
FIRST_PROTOCOL = 2  # of skops, when the first file was written

SCALARS = {
    f"{t.__module__}.{t.__name__}"
    for t in np.sctypeDict.values()
    if issubclass(t, (np.number, np.bool_, np.str_, np.bytes_))
}
BUNCH = "sklearn.utils.Bunch"
BUILTINS = {f"builtins.{t}" for t in ("bool", "float", "int", "str")}
# loader: the types it may make; None: those in OBJECTS, or of scikit-learn
LOADERS: dict[str, set[str] | None] = {
    "JsonNode": {"builtins.str"},
    "DictNode": {"builtins.dict", "collections.OrderedDict"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "SetNode": {"builtins.set"},
    "SliceNode": {"builtins.slice"},
    "TypeNode": SCALARS | BUILTINS,
    "NdArrayNode": SCALARS | {"numpy.ndarray"},
    "DTypeNode": {"numpy.dtype"},
    "MaskedArrayNode": {"numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"},
    "RandomStateNode": {"numpy.random.mtrand.RandomState"},
    "ObjectNode": None,
    "LossNode": None,
}
PLAIN, LIST, STR = (
    {"__loader__": loader, "__module__": "builtins", "__class__": cls}
    for loader, cls in (("JsonNode", "str"), ("ListNode", "list"), ("TypeNode", "str"))
)
CALLABLES = "PartialNode", "MethodNode", "OperatorFuncNode"
FUNCTION = "the function {}: functions are not kept in files"


class UnknownType(TypeError):
    """A type that is in no file."""


@cache
def public_classes() -> dict[str, type]:
    """Our classes that may be in a file, by their public names."""
    of_preprocessing = [getattr(preprocessing, name) for name in preprocessing.__all__]
    of_module: dict[str, Any] = {
        "sksequence": (*ESTIMATORS.values(), RaggedArray),
        "sksequence.estimators": (IdEncoder,),  # of an RNNLanguageModel of integers
        "sksequence.cells": {type(cell) for cell in CELLS.values()},
        "sksequence.parallel": (DataParallel,),
        "sksequence.preprocessing": filter(isclass, of_preprocessing),
    }
    return {
        f"{module}.{cls.__name__}": cls
        for module, classes in of_module.items()
        for cls in classes
    }


@cache
def public_functions() -> dict[str, Callable[..., Any]]:
    """Our functions that may be in a file: scores, of which scorers are made."""
    functions = {name: getattr(metrics, name) for name in metrics.__all__}
    return {
        f"sksequence.metrics.{name}": function
        for name, function in functions.items()
        if isfunction(function)
    }


@cache
def _public_names() -> dict[str, str]:
    """Public names, by where classes and functions are defined now."""
    public = {**public_classes(), **public_functions()}
    return {name_of(what): name for name, what in public.items()}


def name_of(what: Any) -> str:
    """Where a class or a function is defined, as skops writes it."""
    return f"{what.__module__}.{what.__name__}"


def published(schema: Any) -> tuple[Any, dict[str, str]]:
    """The tree as it is written: our classes by public names, objects numbered.

    Also the names of the files of arrays: that in skops' archive, and the new one.

    Raises
    ------
    UnknownType
        If the tree holds a type, or a kind of node, that is in no file.
    """
    copy = _Copy(to_file=True)
    return copy.node(schema, 0), copy.files


def checked(schema: Any) -> tuple[Any, dict[str, str]]:
    """The tree as skops takes it, of which every node is one that may be.

    Also the names of the files of arrays: that in the tree given, and in the new one.

    Raises
    ------
    UnknownType
        If the tree holds a type, or a kind of node, that is in no file.
    ValueError
        If a node is not as skops writes it.
    """
    copy = _Copy(to_file=False)
    return copy.node(schema, 0), copy.files


class _Copy:
    """Copies a tree of nodes, of which it knows each field: no others are passed on."""

    def __init__(self, to_file):
        self.to_file, self.n_nodes = to_file, 0
        self.ids, self.files = {}, {}

    def node(self, node, depth):
        self.n_nodes += 1
        if self.n_nodes > MOST_NODES or depth > DEEPEST:
            raise ValueError("more nodes than it can, or deeper ones")
        if type(node) is str and not self.to_file:
            return {**PLAIN, "content": node, "is_json": True}
        if type(node) is not dict:
            raise ValueError(f"the node {brief(node, 60)}")
        loader, module, cls = (
            node.get(f"__{k}__") for k in ("loader", "module", "class")
        )
        if not all(type(name) is str for name in (loader, module, cls)):
            raise ValueError(f"a node without names, {brief(node, 60)}")
        module, cls = self._type(loader, f"{module}.{cls}")
        if loader == "JsonNode":
            return self._text(node)
        copy = {"__class__": cls, "__module__": module, "__loader__": loader}
        if "__id__" in node:
            copy["__id__"] = self._number(node["__id__"])
        rest = {name: v for name, v in node.items() if name not in FIELDS}
        return copy | getattr(self, f"_{loader}")(rest, depth + 1)

    def _type(self, loader, name):
        """(module, class) of a node, if it may be there."""
        if loader in CALLABLES:
            raise UnknownType(FUNCTION.format(name))
        if loader == "FunctionNode":
            return self._published(name, public_functions(), FUNCTION)
        allowed = LOADERS.get(loader, set())
        bunch, renamed = name_of(Bunch), BUNCH
        if not self.to_file:
            bunch, renamed = renamed, bunch
        if name == bunch and loader == "DictNode":  # it is a dict, and no object
            name = renamed
        elif name in (bunch, renamed) or (allowed is not None and name not in allowed):
            raise UnknownType(f"an object of the type {name}")
        if allowed is None and not name.startswith("sklearn."):
            if loader != "ObjectNode":
                raise UnknownType(f"an object of the type {name}")
            return self._published(name, public_classes(), "an object of the type {}")
        module, _, cls = name.rpartition(".")
        return module, cls

    def _published(self, name, public, what):
        """(module, name) of ours: public ones in a file, else where it is defined."""
        known = _public_names().get(name) if self.to_file else name
        if known not in public:
            raise UnknownType(what.format(name))
        name = known if self.to_file else name_of(public[known])
        module, _, found = name.rpartition(".")
        return module, found

    def _number(self, given):
        if type(given) is not int or given < 0:
            raise ValueError(f"the number of a node {brief(given, 60)}")
        return self.ids.setdefault(given, len(self.ids) + 1)

    def _file(self, given):
        if type(given) is not str or not given.removesuffix(".npy").isdecimal():
            raise ValueError(f"an array in {brief(given, 60)}")
        number = self._number(int(given.removesuffix(".npy")))
        return self.files.setdefault(given, f"{number}.npy")

    def _nodes(self, nodes, depth):
        if type(nodes) is not list:
            raise ValueError(f"the nodes {brief(nodes, 60)}")
        return [self.node(node, depth) for node in nodes]

    # The fields of each kind of node; ``**`` of another one is an error.

    def _text(self, node):
        text = node["content"]
        if not self.to_file or type(text) is not str:
            raise ValueError(f"the plain value {brief(node, 60)}")
        return text

    def _DictNode(self, rest, depth):
        key_types = rest.pop("key_types", None)
        (content,) = _fields(rest, "content")
        if type(content) is not dict:
            raise ValueError(f"the dict {brief(content, 60)}")
        copy = {"content": {str(k): self.node(v, depth) for k, v in content.items()}}
        if key_types is not None:
            key_types = self.node(key_types, depth)
        elif not self.to_file:
            key_types = {**LIST, "content": [STR for _ in content]}
        if self.to_file and all(t["__class__"] == "str" for t in key_types["content"]):
            return copy
        return copy | {"key_types": key_types}

    def _ListNode(self, rest, depth):
        (content,) = _fields(rest, "content")
        return {"content": self._nodes(content, depth)}

    _TupleNode = _SetNode = _ListNode

    def _DTypeNode(self, rest, depth):
        (content,) = _fields(rest, "content")  # an empty array of the type
        if type(content) is not dict or content.get("__loader__") != "NdArrayNode":
            raise ValueError(f"the type of an array {brief(content, 60)}")
        return {"content": self.node(content, depth)}

    def _SliceNode(self, rest, depth):
        (content,) = _fields(rest, "content")
        ends = _fields(content, "start", "stop", "step")
        if not all(k is None or type(k) in (int, str) for k in ends):
            raise ValueError(f"the slice {brief(content, 60)}")
        return {"content": dict(content)}

    def _TypeNode(self, rest, depth):
        _fields(rest)
        return {}

    _FunctionNode = _TypeNode

    def _RandomStateNode(self, rest, depth):
        (content,) = _fields(rest, "content")
        return {"content": self.node(content, depth)}

    def _NdArrayNode(self, rest, depth):
        if rest.get("type") == "numpy":
            _, file = _fields(rest, "type", "file")
            return {"type": "numpy", "file": self._file(file)}
        _, content, shape = _fields(rest, "type", "content", "shape")
        return {
            "type": "json",
            "content": self._nodes(content, depth),
            "shape": self.node(shape, depth),
        }

    def _MaskedArrayNode(self, rest, depth):
        (content,) = _fields(rest, "content")
        data, mask = _fields(content, "data", "mask")
        return {
            "content": {"data": self.node(data, depth), "mask": self.node(mask, depth)}
        }

    def _ObjectNode(self, rest, depth):
        if not rest or rest.get("content") is None:
            return {}
        return self._RandomStateNode(rest, depth)

    def _LossNode(self, rest, depth):
        reduced, content = _fields(rest, "__reduce__", "content")
        (arguments,) = _fields(reduced, "args")
        return {
            "__reduce__": {"args": self.node(arguments, depth)},
            "content": self.node(content, depth),
        }


def _fields(given, *names):
    """The values of a dict that has these fields and no others."""
    if type(given) is not dict or given.keys() != set(names):
        raise ValueError(f"a node of {brief(given, 60)}")
    return [given[name] for name in names]
