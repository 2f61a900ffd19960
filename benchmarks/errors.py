"""What can go wrong in a benchmark. Knows no one who raises or catches it."""


class BenchmarkError(Exception):
    """The base class; its message is a sentence for the one who runs the benchmark."""


class ToolMissing(BenchmarkError):
    """A program that the benchmark needs is not installed."""


class UnreadableReport(BenchmarkError):
    """wrk failed, or wrote something else than its report."""


class PeerFailed(BenchmarkError):
    """A peer cannot be installed or started, or answers wrongly; it is left out, and the others go on."""


class NoTables(BenchmarkError):
    """Settings for tables are wanted, and no table is named."""


class UnknownSearcher(BenchmarkError):
    """There is no search of that name."""
