"""Violations in PostgreSQL: reports and steps are appended; only where a violation stands is rewritten."""
