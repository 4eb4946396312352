"""The study from which defaults were chosen, and how they do on the test parts.

    python benchmarks/defaults.py KIND [--data DIR] [--tasks NAME ...] [...]

A candidate is what differs from the defaults of a class. They are compared on training
and dev parts: sets without a dev part are cross-validated, with the same folds for all
candidates. What is printed is the score, task by task, their mean, the spread (the
best seed minus the worst, a mean over tasks), and the seconds of all fits and
predictions. ``--test`` is the one look at the test parts: the defaults
alone, three seeds. Scores are accuracies, unless a task says otherwise.
"""

import argparse
import os
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from _language_tasks import read_column
from _rentals import hours_of_rentals
from _series_recipe import voting
from _text_tasks import read_columns, read_labelled
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.datasets import load_sunspots, make_adding_problem
from sksequence.metrics import exact_match_score, span_f1_score
from sksequence.preprocessing import (
    Downsample,
    ForwardFill,
    StackFrames,
    TokenEncoder,
    TokenFeatures,
)

MOST, FEW = 2500, 100  # series of a set that are used; with fewer, five folds, else two
# The published accuracies of ROCKET and InceptionTime (None: not published).
PUBLISHED = {
    "AllGestureWiimoteX": (0.790, 0.790), "BasicMotions": (None, 1.000),
    "CBF": (1.000, 0.999), "CricketX": (0.819, 0.854), "DodgerLoopGame": (0.873, 0.855),
    "ERing": (None, None), "FingerMovements": (None, 0.520),
    "GestureMidAirD1": (0.717, 0.746), "GesturePebbleZ1": (0.906, 0.924),
    "GunPoint": (1.000, 1.000), "ItalyPowerDemand": (0.970, 0.965),
    "JapaneseVowels": (0.965, 0.992), "NATOPS": (0.885, 0.972),
    "PenDigits": (None, 0.986), "SwedishLeaf": (0.964, 0.974),
    "SyntheticControl": (1.000, 0.997),
}  # fmt: skip


# -- tasks: (data, part) -> the parts of a set: X, y, X_test, y_test -------------------


def series(data, part, name):
    """Series; missing values are filled with the last one seen."""

    def read(of):
        with np.load(data / "uea" / name / f"{of}.npz") as file:
            X = RaggedArray.from_concatenated(file["X"], file["lengths"])
            return X, file["y"]

    X, y = read("train")
    if part == "test":
        X_test, y_test = read("test")
        if np.isnan(X.values).any():
            fill = ForwardFill(add_indicator=False)
            X, X_test = fill.fit_transform(X), fill.transform(X_test)
        return [(X, y, X_test, y_test)]
    if np.isnan(X.values).any():
        X = ForwardFill(add_indicator=False).fit_transform(X)
    if len(X) > MOST:
        kept = np.sort(np.random.default_rng(0).permutation(len(X))[:MOST])
        X, y = X[kept], y[kept]
    return folds(X, y, 5 if len(X) <= FEW else 2)


def texts(data, part, name):
    """Texts and a label each."""
    X, y = read_labelled(data / name / "train.tsv")
    X = np.array(X, dtype=object)
    if part == "test":
        X_test, y_test = read_labelled(data / name / "test.tsv")
        return [(X, y, np.array(X_test, dtype=object), y_test)]
    dev = data / name / "dev.tsv"
    if dev.exists():
        X_dev, y_dev = read_labelled(dev)
        return [(X, y, np.array(X_dev, dtype=object), y_dev)]
    return folds(X, y, 2)


def texts_apart(data, part, name):
    """Texts and a label each, in three folds that share no text."""
    if part == "test":
        return texts(data, part, name)
    X, y = read_labelled(data / name / "train.tsv")
    X = np.array(X, dtype=object)
    split = StratifiedGroupKFold(3, shuffle=True, random_state=0).split(X, y, X)
    return [(X[train], y[train], X[dev], y[dev]) for train, dev in split]


def intents(data, part, name):
    """The intents of flight queries."""

    def read(of):
        lines = (data / name / f"{of}.tsv").read_text(encoding="utf-8").splitlines()
        y, X = zip(*(line.split("\t")[:2] for line in lines))
        return np.array(X, dtype=object), np.array(y)

    return [(*read("train"), *read("test" if part == "test" else "valid"))]


def tags(data, part, name):
    """Words (with their parts of speech, if they are given) and a tag each."""
    *X, y = read_columns(data / name / "train.tsv")
    if part == "test" or (data / name / "dev.tsv").exists():
        *X_test, y_test = read_columns(data / name / f"{part}.tsv")
    else:
        X_test, y_test = [column[-1000:] for column in X], y[-1000:]
        X, y = [column[:-1000] for column in X], y[:-1000]
    X, X_test = ([steps_of(*s) for s in zip(*columns)] for columns in (X, X_test))
    return [(X, y, X_test, y_test)]


def steps_of(words, *others):
    return list(zip(words, *others)) if others else words


def sunspots(data, part, name, ends=(1850, 1885)):
    """One year ahead from twelve: the 35 years after each end."""
    found = load_sunspots(n_lags=12)
    X, y, year = found.data, found.target, found.year
    if part == "test":
        ends = (1920,)
    after = [(year > end) & (year <= end + 35) for end in ends]
    return [(X[year <= end], y[year <= end], X[a], y[a]) for end, a in zip(ends, after)]


def rentals(data, part, name, n=None):
    """The next hour's rentals from the 48 hours before, with weather and calendar."""
    count, train, test, windows = hours_of_rentals(data, part)
    train = train[-n:] if n else train
    return [(windows(train), count[train], windows(test), count[test])]


def phones(data, part, name, n=None):
    """How many phones a word has, from its letters."""
    X, X_dev, X_test = (
        np.array(part, dtype=object) for part in read_column(data / name, 0)
    )
    y, y_dev, y_test = (
        np.array([len(phones.split()) for phones in part], dtype=float)
        for part in read_column(data / name, 1)
    )
    X, y = X[::10][:n], y[::10][:n]
    return [(X, y, X_test, y_test) if part == "test" else (X, y, X_dev, y_dev)]


def sums(data, part, name):
    """The sum of two to eight numbers, from 100 examples, without noise."""
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((n, 1)) for n in rng.integers(2, 9, 600)]
    y = np.array([x.sum() for x in X])
    return [(X[:100], y[:100], X[100:], y[100:])]


def adding(data, part, name):
    """The adding problem with ten steps, from 200 examples, without noise."""
    train = make_adding_problem(200, 10, random_state=0)
    return [(*train, *make_adding_problem(1000, 10, random_state=2))]


def characters(data, part, name, n=100_000):
    """Running text."""
    if part == "test":
        n = 300_000
    read = [
        (data / name / f"{part}.txt").read_text(encoding="utf-8")
        for part in ("train", part)
    ]
    return [(read[0][:n], None, read[1], None)]


def texts_alone(data, part, name, column=1, n=10_000):
    """Names or sentences, without labels."""
    train, dev, test = read_column(data / name, column)
    return [(train[:n], None, test if part == "test" else dev[:1500], None)]


def pairs(data, part, name):
    """Two columns of texts, the second of which is to be written."""
    X, y = (read_column(data / name, column) for column in (0, 1))
    which, n = (2, 10_000) if part == "test" else (1, 3000)
    return [(X[0][:n], y[0][:n], X[which][:1000], y[which][:1000])]


def folds(X, y, n):
    split = StratifiedKFold(n, shuffle=True, random_state=0).split(np.zeros(len(y)), y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with fewer members than folds
        return [(X[train], y[train], X[dev], y[dev]) for train, dev in split]


# -- models ----------------------------------------------------------------------------


def of_tokens(analyzer, model):
    def build(**settings):
        encoder = TokenEncoder(analyzer, token_pattern=r"\S+")
        return make_pipeline(encoder, model(embedding_dim=DIMENSIONS, **settings))

    return build


def of_stacked_frames(**settings):
    frames = StackFrames(4, 4, deltas=True)
    return make_pipeline(Downsample(60), frames, RNNClassifier(**settings))


def feature_tagger(**settings):
    return make_pipeline(
        TokenFeatures(), RNNTagger(embedding_dim=DIMENSIONS, **settings)
    )


def chunker(**settings):
    return feature_tagger(decoder="crf", **settings)


def running_text(**settings):
    return RNNLanguageModel(analyzer="char", contiguous=True, **settings)


def name_model(**settings):
    return RNNLanguageModel(analyzer="char", **settings)


def word_model(**settings):
    return RNNLanguageModel(min_count=2, **settings)


def translator(**settings):
    both = {"source_analyzer": "char", "target_analyzer": "char"}
    return RNNTranslator(**both, **settings)


# -- scores ----------------------------------------------------------------------------


def own_score(model, X, y):
    return model.score(X, y)


def distinct_accuracy(model, X, y):
    """Accuracy in which a text that is there n times counts once, not n times."""
    _, which, counts = np.unique(X.astype(str), return_inverse=True, return_counts=True)
    return np.average(model.predict(X) == y, weights=1 / counts[which])


def minus_relative_error(model, X, y):
    """Minus the squared error over the variance of what is predicted."""
    return -np.mean((model.predict(X) - y) ** 2) / np.var(y)


def minus_rmse(model, X, y):
    return -np.sqrt(np.mean((model.predict(X) - y) ** 2))


def span_f1(model, X, y):
    return span_f1_score(y, model.predict(X))


def exact_match(model, X, y):
    return exact_match_score(y, model.predict(X))


DIMENSIONS = 64
WORDS, CHARACTERS = (of_tokens(a, RNNClassifier) for a in ("word", "char"))
# What tasks have in common: folder, model, score.
NAMES = "names_nationality", CHARACTERS
PLAIN = None, RNNRegressor, minus_relative_error
RENTALS = None, RNNRegressor, minus_rmse
PHONES = "cmudict_g2p", of_tokens("char", RNNRegressor), minus_relative_error
RUNNING = "tiny_shakespeare", running_text, own_score
# kind: {task: (parts, folder, model, score)}
TASKS = {
    "series": {name: (series, name, RNNClassifier, own_score) for name in PUBLISHED},
    "stacked": {
        name: (series, name, of_stacked_frames, own_score) for name in PUBLISHED
    },
    "recipe": {name: (series, name, voting, own_score) for name in PUBLISHED},
    "texts": {
        "TREC": (texts, "trec", WORDS, own_score),
        "rt-polarity": (texts, "rt_polarity", WORDS, own_score),
        "names": (texts, *NAMES, own_score),
        "ATIS intents": (intents, "atis", WORDS, own_score),
    },
    "names": {
        "names": (texts_apart, *NAMES, own_score),
        "distinct names": (texts_apart, *NAMES, distinct_accuracy),
    },
    "numbers": {
        "sunspots": (sunspots, *PLAIN),
        "rentals": (rentals, *RENTALS),
        "phones": (phones, *PHONES),
    },
    "few": {
        "sunspots": (partial(sunspots, ends=(1815, 1850, 1885)), *PLAIN),
        "rentals": (partial(rentals, n=500), *RENTALS),
        "phones": (partial(phones, n=500), *PHONES),
        "sums": (sums, *PLAIN),
        "adding": (adding, *PLAIN),
    },
    "tags": {
        "EWT, words": (tags, "ud_english_ewt", of_tokens("word", RNNTagger), own_score),
        "EWT": (tags, "ud_english_ewt", feature_tagger, own_score),
        "CoNLL-2000": (tags, "conll2000_chunk", chunker, span_f1),
    },
    "language": {
        "Shakespeare": (characters, *RUNNING),
        "of 30,000": (partial(characters, n=30_000), *RUNNING),
        "of 500,000": (partial(characters, n=500_000), *RUNNING),
        "dinosaurs": (texts_alone, "dinos", name_model, own_score),
        "people": (texts_alone, "names_nationality", name_model, own_score),
        "English": (
            partial(texts_alone, column=0),
            "tatoeba_fra_eng",
            word_model,
            own_score,
        ),
    },
    "pairs": {
        "dates": (pairs, "date_iso", translator, exact_match),
        "phones": (pairs, "cmudict_g2p", translator, exact_match),
    },
}
OLD = {"cell": "lstm", "learning_rate": "constant", "learning_rate_init": 0.01}
AVERAGED = {
    "ema_decay=0.99": {"ema_decay": 0.99},
    "ema_decay=0.998": {"ema_decay": 0.998},
    "constant, ema_decay=0.99": {"learning_rate": "constant", "ema_decay": 0.99},
    "constant, ema_decay=0.998": {"learning_rate": "constant", "ema_decay": 0.998},
}
OF_SERIES = {
    "as it was": {
        **OLD,
        "bidirectional": False,
        "pooling": "last",
        "dropout": 0,
        "batch_size": 32,
        "max_iter": 100,
    },
    "defaults": {},
    "one direction": {"bidirectional": False},
    "lstm": {"cell": "lstm"},
    "last": {"pooling": "last"},
    "mean": {"pooling": "mean"},
    "concat": {"pooling": "concat"},
    "attention": {"pooling": "attention"},
    "constant": {"learning_rate": "constant"},
    "one_cycle": {"learning_rate": "one_cycle"},
    "rate 0.01": {"learning_rate_init": 0.01},
    "rate 0.002": {"learning_rate_init": 0.002},
    "no dropout": {"dropout": 0},
    "dropout 0.5": {"dropout": 0.5},
    "batches of 32": {"batch_size": 32},
    "not standardised": {"standardize": False},
    "label smoothing": {"label_smoothing": 0.1},
    "64 units": {"hidden_layer_sizes": 64},
    "128 units": {"hidden_layer_sizes": 128},
    **AVERAGED,
}
CANDIDATES = {
    "series": OF_SERIES,
    "stacked": {
        name: OF_SERIES[name]
        for name in (
            "defaults", "concat", "lstm", "no dropout", "label smoothing", "128 units",
        )
    }
    | AVERAGED,
    "recipe": {
        "defaults": {},
        "frames": {"views": ["frames"] * 3},
        "steps, frames, frames": {"views": ["steps", "frames", "frames"]},
        "frames, frames, shapes": {"views": ["frames", "frames", "shapes"]},
        "one of each": {"views": ["steps", "frames", "shapes"]},
    },
    "texts": {
        name: OF_SERIES[name]
        for name in (
            "defaults", "one direction", "lstm", "last", "mean", "concat",
            "no dropout", "dropout 0.5", "rate 0.01", "64 units",
        )
    }
    | {
        "token_dropout=0": {"token_dropout": 0},
        "lstm, no dropout": {"cell": "lstm", "dropout": 0},
    }
    | AVERAGED,
    "names": {
        name: OF_SERIES[name]
        for name in (
            "defaults", "lstm", "last", "concat", "no dropout", "dropout 0.5",
            "rate 0.01", "label smoothing", "constant, ema_decay=0.998", "64 units",
        )
    }
    | {
        "20 epochs": {"max_iter": 20},
        "24 epochs": {"max_iter": 24},
        "token_dropout=0": {"token_dropout": 0},
        "recurrent_dropout=0.3": {"recurrent_dropout": 0.3},
        "adamw": {"solver": "adamw", "alpha": 0.1},
    },
    "numbers": {
        "as it was": {**OLD, "max_iter": 100},
        "defaults": {},
        "both directions": {"bidirectional": True},
        "lstm": {"cell": "lstm"},
        "mean": {"pooling": "mean"},
        "dropout 0.2": {"dropout": 0.2},
        "128 units": {"hidden_layer_sizes": 128},
        **AVERAGED,
    },
    "few": {
        f"{epochs} epochs, {name}".removesuffix(", "): {"max_iter": epochs, **settings}
        for epochs in (100, 50, 30)
        for name, settings in {
            "": {},
            "ema_decay=0.998": {"ema_decay": 0.998},
            "dropout 0.2": {"dropout": 0.2},
        }.items()
    },
    "tags": {
        "defaults": {},
        "one direction": {"bidirectional": False},
        "lstm": {"cell": "lstm"},
        "no dropout": {"dropout": 0},
        "dropout 0.5": {"dropout": 0.5},
        "rate 0.01": {"learning_rate_init": 0.01},
        "128 units": {"hidden_layer_sizes": 128},
        **AVERAGED,
    },
    "language": {
        "as it was": {**OLD, "dropout": 0},
        "defaults": {},
        "lstm": {"cell": "lstm"},
        "no dropout": {"dropout": 0},
        "dropout 0.1": {"dropout": 0.1},
        "dropout 0.3": {"dropout": 0.3},
        "128 units": {"hidden_layer_sizes": 128},
        **AVERAGED,
    },
    "pairs": {
        "as it was": {**OLD, "max_iter": 20},
        "defaults": {},
        "lstm": {"cell": "lstm"},
        "dropout 0.3": {"dropout": 0.3},
        "20 epochs": {"max_iter": 20},
        "128 units": {"hidden_layer_sizes": 128},
        **AVERAGED,
    },
}  # fmt: skip


# -- the command -----------------------------------------------------------------------


def evaluated(task, parts, settings, seeds):
    """The score of each seed, a mean over folds, and the seconds of all."""
    _, _, build, score = task
    started, scores = time.perf_counter(), []
    for seed in seeds:
        of_folds = []
        for X, y, X_test, y_test in parts:
            model = build(random_state=seed, **settings)
            model.fit(X) if y is None else model.fit(X, y)
            of_folds.append(score(model, X_test, y_test))
        scores.append(float(np.mean(of_folds)))
    return scores, time.perf_counter() - started


def compare(arguments, tasks):
    """Print a table of the candidates, on training and dev parts."""
    data = Path(arguments.data)
    parts = {name: task[0](data, "dev", task[1]) for name, task in tasks.items()}
    print("| candidate | " + " | ".join(tasks) + " | mean | spread | s |")
    print("|---" * (len(tasks) + 4) + "|")
    for candidate, settings in CANDIDATES[arguments.kind].items():
        if arguments.candidates and candidate not in arguments.candidates:
            continue
        means, spreads, seconds = [], [], 0.0
        for name, task in tasks.items():
            scores, s = evaluated(
                task,
                parts[name],
                settings | {"engine": arguments.engine},
                range(arguments.seeds or 1),
            )
            means.append(np.mean(scores))
            spreads.append(np.ptp(scores))
            seconds += s
        each = [f"{mean:.3f}" for mean in means]
        summary = f"{np.mean(means):.4f}", f"{np.mean(spreads):.3f}", f"{seconds:.0f}"
        print(f"| {' | '.join([candidate, *each, *summary])} |", flush=True)


def look(arguments, tasks):
    """Print the scores of the defaults on the test parts, and what is published."""
    print("| task | mean | seeds | ROCKET | InceptionTime | s |\n" + "|---" * 6 + "|")
    means = {}
    for name, task in tasks.items():
        parts = task[0](Path(arguments.data), "test", task[1])
        settings, seeds = {"engine": arguments.engine}, range(arguments.seeds or 3)
        scores, seconds = evaluated(task, parts, settings, seeds)
        means[name] = np.mean(scores)
        beside = [p or "" for p in PUBLISHED.get(name, ("", ""))]
        each = " ".join(f"{score:.4f}" for score in scores)
        print(
            f"| {name} | {means[name]:.4f} | {each} | {beside[0]} | {beside[1]} | "
            f"{seconds:.0f} |",
            flush=True,
        )
    print(f"mean of {len(means)}: {np.mean(list(means.values())):.4f}")
    for k, peer in enumerate(("ROCKET", "InceptionTime")):
        both = [name for name in means if PUBLISHED.get(name, (None, None))[k]]
        if both:
            theirs = [PUBLISHED[name][k] for name in both]
            ours = [means[name] for name in both]
            ahead = sum(a > b for a, b in zip(ours, theirs))
            print(
                f"on the {len(both)} sets of {peer}: {np.mean(ours):.4f} beside "
                f"{np.mean(theirs):.4f}; ahead on {ahead}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=TASKS)
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--tasks", nargs="+", metavar="NAME")
    parser.add_argument("--candidates", nargs="+", metavar="NAME")
    parser.add_argument("--seeds", type=int, help="how many (1; on test parts 3)")
    parser.add_argument("--engine", default="numpy", help='"numba" is faster')
    parser.add_argument("--test", action="store_true", help="the look at test parts")
    arguments = parser.parse_args()
    if arguments.test and arguments.kind == "few":
        parser.error("few has no test parts.")
    tasks = TASKS[arguments.kind]
    if arguments.tasks:
        tasks = {name: tasks[name] for name in arguments.tasks}
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        (look if arguments.test else compare)(arguments, tasks)


if __name__ == "__main__":
    main()
