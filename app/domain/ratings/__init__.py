"""National performance grades, awarded to a line or a process; a plan's own classes are computed and stand beside them."""
