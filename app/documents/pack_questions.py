"""What a pack asks about an industry, as a document a form can be made of."""

from typing import Any

from app.documents.catalogue import vocabulary
from app.documents.wording import fact_label, leaf_text, value_text
from app.domain.errors import Language
from app.domain.policies.facts import FactSpec
from app.domain.policies.pack import Pack
from app.domain.policies.questions import Question, Reader, Registered, questions, registered

Document = dict[str, Any]


def questions_document(pack: Pack, industry: str | None, language: Language) -> Document:
    return {
        "name": pack.name,
        "version": pack.version,
        "industry": industry,
        "questions": [_question(one, pack, language) for one in questions(pack, industry)],
        "registrations": [_registered(one, language) for one in registered(pack, industry)],
    }


def options_of(fact: FactSpec, language: Language) -> list[Document]:
    return [{"code": code, "label": value_text(fact, code, language)} for code in fact.options]


def _question(one: Question, pack: Pack, language: Language) -> Document:
    fact = one.fact
    absent = value_text(fact, fact.absent, language)
    return {
        "fact": fact.name,
        "label": fact_label(fact, language),
        "question": fact.question if language == "zh" else fact.question_en,
        "type": fact.type,
        "unit": fact.unit or None,
        "options": options_of(fact, language),
        "subject": fact.subject,
        "groups": one.groups,
        "derived": fact.derive is not None,
        "derived_from": list(fact.derive.inputs) if fact.derive else [],
        "needed_for": one.needed_for,
        "absent": absent,
        "absent_reason": fact.absent_reason or None,
        "stage": min(one.readers, key=lambda reader: one.rules.index(reader.bound.rule)).bound.rule.stage,
        "read_by": [_reader(reader, pack, language) for reader in one.readers],
    }


def _reader(reader: Reader, pack: Pack, language: Language) -> Document:
    rule = reader.bound.rule
    return {
        "rule": rule.id,
        "stage": rule.stage,
        "binds": reader.bound.binds,
        "stagger_class": rule.class_,
        "conditions": [leaf_text(leaf, pack.catalogue, language) for leaf in reader.leaves],
        "citations": [
            {"provision": cite, "place": pack.provisions[cite].place} for cite in rule.cites if cite in pack.provisions
        ],
    }


def _registered(one: Registered, language: Language) -> Document:
    lists = vocabulary()
    words = lists["industries"] if one.level == "line" else lists[f"{one.level}_kinds"]
    kinds = sorted(one.kinds or ())
    group = one.group
    return {
        "level": one.level,
        "kinds": [{"code": kind, "label": getattr(words[kind], language) if kind in words else kind} for kind in kinds],
        "group": group.name if group else None,
        "label": (group.zh if language == "zh" else group.name.replace("_", " ")) if group else None,
        "within": group.within if group else None,
        "rules": [rule.id for rule in one.rules],
    }
