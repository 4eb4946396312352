"""TokenEncoder: text of any script to ids and back, one vocabulary in every way."""

import copy
import pickle
import string
import sys
import time
import unicodedata
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from sksequence import RaggedArray, RNNClassifier
from sksequence.datasets import load_first_names
from sksequence.preprocessing import TokenEncoder, read_word_vectors
from sksequence.preprocessing._word_pattern import _combining_marks, word_pattern

TEXTS = ["The cat sat.", "The dog sat, too.", "a cat"]
WORDS = [["the", "cat", "sat"], ["a", "cat"], ["the", "end"]]
unicode_settings = settings(derandomize=True, deadline=None, max_examples=200)


def as_read(text):
    """Text as all methods read it."""
    if text.startswith("\ufeff"):  # a byte-order mark; a token may be one
        text = text.lstrip("\ufeff") or "\ufeff"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def words(text, **parameters):
    encoder = TokenEncoder(**parameters)
    return encoder.inverse_transform(encoder.fit_transform([text]))[0]


# -- text to tokens --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The cat sat.", ["The", "cat", "sat", "."]),
        ("don't, won’t; rock'n'roll", ["don't", ",", "won’t", ";", "rock'n'roll"]),
        ("'tis the dogs'", ["'", "tis", "the", "dogs", "'"]),
        ("well-known -- re-read", ["well-known", "-", "-", "re-read"]),
        ("3.14 1,000.5 7. -2", ["3.14", "1,000.5", "7", ".", "-", "2"]),
        ("٣٫١٤ ३.१४", ["٣٫١٤", "३.१४"]),
        ("B2B 3rd snake_case", ["B2B", "3rd", "snake_case"]),
        ("(a)!?", ["(", "a", ")", "!", "?"]),
        ("5 € + 2 %", ["5", "€", "+", "2", "%"]),
        ("ca\u0301fe\u0301", ["cáfé"]),  # NFC
        ("x\u0302\u0323y", ["x\u0323\u0302y"]),  # no composed form of all: one word
        ("q\u0307uick", ["q\u0307uick"]),
        ("हिन्दी में लिखा", ["हिन्दी", "में", "लिखा"]),
        ("ก็ ที่นี่", ["ก็", "ที่นี่"]),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af 말", ["한글", "말"]),
        ("\u1112\u119e\u11ab", ["\u1112\u119e\u11ab"]),  # old Hangul: no syllable
        ("العَرَبِيَّة، نعم", ["العَرَبِيَّة", "،", "نعم"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("क्\u200dष", ["क्\u200dष"]),
        ("שָׁלוֹם", [unicodedata.normalize("NFC", "שָׁלוֹם")]),
        ("你好。", ["你好", "。"]),
        ("𝔸b 𐍈", ["𝔸b", "𐍈"]),
        ("𑄌𑄋𑄴𑄟𑄳𑄦", ["𑄌𑄋𑄴𑄟𑄳𑄦"]),  # Chakma: marks beyond U+FFFF
        ("hi😀😀", ["hi", "😀", "😀"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("👩‍👩‍👧‍👦!", ["👩‍👩‍👧‍👦", "!"]),
        ("👩🏽‍🚀 ❤️‍🔥", ["👩🏽‍🚀", "❤️‍🔥"]),
        ("🏳️‍🌈🏴󠁧󠁢󠁥󠁮󠁧󠁿", ["🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]),
        ("🇫🇷🇩🇪🇫", ["🇫🇷", "🇩🇪", "🇫"]),
        ("1️⃣2️⃣ #️⃣", ["1️⃣", "2️⃣", "#️⃣"]),
        ("!\u0301a", ["!\u0301", "a"]),
        (" \u0301a", ["\u0301", "a"]),
        ("a\u200bb \ufeff\u200ec\u00a0d", ["a", "b", "c", "d"]),  # nothing to see
    ],
)
def test_words_of_many_scripts(text, tokens):
    assert words(text) == tokens


def test_all_marks_belong_to_words():
    pattern = word_pattern()
    for point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(point))[0] == "M":
            text = "a" + chr(point) + "b"
            assert pattern.findall(text) == [text], hex(point)
    assert len(_combining_marks()) < 10_000


@unicode_settings
@given(st.text())
def test_nothing_but_space_is_lost(text):
    text = unicodedata.normalize("NFC", text)
    tokens = word_pattern().findall(text)
    shown = [c for c in text if word_pattern().fullmatch(c)]
    assert "".join(tokens) == "".join(shown)
    assert word_pattern().findall(" ".join(tokens)) == tokens
    for c in set(text) - set(shown):
        assert c.isspace() or unicodedata.category(c) == "Cf"


def test_a_long_text_without_end_of_a_word():
    n = 200_000
    for text in ("a" * n, "a-" * n, "1." * n, "\u0301" * n, "👩\u200d" * n, "🇫" * n):
        start = time.perf_counter()
        assert "".join(word_pattern().findall(text)) == text
        assert time.perf_counter() - start < 10  # linear: about 0.05


def test_characters():
    encoder = TokenEncoder("char")
    Xt = encoder.fit_transform(["ab a", "हि"])
    assert list(encoder.vocabulary_) == ["<unk>", "a", " ", "b", "ह", "ि"]
    assert_array_equal(Xt[0], [1, 3, 2, 1])
    assert encoder.inverse_transform(Xt) == ["ab a", "हि"]
    assert encoder.inverse_transform([[0, 1]]) == ["<unk>a"]


def test_characters_of_lists_come_back_as_lists():
    encoder = TokenEncoder("char").fit([["a", "b"], "ab"])
    assert encoder.inverse_transform([[1, 2]]) == [["a", "b"]]
    assert TokenEncoder("char").fit(["a"]).partial_fit([["b"]]).inverse_transform(
        [[1, 2]]
    ) == [["a", "b"]]


@pytest.mark.parametrize(
    "split", [str.split, lambda text: tuple(text.split()), lambda t: iter(t.split())]
)
def test_a_function_as_analyzer(split):
    encoder = TokenEncoder(split, lowercase=True).fit(["The cat. the"])
    assert list(encoder.vocabulary_) == ["<unk>", "the", "cat."]
    assert_array_equal(encoder.transform([["THE", "x"]])[0], [1, 0])


def test_the_function_sees_text_in_nfc():
    seen = []
    TokenEncoder(lambda text: seen.append(text) or [text]).fit(["e\u0301"])
    assert seen == ["é"]


def test_a_pattern():
    assert words("don't go", token_pattern=r"\w+") == ["don", "t", "go"]
    assert words("#a b #c", token_pattern=r"#(\w+)") == ["a", "c"]


def test_lists_are_taken_as_they_are():
    encoder = TokenEncoder().fit([["New York", "a b", "", "e\u0301"]])
    assert set(encoder.vocabulary_) == {"<unk>", "New York", "a b", "", "é"}


def test_lowercase():
    assert words("THE İ ΟΔΟΣ", lowercase=True) == ["the", "i̇", "οδος"]
    encoder = TokenEncoder(lowercase=True).fit([["The", "THE"], "the"])
    assert encoder.counts_ == {"the": 3}


@unicode_settings
@given(st.lists(st.text(), min_size=1), st.booleans())
def test_composed_and_decomposed_text_is_one(texts, lowercase):
    composed, decomposed = (
        TokenEncoder("char", lowercase=lowercase)
        .partial_fit([unicodedata.normalize(form, text) for text in texts])
        .counts_
        for form in ("NFC", "NFD")
    )
    assert decomposed == composed


BYTES = [text.encode() for text in TEXTS]


@pytest.mark.parametrize(
    "X",
    [
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS, index=[7, 8, 9]),
        pd.Series(TEXTS, dtype="string"),
        pd.DataFrame({"text": TEXTS}),
        pl.Series(TEXTS),
        pl.DataFrame({"text": TEXTS}),
        pa.array(TEXTS),
        pa.chunked_array([TEXTS[:1], TEXTS[1:]]),
        pa.table({"text": TEXTS}),
        BYTES,
        np.array(BYTES),
        pa.array(BYTES),
        [np.array(text) for text in TEXTS],
    ],
    ids=lambda X: type(X).__module__.split(".")[0] + " " + type(X).__name__,
)
def test_containers_of_strings(X):
    expected = TokenEncoder().fit_transform(TEXTS)
    assert_same_sequences(TokenEncoder().fit_transform(X), expected)


@pytest.mark.parametrize(
    "X",
    [
        tuple(map(tuple, WORDS)),
        [np.array(s) for s in WORDS],
        [np.array(s, dtype=object) for s in WORDS],
        [pd.Series(s, index=list(s)) for s in WORDS],
        [[word.encode() for word in s] for s in WORDS],
        [[np.str_(word) for word in s] for s in WORDS],
        np.asarray(pd.Series(WORDS)),
        pd.Series(WORDS),
        pd.DataFrame({"tokens": WORDS}),
        pl.Series(WORDS),
        pl.DataFrame({"tokens": WORDS}),
        pa.array(WORDS),
        pa.table({"tokens": WORDS}),
        RaggedArray(
            np.array([w for s in WORDS for w in s], dtype=object), [0, 3, 5, 7]
        ),
        (words for words in WORDS),
    ],
    ids=lambda X: type(X).__module__.split(".")[0] + " " + type(X).__name__,
)
def test_containers_of_lists(X):
    encoder = TokenEncoder()
    assert_same_sequences(encoder.fit_transform(X), TokenEncoder().fit_transform(WORDS))
    assert {type(token) for token in encoder.vocabulary_} == {str}
    assert encoder.vocabulary_ == TokenEncoder().fit(WORDS).vocabulary_


def test_a_2d_array_of_tokens():
    X = np.array([["the", "cat"], ["a", "cat"]])
    assert_array_equal(
        TokenEncoder().fit_transform(X).to_padded(0)[0], [[3, 1], [2, 1]]
    )


def assert_same_sequences(X, Y):
    assert isinstance(X, RaggedArray)
    assert X.values.dtype == np.intp
    assert X.values.ndim == 1
    assert_array_equal(X.offsets, Y.offsets)
    assert_array_equal(X.values, Y.values)


# -- the vocabulary --------------------------------------------------------------------


def test_the_order_of_ids():
    encoder = TokenEncoder(add_eos=True).fit(
        [["b", "a", "é", "Z", "c", "c", "𝔸", "～"]]
    )
    assert encoder.vocabulary_ == {
        token: k
        for k, token in enumerate(["<unk>", "</s>", "c", "Z", "a", "b", "é", "～", "𝔸"])
    }
    assert list(encoder.vocabulary_.values()) == list(range(9))
    assert encoder.n_tokens_ == 9
    names = encoder.get_feature_names_out()
    assert names.dtype == object
    assert names.tolist() == list(encoder.vocabulary_)
    assert list(encoder.counts_.items())[:2] == [("c", 2), ("Z", 1)]


def test_min_count_and_max_tokens():
    X = [["a"] * 3 + ["b"] * 2 + ["c"] * 2 + ["d"]]
    assert list(TokenEncoder(min_count=2).fit(X).vocabulary_) == ["<unk>", *"abc"]
    assert list(TokenEncoder(max_tokens=3).fit(X).vocabulary_) == ["<unk>", "a", "b"]
    encoder = TokenEncoder(max_tokens=3, add_eos=True, unk_token=None).fit(X)
    assert list(encoder.vocabulary_) == ["</s>", "a", "b"]
    assert encoder.counts_ == {"a": 3, "b": 2, "c": 2, "d": 1}
    encoder = TokenEncoder(min_count=2)
    assert_array_equal(encoder.fit_transform(X)[0], [1, 1, 1, 2, 2, 3, 3, 0])


def test_unknown_tokens():
    encoder = TokenEncoder().fit([["<unk>", "a", "<unk>"]])
    assert encoder.vocabulary_ == {"<unk>": 0, "a": 1}
    assert encoder.counts_ == {"<unk>": 2, "a": 1}
    assert_array_equal(encoder.transform([["a", "b", "<unk>"]])[0], [1, 0, 0])
    strict = TokenEncoder(unk_token=None, min_count=2)
    with pytest.raises(
        ValueError, match=r"X\[1\] holds the token 'b' at step 2, which is not in the v"
    ):
        strict.fit_transform([["a", "a"], ["a", "a", "b"]])
    assert not hasattr(strict, "vocabulary_")
    strict.fit([["a", "a"], ["a", "a", "b"]])
    assert_array_equal(strict.transform([["a"]])[0], [0])
    with pytest.raises(
        ValueError, match=r"X\[0\] holds the token '👩.u200d🚀' at step 0"
    ):
        strict.transform(["👩‍🚀"])


def test_ends():
    encoder = TokenEncoder(add_eos=True)
    Xt = encoder.fit_transform([["a", "b"], [], ["b"]])
    assert [x.tolist() for x in Xt] == [[3, 2, 1], [1], [2, 1]]
    assert encoder.inverse_transform(Xt) == [["a", "b"], [], ["b"]]
    assert encoder.inverse_transform([[2, 3]]) == [["b", "a"]]
    assert encoder.inverse_transform([[1, 2, 1, 1]]) == [["</s>", "b", "</s>"]]
    with pytest.raises(
        ValueError,
        match=r"X\[1\] holds the token '</s>' at step 2, which add_eos puts at the end",
    ):
        encoder.transform([["a"], ["a", "b", "</s>"]])
    with pytest.raises(ValueError, match=r"X\[0\] holds the token '</s>' at step 0"):
        TokenEncoder(add_eos=True).fit([["</s>"]])
    encoder = TokenEncoder("char", add_eos=True, eos_token=".")
    with pytest.raises(ValueError, match=r"X\[0\] holds the token '.' at step 1"):
        encoder.fit(["a."])
    assert TokenEncoder().fit([["</s>"]]).vocabulary_ == {"<unk>": 0, "</s>": 1}


def test_empty_sentences_stay():
    Xt = TokenEncoder().fit_transform(["a", "", " "])
    assert_array_equal(Xt.lengths, [1, 0, 0])
    assert TokenEncoder().fit(["a"]).inverse_transform(Xt) == [["a"], [], []]
    assert TokenEncoder("char").fit(["a"]).inverse_transform(Xt[1:]) == ["", ""]


@pytest.mark.parametrize("n_pieces", [1, 2, 5, 30])
@pytest.mark.parametrize(
    "parameters", [{}, {"min_count": 2}, {"max_tokens": 7}], ids=str
)
def test_pieces_give_the_vocabulary_of_one_fit(n_pieces, parameters):
    rng = np.random.default_rng(0)
    X = [[f"w{k}" for k in rng.geometric(0.1, rng.integers(0, 9))] for _ in range(30)]
    whole = TokenEncoder(add_eos=True, **parameters).fit(X)
    encoder = TokenEncoder(add_eos=True, **parameters)
    for piece in np.array_split(np.arange(30), n_pieces):
        encoder = pickle.loads(pickle.dumps(encoder))
        encoder.partial_fit([X[i] for i in piece])
    assert list(encoder.vocabulary_.items()) == list(whole.vocabulary_.items())
    assert list(encoder.counts_.items()) == list(whole.counts_.items())
    assert vars(encoder) == vars(whole)
    assert_same_sequences(encoder.transform(X), whole.transform(X))


def test_the_first_piece_may_hold_nothing():
    encoder = TokenEncoder(min_count=2).partial_fit([["a"], []])
    assert encoder.vocabulary_ == {"<unk>": 0}
    assert encoder.partial_fit([["a"]]).vocabulary_ == {"<unk>": 0, "a": 1}


def test_fit_begins_anew_and_a_wrong_piece_changes_nothing():
    encoder = TokenEncoder().partial_fit([["a"]]).fit([["b"]])
    assert encoder.counts_ == {"b": 1}
    before = copy.deepcopy(vars(encoder))
    for wrong in ([["c"], ["d", 3]], [None], []):
        for method in (encoder.partial_fit, encoder.fit, encoder.fit_transform):
            with pytest.raises((TypeError, ValueError)):
                method(wrong)
            assert vars(encoder) == before
    encoder.set_params(min_count=9)
    with pytest.raises(ValueError, match="No token is left"):
        encoder.fit([["c"]])
    assert vars(encoder) == before | {"min_count": 9}


# -- a vocabulary that is given --------------------------------------------------------


@pytest.mark.parametrize(
    "given_as",
    [list, tuple, np.array, lambda tokens: {t: k for k, t in enumerate(tokens)}],
)
def test_a_given_vocabulary(given_as):
    vocabulary = given_as(["<unk>", "sat", "e\u0301", "cat"])
    encoder = TokenEncoder(vocabulary=vocabulary, min_count=5, max_tokens=1)
    Xt = encoder.fit_transform(["The cat é"])
    assert encoder.vocabulary_ == {"<unk>": 0, "sat": 1, "é": 2, "cat": 3}
    assert_array_equal(Xt[0], [0, 3, 2])
    assert not hasattr(encoder, "counts_")
    assert encoder.vocabulary is vocabulary
    assert encoder.partial_fit(["a dog"]).n_tokens_ == 4


def test_special_tokens_of_a_given_vocabulary():
    encoder = TokenEncoder(vocabulary=["b", "a"], add_eos=True).fit(["a"])
    assert list(encoder.vocabulary_) == ["<unk>", "</s>", "b", "a"]
    encoder = TokenEncoder(vocabulary=["b", "<unk>"], add_eos=True).fit(["a"])
    assert list(encoder.vocabulary_) == ["</s>", "b", "<unk>"]
    assert_array_equal(encoder.transform(["x b"])[0], [2, 1, 0])
    encoder = TokenEncoder(vocabulary={"a": 1, "b": 0}, unk_token=None).fit(["a"])
    assert list(encoder.vocabulary_) == ["b", "a"]


def test_the_vocabulary_of_another_encoder():
    first = TokenEncoder(add_eos=True).fit(TEXTS)
    for vocabulary in (first.vocabulary_, list(first.vocabulary_)):
        second = TokenEncoder(vocabulary=vocabulary, add_eos=True).fit(["x"])
        assert second.vocabulary_ == first.vocabulary_
        assert second.vocabulary_ is not first.vocabulary_


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_vocabulary_file(tmp_path, end, last, mark):
    path = tmp_path / "{vocabulary}.txt"
    text = mark + end.join(["the", "New York", " ", "हिन्दी"]) + end * last
    path.write_bytes(text.encode())
    for given_path in (path, str(path)):
        encoder = TokenEncoder(vocabulary=given_path).fit(["x"])
        assert list(encoder.vocabulary_) == ["<unk>", "the", "New York", " ", "हिन्दी"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a\n\nb\n", "txt, line 2, is empty. Expected a token"),
        (b"a\nb\na\n", "txt, line 3, is 'a', which .*txt, line 1 is too. Each token"),
        (b"a\n\xc3\xa9\ne\xcc\x81", "txt, line 3, is 'é', which .*txt, line 2 is too"),
        (b"a\n\xff\n", "txt, line 2, is not UTF-8: byte 0xff at position 0"),
        (b"", "The vocabulary holds no token"),
        (b"a\nb\n" + b"x" * 70_000 + b"\nc", "txt, line 3, is longer than 65536 bytes"),
        (b"x" * 3_000_000, "txt, line 1, is longer than 65536 bytes. Expected one"),
    ],
    ids=range(7),
)
def test_vocabulary_files_that_do_not_parse(tmp_path, text, message):
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=message):
        TokenEncoder(vocabulary=path).fit(["a"])
    with pytest.raises(FileNotFoundError, match="nowhere"):
        TokenEncoder(vocabulary="nowhere.txt").fit(["a"])


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 100])
def test_vocabulary_files_are_read_in_pieces(tmp_path, monkeypatch, piece):
    monkeypatch.setattr("sksequence.preprocessing._vocabularies.PIECE", piece)
    path = tmp_path / "vocabulary.txt"
    path.write_bytes("\ufeffab\r\ncd\ne\rfä\r\ng h\r".encode())
    encoder = TokenEncoder(vocabulary=path, unk_token=None).fit(["x"])
    assert list(encoder.vocabulary_) == ["ab", "cd", "e", "fä", "g h"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_a_file_without_end():
    with pytest.raises(ValueError, match="/dev/zero, line 1, is longer than 65536"):
        TokenEncoder(vocabulary=Path("/dev/zero")).fit(["x"])
    with pytest.raises(ValueError, match="/dev/zero, line 1: expected a token and"):
        read_word_vectors("/dev/zero")


@pytest.mark.parametrize(
    ("vocabulary", "error", "message"),
    [
        (
            ["a", "b", "a"],
            ValueError,
            "vocabulary, token 2, is 'a', which vocabulary, ",
        ),
        (["a", ""], ValueError, "vocabulary, token 1, is empty"),
        (
            ["a", 3],
            TypeError,
            "vocabulary, token 1, is 3. Expected a token, which is a",
        ),
        ([], ValueError, "The vocabulary holds no token"),
        ({}, ValueError, "The vocabulary holds no token"),
        ({"a": 0}, ValueError, "The vocabulary has no id for '<unk>'. Add it, or set"),
        (
            {"a": 0, "<unk>": 2},
            ValueError,
            "ids of a vocabulary of 2 tokens must be 0 to 1, each once. Got 2 for '<un",
        ),
        ({"a": 0, "<unk>": 0}, ValueError, "each once. Got 0 for '<unk>'"),
        ({"a": "x", "<unk>": 0}, ValueError, "each once. Got 'x' for 'a'"),
    ],
    ids=str,
)
def test_wrong_vocabularies(vocabulary, error, message):
    with pytest.raises(error, match=message):
        TokenEncoder(vocabulary=vocabulary).fit(["a"])


# -- back to tokens --------------------------------------------------------------------


@unicode_settings
@given(st.lists(st.text(), min_size=1), st.booleans())
def test_characters_round_trip(texts, add_eos):
    texts = [as_read(text.lstrip("\ufeff")) for text in ["a", *texts]]
    encoder = TokenEncoder("char", add_eos=add_eos)
    Xt = encoder.fit_transform(texts)
    assert encoder.inverse_transform(Xt) == texts
    assert_array_equal(Xt.lengths, [len(text) + add_eos for text in texts])


@unicode_settings
@given(st.lists(st.lists(st.text()), min_size=1), st.booleans(), st.booleans())
def test_lists_round_trip(sentences, lowercase, add_eos):
    encoder = TokenEncoder(lowercase=lowercase, add_eos=add_eos, eos_token="no such")
    sentences = [["a"], *sentences]
    once = encoder.inverse_transform(encoder.fit_transform(sentences))
    assert [len(s) for s in once] == [len(s) for s in sentences]
    assert encoder.inverse_transform(encoder.transform(once)) == once
    if not lowercase:
        assert once == [[as_read(token) for token in s] for s in sentences]


@unicode_settings
@given(st.lists(st.text(), min_size=1))
def test_words_round_trip(texts):
    texts = ["a", *texts]
    encoder = TokenEncoder(unk_token=None)
    Xt = encoder.fit_transform(texts)
    again = encoder.transform([" ".join(s) for s in encoder.inverse_transform(Xt)])
    assert_same_sequences(again, Xt)
    counts = Counter(token for s in encoder.inverse_transform(Xt) for token in s)
    assert counts == encoder.counts_


@pytest.mark.parametrize(
    "X",
    [
        [[1, 2], [3]],
        ([1, 2], (3,)),
        [np.array([1, 2], dtype=np.uint8), np.array([3], dtype=np.uint8)],
        [np.array([[1], [2]]), np.array([[3]])],
        pd.Series([[1, 2], [3]]),
        pl.Series([[1, 2], [3]]),
        RaggedArray(np.array([1, 2, 3]), [0, 2, 3]),
    ],
    ids=lambda X: type(X).__name__,
)
def test_ids_in_every_form(X):
    encoder = TokenEncoder().fit([["c", "b", "a"]])
    assert encoder.inverse_transform(X) == [["a", "b"], ["c"]]
    assert encoder.inverse_transform(np.array([[1, 2]])) == [["a", "b"]]
    assert encoder.inverse_transform([]) == []


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1], [0, 4]], r"X\[1\] holds the token id 4 at step 1. .* are 0 to 3"),
        ([[1, -1]], r"X\[0\] holds the token id -1 at step 1. .* are 0 to 3"),
        ([[1.0]], r"one integer token id a step. Got steps of shape \(\) of float64"),
        (np.ones((2, 3, 2), int), r"Got steps of shape \(2,\) of int64 instead"),
        ([sparse.eye(2, format="csr", dtype=int)], "Got sparse steps of shape"),
        ([["a"]], "X\\[0\\] holds <U1 values"),
    ],
    ids=str,
)
def test_wrong_ids(X, message):
    encoder = TokenEncoder().fit([["c", "b", "a"]])
    with pytest.raises((ValueError, TypeError), match=message):
        encoder.inverse_transform(X)


# -- vectors ---------------------------------------------------------------------------

ENCODER = TokenEncoder().fit([["a", "a", "b", "c"]])


class Vectors:
    """Vectors that are no Mapping, such as those of gensim."""

    def __contains__(self, token):
        return token == "b"

    def __getitem__(self, token):
        return np.array([1, 2, 3])


def test_embedding_matrix():
    vectors = {
        "b": np.array([1, -2, 3], np.float32),
        "x": [1.0],
        "a": np.zeros(3, np.float32),
    }
    matrix = ENCODER.embedding_matrix(vectors, random_state=0)
    assert matrix.shape == (4, 3)
    assert matrix.dtype == np.float32
    assert_array_equal(matrix[1:3], [[0, 0, 0], [1, -2, 3]])
    again = ENCODER.embedding_matrix(vectors, random_state=0, embedding_dim=3)
    assert_array_equal(again, matrix)
    other = ENCODER.embedding_matrix(vectors, random_state=1)
    assert (other[[0, 3]] != matrix[[0, 3]]).all()
    assert ENCODER.embedding_matrix({"a": [1.0, 2.0]}).dtype == np.float64
    assert_array_equal(ENCODER.embedding_matrix(Vectors())[2], [1, 2, 3])


@pytest.mark.parametrize("scale", [0.01, 1, 30])
def test_random_vectors_are_as_large_as_those_found(scale):
    encoder = TokenEncoder().fit([[f"w{k}" for k in range(2000)]])
    rng = np.random.default_rng(0)
    vectors = {f"w{k}": scale * rng.standard_normal(20) for k in range(1000)}
    matrix = encoder.embedding_matrix(vectors, random_state=0)
    known = [k for token, k in encoder.vocabulary_.items() if token in vectors]
    drawn = np.delete(matrix, known, axis=0)
    assert len(drawn) == 1001
    assert drawn.std() == pytest.approx(scale, rel=0.05)


@pytest.mark.parametrize("vectors", [{}, {"a": np.zeros(50)}])
def test_random_vectors_alone(vectors):
    encoder = TokenEncoder().fit([["a", *(f"w{k}" for k in range(1000))]])
    matrix = encoder.embedding_matrix(vectors, embedding_dim=50, random_state=0)
    assert matrix.shape == (1002, 50)
    assert np.linalg.norm(matrix, axis=1).mean() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("vectors", "options", "error", "message"),
    [
        (
            {"a": [1.0, 2.0], "b": [1.0]},
            {},
            ValueError,
            "The vector of 'b' in vectors has 1 numbers, but the vector of 'a' has 2",
        ),
        (
            {"b": [1.0]},
            {"embedding_dim": 3},
            ValueError,
            "The vector of 'b' in vectors has 1 numbers, but embedding_dim is 3",
        ),
        ({"A": [1.0]}, {}, ValueError, "vectors has none of the 4 tokens of the voc"),
        (
            {"a": [[1.0]]},
            {},
            ValueError,
            r"'a' in vectors has shape \(1, 1\). Expected \(width,\)",
        ),
        ({"a": [1.0, np.nan]}, {}, ValueError, "'a' in vectors holds NaN or infinity"),
        (
            {"a": ["x"]},
            {},
            ValueError,
            "The vector of 'a' in vectors does not hold numbers",
        ),
        ({"a": [[1], [2, 3]]}, {}, ValueError, "'a' in vectors does not hold numbers"),
        (
            [[1.0]],
            {},
            TypeError,
            "vectors must be a mapping of tokens to vec.* Got list",
        ),
        (np.ones((3, 2)), {}, TypeError, "Got ndarray instead"),
        (3, {}, TypeError, "Got int instead"),
        (
            {"a": [1.0]},
            {"embedding_dim": 0},
            ValueError,
            "'embedding_dim' parameter of embedding_matrix must be an int in the range "
            r"\[1, inf\). Got 0 instead",
        ),
    ],
    ids=str,
)
def test_wrong_vectors(vectors, options, error, message):
    with pytest.raises(error, match=message):
        ENCODER.embedding_matrix(vectors, **options)


# -- as an estimator -------------------------------------------------------------------


def test_tags():
    tags = get_tags(TokenEncoder())
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array
    assert tags.requires_fit
    assert not tags.target_tags.required


@pytest.mark.parametrize(
    "encoder",
    [
        TokenEncoder(add_eos=True),
        TokenEncoder("char", min_count=2),
        TokenEncoder(str.split, unk_token=None),
        TokenEncoder(vocabulary={"<unk>": 0, "cat": 1}),
        TokenEncoder(token_pattern=r"\S+", vocabulary=["cat", "sat"]),
    ],
    ids=str,
)
def test_clone_and_pickle(encoder, tmp_path):
    encoder = clone(encoder)
    unfitted = clone(encoder)
    Xt = encoder.fit_transform(TEXTS)
    assert not hasattr(unfitted, "vocabulary_")
    assert_same_sequences(clone(encoder).fit(TEXTS).transform(TEXTS), Xt)
    joblib.dump(encoder, tmp_path / "encoder.joblib")
    for other in (
        pickle.loads(pickle.dumps(encoder)),
        joblib.load(tmp_path / "encoder.joblib"),
        copy.deepcopy(encoder),
    ):
        assert_same_sequences(other.transform(TEXTS), Xt)
        assert other.inverse_transform(Xt) == encoder.inverse_transform(Xt)
        assert vars(other) == vars(encoder)
    before = pickle.dumps(encoder)
    encoder.inverse_transform(encoder.transform(TEXTS))
    assert pickle.dumps(encoder) == before


def test_skops():
    io = pytest.importorskip("skops.io")
    encoder = TokenEncoder(add_eos=True).fit(TEXTS)
    name = "sksequence.preprocessing._tokens.TokenEncoder"
    dumped = io.dumps(encoder)
    assert io.get_untrusted_types(data=dumped) == [name]
    loaded = io.loads(dumped, trusted=[name])
    assert vars(loaded) == vars(encoder)
    assert_same_sequences(loaded.transform(TEXTS), encoder.transform(TEXTS))


def test_not_fitted():
    encoder = TokenEncoder(vocabulary=["a"])
    for call in (
        lambda: encoder.transform(["a"]),
        lambda: encoder.inverse_transform([[0]]),
        encoder.get_feature_names_out,
        lambda: encoder.embedding_matrix({}),
    ):
        with pytest.raises(NotFittedError):
            call()


def test_in_a_grid_over_names():
    names, sexes = load_first_names(return_X_y=True)
    chosen = np.random.RandomState(0).permutation(len(names))[:400]
    X, y = [names[i] for i in chosen], sexes[chosen]
    pipeline = make_pipeline(
        TokenEncoder("char", lowercase=True),
        RNNClassifier(8, embedding_dim=4, max_iter=2, random_state=0),
    ).set_output(transform="pandas")
    grid = {"tokenencoder__min_count": [1, 10, 50]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2, error_score="raise")
    search.fit(X, y)
    assert search.predict(["Anna", "Żaneta"]).shape == (2,)
    assert search.score(X, y) > 0.5
    assert search.best_estimator_[0].n_tokens_ > 5
    sizes = [
        clone(pipeline[0]).set_params(min_count=n).fit(X).n_tokens_ for n in (1, 10, 50)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


def test_arguments_are_not_changed():
    sentences = [["e\u0301", "A"], ["B"]]
    kept = copy.deepcopy(sentences)
    TokenEncoder(lowercase=True, add_eos=True).fit_transform(sentences)
    assert sentences == kept


# -- size ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_million_tokens():
    sentences = [[f"w{k}" for k in range(i, i + 100)] for i in range(0, 1_000_000, 100)]
    start = time.perf_counter()
    encoder = TokenEncoder(add_eos=True).fit(sentences)
    fitted = time.perf_counter()
    Xt = encoder.transform(sentences)
    transformed = time.perf_counter()
    assert encoder.n_tokens_ == 1_000_002
    assert len(Xt.values) == 1_010_000
    assert fitted - start < 30  # about 2, on a free machine
    assert transformed - fitted < 20  # about 1
    assert TokenEncoder(max_tokens=10_000).fit(sentences).n_tokens_ == 10_000


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"analyzer": "words"},
            "The 'analyzer' parameter of TokenEncoder must be a str among {'word', "
            "'char'} or a callable. Got 'words' instead",
        ),
        (
            {"token_pattern": 3},
            "'token_pattern' .* must be None or an instance of 'str'",
        ),
        (
            {"token_pattern": "("},
            "'token_pattern' .* a regular expression with at most",
        ),
        ({"token_pattern": "(a)(b)"}, r"Got '\(a\)\(b\)' instead \(2 groups\)"),
        (
            {"token_pattern": r"\w*"},
            "does not match the empty string. Got '.*w\\*' inst",
        ),
        ({"lowercase": 1}, "'lowercase' .* must be a bool. Got 1 instead"),
        (
            {"min_count": 0},
            r"'min_count' .* an int in the range \[1, inf\). Got 0 inst",
        ),
        ({"min_count": 0.5}, "'min_count' .* Got 0.5 instead"),
        (
            {"max_tokens": 0},
            r"'max_tokens' .* must be None or an int in the range \[1, ",
        ),
        (
            {"max_tokens": 1},
            r"'max_tokens' .* an int in the range \[2, inf\). Got 1 inst",
        ),
        ({"max_tokens": 2, "add_eos": True}, r"range \[3, inf\). Got 2 instead"),
        (
            {"unk_token": 0},
            "'unk_token' .* None or an instance of 'str'. Got 0 instead",
        ),
        ({"add_eos": "yes"}, "'add_eos' .* must be a bool. Got 'yes' instead"),
        ({"eos_token": None}, "'eos_token' .* must be an instance of 'str'. Got None"),
        (
            {"add_eos": True, "eos_token": "<unk>"},
            "unk_token and eos_token are both '<unk>'. They must differ",
        ),
        (
            {"vocabulary": 3},
            "'vocabulary' .* must be None or a sequence or mapping of tokens, or ",
        ),
        ({"vocabulary": {"a"}}, "'vocabulary' .* Got {'a'} instead"),
    ],
    ids=str,
)
def test_wrong_parameters(parameters, message):
    for method in ("fit", "fit_transform", "partial_fit"):
        with pytest.raises(ValueError, match=message):
            getattr(TokenEncoder(**parameters), method)(["a"])


def test_skipped_checks_of_parameters():
    with config_context(skip_parameter_validation=True):
        assert TokenEncoder(lowercase=1).fit(["A"]).n_tokens_ == 2


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (
            "a text",
            TypeError,
            r"X is one string. Expected a list of sentences: \[text\]",
        ),
        (b"a text", TypeError, "X is one string"),
        (3, TypeError, "X must be a list, an array or a column of sentences. Got int"),
        (None, TypeError, "Got NoneType instead"),
        (np.array("a"), TypeError, "X is one string. Expected a list of sentences"),
        ({"a": 1}, TypeError, "Got dict instead"),
        ({"a"}, TypeError, "Got set instead"),
        (
            pd.DataFrame({"a": ["x"], "b": ["y"]}),
            TypeError,
            "X is a table of 2 columns",
        ),
        ([], ValueError, "X is empty: found array with 0 sample"),
        (["a", None], TypeError, r"X\[1\] is None. Expected a string or a list of tok"),
        (
            pd.Series(["a", np.nan], dtype=object),
            TypeError,
            r"X\[1\] is nan. Expected a.*One text is missing: leave out",
        ),
        (["a", None, "b", np.nan], TypeError, r'2 texts are missing.*fill it with ""'),
        ([["a"], 3], TypeError, r"X\[1\] is 3. Expected a string or a list of tokens"),
        ([{"a": 1}], TypeError, r"X\[0\] is of type dict. Expected a string or a list"),
        ([{"a"}], TypeError, r"X\[0\] is of type set. Expected"),
        (
            [["a"], ["b", 3]],
            TypeError,
            r"X\[1\], step 1, is 3. Expected a token, which",
        ),
        ([["a", None]], TypeError, r"X\[0\], step 1, is None. Expected a token"),
        ([[["a"]]], TypeError, r"X\[0\], step 0, is of type list. Expected a token"),
        (np.ones((2, 3)), TypeError, r"X\[0\], step 0, is 1.0. Expected a token"),
        (np.ones(2), TypeError, r"X\[0\] is .*1.0.*. Expected a string or a list"),
        (
            ["a", b"ab\xff"],
            ValueError,
            r"X\[1\] is not UTF-8: byte 0xff at position 2. Decode bytes of another",
        ),
        (
            [["a", b"\xff"]],
            ValueError,
            r"X\[0\], step 1, is not UTF-8: byte 0xff at po",
        ),
        (["", " "], ValueError, "X holds no token.*all texts are empty"),
    ],
    ids=str,
)
def test_wrong_text(X, error, message):
    for method in ("fit", "fit_transform"):
        with pytest.raises(error, match=message):
            getattr(TokenEncoder(), method)(X)
    if error is TypeError:
        with pytest.raises(error, match=message):
            TokenEncoder().fit(["a"]).transform(X)


def test_min_count_that_leaves_no_token():
    message = "X holds 3 different tokens, none of them 4 times \\(min_count\\)"
    with pytest.raises(ValueError, match=message):
        TokenEncoder(min_count=4).fit(["a b c", "a b"])


@pytest.mark.parametrize(
    ("analyzer", "message"),
    [
        (lambda text: 3, r"analyzer\(X\[1\]\) is 3. Expected a list of tokens"),
        (
            lambda text: text,
            r"analyzer\(X\[1\]\) is of type str. Expected a list of tok",
        ),
        (lambda text: ["a", 3], r"analyzer\(X\[1\]\), step 1, is 3. Expected a token"),
    ],
)
def test_wrong_analyzers(analyzer, message):
    with pytest.raises(TypeError, match=message):
        TokenEncoder(analyzer).fit([["a"], "b"])


# -- one text, one treatment -----------------------------------------------------------

SAME = [  # one text, written in several ways
    ["Café\nthe\n", "Cafe\u0301\r\nthe\r\n", "\ufeffCafé\rthe\r"],
    ["e\u0301 x", "\u00e9 x", "\ufeff\u00e9 x", "e\u0301 x".encode()],
]


@pytest.mark.parametrize("analyzer", ["word", "char", str.split])
@pytest.mark.parametrize("texts", SAME, ids=repr)
def test_a_text_written_in_several_ways_is_one(analyzer, texts):
    encoder = TokenEncoder(analyzer, add_eos=True).fit(texts[:1])
    for text in texts:
        other = clone(encoder).fit([text])
        assert other.vocabulary_ == encoder.vocabulary_
        assert other._read([text]).n_characters == len(as_read(texts[0]))
        assert_array_equal(encoder.transform([text])[0], encoder.transform(texts)[0])


@pytest.mark.parametrize("analyzer", ["word", "char", str.split])
@pytest.mark.parametrize("mode", ["r", "rb", "utf-8-sig", "newline"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_open_file_is_its_lines(tmp_path, analyzer, mode, end):
    lines = ["anna maria", "", "l\u00e9na", "jo"]
    path = tmp_path / "names.txt"
    path.write_bytes(("\ufeff" + end.join(lines) + end).encode())
    options = {
        "r": {"encoding": "utf-8"},
        "rb": {"mode": "rb"},
        "utf-8-sig": {"encoding": "utf-8-sig"},
        "newline": {"encoding": "utf-8", "newline": ""},
    }[mode]
    expected = TokenEncoder(analyzer).fit(lines)
    for method in ("fit", "partial_fit", "fit_transform"):
        encoder = TokenEncoder(analyzer)
        with open(path, **options) as file:
            Xt = getattr(encoder, method)(file)
        assert encoder.vocabulary_ == expected.vocabulary_
        assert encoder.counts_ == expected.counts_
    assert_same_sequences(Xt, expected.transform(lines))
    with open(path, **options) as file:
        assert_same_sequences(encoder.transform(file), Xt)
    assert_same_sequences(encoder.transform(line for line in lines), Xt)


def test_lines_that_keep_their_ends_in_a_list_are_said():
    encoder = TokenEncoder("char")
    with pytest.warns(UserWarning, match="3 texts of X are lines that end in a line"):
        encoder.fit(["anna\n", "lena\r\n", "maria"])
    assert "\n" in encoder.vocabulary_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.fit(["a\n"])
        encoder.fit(["a\nb\n", "c\nd\n"])
        encoder.fit(["a", "b\n", "c\n"])
        encoder.fit([["a", "\n"], ["b", "\n"]])
        TokenEncoder().fit(["anna\n", "lena\n"])


@pytest.mark.parametrize("given_as", [list, tuple, np.array, "dict", "file"])
def test_a_given_vocabulary_is_read_as_text_is(tmp_path, given_as):
    vocabulary = ["<UNK>", "The", "CAFE\u0301", "x"]
    if given_as == "dict":
        vocabulary = {token: k for k, token in enumerate(vocabulary)}
    elif given_as == "file":
        path = tmp_path / "vocabulary.txt"
        path.write_bytes(("\ufeff" + "\r".join(vocabulary)).encode())
        vocabulary = path
    else:
        vocabulary = given_as(vocabulary)
    encoder = TokenEncoder(
        lowercase=True, unk_token="<UNK>", vocabulary=vocabulary
    ).fit(["x"])
    assert list(encoder.vocabulary_) == ["<UNK>", "the", "café", "x"]
    assert encoder.transform(["THE Cafe\u0301 <UNK>"])[0].tolist()[:2] == [1, 2]
    assert encoder.transform([["The", "<UNK>"]])[0].tolist() == [1, 0]


def test_tokens_that_lower_case_makes_one():
    encoder = TokenEncoder(lowercase=True, vocabulary=["The", "the"])
    with pytest.raises(ValueError, match="1, is 'the', which vocabulary, token 0 is"):
        encoder.fit(["a"])
    encoder = TokenEncoder(lowercase=True, vocabulary=["the", "The"])
    with pytest.raises(ValueError, match="'the' with lowercase=True, which vocab"):
        encoder.fit(["a"])


def test_printable_characters_as_vocabulary():
    encoder = TokenEncoder("char", vocabulary=list(string.printable)).fit(["a"])
    assert (
        encoder.transform(["\r\n\r\n"])[0].tolist() == [encoder.vocabulary_["\n"]] * 2
    )
    again = TokenEncoder("char", vocabulary=encoder.vocabulary_).fit(["a"])
    assert again.vocabulary_ == encoder.vocabulary_


def test_special_tokens_keep_their_case():
    encoder = TokenEncoder(lowercase=True, unk_token="[UNK]", eos_token="[SEP]")
    encoder.set_params(add_eos=True).fit([["A", "[UNK]"]])
    assert list(encoder.vocabulary_) == ["[UNK]", "[SEP]", "a"]
    with pytest.raises(ValueError, match=r"X\[0\] holds the token '\[SEP\]' at step 1"):
        encoder.transform([["A", "[SEP]"]])


def test_vectors_of_tokens_that_are_written_otherwise():
    encoder = TokenEncoder(lowercase=True).fit(["café the"])
    vectors = {"Cafe\u0301": [1.0, 2.0], "The": [9.0, 9.0], "the": [3.0, 4.0]}
    matrix = encoder.embedding_matrix(vectors, random_state=0)
    assert_array_equal(matrix[encoder.vocabulary_["café"]], [1, 2])
    assert_array_equal(matrix[encoder.vocabulary_["the"]], [3, 4])
    with pytest.raises(ValueError, match="vectors has none of the 3 tokens"):
        TokenEncoder().fit(["cafe the"]).embedding_matrix({"The": [1.0]})
    counted = defaultdict(lambda: [7.0, 7.0], vectors)
    assert_array_equal(encoder.embedding_matrix(counted, random_state=0), matrix)


@pytest.mark.parametrize(
    "vector", [[1e300, -1e300], [1 + 2j], [], [1e39], np.zeros((0, 3)), [np.inf], ["x"]]
)
def test_vectors_that_are_none(vector):
    encoder = TokenEncoder().fit(["the cat"])
    with pytest.raises(ValueError, match="'cat' in vectors (holds|does not hold)"):
        encoder.embedding_matrix({"cat": vector}, random_state=0)


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.int64, bool])
def test_matrices_are_float32_or_float64(dtype):
    encoder = TokenEncoder().fit(["the cat"])
    matrix = encoder.embedding_matrix({"cat": np.ones(2, dtype)})
    assert matrix.dtype == (np.float32 if dtype is np.float16 else np.float64)
    assert_array_equal(matrix[encoder.vocabulary_["cat"]], [1, 1])


def test_long_tokens_are_not_shown_whole():
    long = "x" * 10**5
    for call in (
        lambda: TokenEncoder(vocabulary=[long, long]).fit(["a"]),
        lambda: TokenEncoder(unk_token=None).fit(["a"]).transform([long]),
        lambda: TokenEncoder(add_eos=True, eos_token=long).fit([[long]]),
        lambda: TokenEncoder(vocabulary={long: 5}).fit(["a"]),
        lambda: TokenEncoder().fit([long]).embedding_matrix({long: [np.nan]}),
    ):
        with pytest.raises(ValueError, match="x{50}") as error:
            call()
        assert len(str(error.value)) < 1000


def test_a_vocabulary_without_a_dimension_is_no_list():
    for wrong in (np.array("a"), np.array([["a"]])):
        with pytest.raises(ValueError, match="The 'vocabulary' parameter of TokenEnco"):
            TokenEncoder(vocabulary=wrong).fit(["a"])


@pytest.mark.parametrize("add_eos", [False, True])
def test_one_sentence_of_tokens_is_not_many(add_eos):
    encoder = TokenEncoder(add_eos=add_eos).fit(WORDS)
    with pytest.warns(
        UserWarning, match="3 strings are each .* passed as \\[tokens\\]"
    ):
        encoder.transform(WORDS[0])
    for fine in ([WORDS[0]], ["the"], [" ".join(words) for words in WORDS], WORDS):
        encoder.transform(fine)  # warnings are errors
    TokenEncoder(add_eos=add_eos).fit(TEXTS).transform(WORDS[0])


@pytest.mark.parametrize("pattern", [r"(?=a)", r"un(\w*)", r"\b"])
def test_a_pattern_that_matches_nothing_of_a_text(pattern):
    with pytest.raises(ValueError, match=r"finds an empty token in X\[1\], 'un a'"):
        TokenEncoder(token_pattern=pattern).fit(["---", "un a"])


def test_an_empty_token_of_an_analyzer_may_be_in_a_vocabulary():
    encoder = TokenEncoder(lambda text: text.split(" ")).fit(["a  b"])
    again = TokenEncoder(vocabulary=encoder.vocabulary_).fit(["a"])
    assert again.vocabulary_ == encoder.vocabulary_
