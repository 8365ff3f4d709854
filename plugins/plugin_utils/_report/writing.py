# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as files. The one part of a report that knows files.

A file is written beside its place and then moved there, so that whoever reads it meanwhile, such as a web server or
Prometheus, has the whole of one report.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...module_utils._wording import printable
from .formats import FORMATS

_DIRECTORY_MODE, _FILE_MODE = 0o750, 0o640
_TEMPORARY = ".idops-sailpoint-"


class Written(NamedTuple):
    """The files that were written, by their absolute paths, and a sentence for each that was not."""

    paths: list[str]
    problems: list[str]


class Maker(NamedTuple):
    """What makes the text of a file, and what its name ends with."""

    ending: str
    make: Callable[[], str]


def prepare(directory: str) -> str | None:
    """Make the directory if it is missing, with mode 0750 as its missing parents; one that is there stays as it is.

    Return what keeps a report from being written there, a sentence, or None.
    """
    path = absolute(directory)
    try:
        _make(path)
        # Permissions tell neither a read-only file system nor a full one.
        with tempfile.NamedTemporaryFile(dir=path, prefix=_TEMPORARY):
            return None
    except NotADirectoryError as error:
        return f"{error.filename or path} is not a directory; name one that reports can be written to."
    except (OSError, ValueError) as error:
        return f"No report can be written to {path} ({_reason(error)}); make it writable or name another directory."


def write(report: Mapping[str, Any], directory: str, stem: str, formats: Iterable[str]) -> Written:
    """Write a report of :mod:`data` as files ``stem.html``, ``stem.prom`` and so on into a directory that is there.

    :param formats: names of :data:`formats.FORMATS`
    """
    makers = {name: Maker(one.ending, functools.partial(one.render, report)) for name, one in FORMATS.items()}
    return write_each(formats, makers, directory, stem)


def write_each(formats: Iterable[str], makers: Mapping[str, Maker], directory: str, stem: str) -> Written:
    """Write what each maker that is asked for returns, mode 0640; one that fails stops no other."""
    written = Written([], [])
    for name in dict.fromkeys(map(str, formats)):
        try:
            if name not in makers:
                raise ValueError(f"there is no such format, only {', '.join(makers)}")
            ending, make = makers[name]
            written.paths.append(_write(Path(absolute(directory)), f"{stem}.{ending}", make()))
        except Exception as error:  # whatever it is, the other formats and the run itself go on
            written.problems.append(printable(f"The report {stem} was not written as {name}: {_reason(error)}."))
    return written


def absolute(directory: str) -> str:
    """Return a directory by its absolute path, ``~`` for the home directory."""
    return os.path.abspath(os.path.expanduser(str(directory)))


def _make(path: str) -> None:
    if os.path.isdir(path):
        return
    _make(os.path.dirname(path))
    try:
        os.mkdir(path, _DIRECTORY_MODE)
        os.chmod(path, _DIRECTORY_MODE)
    except FileExistsError:
        # Hosts of one run make the same directory at once.
        if not os.path.isdir(path):
            raise NotADirectoryError(20, "not a directory", path) from None


def _write(directory: Path, name: str, text: str) -> str:
    if Path(name).name != name:
        raise ValueError("its name would lie in another directory")
    handle, temporary = tempfile.mkstemp(dir=directory, prefix=_TEMPORARY)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), _FILE_MODE)
            file.write(text)
        os.replace(temporary, directory / name)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return str(directory / name)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
