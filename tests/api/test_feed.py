"""The feed at the door: files land row by row, twice is once, old values are kept, and what is missing is known."""

import base64
import gzip
import hashlib
from typing import Any

import httpx
import orjson
import pytest
import zstandard
from sqlalchemy import text

from tests.api.door import Door
from tests.api.feeding import CSV, LINES, Grid, a_grid, curve_file, flat, point_file
from tests.conftest import Clock

DAY = "2019-12-08"


@pytest.fixture
async def grid(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock)


def counts(report: dict[str, Any]) -> dict[str, int]:
    names = ("received", "new", "changed", "unchanged", "stale", "superseded", "parked", "rejected")
    return {name: report[name] for name in names if report[name]}


async def test_a_day_of_curves_lands_and_is_read_back_exactly(grid: Grid) -> None:
    values = [f"{slot}.{slot:02}" for slot in range(96)]
    report = await grid.lands(curve_file(("M1", DAY, values), ("M2", DAY, flat("0"))))
    assert counts(report) == {"received": 2, "new": 2}
    assert (report["readings"]["new"], report["first_day"], report["last_day"]) == (192, DAY, DAY)
    (one,) = await grid.reads("M1", DAY)
    assert one["values"] == values
    assert (one["quality"], one["revision"]) == ("A" * 96, 1)


async def test_octets_are_what_their_format_says(grid: Grid) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    file = curve_file(("M1", DAY, flat("1")))
    answer = await grid.sends(file, headers=octets, params={"format": "csv"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["media_type"] == "text/csv"
    unsaid = await grid.sends(file, headers=octets)
    assert (unsaid.status_code, unsaid.json()["code"]) == (415, "unsupported_media_type")


async def test_zero_null_and_absent_are_three_things(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", DAY, ["0", "", *flat("1")[2:]])))
    (one,) = await grid.reads("M1", DAY)
    assert one["values"][:3] == ["0.00", None, "1.00"]
    assert one["quality"][:3] == "ANA"
    await grid.lands(point_file(("M2", f"{DAY}T00:15:00+08:00", 7)))
    (two,) = await grid.reads("M2", DAY)
    assert (two["values"][:3], two["quality"][:3]) == ([None, "7.00", None], "-A-")


async def test_the_same_file_again_answers_the_stored_report_and_changes_nothing(grid: Grid) -> None:
    file = curve_file(("M1", DAY, flat("1")))
    first = await grid.sends(file)
    again = await grid.sends(file)
    assert again.json() == first.json()
    assert again.headers["Feed-Received-Before"] == first.json()["id"]
    page = (await grid.sender.get("/v1/feed/batches")).json()
    assert [one["number"] for one in page["items"]] == [1]


async def test_a_key_gives_the_same_bytes_and_another_body_under_it_is_refused(grid: Grid) -> None:
    file = curve_file(("M1", DAY, flat("1")))
    first = await grid.sends(file, headers={"Idempotency-Key": "k"})
    again = await grid.sends(file, headers={"Idempotency-Key": "k"})
    other = await grid.sends(curve_file(("M1", DAY, flat("2"))), headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.content) == (200, first.content)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_correction_keeps_the_old_value_and_a_day_is_read_as_it_was_known(grid: Grid, clock: Clock) -> None:
    await grid.lands(curve_file(("M1", DAY, flat("1"))))
    then = clock().isoformat()
    clock.advance(hours=1)
    report = await grid.lands(curve_file(("M1", DAY, [*flat("1")[:95], "5"])))
    assert counts(report) == {"received": 1, "changed": 1}
    assert report["corrected_days"] == 1
    assert report["readings"] == {"new": 0, "changed": 1, "unchanged": 95, "stale": 0}
    (now,) = await grid.reads("M1", DAY)
    (before,) = await grid.reads("M1", DAY, known_at=then)
    assert (now["values"][95], now["revision"]) == ("5.00", 2)
    assert (before["values"][95], before["revision"]) == ("1.00", 1)
    assert await grid.reads("M1", DAY, updated_since=then) == [now]
    assert await grid.reads("M1", DAY, updated_since=clock().isoformat()) == []


async def test_an_older_version_is_stale_and_a_newer_one_wins(grid: Grid) -> None:
    file = curve_file(("M1", DAY, flat("1")), version=["2019-12-09T08:00:00+08:00"])
    await grid.lands(file)
    older = curve_file(("M1", DAY, flat("2")), version=["2019-12-09T07:00:00+08:00"])
    newer = curve_file(("M1", DAY, flat("3")), version=["2019-12-09T09:00:00+08:00"])
    assert counts(await grid.lands(older)) == {"received": 1, "stale": 1}
    assert counts(await grid.lands(newer)) == {"received": 1, "changed": 1}
    (one,) = await grid.reads("M1", DAY)
    assert one["values"][0] == "3.00"


async def test_an_estimate_never_replaces_a_measured_value_unless_forced(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", DAY, flat("1"))))
    line = {"channel": "M1", "day": DAY, "values": flat(2), "quality": "estimated"}
    body = orjson.dumps(line)
    report = await grid.lands(body, headers=LINES)
    assert counts(report) == {"received": 1, "stale": 1}
    forced = await grid.lands(body, headers=LINES, params={"force": "true"})
    assert counts(forced) == {"received": 1, "changed": 1}


async def test_bad_rows_are_reported_with_line_column_and_code_and_the_others_land(grid: Grid) -> None:
    rows = [("M1", f"2019-11-{day:02}", flat("1")) for day in range(1, 21)]
    answer = await grid.sends(curve_file(*rows, ("M9", DAY, flat("1")), ("M2", DAY, flat("1.234"))))
    report = answer.json()["report"]
    assert counts(report) == {"received": 22, "new": 20, "rejected": 2}
    assert answer.headers["Feed-Rejected"] == "2"
    assert [(one["line"], one["code"]) for one in report["errors"]] == [(22, "unknown_channel"), (23, "too_precise")]
    every = await grid.sender.get(report["errors_url"])
    assert [orjson.loads(line)["line"] for line in every.content.splitlines()] == [22, 23]
    table = await grid.sender.get(report["errors_url"], params={"format": "csv"})
    assert table.text.splitlines()[1].startswith("22,channel,unknown_channel")


async def test_strict_handling_lands_all_rows_or_none(grid: Grid) -> None:
    rows = [("M1", f"2019-11-{day:02}", flat("1")) for day in range(1, 21)]
    answer = await grid.sends(curve_file(*rows, ("M9", DAY, flat("1"))), headers={"Prefer": "handling=strict"})
    assert (answer.status_code, answer.json()["code"]) == (422, "feed_not_strictly_good")
    assert answer.json()["errors"][0]["pointer"] == "22/channel"
    assert await grid.reads("M1", "2019-11-01", "2019-11-20") == []


async def test_a_wrong_file_is_refused_as_a_whole(grid: Grid) -> None:
    answer = await grid.sends(curve_file(("M1", DAY, flat("1")), ("M8", DAY, flat("1"))))
    assert (answer.status_code, answer.json()["code"]) == (422, "feed_too_many_bad_rows")
    assert await grid.reads("M1", DAY) == []
    assert (await grid.sender.get("/v1/feed/batches")).json()["items"] == []


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_compressed_body_lands_and_is_kept_as_it_came(grid: Grid, encoding: str) -> None:
    plain = curve_file(("M1", DAY, flat("1"))).encode()
    body = gzip.compress(plain) if encoding == "gzip" else zstandard.compress(plain)
    answer = await grid.sends(body, headers={"Content-Encoding": encoding})
    batch = answer.json()
    kept = await grid.sender.get(batch["body_url"])
    assert (batch["state"], kept.content, kept.headers["Feed-Content-Encoding"]) == ("merged", body, encoding)
    assert batch["sha256"] == hashlib.sha256(body).hexdigest()
    assert batch["chain"] == hashlib.sha256(bytes(32) + hashlib.sha256(body).digest()).hexdigest()


async def test_what_is_not_read_here_is_told_what_is(grid: Grid) -> None:
    kind = await grid.sends("{}", headers={"Content-Type": "application/xml"})
    packed = await grid.sends("{}", headers={"Content-Encoding": "br"})
    assert (kind.status_code, "text/csv" in kind.headers["Accept"]) == (415, True)
    assert (packed.status_code, packed.headers["Accept-Encoding"]) == (415, "gzip, zstd")


async def test_a_digest_that_was_sent_is_checked(grid: Grid) -> None:
    body = curve_file(("M1", DAY, flat("1"))).encode()
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused = await grid.sends(body, headers={"Content-Digest": f"sha-256=:{wrong}:"})
    taken = await grid.sends(body, headers={"Content-Digest": f"sha-256=:{right}:"})
    assert (refused.status_code, refused.json()["code"]) == (422, "content_digest_mismatch")
    assert taken.status_code == 200


async def test_a_few_rows_may_be_sent_as_a_json_array(grid: Grid) -> None:
    rows = [{"channel": "M1", "at": f"{DAY}T00:00:00+08:00", "value": 1.5}]
    answer = await grid.sender.post("/v1/feed/batches", json=rows)
    assert (answer.status_code, answer.json()["report"]["new"]) == (200, 1)


async def test_a_file_may_be_kept_now_and_merged_soon(grid: Grid) -> None:
    file = curve_file(("M1", DAY, flat("1")))
    answer = await grid.sends(file, headers={"Prefer": "respond-async"})
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert await grid.reads("M1", DAY) == []
    await grid.works()
    watched = (await grid.sender.get(answer.headers["Location"])).json()
    batch = (await grid.sender.get(answer.headers["Content-Location"])).json()
    assert (watched["state"], batch["state"], batch["report"]["new"]) == ("succeeded", "merged", 1)
    assert (await grid.sends(file)).json()["id"] == batch["id"]


async def test_a_file_that_cannot_be_read_later_is_reported_refused(grid: Grid) -> None:
    answer = await grid.sends("nonsense", headers={"Prefer": "respond-async"})
    await grid.works()
    batch = (await grid.sender.get(answer.headers["Content-Location"])).json()
    assert batch["state"] == "refused"
    assert batch["report"]["refusal"]["code"].startswith("feed_")


async def test_a_late_merge_does_not_undo_what_came_after_it(grid: Grid) -> None:
    await grid.sends(curve_file(("M1", DAY, flat("1"))), headers={"Prefer": "respond-async"})
    await grid.lands(curve_file(("M1", DAY, flat("2"))))
    await grid.works()
    (one,) = await grid.reads("M1", DAY)
    assert one["values"][0] == "2.00"


async def test_every_batch_is_an_event_and_every_correction_is_told_once(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", DAY, flat("1")), ("M2", DAY, flat("1"))))
    await grid.lands(curve_file(("M1", DAY, flat("2")), ("M2", DAY, flat("2"))))
    async with grid.door.sessions() as session:
        rows = await session.execute(text("SELECT type, data FROM outbox WHERE type LIKE 'feed.%' ORDER BY position"))
        events = [(kind, data) for kind, data in rows if kind in {"feed.batch_received", "feed.curve_corrected"}]
    assert [kind for kind, _ in events] == ["feed.batch_received", "feed.batch_received", "feed.curve_corrected"]
    assert events[2][1]["channel_days"] == 2


async def test_the_limits_are_announced(grid: Grid) -> None:
    limits = (await grid.sender.get("/v1/feed/limits")).json()
    assert "application/vnd.apache.parquet" in limits["media_types"]
    assert limits["rows"] >= 100_000


async def test_another_companys_credential_sees_and_writes_nothing(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", DAY, flat("1"))))
    batch = (await grid.sender.get("/v1/feed/batches")).json()["items"][0]["id"]
    stranger = await grid.door.caller("feed:read", "feed:write", regions=(), sources=("other",), region="141000")
    channel = grid.channels["M1"]["id"]
    asked = [
        "/v1/feed/sources/grid",
        f"/v1/feed/batches/{batch}",
        f"/v1/feed/batches/{batch}/body",
        f"/v1/feed/batches/{batch}/rejections",
        "/v1/feed/watermark?source=grid",
        "/v1/feed/completeness?source=grid",
        "/v1/feed/gaps?source=grid",
        "/v1/feed/checksums?source=grid",
        "/v1/feed/parked?source=grid",
        f"/v1/load-curves?channel={channel}&from={DAY}&to={DAY}",
        f"{grid.url}/{channel}",
        f"{grid.url}",
    ]
    answers = {url: (await stranger.get(url)).status_code for url in asked}
    assert set(answers.values()) == {404}, answers
    assert (await stranger.get("/v1/feed/sources")).json()["items"] == []
    sent = await grid.sends(curve_file(("M1", DAY, flat("9"))), by=stranger, params={"source": "grid"})
    assert sent.status_code == 404
    away = await grid.door.caller("feed:read", "feed:write", regions=("110000",))
    assert (await away.get(asked[-3])).status_code == 404
    assert (await grid.firm.get(asked[-3])).status_code == 200
    assert (await grid.firm.get("/v1/feed/sources/grid")).status_code == 404


async def test_who_sends_for_several_sources_names_one(grid: Grid, door: Door) -> None:
    both = await door.caller("feed:write", regions=(), sources=("grid", "other"), region="141000")
    answer = await grid.sends(curve_file(("M1", DAY, flat("1"))), by=both)
    named = await grid.sends(curve_file(("M1", DAY, flat("1"))), by=both, params={"source": "grid"})
    assert (answer.status_code, answer.json()["code"]) == (422, "feed_source_not_named")
    assert named.status_code == 200


async def test_a_sender_with_too_much_under_way_is_asked_to_wait_and_others_are_not(grid: Grid) -> None:
    gate = grid.door.app.state.feed_gate
    gate.under_way[sender_id(grid.sender)] = gate.queue
    busy = await grid.sends(curve_file(("M1", DAY, flat("1"))))
    other = await grid.sends(curve_file(("M1", DAY, flat("1"))), by=grid.officer, params={"source": "grid"})
    gate.under_way.clear()
    free = await grid.sends(curve_file(("M2", DAY, flat("1"))))
    assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (429, "feed_busy", "2")
    assert (other.status_code, free.status_code) == (200, 200)


def sender_id(caller: httpx.AsyncClient) -> str:
    auth: Any = caller.auth
    token = auth.issue().split(".")[1]
    found: str = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["sub"]
    return found


async def test_a_source_whose_columns_have_other_names_is_read_by_its_profile(door: Door, clock: Clock) -> None:
    profile = {"columns": {"channel": "户号", "at": "时间", "value": "电量"}, "naive": True, "stamps": "end"}
    grid = await a_grid(door, clock, profile=profile)
    await grid.lands(f"户号,时间,电量\nM1,{DAY} 00:15,1.5\nM1,2019-12-09 00:00,2.5\n")
    (one,) = await grid.reads("M1", DAY)
    assert (one["values"][0], one["values"][95]) == ("1.50", "2.50")
    assert CSV["Content-Type"] == "text/csv"
