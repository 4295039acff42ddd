"""What happened to a duty, in one form for audit, outbox and webhooks; without anybody's contact data."""

from app.domain.duties.filing import OwedDuty
from app.domain.events import Event
from app.domain.periods import SHANGHAI


def duty_event(kind: str, owed: OwedDuty, **data: object) -> Event:
    term = owed.term
    due_at = None if term.due_at is None else term.due_at.astimezone(SHANGHAI).isoformat()
    plain = {"pack": term.pack, "season": term.season, "duty": term.duty, "key": term.key, "who": term.who}
    return Event(
        type=kind,
        subject=str(owed.id),
        enterprise_id=None if owed.enterprise_id is None else str(owed.enterprise_id),
        region=owed.region,
        data=plain | {"due_at": due_at, "conflicts": [one.code for one in term.conflicts], **data},
    )
