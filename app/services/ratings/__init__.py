"""Use cases of ratings: awarding, correcting and lowering a grade, landing published lists, and reading the history."""
