"""What pytest does not look into for doctests; pictures that no test leaves open."""

import os
import sys

import pytest

collect_ignore = ["typing_user_script.py"]  # test_typing runs it, in a process

os.environ.setdefault("MPLBACKEND", "agg")


def pytest_addoption(parser):
    parser.addoption(
        "--slow", action="store_true", help="also the tests that are marked as slow"
    )


def pytest_collection_modifyitems(config, items):
    """Those that are slow run if ``--slow`` asks for them."""
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture(autouse=True)
def no_open_pictures():
    """Some versions of matplotlib warn of those that others left."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
