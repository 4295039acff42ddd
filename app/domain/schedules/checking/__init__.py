"""A second opinion on every schedule, sharing no code with the planner."""
