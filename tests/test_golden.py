"""Files of every released version are loaded, and predict what they did.

``saved_models.py`` has made them, with the predictions of their version.
"""

import json
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from saved_models import GOLDEN, predictions
from sklearn.exceptions import InconsistentVersionWarning

import sksequence
from sksequence.estimators import ESTIMATORS

pytest.importorskip("skops", minversion="0.16")

from sksequence import io

FILES = sorted(GOLDEN.glob("*/*.sks"))


def assert_alike(found, expected):
    """The same, but for rounding that another machine does otherwise."""
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            assert_alike(a, b)
    elif isinstance(expected, float):
        assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    else:
        assert found == expected


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_files_of_released_versions(path):
    said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    X = said.pop("X")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no warning of an older version of ours
        warnings.simplefilter("ignore", InconsistentVersionWarning)  # of scikit-learn's
        warnings.simplefilter("error", sksequence.estimators.VersionWarning)
        model = io.load(path)
    if X is not None and not isinstance(X[0], str) and not isinstance(X[0][0], str):
        X = [np.array(x) for x in X]
    found = predictions(model, X)
    assert found.keys() == said.keys()
    for method, expected in said.items():
        assert_alike(found[method], expected)


def test_there_is_one_of_each_estimator_and_all_are_small():
    assert ESTIMATORS.keys() <= {path.stem for path in FILES}
    assert all(path.stat().st_size < 30_000 for path in FILES)
