"""The law and the electricity, in plain Python."""
