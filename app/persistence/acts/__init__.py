"""Acts in PostgreSQL: what was asked for and every step are appended; only where an act stands is rewritten."""
