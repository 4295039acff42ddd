"""Several plans over one subject as plain data: each constraint with its source, and what holds on which days."""

from typing import Any

from app.documents.measures import citations, constraint_document
from app.documents.trace import pack_reference, subject_document
from app.domain.decisions.stack import Conflict, Segment, Sourced, Stack
from app.domain.errors import Language

Document = dict[str, Any]
_STANDING = {
    "settled": {"zh": "已确定", "en": "settled"},
    "authority_decides": {"zh": "由主管部门决定", "en": "the authority decides"},
    "awaiting_notice": {"zh": "待调整通知", "en": "awaiting a notice"},
    "insufficient_facts": {"zh": "事实不足", "en": "facts are missing"},
}
_SAYS = {
    "automatic": {"zh": "条文规定从严者自动适用", "en": "the text makes the stricter prevail by itself"},
    "on_notice": {"zh": "条文规定经通知后从严调整", "en": "the stricter applies once a notice is issued"},
    "unsaid": {
        "zh": "条文未规定何者优先，并列显示，由主管部门决定",
        "en": "the text does not say which prevails; both are shown",
    },
}


def stack_document(stack: Stack, language: Language) -> Document:
    """The constraints on one subject over a season."""
    first = stack.decisions[0]
    return {
        "subject": subject_document(first),
        "season": first.season,
        "packs": [
            {
                **pack_reference(one.pack, language),
                "level": one.pack.issuer_level,
                "nature": one.pack.nature,
                "subject_id": one.bound.subject["id"],
                "status": one.status,
                "stagger_class": one.outcomes.stagger_class,
            }
            for one in stack.decisions
        ],
        "segments": [_segment(segment, first.season, language) for segment in stack.segments],
    }


def _segment(segment: Segment, season: int, language: Language) -> Document:
    held = {id(one.applied) for one in segment.effective}
    last = segment.period.last_day
    return {
        "first_day": segment.period.start.isoformat(),
        "last_day": last.isoformat() if last else None,
        "days": segment.period.days,
        "standing": segment.standing,
        "standing_label": _STANDING[segment.standing][language],
        "constraints": [
            _sourced(one, season, language, effective=id(one.applied) in held) for one in segment.constraints
        ],
        "conflicts": [_conflict(one, language) for one in segment.conflicts],
    }


def _sourced(one: Sourced, season: int, language: Language, *, effective: bool) -> Document:
    rule = one.applied.rule
    return {
        **constraint_document(one.constraint, season, language),
        "pack": one.pack.name,
        "rule": rule.id,
        "stage": rule.stage,
        "subject_id": one.decision.bound.subject["id"],
        "effective": effective,
        "citations": citations((*rule.cites, *rule.then.cites), one.pack, language),
    }


def _conflict(one: Conflict, language: Language) -> Document:
    relation, pack = one.relation, one.nearer.pack
    says = relation.when_stricter if relation else "unsaid"
    return {
        "pack": pack.name,
        "stricter_pack": one.other.name,
        "relation": relation.id if relation else None,
        "when_stricter": says,
        "text": _SAYS[says][language],
        "notice_by": relation.notice_by if relation else "",
        "prevails": one.prevails,
        "answered_by": one.answer.id if one.answer else None,
        "citations": citations(relation.cites, pack, language) if relation else [],
        "readings": list(relation.readings) if relation else [],
    }
