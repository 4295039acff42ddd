"""From decisions, acts and the register to a problem: what is asked of whom, and what stays open."""
