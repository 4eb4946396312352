"""Time and memory of language models, beside PyTorch in the same run.

    python benchmarks/language.py [--quick] [training vocabulary sampling]
    python benchmarks/language.py zaremba --data DIR

``training``: tokens a second in ``fit``, 10,000 words, 2 x 200 LSTM, 35 steps, batch
20, one thread and two; PyTorch trains the same network in the loop of its own tutorial.
``vocabulary``: seconds and memory of a training step on sampled tokens, by vocabulary.
``sampling``: seconds a character, 256 units, one thread; PyTorch steps its LSTM.
``zaremba``: the recipe of Zaremba, Sutskever & Vinyals (2014) on the Penn Treebank,
which cannot be shipped: DIR holds ``ptb.{train,valid,test}.txt``.
"""

import argparse
import os
import time
import tracemalloc
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from _engines import ENGINES, engine_option
from _machine import blas, warn_of_kernels
from threadpoolctl import threadpool_limits

from sksequence import RNNLanguageModel
from sksequence.datasets import load_first_names
from sksequence.objectives import RunningText
from sksequence.preprocessing import TokenEncoder

REPEATS = 5


def zipf_text(n_words, n_tokens, seed=0):
    """Tokens drawn as Zipf's law has it, and their vocabulary."""
    words = np.array([f"w{k}" for k in range(n_words)], dtype=object)
    p = 1 / np.arange(1, n_words + 1)
    ids = np.random.RandomState(seed).choice(n_words, size=n_tokens, p=p / p.sum())
    return words[ids].tolist(), words.tolist()


# -- training --------------------------------------------------------------------------


def torch_epochs(ids, n_tokens, n_units, n_steps, batch, optimizer):
    """Train a language model as PyTorch's tutorial does; seconds of each epoch."""
    embedding = torch.nn.Embedding(n_tokens, n_units)
    lstm = torch.nn.LSTM(n_units, n_units, 2)
    linear = torch.nn.Linear(n_units, n_tokens)
    weights = [p for m in (embedding, lstm, linear) for p in m.parameters()]
    optimizer = optimizer(weights)
    text = torch.tensor(ids[: len(ids) // batch * batch]).reshape(batch, -1).T
    text = text.contiguous()
    while True:
        started, states = time.perf_counter(), None
        for k in range(0, len(text) - 1, n_steps):
            after = text[k + 1 : k + 1 + n_steps]
            H, states = lstm(embedding(text[k : k + len(after)]), states)
            states = tuple(s.detach() for s in states)
            loss = torch.nn.functional.cross_entropy(
                linear(H).reshape(-1, n_tokens), after.reshape(-1)
            )
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 5.0)
            optimizer.step()
            assert np.isfinite(loss.item())
        yield time.perf_counter() - started


def training(data, quick):
    """Tokens a second of both, interleaved epochs."""
    n_words, n_units, n_steps, batch = 10_000, 200, 35, 20
    text, words = zipf_text(n_words - 2, n_steps * batch * (5 if quick else 20))
    encoder = TokenEncoder(vocabulary=words)
    ids = encoder.fit([words]).transform([text])[0]
    optimizers = {
        "sgd": lambda weights: torch.optim.SGD(weights, 0.1),
        "adam": lambda weights: torch.optim.Adam(weights, 0.001),
    }
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        for solver, optimizer in optimizers.items():
            models = [
                RNNLanguageModel(
                    (n_units, n_units),
                    encoder=encoder,
                    contiguous=True,
                    bptt_length=n_steps,
                    batch_size=batch,
                    embedding_dim=n_units,
                    dropout=0,
                    solver=solver,
                    momentum=0.0,
                    learning_rate_init=0.1 if solver == "sgd" else 0.001,
                    n_jobs=n_threads,
                    random_state=0,
                    cell="lstm",
                    learning_rate="constant",
                    **engine_option(engine),
                )
                for engine in ENGINES
            ]
            epochs = torch_epochs(ids, n_words, n_units, n_steps, batch, optimizer)
            seconds = []
            for _ in range(1 + (2 if quick else REPEATS)):
                for model in models:
                    model.partial_fit([text])
                seconds.append([m.history_[-1]["seconds"] for m in models])
                seconds[-1].append(next(epochs))
            *all_ours, theirs = np.array(seconds[1:]).T  # the first to warm up
            for engine, ours in zip(ENGINES, all_ours, strict=True):
                speed, torch_speed = (len(ids) / np.median(s) for s in (ours, theirs))
                print(
                    f"{n_threads} thread(s), {solver:4}, {engine}: {speed:6,.0f} "
                    f"tokens/s, PyTorch {torch_speed:6,.0f}, ratio "
                    f"{np.median(theirs / ours):.2f}",
                    flush=True,
                )


# -- large vocabularies ----------------------------------------------------------------


class Watched(RunningText):
    """Notes the memory that each training step takes beyond what was there."""

    peaks, before = [], None

    def loss_and_gradient(self, *args):
        now, peak = tracemalloc.get_traced_memory()
        if Watched.before is not None:
            Watched.peaks.append(peak - Watched.before)
        Watched.before = now
        tracemalloc.reset_peak()
        return super().loss_and_gradient(*args)


def vocabulary(data, quick):
    """A step of 35 x 20 tokens, two LSTM layers of 64 units."""
    first = None
    for n_words in (10_000, 100_000, 1_000_000):
        text, words = zipf_text(n_words - 2, 35 * 20 * 30)
        settings = dict(
            hidden_layer_sizes=(64, 64),
            encoder=TokenEncoder(vocabulary=words),
            contiguous=True,
            batch_size=20,
            output="sampled",
            embedding_dim=64,
            dropout=0,
            max_iter=3,
            random_state=0,
        )
        model = RNNLanguageModel(**settings).fit([text])
        speed = np.median([row["steps_per_second"] for row in model.history_])
        seconds = 35 * 20 / speed
        first = first or seconds
        del model
        Watched.peaks, Watched.before = [], None
        tracemalloc.start()
        with patch("sksequence.estimators._language_model.RunningText", Watched):
            watched = RNNLanguageModel(**settings | {"max_iter": 1}).fit([text])
        tracemalloc.stop()
        print(
            f"{n_words:9,} words: {1e3 * seconds:6.1f} ms a step, "
            f"{seconds / first:.2f} times the first; peak beyond the tables "
            f"{max(Watched.peaks) / 1e6:5.1f} MB; theta "
            f"{watched.theta_.nbytes / 1e6:,.0f} MB",
            flush=True,
        )


# -- sampling --------------------------------------------------------------------------


def sampling(data, quick):
    """Characters one at a time beside PyTorch, and a thousand names side by side."""
    names, _ = load_first_names(return_X_y=True)
    models = {
        engine: RNNLanguageModel(
            256,
            analyzer="char",
            max_iter=5,
            random_state=0,
            cell="lstm",
            learning_rate="constant",
            learning_rate_init=0.01,
            **engine_option(engine),
        ).fit(names)
        for engine in ENGINES
    }
    model = models["numpy"]
    n_tokens, n_characters = model.n_tokens_, 2000
    torch.set_num_threads(1)
    embedding = torch.nn.Embedding(n_tokens, 64)
    lstm = torch.nn.LSTM(64, 256, batch_first=True)
    linear = torch.nn.Linear(256, n_tokens)

    def torch_stream():
        token, states = torch.zeros(1, 1, dtype=torch.long), None
        with torch.inference_mode():
            while True:
                H, states = lstm(embedding(token), states)
                p = torch.softmax(linear(H[:, -1]), -1)
                token = torch.multinomial(p, 1)
                yield token.item()

    streams = {name: m.iter_sample(random_state=0) for name, m in models.items()}
    streams["PyTorch"] = torch_stream()
    seconds = []
    for _ in range(REPEATS):
        row = []
        for stream in streams.values():
            started = time.perf_counter()
            for _ in islice(stream, n_characters):
                pass
            row.append(time.perf_counter() - started)
        seconds.append(row)
    *all_ours, theirs = np.array(seconds).T / n_characters * 1e6
    for engine, ours in zip(models, all_ours, strict=True):
        print(
            f"a character, {engine}: {np.median(ours):.0f} us, PyTorch "
            f"{np.median(theirs):.0f} us, ratio {np.median(theirs / ours):.2f}"
        )
    ratios = []
    for seed in range(REPEATS):
        started = time.perf_counter()
        model.sample(1000, random_state=seed)
        at_once = time.perf_counter() - started
        started = time.perf_counter()
        for k in range(200):
            model.sample(1, random_state=1000 * seed + k)
        ratios.append(5 * (time.perf_counter() - started) / at_once)
    print(
        f"1,000 names at once: {1e3 * at_once:.0f} ms, one by one "
        f"{np.median(ratios):.1f} times as long"
    )


# -- the Penn Treebank -----------------------------------------------------------------


def halved_after_four(epoch):
    """The learning rate's factor."""
    return 0.5 ** max(epoch - 4, 0)


def zaremba(data, quick):
    """The recipe of the small network; published test perplexity 114.5."""
    train, valid, test = (
        [
            word
            for line in (data / f"ptb.{part}.txt").read_text().splitlines()
            for word in [*line.split(), "<eos>"]
        ]
        for part in ("train", "valid", "test")
    )
    n_steps = 20
    model = RNNLanguageModel(
        (200, 200),
        encoder=TokenEncoder(),
        contiguous=True,
        bptt_length=n_steps,
        batch_size=20,
        embedding_dim=200,
        dropout=0,
        init_range=0.1,
        solver="sgd",
        momentum=0.0,
        learning_rate=halved_after_four,
        learning_rate_init=1.0 * n_steps,  # the loss there is a sum over the steps
        clip_norm=5.0 / n_steps,
        max_iter=13,
        n_iter_no_change=13,
        n_jobs=2,
        random_state=0,
        verbose=1,
        cell="lstm",
    ).fit([train], X_val=[valid])
    print(f"test perplexity {model.perplexity([test]):.1f}, published 114.5")


def main():
    """Run the parts that are named, or all that need no data."""
    parts = {part.__name__: part for part in (training, vocabulary, sampling, zaremba)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts))
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    parser.add_argument("--quick", action="store_true", help="training: few tokens")
    arguments = parser.parse_args()
    print(f"# blas: {blas()}")
    warn_of_kernels()
    with threadpool_limits(1, user_api="blas"):
        for name in arguments.parts or ("training", "vocabulary", "sampling"):
            parts[name](Path(arguments.data), arguments.quick)


if __name__ == "__main__":
    main()
