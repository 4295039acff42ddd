"""nights: whether production has moved into the night while a cut binds, by the night's share of the day [F40]."""

import numpy as np

from app.domain.compliance.checked import Checked, Numbers, Yardstick, marked, nothing
from app.domain.compliance.cuts import judges_load
from app.domain.compliance.findings import Verdict
from app.domain.compliance.metering import Block, Known
from app.domain.compliance.runs import counted
from app.domain.compliance.spans import Spans
from app.domain.compliance.thresholds import Thresholds

# Shares are told in hundredths of a percent.
POINTS = 10_000


def check_nights(block: Block, asked: Spans, yard: Yardstick) -> Checked:
    """Days on which a cut binds and nothing has to stand still: there a shift into the night says nothing."""
    told = asked.cut.any(axis=-1) & ~asked.stopped.any(axis=-1) & judges_load(block)[:, None]
    shape = (told.shape[0], told.shape[1])
    verdict, signs = nothing(shape)
    if not told.any():
        return Checked(verdict=verdict, signs=signs, numbers=dict.fromkeys(_NUMBERS, np.zeros(shape, dtype=np.int64)))
    numbers = _numbers(block, night_slots(block.slots, yard.thresholds), yard)
    complete = numbers["known_slots"] * 100 >= yard.thresholds["complete_pct"] * block.slots
    told &= complete & yard.based & (numbers["day_wh"] > 0) & (numbers["usual_day_wh"] > 0)
    moved = numbers["share"] > numbers["usual_share"] + 100 * yard.thresholds["night_excess_pct"]
    verdict[told & moved] = Verdict.SUSPECTED
    marked(signs, "night_share", told & moved)
    return Checked(verdict=verdict, signs=signs, numbers=numbers)


_NUMBERS = ("known_slots", "night_wh", "day_wh", "usual_night_wh", "usual_day_wh", "share", "usual_share")


def night_slots(slots: int, thresholds: Thresholds) -> Known:
    """Which slots of a day begin in the night."""
    minutes = np.arange(slots) * (1440 // slots)
    return (minutes >= thresholds["night_from_minute"]) | (minutes < thresholds["night_until_minute"])


def _numbers(block: Block, night: Known, yard: Yardstick) -> dict[str, Numbers]:
    """Of the slots that were read, both of the day and of what is usual."""
    known = block.known
    read = np.where(known, block.wh, 0)
    numbers = {
        "known_slots": counted(known),
        "night_wh": read[..., night].sum(axis=-1, dtype=np.int64),
        "day_wh": read.sum(axis=-1, dtype=np.int64),
        "usual_night_wh": yard.usual(known & night),
        "usual_day_wh": yard.usual(known),
    }
    numbers["share"] = POINTS * numbers["night_wh"] // np.maximum(numbers["day_wh"], 1)
    numbers["usual_share"] = POINTS * numbers["usual_night_wh"] // np.maximum(numbers["usual_day_wh"], 1)
    return numbers
