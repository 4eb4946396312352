"""Small fitted models of every kind that a file may hold, and what they predict.

``python tests/saved_models.py`` writes them, with inputs and predictions, to
``tests/data/golden/VERSION``. That is done once for each release; files of older ones
are never written again. ``test_golden.py`` loads them all.
"""

import json
import re
from pathlib import Path

import joblib
import numpy as np
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sksequence
from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.cells import GRUCell, LSTMCell, RNNCell, SimpleGRUCell
from sksequence.parallel import DataParallel
from sksequence.preprocessing import (
    ByIndex,
    Downsample,
    ForwardFill,
    PerStep,
    ScaleEachSequence,
    StackFrames,
    TokenEncoder,
    TokenFeatures,
)

GOLDEN = Path(__file__).parent / "data" / "golden"
FEW = {"hidden_layer_sizes": 3, "max_iter": 2, "random_state": 0}
X = [
    np.sin(np.arange(2.0 * n).reshape(n, 2) * (1 + k))
    for k, n in enumerate([3, 1, 5, 4])
]
Y = ["no", "yes", "no", "maybe"]
GAPS = [np.where(x > 0.9, np.nan, x) for x in X]
TEXTS = ["the cat sat", "a dog sat, too", "the dog", "she saw the cat"]
WORDS = [text.split() for text in TEXTS]
TAGS = [[word[0] for word in words] for words in WORDS]
NUMBERS = [x.sum() for x in X]
STEPS = [x[:, 0] * 2 for x in X]
IDS = [[0, 1], [2], [1, 2, 2], [0]]
PEEPHOLES, SCALED = (
    LSTMCell(peephole="previous"),
    make_pipeline(StandardScaler(), PCA(1)),
)
METHODS = "predict", "predict_proba", "decision_function", "transform", "sample"

# name: (model, arguments of fit); what it predicts is of the first of them
MODELS = {
    "RNNClassifier": (RNNClassifier(**FEW), (X, Y)),
    "RNNClassifier of ids": (
        RNNClassifier(**FEW, embedding_dim=2, pooling="attention", cell="lstm"),
        (IDS, np.array([1, 3, 1, 3])),
    ),
    "RNNRegressor": (RNNRegressor(**FEW, cell=PEEPHOLES), (X, NUMBERS)),
    "RNNTagger": (RNNTagger(**FEW, embedding_dim=2, decoder="crf"), (IDS, IDS)),
    "RNNStepRegressor": (RNNStepRegressor(**FEW, cell=RNNCell()), (X, STEPS)),
    "RNNTranslator": (RNNTranslator(**FEW), (WORDS, TAGS)),
    "RNNGenerator": (RNNGenerator(**FEW), (np.eye(4), WORDS)),
    "RNNLanguageModel": (RNNLanguageModel(**FEW, cell=SimpleGRUCell()), (TEXTS, None)),
    "RNNLanguageModel of integers": (
        RNNLanguageModel(**FEW, embedding_dim=2, output="sampled"), (IDS, None)
    ),
    "to go on": (
        RNNClassifier(**FEW, warm_start=True, cell=GRUCell(reset_after=True)),
        (X, np.array([[0, 1], [1, 1], [0, 0], [1, 0]])),
    ),
    "TokenEncoder": (TokenEncoder(add_eos=True, lowercase=True), (TEXTS, None)),
    "TokenFeatures": (make_pipeline(TokenFeatures(), RNNTagger(**FEW)), (WORDS, TAGS)),
    "PerStep": (
        make_pipeline(PerStep(SCALED), RNNRegressor(**FEW)),
        (X, NUMBERS),
    ),
    "transformers": (
        make_pipeline(
            ForwardFill(), Downsample(2), ScaleEachSequence(), StackFrames(1, 1),
            RNNRegressor(**FEW),
        ),
        (GAPS, NUMBERS),
    ),
    "ByIndex": (
        make_pipeline(ByIndex(RaggedArray.from_sequences(X)), RNNClassifier(**FEW)),
        (np.arange(4)[:, None], Y),
    ),
    "text": (
        make_pipeline(TokenEncoder(), RNNClassifier(**FEW, embedding_dim=2)),
        (TEXTS, Y),
    ),
    "features": (make_pipeline(RNNClassifier(**FEW), LogisticRegression()), (X, Y)),
    "voting": (
        make_pipeline(
            Downsample(60), StackFrames(4, 4, deltas=True),
            VotingClassifier([("a", RNNClassifier(**FEW))], voting="soft"),
        ),
        (X, Y),
    ),
    "stacking": (StackingRegressor([("a", RNNRegressor(**FEW))], cv=2), (X, NUMBERS)),
    "bagging": (
        BaggingRegressor(
            make_pipeline(ByIndex(X), RNNRegressor(**FEW)), 2, random_state=0
        ),
        (np.arange(4)[:, None], NUMBERS),
    ),
    "one against the rest": (OneVsRestClassifier(RNNClassifier(**FEW)), (X, Y)),
    "DataParallel": (DataParallel(RNNRegressor(**FEW), n_shards=2), (X, NUMBERS)),
    "not fitted": (RNNTagger(alpha=0.1), None),
}  # fmt: skip


def fitted(name):
    """(fitted model, what to predict) of a name; None where it is not fitted."""
    model, arguments = MODELS[name]
    if arguments is None:
        return model, None
    with joblib.parallel_config("threading", n_jobs=1):
        return model.fit(*(a for a in arguments if a is not None)), arguments[0]


def predictions(model, X):
    """What a model says of some X, by method, as lists."""
    found = {}
    for method in METHODS if X is not None else ():
        if hasattr(model, method):
            if method == "sample":
                found[method] = as_lists(_sample(model, X))
            else:
                found[method] = as_lists(getattr(model, method)(X))
    return found


def _sample(model, X):
    if isinstance(model, RNNLanguageModel):
        return model.sample(2, random_state=0)
    return model.sample(X, random_state=0)


def as_lists(value):
    """Arrays and sequences as lists, whose numbers are exact in JSON."""
    if sparse.issparse(value):
        value = value.toarray()
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (np.ndarray, np.generic)) and not value.dtype.hasobject:
        return value.tolist()
    return [as_lists(v) for v in value]


def main():
    from sksequence import io

    version = re.match(r"[\d.]*\d", sksequence.__version__)[0]
    folder = GOLDEN / version
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        model, X = fitted(name)
        stem = name.replace(" ", "_")
        io.save(model, folder / f"{stem}.sks", compress=name == "RNNGenerator")
        said = {"X": None if X is None else as_lists(X), **predictions(model, X)}
        (folder / f"{stem}.json").write_text(json.dumps(said) + "\n", encoding="utf-8")
        print(f"{(folder / f'{stem}.sks').stat().st_size:7,} bytes  {name}")


if __name__ == "__main__":
    main()
