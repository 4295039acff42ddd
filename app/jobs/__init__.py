"""The door of time: work that no request waits for."""
