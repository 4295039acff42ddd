"""Use cases: one function is one thing a user can do."""
