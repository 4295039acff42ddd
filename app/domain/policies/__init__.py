"""Plans as data: facts, conditions, measures and the pack that binds them."""
