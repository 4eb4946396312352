"""README and guide: examples run, CI runs the README's commands, the main job works."""

import doctest
from pathlib import Path

import pytest

from sksequence import __main__

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


PAGES = [README, *sorted((ROOT / "docs").glob("*.rst"))]
PAGES += sorted((ROOT / "docs" / "user_guide").glob("*.rst"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples(page, tmp_path, monkeypatch):
    if not page.exists():
        pytest.skip("the sources are not at hand")
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failures, tried = doctest.testfile(
        str(page), module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert failures == 0
    assert tried > 10 or page is not README


@pytest.mark.skipif(not README.exists(), reason="the sources are not at hand")
def test_ci_runs_the_commands_of_the_readme():
    readme, ci = README.read_text(), (ROOT / ".ci" / "run").read_text()
    for command in (
        "pip install .",
        "python -m sksequence",
        'pip install -e ".[tests]"',
        "pytest -n 2",
    ):
        assert command in readme
        assert command in ci


def test_the_main_job(capsys):
    __main__.main()
    lines = capsys.readouterr().out.splitlines()
    assert "nine speakers" in lines[0]
    assert float(lines[-1].split()[-1].rstrip(".")) > 0.96
