"""Assembling: the rows of a file as enterprises to think about; checked like an import, and nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.enterprises.checking import Draft, Yardsticks
from app.domain.enterprises.merging import Merged, Rejection, merge
from app.domain.enterprises.structure import Coupling, Enterprise, Line, Meter, Process, Site, Unit
from app.domain.facts.assertions import Claim
from app.domain.facts.values import value_of
from app.integrations.geometry import BuiltUpRuler
from app.persistence.facts.snapshots import SnapshotReader, Spans
from app.persistence.unit_of_work import UnitOfWork
from app.services.enterprises.landing import Landed, checked, new_heads, refuse_orphans


@dataclass(frozen=True, slots=True)
class Assembled:
    """The enterprises a file describes, and why some of its rows are not among them."""

    trees: list[Subject]
    rejected: list[Rejection]


class Assembler:
    """Numbers what it assembles in the order of the file, so that the same file gives the same ids."""

    def __init__(self, by: Yardsticks) -> None:
        self._by = by
        numbers = count(1)
        self._new_id: Callable[[], UUID] = lambda: UUID(int=next(numbers))

    async def of(self, uow: UnitOfWork, drafts: Mapping[str, Sequence[Draft]]) -> Assembled:
        """Rows by enterprise code; the built-up areas are those the register knows now."""
        landed = Landed()
        batches = {code: checked(rows, self._by, landed) for code, rows in drafts.items()}
        heads = {head.code: head for head in new_heads(batches, self._by.actor, self._new_id)}
        merged: list[Merged] = []
        for code, batch in batches.items():
            if code not in heads or ("enterprise", code) in batch.failed:
                refuse_orphans(code, batch, landed)
            else:
                known = Enterprise(head=heads[code])
                merged.append(merge(known, batch.rows, failed=batch.failed, new_id=self._new_id))
        landed.rejected += [rejection for one in merged for rejection in one.rejected]
        spans: Spans = {}
        for said in (said for one in merged for said in one.said):
            spans.setdefault(said.subject, {}).setdefault(said.claim.fact, []).append(_span(said.claim))
        for span in (span for facts in spans.values() for span in facts.values()):
            span.sort(key=lambda one: one["from"] or "")
        reader = SnapshotReader(uow.session, ruler=BuiltUpRuler)
        trees = await reader.assembled([_whole(one) for one in merged], spans, uow.now)
        return Assembled(trees, landed.rejected)


def _whole(merged: Merged) -> Enterprise:
    parts = list(merged.added.values())
    return Enterprise(
        head=merged.head,
        sites=tuple(part for part in parts if isinstance(part, Site)),
        lines=tuple(part for part in parts if isinstance(part, Line)),
        processes=tuple(part for part in parts if isinstance(part, Process)),
        units=tuple(part for part in parts if isinstance(part, Unit)),
        couplings=tuple(part for part in parts if isinstance(part, Coupling)),
        meters=tuple(part for part in parts if isinstance(part, Meter)),
    )


def _span(claim: Claim) -> FactSpan:
    """A supposed fact is taken as it is written: nobody has to verify what is only thought about."""
    return {
        "value": value_of(claim.type, claim.value),
        "from": None if claim.valid_from is None else claim.valid_from.isoformat(),
        "to": None if claim.valid_to is None else claim.valid_to.isoformat(),
        "assertion": "",
        "verified": True,
        "document": claim.document,
    }
