# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the sessions' environments lie: below the checkout, unless a blank in its path forbids that.

ansible-core before 2.17 runs the interpreter of a managed node without quoting it, and so cannot run one whose path
holds a blank. Prints the folder when it is run as a program, for `make distclean`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class NoPlaceError(Exception):
    """Every folder that could hold environments has a blank in its path."""


def environments(root: Path = ROOT, environ: Mapping[str, str] | None = None) -> Path:
    """The folder for the environments and for what is kept between two runs; it need not be there yet.

    Below `root`, or where its path holds a blank below the user's cache folder or the one for temporary files. Raises
    NoPlaceError where those hold one, too.
    """
    environ = os.environ if environ is None else environ
    if not _has_blank(root):
        return root / ".nox"
    name = f"idops-sailpoint-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME") or "~", ".cache")
    temporary = Path(environ.get("TMPDIR") or tempfile.gettempdir())
    for folder in (Path(cache).expanduser() / name, temporary / f"{name}-{os.getuid()}"):
        if folder.is_absolute() and not _has_blank(folder):
            return folder
    raise NoPlaceError(
        f"The path of this checkout, {root}, holds a blank, and ansible-core 2.16 runs no Python from such a path. "
        f"So do {cache} and {temporary}, where the environments could be: set XDG_CACHE_HOME to a folder without one."
    )


def _has_blank(path: Path) -> bool:
    return any(character.isspace() for character in str(path))


def main() -> int:
    """Prints the folder; returns 1 where there is none."""
    try:
        print(environments())
    except NoPlaceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
