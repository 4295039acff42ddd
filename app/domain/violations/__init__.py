"""Violations: suspected, heard, decided by a person, and what of them becomes fact and measure."""
