"""Tables that nobody has prepared: read, understood and split. Knows no network and no recipe."""
