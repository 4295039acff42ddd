"""Warnings in the register as the evaluator sees it: which colour a site lies under on which days, and under one alone."""

from collections.abc import Callable, Sequence
from datetime import date

from app.domain.decisions.subjects import FactSpan, Subject, span_at
from app.domain.warnings import LEVEL, RANKS, Colour, Spell, Stretch, covering


def warned(asserted: Sequence[FactSpan], spells: Sequence[Spell]) -> list[FactSpan]:
    """What warnings add to what was asserted by hand: the stricter of both holds on each day, of equals the warning.

    They belong behind what was asserted, where `span_at` finds them first.
    """
    return [span for spell in spells for span in _beside(list(asserted), spell)]


def _beside(asserted: list[FactSpan], spell: Spell) -> list[FactSpan]:
    first, end = spell.first.isoformat(), None if spell.end is None else spell.end.isoformat()
    days = {day for span in asserted for day in (span["from"], span["to"]) if day is not None}
    inside = sorted(day for day in days if first < day and (end is None or day < end))
    found: list[FactSpan] = []
    for start, until in zip([first, *inside], [*inside, end], strict=True):
        said = span_at(asserted, start)
        if said is not None and RANKS[said["value"]] > RANKS[spell.colour]:
            continue
        if found and found[-1]["to"] == start:
            found[-1]["to"] = until
        else:
            found.append(_span(spell.causes, start, until))
    return found


def under(tree: Subject, stretch: Stretch) -> Subject:
    """The enterprise as if this warning alone were in force where it holds: what it demands, whatever else stands."""
    return _lying(tree, _span([stretch], stretch.first.isoformat(), None), lambda region: holds_in(stretch, region))


def supposing(tree: Subject, colour: Colour, first: date) -> Subject:
    """The enterprise as if a warning of a colour alone were in force at all its sites from a day on."""
    span: FactSpan = {
        "value": colour.value,
        "from": first.isoformat(),
        "to": None,
        "assertion": f"supposed:warning:{colour}",
        "verified": True,
    }
    return _lying(tree, span, lambda _: True)


def _lying(tree: Subject, span: FactSpan, where: Callable[[str], bool]) -> Subject:
    """A copy whose sites in some regions lie under one warning and no other."""
    sites: list[Subject] = [
        {**site, "facts": {**site["facts"], LEVEL: [span]}} if where(site.get("region") or "") else site
        for site in tree["children"]
    ]
    return {**tree, "children": sites}


def holds_in(stretch: Stretch, region: str) -> bool:
    return stretch.warning.region in covering(region)


def _span(causes: Sequence[Stretch], first: str, end: str | None) -> FactSpan:
    return {
        "value": causes[0].colour.value,
        "from": first,
        "to": end,
        "assertion": f"derived:warning:{causes[0].warning.id}",
        "verified": True,
        "document": "；".join(one.says for one in causes),
    }
