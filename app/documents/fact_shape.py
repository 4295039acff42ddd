"""A pack's own facts as fact specifications."""

from collections.abc import Mapping

from app.documents.pack_shape import DeriveShape, FactShape
from app.domain.policies.facts import Derivation, FactSpec


def fact_specs(shapes: Mapping[str, FactShape]) -> list[FactSpec]:
    return [
        FactSpec(
            name=name,
            zh=shape.zh,
            en=shape.en,
            type=shape.type,
            subject=shape.subject,
            question=shape.question,
            question_en=shape.question_en,
            unit=shape.unit,
            values=dict(shape.values),
            absent=shape.absent,
            absent_reason=shape.absent_reason,
            derive=_derivation(shape.derive),
            in_window=shape.occurs == "in_window",
            follows=dict(shape.follows),
            cites=tuple(shape.cites),
            readings=tuple(shape.readings),
        )
        for name, shape in shapes.items()
    ]


def _derivation(shape: DeriveShape | None) -> Derivation | None:
    if shape is None:
        return None
    if shape.at_reference_oxygen is not None:
        inputs = shape.at_reference_oxygen
        return Derivation(
            by="at_reference_oxygen", of=inputs.of, oxygen=inputs.oxygen, reference_pct=inputs.reference_pct
        )
    return Derivation(by="distance_to_built_up")


def fact_document(fact: FactSpec) -> dict[str, object]:
    """A fact as plain data, in the shape of a `facts:` entry; what is empty is left out."""
    found: dict[str, object] = {
        "zh": fact.zh,
        "en": fact.en,
        "type": fact.type,
        "subject": fact.subject,
        "question": fact.question,
        "question_en": fact.question_en,
        "unit": fact.unit,
        "values": dict(fact.values),
        "absent": fact.absent,
        "absent_reason": fact.absent_reason,
        "occurs": "in_window" if fact.in_window else None,
        "follows": dict(fact.follows),
        "cites": list(fact.cites),
        "readings": list(fact.readings),
    }
    if fact.derive is not None:
        inputs = {"of": fact.derive.of, "oxygen": fact.derive.oxygen, "reference_pct": fact.derive.reference_pct}
        found["derive"] = {fact.derive.by: inputs if fact.derive.inputs else {}}
    return {key: value for key, value in found.items() if value not in ("", None, [], {})}
