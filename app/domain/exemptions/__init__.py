"""Exemption lists: who asks to be left out of staggering, on which criterion, and the locked versions that grant it."""
