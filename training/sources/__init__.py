"""Where the data sets come from, one file per source. Knows no recipe."""
