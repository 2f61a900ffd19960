"""One file of views per protocol or purpose: each decodes a request, asks the catalog, and encodes the answer."""
