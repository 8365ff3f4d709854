# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak of tests/soak, for a moment; `make soak` takes five minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from soak import run as soak
from tools import collection
from tools.limits import HANGS_AFTER

SOAK = [sys.executable, str(collection.ROOT / "tests" / "soak" / "run.py")]

STATE = {"completionStatus": "ERROR", "completed": "2026-11-27T10:00:00.123Z"}


class Of:
    """A run, as the checks of claims know it."""

    number = 0


def item(outcome: str, completed: str, **more: Any) -> dict[str, Any]:
    """What a run tells of the task."""
    patch = [("/completionStatus", "Error"), ("/completed", completed)]
    return {
        "id": "a",
        "outcome": outcome,
        "patch": [{"op": "replace", "path": path, "value": value} for path, value in patch],
        **more,
    }


def told(told_of: dict[str, Any]) -> dict[str, Any]:
    """What a run answers."""
    outcome = told_of["outcome"]
    failed = {"failed": True, "msg": "1 failed"} if outcome == "failed" else {}
    return {"result": {"tasks": [told_of], "summary": {outcome: 1}, "changed": outcome == "updated", **failed}}


@pytest.mark.parametrize(
    ("outcome", "completed", "alike", "is_true"),
    [
        ("updated", "2026-11-27T10:00:00.123Z", set(), True),
        ("updated", "2026-11-27T11:00:00.123+01:00", set(), True),
        ("updated", "2026-11-27T10:00:00.124Z", set(), False),
        ("updated", "2026-11-27T10:00:00Z", {"a"}, False),
        ("conflict", "2026-11-27T10:00:00.124Z", set(), True),
        ("conflict", "2026-11-27T10:00:00.123Z", set(), False),
        ("conflict", "2026-11-27T10:00:00.123Z", {"a"}, True),
        ("failed", "2026-11-27T10:00:00.123Z", set(), False),
    ],
)
def test_whose_update_it_was_is_told_by_the_millisecond(
    outcome: str, completed: str, alike: set[str], is_true: bool
) -> None:
    answer = told(item(outcome, completed))
    try:
        soak.check_claims(Of, ["a"], answer, {"a": STATE}, alike)  # type: ignore[arg-type]
    except soak.Wrong:
        assert not is_true
    else:
        assert is_true


def test_only_updates_of_the_same_millisecond_are_just_alike() -> None:
    first, later = (told(item("updated", f"2026-11-27T10:00:00.{end}Z")) for end in ("123", "124"))
    assert soak.just_alike([first, later]) == set()
    assert soak.just_alike([first, later, first]) == {"a"}


@pytest.mark.parametrize(("refused", "is_true"), [("a", True), (None, True), ("b", False)])
def test_a_refused_token_is_no_reason_for_another_id(refused: str | None, is_true: bool) -> None:
    answer = told(item("failed", "2026-11-27T10:00:00.124Z", error={"status": 401, "message": "refused"}))
    log = [{"status": 401, "task_id": refused}]
    try:
        soak.check_refusals(Of, answer, log)  # type: ignore[arg-type]
    except soak.Wrong:
        assert not is_true
    else:
        assert is_true


def test_the_result_is_put_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- soak -->\nold\n<!-- end of soak -->\nz\n", encoding="utf-8")
    soak.write(page, "new")
    assert page.read_text(encoding="utf-8") == "a\n<!-- soak -->\nnew\n<!-- end of soak -->\nz\n"


def test_a_short_soak() -> None:
    command = [*SOAK, "--seconds", "0.1", "--tasks", "60", "--runs", "2"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=HANGS_AFTER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Every claim agrees with the tenant: ")


def test_a_soak_without_faults_has_no_failures() -> None:
    """Faults are what makes the claims of the soak differ: it is they that are at work."""
    command = [*SOAK, "--seconds", "0", "--tasks", "20", "--runs", "1", "--faults", "0"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=HANGS_AFTER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "claimed updated" in done.stdout and ", 0 faults, " in done.stdout and "claimed failed" not in done.stdout
