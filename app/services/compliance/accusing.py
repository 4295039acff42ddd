"""accusing: a person opens a case from a finding; the finding is its evidence, and by itself it is no fact."""

from uuid import UUID

import orjson

from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.evidence import Evidence
from app.persistence.compliance.findings import FindingRepository, StoredFinding
from app.persistence.unit_of_work import UnitOfWork

# What was excused or says nothing of a breach opens no case.
GROUNDS = frozenset({"suspected", "indicative_only", "insufficient_data"})


class FindingSuperseded(Conflict):
    code = "compliance_finding_superseded"
    zh = "此项发现已被后来的判定取代；请依据现行的发现立案。"
    en = "Later verdicts took the place of this finding; open the case from one that stands."


class FindingExcused(Conflict):
    code = "compliance_finding_excused"
    zh = "此项发现的结论为“{verdict}”，不能据以立案。"
    en = "The verdict of this finding is {verdict}, which opens no case."


async def grounds(uow: UnitOfWork, finding_id: UUID, *, by: Actor) -> StoredFinding:
    """The finding a person may open a case from: it stands, and nothing excuses it."""
    by.named_person()
    one = await FindingRepository(uow.session).get(finding_id, visible_to=by)
    if not one.stands:
        raise FindingSuperseded()
    if one.verdict not in GROUNDS:
        raise FindingExcused(verdict=one.verdict)
    return one


def says(one: StoredFinding) -> str:
    """What the finding says, in Chinese as cases are kept."""
    told: str = orjson.loads(one.document)["sentence"]["zh"]
    return told


def evidence_of(one: StoredFinding) -> Evidence:
    """The finding as evidence: its address, and the hash of its very bytes."""
    return Evidence(kind="reading", reference=f"/v1/compliance-findings/{one.id}", sha256=one.hash.hex())
