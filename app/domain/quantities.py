"""Quantities that every room counts in the same words."""

from typing import Literal

Pollutant = Literal["pm", "so2", "nox", "voc"]
POLLUTANTS: tuple[Pollutant, ...] = ("pm", "so2", "nox", "voc")
