"""The servers that can run the service: how each starts, drains and stops. They know neither models nor Flask."""
