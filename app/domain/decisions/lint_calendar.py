"""What a plan's days and zones get wrong, found by counting them again."""

from collections.abc import Iterator
from itertools import combinations

from app.domain.access import region_prefix
from app.domain.periods import Period
from app.domain.policies.findings import Finding, Path
from app.domain.policies.measures import During, Measure, Span
from app.domain.policies.pack import Pack, Rule

# The seasons beside a leap February and beside a common one.
LEAP_SEASON, COMMON_SEASON = 2019, 2022


def calendar_findings(pack: Pack) -> Iterator[Finding]:
    """What the seasons, spans and zones of a pack get wrong."""
    for path, name, span in _spans(pack):
        yield from _counted(path, name, span)
        yield from _backwards(path, name, span)
    yield from _outside(pack)
    for rule in pack.rules():
        yield from _placed_days(rule, pack)
    yield from _zones(pack)


def _spans(pack: Pack) -> Iterator[tuple[Path, str, Span]]:
    """Every span of a pack once: a named one where it is declared, others where a rule writes them."""
    for index, window in enumerate(pack.windows):
        yield ("season", index), window.zone or "season", window.span
    for name, span in pack.periods.items():
        yield ("periods", name), name, span
    named = set(map(id, pack.periods.values()))
    for rule in pack.rules():
        measures = [rule.then, *(one for one in rule.then.alternatives if isinstance(one, Measure))]
        for measure in measures:
            own: Span | None = getattr(measure.when, "span", None)
            if own is not None and id(own) not in named:
                yield ("rules",), rule.id, own


def _counted(path: Path, name: str, span: Span) -> Iterator[Finding]:
    if _reversed(span):
        return
    days = {span.of_season(year).days for year in (LEAP_SEASON, COMMON_SEASON)}
    if span.printed_days is not None and span.printed_days not in days:
        counted = " / ".join(str(one) for one in sorted(days, key=str))
        yield Finding(
            code="day_count",
            path=path,
            rule=name,
            zh=f"印发天数 {span.printed_days} 与 {span.first}—{span.last} 的实际天数 {counted} 不符",
            en=f"the printed {span.printed_days} days are {counted} from {span.first} to {span.last}",
            mend={"zh": f"改为 {counted} 天", "en": f"write {counted} days"},
        )
    if (2, 29) in {(span.first.month, span.first.day), (span.last.month, span.last.day)}:
        yield Finding(
            code="leap_day",
            path=path,
            rule=name,
            severity="warning",
            zh="02-29 只在闰年存在；平年按 2 月最后一天执行（A-G3）",
            en="02-29 exists in leap years only; other years take the last day of February (A-G3)",
            mend={"zh": "写明“2月最后一天”", "en": "write the last day of February"},
        )


def _backwards(path: Path, name: str, span: Span) -> Iterator[Finding]:
    if _reversed(span):
        yield Finding(
            code="span_reversed",
            path=path,
            rule=name,
            zh=f"时段 {span.first}—{span.last} 在一个季节内（7月至次年6月）先结束后开始",
            en=f"from {span.first} to {span.last} ends before it begins: a season runs from July to June",
            mend={"zh": f"是否应为 {span.last}—{span.first}？", "en": f"from {span.last} to {span.first}?"},
        )


def _reversed(span: Span) -> bool:
    return (span.of_season(LEAP_SEASON).days or 0) <= 0


def _outside(pack: Pack) -> Iterator[Finding]:
    """Days a measure names, or divides its own over, that lie outside every season."""
    windows = [window.span.of_season(LEAP_SEASON) for window in pack.windows]
    for rule in pack.rules():
        inner = [span.of_season(LEAP_SEASON) for span in _own_spans(rule) if not _reversed(span)]
        if any(not any(_inside(days, window) for window in windows) for days in inner):
            yield Finding(
                code="outside_window",
                path=("rules",),
                rule=rule.id,
                severity="warning",
                zh="措施的时段超出错峰期，超出部分不生效",
                en="the measure's span leaves the season; the rest has no effect",
            )


def _inside(inner: Period, window: Period) -> bool:
    return window.start <= inner.start and (inner.until or window.start) <= (window.until or window.start)


def _own_spans(rule: Rule) -> Iterator[Span]:
    """The spans a rule's measure, its alternatives and its split stop days keep to."""
    measures = [rule.then, *(one for one in rule.then.alternatives if isinstance(one, Measure))]
    for measure in measures:
        if isinstance(measure.when, During) and measure.when.span is not None:
            yield measure.when.span
        yield from (span for _, span, _ in measure.split)


def _placed_days(rule: Rule, pack: Pack) -> Iterator[Finding]:
    """Stop days that do not fit: more than the days they lie in, or quotas that do not add up."""
    if rule.then.kind != "stop_days" or "days" not in rule.then.params:
        return
    days = rule.then.number("days")
    room = max(window.span.of_season(COMMON_SEASON).days or 0 for window in pack.windows)
    if days > room:
        yield _unfit(rule, f"停产 {days:g} 天超过错峰期的 {room} 天", f"{days:g} stop days in a season of {room}")
    split = rule.then.split
    for name, span, own in split:
        share = days / len(split) if own is None else own
        inside = span.of_season(COMMON_SEASON).days or 0
        if share > inside:
            told = (
                f"{share:g} 天放不进时段 {name} 的 {inside} 天",
                f"{share:g} days do not fit into the {inside} of {name}",
            )
            yield _unfit(rule, *told)
    quotas = [own for _, _, own in split if own is not None]
    if quotas and sum(quotas) != days:
        yield _unfit(
            rule,
            f"各时段合计 {sum(quotas):g} 天，与总数 {days:g} 天不符",
            f"the parts make {sum(quotas):g} days, not {days:g}",
        )


def _unfit(rule: Rule, zh: str, en: str) -> Finding:
    return Finding(code="stop_days_unfit", path=("rules",), rule=rule.id, severity="warning", zh=zh, en=en)


def _zones(pack: Pack) -> Iterator[Finding]:
    for zone in pack.zones:
        if not any(window.zone in (zone.name, None) for window in pack.windows):
            yield Finding(
                code="zone_without_window",
                path=("zones", zone.name),
                rule=zone.name,
                zh=f"分区 {zone.name} 没有错峰期",
                en=f"the zone {zone.name} has no season",
            )
    for one, other in combinations(pack.zones, 2):
        for code in one.regions:
            if any(_overlap(code, their) for their in other.regions):
                yield Finding(
                    code="region_twice",
                    path=("zones", one.name),
                    rule=other.name,
                    zh=f"区域 {code} 同属分区 {one.name} 与 {other.name}",
                    en=f"the region {code} lies in the zone {one.name} and in {other.name}",
                )


def _overlap(one: str, other: str) -> bool:
    a, b = region_prefix(one), region_prefix(other)
    return a.startswith(b) or b.startswith(a)
