"""Writes the working calendar as data, seeded from chinesecalendar: python -m samples.holidays (or --check to compare only)."""

import sys
from pathlib import Path

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays

FILE = Path(__file__).resolve().parent.parent / "app" / "documents" / "holidays.yaml"
FIRST_YEAR = 2018
_HEAD = """\
# Statutory holidays with their days off in lieu, and the weekends that are worked for them (调休), as the State
# Council's office announces them each year. Written by samples/holidays.py from the package chinesecalendar (MIT).
"""


def written() -> str:
    """The file's text; a year counts once its National Day is known."""
    last_year = max(day.year for day in holidays)
    names = {one.value: one.chinese for one in Holiday}
    off = {day: names[holidays[day]] for day in sorted(holidays) if day.year >= FIRST_YEAR}
    lines = [
        f"version: china/{FIRST_YEAR}-{last_year}",
        f"first_year: {FIRST_YEAR}",
        f"last_year: {last_year}",
        "holidays:",
        *(f"  {day}: {name}" for day, name in off.items()),
        "worked:",
        *(f"  - {day}" for day in sorted(workdays) if day.year >= FIRST_YEAR),
    ]
    return _HEAD + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    text = written()
    same = FILE.is_file() and FILE.read_text(encoding="utf-8") == text
    if "--check" in arguments:
        print("The calendar is up to date." if same else f"{FILE.name} is not what chinesecalendar says")
        return not same
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
