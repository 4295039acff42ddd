"""Confirmed readings: the body a plan names says whether it reads an open text as we do."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.access import Person
from app.domain.errors import NotFound
from app.domain.policies.pack import Reading

Verdict = Literal["confirmed", "rejected"]


class ReadingUnknown(NotFound):
    code = "reading_unknown"
    zh = "方案 {pack} 没有读法 {reading}；全部读法见 GET /v1/policy-packs/{pack}/readings。"
    en = "The plan {pack} has no reading {reading}; see GET /v1/policy-packs/{pack}/readings."


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A person's word on one reading as it is worded; another wording has to be confirmed anew."""

    id: UUID
    pack_name: str
    reading_id: str
    wording: str
    verdict: Verdict
    basis: str
    person: Person
    client_id: str
    known_at: datetime


def wording_of(reading: Reading) -> str:
    """The hash of what a reading says, in hex."""
    return hashlib.sha256(f"{reading.says['zh']}\0{reading.says['en']}".encode()).hexdigest()
