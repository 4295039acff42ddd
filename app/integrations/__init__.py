"""Other people's systems: check digits, regions, geometry, tokens, the embedded server."""
