"""Administrative regions of GB/T 2260 with the years in which each code was in use."""

import re
from collections.abc import Iterator
from datetime import date

from stdnum import numdb

from app.domain.enterprises.regions import Region

_SPAN = re.compile(r"(?:\[(\d*)-(\d*)\])?([^,\[\]]+)")


def all_regions() -> Iterator[Region]:
    """Every code that was ever in use at province, city and county level; one entry per name it bore."""
    yield Region(code="000000", name="全国", valid_from=None, valid_to=None)
    # The data file of python-stdnum is a prefix tree: provinces (2 digits) with counties (4 more) below.
    for _, prefix, _, properties, counties in numdb.get("cn/loc").prefixes:
        yield Region(code=f"{prefix}0000", name=properties["province"], valid_from=None, valid_to=None)
        for _, rest, _, county, _ in counties:
            if rest != "0000":
                yield from _named(prefix + rest, county["county"])


def _named(code: str, text: str) -> Iterator[Region]:
    spans: dict[str, tuple[str, str]] = {}
    for start, end, name in _SPAN.findall(text):
        # A name that was given up and taken again is one entry over both times.
        first = spans.get(name.strip(), (start, end))[0]
        spans[name.strip()] = (first, end)
    for name, (start, end) in spans.items():
        yield Region(
            code=code,
            name=name,
            valid_from=date(int(start), 1, 1) if start else None,
            # The year of change still knows both codes: papers of that year bear either.
            valid_to=date(int(end) + 1, 1, 1) if end else None,
        )
