"""Who may see what belongs to an enterprise or to a body of a region."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from app.domain.access import Actor
from app.persistence.clients import in_regions
from app.persistence.duties.rows import NOBODY, DutyRow, DutyTermRow
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import own_enterprises, visible
from app.persistence.feed.sources import FeedSourceRow
from app.persistence.warnings import reaches


def seen_holder(row: Any, actor: Actor) -> ColumnElement[bool]:
    """Of an enterprise by whoever sees it; of a body by whoever looks after its region."""
    # A credential may name any id as its enterprise, also the one that stands for none.
    own: ColumnElement[bool] = row.enterprise_id.in_([one for one in own_enterprises(actor) if one != NOBODY])
    if not actor.regions:
        # Nothing but its own, so that an index finds it.
        return own
    inside = row.enterprise_id.in_(select(EnterpriseRow.id).where(visible(actor)))
    of_bodies = and_(row.enterprise_id == NOBODY, in_regions(row.region, actor))
    return or_(of_bodies, inside)


def seen_duty(actor: Actor) -> ColumnElement[bool]:
    """The power supplier sees its own too: where a source it sends for covers the region."""
    found = seen_holder(DutyRow, actor)
    return or_(found, supplied_by(actor)) if actor.sources else found


def supplied_by(actor: Actor) -> ColumnElement[bool]:
    """The duties of power suppliers in the regions of the actor's own sources."""
    covering = select(FeedSourceRow.name).where(
        FeedSourceRow.name.in_(actor.sources), reaches(DutyRow.region, FeedSourceRow.region)
    )
    return and_(DutyTermRow.who == "power_supplier", covering.exists())
