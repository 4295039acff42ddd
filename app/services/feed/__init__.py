"""The feed: files of readings received, merged and reported; days closed; what is missing asked for again."""
