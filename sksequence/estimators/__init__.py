"""The estimators: one file each, built on what they share in ``_base``.

What concerns users' data and options is here too: generating tokens (``_decoding``),
rules for labels, class weights, validation. ``ESTIMATORS`` is the table that tests,
benchmarks and docs read: an estimator is one file and one line here.
"""

from ._checkpoint import Checkpoint
from ._classifier import RNNClassifier
from ._generator import RNNGenerator
from ._language_model import RNNLanguageModel
from ._pickling import VersionWarning
from ._regressor import RNNRegressor
from ._step_regressor import RNNStepRegressor
from ._tagger import RNNTagger
from ._translator import RNNTranslator

ESTIMATORS = {
    "RNNClassifier": RNNClassifier,
    "RNNGenerator": RNNGenerator,
    "RNNLanguageModel": RNNLanguageModel,
    "RNNRegressor": RNNRegressor,
    "RNNStepRegressor": RNNStepRegressor,
    "RNNTagger": RNNTagger,
    "RNNTranslator": RNNTranslator,
}

__all__ = [
    "ESTIMATORS",
    "Checkpoint",
    "RNNClassifier",
    "RNNGenerator",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNStepRegressor",
    "RNNTagger",
    "RNNTranslator",
    "VersionWarning",
]
