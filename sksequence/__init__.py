"""Recurrent networks for sequences, behind scikit-learn's fit / predict / score."""

from ._version import __version__
from .sequences import RaggedArray

__all__ = ["RaggedArray", "__version__"]
