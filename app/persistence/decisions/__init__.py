"""Decisions as stored: snapshots, runs, what each run said, and what has to be decided again."""
