"""Whether what was ordered was kept: load curves, emission days and visits against the schedule, with evidence."""
