"""Recurrent networks for sequences, behind scikit-learn's fit / predict / score."""

from ._version import __version__
from .estimators import (
    Checkpoint,
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
    "Checkpoint",
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
