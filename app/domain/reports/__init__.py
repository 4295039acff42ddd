"""Reports: what was asked, done and shown, summed up from what is stored, as it was known at an instant."""
