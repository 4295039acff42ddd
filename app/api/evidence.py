"""Evidence in bodies, and the hands a thing went through, alike in every room."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.api.bodies import AnswerBody, Instant, RequestBody
from app.domain.access import Origin
from app.domain.evidence import Evidence

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file's bytes, in hex.")]


class EvidenceRequest(RequestBody):
    """A piece of evidence: what it is, its number or id, and the hash of its file; a photo must have one."""

    kind: Literal["document", "photo", "inspection", "reading"]
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Sha256 | None = None
    note: Annotated[str, Field(max_length=500)] | None = None

    def evidence(self) -> Evidence:
        return Evidence(kind=self.kind, reference=self.reference, sha256=self.sha256, note=self.note)


EvidenceRequests = Annotated[list[EvidenceRequest], Field(max_length=50)]


class EvidenceItem(AnswerBody):
    """A piece of evidence, as it was given."""

    kind: Literal["document", "photo", "inspection", "reading"]
    reference: str
    sha256: str | None
    note: str | None

    @classmethod
    def of(cls, one: Evidence) -> "EvidenceItem":
        return cls(kind=one.kind, reference=one.reference, sha256=one.sha256, note=one.note)


class HandOut(AnswerBody):
    """Who did something, and when."""

    at: Instant
    client_id: str
    person: str | None
    office: str | None

    @classmethod
    def of(cls, by: Origin, at: datetime) -> "HandOut":
        return cls(at=at, client_id=by.client_id, person=by.person, office=by.office)
