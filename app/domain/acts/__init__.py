"""Acts: what an authority or an enterprise does beside the plan, each through its chain of hands."""
