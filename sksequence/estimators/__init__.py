"""The estimators: one file each on what they share in ``_base``.

``ESTIMATORS`` is the table that tests, benchmarks and docs read: an estimator is one
file and one line here.
"""

from ._base import VersionWarning
from ._classifier import RNNClassifier
from ._language_model import RNNLanguageModel
from ._regressor import RNNRegressor
from ._tagger import RNNTagger

ESTIMATORS = {
    "RNNClassifier": RNNClassifier,
    "RNNLanguageModel": RNNLanguageModel,
    "RNNRegressor": RNNRegressor,
    "RNNTagger": RNNTagger,
}

__all__ = [
    "ESTIMATORS",
    "RNNClassifier",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNTagger",
    "VersionWarning",
]
