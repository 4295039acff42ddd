"""A real PostgreSQL for machines that have none, from a wheel, without touching anything that was there before."""

from app.integrations.embedded_postgres.places import EmbeddedPostgresFailed, default_home
from app.integrations.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresFailed", "default_home"]
