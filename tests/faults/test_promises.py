# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of promises: each line names the test that holds it, and that test exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tools import collection

PAGE = collection.ROOT / "docs" / "promises.md"
_LINK = re.compile(r"\[test\]\((\.\./tests/[a-z_/]+\.py)#(test_\w+)\)")


def promises() -> list[str]:
    """Return the items of the page's lists, each on one line."""
    items: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("- "):
            items.append(line)
        elif line.startswith("  ") and items:
            items[-1] += " " + line.strip()
    return items


def links() -> list[tuple[str, str]]:
    return sorted(set(_LINK.findall(PAGE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("promise", promises())
def test_each_promise_names_the_test_that_holds_it(promise: str) -> None:
    assert _LINK.search(promise), "a promise without a test"


@pytest.mark.parametrize(("path", "name"), links())
def test_each_test_that_is_named_exists(path: str, name: str) -> None:
    file = (PAGE.parent / path).resolve()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert len(found) == 1
    (test,) = found
    assert any(isinstance(node, (ast.Assert, ast.Call)) for node in ast.walk(test))


def test_there_are_promises_and_other_links_lead_somewhere() -> None:
    assert len(promises()) > 40 and len(links()) > 40
    for page in (PAGE, collection.ROOT / "SECURITY.md"):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / Path(target)).exists(), f"{page.name}: {target}"
