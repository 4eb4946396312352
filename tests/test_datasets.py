"""The bundled data, their licences, and the laws of the made ones."""

import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.utils import Bunch

import sksequence
from sksequence import RaggedArray, datasets

LOADERS = [name for name in datasets.__all__ if name.startswith("load_")]
GENERATORS = [name for name in datasets.__all__ if name.startswith("make_")]
ARGUMENTS = {"load_sunspots": {"n_lags": 12}}  # that give a target
DATA = files("sksequence.datasets") / "data"
DATA_FILES = [p.name for p in DATA.iterdir() if not p.name.endswith(".LICENSE.txt")]

every_loader = pytest.mark.parametrize("name", LOADERS)
every_generator = pytest.mark.parametrize("name", GENERATORS)


def load(name, **arguments):
    return getattr(datasets, name)(**ARGUMENTS.get(name, {}), **arguments)


def assert_same_bits(a, b):
    for x, y in zip(a, b, strict=True):
        assert type(x) is type(y)
        if isinstance(x, RaggedArray):
            assert_array_equal(x.offsets, y.offsets)
            x, y = x.values, y.values
        assert_array_equal(x, y, strict=True)


# -- what all loaders have in common ---------------------------------------------------


@every_loader
def test_loaders_return_a_bunch_or_x_and_y(name):
    bunch = load(name)
    X, y = load(name, return_X_y=True)
    assert isinstance(bunch, Bunch)
    assert len(X) == len(bunch.data) == len(y) == len(bunch.target)
    assert type(X) is type(bunch.data)
    for a, b in zip(X, bunch.data, strict=True):
        assert_array_equal(a, b)
    assert list(y) == list(bunch.target)


@every_loader
def test_descr_tells_authors_source_and_licence(name):
    descr = load(name).DESCR
    for field in ("File:", "Authors:", "Source:", "Licence:", "Changes:"):
        assert f"\n{field} " in descr
    assert descr.split("File:")[1].split()[0] in DATA_FILES


@every_loader
def test_calls_do_not_share_data(name):
    kept = load(name, return_X_y=True)[0]
    spoilt = load(name, return_X_y=True)[0]
    values = spoilt.values if isinstance(spoilt, RaggedArray) else spoilt
    values[0] = "" if isinstance(spoilt, list) else -1
    assert_array_equal(load(name).data[0], kept[0])


@every_loader
def test_train_test_split_takes_what_loaders_return(name):
    X, y = load(name, return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    assert type(X_test) is type(X)
    assert len(X_train) == len(y_train)
    assert len(X_test) == len(y_test)
    assert len(X_train) + len(X_test) == len(X)


@pytest.mark.parametrize("name", ["load_japanese_vowels", "load_first_names"])
def test_stratified_folds_of_the_classification_sets(name):
    X, y = load(name, return_X_y=True)
    fractions = np.unique(y, return_counts=True)[1] / len(y)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    for _, test in folds.split(X, y):
        held = np.unique(y[test], return_counts=True)[1] / len(test)
        assert_allclose(held, fractions, rtol=0, atol=0.01)


def test_a_loader_works_in_a_zip(tmp_path):
    package = Path(sksequence.__file__).parent
    archive = shutil.make_archive(
        tmp_path / "package", "zip", root_dir=package.parent, base_dir=package.name
    )
    calls = [(name, ARGUMENTS.get(name, {})) for name in LOADERS]
    code = (
        f"import sys; sys.path.insert(0, {archive!r})\n"
        "from sksequence import datasets\n"
        f"assert datasets.__file__.startswith({archive!r})\n"
        f"for name, arguments in {calls}:\n"
        "    assert len(getattr(datasets, name)(**arguments).data) > 200\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


# -- licences --------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATA_FILES)
def test_each_data_file_has_its_licence_beside_it(name):
    notice = DATA / f"{Path(name).stem}.LICENSE.txt"
    assert f"\nFile:      {name}" in notice.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (
            "cmudict_8k",
            "Copyright (C) 1993-2015 Carnegie Mellon University. All rights reserved.",
            "OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.\n",
        ),
        (
            "color_names",
            "MIT License\n\nCopyright (c) 2017 David Aerne\n",
            "OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN "
            "THE\nSOFTWARE.\n",
        ),
    ],
)
def test_notices_that_must_be_kept_are_kept(name, first, last):
    notice = (DATA / f"{name}.LICENSE.txt").read_text(encoding="utf-8")
    assert first in notice
    assert notice.endswith(last)


# -- each data set ---------------------------------------------------------------------


def test_japanese_vowels_as_in_uci():
    vowels = datasets.load_japanese_vowels()
    X, y = vowels.data, vowels.target
    assert isinstance(X, RaggedArray)
    assert X.values.shape == (9961, 12)
    assert X.dtype == np.float64
    assert (X.lengths.min(), X.lengths.max()) == (7, 29)
    assert_array_equal(
        X[0][0, :4], [1.860936, -0.207383, 0.261557, -0.214562]
    )  # the first line of ae.train, to the last bit
    train, test = vowels.train_indices, vowels.test_indices
    assert_array_equal(np.concatenate([train, test]), np.arange(640))
    assert_array_equal(np.bincount(y[train])[1:], np.full(9, 30))
    assert_array_equal(np.bincount(y[test])[1:], [31, 35, 88, 44, 29, 24, 40, 50, 29])
    assert len(vowels.target_names) == 9
    assert len(vowels.feature_names) == 12


@pytest.mark.parametrize(("subset", "size"), [("train", 270), ("test", 370)])
def test_japanese_vowels_parts(subset, size):
    whole, part = (
        load("load_japanese_vowels"),
        load("load_japanese_vowels", subset=subset),
    )
    indices = whole[f"{subset}_indices"]
    assert len(part.data) == size
    assert_same_bits(
        (part.data, part.target), (whole.data[indices], whole.target[indices])
    )
    assert_array_equal(part[f"{subset}_indices"], np.arange(size))
    assert len(part.train_indices) + len(part.test_indices) == size


@pytest.mark.parametrize("subset", ["x", None, ["train"]])
def test_japanese_vowels_unknown_subset(subset):
    with pytest.raises(ValueError) as error:
        datasets.load_japanese_vowels(subset=subset)
    assert str(error.value) == (
        "The 'subset' parameter of load_japanese_vowels must be a str among "
        f"{{'all', 'train', 'test'}}. Got {subset!r} instead."
    )


def test_first_names():
    names, sexes = datasets.load_first_names(return_X_y=True)
    assert (names[0], sexes[0]) == ("Aaron", "male")
    assert (names[-1], sexes[-1]) == ("Zuzana", "female")
    assert dict(zip(*np.unique(sexes, return_counts=True))) == {
        "female": 4525,
        "male": 3478,
    }
    assert len(set(names)) == 8003, "a name has one label"
    assert (min(map(len, names)), max(map(len, names))) == (2, 15)
    assert sum("-" in name for name in names) == 19
    assert all(name.replace("-", "").isalpha() for name in names)
    assert datasets.load_first_names().target_names == sorted(set(sexes))


def test_sunspots():
    sunspots = datasets.load_sunspots()
    assert_array_equal(sunspots.year, np.arange(1700, 2009))
    assert_array_equal(sunspots.data[:7], [5, 11, 16, 23, 36, 58, 29])
    assert sunspots.data[sunspots.year == 1957] == 190.2  # the highest of all
    assert sunspots.data.max() == 190.2
    assert "target" not in sunspots


@pytest.mark.parametrize("n_lags", [1, 12, 308])
def test_sunspots_one_step_ahead(n_lags):
    series = datasets.load_sunspots().data
    windows = datasets.load_sunspots(n_lags=n_lags)
    assert windows.data.shape == (309 - n_lags, n_lags)
    assert windows.year[-1] == 2008
    for row, target, year in zip(windows.data, windows.target, windows.year):
        i = year - 1700
        assert_array_equal(row, series[i - n_lags : i])
        assert target == series[i]


def test_color_names():
    colors = datasets.load_color_names()
    assert colors.data.shape == (4758, 3)
    assert colors.data.dtype == np.int64
    assert (colors.data.min(), colors.data.max()) == (0, 255)
    assert_array_equal(colors.data[0], [0xC9, 0x3F, 0x38])
    assert (colors.target[0], colors.target[-1]) == ("100 Mph", "Zunda Green")
    assert len(set(colors.target)) == len({*map(tuple, colors.data)}) == 4758
    assert {len(name.split()) for name in colors.target} == {1, 2, 3, 4, 5, 6}
    assert colors.feature_names == ["red", "green", "blue"]


def test_cmudict():
    words, phones = datasets.load_cmudict(return_X_y=True)
    assert (words[0], phones[0]) == ("aaker", ["AA1", "K", "ER0"])
    assert words == sorted(set(words))
    assert all(word.isalpha() and word.islower() for word in words)
    assert {len(word) for word in words} == {*range(3, 15)}
    assert {len(sounds) for sounds in phones} == {*range(1, 15)}
    used = {phone for sounds in phones for phone in sounds}
    assert len(used) == 69
    assert len({phone.rstrip("012") for phone in used}) == 39


# -- generators ------------------------------------------------------------------------


@every_generator
def test_generators_same_seed_same_bits(name):
    make = getattr(datasets, name)
    kept = make(5, 20, random_state=3)
    assert_same_bits(make(5, 20, random_state=3), kept)
    assert_same_bits(make(5, 20, random_state=np.random.RandomState(3)), kept)
    assert not np.array_equal(make(5, 20, random_state=4)[0], kept[0])


@every_generator
@pytest.mark.parametrize("n_samples", [0, -1, 2.0, "2", None])
def test_generators_name_the_argument_the_expectation_and_the_value(name, n_samples):
    with pytest.raises(ValueError) as error:
        getattr(datasets, name)(n_samples=n_samples)
    assert str(error.value) == (
        f"The 'n_samples' parameter of {name} must be an int in the range [1, inf). "
        f"Got {n_samples!r} instead."
    )


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("make_adding_problem", {"n_steps": 1}, r"'n_steps' .* \[2, inf\)\. Got 1 "),
        (
            "make_adding_problem",
            {"min_steps": 1},
            r"'min_steps' .* \[2, 100\]\. Got 1 ",
        ),
        (
            "make_adding_problem",
            {"n_steps": 9, "min_steps": 10},
            r"'min_steps' .* \[2, 9\]\. Got 10 ",
        ),
        ("make_copy_memory", {"n_blank": 0}, r"'n_blank' .* \[1, inf\)\. Got 0 "),
        ("make_copy_memory", {"n_memory": 0}, r"'n_memory' .* \[1, inf\)\. Got 0 "),
        ("make_copy_memory", {"n_symbols": 0}, r"'n_symbols' .* \[1, inf\)\. Got 0 "),
        ("make_copy_memory", {"n_blank": True}, r"'n_blank' .*\)\. Got True "),
        ("load_sunspots", {"n_lags": 0}, r"'n_lags' .* \[1, 308\]\. Got 0 "),
        ("load_sunspots", {"n_lags": 309}, r"'n_lags' .* \[1, 308\]\. Got 309 "),
        ("load_sunspots", {"n_lags": 1.5}, r"'n_lags' .* \[1, 308\]\. Got 1\.5 "),
        ("load_sunspots", {"return_X_y": True}, r"'n_lags' .* no target\. Got None "),
    ],
)
def test_errors_of_sizes(name, arguments, message):
    with pytest.raises(ValueError, match=f"^The {message}instead\\.$") as error:
        getattr(datasets, name)(**arguments)
    assert re.search(f"parameter of {name} must be (None or )?an int", str(error.value))


@pytest.mark.parametrize("n_steps", [2, 3, 50])
@pytest.mark.parametrize("min_steps", [None, 2])
def test_adding_problem_marks_one_step_in_each_half(n_steps, min_steps):
    X, y = datasets.make_adding_problem(
        200, n_steps, min_steps=min_steps, random_state=0
    )
    assert y.shape == (200,)
    for sequence, total in zip(X, y, strict=True):
        numbers, marks = sequence.T
        half = len(sequence) // 2
        assert_array_equal(np.unique(marks), [0, 1] if len(marks) > 2 else [1])
        assert marks[:half].sum() == marks[half:].sum() == 1
        assert numbers[marks == 1].sum() == total
        assert numbers.min() >= 0
        assert numbers.max() < 1


def test_adding_problem_is_an_array_or_ragged():
    X, _ = datasets.make_adding_problem(300, 6, random_state=0)
    assert X.shape == (300, 6, 2)
    X, _ = datasets.make_adding_problem(300, 6, min_steps=3, random_state=0)
    assert isinstance(X, RaggedArray)
    assert_array_equal(np.unique(X.lengths), [3, 4, 5, 6])
    X, _ = datasets.make_adding_problem(300, 6, min_steps=6, random_state=0)
    assert isinstance(X, RaggedArray)
    assert_array_equal(X.lengths, np.full(300, 6))


def test_adding_problem_reaches_every_step_and_has_the_known_baseline():
    X, y = datasets.make_adding_problem(20_000, 5, random_state=0)
    assert_allclose(
        X[..., 1].mean(axis=0), [1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3], atol=0.02
    )
    assert_allclose(np.mean((y - 1) ** 2), 1 / 6, atol=0.005)


@pytest.mark.parametrize(
    ("n_blank", "n_memory", "n_symbols"), [(100, 10, 8), (1, 1, 1), (4, 3, 2)]
)
def test_copy_memory(n_blank, n_memory, n_symbols):
    X, y = datasets.make_copy_memory(
        200, n_blank, n_memory=n_memory, n_symbols=n_symbols, random_state=0
    )
    assert X.shape == y.shape == (200, n_blank + 2 * n_memory)
    symbols, pause, signal, answer = np.split(
        X, [n_memory, n_memory + n_blank - 1, n_memory + n_blank], axis=1
    )
    assert_array_equal(np.unique(symbols), np.arange(1, n_symbols + 1))
    assert_array_equal(pause, np.zeros((200, n_blank - 1)))
    assert_array_equal(signal, np.full((200, 1), n_symbols + 1))
    assert_array_equal(answer, np.zeros((200, n_memory)))
    assert_array_equal(y[:, :-n_memory], np.zeros((200, n_blank + n_memory)))
    assert_array_equal(y[:, -n_memory:], symbols)


@every_generator
def test_train_test_split_takes_what_generators_return(name):
    X, y = getattr(datasets, name)(20, 10, random_state=0)
    assert [len(part) for part in train_test_split(X, y)] == [15, 5, 15, 5]


def test_train_test_split_of_a_ragged_adding_problem():
    X, y = datasets.make_adding_problem(20, 10, min_steps=4, random_state=0)
    X_train, X_test, _, y_test = train_test_split(X, y, random_state=0)
    assert isinstance(X_train, RaggedArray)
    numbers, marks = X_test[0].T
    assert numbers[marks == 1].sum() == y_test[0]
