"""Keeping exemption lists: requests, decisions by people, versions, and a look at the listed whenever facts change."""
