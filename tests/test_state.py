"""What objects hold: changed at once or not at all, and read as they were fitted."""

import pickle

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators import ESTIMATORS
from sksequence.estimators._parameter_table import GENERATION
from sksequence.preprocessing import PerStep, TokenEncoder

RNG = np.random.default_rng(0)
X = [RNG.standard_normal((n, 2)) for n in [3, 5, 2, 4, 6, 3, 4, 5]]
IDS = [RNG.integers(0, 4, len(x)) for x in X]
Y = np.arange(8) % 3
STEP_LABELS = [np.arange(len(x)) % 2 for x in X]
TEXTS = ["a b a", "b a", "a a b b", "b", "a c", "c b a", "a", "b c"]
TABLE = RNG.standard_normal((8, 3))
SMALL = {"hidden_layer_sizes": 3, "max_iter": 2, "random_state": 0}

# name: (class, parameters, arguments of fit)
FITTED = {
    "classifier": (RNNClassifier, SMALL, (X, Y)),
    "classifier of ids": (RNNClassifier, SMALL | {"embedding_dim": 2}, (IDS, Y)),
    "classifier of two": (RNNClassifier, SMALL, (X, Y % 2)),
    "multilabel": (RNNClassifier, SMALL, (X, np.eye(3, dtype=int)[Y])),
    "classifier of a table": (RNNClassifier, SMALL, (TABLE, Y)),
    "regressor": (RNNRegressor, SMALL, (X, Y)),
    "regressor of two": (RNNRegressor, SMALL, (X, np.c_[Y, -Y])),
    "tagger": (RNNTagger, SMALL, (X, STEP_LABELS)),
    "tagger of rows": (
        RNNTagger,
        SMALL,
        (X, [np.eye(2, dtype=int)[y] for y in STEP_LABELS]),
    ),
    "crf": (
        RNNTagger,
        SMALL | {"decoder": "crf", "constraints": [(1, 1)]},
        (X, STEP_LABELS),
    ),
    "constrained": (RNNTagger, SMALL | {"constraints": [(1, 1)]}, (X, STEP_LABELS)),
    "language model": (RNNLanguageModel, SMALL, (TEXTS,)),
    "characters": (
        RNNLanguageModel,
        SMALL | {"analyzer": "char", "lowercase": True},
        (TEXTS,),
    ),
    "running text": (RNNLanguageModel, SMALL | {"contiguous": True}, (TEXTS,)),
    "integers": (RNNLanguageModel, SMALL, (IDS,)),
    "generator": (RNNGenerator, SMALL, (TABLE, TEXTS)),
    "generator of nothing": (RNNGenerator, SMALL, (None, TEXTS)),
    "translator": (
        RNNTranslator,
        SMALL | {"attention": "general", "replace_unk": True, "min_count": 2},
        (TEXTS, TEXTS[::-1]),
    ),
    "translator of vectors": (RNNTranslator, SMALL, (X, TEXTS)),
    "translator of ids": (
        RNNTranslator,
        SMALL | {"source_embedding_dim": 2},
        (IDS, TEXTS),
    ),
    "shared vocabulary": (
        RNNTranslator,
        SMALL | {"share_vocabulary": True},
        (TEXTS, TEXTS[::-1]),
    ),
    "tokens": (TokenEncoder, {"add_eos": True, "min_count": 2}, (TEXTS,)),
    "token characters": (
        TokenEncoder,
        {"analyzer": "char", "lowercase": True},
        (TEXTS,),
    ),
    "steps": (PerStep, {"transformer": StandardScaler()}, (X,)),
}
assert {cls for cls, _, _ in FITTED.values()} >= set(ESTIMATORS.values())
every_fitted = pytest.mark.parametrize("name", FITTED)


def fitted(name):
    cls, parameters, data = FITTED[name]
    return cls(**parameters).fit(*data), data


def readings(model, data):
    """What all public methods give that read a fitted object, by name."""
    calls = {
        name: data[:1]
        for name in (
            *("predict", "predict_proba", "predict_log_proba", "decision_function"),
            *("transform", "predict_n_best", "log_likelihoods", "perplexity"),
            *("bits_per_character", "predict_prefixes", "attention_weights"),
        )
    }
    calls |= dict.fromkeys(("score", "score_samples"), data)
    calls |= dict.fromkeys(
        ("get_feature_names_out", "params_", "n_tokens_", "tokens_", "transitions_"), ()
    )
    of_data = isinstance(model, (RNNTranslator, RNNGenerator))
    calls["sample"] = data[:1] if of_data else ()
    calls["beam_search"] = ()
    if isinstance(model, (TokenEncoder, PerStep)):
        calls["inverse_transform"] = (model.transform(*data[:1]),)
    if isinstance(model, RNNLanguageModel):
        first = model.encoder_.eos_token
        calls["step"] = ([first], model.initial_state())
        calls["iter_sample"] = ()
    found = {}
    for name, arguments in calls.items():
        options = {"random_state": 0} if "sample" in name else {}
        if name == "sample" or (name == "predict" and of_data):
            options["max_length"] = 6
        try:
            result = getattr(model, name)
            if callable(result):
                result = result(*arguments, **options)
            if name == "iter_sample":
                result = [next(result) for _ in range(5)]
        except (AttributeError, ValueError, TypeError) as error:
            result = type(error).__name__  # it has no such method, or not for this
        found[name] = plain(result)
    return found


def plain(value):
    """Arrays, and containers of arrays, as lists that can be compared."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, RaggedArray)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return (
            [plain(part) for part in value] if value.dtype == object else value.tolist()
        )
    return value


class Unheard:
    """A value that no parameter may have, and that can do nothing."""

    __hash__ = None

    def __bool__(self):
        raise AssertionError("a parameter was read after fit")

    def __eq__(self, other):
        return self is other


@every_fitted
def test_parameters_changed_after_fit_change_nothing(name):
    model, data = fitted(name)
    expected = readings(model, data)
    methods = [k for k, result in expected.items() if not isinstance(result, str)]
    assert len(methods) >= 3
    for parameter in model.get_params(deep=False):
        if parameter in {*GENERATION, "replace_unk"}:
            continue
        changed = pickle.loads(pickle.dumps(model))
        changed.set_params(**{parameter: Unheard()})
        found = readings(changed, data)
        assert found == expected, parameter
