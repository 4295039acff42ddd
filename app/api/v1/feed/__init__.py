"""The feed: sources, channels, batches, curves, and what both sides need to agree on what has come."""

from app.api.v1.feed import batches, channels, curves, reconciliation, resends, sources

routes = (
    sources.routes,
    channels.routes,
    batches.routes,
    reconciliation.routes,
    resends.routes,
    curves.routes,
)
