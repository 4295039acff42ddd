"""Sources: who sends readings, how they are written, and what is asked of a file before it may land."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.errors import Conflict, Invalid, NotFound, Stale
from app.domain.feed.profiles import Profile


class SourceUnknown(NotFound):
    code = "feed_source_unknown"
    zh = "没有此数据来源，或您无权查看。"
    en = "There is no such source of readings, or you may not see it."


class SourceNameTaken(Conflict):
    code = "feed_source_name_taken"
    zh = "数据来源“{name}”已登记；修改请用 PUT 或 PATCH。"
    en = "The source {name!r} is registered already; change it with PUT or PATCH."


class SourceStale(Stale):
    code = "feed_source_stale"
    zh = "此数据来源已被修改；请重新读取后再提交。"
    en = "The source has changed since you read it; read it again and resend."


class SourceNotNamed(Invalid):
    code = "feed_source_not_named"
    zh = "此凭证没有或不只一个数据来源；请用 ?source= 指明。"
    en = "This credential has no source or several; name one with ?source=."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One sender of readings, looked after by the officers of `region`.

    More than `refuse_above_pct` percent of bad rows is a wrong file, refused as a whole.
    A civil day closes `grace_minutes` after its end: until then its single readings are kept as points.
    """

    name: str
    title: str
    region: str
    profile: Profile
    refuse_above_pct: int
    grace_minutes: int
    version: int
    created_at: datetime
    changed_at: datetime

    def first_open_day(self, now: datetime) -> date:
        """Civil days before this one are closed at `now`."""
        zone = ZoneInfo(self.profile.zone)
        return (now - timedelta(minutes=self.grace_minutes)).astimezone(zone).date()

    def last_day(self, now: datetime) -> date:
        """The civil day it is at `now`; what lies behind it has not been measured yet."""
        return now.astimezone(ZoneInfo(self.profile.zone)).date()
