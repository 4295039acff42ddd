"""The power company's feed: channels, what a source's files look like, and readings as curves of a civil day."""
