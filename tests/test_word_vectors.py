"""read_word_vectors: the files people have, and errors that name the line."""

import gzip

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksequence.preprocessing import TokenEncoder, read_word_vectors

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
