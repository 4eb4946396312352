"""Packages that are not needed but where they are used."""

from importlib import import_module
from typing import Any


def import_extra(module: str, extra: str, user: str) -> Any:
    """Import an optional dependency, or say what to install.

    Parameters
    ----------
    module : str
        What to import.
    extra : str
        What to install with pip: an extra of sksequence (in brackets) or a package.
    user : str
        What needs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{user} needs {module}, which is not installed. Install it with "
            f"'pip install {extra}'."
        ) from error
