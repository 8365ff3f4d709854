# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetches the collection awx.awx from the package index of Python: it is part of the package `ansible`.

    python tests/awx/fetch_awx_collection.py build/awx

Leaves `build/awx/ansible_collections/awx/awx`, which the tests find by the environment variable AWX_COLLECTION, here
`build/awx`. Does nothing if it is there already.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

#: The newest release that holds awx.awx; it was dropped from `ansible` 13. It wants Python 3.11, its files do not.
PACKAGE = "ansible==12.3.0"
PREFIX = "ansible_collections/awx/awx/"


def fetch(target: Path) -> Path:
    """Returns the folder that holds `ansible_collections/awx/awx`, after fetching it if need be.

    Raises subprocess.CalledProcessError when the package cannot be had.
    """
    if (target / PREFIX / "MANIFEST.json").is_file():
        return target
    with TemporaryDirectory() as folder:
        options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--quiet", "--dest", folder]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, PACKAGE], check=True)
        (wheel,) = Path(folder).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(PREFIX)])
    return target


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1]).resolve()))
