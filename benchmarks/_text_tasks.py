"""Quality tasks: labels of words and of texts, and the next chord."""

import json
import time

import numpy as np
from _crfsuite import crfsuite_predict
from _tasks import mean_of, task, train_and
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline

from sksequence import RNNClassifier, RNNTagger
from sksequence.metrics import span_f1_score, token_accuracy_score
from sksequence.preprocessing import PerStep, TokenEncoder

# -- a label for every word ------------------------------------------------------------


def read_columns(path):
    """Sentences of a file with a token a line and a blank line between them.

    Returns
    -------
    tuple of columns, each a list of one list of str a sentence
    """
    sentences = path.read_text(encoding="utf-8").strip("\n").split("\n\n")
    rows = [[line.split("\t") for line in s.split("\n")] for s in sentences]
    return tuple(
        [[row[k] for row in sentence] for sentence in rows]
        for k in range(len(rows[0][0]))
    )


def word_features(word):
    """The word, its 1 to 4 characters at a time, and what its letters look like."""
    padded = f"<{word}>"
    shape = [
        "X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else c
        for c in word
    ]
    squeezed = [c for k, c in enumerate(shape) if k == 0 or shape[k - 1] != c]
    return [
        f"w={word}",
        f"l={word.lower()}",
        f"s={''.join(squeezed)}",
        *(
            padded[k : k + n]
            for n in range(1, 5)
            for k in range(len(padded) - n + 1)
            if padded[k : k + n] not in "<>"
        ),
    ]


def tagged_word_features(step):
    """Features of a word, and its given part of speech."""
    word, tag = step
    return [*word_features(word), f"t={tag}"]


def step_features(features, X, *more):
    """Bags of step features in CSR, fitted on X."""
    vectorizer = CountVectorizer(analyzer=features, min_df=2, dtype=np.float32)
    per_step = PerStep(vectorizer)
    return per_step.fit_transform(X), *(per_step.transform(other) for other in more)


def tagger(features, min_df=2, **settings):
    """Bags of step features, embedded, under a bidirectional LSTM."""
    return make_pipeline(
        PerStep(CountVectorizer(analyzer=features, min_df=min_df, dtype=np.float32)),
        RNNTagger(cell="lstm", **settings),
    )


@task
def ewt(data, part):
    """Parts of speech; settings chosen on the dev set."""
    folder = data / "ud_english_ewt"
    X, y = read_columns(folder / "train.tsv")
    X_test, y_test = read_columns(folder / f"{part}.tsv")
    scores = []
    for seed in range(2):
        model = tagger(
            word_features,
            hidden_layer_sizes=128,
            embedding_dim=128,
            dropout=0.3,
            learning_rate="one_cycle",
            learning_rate_init=0.005,
            max_iter=8,
            random_state=seed,
        ).fit(X, y)
        scores.append(model.score(X_test, y_test))
    started = time.perf_counter()
    crfsuite = token_accuracy_score(y_test, crfsuite_predict(X, y, X_test))
    seconds = time.perf_counter() - started
    beside = f"sklearn-crfsuite {crfsuite:.4f} ({seconds:.0f} s); torch trial 0.946"
    yield "EWT parts of speech, accuracy, 2 seeds", mean_of(scores), ">= 0.947", beside


@task
def conll2000(data, part):
    """Chunks from words and given tags; the last 1,000 sentences are the dev set."""
    folder = data / "conll2000_chunk"
    words, tags, y = read_columns(folder / "train.tsv")
    words_test, tags_test, y_test = read_columns(folder / "test.tsv")
    if part == "dev":
        words_test, tags_test, y_test = words[-1000:], tags[-1000:], y[-1000:]
        words, tags, y = words[:-1000], tags[:-1000], y[:-1000]
    X = [list(zip(w, t)) for w, t in zip(words, tags)]
    X_test = [list(zip(w, t)) for w, t in zip(words_test, tags_test)]
    found = {}
    for decoder in ("crf", "softmax"):
        model = tagger(
            tagged_word_features,
            hidden_layer_sizes=128,
            embedding_dim=128,
            dropout=0.4,
            decoder=decoder,
            constraints="bio" if decoder == "crf" else None,
            learning_rate="one_cycle",
            learning_rate_init=0.005,
            max_iter=12,
            random_state=0,
        ).fit(X, y)
        found[decoder] = span_f1_score(y_test, model.predict(X_test))
    found["crfsuite"] = span_f1_score(y_test, crfsuite_predict(X, y, X_test))
    beside = (
        f"softmax {found['softmax']:.4f}; sklearn-crfsuite {found['crfsuite']:.4f}; "
        "BiLSTM-CRF 0.9413, CRF 0.9369 (Huang 2015)"
    )
    yield "CoNLL-2000 chunks, span F1", f"{found['crf']:.4f}", ">= 0.938", beside


@task
def atis(data, part):
    """Slots of flight queries; settings chosen on the valid set."""

    def read(part):
        text = (data / "atis" / f"{part}.tsv").read_text(encoding="utf-8")
        columns = [line.split("\t") for line in text.splitlines()]
        return [c[1].split() for c in columns], [c[2].split() for c in columns]

    X, y = read("train")
    X_test, y_test = read("test" if part == "test" else "valid")
    scores = []
    for seed in range(3):
        model = tagger(
            word_features,
            hidden_layer_sizes=128,
            embedding_dim=128,
            dropout=0.5,
            decoder="crf",
            learning_rate="one_cycle",
            learning_rate_init=0.005,
            max_iter=20,
            random_state=seed,
        ).fit(X, y)
        scores.append(span_f1_score(y_test, model.predict(X_test)))
    beside = "hybrid RNN 0.9506, BLSTM 0.9520; sklearn-crfsuite "
    beside += f"{span_f1_score(y_test, crfsuite_predict(X, y, X_test)):.4f}"
    yield "ATIS slots, span F1, 3 seeds", mean_of(scores), ">= 0.950", beside


# -- several labels a step -------------------------------------------------------------


@task
def chorales(data, part):
    """The next chord of Bach's chorales: 88 keys, each on or off."""
    file = data / "jsb_chorales" / "jsb-chorales-quarter.json"
    parts = json.loads(file.read_text(encoding="utf-8"))

    def rolls(part):
        for piece in parts[part]:
            roll = np.zeros((len(piece), 88), dtype=np.float32)
            for t, keys in enumerate(piece):
                roll[t, [key - 21 for key in keys]] = 1
            yield roll

    def next_step(part):
        pieces = list(rolls(part))
        return [roll[:-1] for roll in pieces], [roll[1:] for roll in pieces]

    def nll(model, part):
        X, y = next_step(part)
        p = (
            np.concatenate(model.predict_proba(X))
            .astype(np.float64)
            .clip(1e-7, 1 - 1e-7)
        )
        y = np.concatenate(y)
        return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum(axis=1).mean()

    X_val, y_val = next_step("valid")
    scores = []
    for seed in range(3):
        model = RNNTagger(
            200,
            dropout=0.5,
            recurrent_dropout=0.3,
            learning_rate_init=0.005,
            max_iter=120,
            n_iter_no_change=15,
            scoring=minus_loss,
            random_state=seed,
            cell="lstm",
            learning_rate="constant",
            bidirectional=False,
        ).fit(*next_step("train"), X_val=X_val, y_val=y_val)
        scores.append(nll(model, "test" if part == "test" else "valid"))
    beside = "LSTM 8.45, GRU 8.43, RNN 8.91 (Bai 2018)"
    yield "JSB chorales, NLL a step, 3 seeds", mean_of(scores), "<= 8.50", beside


def minus_loss(tagger, X, y):
    """Mean log likelihood of a step's keys, for early stopping."""
    p = np.concatenate(tagger.predict_proba(X)).astype(np.float64).clip(1e-7, 1 - 1e-7)
    y = np.concatenate(y)
    return (y * np.log(p) + (1 - y) * np.log1p(-p)).sum(axis=1).mean()


# -- a label for a text ----------------------------------------------------------------


def read_labelled(path):
    """Labels and texts of a file with a label and a text a line."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    y, X = zip(*(line.split("\t") for line in lines))
    return list(X), np.array(y)


@task
def trec(data, part):
    """Kinds of questions."""
    X, y = read_labelled(data / "trec" / "train.tsv")
    X_test, y_test = read_labelled(data / "trec" / "test.tsv")
    (X, y), (X_test, y_test) = train_and(part, (X, y), (X_test, y_test))
    scores = []
    for seed in range(3):
        model = make_pipeline(
            PerStep(CountVectorizer(analyzer=word_features, min_df=2)),
            RNNClassifier(
                128,
                bidirectional=True,
                embedding_dim=128,
                pooling="max",
                dropout=0.5,
                learning_rate="one_cycle",
                learning_rate_init=0.005,
                max_iter=12,
                random_state=seed,
                cell="lstm",
            ),
        ).fit([text.split() for text in X], y)
        scores.append(model.score([text.split() for text in X_test], y_test))
    yield (
        "TREC-6, accuracy, 3 seeds",
        mean_of(scores),
        ">= 0.88",
        "CNN 0.882 (Kim 2014)",
    )


@task
def rt_polarity(data, part):
    """Good and bad reviews."""
    X, y = read_labelled(data / "rt_polarity" / "train.tsv")
    X_test, y_test = read_labelled(data / "rt_polarity" / f"{part}.tsv")
    scores = []
    for seed in range(3):
        model = make_pipeline(
            TokenEncoder(min_count=2),
            RNNClassifier(
                128,
                bidirectional=True,
                embedding_dim=128,
                pooling="max",
                dropout=0.6,
                learning_rate="one_cycle",
                learning_rate_init=0.005,
                max_iter=6,
                random_state=seed,
                cell="lstm",
            ),
        ).fit([text.split() for text in X], y)
        scores.append(model.score([text.split() for text in X_test], y_test))
    yield "rt-polarity, accuracy, 3 seeds", mean_of(scores), ">= 0.75", "CNN 0.759"


@task
def nationality(data, part):
    """18 nationalities of names, by character."""
    X, y = read_labelled(data / "names_nationality" / "train.tsv")
    X_test, y_test = read_labelled(data / "names_nationality" / f"{part}.tsv")
    scores = []
    for seed in range(3):
        model = make_pipeline(
            TokenEncoder(analyzer="char"),
            RNNClassifier(
                128,
                bidirectional=True,
                embedding_dim=32,
                dropout=0.3,
                learning_rate="one_cycle",
                learning_rate_init=0.01,
                max_iter=15,
                random_state=seed,
                cell="lstm",
                pooling="last",
            ),
        ).fit(X, y)
        scores.append(model.score(X_test, y_test))
    beside = "majority 0.47; PyTorch char-RNN 0.73"
    yield (
        "names, 18 nationalities, accuracy, 3 seeds",
        mean_of(scores),
        ">= 0.82",
        beside,
    )
