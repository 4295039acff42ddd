"""Gaps of an exemption list: who meets a criterion and is not listed, and who is listed and meets none any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.domain.decisions.criteria import Criterion, Standing, criteria, verdict
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.review import granted_facts
from app.domain.decisions.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One subject whose place on the list and whose facts do not agree.

    A defect is what the plan does not leave to anybody: an unlisted match where matching is sufficient (CZ-10), and a
    listed subject that certainly meets nothing (HR-36).
    """

    kind: Literal["unlisted", "unfounded"]
    defect: bool
    fact: str
    subject: Subject
    standing: Standing
    criteria: tuple[Criterion, ...]


def gaps(evaluator: Evaluator, tree: Subject, *, day: date) -> Iterator[Gap]:
    """The gaps of one enterprise on a day."""
    for fact in sorted(granted_facts(evaluator.pack)):
        together: dict[str, list[Criterion]] = {}
        for one in criteria(evaluator, tree, day=day, fact=fact, subject_id=tree["id"]):
            together.setdefault(one.bound.subject["id"], []).append(one)
        for own in together.values():
            gap = _gap(fact, own)
            if gap is not None:
                yield gap


def _gap(fact: str, own: list[Criterion]) -> Gap | None:
    bound, standing = own[0].bound, verdict(own).standing
    listed = bound.record.get(fact) is True
    if listed is (standing == "met") or (not listed and standing != "met"):
        return None
    met = tuple(one for one in own if one.truth is True)
    return Gap(
        kind="unfounded" if listed else "unlisted",
        defect=standing == "failed" if listed else any(one.rule.basis == "sufficient" for one in met),
        fact=fact,
        subject=bound.subject,
        standing=standing,
        criteria=tuple(own) if listed else met,
    )
