"""A file of any size in parts small enough for a batch, each with the lines it was cut from; never held as a whole."""

import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

import polars as pl
import zstandard

Format = Literal["csv", "ndjson", "parquet"]
Compression = Literal["gzip", "zstd", "none"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet",
}  # fmt: skip
# Far below what a service takes (GET /v1/feed/limits), and small enough to be merged at once.
PART_BYTES = 16 * 1024 * 1024
LONGEST_LINE = 1024 * 1024
# A quoted field may go on over so many lines; a quote that is open longer is a stray one, as the service sees it too.
LINES_OF_A_ROW = 16
GZIP_LEVEL, ZSTD_LEVEL = 5, 3
_HASHED = 1024 * 1024


class FileUnreadable(Exception):
    """The file cannot be cut into parts; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of its own: some rows, under the header of the whole. `first` is the place of its first row.

    Places are lines of the whole file (rows from 1 in Parquet); `header` says how many lines of the part come before
    its first row. `reached` is how much of the file, in its unit of progress, has been cut off with this part.
    """

    number: int
    first: int
    header: int
    reached: int
    body: bytes

    def place(self, line: int) -> int:
        """The line of the whole file that is this line of the part."""
        return line if line <= self.header else self.first + line - 1 - self.header


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How a file is cut: rows of a part at most."""

    path: Path
    format: Format
    rows: int

    def parts(self) -> Iterator[Part]:
        """In the order of the file; the same file is always cut the same way."""
        if self.format == "parquet":
            return _parquet(self.path, self.rows)
        return _csv(self.path, self.rows) if self.format == "csv" else _ndjson(self.path, self.rows)

    def size(self) -> int:
        """What `reached` comes to at the end: bytes, of Parquet rows."""
        if self.format == "parquet":
            return _parquet_rows(self.path)
        return self.path.stat().st_size


def digest_of(path: Path) -> str:
    """SHA-256 of a whole file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_HASHED):
            digest.update(piece)
    return digest.hexdigest()


def compressed(body: bytes, compression: Compression) -> bytes:
    """The same bytes whenever the same body is compressed."""
    if compression == "gzip":
        return gzip.compress(body, GZIP_LEVEL, mtime=0)
    return zstandard.compress(body, ZSTD_LEVEL) if compression == "zstd" else body


def _csv(path: Path, rows: int) -> Iterator[Part]:
    """Cut at line ends outside of quotes; Latin-1 gives every byte back, and LF, CRLF and CR all end a line."""
    with path.open(encoding="latin-1", newline="") as file:
        header = _line(file)
        number, line, reached = 0, 2, len(header)
        while block := _block(file, rows):
            reached += sum(map(len, block))
            yield Part(
                number=number,
                first=line,
                header=1,
                reached=reached,
                body=_ended(header).encode("latin-1") + "".join(block).encode("latin-1"),
            )
            number, line = number + 1, line + len(block)
        if not number:
            yield Part(number=0, first=2, header=1, reached=reached, body=header.encode("latin-1"))


def _ended(header: str) -> str:
    return header if header.endswith(("\n", "\r")) or not header else header + "\n"


def _block(file: TextIO, rows: int) -> list[str]:
    """As many lines as fit a part, and those that belong to a row whose quotes are still open."""
    lines, size, opened = list[str](), 0, 0
    while (len(lines) < rows and size < PART_BYTES) or opened:
        line = _line(file)
        if not line:
            break
        lines.append(line)
        size += len(line)
        odd = line.count('"') % 2 == 1
        opened = _open_for(opened, odd=odd)
    return lines


def _open_for(opened: int, *, odd: bool) -> int:
    """For how many lines a row has been open; 0 outside of rows that take several."""
    if not opened:
        return 1 if odd else 0
    return 0 if odd or opened + 1 >= LINES_OF_A_ROW else opened + 1


def _line(file: TextIO) -> str:
    line = file.readline(LONGEST_LINE)
    _refuse_long(len(line))
    return line


def _refuse_long(length: int) -> None:
    if length >= LONGEST_LINE:
        raise FileUnreadable(f"A line is longer than {LONGEST_LINE} bytes: is this a text file?")


def _ndjson(path: Path, rows: int) -> Iterator[Part]:
    with path.open("rb") as file:
        number, line, reached = 0, 1, 0
        while block := _json_block(file, rows):
            body = b"".join(block)
            reached += len(body)
            yield Part(number=number, first=line, header=0, reached=reached, body=body)
            number, line = number + 1, line + len(block)


def _json_block(file: BinaryIO, rows: int) -> list[bytes]:
    lines, size = list[bytes](), 0
    while len(lines) < rows and size < PART_BYTES:
        line = file.readline(LONGEST_LINE)
        if not line:
            break
        _refuse_long(len(line))
        lines.append(line)
        size += len(line)
    return lines


def _parquet_rows(path: Path) -> int:
    try:
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise FileUnreadable(f"{path} is not an intact Parquet file: {error}") from None


def _parquet(path: Path, rows: int) -> Iterator[Part]:
    reached = 0
    for number, frame in enumerate(_frames(path, rows)):
        held = io.BytesIO()
        frame.write_parquet(held, compression="zstd", statistics=False)
        first, reached = reached + 1, reached + frame.height
        yield Part(number=number, first=first, header=0, reached=reached, body=held.getvalue())


def _frames(path: Path, rows: int) -> Iterator[pl.DataFrame]:
    """Row groups as they come, cut anew so that it does not matter how large they are."""
    rest: pl.DataFrame | None = None
    try:
        for batch in pl.scan_parquet(path).collect_batches(chunk_size=rows, maintain_order=True, lazy=True):
            rest = batch if rest is None else pl.concat([rest, batch], rechunk=False)
            while rest.height >= rows:
                yield rest.head(rows)
                rest = rest.slice(rows)
    except pl.exceptions.PolarsError as error:
        raise FileUnreadable(f"{path} is not an intact Parquet file: {error}") from None
    if rest is not None and rest.height:
        yield rest
