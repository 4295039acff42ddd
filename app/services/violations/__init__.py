"""Violations: reported, heard, decided by a person, rectified or overturned."""
