"""What the benchmark of searches is made of: what is searched, by whom, and what came of it."""
