"""Quality tasks: language models of characters and of words."""

import os
import time
from collections import Counter
from functools import cache
from itertools import islice

import numpy as np
from _tasks import mean_of, task

from sksequence import RNNLanguageModel


def read(data, folder, parts=("train", "dev", "test")):
    return [(data / folder / f"{p}.txt").read_text(encoding="utf-8") for p in parts]


def read_column(data, folder, column, parts=("train", "dev", "test")):
    """One column of tables of text, a list of str a part."""
    texts = (
        read(data, folder, parts)
        if False
        else [(data / folder / f"{p}.tsv").read_text(encoding="utf-8") for p in parts]
    )
    return [
        [line.split("\t")[column] for line in text.rstrip("\n").split("\n")]
        for text in texts
    ]


# -- characters ------------------------------------------------------------------------


@task
def shakespeare(data):
    """Running text by character, two threads; settings chosen on the dev part."""
    train, dev, test = read(data, "tiny_shakespeare")
    model = RNNLanguageModel(
        512,
        analyzer="char",
        contiguous=True,
        bptt_length=100,
        batch_size=40,
        embedding_dim=64,
        dropout=0.25,
        learning_rate="one_cycle",
        learning_rate_init=0.004,
        max_iter=9,
        n_jobs=2,
        random_state=0,
        verbose=1,
    )
    started = time.perf_counter()
    model.fit(train, X_val=dev)
    minutes = (time.perf_counter() - started) / 60
    print(model.sample(prefix="ROMEO:", max_length=500, random_state=0)[0])
    beside = (
        f"{minutes:.1f} min on 2 threads; 4-gram 1.84, small transformers 1.47-1.88"
    )
    yield (
        "tiny Shakespeare, nats a character",
        f"{-model.score(test):.4f}",
        "<= 1.55",
        beside,
    )
