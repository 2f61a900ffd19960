"""The kinds of networks, one file each, from prepared rows to what the output layer takes. Knows no loss."""
