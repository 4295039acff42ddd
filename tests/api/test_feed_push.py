"""`cuofeng feed push`: any file in parts, resumed where it broke off, its rejected rows told with the lines of the whole."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
import polars as pl
import pytest

from app.cli.feed_client import Credentials, FeedClient, PartRefused, PushFailed
from app.cli.feed_parts import Compression, Cut, Format
from app.cli.feed_push import Push, State
from tests.api.door import Door
from tests.api.feeding import Grid, a_grid, curve_file, flat
from tests.conftest import Clock

DAY = "2019-12-08"
SLOTS = [f"{DAY}T{slot // 4:02}:{slot % 4 * 15:02}:00+08:00" for slot in range(96)]


@pytest.fixture
async def grid(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock)


@dataclass(slots=True)
class Bumpy(httpx.AsyncBaseTransport):
    """A way to the service on which things happen: before or after a request has been carried out, or instead of it."""

    to: httpx.AsyncBaseTransport
    happens: Iterator[str] = field(default_factory=lambda: iter(()))
    sent: Counter[str] = field(default_factory=Counter)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/feed/batches":
            return await self.to.handle_async_request(request)
        self.sent[request.headers["Idempotency-Key"]] += 1
        what = next(self.happens, "")
        if what == "unreachable":
            raise httpx.ConnectError("refused")
        if what.isdecimal():
            return httpx.Response(int(what), headers={"Retry-After": "7"}, json={"code": "busy"})
        answer = await self.to.handle_async_request(request)
        if what == "unheard":
            raise httpx.ReadTimeout("nobody answered")
        return answer


@dataclass(slots=True)
class Sender:
    """Who pushes files of the grid; a push that is to wait notes for how long, and goes on."""

    grid: Grid
    directory: Path
    credentials: Credentials
    http: httpx.AsyncClient
    road: Bumpy
    waits: list[float] = field(default_factory=list)

    async def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def push(
        self,
        content: str | bytes,
        *,
        name: str = "day.csv",
        format: Format = "csv",
        rows: int = 40,
        compression: Compression = "gzip",
        later: bool = False,
        round: str = "",
        patience: float = 60,
    ) -> Push:
        file = self.directory / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        client = FeedClient(http=self.http, credentials=self.credentials, patience=patience, wait=self.waited)
        return Push(
            cut=Cut(path=file, format=format, rows=rows),
            client=client,
            source=None,
            compression=compression,
            state_file=file.with_name(f"{name}.push.json"),
            rejected_file=file.with_name(f"{name}.rejected.ndjson"),
            later=later,
            round=round,
        )

    def rejected(self, name: str = "day.csv") -> list[tuple[int, str]]:
        lines = (self.directory / f"{name}.rejected.ndjson").read_bytes().splitlines()
        return [(one["line"], one["code"]) for one in map(orjson.loads, lines)]


@pytest.fixture
async def sender(grid: Grid, tmp_path: Path) -> Sender:
    client, secret = await grid.door.register(
        ("feed:read", "feed:write"), regions=(), sources=("grid",), region="141000"
    )
    road = Bumpy(httpx.ASGITransport(grid.door.app))
    http = httpx.AsyncClient(transport=road, base_url="http://cuofeng.test")
    return Sender(grid, tmp_path, Credentials(client_id=str(client.id), client_secret=secret), http, road)


def day_of_points(values: Sequence[object] = range(96), key: str = "M1") -> str:
    lines = [f"{key},{at},{value}\n" for at, value in zip(SLOTS, values, strict=True)]
    return "channel,at,value\n" + "".join(lines)


def counts(state: State) -> dict[str, int]:
    return {name: number for name, number in state.total().items() if number}


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
async def test_a_file_lands_in_parts_and_a_second_run_sends_nothing(sender: Sender, compression: Compression) -> None:
    push = sender.push(day_of_points(), compression=compression)
    assert counts(await push.run()) == {"received": 96, "new": 96}
    assert list(sender.road.sent.values()) == [1, 1, 1]
    assert counts(await push.run()) == {"received": 96, "new": 96}
    assert list(sender.road.sent.values()) == [1, 1, 1]
    (one,) = await sender.grid.reads("M1", DAY)
    assert one["values"] == [f"{slot}.00" for slot in range(96)]


async def test_without_its_memory_a_push_repeats_itself_and_changes_nothing(sender: Sender) -> None:
    push = sender.push(day_of_points())
    first = await push.run()
    push.state_file.unlink()
    assert await push.run() == first
    assert list(sender.road.sent.values()) == [2, 2, 2]
    (one,) = await sender.grid.reads("M1", DAY)
    assert one["revision"] == 3
    push.state_file.unlink()
    push.cut = Cut(path=push.cut.path, format="csv", rows=50)
    assert counts(await push.run()) == {"received": 96, "unchanged": 96}


async def test_rejected_rows_are_told_with_the_lines_of_the_whole_file(sender: Sender) -> None:
    values: list[object] = list(range(96))
    values[0], values[10], values[47], values[95] = "x", "1.234", "-1", "nan"
    state = await sender.push(day_of_points(values), rows=20).run()
    assert counts(state) == {"received": 96, "new": 92, "rejected": 4}
    assert sender.rejected() == [
        (2, "value_invalid"),
        (12, "too_precise"),
        (49, "negative_value"),
        (97, "value_invalid"),
    ]


async def test_more_rejections_than_an_answer_shows_are_all_told(sender: Sender) -> None:
    good = "".join(f"M1,2019-12-{day:02}T{slot // 4:02}:{slot % 4 * 15:02}:00+08:00,1\n" for day in range(1, 9) for slot in range(96))  # fmt: skip
    bad = "".join(f"M9,{at},1\n" for at in [*SLOTS, *SLOTS[:20]])
    state = await sender.push("channel,at,value\n" + good + bad, rows=1000).run()
    assert counts(state) == {"received": 884, "new": 768, "rejected": 116}
    assert sender.rejected() == [(770 + at, "unknown_channel") for at in range(116)]


async def test_a_push_that_breaks_off_goes_on_where_it_was(sender: Sender) -> None:
    values: list[object] = list(range(96))
    values[3], values[50] = "x", "x"
    push = sender.push(day_of_points(values), rows=20, patience=0)
    sender.road.happens = iter(["", "", "unreachable"])
    with pytest.raises(PushFailed):
        await push.run()
    assert sender.rejected() == [(5, "value_invalid")]
    with push.rejected_file.open("ab") as rejected:
        rejected.write(b"half a li")
    state = await sender.push(day_of_points(values), rows=20).run()
    assert counts(state) == {"received": 96, "new": 94, "rejected": 2}
    assert sender.rejected() == [(5, "value_invalid"), (52, "value_invalid")]
    assert list(sender.road.sent.values()) == [1, 1, 2, 1, 1]


@pytest.mark.parametrize("what", ["unreachable", "unheard", "429", "503", "500", "409"])
async def test_what_may_pass_is_tried_again_and_lands_once(sender: Sender, what: str) -> None:
    sender.road.happens = iter([what, what, ""])
    state = await sender.push(day_of_points(), rows=96).run()
    assert counts(state) == {"received": 96, "new": 96}
    assert list(sender.road.sent.values()) == [3]
    (one,) = await sender.grid.reads("M1", DAY)
    assert one["revision"] == 1
    first, second = sender.waits
    if what.isdecimal():
        assert 7 <= first <= 8
        assert 7 <= second <= 8
    else:
        assert 0.5 <= first <= 1 <= second <= 2


async def test_what_is_refused_is_not_tried_again(sender: Sender) -> None:
    push = sender.push(day_of_points(["x"] * 40 + [1] * 56), rows=40)
    with pytest.raises(PartRefused, match="feed_too_many_bad_rows"):
        await push.run()
    assert list(sender.road.sent.values()) == [1]
    assert sender.rejected() == [(2 + at, "value_invalid") for at in range(40)]
    wrong = sender.push("a;b\n1;2\n", name="other.csv")
    with pytest.raises(PartRefused, match="feed_columns_unknown"):
        await wrong.run()
    assert [line for line, _ in sender.rejected("other.csv")] == [1]


async def test_a_wrong_secret_ends_the_push_at_once(sender: Sender) -> None:
    sender.credentials = Credentials(client_id=sender.credentials.client_id, client_secret="no")
    with pytest.raises(PushFailed, match="wrong secret"):
        await sender.push(day_of_points()).run()
    assert sender.waits == []


async def test_again_sends_rows_whose_channel_is_known_by_now(sender: Sender) -> None:
    content = day_of_points() + "M7,2019-12-08T00:00:00+08:00,1\n"
    assert counts(await sender.push(content).run()) == {"received": 97, "new": 96, "rejected": 1}
    sender.grid.clock.advance(minutes=1)
    await sender.grid.registers("M7")
    assert counts(await sender.push(content).run()) == {"received": 97, "new": 96, "rejected": 1}
    state = await sender.push(content, round="2").run()
    assert (state.total()["new"], state.total()["rejected"], sender.rejected()) == (1 + 80, 0, [])


async def test_json_lines_and_parquet_are_pushed_too(sender: Sender) -> None:
    rows = [{"channel": "M1", "at": at, "value": number} for number, at in enumerate(SLOTS)]
    lines = b"".join(orjson.dumps(row) + b"\n" for row in rows) + b"{broken\n"
    state = await sender.push(lines, name="day.ndjson", format="ndjson").run()
    assert counts(state) == {"received": 97, "new": 96, "rejected": 1}
    assert sender.rejected("day.ndjson") == [(97, "row_malformed")]
    held = io.BytesIO()
    pl.DataFrame([{**row, "channel": "M2"} for row in rows]).write_parquet(held, row_group_size=25)
    state = await sender.push(held.getvalue(), name="day.parquet", format="parquet").run()
    assert (counts(state), len(state.parts)) == ({"received": 96, "new": 96}, 3)
    assert (await sender.grid.reads("M1", DAY))[0]["values"] == (await sender.grid.reads("M2", DAY))[0]["values"]


async def test_a_receipt_first_and_the_merge_later_come_to_the_same(sender: Sender) -> None:
    push = sender.push(curve_file(("M1", DAY, flat("1")), ("M2", DAY, flat("2"))), later=True)

    async def merged(_: float) -> None:
        await sender.grid.works()

    push.client.wait = merged
    assert counts(await push.run()) == {"received": 2, "new": 2}


def test_a_file_is_cut_between_rows_also_where_a_row_has_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_bytes(b'\xef\xbb\xbfa,b\n1,"x\ny\nz"\n2,\r\n\n3,"stray\n' + b"4,4\n" * 20)
    parts = list(Cut(path=file, format="csv", rows=1).parts())
    assert b"".join(part.body.removeprefix(b"\xef\xbb\xbfa,b\n") for part in parts) == file.read_bytes()[7:]
    assert parts[0].body == b'\xef\xbb\xbfa,b\n1,"x\ny\nz"\n'
    assert [part.first for part in parts[:4]] == [2, 5, 6, 7]
    assert len(parts[3].body.splitlines()) == 1 + 16
    assert parts[4].place(2) == 23
    assert parts[-1].reached == file.stat().st_size


def test_the_same_file_is_always_cut_into_the_same_bytes(tmp_path: Path) -> None:
    frame = pl.DataFrame({"channel": ["M1"] * 1000, "value": list(range(1000))})
    for name, groups in (("one", 1000), ("many", 7)):
        frame.write_parquet(tmp_path / name, row_group_size=groups)
    one, many = (list(Cut(path=tmp_path / name, format="parquet", rows=300).parts()) for name in ("one", "many"))
    assert [part.body for part in one] == [part.body for part in many]
    assert [(part.first, part.reached) for part in one] == [(1, 300), (301, 600), (601, 900), (901, 1000)]
