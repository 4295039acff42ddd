"""PostgreSQL: rows, repositories and the unit of work."""
