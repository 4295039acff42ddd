"""Duties at the door: what is owed, filed, received and waived, with attachments, contacts and settings."""

from app.api.v1.duties import attachments, contacts, owed, settings

routes = (owed.routes, attachments.routes, contacts.routes, settings.routes)
