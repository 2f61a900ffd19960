"""What the Linux kernel can be asked to forbid this process for good, where it can: network and files. Knows no model.

Each function says whether it worked: an older kernel, or a container that forbids the question, has less to offer.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SIGKILL = 9
# Landlock (Linux 5.13): the same numbers on every architecture; see the kernel's userspace-api/landlock.rst.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE
_KNOWN_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # rights to files that a version of Landlock knows; 16 from version 5 on
_NETWORK_BITS = 3  # to bind and to connect TCP, from version 4 on
_TRUNCATE = 1 << 14


def end_with_parent() -> None:
    """Be killed where the process that started this one is gone."""
    _libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() == 1 and os.getpid() != 1:
        os._exit(1)  # it was gone before that


def leave_network() -> bool:
    """Go on in a network of its own, which has no interface that is up."""
    libc = _libc()
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def confine_files(readable: Iterable[Path], writable: Path) -> bool:
    """From now on, read only below `readable` and write only below `writable`, also from C++; execute nothing."""
    libc = _libc()
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    if version < 1:
        return False
    handled = (1 << _KNOWN_BITS.get(version, 16)) - 1
    attributes = struct.pack("QQ", handled, _NETWORK_BITS)[: 16 if version >= 4 else 8]
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        for path in readable:
            _allow(libc, rules, path, _READ_FILE | _READ_DIR)
        _allow(libc, rules, writable, handled & ~_EXECUTE)
        _allow(libc, rules, Path("/dev/null"), _READ_FILE | _WRITE_FILE)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    """To a path and all below it; what is not there needs no right."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _OF_FILES | _TRUNCATE
        rule = struct.pack("=Qi", rights, descriptor)
        libc.syscall(_ADD_RULE, rules, ctypes.c_uint32(_PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
