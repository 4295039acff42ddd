"""Compliance: who is asked what and measured by which meter, assessed, assessed again, shown, and proved."""
