"""The benchmarks' own code: files of results, and their comparison."""

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_every_goal_stands_beside_its_measurements(modules):
    _, workloads, compare = modules
    _, rows = compare.read(RESULTS / "speed.csv")
    measured = {
        (row["operation"], row["threads"], row["lengths"], row["cell"], row["workload"])
        for row in rows
    }
    for operation, threads, lengths, cells in compare.GOALS:
        for cell in cells:
            for workload in workloads.WORKLOADS:
                case = operation, threads, lengths, cell, workload.name
                assert case in measured


def test_flops_are_those_of_the_products(modules):
    _, workloads, _ = modules
    cell = workloads.TIMED_CELLS["gru"]
    size = workloads.Workload(n_steps=1, batch=2, n_features=3, n_units=5)
    forward = 2 * 2 * 3 * (3 + 5) * 5  # two rows, three gates
    assert workloads.flops(size, cell, 2, "predict") == forward
    assert workloads.flops(size, cell, 2, "forward_backward") == 3 * forward
    assert workloads.flops(size, cell, 2, "fit") == 3 * forward - 2 * 2 * 3 * 3 * 5
