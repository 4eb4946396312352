"""The reference: sections, tables of names and members, from the package itself."""

import inspect
import pkgutil
from importlib import import_module

import sksequence


def public_modules():
    """The package and all folders and files in it that have an ``__all__``."""
    found = [sksequence]
    for module in found:  # which grows
        for info in pkgutil.iter_modules(
            getattr(module, "__path__", []), f"{module.__name__}."
        ):
            if not info.name.rsplit(".", 1)[1].startswith("_"):
                inner = import_module(info.name)
                if hasattr(inner, "__all__"):
                    found.append(inner)
    return found


# What users need comes first, in this order; the layers below the estimators follow.
FIRST = ["", "preprocessing", "metrics", "datasets", "inspection", "io", "onnx"]
LAST = ["cells", "cells.compiled", "sequences", "network", "objectives", "training"]


def api_sections():
    """(module, objects, tables) of each section: every public name once."""
    modules = {m.__name__.partition(".")[2]: m for m in public_modules()}
    others = [name for name in modules if name not in FIRST + LAST]
    seen = set()
    for name in [*FIRST, *others, *LAST]:
        if name not in modules:
            continue
        module = modules[name]
        objects, tables = [], []
        for public in module.__all__:
            value = getattr(module, public)
            is_compiled = hasattr(value, "py_func")
            if inspect.isclass(value) or inspect.isroutine(value) or is_compiled:
                if id(value) not in seen:
                    seen.add(id(value))
                    objects.append(public)
            elif isinstance(value, (dict, tuple)):
                tables.append(public)
        if objects:
            yield module, objects, tables


def scorer_entries(module):
    """An entry for each scorer: an object, of which autosummary would say nothing."""
    lines = []
    for name in module.__all__:
        scorer = getattr(module, name)
        metric = getattr(scorer, "_score_func", None)
        if metric is None:
            continue
        of = f":func:`~{module.__name__}.{metric.__name__}`"
        of = of if scorer._sign > 0 else f"minus {of}"
        lines += [f".. py:data:: {name}", ""]
        lines += [f"   For ``scoring=``: {of} of the predictions.", ""]
    return lines


def tables():
    """Text of api/_tables.rst, from which autosummary makes a page for each name."""
    lines = []
    for module, objects, tables in api_sections():
        first, *rest = inspect.getdoc(module).split("\n\n")
        lines += [module.__name__, "-" * len(module.__name__), ""]
        lines += [first, ""]
        if module.__name__.partition(".")[2] in LAST:
            for paragraph in rest:
                if paragraph.startswith("::"):
                    break
                lines += [paragraph, ""]
        lines += [
            f".. currentmodule:: {module.__name__}",
            "",
            ".. autosummary::",
            "   :toctree: generated",
            "   :nosignatures:",
            "",
            *[f"   {name}" for name in objects],
            "",
        ]
        lines += scorer_entries(module)
        for table in tables:
            entries = getattr(module, table)
            if table == "CELLS":  # what each name stands for says the most
                names = [
                    f'- ``"{key}"`` is ``{cell}``' for key, cell in entries.items()
                ]
                lines += [f"Names in ``{table}``:", "", *names, ""]
                continue
            names = ", ".join(f'``"{key}"``' for key in entries)
            lines += [f"Names in ``{table}``: {names}.", ""]
    return "\n".join(lines)


def members(fullname):
    """(methods, properties) of a class that this package defines, in their order."""
    module, _, name = fullname.rpartition(".")
    cls = getattr(import_module(module), name)
    methods, properties, inherited = [], [], []
    for member in dir(cls):
        if member.startswith("_"):
            continue
        value = inspect.getattr_static(cls, member)
        function = getattr(value, "func", None) or getattr(value, "fget", None) or value
        function = inspect.unwrap(getattr(function, "__func__", function))
        home = getattr(function, "__module__", None) or ""
        if isinstance(value, property) or type(value).__name__ == "cached_property":
            if home.startswith("sksequence"):
                properties.append(member)
        elif inspect.isroutine(value) or inspect.isroutine(function):
            if home.startswith("sksequence"):
                methods.append(member)
            elif home.startswith("sklearn") or member == "set_output":
                inherited.append(member)
    order = [name for base in cls.__mro__ for name in vars(base)]
    first = [name for name in ("fit", "partial_fit", "predict") if name in methods]
    methods = first + [m for m in sorted(methods, key=order.index) if m not in first]
    return methods, sorted(properties, key=order.index), inherited
