# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the checkout importable as `ansible_collections.idops.sailpoint`, here and in child processes."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tools import collection


def make_importable() -> None:
    """Link the checkout to where Ansible looks for collections, unless a finder of collections is there already.

    Sets ANSIBLE_COLLECTIONS_PATH for child processes.
    """
    if any(type(finder).__name__ == "_AnsibleCollectionFinder" for finder in sys.meta_path):
        return
    tree = Path(tempfile.mkdtemp(prefix="idops-sailpoint-"))
    atexit.register(_remove, tree, os.getpid())
    collection.link_tree(tree)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(tree)
    os.environ.setdefault("ANSIBLE_HOME", str(tree / "home"))

    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(tree)])


def _remove(tree: Path, maker: int) -> None:
    if os.getpid() == maker:  # and not a fork of it
        shutil.rmtree(tree, ignore_errors=True)
