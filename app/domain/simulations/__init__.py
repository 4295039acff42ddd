"""Simulations: two plans over the same subjects, and what the difference comes from."""
