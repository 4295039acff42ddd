"""Disclosures as documents: rows in the words of printed lists, sealed text, sheets and pages."""
