"""The OpenAPI description of all protocols, a file for each. Knows shapes and statuses of messages, and no request."""
