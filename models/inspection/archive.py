"""Reads a `.keras` archive as Keras writes it: three members, end to end, and nothing else. Knows no JSON or HDF5.

Written anew rather than with `zipfile`, which forgives what is before, between and behind the members, believes the
sizes in headers, and lets the last of several directories win.
"""

import stat
import struct
import zlib
from dataclasses import dataclass

from models.errors import quoted
from models.inspection.limits import Limits
from models.inspection.refused import Refused

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
KNOWN = frozenset({METADATA, CONFIG, WEIGHTS})
STORED, DEFLATED = 0, 8
UTF8_NAME = 0x800  # the one flag that is allowed; it changes nothing for these names
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
LOCAL_HEADER, CENTRAL_HEADER, END_RECORD = (
    struct.Struct("<4s5H3L2H"),
    struct.Struct("<4s6H3L5H2L"),
    struct.Struct("<4s4H2LH"),
)
REMEDY = "Save the model again with Keras: model.save('name.keras')."


@dataclass(frozen=True)
class Entry:
    """What the directory says of a member."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int


def members(data: bytes, limits: Limits) -> dict[str, bytes]:
    """The members by name, uncompressed and checked against their checksums. Raises Refused for any other archive."""
    entries, directory = _directory(data, limits)
    if missing := KNOWN - {entry.name for entry in entries}:
        raise Refused("member", min(missing), f"the archive has no such member. {REMEDY}")
    found, position = {}, 0
    for entry in entries:
        if entry.offset != position:
            raise Refused("archive", entry.name, f"its bytes do not follow those of the member before. {REMEDY}")
        start = _after_local_header(data, entry, directory)
        position = start + entry.compressed
        found[entry.name] = _content(memoryview(data)[start:position], entry, limits)
    if position != directory:
        raise Refused("archive", "archive", f"there are bytes between its members and its directory. {REMEDY}")
    return found


def _directory(data: bytes, limits: Limits) -> tuple[list[Entry], int]:
    """The entries, and where the directory starts."""
    end = len(data) - END_RECORD.size
    if end < 0 or data[end : end + 4] != END:
        raise Refused("archive", "archive", f"it is damaged, truncated, or has something behind its end. {REMEDY}")
    _, disk, first_disk, here, count, size, start, comment = END_RECORD.unpack_from(data, end)
    if (disk, first_disk, comment) != (0, 0, 0) or here != count or start + size != end:
        raise Refused("archive", "archive", f"its directory does not end where the file does. {REMEDY}")
    if data[end - 20 : end - 16] == b"PK\x06\x07":
        raise Refused("archive", "archive", f"it is of the format for more than 4 GiB (zip64). {REMEDY}")
    if count > limits.members:
        raise Refused("member", "archive", f"it has {count} members and may have {limits.members}. {REMEDY}")
    entries: list[Entry] = []
    position = start
    for _ in range(count):
        entry, position = _entry(data, position, end)
        if entry.name in {other.name for other in entries}:
            raise Refused("member", entry.name, f"the archive has it twice. {REMEDY}")
        entries.append(entry)
    if position != end:
        raise Refused("archive", "archive", f"its directory holds more than its entries. {REMEDY}")
    if (total := sum(entry.size for entry in entries)) > limits.archive_bytes:
        raise Refused("bomb", "archive", f"its members have {total} bytes, and may have {limits.archive_bytes}.")
    return entries, start


def _entry(data: bytes, position: int, end: int) -> tuple[Entry, int]:
    if end - position < CENTRAL_HEADER.size or data[position : position + 4] != CENTRAL:
        raise Refused("archive", "archive", f"its directory is damaged. {REMEDY}")
    (_, _, _, flags, method, _, _, crc, compressed, size, name_bytes, extra, comment, disk, _, attributes, offset) = (
        CENTRAL_HEADER.unpack_from(data, position)
    )
    after = position + CENTRAL_HEADER.size + name_bytes
    raw = data[position + CENTRAL_HEADER.size : after]
    name = raw.decode("ascii", "backslashreplace")
    if name not in KNOWN:
        raise Refused("member", quoted(name), f"only {', '.join(sorted(KNOWN))} belong in the archive. {REMEDY}")
    if extra or comment or disk or after > end:
        raise Refused("archive", name, f"it has an extra field or a comment, as Keras never writes one. {REMEDY}")
    if stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG):
        raise Refused("link", name, f"it is no regular file but a link, a folder or a device. {REMEDY}")
    if flags & ~UTF8_NAME:
        raise Refused("archive", name, f"it is encrypted, patched or streamed (flags {flags:#x}). {REMEDY}")
    if method not in (STORED, DEFLATED):
        raise Refused("archive", name, f"it is compressed by method {method}; only 0 and 8 are known. {REMEDY}")
    return Entry(name, raw, flags, method, crc, compressed, size, offset), after


def _after_local_header(data: bytes, entry: Entry, directory: int) -> int:
    """Where the member's bytes start, once its own header says what the directory does."""
    start = entry.offset + LOCAL_HEADER.size + len(entry.raw_name)
    if start + entry.compressed > directory:
        raise Refused("archive", entry.name, f"it reaches into the directory: the archive is damaged. {REMEDY}")
    signature, _, flags, method, _, _, crc, compressed, size, name_bytes, extra = LOCAL_HEADER.unpack_from(
        data, entry.offset
    )
    told = (signature, flags, method, crc, compressed, size, name_bytes, extra)
    expected = (LOCAL, entry.flags, entry.method, entry.crc, entry.compressed, entry.size, len(entry.raw_name), 0)
    if told != expected or data[start - name_bytes : start] != entry.raw_name:
        raise Refused("archive", entry.name, f"its own header and the directory contradict each other. {REMEDY}")
    return start


def _content(packed: memoryview, entry: Entry, limits: Limits) -> bytes:
    if entry.size > limits.member_bytes:
        raise Refused("bomb", entry.name, f"it has {entry.size} bytes, and may have {limits.member_bytes}.")
    content = bytes(packed) if entry.method == STORED else _inflated(packed, entry)
    if len(content) != entry.size:
        raise Refused("bomb", entry.name, f"it says that it has {entry.size} bytes, and has another number. {REMEDY}")
    if zlib.crc32(content) != entry.crc:
        raise Refused("damaged", entry.name, "its checksum is wrong: the file was damaged. Copy or save it again.")
    return content


def _inflated(packed: memoryview, entry: Entry) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(packed, entry.size + 1)  # one more than it may have, whatever the stream holds
    except zlib.error as error:
        raise Refused("damaged", entry.name, f"it cannot be uncompressed ({error}). Copy or save it again.") from error
    if len(content) <= entry.size and (not stream.eof or stream.unused_data):
        raise Refused("damaged", entry.name, f"its compressed bytes do not end where it does. {REMEDY}")
    return content
