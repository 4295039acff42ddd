"""Deciding registered enterprises, reading what was decided, and proving that it still holds."""
