"""What the proof knows of a source: its channels and its spelling, in plain words that are also sent to the service."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

# Where every source of the proof keeps its clocks.
HOURS_AHEAD = 8
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A channel as it is registered."""

    key: str
    minutes: int = 15
    decimals: int = 2
    quantity: str = "energy_kwh"
    register: bool = False
    digits: int | None = None

    @property
    def slots(self) -> int:
        return 1440 // self.minutes

    def body(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "interval_minutes": self.minutes,
            "decimals": self.decimals,
            "quantity": self.quantity,
            "kind": "register" if self.register else "interval",
            "digits": self.digits,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who sends: a source with its profile as the service is told it, and what share of bad rows is a wrong file."""

    name: str
    streams: tuple[Stream, ...]
    profile: dict[str, Any] = field(default_factory=dict)
    refuse_above_pct: int = 100

    def stream(self, key: str) -> Stream | None:
        return next((one for one in self.streams if one.key == key), None)

    def column(self, name: str) -> str:
        """The header this company writes over one of our columns."""
        return str(self.profile.get("columns", {}).get(name, name))

    def told(self, name: str, default: Any) -> Any:
        return self.profile.get(name, default)


def streams(letter: str) -> tuple[Stream, ...]:
    return (
        Stream(key=f"{letter}1"),
        Stream(key=f"{letter}2", minutes=60, decimals=0),
        Stream(key=f"{letter}3", minutes=1440, decimals=3, quantity="nox_kg"),
        Stream(key=f"{letter}4", register=True, digits=6),
        Stream(key=f"{letter}5", minutes=30, decimals=1),
    )


PLAIN = Company(name="plain", streams=streams("P"))
FIELD = Company(
    name="field",
    streams=streams("F"),
    profile={
        "columns": {
            "channel": "户号", "at": "时间", "day": "日期", "value": "电量", "quality": "标志", "version": "更新时间",
        },
        "ignored": ["备注"],
        "delimiter": ";",
        "encoding": "gb18030",
        "date_order": "dmy",
        "naive": True,
        "stamps": "end",
        "midnight": "same_day",
        "qualities": {"实": "actual", "估": "estimated", "替": "substituted"},
        "unknown": "park",
    },
)  # fmt: skip
STRICT = Company(
    name="strict",
    streams=streams("S"),
    profile={"naive": True, "stamps": "end", "midnight": "24:00", "channels": {"甲": "S1", "乙": "S4"}},
    refuse_above_pct=20,
)
COMPANIES = (PLAIN, FIELD, STRICT)
