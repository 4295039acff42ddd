"""What stands in the cells of a report: words in both languages, figures, days and instants."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from app.documents.catalogue import vocabulary
from app.documents.wording import exact
from app.domain.errors import Language
from app.domain.ledger.frame import DAY_HOURS
from app.domain.periods import SHANGHAI
from app.domain.reports.places import Place

UNKNOWN: dict[Language, str] = {"zh": "未知", "en": "unknown"}
TOTAL: dict[Language, str] = {"zh": "合计", "en": "total"}
OF_INDUSTRY: dict[Language, str] = {"zh": "行业小计", "en": "industry total"}
OF_REGION: dict[Language, str] = {"zh": "行政区小计", "en": "region total"}


def days(hours: Decimal) -> str:
    """Hours as days, exact to a ten-thousandth of an hour."""
    found = (hours / DAY_HOURS).quantize(Decimal("0.000001")).normalize()
    return f"{found:f}"


def tonnes(value: float | None, language: Language) -> str:
    """What is not known is said so, and is never a nought."""
    return UNKNOWN[language] if value is None else exact(value)


def instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def moment(at: datetime) -> str:
    """An instant to the microsecond, so that what is read from a page can be asked for again."""
    return at.astimezone(SHANGHAI).isoformat()


def industry(code: str | None, language: Language) -> str:
    if code is None:
        return UNKNOWN[language]
    label = vocabulary()["industries"].get(code)
    return code if label is None else label.zh if language == "zh" else label.en


def level(place: Place, language: Language) -> str:
    label = vocabulary()["levels"][place.level]
    return label.zh if language == "zh" else label.en


def so_many(count: int, zh: str, en: str, language: Language) -> str:
    """How many were summed, under a column that otherwise names one."""
    return f"{count} {either(language, zh, en)}"


def either(language: Language, zh: str, en: str) -> str:
    return zh if language == "zh" else en


def listed(parts: Iterable[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(part for part in parts if part)


def either_of(language: Language, zh: Sequence[str], en: Sequence[str]) -> list[str]:
    return list(zh if language == "zh" else en)


def yes(value: object, language: Language) -> str:
    """The word for a truth."""
    return either(language, "是" if value else "否", "yes" if value else "no")
