"""Time to train an attention encoder-decoder and to search with it, beside PyTorch.

    python benchmarks/translation.py [--data DIR] [training beam]

The task is CMUdict, letters to phones: a bidirectional LSTM of 256 units, an LSTM of
256 with Luong's general attention, batches of 64. PyTorch has the same network, packed,
all steps of the decoder in one call; it takes over our weights, and both sides must
find the same outputs.

``training``: seconds of an epoch over 10,000 words, with one thread and with two;
PyTorch with batches of similar lengths, as ours are, and with batches as they come.
``beam``: seconds for 1,000 words with beams of 5, word by word and in batches of 64,
with one thread.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
from _language_tasks import read_column
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from sksequence import RNNTranslator

UNITS, WIDTH, BATCH, BEAM, RATE = 256, 64, 64, 5, 0.004
REPEATS = 5


class TorchTranslator(nn.Module):
    """The same network, as one writes it in PyTorch."""

    def __init__(self, n_source, n_target):
        super().__init__()
        self.source = nn.Embedding(n_source, WIDTH)
        self.encoder = nn.LSTM(WIDTH, UNITS, bidirectional=True, batch_first=True)
        self.bridge = nn.Linear(2 * UNITS, 2 * UNITS)
        self.target = nn.Embedding(n_target, WIDTH)
        self.decoder = nn.LSTM(WIDTH, UNITS, batch_first=True)
        self.score = nn.Linear(UNITS, 2 * UNITS, bias=False)
        self.combine = nn.Linear(3 * UNITS, UNITS)
        self.output = nn.Linear(UNITS, n_target)

    def encode(self, X, lengths):
        """Steps of the encoder, which of them are there, the decoder's states."""
        packed = pack_padded_sequence(
            self.source(X), lengths, batch_first=True, enforce_sorted=False
        )
        E, (h, _) = self.encoder(packed)
        E, _ = pad_packed_sequence(E, batch_first=True)
        there = torch.arange(E.shape[1])[None] < lengths[:, None]
        states = torch.tanh(self.bridge(torch.cat([h[0], h[1]], dim=1)))
        return E, there, tuple(s[None].contiguous() for s in states.chunk(2, dim=1))

    def decode(self, before, E, there, states):
        """Scores of the tokens after each of some, and the states."""
        H, states = self.decoder(self.target(before), states)
        scores = self.score(H) @ E.transpose(1, 2)
        scores = scores.masked_fill(~there[:, None], -torch.inf)
        C = torch.softmax(scores, dim=2) @ E
        return self.output(torch.tanh(self.combine(torch.cat([C, H], 2)))), states

    def take_over(self, params):
        """The weights of a fitted RNNTranslator."""

        def gates(a):
            i, f, o, g = np.split(a, 4, axis=-1)
            return torch.tensor(np.concatenate([i, f, g, o], axis=-1).T)

        def set_lstm(lstm, name, suffix):
            for theirs, ours in (
                ("weight_ih", "W"),
                ("weight_hh", "U"),
                ("bias_ih", "b"),
            ):
                getattr(lstm, theirs + suffix)[:] = gates(params[f"{name}.{ours}"])
            getattr(lstm, "bias_hh" + suffix)[:] = 0

        with torch.no_grad():
            self.source.weight[:] = torch.tensor(params["encoder.embedding.E"])
            self.target.weight[:] = torch.tensor(params["decoder.embedding.E"])
            set_lstm(self.encoder, "encoder.rnn0.forward", "_l0")
            set_lstm(self.encoder, "encoder.rnn0.backward", "_l0_reverse")
            set_lstm(self.decoder, "decoder.rnn0", "_l0")
            self.score.weight[:] = torch.tensor(params["attention.A"].T)
            for layer, name in ((self.bridge, "bridge"), (self.combine, "attention")):
                layer.weight[:] = torch.tensor(params[f"{name}.W"].T)
                layer.bias[:] = torch.tensor(params[f"{name}.b"])
            self.output.weight[:] = torch.tensor(params["output.W"])
            self.output.bias[:] = torch.tensor(params["output.b"])
        return self

    def search(self, X, lengths, eos, unknown, max_length):
        """The best outputs of a batch by beam search."""
        n = len(X)
        E, there, states = self.encode(X, lengths)
        E, there = (a.repeat_interleave(BEAM, 0) for a in (E, there))
        states = tuple(s.repeat_interleave(BEAM, 1) for s in states)
        tokens = torch.full((n * BEAM, 1), eos)
        total = torch.full((n, BEAM), -torch.inf)
        total[:, 0] = 0
        ended = torch.zeros(n * BEAM, dtype=torch.bool)
        first = torch.arange(n)[:, None] * BEAM
        for _ in range(max_length):
            scores, states = self.decode(tokens[:, -1:], E, there, states)
            log_p = torch.log_softmax(scores[:, 0], dim=1)
            log_p[:, unknown] = -torch.inf
            log_p[ended] = -torch.inf
            log_p[ended, eos] = 0
            candidates = (total[:, :, None] + log_p.reshape(n, BEAM, -1)).reshape(n, -1)
            total, best = candidates.topk(BEAM, dim=1)
            rows = (first + best // log_p.shape[1]).reshape(-1)
            token = (best % log_p.shape[1]).reshape(-1)
            tokens = torch.cat([tokens[rows], token[:, None]], dim=1)
            ended = ended[rows] | (token == eos)
            states = tuple(s[:, rows] for s in states)
            if ended.reshape(n, BEAM)[:, 0].all():
                break
        return tokens.reshape(n, BEAM, -1)[:, 0, 1:]


def padded(sequences):
    """Tensors of ids (n, n_steps) and of lengths."""
    ids = [torch.as_tensor(np.asarray(s), dtype=torch.long) for s in sequences]
    return pad_sequence(ids, batch_first=True), torch.tensor([len(s) for s in ids])


def torch_epochs(model, X, y, eos, alike):
    """Train, and yield the seconds of each epoch; batches of similar lengths or not."""
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    rng = np.random.default_rng(0)
    lengths = X.lengths + y.lengths
    while True:
        started = time.perf_counter()
        order = rng.permutation(len(X))
        if alike:
            groups = [order[k : k + 50 * BATCH] for k in range(0, len(X), 50 * BATCH)]
            order = np.concatenate([g[np.argsort(lengths[g])] for g in groups])
        batches = [order[k : k + BATCH] for k in range(0, len(X), BATCH)]
        for batch in [batches[k] for k in rng.permutation(len(batches))]:
            source, n_source = padded([X[i] for i in batch])
            after, n_after = padded([y[i] for i in batch])
            begun = torch.full((len(batch), 1), eos)
            before = torch.cat([begun, after[:, :-1]], dim=1)
            scores, _ = model.decode(before, *model.encode(source, n_source))
            there = torch.arange(after.shape[1])[None] < n_after[:, None]
            loss = nn.functional.cross_entropy(scores[there], after[there])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            assert np.isfinite(loss.item())
        yield time.perf_counter() - started


def fitted(data, n_words, **settings):
    """Our model, after an epoch, and what it was fitted on."""
    X = read_column(data / "cmudict_g2p", 0)
    y = [[p.split() for p in part] for part in read_column(data / "cmudict_g2p", 1)]
    order = np.random.RandomState(0).permutation(len(X[0]))[:n_words]
    X_train, y_train = [X[0][i] for i in order], [y[0][i] for i in order]
    model = RNNTranslator(
        UNITS,
        source_analyzer="char",
        embedding_dim=WIDTH,
        batch_size=BATCH,
        learning_rate_init=RATE,
        random_state=0,
        **settings,
    ).partial_fit(X_train, y_train)
    return model, X_train, y_train, X[2][:1000]


def training(data):
    """Interleaved epochs of both, with one thread and with two."""
    ours, X, y, _ = fitted(data, 10_000)
    ids = ours.source_encoder_.transform(X), ours.target_encoder_.transform(y)
    n = ours.source_encoder_.n_tokens_, ours.target_encoder_.n_tokens_
    theirs = [
        torch_epochs(TorchTranslator(*n), *ids, ours._eos, alike)
        for alike in (True, False)
    ]
    for epochs in theirs:
        next(epochs)
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        ours.set_params(n_jobs=n_threads)
        seconds = []
        for _ in range(REPEATS):
            ours.partial_fit(X, y)
            seconds.append((ours.history_[-1]["seconds"], *map(next, theirs)))
        seconds = np.array(seconds)
        ratios = np.median(seconds[:, 1:] / seconds[:, :1], axis=0)
        a, b, c = np.median(seconds, axis=0)
        print(
            f"an epoch of 10,000 words, threads: {n_threads}; {a:.2f} s, PyTorch "
            f"{b:.2f} s (ratio {ratios[0]:.2f}), with batches as they come {c:.2f} s "
            f"({ratios[1]:.2f})",
            flush=True,
        )
    torch.set_num_threads(1)


def beam(data):
    """The same 1,000 words, in turn."""
    ours, X, y, words = fitted(data, 30_000, beam_size=BEAM, max_length=25)
    for _ in range(4):
        ours.partial_fit(X, y)
    n = ours.source_encoder_.n_tokens_, ours.target_encoder_.n_tokens_
    theirs = TorchTranslator(*n).take_over(ours.params_).eval()
    eos, unknown = ours._eos, ours.target_encoder_.vocabulary_["<unk>"]

    def search(batch):
        """PyTorch's search, that many words at once."""
        ids = ours.source_encoder_.transform(words)
        order, found = np.argsort(-ids.lengths, kind="stable"), [None] * len(words)
        with torch.inference_mode():
            for k in range(0, len(words), batch):
                chosen = order[k : k + batch]
                best = theirs.search(
                    *padded([ids[i] for i in chosen]), eos, unknown, 26
                )
                for i, row in zip(chosen, best.tolist()):
                    found[i] = [ours.tokens_[t] for t in row if t != eos]
        return found

    calls = {
        "sksequence": lambda: [list(row) for row in ours.predict(words)],
        "PyTorch, word by word": lambda: search(1),
        f"PyTorch, batches of {BATCH}": lambda: search(BATCH),
    }
    seconds, found = {name: [] for name in calls}, {}
    for _ in range(REPEATS):
        for name, call in calls.items():
            started = time.perf_counter()
            found[name] = call()
            seconds[name].append(time.perf_counter() - started)
    for name, values in seconds.items():
        ratio = np.median(np.array(values) / np.array(seconds["sksequence"]))
        same = np.mean([a == b for a, b in zip(found[name], found["sksequence"])])
        print(
            f"{name:24} {np.median(values):7.3f} s, {ratio:5.2f} times ours, "
            f"{same:.1%} of the outputs the same",
            flush=True,
        )


def main():
    """Run the parts that are named, or both."""
    parts = {part.__name__: part for part in (training, beam)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts))
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for name in arguments.parts or parts:
            parts[name](Path(arguments.data))


if __name__ == "__main__":
    main()
