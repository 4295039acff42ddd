"""Duties in PostgreSQL."""
