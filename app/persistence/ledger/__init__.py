"""The ledger in PostgreSQL: entries and settlements are appended, and nothing of them is ever rewritten."""
