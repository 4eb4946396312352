"""Recurrent networks for sequences, behind scikit-learn's fit / predict / score."""

from ._version import __version__
from .estimators import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from .sequences import RaggedArray

__all__ = [
    "RNNClassifier",
    "RNNGenerator",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNStepRegressor",
    "RNNTagger",
    "RNNTranslator",
    "RaggedArray",
    "__version__",
]
