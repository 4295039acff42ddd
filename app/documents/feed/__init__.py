"""A source's files as batches of readings: opened, read by columns, every line accounted for."""
