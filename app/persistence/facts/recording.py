"""Facts written by an act, in the act's own transaction: recorded, ended when the act ends, taken back when it was wrong."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, Origin
from app.domain.facts.assertions import Assertion
from app.domain.facts.recorded import Recorded, ending
from app.domain.policies.facts import Catalogue
from app.persistence.facts.reading import FactReader
from app.persistence.facts.writing import FactWriter, NewMark


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRecorder:
    """Writes for one actor at one instant; whoever uses it has locked the enterprise."""

    session: AsyncSession
    catalogue: Catalogue
    new_id: Callable[[], UUID]
    at: datetime
    by: Actor

    async def record(self, facts: Iterable[Recorded]) -> tuple[UUID, ...]:
        """Assert facts; answers the assertions. Raises ValueRefused."""
        made = [
            Assertion(
                id=self.new_id(),
                enterprise_id=one.enterprise_id,
                level=one.level,
                subject_id=one.subject_id,
                claim=one.claim(self.catalogue),
                known_at=self.at,
                asserted_by=Origin.of(self.by),
            )
            for one in facts
        ]
        await FactWriter(self.session).add(made)
        return tuple(one.id for one in made)

    async def end(self, enterprise_id: UUID, ids: Sequence[UUID], *, on: date, reason: str) -> tuple[UUID, ...]:
        """End recorded facts on a day; what would only begin then or later is retracted. Answers new assertions."""
        return tuple(one.id for one in await self.end_all([enterprise_id], ids, on=on, reason=reason))

    async def end_all(
        self, enterprises: Sequence[UUID], ids: Sequence[UUID], *, on: date, reason: str
    ) -> list[Assertion]:
        """The same for facts of many enterprises at once."""
        found = await FactReader(self.session).many(enterprises, ids, visible_to=self.by)
        standing = [one for one in found if one.retraction is None]
        ends = {one.id: ending(one, self.catalogue[one.claim.fact], on=on) for one in standing}
        await FactWriter(self.session).mark([self._retraction(one, reason) for one in standing if ends[one.id] is None])
        made = [
            Assertion(
                id=self.new_id(),
                enterprise_id=one.enterprise_id,
                level=one.level,
                subject_id=one.subject_id,
                claim=claim,
                known_at=self.at,
                asserted_by=Origin.of(self.by),
            )
            for one in standing
            if (claim := ends[one.id]) is not None
        ]
        await FactWriter(self.session).add(made)
        return made

    async def retract(self, enterprise_id: UUID, ids: Sequence[UUID], *, reason: str) -> None:
        """Take recorded facts back as never having been true; what somebody took back before stays as it is."""
        found = await FactReader(self.session).some(enterprise_id, ids, visible_to=self.by)
        await FactWriter(self.session).mark([self._retraction(one, reason) for one in found if one.retraction is None])

    def _retraction(self, one: Assertion, reason: str) -> NewMark:
        return NewMark(
            id=self.new_id(),
            enterprise_id=one.enterprise_id,
            assertion_id=one.id,
            kind="retraction",
            at=self.at,
            by=Origin.of(self.by),
            note=reason,
        )
