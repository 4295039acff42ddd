"""A review of a register in words: gaps both ways, cohorts, and unequal treatment with the acts behind it."""

from typing import Any

from app.documents.measure_wording import measure_text
from app.documents.wording import fact_label, value_text
from app.domain.decisions.review import Cohort, Member, Review, Treatment, Unequal
from app.domain.errors import Language
from app.domain.policies.facts import Value
from app.domain.policies.pack import Pack

Document = dict[str, Any]
# A review names this many of each; the counts are always whole.
MOST_NAMED = 500


def review_document(review: Review, language: Language) -> Document:
    """The whole review as plain data."""
    pack = review.pack
    unequal = list(review.unequal())
    return {
        "pack": {"name": pack.name, "version": pack.version, "hash": pack.hash},
        "subjects": review.subjects,
        "unreached_count": len(review.unreached),
        "unreached": [_member(one) for one in review.unreached[:MOST_NAMED]],
        "rules_unmet": [
            {
                "rule": name,
                "cites": list(pack.rule(name).cites),
                "measure": measure_text(pack.rule(name).then, language),
            }
            for name in review.unmet()
        ],
        "cohorts": [_cohort(one, pack, language) for one in review.cohorts()],
        "unequal_count": len(unequal),
        "unequal": [_unequal(one, pack, language) for one in unequal[:MOST_NAMED]],
    }


def _member(one: Member) -> Document:
    return {
        "enterprise_id": one.enterprise_id,
        "enterprise_code": one.enterprise_code,
        "subject_id": one.subject_id,
        "subject_code": one.subject_code,
        "acts": list(one.acts),
    }


def _cohort(one: Cohort, pack: Pack, language: Language) -> Document:
    return {
        "rule": one.rule,
        "measure": measure_text(pack.rule(one.rule).then, language),
        "members": one.members,
        "wanted": one.wanted,
        "picked": [_member(member) for member in one.picked[:MOST_NAMED]],
    }


def _unequal(one: Unequal, pack: Pack, language: Language) -> Document:
    return {
        "level": one.level,
        "alike_in": [_fact(key, value, pack, language) for key, value in one.facts.items()],
        "treatments": [_treatment(treatment, pack, language) for treatment in one.treatments],
    }


def _treatment(one: Treatment, pack: Pack, language: Language) -> Document:
    return {
        "rules": list(one.rules),
        "measures": [measure_text(pack.rule(rule).then, language) for rule in one.rules],
        "count": len(one.members),
        "members": [_member(member) for member in one.members[:MOST_NAMED]],
    }


def _fact(key: str, value: Value | None, pack: Pack, language: Language) -> Document:
    spec = pack.catalogue.find(key.partition("@")[0])
    return {
        "fact": key,
        "label": fact_label(spec, language) if spec else key,
        "value": value_text(spec, value, language),
    }
