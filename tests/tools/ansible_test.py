# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepares a home folder in which ansible-test finds all it would otherwise download from elsewhere than PyPI."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
from pathlib import Path

_SHIM = '''\
"""Stands in for get-pip.py, which ansible-test would download: installs the pip that comes with this Python."""

import runpy
import sys
from pathlib import Path

import ensurepip

bundled = Path(ensurepip.__file__).parent / "_bundled"
wheels = sorted(bundled.glob("pip-*.whl")) or sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
if not wheels:
    raise SystemExit("This Python comes without pip's wheel; on Debian the package python3-venv holds it.")
others = [argument for argument in sys.argv[1:] if not argument.startswith(("pip==", "--no-"))]
sys.path.insert(0, str(wheels[-1]))
sys.argv = ["pip", "install", str(wheels[-1]), *others]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def prepare_home(home: Path, python: Path) -> None:
    """Puts pip's bootstrap script and pip's configuration into `home`, to be given to ansible-test as HOME.

    `python` is the interpreter of the environment that ansible-core is installed in. Raises RuntimeError when its
    ansible-test does not say which pip it wants.
    """
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    ask = "import ansible_test._internal.python_requirements as module; print(module.__file__)"
    source = Path(subprocess.run([str(python), "-c", ask], check=True, capture_output=True, text=True).stdout.strip())
    versions = re.findall(r"\bpip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if not versions:
        raise RuntimeError(f"{source} names no version of pip; see how this ansible-core bootstraps it")
    for version in versions:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_SHIM, encoding="utf-8")
    _write_pip_configuration(home / ".config" / "pip" / "pip.conf", python)


def _write_pip_configuration(path: Path, python: Path) -> None:
    """Keeps what pip is told by the user's files and environment: ansible-test hands neither on."""
    listing = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    settings = configparser.RawConfigParser()
    for line in listing.splitlines():
        key, equals, value = line.partition("=")
        section, dot, option = key.rpartition(".")
        if not (equals and dot):
            continue
        section = "global" if section == ":env:" else section
        if not settings.has_section(section):
            settings.add_section(section)
        settings.set(section, option, str(ast.literal_eval(value)).replace("\n", "\n  "))
    if not settings.has_section("global"):
        settings.add_section("global")
    settings.set("global", "quiet", "1")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        settings.write(stream)
