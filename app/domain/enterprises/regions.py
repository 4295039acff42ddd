"""Administrative regions: codes that name a place only in the years in which they were in use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.access import region_prefix
from app.domain.errors import NotFound
from app.domain.facts.values import ValueRefused

RegionLevel = Literal["nation", "province", "city", "county"]
LEVEL_BY_DIGITS: dict[int, RegionLevel] = {0: "nation", 2: "province", 4: "city", 6: "county"}
# 怀仁县 became 怀仁市 under another code: the stem stays.
STATUS = ("自治县", "自治旗", "市辖区", "新区", "县", "市", "区", "旗")


class RegionUnknown(NotFound):
    code = "region_unknown"
    zh = "GB/T 2260 中没有代码 {region}。"
    en = "GB/T 2260 has no code {region}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One code under one name, valid from a day until (not including) another; None is open."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    @property
    def level(self) -> RegionLevel:
        return LEVEL_BY_DIGITS[len(region_prefix(self.code))]

    @property
    def parent(self) -> str | None:
        prefix = region_prefix(self.code)
        return prefix[:-2].ljust(6, "0") if prefix else None

    @property
    def stem(self) -> str:
        return next(
            (
                self.name.removesuffix(end)
                for end in STATUS
                if self.name.endswith(end) and len(self.name) > len(end) + 1
            ),
            self.name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltUpArea:
    """The polygon (GeoJSON, WGS-84) of a built-up area and the period in which it is the one to measure from."""

    id: UUID
    region: str
    name: str
    polygon: Mapping[str, Any]
    valid_from: date | None
    valid_to: date | None
    known_at: datetime
    document: str | None


class RegionTable:
    """Every code with all names it ever bore."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._by_code: dict[str, list[Region]] = defaultdict(list)
        for region in regions:
            self._by_code[region.code].append(region)

    def on(self, code: str, day: date) -> Region:
        """The region a code means on a day; raises ValueRefused and names today's code where one is known."""
        known = self._by_code.get(code)
        if not known:
            raise ValueRefused(
                "region_unknown", f"GB/T 2260 中没有代码 {code[:12]}。", f"GB/T 2260 has no code {code[:12]!r}."
            )
        for region in known:
            if region.valid_on(day):
                return region
        raise self._outdated(known[-1], day)

    def _outdated(self, old: Region, day: date) -> ValueRefused:
        heirs = [
            region.code
            for regions in self._by_code.values()
            for region in regions
            if region.valid_on(day) and region.parent == old.parent and region.stem == old.stem
        ]
        now, now_en = (f"现行代码为 {'、'.join(heirs)}。", f"; use {', '.join(heirs)}") if heirs else ("", "")
        return ValueRefused(
            "region_not_valid",
            f"代码 {old.code}（{old.name}）在 {day} 不在有效期内。{now}",
            f"The code {old.code} ({old.name}) is not valid on {day}{now_en}.",
        )
