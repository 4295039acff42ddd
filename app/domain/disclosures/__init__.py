"""Disclosures: public lists as rows of text, and the life of their versions."""
