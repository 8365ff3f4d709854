# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration of Sphinx for the documentation site. Its sources are docs/ and what antsibull-docs makes beside it."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import yaml
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
_GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))

project = "idops.sailpoint"
author = "idops.sailpoint contributors"
copyright = f"2026, {author}"
release = version = _GALAXY["version"]

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["awx/**", "docsite/**", "inventory/**", "systemd/**"]
# The reference refers to pages of Ansible's own site, which is not asked: this one is built without a network. Guides
# make no such references.
suppress_warnings = ["ref.ref"]
highlight_language = "yaml"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
copybutton_exclude = ".linenos, .gp"

html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "source_repository": _GALAXY["repository"] + "/",
    "source_branch": "main",
    "source_directory": "docs/",
}

_FILES = f"{_GALAXY['repository']}/blob/main/"
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:)([^)#\s]+)(#[^)\s]*)?(?=\))")
_CONTENTS = re.compile(r"^\.\. contents::\n(?:   :.*\n)*", re.MULTILINE)
_PLUGIN = re.compile(r"plugins/(modules|lookup|filter)/(\w+)\.py|roles/(\w+)/README\.md")
_KINDS = {"modules": "module", "lookup": "lookup", "filter": "filter"}


def _fit(app: Sphinx, page: str, source: list[str]) -> None:
    """Fits a page to the site.

    A guide's links to a plugin or role become links to its page of the reference, those to anything else that is not on
    the site lead to the code host.
    """
    if page.startswith("collections/"):
        source[0] = _CONTENTS.sub("", source[0])  # the theme has them beside the page
    else:
        folder = posixpath.join("docs", posixpath.dirname(page))
        source[0] = _LINK.sub(lambda link: _target(folder, link[1], link[2] or ""), source[0])


def _target(folder: str, link: str, anchor: str) -> str:
    path = posixpath.normpath(posixpath.join(folder, link))
    if path.startswith("docs/") and path.endswith(".md"):
        return link + anchor
    plugin = _PLUGIN.fullmatch(path)
    if plugin is None:
        # A test is named by the anchor; the code host has no anchors for functions.
        return _FILES + path + ("" if anchor.startswith("#test_") else anchor)
    name, kind = (plugin[3], "role") if plugin[3] else (plugin[2], _KINDS[plugin[1]])
    return posixpath.relpath(f"docs/collections/idops/sailpoint/{name}_{kind}.rst", folder)


def setup(app: Sphinx) -> None:
    """Is called by Sphinx."""
    app.connect("source-read", _fit)
