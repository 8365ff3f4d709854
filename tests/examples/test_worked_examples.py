# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worked examples of docs/architecture.md, done in a copy: the tests pass, and tell whoever forgets a place.

An example is a section whose `diff` blocks are patches, one for each place of the change.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tools import collection
from tools.limits import HANGS_AFTER

PAGE = collection.ROOT / "docs" / "architecture.md"
# What reads several places, and what is quick: whoever forgets one is told by these.
TESTS = [
    "tests/unit/test_architecture.py",
    "tests/unit/test_consistency.py",
    "tests/unit/plugins/module_utils/_api/test_task_status_api.py",
    "tests/unit/plugins/module_utils/_tasks/test_selecting.py",
    "tests/unit/plugins/module_utils/_tasks/test_sifting.py",
]


@dataclass(frozen=True)
class Example:
    """A change, and the patch for each of its places."""

    title: str
    patches: tuple[str, ...]

    def __str__(self) -> str:
        return self.title

    @property
    def places(self) -> list[str]:
        """The file that each patch changes or makes."""
        return [re.findall(r"^\+\+\+ b/(\S+)$", patch, re.MULTILINE)[0] for patch in self.patches]


def examples() -> list[Example]:
    """All examples of the page, in its order."""
    _before, *sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [
        Example(
            section.partition("\n")[0], tuple(re.findall(r"^```diff\n(.*?)^```$", section, re.DOTALL | re.MULTILINE))
        )
        for section in sections
    ]
    return [example for example in found if example.patches]


EXAMPLES = examples()


def verdict_on(patches: list[str], folder: Path) -> tuple[int, str]:
    """Applies patches to a copy of the collection below `folder`; returns how its tests end, and what they print."""
    copy = collection.copy_tree(folder)
    for patch in patches:
        done = subprocess.run(
            ["git", "apply", "--recount", "-"], cwd=copy, input=patch, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, f"the example does not fit the code any more: {done.stderr}\n{patch}"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(
        command, cwd=copy, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=HANGS_AFTER, check=False
    )
    return done.returncode, done.stdout


def test_the_page_has_the_examples() -> None:
    assert [example.title for example in EXAMPLES] == [
        "A generation of the API",
        "An option that selects",
        "An outcome",
        "A module",
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_example_as_a_whole_passes_the_tests(example: Example, tmp_path: Path) -> None:
    code, said = verdict_on(list(example.patches), tmp_path)
    assert code == 0, said


@pytest.mark.parametrize(
    ("example", "forgotten"),
    [
        pytest.param(example, number, id=f"{example}-{place}")
        for example in EXAMPLES
        for number, place in enumerate(example.places)
    ],
)
def test_the_tests_tell_whoever_forgets_a_place(example: Example, forgotten: int, tmp_path: Path) -> None:
    patches = [patch for number, patch in enumerate(example.patches) if number != forgotten]
    code, said = verdict_on(patches, tmp_path)
    assert code == 1, said
