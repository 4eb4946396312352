"""DataParallel on real clusters of two processes each: Dask's and Ray's.

They are skipped where these are not installed:  pip install "sksequence[cluster]"
"""

import pickle
import re
import subprocess
import sys
import textwrap
from contextlib import contextmanager, nullcontext
from pathlib import Path

import joblib
import pytest
from helpers import ragged_data
from parallel_cases import CASES, FEW, X, Y, dies_once, same
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sksequence import RNNClassifier
from sksequence.parallel import (
    DataParallel,
    _data_parallel,
    _rounds,
    _shard,
    _stores,
    _workers,
)

# What other packages warn of is no concern of ours.
GUIDE = Path(__file__).parents[1] / "docs" / "user_guide" / "parallel.rst"
pytestmark = pytest.mark.filterwarnings("default")


def dask_cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        yield "dask"


def ray_cluster():
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    register_ray()
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    with joblib.parallel_config("ray"):
        yield "ray"
    ray.shutdown()


@pytest.fixture(scope="module", params=[dask_cluster, ray_cluster])
def cluster(request):
    yield from request.param()


def fit_alone(parallel, given):
    """The same fit in this process."""
    with joblib.parallel_config("sequential"):
        return clone(parallel).set_params(n_jobs=1).fit(*given)


@contextmanager
def same_workers():
    """Several fits on workers that start once, which takes seconds."""
    with _workers.Workers(2) as workers, pytest.MonkeyPatch.context() as patch:
        patch.setattr(_data_parallel, "Workers", lambda n_workers: nullcontext(workers))
        yield patch


EVERY_ESTIMATOR = [
    "classifier of tokens",
    "regressor",
    "tagger",
    "running text",
    "generator",
    "translator",
]


def test_the_same_bits_shards_are_sent_once_errors_are_raised(cluster):
    fits = [DataParallel(CASES[case][0], 2, 1 / 2) for case in EVERY_ESTIMATOR]
    given = [CASES[case][1] for case in EVERY_ESTIMATOR]
    alone = [fit_alone(fit, data) for fit, data in zip(fits, given, strict=True)]
    with same_workers() as patch:
        for fit, data, expected in zip(fits, given, alone, strict=True):
            same(fit.fit(*data), expected)
        an_error_in_a_worker_is_raised_as_it_is()
        shards_are_sent_once(cluster, patch)


def shards_are_sent_once(cluster, patch):
    store = {"dask": _stores.Scattered, "ray": _stores.Objects}[cluster]
    put, sent, sizes, call = store.put, [], [], _rounds.Rounds._arguments

    def counted(self, name, thing):
        sent.append(type(thing))
        return put(self, name, thing)

    def measured(self, n_epochs):
        arguments = call(self, n_epochs)
        sizes.extend(len(pickle.dumps(own)) for _, _, own, *_ in arguments)
        return arguments

    patch.setattr(store, "put", counted)
    patch.setattr(_rounds.Rounds, "_arguments", measured)
    many, labels = ragged_data(500)
    parallel = DataParallel(RNNClassifier(**FEW | {"batch_size": 32}))
    parallel.fit(many, labels)
    assert sent == [_shard.Shard] * 2 + [dict] * 4  # and the state of each round
    assert max(sizes) < 10_000


def an_error_in_a_worker_is_raised_as_it_is():
    def fails(epoch):
        raise LookupError("no such epoch")

    with pytest.raises(LookupError, match="no such epoch"):
        DataParallel(RNNClassifier(**FEW, learning_rate=fails)).fit(X, Y)


def test_more_shards_than_workers(cluster):
    if cluster == "ray":
        pytest.skip("Ray refuses more workers than it has processors")
    parallel = DataParallel(RNNClassifier(**FEW), n_shards=3, n_local_epochs=2)
    same(parallel.fit(X, Y), fit_alone(parallel, (X, Y)))
    assert len(pickle.dumps(parallel)) > 0


def test_the_round_of_a_worker_that_dies_is_repeated(cluster, tmp_path):
    """With other workers; Dask also gives lost tasks to other workers by itself."""
    steady = RNNClassifier(**FEW, learning_rate="constant")
    mortal = clone(steady)
    mortal.learning_rate = dies_once(3, str(tmp_path / "died"))
    parallel = DataParallel(mortal).fit(X, Y)
    assert (tmp_path / "died").exists()
    same(parallel, fit_alone(DataParallel(steady), (X, Y)))


def test_searches(cluster):
    grid = {"hidden_layer_sizes": [3, 4], "cell": ["gru", "lstm"]}
    search = GridSearchCV(RNNClassifier(**FEW), grid, cv=2, n_jobs=2)
    there = clone(search).fit(X, Y)
    with joblib.parallel_config("sequential"):
        here = clone(search).set_params(n_jobs=1).fit(X, Y)
    same(there.best_estimator_, here.best_estimator_)


@pytest.mark.skipif(not GUIDE.exists(), reason="the sources are not at hand")
@pytest.mark.parametrize("package", ["distributed", "ray"])
def test_examples_of_the_guide(package, tmp_path):
    pytest.importorskip(package)
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"code-block:: python\n\n((?:   .*\n|\n)+)", text)
    name = {"distributed": "dask"}.get(package, package)
    (block,) = [
        block
        for block in blocks
        if f"import {name}" in block or (f"from {name}" in block)
    ]
    script = tmp_path / "example.py"
    script.write_text(textwrap.dedent(block), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True
    )
    assert "{'cell': " in done.stdout
