"""Compliance in PostgreSQL: what verdicts stand on, kept once by hash; verdicts, findings, and where these stand."""
