"""README and guide: examples run, CI runs the README's commands, the main job works."""

import doctest
import re
import sys
import tomllib
from pathlib import Path

import pytest

from sksequence import __main__, __version__
from sksequence.estimators import ESTIMATORS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CI = ROOT / ".ci"

DOCS = ROOT / "docs"
# The Korean one has the code of the English one, see below.
PAGES = [README, *sorted(DOCS.glob("*.rst")), DOCS / "ko" / "course.rst"]
PAGES += sorted((DOCS / "user_guide").glob("*.rst"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples(page, tmp_path, monkeypatch):
    if not page.exists():
        pytest.skip("the sources are not at hand")
    for module in re.findall(
        r"^>>> import (\w+)", page.read_text(encoding="utf-8"), re.M
    ):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failures, tried = doctest.testfile(
        str(page), module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert failures == 0
    assert tried > 10 or page is not README


@pytest.mark.skipif(not README.exists(), reason="the sources are not at hand")
def test_links_of_the_readme_work_on_a_package_index():
    links = re.findall(r"\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    here = "https://github.com/sksequence/sksequence/blob/main/"
    assert len(links) > 10
    for link in links:
        assert link.startswith("https://"), link
        if link.startswith(here):
            assert (ROOT / link.removeprefix(here)).exists(), link


@pytest.mark.skipif(not DOCS.exists(), reason="the sources are not at hand")
def test_translations_have_the_code_of_the_original():
    pages = [DOCS / "getting_started.rst", DOCS / "ko" / "getting_started.rst"]
    english, korean = (
        [
            (example.source, example.want)
            for example in doctest.DocTestParser().get_examples(page.read_text("utf-8"))
        ]
        for page in pages
    )
    assert korean == english


@pytest.mark.skipif(not DOCS.exists(), reason="the sources are not at hand")
def test_the_chooser_links_to_pages():
    sys.path.append(str(DOCS / "_sphinx"))
    try:
        import chooser
    finally:
        sys.path.pop()
    assert {kind.estimator for kind in chooser.KINDS} == {*ESTIMATORS, "scikit-learn"}
    for kind in chooser.KINDS:
        assert (DOCS / f"{kind.page}.rst").exists(), kind
        assert f'href="{kind.page}.html{kind.section}"' in chooser.html()


@pytest.mark.skipif(not CI.exists(), reason="the sources are not at hand")
def test_ci_runs_the_commands_of_the_readme():
    readme, ci = (f.read_text(encoding="utf-8") for f in (README, CI / "run"))
    for command in (
        "pip install .",
        "python -m sksequence",
        'pip install -e ".[tests]"',
        "pytest -n 2",
    ):
        assert command in readme
        assert command in ci


@pytest.mark.skipif(not CI.exists(), reason="the sources are not at hand")
def test_ci_runs_the_lowest_versions_that_are_promised():
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = (CI / "lowest.txt").read_text(encoding="utf-8").splitlines()
    lowest = dict(line.split("==") for line in lines if "==" in line)
    needed, extras = project["dependencies"], project["optional-dependencies"].values()
    assert {line.split(">=")[0] for line in needed} <= lowest.keys()
    for line in sum(extras, needed):
        name, version = line.split(">=")
        assert lowest.get(name, version).startswith(version), line


def test_the_install_page_has_every_extra():
    page = ROOT / "docs" / "install.rst"
    if not page.exists():
        pytest.skip("the sources are not at hand")
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    listed = re.findall(r"``pip install \"sksequence\[(\w+)\]\"``", page.read_text())
    assert set(listed) == set(extras)


def test_promises_name_tests_that_are_there():
    page = ROOT / "docs" / "promises.rst"
    if not page.exists():
        pytest.skip("the sources are not at hand")
    text = page.read_text(encoding="utf-8")
    names = re.findall(r"``(\w+\.py|benchmarks/\w+\.py|test_\w+)``", text)
    file = None
    for name in names:
        if name.endswith(".py"):
            file = ROOT / (name if "/" in name else f"tests/{name}")
            assert file.exists(), name
        else:
            assert f"def {name}(" in file.read_text(encoding="utf-8"), name
    assert len(names) > 30


def test_contributing_lists_the_folders():
    page = ROOT / "docs" / "contributing" / "index.rst"
    if not page.exists():
        pytest.skip("the sources are not at hand")
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^     - (``\w+``(?:, ``\w+``)*)$", text, re.MULTILINE)
    folders = {init.parent.name for init in ROOT.glob("sksequence/*/__init__.py")}
    assert set(re.findall(r"\w+", " ".join(lines))) == folders


def test_the_main_job(capsys):
    __main__.main([])
    lines = capsys.readouterr().out.splitlines()
    assert "nine speakers" in lines[0]
    assert float(lines[-1].split()[-1].rstrip(".")) > 0.96


@pytest.mark.parametrize(
    ("argument", "code", "said"),
    [("--version", 0, __version__), ("--help", 0, "usage"), ("x", 2, "usage")],
)
def test_arguments_of_the_main_job(capsys, argument, code, said):
    with pytest.raises(SystemExit) as found:
        __main__.main([argument])
    assert found.value.code == code
    assert "".join(capsys.readouterr()).startswith(said)
