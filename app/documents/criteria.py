"""Criteria and gaps of a list as plain data: which rule, on whom, what is lacking, in words."""

from collections.abc import Iterable
from typing import Any

from app.documents.measures import citations
from app.documents.wording import condition_text, leaf_text
from app.domain.decisions.criteria import Criterion
from app.domain.decisions.gaps import Gap
from app.domain.errors import FieldError, Language
from app.domain.policies.conditions import Leaf, Quantified
from app.domain.policies.pack import Pack

Document = dict[str, Any]
_TRUTH = {True: "true", False: "false", None: "unknown"}


def criterion_document(one: Criterion, pack: Pack, language: Language) -> Document:
    return {
        "rule": one.rule.id,
        "basis": one.rule.basis,
        "citations": citations(one.rule.cites, pack, language),
        "subject": _subject(one.bound.subject),
        "truth": _TRUTH[one.truth],
        "lacking": [
            {
                "fact": item.fact if isinstance(item, Leaf) else None,
                "condition": _text(item, pack, language),
                "cite": item.cite,
                "truth": _TRUTH[False if known else None],
            }
            for item, known in one.lacking
        ],
        "unregistered": list(one.unregistered),
    }


def gap_document(gap: Gap, enterprise: Document, pack: Pack, language: Language) -> Document:
    return {
        "kind": gap.kind,
        "defect": gap.defect,
        "fact": gap.fact,
        "enterprise": enterprise,
        "subject": _subject(gap.subject),
        "standing": gap.standing,
        "criteria": [criterion_document(one, pack, language) for one in gap.criteria],
    }


def lacking_errors(found: Iterable[Criterion], pack: Pack, pointer: str) -> list[FieldError]:
    """The conditions in the way of some criteria, each once, as errors of the field that claims them."""
    items = dict.fromkeys(lack for one in found for lack in one.lacking)
    return [
        FieldError(
            pointer=pointer,
            code=item.fact if isinstance(item, Leaf) else item.group,
            zh=f"{_text(item, pack, 'zh')}：{'不满足' if fails else '尚不清楚'}",
            en=f"{_text(item, pack, 'en')}: {'not met' if fails else 'not known'}",
        )
        for item, fails in items
    ]


def _subject(subject: Any) -> Document:
    return {"level": subject["level"], "id": subject["id"], "code": subject["code"], "name": subject["name"]}


def _text(item: Leaf | Quantified, pack: Pack, language: Language) -> str:
    if isinstance(item, Leaf):
        return leaf_text(item, pack.catalogue, language)
    return condition_text(item, pack, language)
