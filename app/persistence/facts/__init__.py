"""Assertions in PostgreSQL: appended, marked, never altered, and read as they were known at any instant."""
