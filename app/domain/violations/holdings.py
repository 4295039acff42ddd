"""Holdings: what confirmed violations make true of whom from when until when, and what that changes in the register."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.domain.decisions.season import season_bounds
from app.domain.decisions.subjects import FactSpan, Subject, beginning
from app.domain.errors import Conflict
from app.domain.facts.assertions import Assertion, Claim
from app.domain.facts.recorded import Recorded
from app.domain.facts.values import value_of
from app.domain.periods import civil_day
from app.domain.policies.facts import Catalogue
from app.domain.violations.violation import FOUND, Case, Claimed, Terms, Violation, ViolationAction

# The subjects everything stands on, nearest first and itself among them.
Chains = Mapping[UUID, Sequence[UUID]]


class OtherValueStands(Conflict):
    code = "other_value_stands"
    zh = (
        "违法案件 {violation} 已认定“{fact}”为 {value}，同一对象只能登记一个值。请用 facts 只认定其余事实；"
        "若本案更重、应以本案为准，请设 overrides 为 true。"
    )
    en = (
        "The violation {violation} made {fact} {value}, and the register holds one value. Confirm only the other facts "
        "with `facts`; where this one is to hold instead, set `overrides`."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One fact that a violation makes true for a period, since it was found; `before` are days stated by hand."""

    violation: Violation
    found_at: datetime
    fact: str
    value: str
    days: tuple[date, ...]
    before: int
    from_day: date
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What has to be written so that the register says what the violations found."""

    record: tuple[Recorded, ...] = ()
    retract: tuple[Assertion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How far a fact that counts days has come with one more violation; a day counts once (A-FS11)."""

    fact: str
    before: int
    after: int
    again: tuple[date, ...] = field(default=())


def holdings_of(case: Case) -> list[Holding]:
    """What a violation makes true as it stands."""
    if case.violation.state not in FOUND:
        return []
    confirmed, rectified = case.step(ViolationAction.CONFIRM), case.step(ViolationAction.RECTIFY)
    if confirmed is None:
        return []
    accepted_on = rectified.terms.accepted_on if rectified else None
    return holdings(case.violation, confirmed.terms, found_at=confirmed.at, accepted_on=accepted_on)


def holdings(
    violation: Violation, terms: Terms, *, found_at: datetime, accepted_on: date | None = None
) -> list[Holding]:
    """What a violation makes true under these terms: until the season ends, its order is served or it is rectified."""
    season_end, found_on = season_bounds(violation.season)[1], civil_day(found_at)
    before, served_by = terms.counted_before or {}, terms.served_by or {}
    proven = [one for one in violation.claims if one.fact in terms.facts]
    found = [
        Holding(
            violation=violation,
            found_at=found_at,
            fact=one.fact,
            value=one.value,
            days=one.days,
            before=before.get(one.fact, 0),
            from_day=from_day,
            until=accepted_on
            if one.fact in terms.lasting and not one.days
            else max(season_end, served_by.get(one.fact, season_end)),
        )
        for one in (*proven, *(Claimed(fact=fact, value="true") for fact in terms.following))
        if (from_day := terms.holds_from(one.fact, found_on=found_on)) is not None
    ]
    return [one for one in found if one.until is None or one.from_day < one.until]


def recorded(held: Sequence[Holding], chains: Chains) -> list[Recorded]:
    """Everything the violations make true, as facts; spans may overlap, and the one that begins last is read.

    Of those that begin together it is the one found last, so they are in order of finding.
    """
    ordered = sorted(held, key=lambda one: (one.found_at, one.violation.id))
    plain = [_recorded(one, one.value, one.from_day) for one in ordered if not one.days]
    counted = [one for one in ordered if one.days]
    subjects = {(one.violation.subject_id, one.violation.season, one.fact): one for one in counted}
    return plain + [each for one in subjects.values() for each in _counts(one, counted, chains)]


def _counts(one: Holding, counted: Sequence[Holding], chains: Chains) -> list[Recorded]:
    """The count at one subject, step by step: what was found of its site counts at its lines too."""
    bearing = bearing_on(one.violation, one.fact, counted, chains)
    own = [each for each in bearing if each.violation.subject_id == one.violation.subject_id]
    begins = min(each.from_day for each in own)
    newest = {each.from_day: each for each in bearing}
    found = []
    for day in sorted(day for day in {begins, *newest} if day >= begins):
        so_far = [each for each in bearing if each.from_day <= day]
        found.append(_recorded(own[0], str(total(so_far)), day, document=newest[day].violation.document))
    return found


def bearing_on(violation: Violation, fact: str, held: Iterable[Holding], chains: Chains) -> list[Holding]:
    """The holdings of a season that count a fact for a violation's subject or for what it stands on."""
    chain = chains[violation.subject_id]
    return [
        one
        for one in held
        if one.days
        and one.fact == fact
        and one.violation.season == violation.season
        and one.violation.subject_id in chain
    ]


def total(counted: Iterable[Holding]) -> int:
    """Distinct days, beside those stated by hand."""
    known = list(counted)
    return max((one.before for one in known), default=0) + len({day for one in known for day in one.days})


def _recorded(one: Holding, value: str, from_day: date, *, document: str | None = None) -> Recorded:
    violation = one.violation
    return Recorded(
        enterprise_id=violation.enterprise_id,
        subject_id=violation.subject_id,
        level=violation.level,
        fact=one.fact,
        value=value,
        valid_from=from_day,
        valid_to=one.until,
        document=document or violation.document,
    )


def counts(new: Iterable[Holding], held: Sequence[Holding], chains: Chains) -> list[Count]:
    """What further holdings add to the days that are counted already."""
    found = []
    for one in new:
        if not one.days:
            continue
        known = bearing_on(one.violation, one.fact, held, chains)
        already = {day for each in known for day in each.days}
        after = total([*known, one])
        again = tuple(day for day in one.days if day in already)
        found.append(Count(fact=one.fact, before=after - len(one.days) + len(again), after=after, again=again))
    return found


def refuse_hiding(new: Iterable[Holding], held: Sequence[Holding], chains: Chains) -> None:
    """Raises OtherValueStands where a fact with one value at a time would hide what another violation made of it."""
    for one in new:
        for other in held:
            if one.fact == other.fact and one.value != other.value and not one.days and _meet(one, other, chains):
                raise OtherValueStands(violation=other.violation.id, fact=one.fact, value=other.value)


def _meet(one: Holding, other: Holding, chains: Chains) -> bool:
    mine, theirs = one.violation.subject_id, other.violation.subject_id
    related = mine in chains[theirs] or theirs in chains[mine]
    begins = max(one.from_day, other.from_day)
    return related and all(each.until is None or begins < each.until for each in (one, other))


def amendment(wanted: Iterable[Recorded], standing: Iterable[Assertion], catalogue: Catalogue) -> Amendment:
    """What is missing among the assertions that stand, and which of them no violation bears any longer.

    What is recorded last of one beginning is read, so where one of several is missing, all of them are recorded anew.
    """
    claims = [(one, one.claim(catalogue)) for one in wanted]
    known = list(standing)
    said = {(one.subject_id, one.claim) for one in known}
    anew = {_beginning(one.subject_id, claim) for one, claim in claims if (one.subject_id, claim) not in said}
    borne = {(one.subject_id, claim) for one, claim in claims}
    return Amendment(
        record=tuple(one for one, claim in claims if _beginning(one.subject_id, claim) in anew),
        retract=tuple(
            one
            for one in known
            if (one.subject_id, one.claim) not in borne or _beginning(one.subject_id, one.claim) in anew
        ),
    )


def _beginning(subject_id: UUID, claim: Claim) -> tuple[UUID, str, date | None]:
    return subject_id, claim.fact, claim.valid_from


def amended(tree: Subject, amendment: Amendment, catalogue: Catalogue) -> Subject:
    """The tree as it would be read after an amendment; the tree given stays as it is."""
    gone = {str(one.id) for one in amendment.retract}
    new: dict[str, list[Claim]] = {}
    for one in amendment.record:
        new.setdefault(str(one.subject_id), []).append(one.claim(catalogue))
    return _amended(tree, gone, new)


def _amended(subject: Subject, gone: set[str], new: Mapping[str, Sequence[Claim]]) -> Subject:
    facts = {
        name: [span for span in spans if span["assertion"] not in gone] for name, spans in subject["facts"].items()
    }
    for claim in new.get(subject["id"], ()):
        # Sorting keeps the order of equals, so that what became known last of one beginning stays the last.
        spans = [*facts.get(claim.fact, ()), _span(claim)]
        facts[claim.fact] = sorted(spans, key=lambda span: beginning(span) or "")
    kept = {name: spans for name, spans in facts.items() if spans}
    return {**subject, "facts": kept, "children": [_amended(child, gone, new) for child in subject["children"]]}


def _span(claim: Claim) -> FactSpan:
    return {
        "value": value_of(claim.type, claim.value),
        "from": None if claim.valid_from is None else claim.valid_from.isoformat(),
        "to": None if claim.valid_to is None else claim.valid_to.isoformat(),
        "assertion": "foreseen",
        "verified": False,
        "document": claim.document,
    }
