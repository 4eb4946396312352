"""Generated calls of everything public: see ``fuzzing.py``."""

from collections import Counter

import pytest
from fuzzing import everything, public_names, run_case, run_cases

N_CASES = 400
PARTS = 4
MOST_CASES = 400  # until each method of a class has succeeded


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.filterwarnings("default")  # each call records its own
def test_generated_calls(part):
    n = N_CASES // PARTS
    findings, *_, n_errors = run_cases(range(part * n, (part + 1) * n))
    kinds = Counter(finding.kind for finding in findings)
    unnamed = kinds.pop("no argument", 0)
    assert not kinds, "\n".join(map(str, findings))
    assert unnamed <= max(1, 0.02 * n_errors), "\n".join(map(str, findings))


def test_a_case_is_the_same_each_time():
    for case in (3, 7):
        one, two = run_case(case), run_case(case)
        assert one.draw.notes == two.draw.notes
        assert (one.seen, one.findings) == (two.seen, two.findings)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_everything_public_is_called():
    """And succeeds at least once, also what is new: without a line here."""
    wanted = everything()
    assert {"RNNClassifier.predict_proba", "metrics.find_spans"} <= wanted
    for name in public_names():
        short_name = name.rpartition(".")[2]
        of_it = {w for w in wanted if w == name or w.startswith(f"{short_name}.")}
        for case in range(MOST_CASES):
            if not of_it:
                break
            of_it -= run_case(case, name).done
        assert not of_it, f"never succeeded: {sorted(of_it)}"
