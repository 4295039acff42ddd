"""Evidence: what a person can look at again, named by what it is, where it is kept, and the hash of its content."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.errors import FieldError, Invalid

EvidenceKind = Literal["document", "photo", "inspection", "reading"]
_SHA256 = re.compile(r"[0-9a-f]{64}")


class EvidenceInvalid(Invalid):
    code = "evidence_invalid"
    zh = "证据不符合要求，详见 errors。"
    en = "The evidence does not fit; see errors."


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece: `reference` is a document number, a file name or an id here; `sha256` is hex, of the file's bytes."""

    kind: EvidenceKind
    reference: str
    sha256: str | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "reference": self.reference, "sha256": self.sha256, "note": self.note}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Evidence":
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Damage:
    """Something stored that does not prove itself."""

    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Outlived:
    """Something stored and untouched that an earlier evaluator said and the present one answers differently: no damage."""

    what: str
    where: str
    # Of the evaluator that said it.
    version: str


Finding = Damage | Outlived


def checked(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """A photo without a hash proves nothing; raises EvidenceInvalid with every wrong piece."""
    kept = tuple(found)
    errors = [
        FieldError(
            pointer=f"/evidence/{index}/sha256",
            code="sha256",
            zh="须给出文件内容的 SHA-256（64 位小写十六进制）；照片必须有。",
            en="Give the SHA-256 of the file's content as 64 lower-case hex digits; a photo must have one.",
        )
        for index, one in enumerate(kept)
        if (one.sha256 is None and one.kind == "photo")
        or (one.sha256 is not None and not _SHA256.fullmatch(one.sha256))
    ]
    if errors:
        raise EvidenceInvalid(errors=errors)
    return kept
