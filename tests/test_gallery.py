"""The gallery's examples run, here with one epoch of training in place of many."""

import re
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
SLOW = {"plot_vanishing_gradients", "plot_gradient_flow", "plot_say_a_word"}
EXAMPLES = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in SLOW))
    for path in sorted(GALLERY.glob("plot_*.py"))
]


@pytest.mark.parametrize("path", EXAMPLES)
@pytest.mark.filterwarnings("ignore:Training of")
def test_an_example_runs(path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("numba")
    source, n = re.subn(r'(max_iter"?[=:] ?)\d+', r"\g<1>1", path.read_text("utf-8"))
    assert n > 0
    exec(compile(source, str(path), "exec"), {"__name__": "__main__"})
