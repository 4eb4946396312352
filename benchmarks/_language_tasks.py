"""Quality tasks: language models of characters and of words."""

import time

import numpy as np
from _ngrams import best_ngram
from _tasks import mean_of, task

from sksequence import RNNLanguageModel
from sksequence.preprocessing import TokenEncoder

PARTS = ("train", "dev", "test")


def read_column(folder, column):
    """One column of the tables of a folder, a list of str a part."""
    texts = [(folder / f"{part}.tsv").read_text(encoding="utf-8") for part in PARTS]
    return [
        [line.split("\t")[column] for line in text.rstrip("\n").split("\n")]
        for text in texts
    ]


# -- characters ------------------------------------------------------------------------


@task
def shakespeare(data, part):
    """Running text by character, two threads; settings chosen on the dev part.

    With compiled loops, which the extra ``fast`` brings.
    """
    train, dev, test = (
        (data / "tiny_shakespeare" / f"{part}.txt").read_text(encoding="utf-8")
        for part in PARTS
    )
    model = RNNLanguageModel(
        (512, 512),
        analyzer="char",
        contiguous=True,
        bptt_length=100,
        batch_size=40,
        embedding_dim=64,
        dropout=0.4,
        learning_rate="one_cycle",
        learning_rate_init=0.003,
        max_iter=13,
        engine="numba",
        n_jobs=2,
        random_state=0,
        verbose=1,
        cell="lstm",
    )
    if part == "dev":
        test = dev
    started = time.perf_counter()
    model.fit(train, X_val=dev)
    minutes = (time.perf_counter() - started) / 60
    (text,) = model.sample(
        prefix="ROMEO:\n", max_length=500, temperature=0.8, random_state=0
    )
    print(text)
    yield (
        "tiny Shakespeare, nats a character",
        f"{-model.score(test):.4f}",
        "<= 1.50",
        f"{minutes:.1f} min on 2 threads; 4-gram 1.84, small transformers 1.47-1.88",
    )


@task
def dinosaurs(data, part):
    """Names of dinosaurs, and a hundred new ones to read."""
    train, dev, test = read_column(data / "dinos", 1)
    if part == "dev":
        test = dev
    scores = []
    for seed in range(3):
        model = RNNLanguageModel(
            128,
            analyzer="char",
            embedding_dim=32,
            dropout=0.5,
            learning_rate_init=0.005,
            max_iter=60,
            random_state=seed,
            cell="lstm",
            learning_rate="constant",
        ).fit(train, X_val=dev)
        scores.append(-model.score(test))
    samples = model.sample(100, random_state=0)
    new = set(samples) - {*train, *dev, *test}
    print(*sorted(samples), f"{len(new)} of 100 are new", sep="\n")
    name, score = best_ngram(4, [list(x) for x in train], [list(x) for x in dev])
    of_ngram = -score([list(x) for x in test]).mean()
    yield (
        "dinosaurs, nats a character, 3 seeds",
        mean_of(scores),
        f"< {of_ngram:.4f}",
        f"4-gram, {name} (the best of 11 on the dev part) {of_ngram:.4f}",
    )


# -- words -----------------------------------------------------------------------------


@task
def english(data, part):
    """The English side of Tatoeba, words that occur twice; two threads."""
    parts = read_column(data / "tatoeba_fra_eng", 0)
    encoder = TokenEncoder(min_count=2).fit(parts[0])
    # Both models see <unk> for the words that are not in the vocabulary.
    train, dev, test = (
        encoder.inverse_transform(encoder.transform(part)) for part in parts
    )
    name, score = best_ngram(3, train, dev)
    of_ngram = np.exp(-score(test).mean())
    model = RNNLanguageModel(
        256,
        encoder=TokenEncoder(),
        embedding_dim=256,
        tie_weights=True,
        dropout=0.5,
        batch_size=64,
        learning_rate="one_cycle",
        learning_rate_init=0.004,
        max_iter=10,
        n_jobs=2,
        random_state=0,
        verbose=1,
        cell="lstm",
    )
    if part == "dev":
        test = dev
    started = time.perf_counter()
    model.fit(train, X_val=dev)
    minutes = (time.perf_counter() - started) / 60
    ours = model.perplexity(test)
    yield (
        f"English, perplexity, {encoder.n_tokens_:,} words",
        f"{ours:.2f}",
        f"<= {0.85 * of_ngram:.2f}",
        f"trigram, {name} (the best of 11 on the dev part) {of_ngram:.2f}: "
        f"{1 - ours / of_ngram:.1%} below; {minutes:.1f} min on 2 threads",
    )
