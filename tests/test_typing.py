"""The public interface is annotated, and a user's script runs and passes mypy."""

import importlib
import inspect
import subprocess
import sys
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import pytest

import sksequence

ROOT = Path(sksequence.__file__).parent
SCRIPT = Path(__file__).parent / "typing_user_script.py"
FOLDERS = sorted(init.parent.name for init in ROOT.glob("*/__init__.py"))


def unannotated(name, function):
    """What has no annotation, of the parameters of a function and its result."""
    function = inspect.unwrap(function)
    parameters = inspect.signature(function).parameters.values()
    for k, parameter in enumerate(parameters):
        bound = k == 0 and parameter.name in ("self", "cls")
        if not bound and parameter.annotation is inspect.Parameter.empty:
            yield f"{name}({parameter.name})"
    if function.__name__ != "__init__" and "return" not in function.__annotations__:
        yield f"{name} -> ?"


def functions_of(cls):
    """(name, function) of the public methods and properties that are of the package."""
    for base in cls.__mro__:
        if base.__module__.split(".")[0] != "sksequence":
            continue
        for name, member in vars(base).items():
            if name.startswith("_") and name not in ("__init__", "__call__"):
                continue
            full_name = f"{base.__name__}.{name}"
            if isinstance(member, property):
                yield full_name, member.fget
            elif isinstance(member, cached_property):
                yield full_name, member.func
            elif isinstance(member, (classmethod, staticmethod)):
                yield full_name, member.__func__
            elif inspect.isfunction(member):
                yield full_name, member
            elif hasattr(member, "fn"):  # scikit-learn's available_if
                yield full_name, member.fn


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_public_interface_is_annotated(folder):
    module = importlib.import_module(f"sksequence.{folder}")
    missing = []
    for name in module.__all__:
        public = getattr(module, name)
        if inspect.isclass(public):
            for full_name, function in functions_of(public):
                missing += unannotated(full_name, function)
        elif inspect.isfunction(public):
            missing += unannotated(name, public)
    assert not missing


def test_what_is_looked_at_is_what_is_public():
    names = [name for name, _ in functions_of(sksequence.preprocessing.PerStep)]
    assert "PerStep.inverse_transform" in names  # behind available_if
    names = [name for name, _ in functions_of(sksequence.RaggedArray)]
    assert {"RaggedArray.from_frame", "RaggedArray.lengths"} <= set(names)

    def partly(a, b: int = 0):
        return a + b

    assert list(unannotated("partly", partly)) == ["partly(a)", "partly -> ?"]


# -- a user's script -------------------------------------------------------------------


def run(*command):
    found = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_script_runs():
    for module in ("matplotlib", "onnx", "pandas", "polars", "pyarrow"):
        pytest.importorskip(module)
    run("-W", "error", SCRIPT)


def test_the_package_passes_mypy(mypy):
    run(*mypy, "sksequence")


def test_the_script_passes_mypy(mypy):
    run(*mypy, SCRIPT)


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    if find_spec("mypy") is None or not (ROOT.parent / "pyproject.toml").exists():
        pytest.skip("mypy or the sources are not at hand")
    return "-m", "mypy", "--cache-dir", tmp_path_factory.mktemp("mypy")
