"""Writes feed/steel-plant.csv: two weeks of an invented steel plant's meter, with the quirks of real exports.

Stamps are day/month/year without zeros and without an offset, mark the end of a quarter hour, and print the end of a
day as 0:00 of that very day; trailing zeros of values are dropped. The plant stands still on some days and works for
a few hours on others. The numbers are drawn with a fixed seed: `python -m samples.meter_feed` writes the same file.
"""

import random
from datetime import date, timedelta
from pathlib import Path

TARGET = Path(__file__).parent / "feed" / "steel-plant.csv"
FIRST = date(2024, 1, 29)
DAYS, SLOTS = 14, 96
STANDING = frozenset({5, 6, 12})
HOURS_OF_PARTIAL_DAYS = {3: range(32, 56), 9: range(20)}


def text() -> str:
    drawn = random.Random(2018)
    lines = ["date,Usage_kWh"]
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        for slot in range(SLOTS):
            minutes = (slot + 1) * 15 % 1440
            stamp = f"{day.day}/{day.month}/{day.year} {minutes // 60}:{minutes % 60:02d}"
            lines.append(f"{stamp},{_usage(drawn, number, slot):.2f}".rstrip("0").rstrip("."))
    return "\n".join(lines) + "\n"


def _usage(drawn: random.Random, number: int, slot: int) -> float:
    """Kilowatt-hours of one quarter of an hour."""
    running = number not in STANDING and slot in HOURS_OF_PARTIAL_DAYS.get(number, range(SLOTS))
    return 25 + 40 * drawn.random() if running else 2.5 + 2 * drawn.random()


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
