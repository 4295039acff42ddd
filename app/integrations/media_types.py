"""What a file really is, told from its bytes: the name and the declared type of an upload prove nothing."""

import zipfile
from io import BytesIO

import puremagic

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What is inside a package tells a document from a workbook; a macro makes it neither.
_PACKAGES = {"word/document.xml": _WORD, "xl/workbook.xml": _SHEET}
_MACROS = "vbaProject.bin"
_PLAIN = {"application/pdf", "image/jpeg", "image/png"}
_CONTROLS = frozenset(range(32)) - {9, 10, 13}


def media_type_of(content: bytes) -> str | None:
    """The media type of a PDF, JPEG, PNG, DOCX, XLSX or CSV file; None for anything else, macros and markup included."""
    if content.startswith(b"PK\x03\x04"):
        return _package(content)
    try:
        found = {str(one.mime_type) for one in puremagic.magic_string(content)}
    except puremagic.PureError:
        return _table(content)
    known = found & _PLAIN
    if len(known) == 1:
        return known.pop()
    return _table(content) if found <= {"text/plain", "text/csv", ""} else None


def _package(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if any(name.endswith(_MACROS) for name in names):
        return None
    known = [media_type for name, media_type in _PACKAGES.items() if name in names]
    return known[0] if len(known) == 1 and "[Content_Types].xml" in names else None


def _table(content: bytes) -> str | None:
    """Text that holds a comma, semicolon or tab in its first line, and no markup: as UTF-8 or, from old offices, GB 18030."""
    text = _decoded(content)
    if text is None or text.lstrip().startswith("<") or any(ord(one) in _CONTROLS for one in text):
        return None
    first = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    return "text/csv" if any(mark in first for mark in ",;\t") else None


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
