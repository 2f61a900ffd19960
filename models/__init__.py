"""The saved-model contract between training and service. Needs neither Keras nor Flask."""
