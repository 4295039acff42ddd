"""verify: every version proves itself by its hash, every entry by its steps, and every listing by the fact it made."""

from collections.abc import Iterator
from uuid import UUID

from app.domain.access import Actor
from app.domain.evidence import Damage
from app.domain.exemptions.content import Content
from app.domain.exemptions.entries import ON_THE_LIST, Entry, EntryAction, EntryState, EntryStep
from app.domain.exemptions.lists import ExemptionList, broken
from app.domain.facts.assertions import Assertion
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.facts.reading import FactReader
from app.persistence.unit_of_work import UnitOfWork

STANDING = (*ON_THE_LIST, EntryState.REVOKED)


async def verify_exemption_lists(uow: UnitOfWork, *, by: Actor) -> list[Damage]:
    """What is stored of exemption lists and does not prove itself."""
    lists = ListRepository(uow.session)
    found = [Damage("exemption_entry_steps", f"entry {one}") for one in await EntryRepository(uow.session).differing()]
    for one in await lists.everything():
        versions = await lists.versions(one)
        found += [Damage("exemption_version_hash", f"list {one.id} v{number}") for number in broken(versions)]
        if one.newest != len(versions):
            found.append(Damage("exemption_version_missing", f"list {one.id}"))
        text = versions[-1].document if versions else None
        found += await _entries(uow, one, text, by)
    return found


async def _entries(uow: UnitOfWork, one: ExemptionList, newest: str | None, by: Actor) -> list[Damage]:
    repository = EntryRepository(uow.session)
    standing = await repository.of_list(one.id, STANDING)
    printed = set() if newest is None else {UUID(line.entry_id) for line in Content.of_text(newest).lines}
    found = [Damage("exemption_list_differs", f"list {one.id}")] if printed != {entry.id for entry in standing} else []
    steps = await repository.last_steps(standing, EntryAction.LIST)
    ids = [assertion for step in steps.values() for assertion in step.assertions]
    facts = await FactReader(uow.session).many([entry.enterprise_id for entry in standing], ids, visible_to=by)
    known = {fact.id: fact for fact in facts}
    return [*found, *_unasserted(standing, steps, known)]


def _unasserted(standing: list[Entry], steps: dict[UUID, EntryStep], known: dict[UUID, Assertion]) -> Iterator[Damage]:
    for entry in standing:
        step = steps.get(entry.id)
        made = [] if step is None else [known[one] for one in step.assertions if one in known]
        if not any(_says(fact, entry) for fact in made):
            yield Damage("exemption_fact", f"entry {entry.id}")


def _says(fact: Assertion, entry: Entry) -> bool:
    return fact.retraction is None and (fact.subject_id, fact.claim.fact, fact.claim.value) == (
        entry.subject_id,
        entry.fact,
        "true",
    )
