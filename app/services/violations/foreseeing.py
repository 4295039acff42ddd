"""Foreseeing: what confirming a violation would make true, and what every plan would then say, without writing it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.changes import Change, Standpoint, changes
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.season import season_bounds
from app.domain.enterprises.structure import Enterprise
from app.domain.facts.assertions import holding_on
from app.domain.periods import civil_day
from app.domain.policies.pack import Pack
from app.domain.violations.claims import lasting_facts, lowering_facts
from app.domain.violations.consequences import Consequence, Void, consequences, void
from app.domain.violations.findings import bases, following, in_window, served_by
from app.domain.violations.holdings import Amendment, Count, amended, counts, holdings, refuse_hiding
from app.domain.violations.violation import VIOLATIONS, Case, Terms, Violation, ViolationAction, ViolationState, wrong
from app.integrations.geometry import BuiltUpRuler
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.runs import RunRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.reading import AssertionSearch, FactReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.known_facts import known_facts
from app.persistence.policies import PackNotInForce, PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.violations.repository import ViolationRepository
from app.services.violations.recording import chains_of, due, held_by

# More assertions of one fact about one subject than anybody makes by hand.
BY_HAND = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What of a suspicion a person finds proven: all of it unless facts are named, from today on unless a day is."""

    from_day: date | None = None
    facts: Sequence[str] | None = None
    overrides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSays:
    """What one plan says differently, and which of its penalties newly apply."""

    pack_name: str
    season: int
    changes: list[Change]
    consequences: list[Consequence]
    voids: list[Void]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """Everything that follows from confirming a violation."""

    terms: Terms
    amendment: Amendment
    counts: list[Count]
    plans: list[PlanSays]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a violation is seen in: the enterprise, all its violations, and the plans that speak of it."""

    violation: Violation
    enterprise: Enterprise
    cases: Sequence[Case]
    evaluators: Mapping[str, Evaluator]


async def would_follow(uow: UnitOfWork, violation_id: UUID, proven: Proven, *, by: Actor) -> Foresight:
    """What confirming would change, as things are now; nothing is stored."""
    case = await ViolationRepository(uow.session).get(violation_id, visible_to=by)
    if case.violation.state is not ViolationState.SUSPECTED:
        VIOLATIONS.after(case.violation.state, ViolationAction.CONFIRM)
    return await foresee(uow, case, proven, by=by)


async def foresee(uow: UnitOfWork, case: Case, proven: Proven, *, by: Actor) -> Foresight:
    """What would be written and said; raises ViolationInvalid, or OtherValueStands unless that is wanted."""
    violation = case.violation
    scene = Scene(
        violation=violation,
        enterprise=await EnterpriseReader(uow.session).get(violation.enterprise_id, visible_to=by),
        cases=await ViolationRepository(uow.session).of_enterprise(violation.enterprise_id, visible_to=by),
        evaluators=await _evaluators(uow, violation),
    )
    terms = await _terms(uow, scene, proven, by)
    chains, held = chains_of(scene.enterprise, scene.cases), held_by(scene.cases, beside=violation.id)
    new = holdings(violation, terms, found_at=uow.now)
    if not proven.overrides:
        refuse_hiding(new, held, chains)
    writing = await due(uow, scene.cases, [*held, *new], chains, by=by)
    return Foresight(
        terms=terms,
        amendment=writing,
        counts=counts(new, held, chains),
        plans=await _said(uow, scene, writing, by),
    )


async def _evaluators(uow: UnitOfWork, violation: Violation) -> dict[str, Evaluator]:
    """The violation's own plan, and every other the enterprise was decided under in the season."""
    decided = (await RunRepository(uow.session).seasons([violation.enterprise_id]))[violation.enterprise_id]
    names = {violation.pack_name, *(name for name, season in decided if season == violation.season)}
    found = {}
    for name in sorted(names):
        try:
            stored = await PackRepository(uow.session).get(name, season=violation.season)
        except PackNotInForce:
            # A retired version says nothing new.
            continue
        found[name] = evaluator_of(stored.document, stored.hash)
    return found


async def _terms(uow: UnitOfWork, scene: Scene, proven: Proven, by: Actor) -> Terms:
    violation = scene.violation
    names = [one.fact for one in violation.claims]
    facts = names if proven.facts is None else list(proven.facts)
    unknown = [one for one in facts if one not in names]
    if unknown or not facts:
        raise wrong(
            "/facts",
            "not_suspected",
            f"只能认定已列为涉嫌的事实：{'、'.join(names)}。",
            f"Only suspected facts can be confirmed: {', '.join(names)}.",
        )
    from_day = proven.from_day or civil_day(uow.now)
    ends = season_bounds(violation.season)[1]
    if not violation.occurred_from <= from_day < ends:
        raise wrong(
            "/from_day",
            "outside_season",
            f"须不早于行为发生之日 {violation.occurred_from}，且早于 {ends}（本年度终止）。",
            f"It is no earlier than {violation.occurred_from}, when it happened, and before {ends}, when the season ends.",
        )
    industries = _industries(scene.enterprise, violation.subject_id)
    packs = [one.pack for one in scene.evaluators.values()]
    lasting = {fact for pack in packs for fact in lasting_facts(pack, industries)}
    found = tuple(one for one in names if one in facts)
    following = tuple(sorted(_following(scene, packs, found).difference(found)))
    true = (*found, *following)
    lowering = _lowering(scene, packs, industries, true)
    terms = Terms(
        from_day=from_day,
        facts=found,
        following=following,
        lasting=tuple(one for one in true if one in lasting),
        lowering=tuple(one for one in true if one in lowering),
        served_by=_served_by(packs, industries, true, from_day),
    )
    return replace(terms, counted_before=await _counted_by_hand(uow, scene, terms, by))


def _following(scene: Scene, packs: Iterable[Pack], found: Collection[str]) -> set[str]:
    """What the plans in whose window it happened make of what is proven."""
    violation = scene.violation
    regions = scene.enterprise.regions_of(violation.subject_id)
    occurred = violation.occurred_from, violation.occurred_to
    proven = [one for one in violation.claims if one.fact in found]
    return {
        fact
        for pack in packs
        if in_window(pack, regions, violation.season, occurred)
        for fact in following(pack, proven)
    }


def _lowering(
    scene: Scene, packs: Iterable[Pack], industries: Collection[str | None], true: Collection[str]
) -> set[str]:
    """What lowers a class, and what it follows from: held before, that would ask for what is decided already (FS-08)."""
    proven = [one for one in scene.violation.claims if one.fact in true]
    found: set[str] = set()
    for pack in packs:
        lowers = lowering_facts(pack, industries).intersection(true)
        found |= lowers | bases(pack, proven, lowers)
    return found


def _served_by(
    packs: Iterable[Pack], industries: Collection[str | None], facts: Collection[str], from_day: date
) -> dict[str, date]:
    """The last of the days on which some plan's order by a fact is served."""
    found: dict[str, date] = {}
    for pack in packs:
        for fact, day in served_by(pack, industries, facts, from_day).items():
            found[fact] = max(day, found.get(fact, day))
    return found


def _industries(enterprise: Enterprise, subject: UUID) -> set[str | None]:
    """The industries of the lines a subject stands on or bears."""
    own = enterprise.chain(subject)
    return {one.industry for one in enterprise.lines if one.id in own or subject in enterprise.chain(one.id)}


async def _counted_by_hand(uow: UnitOfWork, scene: Scene, terms: Terms, by: Actor) -> dict[str, int]:
    """The days of this season that somebody stated without a violation, as they stand when the facts begin to hold."""
    violation = scene.violation
    made = {one for case in scene.cases for step in case.steps for one in step.assertions}
    found: dict[str, int] = {}
    for claimed in (one for one in violation.claims if one.days):
        search = AssertionSearch(fact=claimed.fact, subject=violation.subject_id)
        known = await FactReader(uow.session).page(
            violation.enterprise_id, search, visible_to=by, after=None, limit=BY_HAND
        )
        day = terms.holds_from(claimed.fact, found_on=civil_day(uow.now)) or violation.occurred_from
        stated = holding_on(day, (one for one in known if one.id not in made))
        begins = stated.claim.valid_from if stated else None
        if stated is not None and begins is not None and begins >= season_bounds(violation.season)[0]:
            found[claimed.fact] = int(float(stated.claim.value))
    return found


async def _said(uow: UnitOfWork, scene: Scene, writing: Amendment, by: Actor) -> list[PlanSays]:
    own, season = scene.violation.enterprise_id, scene.violation.season
    reader = SnapshotReader(uow.session, ruler=BuiltUpRuler)
    tree = await reader.snapshot(own, known_at=uow.now, visible_to=by)
    after = amended(tree, writing, await known_facts(uow.session))
    found = []
    for name, evaluator in scene.evaluators.items():
        acts = (await InForceReader(uow.session).known([own], name, season, known_at=uow.now)).get(own, [])
        was, now = (Standpoint(evaluator=evaluator, tree=one, acts=acts) for one in (tree, after))
        changed = changes(was, now, season)
        follow = consequences(changed)
        voids = void(changed, follow)
        found.append(PlanSays(pack_name=name, season=season, changes=changed, consequences=follow, voids=voids))
    return found
