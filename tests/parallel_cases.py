"""Small fits of every estimator, for tests of ``DataParallel``."""

import os
import signal

import numpy as np
from helpers import ragged_data
from numpy.testing import assert_array_equal

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.preprocessing import TokenEncoder

X, Y = ragged_data(60)
WEIGHTS = np.random.default_rng(0).uniform(0.5, 3, len(X))
WORDS = ["".join("abcd"[k % 4] for k in range(i, 2 * i + 3)) for i in range(30)]
TAGS = [[("low", "high")[int(step[0] > 0)] for step in x] for x in X]
NUMBERS = [np.where(x[:, 0] > -1, x.cumsum(0)[:, 0], np.nan) for x in X]
NUMBERS = [np.r_[0.5, y[1:]] for y in NUMBERS]  # one value at least
FEW = {"hidden_layer_sizes": 5, "max_iter": 4, "batch_size": 8, "random_state": 0}
IDS = TokenEncoder(analyzer="char").fit_transform(WORDS)

# name: (estimator, arguments of fit)
CASES = {
    "classifier": (RNNClassifier(**FEW, dropout=0.3), (X, Y, WEIGHTS)),
    "classifier of tokens": (
        RNNClassifier(**FEW, embedding_dim=4, class_weight="balanced"),
        (IDS, [len(word) % 3 for word in WORDS]),
    ),
    "regressor": (
        RNNRegressor(**FEW, alpha=0.1, recurrent_dropout=0.2),
        (X, [x.sum() for x in X], WEIGHTS),
    ),
    "step regressor": (RNNStepRegressor(**FEW), (X, NUMBERS, WEIGHTS)),
    "tagger": (RNNTagger(**FEW, decoder="crf"), (X, TAGS, WEIGHTS)),
    "language model": (RNNLanguageModel(**FEW, analyzer="char"), (WORDS,)),
    "sampled softmax": (
        RNNLanguageModel(**FEW, analyzer="char", output="sampled", n_sampled=3),
        (WORDS,),
    ),
    "running text": (
        RNNLanguageModel(**FEW, analyzer="char", contiguous=True, bptt_length=7),
        (" ".join(WORDS),),
    ),
    "generator": (
        RNNGenerator(**FEW),
        (np.arange(30.0)[:, None], WORDS, WEIGHTS[:30]),
    ),
    "translator": (
        RNNTranslator(**FEW),
        ([[*word] for word in WORDS], [[*word[::-1]] for word in WORDS], WEIGHTS[:30]),
    ),
}


def same(one, other):
    """Two fits are the same, to the bit."""
    one, other = (getattr(fit, "estimator_", fit) for fit in (one, other))
    assert_array_equal(one.theta_, other.theta_)
    assert one.loss_curve_ == other.loss_curve_


def dies_once(epoch_to_die, marker):
    """A schedule of the learning rate that kills its process in an epoch, once."""

    def schedule(epoch):
        if epoch == epoch_to_die and not os.path.exists(marker):
            open(marker, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    return schedule
