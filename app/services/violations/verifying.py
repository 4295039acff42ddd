"""verify: where every violation stands follows from its steps, and the register says just what violations made true."""

from collections import Counter
from uuid import UUID

from app.domain.access import Actor
from app.domain.evidence import Damage
from app.domain.violations.holdings import recorded
from app.domain.violations.violation import Case, folded
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.violations.repository import ViolationRepository
from app.services.violations.recording import chains_of, held_by, standing


async def verify_violations(uow: UnitOfWork, *, by: Actor) -> list[Damage]:
    """Every violation whose head differs from its steps, every enterprise whose facts differ from its violations."""
    violations = ViolationRepository(uow.session)
    found: list[Damage] = []
    for enterprise_id in await violations.enterprises(visible_to=by):
        cases = await violations.of_enterprise(enterprise_id, visible_to=by)
        found += [damage for case in cases for damage in _head(case)]
        found += await _facts(uow, enterprise_id, cases, by)
    return found


def _head(case: Case) -> list[Damage]:
    violation = case.violation
    proved = (folded(case.steps), len(case.steps) + 1) == (violation.state, violation.version)
    where = f"enterprise {violation.enterprise_id} violation {violation.id}"
    return [] if proved else [Damage("violation_head_differs", where)]


async def _facts(uow: UnitOfWork, enterprise_id: UUID, cases: list[Case], by: Actor) -> list[Damage]:
    enterprise = await EnterpriseReader(uow.session).get(enterprise_id, visible_to=by)
    catalogue = await known_facts(uow.session)
    wanted = recorded(held_by(cases), chains_of(enterprise, cases))
    said = Counter((one.subject_id, one.claim) for one in await standing(uow, cases, by=by))
    proved = said == Counter((one.subject_id, one.claim(catalogue)) for one in wanted)
    return [] if proved else [Damage("violation_facts_differ", f"enterprise {enterprise_id}")]
