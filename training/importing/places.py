"""Where in the workshop's folder each side finds what the other has put there. Knows nothing of either."""

RESULT = "result"  # the folder of what is published
ROWS = "rows.npz"  # the golden rows, by the number of the input
ORIGINAL = "original.npz"  # what the model as it was loaded answers, by the number of the output
RELOADED = "reloaded.npz"  # what the model as it was written answers
