# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the checkout importable as `ansible_collections.idops.sailpoint`, for Python and for Ansible's plugin loader.

ansible-test does that itself; this serves a plain `pytest tests/unit`.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]

# How long an example takes, to make or to try, says more of the machine than of the code.
settings.register_profile(
    "collection", deadline=None, database=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("collection")

if not any(type(finder).__name__ == "_AnsibleCollectionFinder" for finder in sys.meta_path):
    tree = Path(tempfile.mkdtemp(prefix="idops-sailpoint-unit-"))
    atexit.register(shutil.rmtree, tree, ignore_errors=True)
    place = tree / "ansible_collections" / "idops"
    place.mkdir(parents=True)
    (place / "sailpoint").symlink_to(ROOT, target_is_directory=True)
    # For the tests' own child processes, too.
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(tree)
    os.environ.setdefault("ANSIBLE_HOME", str(tree / "home"))

    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(tree)])
