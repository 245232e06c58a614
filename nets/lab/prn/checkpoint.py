# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of TensorFlow's checkpoints, NAME.index and NAME.data-00000-of-0000N, without TensorFlow.

The index is a sorted string table as LevelDB has it (doc/table_format.md of LevelDB), whose values are messages
BundleEntryProto (tensorflow/core/protobuf/tensor_bundle.proto): type, shape, file, offset and size of a tensor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.errors import UnreadableError

MAGIC = 0xDB4775248B80FB57.to_bytes(8, "little")
FOOTER, TRAILER, RESTART = 48, 5, 4  # bytes: at the end of the file, after each block, of a restart offset
TYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}  # DataType of types.proto -> numpy
REMEDY = "Give its name without the ending, and have the .index and the .data file lie side by side"


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies: its type, shape, the number of its data file, offset and size in bytes."""

    kind: int = 0
    shape: tuple[int, ...] = ()
    shard: int = 0
    offset: int = 0
    size: int = 0
    sliced: bool = False  # in several pieces, as of partitioned variables


class Checkpoint:
    """A checkpoint's tensors by name."""

    def __init__(self, name: str | Path):
        """Read the index. name: the path without .index. Raises UnreadableError."""
        self.path = Path(f"{name}".removesuffix(".index"))
        index = self.path.with_name(self.path.name + ".index")
        content = _read(index)
        if len(content) < FOOTER or content[-8:] != MAGIC:
            raise UnreadableError("not the index of a TensorFlow checkpoint", index, REMEDY)
        try:
            rows = dict(_table(content))
            header = dict(_fields(rows.pop(b"")))
            self._shards = header.get(1, 0)
            self.entries = {key.decode(): _entry(value) for key, value in rows.items()}
        except (IndexError, ValueError, KeyError, UnicodeDecodeError) as error:
            raise UnreadableError(f"the index is damaged ({error!r})", index, "Copy it again") from None
        self._contents: dict[int, bytes] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a tensor as float32 or int64. Raises KeyError or UnreadableError."""
        entry = self.entries[name]
        if entry.kind not in TYPES or entry.sliced:
            raise UnreadableError(f"the tensor {name} is of a kind that is not read", self.path)
        kind = np.dtype(TYPES[entry.kind])
        content = self._data(entry.shard)[entry.offset : entry.offset + entry.size]
        if len(content) != entry.size or entry.size != kind.itemsize * int(np.prod(entry.shape)):
            raise UnreadableError(f"the data of {name} is cut short", self._shard_path(entry.shard), "Copy it again")
        return np.frombuffer(content, kind).reshape(entry.shape).astype(np.float32 if kind.kind == "f" else np.int64)

    def _data(self, shard: int) -> bytes:
        if shard not in self._contents:
            self._contents[shard] = _read(self._shard_path(shard))
        return self._contents[shard]

    def _shard_path(self, shard: int) -> Path:
        return self.path.with_name(f"{self.path.name}.data-{shard:05d}-of-{self._shards:05d}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or "cannot be read"
        raise UnreadableError(reason, path, REMEDY) from None


def _table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a sorted string table."""
    position = len(content) - FOOTER
    for _ in range(2):  # the meta index's place, which is not needed
        _, position = _varint(content, position)
    offset, position = _varint(content, position)
    size, _ = _varint(content, position)
    for _, place in _block(content, offset, size):
        start, after = _varint(place, 0)
        yield from _block(content, start, _varint(place, after)[0])


def _block(content: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a block. A key leaves out what it shares with the one before."""
    block, kind = content[offset : offset + size], content[offset + size]
    if kind:
        raise ValueError("the index is compressed, which checkpoints of TensorFlow 1 and 2 are not")
    restarts = int.from_bytes(block[-RESTART:], "little")
    position, end, key = 0, len(block) - RESTART * (restarts + 1), b""
    while position < end:
        shared, position = _varint(block, position)
        unshared, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + length]
        position += length


def _entry(message: bytes) -> Entry:
    values = dict(_fields(message))
    sizes = (size for number, size in _fields(values.get(2, b"")) if number == 2)
    shape = tuple(dict(_fields(size)).get(1, 0) for size in sizes)
    return Entry(values.get(1, 0), shape, values.get(3, 0), values.get(4, 0), values.get(5, 0), 7 in values)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of the fields of a protocol buffer message: numbers, or bytes of what is longer."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, position = _varint(message, position)
        elif kind == 2:
            length, position = _varint(message, position)
            value, position = message[position : position + length], position + length
        else:
            length = {1: 8, 5: 4}[kind]
            value, position = int.from_bytes(message[position : position + length], "little"), position + length
        yield number, value


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """Return the number at a position, seven bits per byte, and the position after it."""
    value = shift = 0
    while True:
        byte = content[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position
