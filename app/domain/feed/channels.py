"""Channels: one stream of readings each, of one quantity, at one point of supply, through one register."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from app.domain.errors import Conflict, Invalid, NotFound, Stale

# What is measured, with its unit in the name; everything but energy is reported by the day or the hour (CEMS, L12-60).
Quantity = Literal[
    "energy_kwh", "pm_kg", "so2_kg", "nox_kg", "voc_kg", "exceedance_hours", "flue_gas_m3", "fuel_gas_m3", "output_t"
]
# A register counts up and its differences are the energy; an interval is the amount itself.
ChannelKind = Literal["interval", "register"]
# Of a register: the whole, or one tariff period (总尖峰平谷).
Register = Literal["total", "sharp", "peak", "flat", "valley"]
Direction = Literal["import", "export"]
INTERVAL_MINUTES = (15, 30, 60, 1440)
DAY_MINUTES = 1440
# Stored as 32-bit integers of 10^-decimals of the unit.
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One stream of readings; its days are civil days of its source's zone.

    `key` is its name in the source's files (户号, meter number or both, as the source spells it).
    `decimals` are kept exactly: a value with more of them is refused, never rounded.
    `digits` of a register before the decimal point tell where it rolls over.
    `own_generation`: the point also feeds in what the enterprise generates itself, so that purchased is not used
    electricity (domain.md section 0, 20).
    """

    id: UUID
    enterprise_id: UUID
    meter_id: UUID
    source: str
    key: str
    supply_point: str | None = None
    quantity: Quantity = "energy_kwh"
    kind: ChannelKind = "interval"
    register: Register = "total"
    direction: Direction = "import"
    interval_minutes: int = 15
    decimals: int = 3
    digits: int | None = None
    own_generation: bool = False
    version: int = 1

    @property
    def slots(self) -> int:
        """How many values make a civil day."""
        return DAY_MINUTES // self.interval_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """By what a channel's values are multiplied from a civil day on (倍率, CT times PT)."""

    from_day: date
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A meter taken out and another put in: the old one's last register, the new one's first (换表)."""

    at: datetime
    final_old: Decimal
    initial_new: Decimal


class ChannelUnknown(NotFound):
    code = "channel_unknown"
    zh = "没有此计量通道，或您无权查看。"
    en = "There is no such channel, or you may not see it."


class ChannelKeyTaken(Conflict):
    code = "channel_key_taken"
    zh = "来源“{source}”中的通道“{key}”已登记。"
    en = "The channel {key!r} of the source {source!r} is registered already."


class ChannelStale(Stale):
    code = "channel_stale"
    zh = "此通道已被修改；请重新读取后再提交。"
    en = "The channel has changed since you read it; read it again and resend."


class ChannelFixed(Conflict):
    code = "channel_fixed"
    zh = "通道的来源、键、计量项、间隔与小数位数登记后不能修改：已有读数按其解释；请另行登记一个通道。"
    en = "Source, key, quantity, kind, interval and decimals of a channel stay: its readings are read by them; register another."


class MeterOfAnother(Invalid):
    code = "meter_unknown"
    zh = "该企业没有这个电表。"
    en = "The enterprise has no such meter."
