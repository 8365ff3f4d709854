# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands pip's configuration on to uv, which does not read it: where packages come from, and whom to trust."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

#: uv's environment variable for each of pip's settings that say where packages come from.
_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
}
_SEPARATORS = {"UV_FIND_LINKS": ","}  # of several values; the others want blanks
#: Any of these says that uv is configured by itself.
_OWN = ("UV_CONFIG_FILE", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")


def pip_settings() -> dict[str, str]:
    """What pip is told for an installation, by files and by the environment; empty where this Python has no pip."""
    if importlib.util.find_spec("pip") is None:
        return {}
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return read_settings(done.stdout)


def read_settings(listing: str) -> dict[str, str]:
    """What of the output of `pip config list` concerns an installation; the environment wins over files."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        key, _equals, value = line.partition("=")
        section, _dot, option = key.rpartition(".")
        if section in found:
            found[section][option] = str(ast.literal_eval(value))
    return {option: value for section in found.values() for option, value in section.items()}


def uv_environment(settings: Mapping[str, str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables that make uv install from where pip, of these `settings`, would.

    What `environ` says of uv already stays as it is.
    """
    environ = os.environ if environ is None else environ
    if any(environ.get(name) for name in _OWN):
        return {}
    told: dict[str, str] = {}
    for option, variable in _VARIABLES.items():
        words = settings.get(option, "").split()
        if words and not environ.get(variable):
            told[variable] = _SEPARATORS.get(variable, " ").join(words)
    certificates = Path(told.get("SSL_CERT_FILE", ""))
    if "SSL_CERT_FILE" in told and certificates.is_dir():  # pip takes either
        told["SSL_CERT_DIR"] = told.pop("SSL_CERT_FILE")
    if "UV_INDEX" in told:
        # pip takes the best version of all indexes, uv by itself that of the first one which knows the package.
        told.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return told
