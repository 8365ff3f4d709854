# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as files. The one part of a report that knows files.

Whoever reads one while it is written, such as a web server or Prometheus, has the whole of one report.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...module_utils._wording import printable
from .._files import TEMPORARY, absolute, reason_of, write_whole
from .formats import FORMATS

_DIRECTORY_MODE, _FILE_MODE = 0o750, 0o640


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
        with tempfile.NamedTemporaryFile(dir=path, prefix=TEMPORARY):
            return None
    except NotADirectoryError as error:
        return f"{error.filename or path} is not a directory; name one that reports can be written to."
    except (OSError, ValueError) as error:
        return f"No report can be written to {path} ({reason_of(error)}); make it writable or name another directory."


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
            written.problems.append(printable(f"The report {stem} was not written as {name}: {reason_of(error)}."))
    return written


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
    write_whole(str(directory / name), text, _FILE_MODE)
    return str(directory / name)
