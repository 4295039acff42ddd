"""Webhooks: kept by their clients, filled by the relay, carried out by workers, and looked into afterwards."""
