"""Duties: what a plan asks people to report, file or publish, by when, and whether they did."""
