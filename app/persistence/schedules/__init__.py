"""Schedules as rows: what was computed, line by line, which of them were published, and the addresses of calendars."""
