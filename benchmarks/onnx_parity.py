"""Exported models in ONNX Runtime beside our predictions: the largest differences.

    python benchmarks/onnx_parity.py [--quick]

Every cell, in one direction and in both, of 1 to 3 layers, with every pooling, in both
precisions, on 60 recordings of 7 to 29 steps of the Japanese vowels, shuffled, padded
with NaN and run as one batch; and in one direction one step at a time. Weights are
random beyond their start values, so that no gate and no attention is idle. Then the
other estimators, each with every cell: numbers in units of ``y_scale_``, and of a CRF
the largest difference of its scores over the largest of them.
"""

import argparse
import sys
from itertools import product

import numpy as np
import onnxruntime

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from sksequence.cells import CELLS, GRUCell
from sksequence.datasets import load_first_names, load_japanese_vowels
from sksequence.network import POOLINGS
from sksequence.onnx import to_onnx

GOAL = 1e-5
N_SEQUENCES, N_UNITS = 60, 16
CELLS_OF_ONNX = {**CELLS, "gru, reset_after": GRUCell(reset_after=True)}
PRECISIONS = ("float32", "float64")
LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson")


def session_of(model):
    """ONNX Runtime, with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def run(estimator, given):
    """The outputs of an exported estimator by name."""
    session = session_of(to_onnx(estimator))
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given)))


def stirred(estimator, size=0.2):
    """A fitted estimator whose weights are all random."""
    rng = np.random.default_rng(0)
    for name, values in estimator.params_.items():
        if "standardize" not in name:
            values += size * rng.standard_normal(values.shape)
    return estimator


def padded(X, dtype):
    """X and lengths as a model takes them; padding is NaN."""
    values, lengths = X.to_padded(np.nan)
    return {"X": values.astype(dtype), "lengths": lengths}


def of_steps(outputs, X):
    """What comes out of the steps that there are, end to end."""
    return np.concatenate([out[:n] for out, n in zip(outputs, X.lengths)])


def data():
    """Shuffled sequences, a class each, and numbers at every step."""
    X, y = load_japanese_vowels(subset="test", return_X_y=True)
    which = np.random.default_rng(0).permutation(len(X))[:N_SEQUENCES]
    X, y = X[which], y[which]
    sums = [x[:, :2].cumsum(axis=0) for x in X]
    return X, y, sums


def settings(cell, dtype="float64", sizes=(N_UNITS,), **others):
    few = {"max_iter": 1, "random_state": 0, "dropout": 0.0}
    return {
        "hidden_layer_sizes": sizes, "cell": cell, "dtype": dtype, **few, **others
    }  # fmt: skip


def classifier(cell, pooling, bidirectional, depth, dtype):
    """The largest difference of a probability."""
    X, y, _ = data()
    clf = RNNClassifier(
        **settings(CELLS_OF_ONNX[cell], dtype, (N_UNITS,) * depth),
        bidirectional=bidirectional,
        pooling=pooling,
    )
    clf = stirred(clf.fit(X, y))
    p = run(clf, padded(X, dtype))["probabilities"]
    return np.abs(p - clf.predict_proba(X)).max()


def step_by_step(cell, pooling, depth, dtype):
    """As of ``classifier``, after each step of sequences that are read one by one."""
    X, y, _ = data()
    X = X.with_values(X.values.astype(dtype))
    clf = RNNClassifier(
        **settings(CELLS_OF_ONNX[cell], dtype, (N_UNITS,) * depth),
        bidirectional=False,
        pooling=pooling,
    )
    clf = stirred(clf.fit(X, y))
    session = session_of(to_onnx(clf, step=True))
    names = [value.name for value in session.get_inputs()]
    staged, most = clf.staged_predict_proba(X), []
    states = [
        np.zeros((len(X), value.shape[1]), np.float32)
        for value in session.get_inputs()[1:]
    ]
    for t in range(X.lengths.max()):
        # Those that have ended go on with their last step, and are not looked at.
        rows = np.stack([x[min(t, len(x) - 1)] for x in X])
        _, p, *states = session.run(None, dict(zip(names, [rows, *states])))
        most += [np.abs(p[i] - s[t]).max() for i, s in enumerate(staged) if t < len(s)]
    return max(most)


def regressor(cell, loss):
    """The largest difference, in the units ``y_scale_`` of the targets."""
    X, _, sums = data()
    y = np.array([s[-1] for s in sums]) + 1000
    reg = RNNRegressor(**settings(CELLS_OF_ONNX[cell]), loss=loss)
    reg = stirred(reg.fit(X, y), 0.1)
    y_hat = run(reg, padded(X, "float64"))["prediction"]
    return np.abs((y_hat - reg.predict(X)) / reg.y_scale_).max()


def step_regressor(cell):
    """As of ``regressor``."""
    X, _, sums = data()
    reg = RNNStepRegressor(**settings(CELLS_OF_ONNX[cell]), dense_layer_sizes=(8,))
    reg = stirred(reg.fit(X, sums), 0.1)
    y_hat = of_steps(run(reg, padded(X, "float64"))["prediction"], X)
    difference = np.concatenate(list(reg.predict(X))) - y_hat
    return np.abs(difference / reg.y_scale_).max()


def tagger(cell, decoder):
    """Of a probability, or with the CRF of a score, over the largest one."""
    X, _, sums = data()
    tags = [np.where(s[:, 0] > 0, "up", "down") for s in sums]
    model = RNNTagger(**settings(CELLS_OF_ONNX[cell]), decoder=decoder)
    model = stirred(model.fit(X, tags))
    found = run(model, padded(X, "float64"))
    if decoder == "softmax":
        p = np.concatenate(list(model.predict_proba(X)))
        return np.abs(of_steps(found["probabilities"], X) - p).max()
    scores = model.transform(X).values @ model.params_["output.W"]
    scores += model.params_["output.b"]
    difference = np.abs(of_steps(found["scores"], X) - scores).max()
    return difference / np.abs(scores).max()


def language_model(cell):
    """Of a log probability."""
    names, _ = load_first_names(return_X_y=True)
    names = names[:200]
    model = RNNLanguageModel(
        **settings(CELLS_OF_ONNX[cell], "float32", (N_UNITS, N_UNITS)),
        analyzer="char",
    )
    model = stirred(model.fit(names))
    end = model.encoder_.vocabulary_["</s>"]
    X = [[end, *(model.encoder_.vocabulary_[c] for c in name)] for name in names]
    X = RaggedArray.from_sequences(X)
    tokens, _ = X.to_padded(end)
    states = {
        f"rnn{k}_{state}": np.zeros((len(X), N_UNITS), np.float32)
        for k in (0, 1)
        for state in CELLS_OF_ONNX[cell].states
    }
    found = run(model, {"tokens": tokens.astype(np.int64), **states})
    p = np.exp(of_steps(found["log_probabilities"], X))
    return np.abs(p - np.concatenate(list(model.predict_proba(names)))).max()


def table(title, columns, rows):
    """Print a table of differences; the largest one of all."""
    print(f"\n{title}\n")
    print("| cell |" + "".join(f" {column} |" for column in columns))
    print("|---|" + "---|" * len(columns))
    for cell, values in rows.items():
        print(f"| {cell} |" + "".join(f" {value:.1e} |" for value in values))
    return max(max(values) for values in rows.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two cells, one depth")
    quick = parser.parse_args().quick
    cells = ["lstm", "gru_simple"] if quick else list(CELLS_OF_ONNX)
    depths = [2] if quick else [1, 2, 3]
    grid = list(product([False, True], depths, PRECISIONS))
    most = [
        table(
            f"Classifier, {len(grid)} networks each: one direction and two, "
            f"{len(depths)} depths, {len(PRECISIONS)} precisions",
            POOLINGS,
            {
                cell: [
                    max(classifier(cell, pooling, *others) for others in grid)
                    for pooling in POOLINGS
                ]
                for cell in cells
            },
        ),
        table(
            "Classifier, one step at a time: the depths and precisions",
            POOLINGS,
            {
                cell: [
                    max(
                        step_by_step(cell, pooling, *others)
                        for others in product(depths, PRECISIONS)
                    )
                    for pooling in POOLINGS
                ]
                for cell in cells
            },
        ),
        table(
            "Regressor, by loss",
            LOSSES,
            {cell: [regressor(cell, loss) for loss in LOSSES] for cell in cells},
        ),
        table(
            "Others",
            ["step regressor", "tagger", "tagger, CRF", "language model"],
            {
                cell: [
                    step_regressor(cell),
                    tagger(cell, "softmax"),
                    tagger(cell, "crf"),
                    language_model(cell),
                ]
                for cell in cells
            },
        ),
    ]
    print(f"\nThe largest difference: {max(most):.1e} (goal: {GOAL:g})")
    return int(max(most) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
