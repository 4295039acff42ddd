"""Runs and decisions as the bytes that COPY takes: a province says few different things, so most of a row is made once.

Encoding every value of every row costs more than storing it. What a row says besides whom it is about repeats, so it
is encoded when it is first said and joined to the ids from then on (PostgreSQL's COPY, "Binary Format").
"""

from binascii import unhexlify
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from struct import Struct
from uuid import UUID

from app.domain.decisions.outcomes import Outcomes, Status
from app.domain.decisions.season import Stretch
from app.domain.policies.facts import Level

RUN_COLUMNS = (
    "enterprise_id", "id", "pack_name", "pack_hash", "season", "snapshot_hash", "acts",
    "evaluator_version", "known_at",
)  # fmt: skip
DECISION_COLUMNS = (
    "enterprise_id", "run_id", "subject_id", "from_day", "until_day", "level", "status", "stagger_class", "rules",
    "possible",
)  # fmt: skip

_COUNT = Struct("!h").pack
_INT = Struct("!i").pack
_BIGINT = Struct("!q").pack
# PostgreSQL counts days and microseconds from here.
_DAY_ZERO = date(2000, 1, 1)
_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of the types of array elements; they are the same in every PostgreSQL.
_TEXT_OID, _UUID_OID = 25, 2950
_UUID = _INT(16)


class ReadyRuns:
    """Rows of `decision_runs` that share all but the enterprise, its snapshot and its acts."""

    def __init__(self, *, pack_name: str, pack_hash: str, season: int, version: str, known_at: datetime) -> None:
        self._start = _COUNT(len(RUN_COLUMNS)) + _UUID
        self._asked = _text(pack_name) + _text(pack_hash) + _field(_INT(season))
        self._end = _text(version) + _field(_BIGINT((known_at - _ZERO) // _MICROSECOND))
        self._no_acts = self._after_hash(())

    def row(self, enterprise: UUID, run: bytes, snapshot_hash: bytes, act_ids: Sequence[UUID]) -> bytes:
        end = self._after_hash(act_ids) if act_ids else self._no_acts
        return b"".join((self._start, enterprise.bytes, _UUID, run, self._asked, _field(snapshot_hash), end))

    def _after_hash(self, act_ids: Sequence[UUID]) -> bytes:
        return _array(_UUID_OID, [act.bytes for act in act_ids]) + self._end


class ReadyDecisions:
    """Rows of `decisions`; what was said once is kept as bytes."""

    def __init__(self) -> None:
        self._said = _Said()

    def rows(self, enterprise: UUID, run: bytes, stretches: Iterable[Stretch]) -> bytes:
        start = b"".join((_START, enterprise.bytes, _UUID, run, _UUID))
        said = self._said
        parts: list[bytes] = []
        for stretch in stretches:
            # A loop, because this is half of what encoding costs.
            parts += start, unhexlify(stretch[0].replace("-", "")), said[stretch[1:]]
        return b"".join(parts)


_START = _COUNT(len(DECISION_COLUMNS)) + _UUID


class _Said(dict[tuple[Level, date, date, Status, Outcomes], bytes]):
    """All of a row behind the subject, by all of a stretch behind the subject; `rules` are those all outcomes share."""

    def __missing__(self, key: tuple[Level, date, date, Status, Outcomes]) -> bytes:
        level, from_day, until_day, status, outcomes = key
        fields = (
            _day(from_day),
            _day(until_day),
            _text(level),
            _text(status),
            _text(outcomes.stagger_class),
            _array(_TEXT_OID, [one.encode() for one in outcomes.certain_ids]),
            _array(_TEXT_OID, [one.encode() for one in outcomes.codes]),
        )
        self[key] = b"".join(fields)
        return self[key]


def _field(value: bytes) -> bytes:
    return _INT(len(value)) + value


def _text(value: str | None) -> bytes:
    return _INT(-1) if value is None else _field(value.encode())


def _day(value: date) -> bytes:
    return _field(_INT((value - _DAY_ZERO).days))


def _array(oid: int, elements: Sequence[bytes]) -> bytes:
    """One dimension counted from 1 and no nulls; an empty array has no dimension."""
    dimensions = _INT(1) + _INT(0) + _INT(oid) + _INT(len(elements)) + _INT(1)
    return _field(dimensions + b"".join(map(_field, elements)) if elements else _INT(0) + _INT(0) + _INT(oid))
