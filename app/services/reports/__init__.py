"""Reports: rows gathered some enterprises at a time through the eyes of who asks; pure reads, so they are streamed."""
