"""accusing: a person opens a case from a finding; the finding is its evidence, and by itself it is no fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.evidence import Evidence
from app.domain.periods import season_of
from app.domain.violations.claims import Suspicion
from app.domain.violations.violation import Case
from app.persistence.compliance.findings import FindingRepository, StoredFinding
from app.persistence.unit_of_work import UnitOfWork
from app.services.violations.reporting import Report, report_violation

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Accusation:
    """Which facts a person suspects on the strength of a finding, under which plan; without words the finding's own."""

    pack_name: str
    suspicions: Sequence[Suspicion]
    what: str | None
    evidence: Sequence[Evidence]


async def accuse(uow: UnitOfWork, finding_id: UUID, said: Accusation, *, by: Actor) -> Case:
    """Open a case in the violations room; raises what that room raises."""
    by.named_person()
    one = await FindingRepository(uow.session).get(finding_id, visible_to=by)
    if not one.stands:
        raise FindingSuperseded()
    if one.verdict not in GROUNDS:
        raise FindingExcused(verdict=one.verdict)
    report = Report(
        subject_id=one.subject_id,
        pack_name=said.pack_name,
        season=season_of(one.day),
        occurred_from=one.day,
        occurred_to=one.day,
        suspicions=said.suspicions,
        what=said.what or orjson.loads(one.document)["sentence"]["zh"],
        evidence=[evidence_of(one), *said.evidence],
    )
    return await report_violation(uow, one.enterprise_id, report, by=by)


def evidence_of(one: StoredFinding) -> Evidence:
    """The finding as evidence: its address, and the hash of its very bytes."""
    return Evidence(kind="reading", reference=f"/v1/compliance-findings/{one.id}", sha256=one.hash.hex())
