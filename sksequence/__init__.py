"""Recurrent networks for sequences, behind scikit-learn's fit / predict / score."""

from ._version import __version__
from .estimators import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger
from .sequences import RaggedArray

__all__ = [
    "RNNClassifier",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNTagger",
    "RaggedArray",
    "__version__",
]
