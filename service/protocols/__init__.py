"""What stands in the messages of other protocols: from their JSON and bytes to arrays, and back. Knows no HTTP."""
