"""The service beside its peers, measured in one run. Knows nothing of how any of them works inside."""
