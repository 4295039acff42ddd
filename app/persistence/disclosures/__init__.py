"""Disclosures as rows."""
