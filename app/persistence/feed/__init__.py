"""The feed in PostgreSQL: sources and channels, readings as curves of a day, batches with what became of them."""
