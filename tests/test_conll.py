"""Files of tagged sentences, and the schemes of their tags."""

import itertools
from io import BytesIO, StringIO

import numpy as np
import pytest
from helpers import SPANS, is_of_scheme, labels_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import DictVectorizer

from sksequence import RaggedArray
from sksequence.metrics import find_spans, span_f1_score, span_recall_score
from sksequence.preprocessing import (
    PerStep,
    TokenFeatures,
    convert_tags,
    read_conll,
)

# -- schemes ---------------------------------------------------------------------------

every_pair = pytest.mark.parametrize(
    ("one", "other"), list(itertools.product(SPANS, repeat=2))
)


def in_bio(pieces):
    """Labels of pieces: (type, or None for what is in no span, and its length)."""
    return [
        label
        for kind, n in pieces
        for label in (
            ["O"] * n if kind is None else [f"B-{kind}"] + [f"I-{kind}"] * (n - 1)
        )
    ]


PIECES = st.lists(st.tuples(st.sampled_from(["X", "Y", None]), st.integers(1, 4)))


@every_pair
@settings(derandomize=True, deadline=None, max_examples=10)
@given(pieces=st.lists(PIECES, min_size=1, max_size=4))
def test_there_and_back_keeps_the_spans(one, other, pieces):
    bio = [in_bio(p) for p in pieces]
    y = convert_tags(bio, "bio", one)
    there = convert_tags(y, one, other)
    assert convert_tags(there, other, one) == y
    for labels, of_one, of_other in zip(bio, y, there, strict=True):
        assert find_spans(of_one) == find_spans(of_other) == find_spans(labels)
        assert is_of_scheme(of_one, one)
        assert is_of_scheme(of_other, other)


@pytest.mark.parametrize("scheme", SPANS)
def test_exactly_what_no_spans_give_is_an_error(scheme):
    labels = labels_of(scheme, "XY")
    for n in (1, 2, 3):
        for found in itertools.product(labels, repeat=n):
            if is_of_scheme(found, scheme):
                assert convert_tags([found], scheme, scheme) == [list(found)]
            else:
                with pytest.raises(ValueError, match=rf"y\[1\] has .* at step [0-{n}]"):
                    convert_tags([["O"], found], scheme, "bio")


@every_pair
def test_scores_do_not_depend_on_the_scheme(one, other):
    y = [["B-X", "I-X", "B-X", "O", "B-Y"], ["O", "B-Y", "I-Y"]]
    predicted = [["B-X", "I-X", "B-X", "O", "B-X"], ["O", "B-Y", "B-Y"]]
    true = convert_tags(y, "bio", one)
    found = convert_tags(predicted, "bio", other)
    assert span_recall_score(true, found) == 0.5
    assert span_f1_score(true, found) == span_f1_score(y, predicted)


def test_types_and_containers():
    y = [["B", "I", "O", "B-a-b"], []]
    assert convert_tags(y, "bio", "bilou") == [["B", "L", "O", "U-a-b"], []]
    arrays = np.array([np.array(row, dtype="<U5") for row in y], dtype=object)
    assert convert_tags(arrays, "bio", "bioes")[0] == ["B", "E", "O", "S-a-b"]
    ragged = RaggedArray.from_sequences([np.array(y[0]), np.array(["O"])])
    assert convert_tags(ragged, "bio", "iob1") == [["I", "I", "O", "I-a-b"], ["O"]]
    assert convert_tags([], "bio", "iob1") == []


BAD_TAGS = [
    ([["O"], ["O", "I-X"]], r"y\[1\] has 'I-X' after 'O' at step 1, .*'bio' forbids"),
    ([["I-X"]], r"y\[0\] has 'I-X' at the beginning at step 0"),
    ([["O", "S-X"]], r"y\[0\]\[1\] is 'S-X'. Expected a tag of 'bio': 'O', 'B-...', '"),
    ([["O", "NOUN"]], r"y\[0\]\[1\] is 'NOUN'"),
    ([["O"], [None]], r"y\[1\]\[0\] is missing. Expected a tag of 'bio' at every step"),
    ([[1, 2]], r"y\[0\]\[0\] is 1. Expected a tag"),
    (["O", "B-X"], r"y\[0\] is 'O': one label. Expected one for each step"),
    ([[[0, 1]]], "2 labels a step. Expected one tag a step"),
]


@pytest.mark.parametrize(("y", "message"), BAD_TAGS)
def test_tags_that_cannot_be_converted(y, message):
    with pytest.raises(ValueError, match=message):
        convert_tags(y, "bio", "bioes")


def test_unfinished_spans_are_an_error():
    with pytest.raises(ValueError, match=r"y\[0\] has 'B-X' at the end at step 1"):
        convert_tags([["O", "B-X"]], "bioes", "bio")
    for names in [("iob", "bio"), ("bio", "iob2")]:
        with pytest.raises(ValueError, match="_scheme' parameter of convert_tags must"):
            convert_tags([["O"]], *names)


# -- files -----------------------------------------------------------------------------

CHUNKS = """-DOCSTART- -X- O

# # B-NP
11\u00a0000 CD I-NP

-DOCSTART- -X- O

Anna NNP B-NP
sings VBZ B-VP


"""
UNIVERSAL = """# sent_id = 1
# text = vámonos a #
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\t_\t_\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\tP\t_\t1\tobj\t_\t_
2.1\tempty\tempty\tX\t_\t_\t_\t_\t_\t_
3\ta b\ta\tADP\t_\t_\t1\tcase\t_\t_
4\t#\t#\tSYM\t_\t_\t1\tobl\t_\t_

# sent_id = 2
1\tsí\tsí\tINTJ\t_\t_\t0\troot\t_\t_"""


def read(text, *given, **options):
    return read_conll(StringIO(text), *given, **options)


def test_columns_separated_by_spaces():
    X, y = read(CHUNKS)
    assert X == [["#", "11\u00a0000"], ["Anna", "sings"]]
    assert y == [["B-NP", "I-NP"], ["B-NP", "B-VP"]]
    assert read(CHUNKS, tags=1)[1] == [["#", "CD"], ["NNP", "VBZ"]]
    X, none = read(CHUNKS, [0, -2], None)
    assert X[1] == [("Anna", "NNP"), ("sings", "VBZ")]
    assert none is None
    assert read("a\n\nb\n", tags=None)[0] == [["a"], ["b"]]
    assert read("; a remark\na B\n", comment=";") == ([["a"]], [["B"]])
    assert read(CHUNKS, comment="#")[0][0] == ["11\u00a0000"]


def test_universal_dependencies():
    X, y = read(UNIVERSAL)
    assert X == [["vamos", "nos", "a b", "#"], ["sí"]]
    assert y == [["VERB", "PRON", "ADP", "SYM"], ["INTJ"]]
    X, y = read(UNIVERSAL, ["FORM", "XPOS"], "DEPREL")
    assert X[0][1] == ("nos", "P")
    assert y[1] == ["root"]
    numbers, _ = read(UNIVERSAL, "ID")
    assert numbers == [["1", "2", "3", "4"], ["1"]]
    begun = UNIVERSAL.partition("1\t")[2]  # it need not begin with a range or a remark
    assert read("1\t" + begun)[0] == read(UNIVERSAL)[0]


def test_names_and_dicts():
    names = ["word", "pos", "chunk"]
    X, y = read(CHUNKS, names=names, as_dicts=True)
    assert X[1][0] == {"word": "Anna", "pos": "NNP"}
    assert y[1] == ["B-NP", "B-VP"]
    X, _ = read(CHUNKS, ["pos"], names=names, as_dicts=True)
    assert X[1] == [{"pos": "NNP"}, {"pos": "VBZ"}]
    assert read(CHUNKS, "pos", "word", names=names)[1][1] == ["Anna", "sings"]
    features = PerStep(DictVectorizer()).fit_transform(X)
    assert features[0].shape == (2, 4)
    pairs, _ = read(CHUNKS, ["word", "pos"], names=names)
    assert len(TokenFeatures().fit_transform(pairs)) == 2


def test_paths_line_ends_and_encodings(tmp_path):
    text = CHUNKS.replace("Anna", "Ännä")
    expected = read(text)
    for encoding, ends in itertools.product(
        ["utf-8", "latin-1", "utf-16"], ["\n", "\r\n", "\r"]
    ):
        path = tmp_path / "tags.txt"
        path.write_bytes(text.replace("\n", ends).encode(encoding))
        assert read_conll(path, encoding=encoding) == expected
        assert read_conll(str(path), encoding=encoding) == expected
        with open(path, "rb") as file:
            assert read_conll(file, encoding=encoding) == expected
        with open(path, encoding=encoding) as file:
            assert read_conll(file) == expected
    assert read_conll(BytesIO("\ufeffa B".encode())) == ([["a"]], [["B"]])
    path.write_bytes("a B\n\u00e4 O\n".encode("latin-1"))
    with pytest.raises(
        ValueError, match=r"tags.txt, line 2: expected text in utf-8. G"
    ):
        read_conll(path)
    with pytest.raises(ValueError, match="encoding must be the name of an encoding"):
        read_conll(path, encoding="no such")


def test_white_space_that_is_a_token_stays_one():
    """A no-break space, which some corpora have, with columns and without."""
    assert read("a\n\xa0\nb\n \nc", tags=None) == ([["a", "\xa0", "b"], ["c"]], None)
    assert read("a B\n\xa0 O")[0] == [["a", "\xa0"]]


BAD_FILES = [
    ("a B\n\nc\n", {}, "file, line 3: expected 2 columns separated by spaces, as li"),
    ("a\tB\nc d e\n", {}, "line 2: expected 2 columns separated by tabs, as line 1"),
    ("a B\nc D e\n", {}, r"line 2: .* Got 3: \['c', 'D', 'e'\]"),
    ("a\tB\n\tO\n", {}, r"file, line 2: column 0 is empty: \['', 'O'\]"),
    ("a\n", {}, "1 column separated by spaces: a token, and no tag, in 'a'. If the"),
    ("a,B\n", {}, "no tag, in 'a,B'. If ',' separates columns, replace it by a tab"),
    ("", {}, "file holds no sentences. Expected a token a line"),
    ("-DOCSTART- O\n\n", {}, "holds no sentences"),
    ("a B", {"tags": 2}, "tags names the column 2, but file, line 1, has 2 columns"),
    ("a B", {"tokens": "word"}, "'word', but the columns have no names. Pass names"),
    ("a B", {"tags": "pos", "names": ["a", "b"]}, "'pos', which is not among"),
    ("\na B", {"names": ["a"]}, "names has 1 columns, but file, line 2, has 2 columns"),
    ("a B", {"as_dicts": True}, "as_dicts=True needs names of the columns"),
    ("a B", {"names": ["a", "a"]}, "'names' parameter of read_conll must be a list of"),
    ("a B", {"tags": [0]}, "'tags' parameter of read_conll must be a column"),
    ("a B", {"tokens": []}, "'tokens' parameter of read_conll must be a column"),
    ("a B", {"comment": ""}, "'comment' parameter of read_conll must be a str"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "message"), BAD_FILES)
def test_files_that_do_not_parse(text, options, message):
    with pytest.raises(ValueError, match=message):
        read(text, **options)


def test_what_is_no_file():
    with pytest.raises(
        TypeError, match="file must be a path or an open file. Got list"
    ):
        read_conll([["a B"]])
