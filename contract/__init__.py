"""The contract at work: clients generated from it, its lint, and what would break for those who use it."""
