"""Attachments: files that prove what a report says, kept by the hash of their bytes and never altered."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Invalid, NotFound

# What is taken, by media type, with the ending such a file leaves with.
ENDINGS: dict[str, str] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/csv": "csv",
}
MOST_NAME = 100
# Letters and digits of any script, and a few marks; everything else, paths and controls included, becomes one dash.
_UNFIT = re.compile(r"[^\w.()（）《》〈〉·-]+")


class AttachmentUnknown(NotFound):
    code = "attachment_unknown"
    zh = "没有此附件，或您无权查看。"
    en = "There is no such attachment, or you may not see it."


class AttachmentEmpty(Invalid):
    code = "attachment_empty"
    zh = "附件没有内容。"
    en = "The attachment is empty."


class AttachmentForeign(Invalid):
    code = "attachment_foreign"
    zh = "附件 {ids} 不是为此项职责上传的。"
    en = "The attachments {ids} were not uploaded for this duty."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file without its bytes."""

    id: UUID
    enterprise_id: UUID | None
    duty_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    by: Origin


def tidy_name(name: str, media_type: str) -> str:
    """A name that is safe in a header and on any disk, with the ending of what the file is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    clean = _UNFIT.sub("-", stem).strip("-. ")[:MOST_NAME].strip("-. ")
    return f"{clean or 'attachment'}.{ENDINGS[media_type]}"
