"""Schedules: who stops which line on which day, planned, checked and explained."""
