"""A training stopped after any epoch resumes in another process, to the same bits."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksequence.training import Training

# Each sets ``fit``, which gives a fitted estimator.
COMMON = """
import numpy as np
from sksequence import *
rng = np.random.RandomState(0)
X = [rng.standard_normal((n, 2)) for n in rng.randint(1, 9, 30)]
y = np.arange(30) % 3
texts = ["".join(rng.choice(list("abcd"), size=1 + k % 6)) for k in range(30)]
options = dict(
    hidden_layer_sizes=3, max_iter=6, batch_size=7, dropout=0.2, recurrent_dropout=0.1,
    random_state=3,
)
"""
FITS = {
    "classifier": "RNNClassifier(early_stopping=True, **options).fit(X, y)",
    "adaptive": (
        "RNNClassifier(learning_rate='adaptive', n_iter_no_change=1, tol=0.5,"
        " **options).fit(X, y)"
    ),
    "one_cycle": (
        "RNNRegressor(solver='sgd', learning_rate='one_cycle', alpha=0.1,"
        " **options).fit(X, y)"
    ),
    "tagger": (
        "RNNTagger(decoder='crf', solver='rmsprop', **options)"
        ".fit(X, [[t % 2 for t in range(len(x))] for x in X])"
    ),
    "sentences": (
        "RNNLanguageModel(analyzer='char', output='sampled', n_sampled=2, **options)"
        ".fit(texts)"
    ),
    "running text": (
        "RNNLanguageModel(analyzer='char', contiguous=True, bptt_length=5, **options)"
        ".fit(texts, X_val=texts[:3])"
    ),
    "translator": (
        "RNNTranslator(source_analyzer='char', target_analyzer='char', solver='adamw',"
        " alpha=0.01, **options).fit(texts, texts)"
    ),
}
RESUME = """
import pickle, sys
from sksequence.training import Training
state = pickle.load(open(sys.argv[1], "rb"))
begin = Training.__init__
def resumed(self, *args, **kwargs):
    begin(self, *args, **kwargs)
    self.set_state(state)
Training.__init__ = resumed
"""
END = "\npickle.dump((m.theta_, m.loss_curve_, m.n_iter_), open(sys.argv[2], 'wb'))"


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("stopped_after", [1, 4])
def test_a_training_resumes_in_another_process(name, stopped_after, tmp_path):
    states, scope = {}, {}
    run_epoch = Training.run_epoch

    def keeps_state(self):
        if self.epoch == stopped_after:  # everything that belongs to the epoch is done
            states["state"] = pickle.dumps(self.get_state())
        return run_epoch(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "run_epoch", keeps_state)
        exec(f"{COMMON}m = {FITS[name]}", scope)
    straight = scope["m"]
    (tmp_path / "state").write_bytes(states["state"])
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"{COMMON}{RESUME}m = {FITS[name]}{END}",
            tmp_path / "state",
            tmp_path / "end",
        ],
        check=True,
    )
    theta, losses, n_iter = pickle.loads((tmp_path / "end").read_bytes())
    assert_array_equal(theta, straight.theta_)
    assert losses == straight.loss_curve_
    assert n_iter == straight.n_iter_ > stopped_after


def test_a_state_is_a_copy():
    layout_theta = np.zeros(3)

    class Nothing:
        penalised_mask = staticmethod(lambda: np.zeros(3, bool))

    class Optimizer:
        layout, t = Nothing, 0

        def get_state(self, copy=False):
            assert copy
            return {}

        def set_state(self, state):
            assert state == {}

    training = Training(
        layout_theta, None, Optimizer(), np.random.RandomState(0),
        learning_rate_init=0.1, history=[{"epoch": 1, "loss": 2.0}],
    )  # fmt: skip
    state = training.get_state()
    draw = training.rng.random_sample()
    training.theta += 1
    training.history[0]["loss"] = 0.0
    training.good.whole += 1
    assert (state["theta"] == 0).all()
    training.set_state(state)
    assert (training.theta == 0).all()
    assert training.theta is layout_theta  # in place
    assert training.history == [{"epoch": 1, "loss": 2.0}]
    assert (training.good.whole == 0).all()
    assert training.rng.random_sample() == draw
