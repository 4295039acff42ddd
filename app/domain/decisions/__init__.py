"""From facts to measures: the evaluator, its diagram, its trace."""
