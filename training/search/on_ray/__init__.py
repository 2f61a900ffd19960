"""Trials of a study on a Ray cluster. Only this package imports Ray, which is an extra."""
