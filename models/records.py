"""Reads frozen dataclasses out of JSON documents with marshmallow. Knows no field of any of them."""

from typing import Any, ClassVar

from marshmallow import Schema, fields, post_load


class RecordSchema(Schema):
    """A schema that loads into the dataclass `record`; an unknown or missing key is an error."""

    record: ClassVar[type]

    @post_load
    def to_record(self, values: dict[str, Any], **_: Any) -> Any:
        """Build the record; what its own checks raise passes through."""
        return self.record(**values)


class TupleOf(fields.List[Any]):
    """A JSON array of one kind of element that loads into a tuple, so that records stay immutable."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(*args, **kwargs))
