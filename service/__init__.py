"""Serves published model versions over HTTP. Runs without TensorFlow and never imports training."""

__version__ = "0.1.0"
