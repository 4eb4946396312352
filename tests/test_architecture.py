"""Layers of the package, runtime dependencies, public names of scikit-learn only."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sksequence

ROOT = Path(sksequence.__file__).parent
# A folder or file may import from the names listed, besides itself.
BELOW = {
    "_version": set(),
    "_typing": set(),
    "_fingerprint": set(),
    "_documentation": {"_version"},
    "_cached": set(),
    "_container": {"_messages", "_typing"},
    "_extras": set(),
    "_frames": {"_kinds", "_messages", "_values"},
    "_kinds": {"_messages"},
    "_messages": set(),
    "_pickling": {"_container", "_messages", "_parameters", "_version"},
    "_pipelines": set(),
    "_text": set(),
    "_set_output": set(),
    "_state": set(),
    "_parameters": {"_messages", "_typing"},
    "_threads": {"_parameters"},
    "_values": {"_kinds", "_messages"},
    "sequences": {
        "_cached",
        "_extras",
        "_frames",
        "_kinds",
        "_values",
        "_messages",
        "_parameters",
        "_pickling",
        "_typing",
    },
    "cells": {"_cached", "_extras", "_messages", "_threads", "_typing", "sequences"},
    "network": {"_cached", "_threads", "_typing", "cells", "sequences"},
    "objectives": {"_threads", "_typing", "cells", "network", "sequences"},
    "training": {"_messages", "_typing"},
    "estimators": {
        "_container",
        "_fingerprint",
        "preprocessing",
        "_documentation",
        "_extras",
        "_frames",
        "_kinds",
        "_values",
        "_messages",
        "_parameters",
        "_pickling",
        "_set_output",
        "_state",
        "_text",
        "_threads",
        "_typing",
        "_version",
        "sequences",
        "cells",
        "network",
        "objectives",
        "training",
    },
    "preprocessing": {
        "_pipelines",
        "_documentation",
        "_extras",
        "_frames",
        "_kinds",
        "_values",
        "_messages",
        "_parameters",
        "_pickling",
        "_set_output",
        "_state",
        "_text",
        "_typing",
        "sequences",
    },
    "datasets": {"_messages", "_parameters", "_typing", "sequences"},
    "metrics": {
        "_pipelines",
        "_extras",
        "_frames",
        "_kinds",
        "_values",
        "_messages",
        "_parameters",
        "_text",
        "_typing",
        "sequences",
    },
    "inspection": {
        "_pipelines",
        "_extras",
        "_frames",
        "_kinds",
        "_values",
        "_messages",
        "_parameters",
        "_state",
        "_text",
        "_threads",
        "_typing",
        "estimators",
        "metrics",
        "network",
        "preprocessing",
        "sequences",
        "cells",
    },
    "onnx": {
        "_pipelines",
        "_extras",
        "_frames",
        "_kinds",
        "_values",
        "_messages",
        "_parameters",
        "_state",
        "_typing",
        "_version",
        "cells",
        "estimators",
        "network",
        "preprocessing",
        "sequences",
    },
    "parallel": {
        "_documentation",
        "_messages",
        "_parameters",
        "_pickling",
        "_threads",
        "_typing",
        "estimators",
        "training",
    },
    "io": {
        "_container",
        "_extras",
        "_messages",
        "_parameters",
        "_pickling",
        "_typing",
        "_version",
        "cells",
        "estimators",
        "metrics",
        "parallel",
        "preprocessing",
        "sequences",
    },
    "__init__": {"_version", "sequences", "estimators"},
    "__main__": {"__init__", "_version", "RNNClassifier", "datasets"},
}
RUNTIME = {"sklearn", "numpy", "scipy", "joblib", "threadpoolctl"}
FILES = sorted(ROOT.rglob("*.py"))


def imports(path):
    """(level, module, names) of every import in a file, also inside functions.

    An extra may be imported for its types only, which costs nothing when the code runs.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, []
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", [alias.name for alias in node.names]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_layers_and_dependencies(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    home = parts[0]
    for level, module, names in imports(path):
        if level == 0:
            top = module.split(".")[0]
            allowed = top in RUNTIME or top in sys.stdlib_module_names
            assert allowed, f"{path} imports {module}"
            if top == "sklearn":
                private = [n for n in [*module.split("."), *names] if n.startswith("_")]
                assert not private, f"{path} uses private {module} {names}"
            continue
        package = parts[:-1][: len(parts) - level]
        target = [*package, *module.split(".")] if module else [*package]
        for name in [target[0]] if target and target[0] else names:
            assert name == home or name in BELOW[home], (
                f"{path} of {home!r} imports {name!r}, which is not below it"
            )


def test_every_part_has_a_layer():
    parts = {p.relative_to(ROOT).with_suffix("").parts[0] for p in FILES}
    assert parts <= BELOW.keys()


def test_every_folder_says_what_lives_there():
    for init in ROOT.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), init


def test_importing_needs_no_extra():
    extras = ["matplotlib", "numba", "onnx", "pandas", "polars", "pyarrow", "rich"]
    extras += ["skops"]
    code = (  # scikit-learn itself imports some where they are installed
        "import sys, sklearn.base, sklearn.callback; before = set(sys.modules); "
        f"import sksequence; print([m for m in {extras} if m in "
        "set(sys.modules) - before])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_compiled_loops_write_numbers_one_by_one():
    """Where a shape may be wrong, numba compiles the text of an error, for seconds."""
    found = []
    for path in (ROOT / "cells" / "compiled").glob("_*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {ast.unparse(d) for d in getattr(function, "decorator_list", [])}
            if not names & {"loop", "jit", "jitable", "shared"}:
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(
                    node.targets[0], ast.Subscript
                ):
                    place = ast.unparse(node.targets[0].slice)
                    if ":" in place or isinstance(node.value, ast.Tuple):
                        found.append(f"{path.name}:{node.lineno}")
    assert not found


def test_no_property_has_a_lock():
    """A forked process would wait for it; see ``_cached``."""
    for path in FILES:
        found = re.search(r"from functools import .*cached_property", path.read_text())
        assert not found or path.name == "_cached.py", path


def test_no_path_of_a_machine_in_the_package():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        found = re.search(r"/(home|work|root|tmp)/|\.\./shared", text)
        assert not found, f"{path}: {found}"
