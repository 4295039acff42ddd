"""Landing a published list of ratings: each row is an award, and what stands already is left as it is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from app.documents.rating_list import Entry, Listed, RatingList, entry_of
from app.documents.rejections import told
from app.domain.access import Actor, AuthorityRequired
from app.domain.enterprises.structure import Enterprise, EnterpriseUnknown, Head
from app.domain.errors import Conflict, FieldError, Language, NotFound, Refusal
from app.domain.facts.assertions import FactUnknown, fact_named
from app.domain.operations import Operation
from app.domain.periods import civil_day
from app.domain.policies.facts import Catalogue, Level
from app.domain.ratings.ladders import FactIsNoGrade
from app.domain.ratings.rating import Rating, RatingAct, RatingOverlaps, RatingPeriodEmpty
from app.domain.ratings.standing import History, admitted
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ratings import RatingRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations
from app.services.ratings.awarding import Grade, draw_up, keep

KIND = "import_ratings"
# One transaction each: a set costs little per row, and progress still shows every second or two.
ROWS_AT_ONCE = 1000


class EnterpriseAmbiguous(Conflict):
    code = "enterprise_ambiguous"
    zh = "“{name}”对应多家企业；请改填统一社会信用代码，或由登记单位的凭证导入。"
    en = "{name!r} names several enterprises; give the credit code, or import with the credential that registered it."


class RatedSubjectUnknown(NotFound):
    code = "rated_subject_unknown"
    zh = "该企业没有编码为“{subject}”的 {level}；请核对编码与等级事实。"
    en = "The enterprise has no {level} with the code {subject!r}; check the code and the fact."


# The column in which to look for what a refusal speaks of; the others speak of the grade.
COLUMN_OF: Mapping[type[Refusal], str] = MappingProxyType(
    {
        EnterpriseUnknown: "enterprise",
        EnterpriseAmbiguous: "enterprise",
        AuthorityRequired: "enterprise",
        RatedSubjectUnknown: "subject",
        FactUnknown: "fact",
        FactIsNoGrade: "fact",
        RatingOverlaps: "valid_from",
        RatingPeriodEmpty: "valid_to",
    }
)


@dataclass(slots=True)
class Report:
    """What an import has done so far."""

    landed: int = 0
    unchanged: int = 0

    def as_json(self, listed: RatingList, language: Language) -> dict[str, Any]:
        return {
            "rows": len(listed.rows),
            "landed": self.landed,
            "unchanged": self.unchanged,
            "rejected_rows": len(listed.rejected),
            **told(listed.wrong, language),
        }


@dataclass(slots=True, kw_only=True)
class Portion:
    """Some rows on their way: the enterprises they name, locked, and every rating these have by now."""

    uow: UnitOfWork
    by: Actor
    catalogue: Catalogue
    trees: dict[UUID, Enterprise]
    coded: Mapping[str, list[Head]]
    credited: Mapping[str, list[Head]]
    ratings: dict[UUID, list[Rating]]
    made: list[tuple[Head, Rating]] = field(default_factory=list)

    def admit(self, entry: Entry) -> bool:
        """Whether an entry is news; raises why it cannot be kept."""
        tree = self.trees[self._named(entry.enterprise).id]
        self.by.must_look_after(tree.head.region)
        rating, grading = draw_up(self.uow, tree, self._stated(entry, tree), by=self.by, catalogue=self.catalogue)
        history = History(self.ratings[tree.head.id])
        if history.says_already(rating):
            return False
        rating = admitted(rating, history, grading, today=civil_day(self.uow.now))
        self.ratings[tree.head.id].append(rating)
        self.made.append((tree.head, rating))
        return True

    def _named(self, name: str) -> Head:
        """The enterprise a list means: codes are a registrar's own, so its own comes first, then the only one."""
        heads: list[Head] = [*self.coded.get(name, ()), *self.credited.get(name.upper(), ())]
        found = list({one.id: one for one in heads}.values())
        own = [one for one in found if one.registrar == self.by.client_id]
        if not found:
            raise EnterpriseUnknown()
        for few in (own, found):
            if len(few) == 1:
                return few[0]
        raise EnterpriseAmbiguous(name=name)

    def _stated(self, entry: Entry, tree: Enterprise) -> Grade:
        fact = fact_named(entry.fact, self.catalogue)
        return Grade(
            subject_id=_subject(tree, entry.subject, fact.subject),
            fact=fact.name,
            grade=entry.grade,
            act=RatingAct.AWARD,
            replaces=None,
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
            basis=entry.basis,
            awarded_by=entry.awarded_by,
            document=entry.document,
            evidence=(),
        )


async def start_import(uow: UnitOfWork, content: bytes, *, media_type: str, language: Language, by: Actor) -> Operation:
    """Keep the file and queue its import; each row is an award, so a person stands behind the list."""
    by.named_person()
    return await operations.start(
        uow,
        kind=KIND,
        payload={"media_type": media_type, "language": language},
        by=by,
        now=uow.now,
        upload=content,
        media_type=media_type,
        upload_name="ratings",
    )


def portions(listed: RatingList) -> Iterator[Sequence[Listed]]:
    """Rows to land together, in the order of the file."""
    for start in range(0, len(listed.rows), ROWS_AT_ONCE):
        yield listed.rows[start : start + ROWS_AT_ONCE]


async def land_portion(
    uow: UnitOfWork, listed: RatingList, rows: Sequence[Listed], report: Report, *, by: Actor, catalogue: Catalogue
) -> None:
    """Land some rows in the caller's transaction; what is wrong with a row keeps out that row only."""
    read = [(row, entry_of(row)) for row in rows]
    names = {entry.enterprise for _, entry in read if isinstance(entry, Entry)}
    portion = await _portion(uow, names, by, catalogue)
    for row, entry in read:
        if isinstance(entry, Entry):
            try:
                report.unchanged += not portion.admit(entry)
            except Refusal as refused:
                listed.reject(row, [_error(refused)])
        else:
            listed.reject(row, entry)
    report.landed += len(await keep(uow, portion.made, by=by, catalogue=catalogue))


async def _portion(uow: UnitOfWork, names: set[str], by: Actor, catalogue: Catalogue) -> Portion:
    reader = EnterpriseReader(uow.session)
    heads = await reader.called(names, visible_to=by)
    trees = {tree.head.id: tree for tree in await reader.below(heads)}
    coded, credited = defaultdict[str, list[Head]](list), defaultdict[str, list[Head]](list)
    for head in heads:
        coded[head.code].append(head)
        credited[head.uscc or ""].append(head)
    return Portion(
        uow=uow,
        by=by,
        catalogue=catalogue,
        trees=trees,
        coded=coded,
        credited=credited,
        ratings=await RatingRepository(uow.session).of_many(trees),
    )


def _subject(tree: Enterprise, code: str, level: Level) -> UUID:
    found = {
        "line": {one.code: one.id for one in tree.lines},
        "process": {one.code: one.id for one in tree.processes},
        "unit": {one.code: one.id for one in tree.units},
    }.get(level, {})
    if code not in found:
        raise RatedSubjectUnknown(subject=code, level=level)
    return found[code]


def _error(refused: Refusal) -> FieldError:
    return FieldError(
        pointer=COLUMN_OF.get(type(refused), "grade"),
        code=refused.code,
        zh=refused.message("zh"),
        en=refused.message("en"),
    )
