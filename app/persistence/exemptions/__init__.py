"""Exemption lists in PostgreSQL: lists, their locked versions, and the entries that ask to stand on them."""
