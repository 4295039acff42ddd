"""Cuofeng: staggered production plans as data, decided for every production line."""
