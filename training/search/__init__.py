"""A search for the best settings of a recipe: a study of many trials, each of which is a training."""
