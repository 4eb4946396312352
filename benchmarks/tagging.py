"""Time to train and to tag beside PyTorch and CRFsuite, on English parts of speech.

    python benchmarks/tagging.py [--data DIR] [training crf tagging]

``training``: seconds of ``fit`` until the test accuracy is reached, two threads each.
``crf``: seconds of an epoch with a CRF over those with softmax, 22 labels.
``tagging``: seconds to tag the test set, one thread.
The PyTorch side has the same step features, sizes and batches: an EmbeddingBag and a
packed bidirectional LSTM, the table with sparse gradients and SparseAdam.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import sklearn_crfsuite
import torch
from _crfsuite import sentence_features
from _text_tasks import (
    read_columns,
    step_features,
    tagged_word_features,
    word_features,
)
from sklearn.feature_extraction.text import CountVectorizer
from threadpoolctl import threadpool_limits
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from sksequence import RNNTagger
from sksequence.preprocessing import PerStep

UNITS, BATCH, RATE, GOAL = 128, 32, 0.005, 0.945
REPEATS = 5


class TorchTagger(torch.nn.Module):
    """The same network, as one writes it in PyTorch."""

    def __init__(self, n_features, n_labels):
        super().__init__()
        self.embed = torch.nn.EmbeddingBag(n_features, UNITS, mode="sum", sparse=True)
        self.dropout = torch.nn.Dropout(0.3)
        self.lstm = torch.nn.LSTM(UNITS, UNITS, bidirectional=True, batch_first=True)
        self.output = torch.nn.Linear(2 * UNITS, n_labels)

    def forward(self, batch):
        """Scores of all steps, packed."""
        rows = batch.values
        embedded = self.embed(
            torch.from_numpy(rows.indices).long(),
            torch.from_numpy(rows.indptr[:-1]).long(),
        )
        lengths = torch.from_numpy(batch.lengths)
        steps = embedded.split(lengths.tolist())
        packed = pack_padded_sequence(
            self.dropout(pad_sequence(steps, batch_first=True)),
            lengths,
            batch_first=True,
            enforce_sorted=False,
        )
        hidden, _ = self.lstm(packed)
        return hidden._replace(data=self.output(self.dropout(hidden.data)))

    def tag(self, X):
        """Label indices of each sequence, by batches of similar length."""
        self.eval()
        order = np.argsort(-X.lengths)
        found = [None] * len(X)
        with torch.inference_mode():
            for start in range(0, len(X), BATCH):
                chosen = order[start : start + BATCH]
                scores = self(X[chosen])
                labels = scores._replace(data=scores.data.argmax(1, keepdim=True))
                padded, lengths = torch.nn.utils.rnn.pad_packed_sequence(
                    labels, batch_first=True
                )
                for i, row, n in zip(chosen, padded, lengths):
                    found[i] = row[:n, 0].numpy()
        return found


def torch_epochs(model, X, y):
    """Train, and yield the seconds of each epoch."""
    table = [model.embed.weight]
    others = [p for p in model.parameters() if p is not model.embed.weight]
    optimizers = [torch.optim.SparseAdam(table, RATE), torch.optim.Adam(others, RATE)]
    rng = np.random.default_rng(0)
    targets = [torch.from_numpy(labels).long() for labels in y]
    while True:
        started = time.perf_counter()
        model.train()
        order = rng.permutation(len(X))
        for start in range(0, len(X), BATCH):
            chosen = order[start : start + BATCH]
            scores = model(X[chosen])
            packed = torch.nn.utils.rnn.pack_sequence(
                [targets[i] for i in chosen], enforce_sorted=False
            )
            loss = torch.nn.functional.cross_entropy(scores.data, packed.data)
            model.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(others, 5.0)
            for optimizer in optimizers:
                optimizer.step()
        yield time.perf_counter() - started


def accuracy(found, y):
    """The accuracy over all steps."""
    return np.mean(np.concatenate(found) == np.concatenate(y))


def ewt(data):
    """Train and test: sparse steps, labels, and the words."""
    folder = data / "ud_english_ewt"
    words, y = read_columns(folder / "train.tsv")
    words_test, y_test = read_columns(folder / "test.tsv")
    X, X_test = step_features(word_features, words, words_test)
    return X, y, X_test, y_test, words, words_test


def training(data):
    """Seconds of training until the goal, both sides."""
    X, y, X_test, y_test, *_ = ewt(data)
    labels, codes = np.unique(np.concatenate(y), return_inverse=True)
    ends = np.cumsum([len(s) for s in y])[:-1]
    model = TorchTagger(X.values.shape[1], len(labels))
    torch.set_num_threads(2)
    theirs = ours = 0.0
    for epoch, seconds in enumerate(torch_epochs(model, X, np.split(codes, ends)), 1):
        theirs += seconds
        reached = accuracy([labels[k] for k in model.tag(X_test)], y_test)
        print(
            f"PyTorch    epoch {epoch}  {theirs:6.1f} s  accuracy {reached:.4f}",
            flush=True,
        )
        if reached >= GOAL or epoch == 20:
            break
    epochs = 4
    tagger = RNNTagger(
        UNITS, bidirectional=True, embedding_dim=UNITS, dropout=0.3, max_iter=epochs,
        learning_rate="one_cycle", learning_rate_init=RATE, n_jobs=2, random_state=0,
     cell="lstm")  # fmt: skip
    started = time.perf_counter()
    tagger.fit(X, y)
    ours = time.perf_counter() - started
    reached = tagger.score(X_test, y_test)
    print(f"sksequence {epochs} epochs  {ours:6.1f} s  accuracy {reached:.4f}")
    print(f"theirs / ours {theirs / ours:.2f}")


def crf(data):
    """Seconds of an epoch with and without the chain, in turn, for some widths."""
    words, tags, y = read_columns(data / "conll2000_chunk" / "train.tsv")
    steps = [list(zip(w, t)) for w, t in zip(words, tags)]
    (X,) = step_features(tagged_word_features, steps)
    for n_units in (16, 32, 64, UNITS):
        taggers = {
            decoder: RNNTagger(
                n_units,
                cell="lstm",
                embedding_dim=n_units,
                decoder=decoder,
                dropout=0.0,
                batch_size=BATCH,
                learning_rate_init=0.01,
                random_state=0,
            ).partial_fit(X, y)
            for decoder in ("softmax", "crf")
        }
        ratios = []
        for _ in range(5):
            softmax, chain = (
                tagger.partial_fit(X, y).history_[-1]["seconds"]
                for tagger in taggers.values()
            )
            ratios.append(chain / softmax)
        print(
            f"{len(taggers['crf'].classes_)} labels, {n_units} units, batch {BATCH}: "
            f"softmax {softmax:.2f} s an epoch, CRF {np.median(ratios) - 1:+.0%}",
            flush=True,
        )


def tagging(data):
    """Seconds to tag the test set, medians of interleaved runs, one thread."""
    X, y, X_test, _, words, words_test = ewt(data)
    torch.set_num_threads(1)
    model = TorchTagger(X.values.shape[1], 17)
    crfsuite = sklearn_crfsuite.CRF(max_iterations=20)
    crfsuite.fit([sentence_features(s) for s in words[:3000]], y[:3000])
    taggers = {
        decoder: RNNTagger(
            UNITS,
            bidirectional=True,
            embedding_dim=UNITS,
            decoder=decoder,
            max_iter=1,
            cell="lstm",
            learning_rate="constant",
            learning_rate_init=0.01,
            dropout=0.0,
        ).fit(X, y)
        for decoder in ("softmax", "crf")
    }
    features = [sentence_features(s) for s in words_test]
    vectorizer = CountVectorizer(analyzer=word_features, min_df=2, dtype=np.float32)
    per_step = PerStep(vectorizer).fit(words)
    calls = {
        "sksequence softmax": lambda: taggers["softmax"].predict(X_test),
        "sksequence crf": lambda: taggers["crf"].predict(X_test),
        "PyTorch packed BiLSTM": lambda: model.tag(X_test),
        "CRFsuite": lambda: crfsuite.predict(features),
        "(features for sksequence and PyTorch)": lambda: per_step.transform(words_test),
        "(features for CRFsuite)": lambda: [sentence_features(s) for s in words_test],
    }
    seconds = {name: [] for name in calls}
    with threadpool_limits(1):
        for _ in range(REPEATS):
            for name, call in calls.items():
                started = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - started)
    n_words = sum(map(len, words_test))
    ours = np.array(seconds["sksequence softmax"])
    for name, values in seconds.items():
        ratio, middle = np.median(np.array(values) / ours), np.median(values)
        print(
            f"{name:38} {middle:7.3f} s  {n_words / middle:9,.0f} words/s  "
            f"{ratio:6.2f} times our softmax"
        )


def main():
    """Run the parts that are named, or all."""
    parts = {part.__name__: part for part in (training, crf, tagging)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts))
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    arguments = parser.parse_args()
    for name in arguments.parts or parts:
        parts[name](Path(arguments.data))


if __name__ == "__main__":
    main()
