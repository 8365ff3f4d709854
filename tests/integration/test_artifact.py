# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ansible-galaxy collection build` puts into the artifact."""

from __future__ import annotations

import tarfile
from pathlib import Path

FOLDERS = {"changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles", "LICENSES"}
FILES = {
    *("CHANGELOG.md", "CHANGELOG.rst", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "SECURITY.md"),
    *("execution-environment.yml", "requirements.txt"),
}


def _names(artifact: Path) -> list[Path]:
    with tarfile.open(artifact) as archive:
        return [Path(member.name) for member in archive.getmembers() if member.isfile()]


def test_the_artifact_holds_only_what_users_need(artifact: Path) -> None:
    strangers = [
        str(name)
        for name in _names(artifact)
        if (name.parts[0] not in FOLDERS if len(name.parts) > 1 else name.name not in FILES)
    ]
    assert not strangers


def test_the_artifact_holds_no_leftovers(artifact: Path) -> None:
    leftovers = [
        str(name)
        for name in _names(artifact)
        if any(part == "__pycache__" or part.startswith(".") for part in name.parts) or name.suffix in {".pyc", ".orig"}
    ]
    assert not leftovers


def test_the_artifact_holds_every_plugin(artifact: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    plugins = {path.relative_to(root) for path in (root / "plugins").glob("*/*.py")}
    assert plugins
    assert plugins <= set(_names(artifact))
