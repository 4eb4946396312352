"""Files of named arrays and plain values: written whole or not at all, and checked.

A file is, in this order (integers are little-endian)::

    8 bytes    MAGIC
    4          version of the format
    4          0
    8          length of the header
    8          length of the file
    32         SHA-256 of the 32 bytes before and of the header
    header     JSON: {"kind", "content", "arrays": [[dtype, shape, check, n], ...]}, and
           spaces
    arrays     each from the next multiple of 64 bytes on, zeros between them; where n
               is not None it is packed by zlib, into n bytes

Reading it runs no code, and allocates no more than the file is long, or MOST_PACKED
times that where arrays are packed: the header is JSON, arrays are numbers or strings of
fixed length, each in one place of the content, and no byte is without a check.

The check of an array is the CRC-32 of its bytes, where they are few. Others are read in
blocks of 256 rows of 1,021 words of 8 bytes, and in the place of the bytes of a block
are the sums of its columns, modulo 2**64: a tenth of the time. Within a block no change
in one row, and no two pages that have changed places, leave all sums as they are.

Checks find damage. They are no defense against people, who can compute them too: who
reads a file mistrusts what it holds.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import zlib
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from math import prod
from pathlib import Path
from struct import Struct
from typing import IO, Any, Literal, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ._messages import OF_VALUES, brief
from ._typing import FilePath

MAGIC = b"\x93SKSEQ\r\n"  # a transfer that changes ends of lines spoils it
FORMAT = 1
PREFIX = Struct("<8sIIQQ")  # and a digest of 32 bytes
ALIGNMENT = 64  # of arrays, so that they can be mapped
LONGEST_HEADER = 2**26
LONGEST_NAME = 400  # of a file, in messages
N_ROWS, N_COLUMNS = 256, 1021  # of a block whose columns are added up; words of 8 bytes
MOST_PACKED = 100  # bytes that one packed byte may become
FEWEST_MAPPED = 2**16  # bytes of an array that stays in the file
MOST_DIMENSIONS = 32
LONGEST_DIMENSION = 2**48
DTYPES = re.compile(r"[<>|](b1|[iu][1248]|f[248]|f16|c8|c16|[SU][1-9]\d{0,8})")


class DamagedFile(ValueError):
    """A file is not what was written, or not written by this library."""


class NotWritten(TypeError):
    """Something in a value that files do not hold."""

    def __init__(self, place, what):
        super().__init__(f"{place}: {what} cannot be written.")
        self.name = place.rpartition("[")[2].strip("[]'\"") or place
        self.what = what


class Tagged(NamedTuple):
    """Content whose meaning is known to who writes and reads it, by the tag."""

    tag: str
    inner: Any


# -- writing ---------------------------------------------------------------------------


def write_container(
    path: FilePath,
    kind: str,
    content: Any,
    *,
    compress: bool = False,
    sync: bool = True,
) -> None:
    """Write a file that holds some content, in place of the one there is.

    Parameters
    ----------
    path : str or PathLike
    kind : str
        What the file is, as in "This is a checkpoint".
    content
        None, bool, int, float, str, NumPy's numbers and arrays of numbers or strings,
        and dicts, lists, tuples and ``Tagged`` of them, in any depth.
    compress : bool, default=False
        Whether arrays are packed that become smaller so.
    sync : bool, default=True
        See ``write_atomically``.

    Raises
    ------
    OSError
        If the file cannot be written. The one there was is as it was.
    TypeError
        If there is something in the content that is none of these.
    """
    arrays: list[npt.NDArray[Any]] = []
    plain = _encoded(content, arrays)
    parts = [_packed(_bytes_of(a)) if compress else _bytes_of(a) for a in arrays]

    def header_of(checks: list[int]) -> bytes:
        listed = [
            [a.dtype.str, list(a.shape), check, len(b) if len(b) < a.nbytes else None]
            for a, b, check in zip(arrays, parts, checks, strict=True)
        ]
        fields = {"kind": kind, "content": plain, "arrays": listed}
        return json.dumps(fields).encode()

    length = len(header_of([2**32 - 1] * len(parts)))  # the longest that it can be
    if length > LONGEST_HEADER:
        raise ValueError(f"{length:,} bytes besides arrays are too many to write.")
    ends = [PREFIX.size + 32 + length]
    for part in parts:
        ends.append(_aligned(ends[-1]) + len(part))

    def write(file: IO[bytes]) -> None:
        _reserve(file, ends[-1])
        file.write(bytes(ends[0]))
        checks = []
        for part, position in zip(parts, ends):
            file.write(bytes(_aligned(position) - position))
            checks.append(check_of(part, file.write))
        header = header_of(checks).ljust(length)
        prefix = PREFIX.pack(MAGIC, FORMAT, 0, length, ends[-1])
        file.seek(0)
        file.write(prefix + sha256(prefix + header).digest() + header)

    write_atomically(path, write, sync=sync)


def write_atomically(
    path: FilePath, write: Callable[[IO[bytes]], Any], *, sync: bool = True
) -> None:
    """Write a file such that it is the old or the new one, even if power fails.

    Parameters
    ----------
    path : str or PathLike
        Where it points to another file, that one is replaced.
    write : callable
        It is given a file that is open for writing.
    sync : bool, default=True
        Whether to wait until the disk has it. If not, it may be damaged if power fails.

    Raises
    ------
    OSError
        If this fails. The old file is as it was.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f"{_stem(target)}{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.filename is not None:
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise
    if sync:
        _sync_folder(target.parent)


def remove_leftovers(path: FilePath) -> None:
    """Remove what processes that were killed have left beside a file."""
    target = Path(os.path.realpath(path))
    with suppress(OSError):
        for name in os.listdir(target.parent):
            if name.startswith(_stem(target)) and name.endswith(".tmp"):
                target.with_name(name).unlink(missing_ok=True)


def shown(path: FilePath) -> str:
    """The name of a file in a message."""
    return brief(os.fspath(path), LONGEST_NAME)


def _stem(path):
    """How names of temporary files begin: short, however long that of the file is."""
    return f".sksequence-{crc32(os.fsencode(path.name)):08x}-"


def _reserve(file, size):
    """Tell the system how long a file will be, which writes it faster."""
    with suppress(AttributeError, OSError):  # Windows and macOS have no such call
        os.posix_fallocate(file.fileno(), 0, size)


def _sync_folder(folder):
    """Let the new name be on the disk, too, where systems know how."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _encoded(value, arrays, place="content"):
    """A value as JSON; its arrays are appended."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [_encoded(v, arrays, f"{place}[]") for v in value]
    if type(value) is tuple:
        return {"tuple": _encoded(list(value), arrays, place)}
    if type(value) is Tagged:
        return {"tagged": [value.tag, _encoded(value.inner, arrays, place)]}
    if type(value) is dict:
        if all(type(key) is str for key in value):
            return {
                "dict": {
                    key: _encoded(v, arrays, f"{place}[{brief(key, 40)}]")
                    for key, v in value.items()
                }
            }
        pairs = [list(pair) for pair in value.items()]
        return {"items": _encoded(pairs, arrays, place)}
    if isinstance(value, (np.ndarray, np.generic)):
        a = np.asarray(value, order="C")
        if not DTYPES.fullmatch(a.dtype.str):
            raise NotWritten(place, f"arrays of {a.dtype}")
        arrays.append(a)
        return {"array" if isinstance(value, np.ndarray) else "number": len(arrays) - 1}
    raise NotWritten(place, brief(value))


def _bytes_of(a):
    """The memory of a contiguous array."""
    return memoryview(a.reshape(-1).view(np.uint8))


def check_of(
    data: memoryview | bytes, first: Callable[[memoryview | bytes], Any] | None = None
) -> int:
    """The check of the bytes of an array.

    ``first`` is given the parts of ``data``, one after the other, to read or to write
    them, before each is added up: what has just been used is in the cache.
    """
    check, row = 0, 8 * N_COLUMNS
    for begin in range(0, len(data), N_ROWS * row):
        part = data[begin : begin + N_ROWS * row]
        if first is not None:
            first(part)
        if n_rows := len(part) // row:
            words = np.frombuffer(part, "<u8", n_rows * N_COLUMNS)
            sums = np.add.reduce(words.reshape(n_rows, N_COLUMNS), axis=0)
            check = crc32(sums, check)
        check = crc32(part[n_rows * row :], check)
    return check


def _packed(data):
    """Bytes packed by zlib, if they are fewer so, but not as few as those of a bomb."""
    packed = zlib.compress(data)
    return packed if len(packed) < len(data) <= len(packed) * MOST_PACKED else data


def _aligned(position):
    return -(-position // ALIGNMENT) * ALIGNMENT


# -- reading ---------------------------------------------------------------------------


def read_container(
    path: FilePath, kind: str, *, mmap_mode: Literal["r", "c"] | None = None
) -> Any:
    """The content of a file, all of it checked.

    Parameters
    ----------
    path : str or PathLike
    kind : str
        What the file has to be.
    mmap_mode : {"r", "c"} or None, default=None
        Large arrays stay in the file and are mapped, as ``numpy.memmap`` says: read
        only, or such that changes are not written. Packed ones are not. None: no array.

    Returns
    -------
    content
        As it was written.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be read.
    DamagedFile
        If it is no such file, or any part of it is not as it was written.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise DamagedFile(f"{shown(path)} is a pipe or a device, no file.")
    with open(path, "rb") as file:
        try:
            return _read(file, kind, mmap_mode)
        except DamagedFile as error:
            raise DamagedFile(f"{shown(path)} {error}") from None


def _read(file, kind, mmap_mode):
    size = os.fstat(file.fileno()).st_size
    prefix = file.read(PREFIX.size)
    if len(prefix) < PREFIX.size or not prefix.startswith(MAGIC):
        raise DamagedFile("is no file of sksequence, or its beginning is damaged.")
    _, version, zero, length, total = PREFIX.unpack(prefix)
    digest = file.read(32)
    begin = PREFIX.size + 32 + length
    if length > LONGEST_HEADER or begin > size:
        raise _damaged("its header is longer than it can be")
    header = file.read(length)
    if sha256(prefix + header).digest() != digest:
        if version > FORMAT:
            raise _newer(version)
        raise _damaged("the checksum of its header is not right")
    if version != FORMAT:
        raise _newer(version)
    if zero or total != size:
        raise _damaged(f"it has {size:,} bytes and should have {total:,}")
    try:
        fields = json.loads(header)
        found, plain, listed = (fields[k] for k in ("kind", "content", "arrays"))
        if found != kind:
            raise DamagedFile(f"is a {brief(found, 40)}, not a {kind}.")
        arrays = _read_arrays(file, listed, begin, size, mmap_mode)
        rest = iter(enumerate(arrays))
        content = _decoded(plain, rest)
        if next(rest, None) is not None:
            raise _damaged("it holds arrays that have no place")
        return content
    except DamagedFile:
        raise
    except (*OF_VALUES, RecursionError) as error:
        raise _damaged(f"{type(error).__name__} in its header") from error


def _read_arrays(file, listed, position, size, mmap_mode):
    arrays = []
    for k, (dtype, shape, check, n_packed) in enumerate(listed):
        if not (isinstance(dtype, str) and DTYPES.fullmatch(dtype)):
            raise _damaged(f"its array {k} is of type {brief(dtype, 40)}")
        if len(shape) > MOST_DIMENSIONS or not all(
            type(n) is int and 0 <= n < LONGEST_DIMENSION for n in shape
        ):
            raise _damaged(f"its array {k} has the shape {brief(shape, 40)}")
        begin = _aligned(position)
        if any(file.read(begin - position)):
            raise _damaged(f"there is something before its array {k}")
        n_bytes = prod(shape) * np.dtype(dtype).itemsize
        n_held = n_bytes if n_packed is None else n_packed
        if type(n_held) is not int or not 0 <= n_held <= size - begin:
            raise _damaged(f"its array {k} is larger than the file")
        if n_bytes > MOST_PACKED * n_held:
            raise _damaged(f"its array {k} has {n_bytes:,} bytes, packed in {n_held:,}")
        position = begin + n_held
        if n_packed is None and mmap_mode and n_bytes >= FEWEST_MAPPED:
            a = np.memmap(file, dtype, mmap_mode, begin, tuple(shape))
            found = check_of(_bytes_of(a))
            file.seek(position)
        else:
            a = np.empty(n_held, "u1") if n_packed else np.empty(shape, dtype)
            found = check_of(_bytes_of(a), file.readinto)
        if found != check:
            raise _damaged(f"the checksum of its array {k} is not right")
        if n_packed is not None:
            a = np.frombuffer(_unpacked(a, n_bytes, k), dtype).reshape(shape)
        arrays.append(a)
    if position != size:
        raise _damaged("there is something after its arrays")
    return arrays


def _unpacked(held, n_bytes, k):
    """What zlib has packed: so many bytes, and no more are made."""
    unpack = zlib.decompressobj()
    try:
        data = bytearray(unpack.decompress(held, n_bytes + 1))
    except zlib.error as error:
        raise _damaged(f"its array {k} cannot be unpacked ({error})") from error
    if len(data) != n_bytes or not unpack.eof or unpack.unused_data:
        raise _damaged(f"its array {k} is not packed as it should be")
    return data


def _decoded(value, rest):
    """What ``_encoded`` has made JSON; the arrays come one after the other."""
    if isinstance(value, list):
        return [_decoded(v, rest) for v in value]
    if not isinstance(value, dict):
        return value
    ((what, inner),) = value.items()
    if what == "dict":
        return {key: _decoded(v, rest) for key, v in inner.items()}
    if what == "items":
        return dict(_decoded(inner, rest))
    if what == "tuple":
        return tuple(_decoded(inner, rest))
    if what == "tagged":
        tag, inner = inner
        return Tagged(tag, _decoded(inner, rest))
    if what in ("array", "number"):
        k, a = next(rest, (None, None))
        if k is None or k != inner:
            raise _damaged(f"array {brief(inner, 40)} is not in its place")
        return a if what == "array" else a[()]
    raise _damaged(f"it holds {brief(what, 40)}")


def _damaged(why):
    return DamagedFile(f"is damaged: {why}.")


def _newer(version):
    return DamagedFile(
        f"has format {version}, and this version of sksequence reads {FORMAT}."
    )
