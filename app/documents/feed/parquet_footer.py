"""A Parquet file's own account of its size, read before anything of it is decoded."""

from dataclasses import dataclass
from typing import Any

# Thrift's compact protocol (thrift-compact-protocol.md): the types of a field by the low half of its first byte.
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_MAGIC = b"PAR1"
# parquet.thrift: fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData.
_ROWS, _ROW_GROUPS, _COLUMNS, _META, _VALUES, _BYTES = 3, 4, 1, 3, 5, 6
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Size:
    """Rows, values of the longest column (more than rows where it holds lists) and bytes before compression."""

    rows: int
    values: int
    bytes: int


def size_of(content: bytes) -> Size:
    """Raises ValueError where the footer is none."""
    if len(content) < 12 or not content.startswith(_MAGIC) or not content.endswith(_MAGIC):
        raise ValueError(content[-4:])
    length = int.from_bytes(content[-8:-4], "little")
    if length > len(content) - 12:
        raise ValueError(length)
    try:
        footer = _Compact(content[len(content) - 8 - length : -8]).struct()
        chunks = [[column[_META] for column in group[_COLUMNS]] for group in footer[_ROW_GROUPS]]
        columns = list(zip(*chunks, strict=True))
        return Size(
            int(footer[_ROWS]),
            max((sum(int(chunk[_VALUES]) for chunk in column) for column in columns), default=0),
            sum(int(chunk[_BYTES]) for group in chunks for chunk in group),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("footer") from error


class _Compact:
    """Just enough of the protocol to find numbers: structs as mappings of field ids, lists as lists."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        found: dict[int, Any] = {}
        field = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            field = field + step if step else self._integer()
            found[field] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, depth + 1)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ValueError(depth)
        if kind in {4, 5, 6}:
            return self._integer()
        if kind == _BINARY:
            return self._skip(self._varint())
        if kind in {_LIST, _SET}:
            return self._list(depth)
        if kind == _STRUCT:
            return self.struct(depth)
        if kind in {_TRUE, _FALSE, _BYTE}:
            return self._byte()
        if kind == _DOUBLE:
            return self._skip(8)
        raise ValueError(kind)

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        # Every element takes at least a byte.
        if size > len(self.content) - self.at:
            raise ValueError(size)
        return [self._value(head & 15, depth + 1) for _ in range(size)]

    def _integer(self) -> int:
        zigzag = self._varint()
        return (zigzag >> 1) ^ -(zigzag & 1)

    def _varint(self) -> int:
        # Nearly every number of a footer is one byte.
        if (first := self.content[self.at]) < 128:
            self.at += 1
            return first
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise ValueError(number)

    def _byte(self) -> int:
        byte = self.content[self.at]
        self.at += 1
        return byte

    def _skip(self, size: int) -> None:
        self.at += size
        if self.at > len(self.content):
            raise ValueError(size)
