"""How much memory this process has needed at most. Knows not what for."""

import resource
import sys


def peak_memory_mb() -> float:
    """In MB of 2**20 bytes, libraries and data included, since the process began."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, else units of 1,024
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
