"""Rows written as ready bytes are the rows that the driver would have written from values."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.outcomes import Outcome, Outcomes
from app.domain.decisions.season import Stretch, decide_season
from app.integrations.ids import new_id, new_ids
from app.persistence.copying import copy_ready, copy_rows
from app.persistence.decisions.ready_rows import DECISION_COLUMNS, RUN_COLUMNS, ReadyDecisions, ReadyRuns
from app.persistence.decisions.runs import RunRepository
from app.persistence.engine import Sessions
from tests.domain.plans import linfen_evaluator
from tests.domain.register import enterprise, line, site, span, unit

ENTERPRISE, RUN = new_id(), new_id()
# Before PostgreSQL's own beginning of time, and with microseconds.
INSTANTS = (datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2026, 2, 28, 16, 0, 0, 1, tzinfo=UTC))


def invented(evaluator: Evaluator) -> list[Stretch]:
    """No rule at all, Chinese names, quotes and commas, several possible outcomes, a unit, days far away."""
    rule = evaluator.pack.ladders[0].rows[0]
    strange = replace(rule, id='第八条（二）,"{}\\', class_="Ⅰ")
    odd = [
        Outcomes((Outcome((), None),)),
        Outcomes((Outcome((strange,), None),)),
        Outcomes((Outcome((strange, rule), "plains"), Outcome((rule,), None), Outcome((), None))),
    ]
    # The driver writes the very first and last day of Python as infinite; no season reaches them.
    far = (date(1, 1, 2), date(9999, 12, 30))
    days = [(date(2019, 7, 1), date(2020, 7, 1)), (date(1999, 12, 31), date(2000, 1, 1)), far]
    return [
        stretch
        for outcomes in odd
        for first, until in days
        for stretch in (
            Stretch(str(new_id()), "line", first, until, outcomes.status, outcomes),
            Stretch(str(new_id()), "unit", first, until, "authority_decides", outcomes),
        )
    ]


def decided(evaluator: Evaluator) -> list[Stretch]:
    """What the shipped plan says of a few lines, some of whose facts change or are missing."""
    change = [span("not_done", end="2019-12-20"), span("accepted", start="2019-12-20")]
    lines = [
        line(str(new_id()), "lime", {"deep_treatment": change, "fuel": "coal"}),
        line(str(new_id()), "steel", {}, [unit(str(new_id()), "boiler", {"boiler_fuel": "coal"})]),
        line(str(new_id()), None),
    ]
    return decide_season(evaluator, enterprise([site(lines)]), season=2019)


def values(one: Stretch) -> tuple[Any, ...]:
    said = one.outcomes
    head = (ENTERPRISE, RUN, UUID(one.subject_id), one.from_day, one.until_day, one.level, one.status)
    return (*head, said.stagger_class, list(said.certain_ids), list(said.codes))


async def differing(sessions: Sessions, table: str, rows: list[tuple[Any, ...]], ready: list[bytes]) -> tuple[int, int]:
    """Rows that only one of the two ways wrote, and how many there are."""
    columns = {"decisions": DECISION_COLUMNS, "decision_runs": RUN_COLUMNS}[table]
    async with sessions() as session, session.begin():
        for name in ("by_values", "by_bytes"):
            await session.execute(text(f"CREATE TEMP TABLE {name} (LIKE {table}) ON COMMIT DROP"))
        await copy_rows(session, "by_values", columns, rows)
        await copy_ready(session, "by_bytes", columns, ready)
        either = "(TABLE by_values EXCEPT ALL TABLE by_bytes) UNION ALL (TABLE by_bytes EXCEPT ALL TABLE by_values)"
        apart = await session.scalar(text(f"SELECT count(*) FROM ({either}) AS apart"))
        written = await session.scalar(text("SELECT count(*) FROM by_bytes"))
        for name in ("by_values", "by_bytes"):
            await session.execute(text(f"DROP TABLE {name}"))
    return apart, written


async def test_decisions_as_bytes_equal_decisions_as_values(sessions: Sessions) -> None:
    stretches = invented(linfen_evaluator()) + decided(linfen_evaluator())
    assert any(one.outcomes.stagger_class is None for one in stretches)
    assert any(len(one.outcomes.codes) > 1 for one in stretches)
    ready = ReadyDecisions()
    # In two parts, so that what was said before is said again.
    halves = [ready.rows(ENTERPRISE, RUN.bytes, part) for part in (stretches[::2], stretches[1::2])]
    assert await differing(sessions, "decisions", [values(one) for one in stretches], halves) == (0, len(stretches))


async def test_runs_as_bytes_equal_runs_as_values(sessions: Sessions) -> None:
    rows, ready = [], []
    for at in INSTANTS:
        for season, acts in ((2019, []), (-1, [new_id()]), (2**31 - 1, [new_id(), new_id(), new_id()])):
            run = new_id()
            made = ReadyRuns(pack_name="临汾", pack_hash="", season=season, version="1", known_at=at)
            ready.append(made.row(ENTERPRISE, run.bytes, bytes(range(256)), acts))
            rows.append((ENTERPRISE, run, "临汾", "", season, bytes(range(256)), acts, "1", at))
    assert await differing(sessions, "decision_runs", rows, ready) == (0, len(rows))


async def test_nothing_to_write_writes_nothing(sessions: Sessions) -> None:
    assert await differing(sessions, "decisions", [], []) == (0, 0)
    assert await differing(sessions, "decisions", [], [b"", b""]) == (0, 0)


async def test_what_fails_while_it_is_made_leaves_no_row_and_a_sound_connection(sessions: Sessions) -> None:
    ready = ReadyDecisions()

    def broken() -> Any:
        yield ready.rows(ENTERPRISE, RUN.bytes, invented(linfen_evaluator()))
        raise ZeroDivisionError

    async with sessions() as session:
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                await RunRepository(session).add_decisions(broken())
        assert await session.scalar(text("SELECT count(*) FROM decisions")) == 0


async def test_half_a_row_is_refused(sessions: Sessions) -> None:
    whole = ReadyDecisions().rows(ENTERPRISE, RUN.bytes, invented(linfen_evaluator())[:1])
    async with sessions() as session:
        with pytest.raises(Exception, match="COPY") as refused:
            async with session.begin_nested():
                await RunRepository(session).add_decisions([whole[:-3]])
        assert not isinstance(refused.value, DBAPIError)
        assert await session.scalar(text("SELECT count(*) FROM decisions")) == 0


def test_many_ids_are_time_ordered_ids_that_differ() -> None:
    before, many, after = new_id(), [UUID(bytes=one) for one in new_ids(1000)], new_id()
    assert len(set(many)) == 1000
    assert {one.version for one in many} == {7}
    assert {one.variant for one in many} == {before.variant}
    assert before.int >> 64 <= min(many).int >> 64
    assert max(many).int >> 64 <= after.int >> 64
    assert new_ids(0) == []
