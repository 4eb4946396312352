"""Recurrent networks for sequences, behind scikit-learn's fit / predict / score."""

# scikit-learn needs it. Within the long chain of its imports, rather than here, loading
# takes 0.07 s longer, an eighth of the whole: CPython is slow at some depths of calls.
import scipy.stats  # noqa: F401

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
