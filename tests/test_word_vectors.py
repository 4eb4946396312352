"""read_word_vectors: the files people have, and errors that name the line."""

import gzip
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sksequence.preprocessing import TokenEncoder, _word_vectors, read_word_vectors

LINES = ["the 0.5 -1.0 2e-1", "cat 1 0 .25", "हिन्दी -3.5 0.0 1.0"]
EXPECTED = {"the": [0.5, -1, 0.2], "cat": [1, 0, 0.25], "हिन्दी": [-3.5, 0, 1]}


def written(tmp_path, text, name="vectors.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def assert_same(vectors, expected):
    assert list(vectors) == list(expected)
    for token, vector in vectors.items():
        assert vector.dtype == np.float32
        assert_array_equal(vector, np.array(expected[token], np.float32))


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(LINES),  # GloVe
        "\n".join(LINES) + "\n",
        "\n".join(["3 3", *LINES]) + "\n",  # fastText
        " \n".join(["3 3", *LINES]) + " \n",  # word2vec puts a space at the end
        "\r\n".join(LINES),
        "\n".join(LINES).replace(" ", "\t"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files(tmp_path, text, packed):
    if packed:
        path = written(tmp_path, gzip.compress(text.encode()), "vectors.txt.gz")
    else:
        path = written(tmp_path, text)
    assert_same(read_word_vectors(path), EXPECTED)
    assert_same(read_word_vectors(str(path)), EXPECTED)


def test_tokens_and_max_tokens(tmp_path):
    path = written(tmp_path, "\n".join(["3 3", *LINES]))
    wanted = {"cat": 0, "हिन्दी": 1, "dog": 2}
    assert list(read_word_vectors(path, tokens=wanted)) == ["cat", "हिन्दी"]
    assert list(read_word_vectors(path, tokens=iter(["cat"]))) == ["cat"]
    assert list(read_word_vectors(path, max_tokens=2)) == ["the", "cat"]
    assert list(read_word_vectors(path, tokens=wanted, max_tokens=1)) == ["cat"]
    assert list(read_word_vectors(path, max_tokens=9)) == list(EXPECTED)
    assert read_word_vectors(path, tokens=[]) == {}


def test_reading_ends_when_all_is_there(tmp_path):
    path = written(tmp_path, "\n".join([*LINES, "too short"]))
    assert len(read_word_vectors(path, max_tokens=3)) == 3
    assert len(read_word_vectors(path, tokens=["cat"])) == 1
    with pytest.raises(ValueError, match="line 4: expected a token and 3 numbers"):
        read_word_vectors(path, tokens=["dog"])


def test_tokens_with_spaces(tmp_path):
    text = ". . . 0.5 1.0\nat me@here.org 1 2\nnew york 3 4\n5 6 7\n"
    vectors = read_word_vectors(written(tmp_path, text))
    assert list(vectors) == [". . .", "at me@here.org", "new york", "5"]
    assert_array_equal(vectors["new york"], [3, 4])
    text = "6 2\na\u00a0b 1 2\nc\u2028d 3 4\ne\x85f 5 6\n1 1 2\nnan 1 2\n\u3000 1 2\n"
    vectors = read_word_vectors(written(tmp_path, text))
    assert list(vectors) == ["a\u00a0b", "c\u2028d", "e\x85f", "1", "nan", "\u3000"]


def test_nfc_and_tokens_that_come_twice(tmp_path):
    path = written(tmp_path, "e\u0301 1 2\né 3 4\na 5 6\na 7 8\n")
    assert_same(read_word_vectors(path), {"é": [1, 2], "a": [5, 6]})
    assert list(read_word_vectors(path, tokens=["e\u0301"])) == ["é"]


def test_encoding(tmp_path):
    path = written(tmp_path, "été 1 2\n".encode("latin-1"))
    assert list(read_word_vectors(path, encoding="latin-1")) == ["été"]
    with pytest.raises(
        ValueError, match=r"vectors.txt, line 1: expected a token in utf-8. Got b'.xe9t"
    ):
        read_word_vectors(path)


def test_width_of_one(tmp_path):
    assert_same(
        read_word_vectors(written(tmp_path, "a 1\nb 2\n")), {"a": [1], "b": [2]}
    )
    assert_same(read_word_vectors(written(tmp_path, "1 1\nb 2\n")), {"b": [2]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a 1 2 3\nb 1 2\n",
            "vectors.txt, line 2: expected a token and 3 numbers. Got 2: 'b 1 2'",
        ),
        (
            "a 1 2 3\nb 1 2 3 4\n",
            "line 2: expected a token and 3 numbers. Got 4: 'b 1 ",
        ),
        ("a 1 2 3\n1 2 3\n", "line 2: expected a token and 3 numbers. Got 2: '1 2 3'"),
        (
            "a 1 2\n\nb 1 2\n",
            "line 2: expected a token and 2 numbers. Got an empty line",
        ),
        (
            "a 1 2\nb 1 x\n",
            "line 2: expected a token and 2 numbers. Got 'x' among them",
        ),
        ("a 1 2\nb 1 nan\n", "line 2: .* Got 'nan' among them: 'b 1 nan'"),
        ("a 1 2\nb inf 1\n", "line 2: .* Got 'inf' among them"),
        ("a 1 2\nb 1e39 1\n", "line 2: .* Got '1e39' among them"),
        ("1 2\na 1 2 3\n", "line 2: expected a token and 2 numbers. Got 3: 'a 1 2 3'"),
        ("a\nb\n", "line 1: expected a token and 1 number. Got 0: 'a'"),
        ("\na 1\n", "line 1: expected a token and 1 number. Got an empty line"),
        (
            "3 2\na 1 2\nb 3 4\n",
            "line 1, tells of 3 vectors, but the file holds 2. Is it",
        ),
        ("1 2\na 1 2\nb 3 4\n", "line 1, tells of 1 vectors, but the file holds 2"),
        ("3 2\n", "vectors.txt holds no vectors"),
        ("", "vectors.txt holds no vectors"),
        ("a 1 2\nb " + "1 " * 500, "line 2: .* Got 500: 'b 1 1 .*\\.\\.\\.'"),
    ],
    ids=lambda text: repr(text)[:20],
)
def test_files_that_do_not_parse(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_word_vectors(written(tmp_path, text))


def test_wrong_arguments(tmp_path):
    path = written(tmp_path, LINES[0])
    with pytest.raises(TypeError, match="tokens is one string. Expected a list of tok"):
        read_word_vectors(path, tokens="the")
    for wrong in (0, True, 1.5):
        with pytest.raises(
            ValueError,
            match=r"'max_tokens' parameter of read_word_vectors must be None or an ",
        ):
            read_word_vectors(path, max_tokens=wrong)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_word_vectors(tmp_path / "nowhere.txt")


def test_from_the_file_to_the_matrix(tmp_path):
    path = written(tmp_path, "\n".join(LINES))
    encoder = TokenEncoder().fit(["the cat", "the dog"])
    vectors = read_word_vectors(path, tokens=encoder.vocabulary_)
    matrix = encoder.embedding_matrix(vectors, random_state=0)
    assert matrix.shape == (4, 3)
    assert matrix.dtype == np.float32
    assert_array_equal(matrix[encoder.vocabulary_["cat"]], vectors["cat"])


# -- hostile and merely common files ---------------------------------------------------


@pytest.mark.parametrize("start", ["", "2 3\n"])
def test_a_byte_order_mark_is_named_or_left_out(tmp_path, start):
    path = written(tmp_path, ("\ufeff" + start + "the 1 2 3\ncat 4 5 6\n").encode())
    with pytest.raises(ValueError, match="line 1, begins with a byte-order mark"):
        read_word_vectors(path)
    vectors = read_word_vectors(path, encoding="utf-8-sig")
    assert_same(vectors, {"the": [1, 2, 3], "cat": [4, 5, 6]})


def test_a_header_that_lies(tmp_path):
    for header in ("1 " + "9" * 30, "9" * 5000 + " 2", "2 0", "0 2", f"1 {2**25}"):
        path = written(tmp_path, header + "\nthe 1 2\n")
        with pytest.raises(ValueError, match="vectors.txt, line 1: exp") as error:
            read_word_vectors(path)
        assert len(str(error.value)) < 1000
    path = written(tmp_path, f"{10**17} {10**6}\nthe 1 2\n")
    with pytest.raises(ValueError, match="line 2: expected a token and 1000000 numb"):
        read_word_vectors(path)


@pytest.mark.parametrize("damage", ["cut", "flipped", "not packed"])
def test_packed_files_that_are_damaged(tmp_path, damage):
    packed = gzip.compress(b"the 1 2\ncat 3 4\n" * 50)
    data = {
        "cut": packed[:30],
        "flipped": packed[:20] + b"\xff" + packed[21:],
        "not packed": b"the 1 2\n",
    }[damage]
    path = tmp_path / "vectors.gz"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="vectors.gz, line [0-9]+, cannot be unpacked"):
        read_word_vectors(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat 1 2\rdog 3 4\r", "line 1, holds a carriage return. Expected lines that"),
        ("the 1_0\n", "line 1: expected a token and 1 number. Got '1_0' among them"),
        ("the 1 2\ncat 1_0 2\n", "line 2: .* Got '1_0' among them"),
    ],
)
def test_lines_that_are_none(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_word_vectors(written(tmp_path, text))


@pytest.mark.parametrize("encoding", ["nope", "utf-16", "hex", None])
def test_encodings_without_ascii(tmp_path, encoding):
    path = written(tmp_path, "the 1 2\n")
    with pytest.raises(ValueError, match=r"encoding must be .*vectors.txt. Got"):
        read_word_vectors(path, encoding=encoding)


def peak_memory(call):
    tracemalloc.start()
    try:
        call()
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    ("start", "line", "message"),
    [
        (b"the 1 2\n", b"cat " + b"12 " * 10**6, "line 2: .* 2 numbers, in at most"),
        (b"9 50\n", b"x" * 3 * 10**6, "line 2: .* 50 numbers, in at most"),
        (b"9 50\n", b"\0" * 3 * 10**6, "line 2: .* Got a longer line: '.*'"),
    ],
)
def test_a_line_that_is_too_long_is_not_read(tmp_path, start, line, message):
    path = written(tmp_path, start + line + b"\n")

    def read():
        with pytest.raises(ValueError, match=message) as error:
            read_word_vectors(path)
        assert len(str(error.value)) < 1000

    assert peak_memory(read) < len(line) / 3


def test_a_first_line_that_is_too_long_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(_word_vectors, "LONGEST_LINE", 10_000)
    path = written(tmp_path, b"the " + b"1 " * 10**6)
    with pytest.raises(ValueError, match="line 1: .* its numbers, in at most 10000"):
        read_word_vectors(path)


@pytest.mark.parametrize("header", [b"", b"1 200000\n"])
def test_a_long_line_takes_a_few_times_its_memory(tmp_path, header):
    line = b"new york " + b"12 " * 200_000
    path = written(tmp_path, header + line)
    assert peak_memory(lambda: read_word_vectors(path, tokens=["x"])) < 8 * len(line)
    vectors = read_word_vectors(path)
    assert_same(vectors, {"new york": [12] * 200_000})
    path = written(tmp_path, header + line + b"x")
    with pytest.raises(ValueError, match="expected a token and"):
        read_word_vectors(path)


def test_tokens_wanted_in_any_container(tmp_path):
    path = written(tmp_path, "é 1 2\ncat 3 4\n")
    for tokens in (
        ["e\u0301"],
        {"é": 0},
        np.array(["é"]),
        pd.Series(["é"]),
        [b"\xc3\xa9"],
    ):
        assert list(read_word_vectors(path, tokens=tokens)) == ["é"]
    for wrong in (pd.DataFrame({"é": ["é"]}), 3, [3]):
        with pytest.raises(TypeError, match="^tokens"):
            read_word_vectors(path, tokens=wrong)
    with pytest.raises(TypeError, match="path must be a str or a path. Got int"):
        read_word_vectors(0)


@pytest.mark.parametrize(
    "content",
    [
        "a 1 2\nb 3\n", "a x\n", "", "9 2\na 1 2\n", "a\n", "a 1\rb 2\r", "0 0\n",
        "\ufeffa 1\n",
    ],
)  # fmt: skip
def test_errors_of_a_file_name_the_argument(tmp_path, content):
    path = written(tmp_path, content)
    for given in (path, str(path)):
        with pytest.raises(ValueError, match=r"^path .*vectors\.txt"):
            read_word_vectors(given)
    with pytest.raises(ValueError, match=r"^encoding .* path .*vectors\.txt"):
        read_word_vectors(path, encoding="none")
