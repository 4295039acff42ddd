"""Disclosures: drafted from what is decided, published by a person, withdrawn, verified."""
