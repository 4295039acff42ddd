"""The stop-day ledger: what a line owes, has served and still has to make up, as a journal that is only added to."""
