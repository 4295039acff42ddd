"""The register's structure in PostgreSQL: a head that is known everywhere, and below it tables keyed by enterprise."""
