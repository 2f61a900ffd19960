"""Imports a model file that somebody else made, and publishes it: `python -m training import`."""
