"""Webhooks in PostgreSQL: the subscriptions, their queues in order, and every try with what came back."""
