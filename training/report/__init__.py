"""The report of a version: one HTML page that needs nothing else to be shown, and the course of the training."""
