"""Files of arrays and plain values: whole or not at all, every byte checked."""

import json
import os
import stat
import zlib
from hashlib import sha256
from zlib import crc32

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksequence import _container
from sksequence._container import (
    PREFIX,
    DamagedFile,
    read_container,
    remove_leftovers,
    write_atomically,
    write_container,
)

CONTENT = {
    "none": None,
    "plain": [True, 3, 2**70, -0.1, float("inf"), "ä\x00", []],
    "pair": (1, ["a", ()]),
    "not str": {3: "three", (1, 2): [], None: 0.5},
    "": {},
    "floats": np.array([[0.1, np.nan, -np.inf], [1e-320, -0.0, 2.0]]),
    "few": [np.array(3, dtype=np.uint32), np.zeros((0, 4)), np.arange(5.0)[::-2]],
    "types": [
        np.array([True]), np.array(["ab", "c"]), np.array([b"ab"]), np.ones(2, ">f4"),
        np.array([1j], np.complex64),
    ],
    "numbers": [np.float32(0.1), np.int64(7), np.bool_(True), np.str_("x")],
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    write_container(tmp_path / "file", "test", CONTENT)
    return tmp_path / "file"


def same(a, b):
    if isinstance(a, (np.ndarray, np.generic)):
        assert type(a) is type(b)
        assert a.dtype == b.dtype
        assert_array_equal(a, b)
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    elif isinstance(a, dict):
        assert list(map(repr, a)) == list(map(repr, b))
        for x, y in zip(a.values(), b.values(), strict=True):
            same(x, y)
    elif isinstance(a, (list, tuple)):
        assert type(a) is type(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    else:
        assert type(a) is type(b)
        assert a == b


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
def test_what_is_read_is_what_was_written(path, monkeypatch, mmap_mode):
    monkeypatch.setattr(_container, "FEWEST_MAPPED", 1)
    found = read_container(path, "test", mmap_mode=mmap_mode)
    if mmap_mode:
        assert isinstance(found["floats"], np.memmap)
        assert found["floats"].flags.writeable == (mmap_mode == "c")
        found["floats"] = np.asarray(found["floats"])
        found["few"] = list(map(np.asarray, found["few"]))
        found["types"] = list(map(np.asarray, found["types"]))
    else:
        assert found["floats"].flags.writeable
    same(CONTENT, found)


def test_every_byte_is_checked(path):
    """Of each byte one bit is changed, and the file is cut at every length."""
    whole, rng = path.read_bytes(), np.random.RandomState(0)
    for k in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[k] ^= 1 << rng.randint(8)
        path.write_bytes(spoilt)
        with pytest.raises(DamagedFile, match=r"file' (is|has) "):
            read_container(path, "test")
    for k in range(0, len(whole), 7):
        path.write_bytes(whole[:k])
        with pytest.raises(DamagedFile, match=r"file' is "):
            read_container(path, "test")
    path.write_bytes(whole + b"\0")
    with pytest.raises(DamagedFile, match="bytes and should have"):
        read_container(path, "test")


def test_another_kind_of_file(path):
    with pytest.raises(DamagedFile, match=r"file' is a 'test', not a checkpoint\."):
        read_container(path, "checkpoint")
    path.write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(DamagedFile, match="is no file of sksequence"):
        read_container(path, "test")
    with pytest.raises(IsADirectoryError):
        read_container(path.parent, "test")


def forged(
    path,
    version=1,
    header=None,
    tail=None,
    data=b"",
    length=None,
    total=None,
    **fields,
):
    """A file whose checksums are right, whatever it holds."""
    if header is None:
        header = json.dumps({"kind": "test", "content": None, "arrays": []} | fields)
        header = header.encode()
    if tail is None:
        begin = PREFIX.size + 32 + len(header)
        tail = bytes(-begin % 64 if fields.get("arrays") else 0) + data
    size = PREFIX.size + 32 + len(header) + len(tail)
    prefix = PREFIX.pack(
        _container.MAGIC, version, 0, length or len(header), total or size
    )
    path.write_bytes(prefix + sha256(prefix + header).digest() + header + tail)


ZEROS = zlib.compress(bytes(8))
DEEP = b"[" * 100_000 + b"]" * 100_000
FORGED = {
    "newer": ({"version": 2}, "has format 2, and this version"),
    "long header": ({"length": 2**63}, "header is longer"),
    "long file": ({"total": 2**62}, "should have"),
    "no JSON": ({"header": b"{"}, "JSONDecodeError in its header"),
    "no text": ({"header": b"\xff\xfe"}, "in its header"),
    "deep": ({"header": DEEP}, "in its header"),
    "long number": ({"header": b"1" * 10_000}, "in its header"),
    "no fields": ({"header": b"[]"}, "TypeError in its header"),
    "missing field": ({"header": b"{}"}, "KeyError in its header"),
    "object array": ({"arrays": [["|O", [1], 0, None]]}, "is of type '|O'"),
    "fields of types": ({"arrays": [[[["a", "<f8"]], [1], 0, None]]}, "is of type"),
    "no width": ({"arrays": [["<U0", [1], 0, None]]}, "is of type '<U0'"),
    "huge array": ({"arrays": [["<f8", [2**40], 0, None]]}, "larger than the file"),
    "huge product": (
        {"arrays": [["<f8", [2**40] * 9, 0, None]]},
        "larger than the file",
    ),
    "huge shape": ({"arrays": [["<f8", [0, 2**70], 0, None]]}, "has the shape"),
    "many axes": ({"arrays": [["<f8", [0] * 70, 0, None]]}, "has the shape"),
    "negative": ({"arrays": [["<f8", [-1], 0, None]]}, "has the shape"),
    "no length": ({"arrays": [["<f8", [0.5], 0, None]]}, "has the shape"),
    "unused array": ({"arrays": [["<f8", [0], 0, None]]}, "have no place"),
    "no array": ({"content": {"array": 0}}, "array 0 is not in its place"),
    "twice": (
        {"content": [{"array": 0}] * 2, "arrays": [["<f8", [0], 0, None]]},
        "array 0 is not in its place",
    ),
    "unknown": ({"content": {"reduce": ["os.system", "true"]}}, "holds 'reduce'"),
    "two things": ({"content": {"tuple": [], "dict": {}}}, "ValueError in its header"),
    "no dict": ({"content": {"dict": []}}, "AttributeError in its header"),
    "no pairs": ({"content": {"items": [3]}}, "TypeError in its header"),
    "no keys": ({"content": {"items": [[[], 3]]}}, "TypeError in its header"),
    "bomb": ({"arrays": [["<f8", [2**40], 0, 9]], "data": bytes(9)}, "packed in 9"),
    "no packing": (
        {"arrays": [["<f8", [2], crc32(b"ab"), 2]], "data": b"ab"},
        "cannot be unpacked",
    ),
    "packed too little": (
        {"arrays": [["<f8", [2], crc32(ZEROS), len(ZEROS)]], "data": ZEROS},
        "not packed as it should",
    ),
    "packed too much": (
        {"arrays": [["<i1", [2], crc32(ZEROS), len(ZEROS)]], "data": ZEROS},
        "not packed as it should",
    ),
    "packed length": ({"arrays": [["<f8", [0], 0, -1]], "data": bytes(9)}, "larger"),
    "tail": ({"tail": b"\0"}, "something after its arrays"),
    "gap": ({"arrays": [["<f8", [0], 0, None]], "tail": b"\1" * 64}, "thing before"),
}


@pytest.mark.parametrize("name", FORGED)
def test_files_made_to_harm(tmp_path, name):
    fields, message = FORGED[name]
    forged(tmp_path / "file", **fields)
    with pytest.raises(DamagedFile, match=message):
        read_container(tmp_path / "file", "test")


def test_what_is_forged_is_right_but_for_one_thing(tmp_path):
    forged(tmp_path / "file", content={"tuple": [3]})
    assert read_container(tmp_path / "file", "test") == (3,)


def test_packed_arrays(tmp_path):
    """Smaller where there is something to gain; never so small as a bomb."""
    rng = np.random.RandomState(0)
    content = [rng.randint(9, size=100), rng.standard_normal(5), np.zeros(3000), "a"]
    write_container(tmp_path / "packed", "test", content, compress=True)
    write_container(tmp_path / "plain", "test", content)
    sizes = {name: (tmp_path / name).stat().st_size for name in ("packed", "plain")}
    assert content[2].nbytes < sizes["packed"] < sizes["plain"] - 600
    for mmap_mode in (None, "r"):
        found = read_container(tmp_path / "packed", "test", mmap_mode=mmap_mode)
        same(content, [*found[:2], np.asarray(found[2]), found[3]])
        assert found[0].flags.writeable
    whole = bytearray((tmp_path / "packed").read_bytes())
    for k in [*range(0, len(whole) - content[2].nbytes, 5), len(whole) - 1]:
        whole[k] ^= 8
        (tmp_path / "packed").write_bytes(whole)
        with pytest.raises(DamagedFile):
            read_container(tmp_path / "packed", "test")
        whole[k] ^= 8


def test_the_check_of_many_bytes_sees_each_change():
    """Wherever it is: a bit, a swap of words or pages, a shift, zeros, another end."""
    rng = np.random.RandomState(0)
    block = _container.N_ROWS * _container.N_COLUMNS
    words = rng.randint(2**62, size=2 * block + 5007).astype("<u8")
    check = _container.check_of(words.tobytes() + b"abc")
    changes = []
    for k in [0, 7, 5000, block, len(words) - 1]:
        changes.append(words.copy())
        changes[-1][k] ^= np.uint64(1 << rng.randint(63))
    for a, b in [(0, 1), (0, 1024), (3, 2 * 1024 + 5), (5120, 5121), (0, block)]:
        changes.append(words.copy())
        changes[-1][[a, b]] = words[[b, a]]
    for distance in [1, 2, 17, 100, 200, 300, block // 512]:  # of pages of 4096 bytes
        changes.append(words.copy())
        pages = changes[-1][: len(words) // 512 * 512].reshape(-1, 512)
        pages[[5, 5 + distance]] = pages[[5 + distance, 5]]
    changes.append(np.roll(words, 1))
    changes.append(np.roll(words, block))
    changes.append(np.where(np.arange(len(words)) // 512 == 3, 0, words).astype("<u8"))
    for k, changed in enumerate(changes):
        assert _container.check_of(changed.tobytes() + b"abc") != check, k
    assert _container.check_of(words.tobytes() + b"abx") != check
    assert _container.check_of(words.tobytes() + b"abc") == check


def test_a_check_is_that_of_the_parts_that_are_read_or_written():
    data = np.arange(3 * 10**6, dtype="u4").tobytes()
    parts = []
    assert _container.check_of(data, parts.append) == _container.check_of(data)
    assert b"".join(parts) == data


@pytest.mark.parametrize(
    "value", [object(), {1}, b"ab", np.array([None]), np.zeros(2, "f8,i4"), np.float16]
)
def test_what_cannot_be_written(path, value):
    before = path.read_bytes()
    with pytest.raises(TypeError, match=r"content\['a'\]\[\]: .* cannot be written"):
        write_container(path, "test", {"a": [value]})
    assert path.read_bytes() == before


class Full(OSError):
    pass


@pytest.mark.parametrize("stage", ["write", "fsync", "replace"])
@pytest.mark.parametrize("error", [Full, KeyboardInterrupt])
def test_a_write_that_fails_changes_nothing(path, monkeypatch, stage, error):
    def fails(*args):
        raise error

    if stage != "write":
        monkeypatch.setattr(os, stage, fails)
    before = path.read_bytes()
    with pytest.raises(error):
        write_atomically(path, fails if stage == "write" else lambda file: None)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["file"]


def test_leftovers_are_removed_and_nothing_else(path):
    other = path.with_name("other")
    write_container(other, "test", None)
    left = {}
    for of in (path, other):
        left[of] = path.with_name(f"{_container._stem(of)}0123.tmp")
        left[of].write_bytes(of.read_bytes()[:50])  # by a process that was killed
    remove_leftovers(path)
    assert sorted(os.listdir(path.parent)) == [left[other].name, "file", "other"]
    remove_leftovers(path.with_name("no folder") / "file")


@pytest.mark.skipif(os.name != "posix", reason="links and modes")
def test_links_and_long_names(path):
    link = path.with_name("link")
    link.symlink_to(path)
    write_container(link, "test", [1])
    assert link.is_symlink()
    assert read_container(path, "test") == [1]
    long = path.with_name("a" * 255)
    write_container(long, "test", [2])
    assert read_container(long, "test") == [2]
    path.with_name("plain").touch()
    modes = {stat.S_IMODE(os.stat(p).st_mode) for p in (long, path.with_name("plain"))}
    assert len(modes) == 1
