"""What pytest does not look into for doctests; pictures that no test leaves open."""

import os
import sys

import pytest

collect_ignore = ["typing_user_script.py"]  # test_typing runs it, in a process

os.environ.setdefault("MPLBACKEND", "agg")


@pytest.fixture(autouse=True)
def no_open_pictures():
    """Some versions of matplotlib warn of those that others left."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
