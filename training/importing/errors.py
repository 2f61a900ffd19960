"""What can go wrong with an import. Knows no step of it."""

from training.errors import TrainingError


class CannotImport(TrainingError):
    """A file that becomes no version; the message says why and what to do."""


class WorkshopFailed(CannotImport):
    """The throw-away process that had the model ended, or was ended, before it gave what was asked of it."""
