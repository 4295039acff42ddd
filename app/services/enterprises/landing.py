"""Landing rows: checked, merged into what is registered, and stored set by set with one event per enterprise."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.enterprises.checking import Checked, Draft, Yardsticks, check, required
from app.domain.enterprises.columns import COLUMNS, SHEETS, RowLevel
from app.domain.enterprises.merging import Merged, Rejection, Said, merge
from app.domain.enterprises.structure import Enterprise, Head, Part, Site
from app.domain.errors import FieldError
from app.domain.events import Event
from app.domain.exemptions.lists import Lock
from app.domain.facts.assertions import Assertion
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.enterprises.writing import EnterpriseWriter
from app.persistence.exemptions.lists import ListRepository
from app.persistence.facts.reading import FactReader
from app.persistence.facts.writing import FactWriter
from app.persistence.unit_of_work import UnitOfWork

ORDER: tuple[RowLevel, ...] = tuple(COLUMNS)


@dataclass(slots=True)
class Landed:
    """What became of the rows."""

    created: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    asserted: int = 0
    landed: Counter[RowLevel] = field(default_factory=Counter)
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """The rows of one enterprise on their way through the checks."""

    rows: list[Checked] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def head_row(self) -> Checked | None:
        return next((row for row in self.rows if row.level == "enterprise"), None)


async def land(uow: UnitOfWork, drafts: Mapping[str, Sequence[Draft]], *, by: Yardsticks) -> Landed:
    """Rows by enterprise code; new enterprises are registered, known ones of the same registrar are changed."""
    landed = Landed()
    batches = {code: checked(rows, by, landed) for code, rows in drafts.items()}
    writer = EnterpriseWriter(uow.session)
    fresh = await writer.claim(new_heads(batches, by.actor), at=uow.now)
    heads = {head.code: head for head in await writer.lock(by.actor.client_id, batches, visible_to=by.actor)}
    for code, batch in batches.items():
        if code not in heads or ("enterprise", code) in batch.failed:
            refuse_orphans(code, batch, landed)
    trees = await _trees(uow, [head for code, head in heads.items() if batches[code].rows], fresh)
    merged = [
        (tree, merge(tree, batches[tree.head.code].rows, failed=batches[tree.head.code].failed, new_id=new_id))
        for tree in trees
    ]
    await store(uow, merged, by.actor, fresh, landed)
    return landed


async def store(
    uow: UnitOfWork, merged: Sequence[tuple[Enterprise, Merged]], by: Actor, fresh: set[str], landed: Landed
) -> None:
    """Write what merging found; counts and events follow from it."""
    writer = EnterpriseWriter(uow.session)
    await writer.add((one.head.id, part) for _, one in merged for part in one.added.values())
    await writer.change((one.head.id, part) for _, one in merged for part in one.changed.values())
    await writer.save_heads(
        [one.head for _, one in merged if one.structure_changed and one.head.code not in fresh], at=uow.now
    )
    news = await new_assertions(uow, merged, by, fresh, landed)
    await FactWriter(uow.session).add(assertion for said in news.values() for assertion in said)
    events = []
    for tree, one in merged:
        landed.rejected += one.rejected
        landed.landed += one.landed
        said = news.get(one.head.id, [])
        landed.asserted += len(said)
        event = _event(tree, one, said, is_new=one.head.code in fresh)
        if event is not None:
            (landed.created if one.head.code in fresh else landed.changed).append(one.head.id)
            events.append(event)
    await uow.record_all(events, by=by)


async def new_assertions(
    uow: UnitOfWork, merged: Sequence[tuple[Enterprise, Merged]], by: Actor, fresh: set[str], landed: Landed
) -> dict[UUID, list[Assertion]]:
    """Only what is news: a claim that already stands is not repeated, so a file may be sent twice.

    What only a version of an exemption list may say comes back (GP-09), though the rest of its row lands.
    """
    speaking = [(tree, one) for tree, one in merged if one.said]
    known = [one.head.id for _, one in speaking if one.head.code not in fresh]
    stands = await FactReader(uow.session).last_said(known) if known else {}
    locks = await _locks(uow, [one for _, one in speaking])
    origin, news = Origin.of(by), dict[UUID, list[Assertion]]()
    for tree, one in speaking:
        own = [lock for lock in locks if lock.governs(_regions(tree, one))]
        for said in one.said:
            key = (said.subject, said.claim.fact, said.claim.valid_from)
            if stands.get(key) == said.claim:
                continue
            barring = next((lock for lock in own if lock.bars(said.claim)), None)
            if barring is not None:
                landed.rejected.append(_locked(said, barring))
                continue
            stands[key] = said.claim
            news.setdefault(one.head.id, []).append(
                Assertion(
                    id=new_id(),
                    enterprise_id=one.head.id,
                    level=said.level,
                    subject_id=said.subject,
                    claim=said.claim,
                    known_at=uow.now,
                    asserted_by=origin,
                )
            )
    return news


async def _locks(uow: UnitOfWork, speaking: Sequence[Merged]) -> list[Lock]:
    # A list grants by facts of yes or no; nothing else can be locked.
    names = {said.claim.fact for one in speaking for said in one.said if said.claim.type == "boolean"}
    return await ListRepository(uow.session).locks(names) if names else []


def _regions(tree: Enterprise, one: Merged) -> set[str]:
    """Where its sites lie, as registered and as these rows have it."""
    parts = (*tree.sites, *one.added.values(), *one.changed.values())
    return {part.region for part in parts if isinstance(part, Site)}


def _locked(said: Said, lock: Lock) -> Rejection:
    fact = said.claim.fact
    return Rejection(said.place, said.level, lock.error(fact, f"{said.place.pointer}{fact}"))


def checked(drafts: Sequence[Draft], by: Yardsticks, landed: Landed) -> Batch:
    batch, seen = Batch(), set[tuple[object, ...]]()
    for draft in sorted(drafts, key=lambda one: ORDER.index(one.level)):
        found = check(draft, by)
        errors = found if isinstance(found, list) else _repeated(found, draft, seen)
        if errors:
            batch.failed.add((draft.level, str(draft.cells.get("code", ""))))
            landed.rejected += [Rejection(draft.place, draft.level, error) for error in errors]
        elif isinstance(found, Checked):
            batch.rows.append(found)
    return batch


def _repeated(row: Checked, draft: Draft, seen: set[tuple[object, ...]]) -> list[FieldError]:
    key = (row.level, row.key, draft.begins)
    if key not in seen:
        seen.add(key)
        return []
    return [
        FieldError(
            pointer=f"{row.place.pointer}code",
            code="duplicate_row",
            zh=f"本次提交中{SHEETS[row.level]}“{row.key[0]}”重复出现（起始日期相同）。",
            en=f"The {row.level} {row.key[0]!r} stands twice with the same valid_from.",
        )
    ]


def new_heads(batches: Mapping[str, Batch], by: Actor, make_id: Callable[[], UUID] = new_id) -> list[Head]:
    """A head for every enterprise row that would do to register one."""
    rows = [row for batch in batches.values() if (row := batch.head_row) is not None]
    return [
        Head(id=make_id(), registrar=by.client_id, **row.cells)
        for row in rows
        if "name" in row.cells and "region" in row.cells
    ]


def refuse_orphans(code: str, batch: Batch, landed: Landed) -> None:
    """Without a head nothing below it can land; each row says why."""
    head_row, refused = batch.head_row, ("enterprise", code) in batch.failed
    for row in batch.rows:
        if row is head_row:
            errors = [required(column, row.place.pointer) for column in COLUMNS["enterprise"] if column.required]
            errors = [error for error in errors if error.pointer.removeprefix(row.place.pointer) not in row.cells]
            landed.rejected += [Rejection(row.place, row.level, error) for error in errors or [_taken(row, code)]]
            refused = True
        else:
            landed.rejected.append(Rejection(row.place, row.level, _orphan(row, code, refused=refused)))
    batch.rows = []


def _orphan(row: Checked, code: str, *, refused: bool) -> FieldError:
    if refused:
        return FieldError(
            pointer=f"{row.place.pointer}enterprise",
            code="parent_rejected",
            zh=f"所属企业“{code}”未通过；请先改正该行，再一并重新提交。",
            en=f"The enterprise {code!r} was rejected; mend that row and send both again.",
        )
    return FieldError(
        pointer=f"{row.place.pointer}enterprise",
        code="parent_unknown",
        zh=f"没有编码为“{code}”的企业；请先登记。",
        en=f"There is no enterprise with the code {code!r}; register it first.",
    )


def _taken(row: Checked, code: str) -> FieldError:
    return FieldError(
        pointer=f"{row.place.pointer}code",
        code="enterprise_code_taken",
        zh=f"编码“{code}”已登记在您管辖范围以外的企业名下。",
        en=f"The code {code!r} belongs to an enterprise outside the part of the register you may see.",
    )


async def _trees(uow: UnitOfWork, heads: Sequence[Head], fresh: set[str]) -> list[Enterprise]:
    known = [head for head in heads if head.code not in fresh]
    whole = await EnterpriseReader(uow.session).below(known) if known else []
    return [*whole, *(Enterprise(head=head) for head in heads if head.code in fresh)]


def _event(tree: Enterprise, one: Merged, said: Sequence[Assertion], *, is_new: bool) -> Event | None:
    if not (is_new or one.structure_changed or said):
        return None
    kind = "enterprise.registered" if is_new else "enterprise.changed" if one.structure_changed else "fact.asserted"
    return Event(
        type=kind,
        subject=str(one.head.id),
        enterprise_id=str(one.head.id),
        region=one.head.region,
        data={
            "code": one.head.code,
            "version": one.head.version + (one.structure_changed and not is_new),
            "added": [str(part_id) for part_id in one.added],
            "changed": [difference(before, after) for before, after in _pairs(tree, one)],
            "facts": sorted({assertion.claim.fact for assertion in said}),
        },
    )


def _pairs(tree: Enterprise, one: Merged) -> Iterator[tuple[Head | Part, Head | Part]]:
    if one.head_changed:
        yield tree.head, one.head
    if one.changed:
        parts: Iterator[Part] = chain(tree.sites, tree.lines, tree.processes, tree.units, tree.couplings, tree.meters)
        before = {part.id: part for part in parts}
        yield from ((before[part.id], part) for part in one.changed.values())


def difference(before: Head | Part, after: Head | Part) -> dict[str, object]:
    """What an audit wants to know of a change: the fields that differ, as they were and as they are."""
    names = [one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)]
    return {
        "id": str(after.id),
        "before": {name: _plain(getattr(before, name)) for name in names},
        "after": {name: _plain(getattr(after, name)) for name in names},
    }


def _plain(value: object) -> str | None:
    return None if value is None else str(value)
