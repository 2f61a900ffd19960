"""One tensor of the Open Inference Protocol, as JSON or as bytes, to checked rows. Knows no other message."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import quoted
from models.signature import Input
from service.columns import from_numbers, number_faults
from service.errors import Detail, InvalidRequest, NotANumber, NumberOutOfRange, TooManyRows, WrongShape
from service.faults import NUMBERS, kind_of
from service.floats import as_float32
from service.plain import Numbers

# By the protocol's names. BF16, which NumPy does not have, is the upper half of a float32.
_TYPES = {
    "BOOL": "?", "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "<i1", "INT16": "<i2",
    "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8", "BF16": "<u2",
}  # fmt: skip
_HALVES = ("FP16", "BF16")
_EXACT = 2**24  # integers up to here, float32 holds all of them
_EXACT_JSON = 2.0**53  # and up to here, a float64
_LARGEST = 2**63
_NO_FLOAT32 = "The rows hold what float32 cannot."
_MOST_SIZES = 32  # whose product is worth to be told; a million large ones would take minutes to multiply


class Buffer:
    """The bytes after the JSON document, which the binary tensors take in their order."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._taken = 0

    def take(self, size: int, name: str, path: str) -> bytes:
        """The next `size` bytes; `name` is who wants them. Raises InvalidRequest where there are fewer."""
        left = len(self._content) - self._taken
        if size > left:
            raise InvalidRequest(
                f"unexpected size for input {name}, expecting {size - left} additional bytes for the model",
                [Detail(path, f"{left} bytes are left of the body")],
            )
        start, self._taken = self._taken, self._taken + size
        return self._content[start : self._taken]

    def check_end(self) -> None:
        """Raises InvalidRequest where bytes are left that no tensor took."""
        if left := len(self._content) - self._taken:
            raise InvalidRequest(f"unexpected additional input data: {left} bytes follow the last binary tensor")


@dataclass(frozen=True)
class Tensor:
    """An input as a request describes it, and what the model expects of it; `path` is its place in the request."""

    described: Mapping[str, Any]
    expected: Input
    max_rows: int
    path: str

    def rows(self, parameters: Mapping[str, Any], buffer: Buffer) -> np.ndarray:
        """The rows, (rows, *shape), in the input's dtype.

        Every number type is taken whose numbers the input's can hold. For float32, floats are rounded, as those of JSON
        are, but an integer that would become another one is refused; whole numbers stay what they are. A word of a
        column comes as its number; where the input is optional, NaN in bytes, or null among floats in JSON, stands for
        what is missing. Raises InvalidRequest, WrongShape, NotANumber, NumberOutOfRange, UnknownCategory and
        TooManyRows.
        """
        datatype, shape = self._datatype(), self._shape()
        if (size := parameters.get("binary_data_size")) is not None:
            values = self._from_bytes(datatype, size, math.prod(shape), buffer)
        else:
            values = self._from_json(datatype, shape)
        rows = _converted(values.reshape(shape[0], -1), datatype, self.expected, f"{self.path}/data")
        return rows.reshape(shape[0], *self.expected.shape)

    @property
    def _name(self) -> str:
        return quoted(self.expected.name)

    def _datatype(self) -> str:
        datatype = self.described.get("datatype")
        if not isinstance(datatype, str) or datatype not in _TYPES:
            detail = Detail(f"{self.path}/datatype", f"expected one of {', '.join(_TYPES)}")
            raise InvalidRequest(f"The datatype of input {self._name} is none of numbers.", [detail])
        return datatype

    def _shape(self) -> tuple[int, ...]:
        shape, path = self.described.get("shape"), f"{self.path}/shape"
        if not isinstance(shape, list) or not all(type(size) is int for size in shape):
            raise InvalidRequest("A shape is an array of whole numbers.", [Detail(path, "expected whole numbers")])
        if any(size < 0 for size in shape):
            raise WrongShape("A shape has no negative sizes.", [Detail(path, "expected sizes of at least 0")])
        if len(shape) <= _MOST_SIZES and math.prod(shape) >= _LARGEST:
            text = (
                f"The shape of input {self._name} causes total element count to exceed maximum size of {_LARGEST - 1}"
            )
            raise WrongShape(text, [Detail(path, "too many numbers")])
        if not shape or tuple(shape[1:]) not in (self.expected.shape, (self.expected.size,)):
            expected, got = _listed((-1, *self.expected.shape)), _listed(shape[:_MOST_SIZES])
            text = f"unexpected shape for input {self._name} for the model. Expected {expected}, got {got[:100]}"
            raise WrongShape(text, [Detail(path, f"expected {expected}, with the number of rows in place of -1")])
        if shape[0] == 0:
            raise InvalidRequest("There are no rows.", [Detail(path, "expected at least one row")])
        if shape[0] > self.max_rows:
            raise TooManyRows(f"The request has {shape[0]} rows; at most {self.max_rows} are taken at a time.")
        return tuple(shape)

    def _from_bytes(self, datatype: str, size: Any, count: int, buffer: Buffer) -> np.ndarray:
        path = f"{self.path}/parameters/binary_data_size"
        if type(size) is not int or size < 0:
            raise InvalidRequest("binary_data_size is a number of bytes.", [Detail(path, "expected a whole number")])
        if "data" in self.described:
            detail = Detail(f"{self.path}/data", "there are bytes too")
            raise InvalidRequest("A tensor comes as JSON or as bytes, not as both.", [detail])
        content, dtype = buffer.take(size, self._name, path), np.dtype(_TYPES[datatype])
        if len(content) != count * dtype.itemsize:
            wanted = count * dtype.itemsize
            raise WrongShape(
                f"unexpected total byte size {len(content)} for input {self._name}, expecting {wanted}",
                [Detail(path, f"{count} numbers of {datatype} take {wanted} bytes")],
            )
        values = np.frombuffer(content, dtype)
        return (values.astype("<u4") << 16).view("<f4") if datatype == "BF16" else values

    def _from_json(self, datatype: str, shape: tuple[int, ...]) -> np.ndarray:
        """The numbers, flat; they come nested as the shape is, or flat, or in whatever arrays."""
        if datatype in _HALVES:
            raise InvalidRequest(
                f"receiving {datatype} data via JSON is not supported. Please use the binary data format for input "
                f"{self._name}",
                [Detail(f"{self.path}/datatype", "only in binary")],
            )
        data, count, path = self.described.get("data"), math.prod(shape), f"{self.path}/data"
        if isinstance(data, Numbers):
            if (values := self._plain(data, datatype, shape)) is not None:
                return values
            data = data.parsed()
        if not isinstance(data, list):
            raise InvalidRequest("A tensor needs its data.", [Detail(path, f"expected an array, got {kind_of(data)}")])
        numbers = list(_flat(data, path, self._types(datatype)))
        if len(numbers) != count:
            detail = Detail(path, f"has {len(numbers)} numbers; the shape has {count}")
            raise WrongShape("Unable to parse 'data': Shape does not match true shape of 'data' field", [detail])
        if "INT" in datatype:
            numbers = [int(number) if number % 1 == 0 else number for number in numbers]
        is_for_whole = self.expected.bounds is not None
        kind = datatype if "INT" in datatype else "INT64" if is_for_whole else "FP64"
        if kind != "FP64" and not all(type(number) is int for number in numbers):
            kind = "FP64"
        try:
            values = np.array(numbers, _TYPES[kind])  # in which null is NaN
        except OverflowError as error:
            raise NumberOutOfRange(f"A number does not fit {datatype}.", [Detail(path, "out of its range")]) from error
        if self.expected.optional and np.count_nonzero(np.isnan(values)) > numbers.count(None):
            raise NumberOutOfRange(_NO_FLOAT32, [Detail(path, "NaN is no JSON")])
        return values

    def _plain(self, data: Numbers, datatype: str, shape: tuple[int, ...]) -> np.ndarray | None:
        """The numbers where they are flat, or nested as the shape is; None where they lie otherwise, or are none."""
        if datatype == "BOOL":
            return None
        is_whole = self.expected.bounds is not None
        if (values := data.flat(math.prod(shape))) is not None:
            is_exact = not is_whole and ("64" not in datatype or datatype == "FP64")
            return values if is_exact or np.abs(values).max() < _EXACT_JSON else None
        if is_whole:
            rows = data.whole_rows(shape[1:], shape[0])
        else:
            rows = data.rows(shape[1:], shape[0]) if datatype in ("FP32", "FP64") else None
        return rows.reshape(-1) if rows is not None and len(rows) == shape[0] else None

    def _types(self, datatype: str) -> set[type]:
        """Of elements in JSON."""
        if datatype == "BOOL":
            return {bool}
        return NUMBERS | {type(None)} if self.expected.optional and "INT" not in datatype else NUMBERS


def _listed(sizes: Iterable[int]) -> str:
    return f"[{','.join(map(str, sizes))}]"


def _flat(data: list[Any], path: str, types: set[type]) -> Iterator[Any]:
    """The numbers of arrays in arrays, row by row. Raises NotANumber."""
    waiting = [(iter(enumerate(data)), path)]
    while waiting:
        elements, place = waiting[-1]
        for index, element in elements:
            if type(element) is list:
                waiting.append((iter(enumerate(element)), f"{place}/{index}"))
                break
            if type(element) not in types:
                expected = "true or false" if bool in types else "a number"
                detail = Detail(f"{place}/{index}", f"expected {expected}, got {kind_of(element)}")
                raise NotANumber("The data do not fit the datatype.", [detail])
            yield element
        else:
            waiting.pop()


def _converted(values: np.ndarray, datatype: str, tensor: Input, path: str) -> np.ndarray:
    if "INT" in datatype:
        _check_integers(values.reshape(-1), datatype, tensor, path)
    if (rows := as_float32(values) if tensor.is_plain else from_numbers(values, tensor)) is not None:
        return rows
    if tensor.is_plain:
        raise NumberOutOfRange(_NO_FLOAT32, [Detail(path, "NaN, infinite, or too large for float32")])
    kind, fault = next(number_faults(values, tensor, ""))
    raise kind(
        f"The rows hold what the model does not take: {fault.message}.",
        [Detail(path, f"at {fault.path}: {fault.message}")],
    )


def _check_integers(values: np.ndarray, datatype: str, tensor: Input, path: str) -> None:
    if values.dtype != _TYPES[datatype]:  # they came as JSON
        limits = np.iinfo(_TYPES[datatype])
        if not (np.trunc(values) == values).all():
            raise NotANumber(f"The data are no {datatype}.", [Detail(path, "expected whole numbers")])
        if values.min() < limits.min or values.max() > limits.max:
            detail = Detail(path, f"expected {limits.min} to {limits.max}")
            raise NumberOutOfRange(f"A number does not fit {datatype}.", [detail])
    if tensor.bounds is None and values.itemsize > 2 and (np.abs(values.astype(np.float64)) > _EXACT).any():
        is_held = _are_held(values)
        if not is_held.all():
            detail = Detail(path, f"number {int(np.argmin(is_held))} is none that float32 holds")
            raise NumberOutOfRange("The model computes with float32, which would change an integer.", [detail])


def _are_held(integers: np.ndarray) -> np.ndarray:
    """Which of the whole numbers float32 holds: those of at most 24 bits from the highest that is set to the lowest."""
    integers = integers.astype(np.int64) if integers.dtype.kind == "f" else integers
    bits = integers.astype(np.uint64)
    magnitudes = np.where(integers < 0, ~bits + 1, bits)
    lowest_bits = np.maximum(magnitudes & (~magnitudes + 1), 1)
    are_held: np.ndarray = magnitudes // lowest_bits < _EXACT
    return are_held
