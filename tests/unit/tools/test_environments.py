# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of where the sessions' environments lie, of where they come from, and of what is installed into them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import index, place, pythons  # noqa: E402


def test_environments_lie_below_the_checkout() -> None:
    assert place.environments(Path("/a/checkout"), {"XDG_CACHE_HOME": "/cache"}) == Path("/a/checkout/.nox")


@pytest.mark.parametrize("root", ["/a b/checkout", "/a/check\tout"])
@pytest.mark.parametrize(
    ("environ", "parent"),
    [
        ({"XDG_CACHE_HOME": "/cache", "HOME": "/home/me"}, "/cache"),
        ({"HOME": "/home/me"}, "/home/me/.cache"),
        ({"HOME": "/home/my self", "TMPDIR": "/scratch"}, "/scratch"),
        ({"XDG_CACHE_HOME": "not/absolute", "TMPDIR": "/scratch"}, "/scratch"),
    ],
)
def test_environments_lie_where_no_blank_is(root: str, environ: dict[str, str], parent: str) -> None:
    folder = place.environments(Path(root), environ)
    assert folder.parent == Path(parent)
    assert folder == place.environments(Path(root), environ)
    assert folder != place.environments(Path(f"{root}2"), environ)


def test_whoever_has_blanks_everywhere_is_told_so() -> None:
    with pytest.raises(place.NoPlaceError, match="set XDG_CACHE_HOME") as caught:
        place.environments(Path("/a b"), {"XDG_CACHE_HOME": "/c d", "TMPDIR": "/e f"})
    assert "\n" not in str(caught.value)


def test_uv_installs_from_where_pip_does() -> None:
    settings = {
        "index-url": "https://index.example/simple",
        "extra-index-url": "https://one.example/simple\nfile:///two",
        "find-links": "/wheels /more",
        "cert": "/certificates.pem",
        "disable-pip-version-check": "1",
    }
    assert index.uv_environment(settings, {}) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INDEX": "https://one.example/simple file:///two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/certificates.pem",
    }


def test_certificates_may_be_a_folder(tmp_path: Path) -> None:
    assert index.uv_environment({"cert": str(tmp_path)}, {}) == {"SSL_CERT_DIR": str(tmp_path)}


def test_what_uv_is_told_by_itself_stays() -> None:
    settings = {"index-url": "https://index.example/simple", "timeout": "60"}
    assert index.uv_environment(settings, {"UV_DEFAULT_INDEX": "https://own.example"}) == {}
    assert "UV_HTTP_TIMEOUT" not in index.uv_environment(settings, {"UV_HTTP_TIMEOUT": "5"})


def test_the_environment_wins_over_pips_files() -> None:
    listing = """:env:.index-url='https://env.example'
download.index-url='https://other.example'
global.extra-index-url='https://one.example\\nhttps://two.example'
global.index-url='https://global.example'
install.cert='/install.pem'
global.cert='/global.pem'
"""
    assert index.read_settings(listing) == {
        "index-url": "https://env.example",
        "extra-index-url": "https://one.example\nhttps://two.example",
        "cert": "/install.pem",
    }


def test_another_core_is_wanted() -> None:
    core = pythons.other_core("ansible-core==2.22.0b1", {"3.9": "/nowhere", "3.13": "/nowhere"})
    assert core.requirement == "ansible-core==2.22.0b1"
    assert core.python == "3.13"
    assert pythons.Core("2.16", "3.10").requirement == "ansible-core==2.16.*"


def test_links_lead_to_what_is_here(tmp_path: Path) -> None:
    for target in ("/first", "/second"):
        folder = pythons.link_folder({"3.13": target}, tmp_path / "links", uv=target, absent=None)
    assert {path.name: os.readlink(path) for path in folder.iterdir()} == {"python3.13": "/second", "uv": "/second"}
