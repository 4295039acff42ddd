"""Quality flags: what a source prints beside its values, as ours."""

from app.domain.feed.curves import Quality
from app.domain.feed.profile_check import QUALITY_NAMES
from app.domain.feed.profiles import Profile

# One flag for the whole row, or one for every slot.
BETWEEN_FLAGS = ";"


def qualities_of(text: str | None, profile: Profile, slots: int) -> list[Quality] | None:
    """The quality of every slot of a row; actual where the source says nothing, None where a flag is unknown."""
    if text is None or not text.strip():
        return [Quality.ACTUAL] * slots
    flags = [_quality_of(flag.strip(), profile) for flag in text.split(BETWEEN_FLAGS)]
    known = [flag for flag in flags if flag is not None]
    if len(known) < len(flags) or len(flags) not in {1, slots}:
        return None
    return known * slots if len(known) == 1 else known


def _quality_of(flag: str, profile: Profile) -> Quality | None:
    if not flag:
        return Quality.ACTUAL
    return QUALITY_NAMES.get(profile.qualities.get(flag, flag).lower())
