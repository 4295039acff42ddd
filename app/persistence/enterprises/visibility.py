"""Who may see which enterprise: by region of the head or of any site, or because it is one's own."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.domain.access import Actor
from app.persistence.clients import in_regions
from app.persistence.enterprises.rows import EnterpriseRow, SiteRow


def visible(actor: Actor) -> ColumnElement[bool]:
    """An enterprise is seen whole: whoever looks after one of its sites sees the others too."""
    sites = select(SiteRow.enterprise_id).where(in_regions(SiteRow.region, actor))
    return or_(
        in_regions(EnterpriseRow.region, actor),
        EnterpriseRow.id.in_(own_enterprises(actor)),
        EnterpriseRow.id.in_(sites),
    )


def own_enterprises(actor: Actor) -> list[UUID]:
    own = []
    for text in actor.enterprise_ids:
        try:
            own.append(UUID(text))
        except ValueError:
            continue
    return own
