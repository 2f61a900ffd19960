"""What `inspect` raises: which rule a file breaks, where, and what to do. Knows none of the rules."""

from models.errors import ModelsError


class Refused(ModelsError):
    """A model file that must not be given to Keras."""

    def __init__(self, rule: str, part: str, sentence: str) -> None:
        super().__init__(f"{part}: {sentence} (rule: {rule})")
        self.rule = rule  # a slug of docs/import-rules.md
        self.part = part  # a member of the archive, a path in its JSON or in its HDF5
        self.sentence = sentence
