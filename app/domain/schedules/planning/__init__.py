"""From a problem to a schedule: relaxation, construction, levelling, and why it is impossible."""
