"""Makes Keras models and publishes them. The service never imports it."""
