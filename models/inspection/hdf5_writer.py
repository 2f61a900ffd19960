"""Writes another model_config into an HDF5 file; run by path, as hdf5_reader.py is. Knows no module of this project.

Standard input is the length of the configuration in eight bytes, the configuration, and the file; the answer is the
file with that configuration, and without what only training needs.
"""

import codecs
import io
import resource
import sys
from pathlib import Path

import h5py

NEEDLESS_ATTRIBUTE, NEEDLESS_GROUP = "training_config", "optimizer_weights"


def main() -> None:
    """Answer with the file, written anew."""
    given = sys.stdin.buffer.read()
    length = int.from_bytes(given[:8], "big")
    config, content = given[8 : 8 + length], io.BytesIO(given[8 + length :])
    _confine(len(given))
    with h5py.File(content, "r+") as file:
        file.attrs["model_config"] = config
        if NEEDLESS_ATTRIBUTE in file.attrs:
            del file.attrs[NEEDLESS_ATTRIBUTE]
        if NEEDLESS_GROUP in file:
            del file[NEEDLESS_GROUP]
    sys.stdout.buffer.write(content.getbuffer())


def _confine(size: int) -> None:
    codecs.lookup("ascii")  # h5py needs it, and no file can be opened afterwards
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + 4 * size + (256 << 20)
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, 60), (resource.RLIMIT_NOFILE, 0)):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
