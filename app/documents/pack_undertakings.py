"""What a pack's YAML asks of people: duties, reports, workflows, placement, relations."""

from collections.abc import Iterable

from app.documents.pack_rules import text
from app.documents.pack_shape import DutyShape, PackShape, PlacementShape, RelationShape, WorkflowShape
from app.domain.policies.facts import Catalogue
from app.domain.policies.undertakings import Duty, Placement, Relation, Step, Workflow


def duties_of(shapes: Iterable[DutyShape]) -> tuple[Duty, ...]:
    return tuple(
        Duty(
            id=shape.id,
            cites=tuple(shape.cites),
            who=shape.who,
            what=text(shape.what),
            to=shape.to,
            by=shape.by,
            every=shape.every,
            months=tuple(shape.months),
            day=shape.day,
            time=shape.time,
            while_=shape.while_,
            covers=shape.covers,
            filled_by=shape.filled_by,
            readings=tuple(shape.readings),
        )
        for shape in shapes
    )


def workflows_of(shapes: Iterable[WorkflowShape], catalogue: Catalogue) -> tuple[Workflow, ...]:
    """The acts a plan provides for; what they grant by its canonical name."""
    return tuple(
        Workflow(
            id=shape.id,
            kind=shape.kind,
            cites=tuple(shape.cites),
            who=shape.who,
            what=text(shape.what),
            steps=tuple(Step(by=step.by, does=step.does, region=step.region) for step in shape.steps),
            by=shape.by,
            grants=fact.name if (fact := catalogue.find(shape.grants)) else shape.grants,
            default=shape.default,
            readings=tuple(shape.readings),
        )
        for shape in shapes
    )


def placement_of(shape: PlacementShape | None) -> Placement:
    if shape is None:
        return Placement()
    return Placement(
        methods=tuple(shape.methods),
        prefer_months=tuple(shape.prefer_months),
        split_equally=tuple(shape.split.equally) if shape.split else (),
        keep_heat=tuple(shape.keep_heat.cites) if shape.keep_heat else (),
        credit=tuple(shape.credit.cites) if shape.credit else (),
        credit_same_line_only=shape.credit is None or shape.credit.same_line_only,
        cites=tuple(shape.cites),
    )


def relations_of(shape: PackShape) -> tuple[Relation, ...]:
    return tuple(_relation(one) for one in shape.relations)


def _relation(shape: RelationShape) -> Relation:
    return Relation(
        id=shape.id or f"relation-{shape.to.replace('_', '-')}",
        to=shape.to,
        when_stricter=shape.when_stricter,
        notice_by=shape.notice_by,
        cites=tuple(shape.cites),
        readings=tuple(shape.readings),
    )
