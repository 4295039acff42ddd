"""Version 1 of the API: one file is one room."""
