"""Disclosures: drafted and published by the office that keeps a list, read by everybody."""

from app.api.v1.disclosures import drafts, public

routes = (drafts.routes, public.routes)
