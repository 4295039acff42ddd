"""Whether a plan was kept, told by electricity: baselines, checks and verdicts; only a person makes one a violation."""
