"""Measures with one number, day or kind changed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.domain.periods import ONE_DAY, MonthDay
from app.domain.policies.measures import After, During, Measure, OpenEnd, Span, When, window_of
from app.domain.policies.pack import Pack

# A season with a leap February and one without.
SEASONS = (2019, 2022)


def changed_measures(measure: Measure) -> Iterator[tuple[str, Measure]]:
    """Every single change to a measure: its kind, its numbers, its days."""
    yield from _numbers(measure)
    for what, when in _days(measure.when):
        yield what, replace(measure, when=when)


def _numbers(measure: Measure) -> Iterator[tuple[str, Measure]]:
    yield "another measure", replace(measure, kind="normal" if measure.kind != "normal" else "stop", params={})
    for key, value in measure.params.items():
        for what, changed in _value(value):
            yield f"{key} {what}".rstrip(), measure.changed(**{key: changed})


def _days(when: When) -> Iterator[tuple[str, When]]:
    match when:
        case During(span=Span() as span):
            for what, changed in changed_spans(span):
                yield what, replace(when, span=changed)
            yield "the whole season", During()
        case OpenEnd(first=MonthDay() as first):
            yield "a day later", replace(when, first=moved(first, 1))
            yield "only in the season", During()
        case OpenEnd() | After():
            yield "the whole season", During()
    if isinstance(when, OpenEnd) and when.last is not None:
        yield "ends a day later", replace(when, last=moved(when.last, 1))
        yield "ends a day earlier", replace(when, last=moved(when.last, -1))
    if isinstance(when, OpenEnd) and when.after_hours:
        yield "a day sooner", replace(when, after_hours=when.after_hours - 24)


def _value(value: object) -> Iterator[tuple[str, object]]:
    """A number changed, wherever in a measure it stands."""
    match value:
        case bool():
            yield str(not value), not value
        case int() | float():
            yield f"{value} + 1", value + 1
        case MonthDay():
            yield "a day later", moved(value, 1)
        case Mapping() if all(isinstance(one, str) for one in value.values()) and "zh" not in value:
            for name in value:
                yield f"without {name}", {one: other for one, other in value.items() if one != name}
        case list() | tuple():
            yield from _members(value)


def _members(values: list[object] | tuple[object, ...]) -> Iterator[tuple[str, object]]:
    for index, one in enumerate(values):
        for what, other in _member(one):
            yield f"{index}: {what}", (*values[:index], other, *values[index + 1 :])


def _member(one: object) -> Iterator[tuple[str, object]]:
    """A number of a bracket, an alternative, or the days of one part of a split."""
    match one:
        case int() | float():
            yield from _value(one)
        case Measure():
            yield from _numbers(one)
        case (str() as name, Span() as span, float() as days):
            yield f"{name} {days} + 1", (name, span, days + 1)


def changed_spans(span: Span) -> Iterator[tuple[str, Span]]:
    """A span with one of its ends moved by a day."""
    yield "begins a day later", replace(span, first=moved(span.first, 1))
    yield "begins a day earlier", replace(span, first=moved(span.first, -1))
    yield "ends a day later", replace(span, last=moved(span.last, 1))
    yield "ends a day earlier", replace(span, last=moved(span.last, -1))


def same_days(one: Measure, other: Measure, pack: Pack) -> bool:
    """Whether two measures of a plan bind on the same days in every window, leap February or not."""
    if not (isinstance(one.when, During) and isinstance(other.when, During)):
        return one.when == other.when
    return all(
        window_of(one, season=season, zone_window=window.span, finding_day=None)
        == window_of(other, season=season, zone_window=window.span, finding_day=None)
        for window in pack.windows
        for season in SEASONS
    )


def moved(day: MonthDay, by: int) -> MonthDay:
    """A month-day some days later, in a season with a leap February."""
    found = day.of_season(2019) + by * ONE_DAY
    return MonthDay(found.month, found.day)
