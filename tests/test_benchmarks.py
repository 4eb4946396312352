"""The benchmarks' own code: files of results, and their comparison."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
RESULTS = BENCHMARKS / "results"

pytestmark = pytest.mark.skipif(
    not BENCHMARKS.exists(), reason="the benchmarks are not beside the tests"
)


@pytest.fixture
def modules(monkeypatch):
    """The benchmarks' modules, which import each other by bare names."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import _results
    import _workloads
    import compare

    return _results, _workloads, compare


def run(script, *arguments):
    command = [sys.executable, str(BENCHMARKS / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def test_results_are_read_as_written(modules, tmp_path, capsys):
    results, _, _ = modules
    path = tmp_path / "results.csv"
    with results.results_file(path, {"cpu": "one: two", "cores": 2}, ["a", "b"]) as f:
        f({"a": 1, "b": "x,y"})
    assert results.read(path) == (
        {"cpu": "one: two", "cores": "2"},
        [{"a": "1", "b": "x,y"}],
    )
    assert "# cores: 2" in capsys.readouterr().out


def test_comparison_of_two_files(modules, tmp_path):
    results, _, compare = modules
    facts, rows = compare.read(RESULTS / "speed.csv")
    path = tmp_path / "faster.csv"
    with results.results_file(path, facts, compare.FIELDS) as write:
        for row in rows[1:]:
            names = ("ratio", "ratio_q1", "ratio_q3")
            write(row | {name: 9 * row[name] for name in names})
    same = run("compare.py", RESULTS / "speed.csv", RESULTS / "speed.csv")
    assert " 1.00" in same
    assert "*" not in same.split("\n", 1)[1]
    faster = run("compare.py", RESULTS / "speed.csv", path)
    assert faster.count(" 9.00 *") == len(rows) - 1
    assert "only in the old file" in faster


def test_files_with_other_kernels_of_blas_are_not_compared(modules):
    _, _, compare = modules
    skylake, haswell = ({"blas_architecture": a} for a in ("SkylakeX", "Haswell"))
    compare.refuse_other_kernels(skylake, skylake)
    with pytest.raises(SystemExit, match="for SkylakeX in one file and for Haswell"):
        compare.refuse_other_kernels(skylake, haswell)
    with pytest.raises(SystemExit, match="does not say"):
        compare.refuse_other_kernels({}, haswell)


def test_what_changes_the_kernels_of_blas_is_said(modules, monkeypatch):
    import _machine

    for name in _machine.CHANGE_KERNELS:
        monkeypatch.delenv(name, raising=False)
    assert {"blas", "blas_architecture"} <= _machine.machine().keys()
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    with pytest.warns(UserWarning, match="OPENBLAS_CORETYPE=Haswell is set.*env -u"):
        _machine.machine()


def test_every_measurement_tells_one_goal_at_most(modules):
    from _goals import GOALS

    _, _, compare = modules
    _, rows = compare.read(RESULTS / "speed.csv")
    for row in rows:
        assert sum(goal.is_of(row) for goal in GOALS.values()) <= 1


def test_verdicts(modules):
    _, workloads, compare = modules
    main = [
        {"workload": w.name, "level": "kernel", "ratio": ratio}
        for w, ratio in zip(workloads.MAIN_WORKLOADS, (0.5, 2, 2, 2, 2))
    ]
    _, values = compare.mean_and_least(main)
    assert values == pytest.approx((2**0.6, 0.5))
    assert compare.verdict(values, (1.5, 0.5), main) == "reached"
    assert compare.verdict(values, (1.5, 0.6), main) == "short"
    assert compare.verdict(values, (None, 0.5), main[:2]) == "reached (2 of 5)"
    assert compare.verdict(values, (None, None), main) == ""


def test_flops_are_those_of_the_products(modules):
    _, workloads, _ = modules
    cell = workloads.TIMED_CELLS["gru"]
    size = workloads.Workload(n_steps=1, batch=2, n_features=3, n_units=5)
    forward = 2 * 2 * 3 * (3 + 5) * 5  # two rows, three gates
    assert workloads.flops(size, cell, 2, "predict") == forward
    assert workloads.flops(size, cell, 2, "forward_backward") == 3 * forward
    assert workloads.flops(size, cell, 2, "fit") == 3 * forward - 2 * 2 * 3 * 3 * 5


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "lstm_peephole"])
def test_graphs_for_onnx_runtime_compute_what_we_do(modules, name):
    for module in ("torch", "skorch", "onnx", "onnxruntime"):
        pytest.importorskip(module)
    import _onnx
    from _layer_cases import packed_batch, start_values

    _, workloads, _ = modules
    cell = workloads.TIMED_CELLS[name]
    params = start_values(cell, n_features=3, n_units=5)
    X, steps = packed_batch(workloads.Workload(9, 1, 3, 5), "dense")
    H, _, _ = cell.forward(params, X, steps)
    session = _onnx.make_session(cell, params)
    assert_allclose(session.run(None, {"X": X[:, None]})[0][:, 0, 0], H, atol=1e-6)
    W, b = np.ones((5, 2), np.float32), np.array([1, 2], np.float32)
    session = _onnx.make_session(cell, params, (W, b))
    scores = session.run(None, {"X": X[:, None]})[0]
    assert_allclose(scores, H[-1:] @ W + b, atol=1e-5)


def test_the_guide_has_the_recipe_that_was_measured(modules):
    import _series_recipe

    page = BENCHMARKS.parent / "docs" / "user_guide" / "time_series.rst"
    given = {}
    for example in doctest.DocTestParser().get_examples(page.read_text("utf-8")):
        exec(example.source, given)
        if "networks" in given:
            break
    assert str(given["views"]) == str(_series_recipe.VIEWS)
    measured = _series_recipe.voting(0, max_iter=8).estimators
    for (name, ours), (shown, theirs) in zip(measured, given["networks"], strict=True):
        assert name.split()[-1] == shown.split()[-1]
        for model in (ours, theirs):
            model.set_params(rnnclassifier__random_state=0)
        assert str(ours) == str(theirs)
    seeds = {model[-1].random_state for _, model in _series_recipe.voting(1).estimators}
    assert len(seeds) == len(measured)


def test_every_candidate_of_the_study_can_be_built(modules):
    import defaults

    for kind, candidates in defaults.CANDIDATES.items():
        assert kind in defaults.TASKS
        for _, _, build, _ in defaults.TASKS[kind].values():
            for settings in candidates.values():
                build(random_state=0, engine="numba", **settings)


@pytest.mark.slow
def test_stress():
    """Half a minute of memory, and as much of the others; nothing that is timed."""
    memory = "classes:", "sequences: RNNClassifier", "sequences: RNNTagger"
    others = "threads", "fits", "forks"
    for scale, n_tried, only in (0.35, 24, memory), (0.05, 3, others):
        out = run("stress.py", "--scale", scale, "--only", *only).splitlines()
        tried, held = (int(n) for n in re.findall(r"(\d+) (?:tried|held)", out[-1]))
        assert tried == held == len(out) - 1 == n_tried


def test_damaged_and_hostile_files():
    pytest.importorskip("skops", minversion="0.16")
    out = run("corrupt.py", "--n", 100, "--hostile", 100)
    assert "100 damaged files of" in out
    assert ": 0 ran, 0 loaded" in out


def test_a_river_has_no_future_and_rain_makes_it_no_smaller(modules):
    from _river import flow_of, make_river, make_weather

    rain, temperature, evaporation = make_weather(800, np.random.default_rng(0))
    flow = flow_of(rain, temperature, evaporation)
    more = rain + 50 * (np.arange(800) == 400)
    difference = flow_of(more, temperature, evaporation) - flow
    assert (difference[:400] == 0).all()
    assert (difference[400:] >= -1e-12).all()
    assert 0 < difference.sum() <= 50  # the rest evaporates, or is still underground
    assert (difference[500:] > 0).all()  # it is remembered for long
    weather, gauged = make_river(2, random_state=0)
    assert len(weather) == len(gauged) == 730
    assert (gauged > 0).all()


def test_margins_of_intervals_cover_what_is_exchangeable(modules):
    from _forecast_tasks import margin

    assert margin(np.arange(9.0), 0.9) == 8  # of ten, the tenth may be anywhere
    assert margin(np.arange(99.0)[::-1], 0.9) == 89
    assert margin(np.arange(3.0), 0.9) == 2  # too few: the largest
    rng = np.random.default_rng(0)
    errors = rng.standard_normal((2000, 20))
    covered = [row[-1] <= margin(row[:-1], 0.9) for row in errors]
    assert abs(np.mean(covered) - 0.9) < 0.02


def test_forecasts_one_after_the_other(modules):
    from _forecast_tasks import recursive

    class Sum:
        def predict(self, X):
            return X[:, -2:].sum(axis=1)

    found = recursive(Sum(), np.array([[9.0, 1.0, 1.0], [0.0, 2.0, 3.0]]), 4)
    assert_allclose(found, [[2, 3, 5, 8], [5, 8, 13, 21]])
