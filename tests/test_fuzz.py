"""Generated calls of everything public: see ``fuzzing.py``."""

from collections import Counter

import pytest
from fuzzing import public_methods, public_names, run_case, run_cases

N_CASES = 400
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.filterwarnings("default")  # each call records its own
def test_generated_calls(part):
    n = N_CASES // PARTS
    findings, _, n_errors = run_cases(range(part * n, (part + 1) * n))
    kinds = Counter(finding.kind for finding in findings)
    unnamed = kinds.pop("no argument", 0)
    assert not kinds, "\n".join(map(str, findings))
    assert unnamed <= max(1, 0.02 * n_errors), "\n".join(map(str, findings))


def test_a_case_is_the_same_each_time():
    for case in (3, 7):
        one, two = run_case(case), run_case(case)
        assert one.draw.notes == two.draw.notes
        assert (one.seen, one.findings) == (two.seen, two.findings)


def test_everything_public_is_called():
    """What is new is called without a line here."""
    _, seen, _ = run_cases(range(10**6, 10**6 + 1))
    assert seen
    names = public_names()
    assert {"RNNClassifier", "metrics.find_spans", "datasets.load_sunspots"} <= set(
        names
    )
    assert "predict_proba" in public_methods(names["RNNClassifier"])
