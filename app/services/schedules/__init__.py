"""Schedules: computed as scenarios, compared, published, and laid out as calendars."""
