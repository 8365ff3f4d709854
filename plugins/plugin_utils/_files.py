# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that others read while they are written: each is written beside its place and then moved there."""

from __future__ import annotations

import contextlib
import os
import tempfile

TEMPORARY = ".idops-sailpoint-"
"""What the name of a file begins with while it is written."""


def absolute(path: str) -> str:
    """Return a path as an absolute one, ``~`` for the home directory."""
    return os.path.abspath(os.path.expanduser(str(path)))


def write_whole(path: str, text: str, mode: int) -> None:
    """Write a file, so that whoever reads it at any time has the whole of what it held before or holds now.

    :raises OSError: it cannot be written; what was there before is there still
    """
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=TEMPORARY)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def reason_of(error: Exception) -> str:
    """Return why a file could not be read or written, in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
