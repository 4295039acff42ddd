"""How well and how fast schedules are planned: a fixed generator, a bound of linear programming, two baselines."""
