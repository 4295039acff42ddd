"""The yardsticks of one request: vocabulary, catalogue, regions and the day they are looked at."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from app.documents.catalogue import vocabulary
from app.domain.access import Actor
from app.domain.enterprises.checking import Yardsticks, cell_text
from app.domain.enterprises.regions import RegionTable
from app.domain.periods import civil_day
from app.domain.policies.facts import Catalogue, normal
from app.integrations.check_digits import credit_code


@cache
def options() -> Mapping[str, Mapping[str, str]]:
    """Every closed list as code → Chinese label in one spelling."""
    return {name: {code: normal(label.zh) for code, label in entries.items()} for name, entries in vocabulary().items()}


def yardsticks(*, catalogue: Catalogue, regions: RegionTable, now: datetime, by: Actor) -> Yardsticks:
    return Yardsticks(
        catalogue=catalogue,
        options=options(),
        regions=regions,
        credit_code=credit_code,
        day=civil_day(now),
        actor=by,
    )


def codes_in(cells: Iterable[Mapping[str, object]]) -> set[str]:
    """The region codes that rows speak of."""
    return {cell_text(row["region"]) for row in cells if "region" in row}
