"""The register's structure: enterprises, their sites, lines, processes and units, and how these hang together."""
