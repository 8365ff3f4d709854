# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what the development sessions rest on."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import closing_line, pythons  # noqa: E402


def _results(folder: Path, sessions: dict[str, str], suites: dict[str, tuple[int, int, int, int]]) -> Path:
    report = [{"name": name, "result": result, "reason": None, "duration": 1.0} for name, result in sessions.items()]
    (folder / "nox.json").write_text(json.dumps({"sessions": report}), encoding="utf-8")
    for name, (tests, failures, errors, skipped) in suites.items():
        (folder / f"{name}.xml").write_text(
            f'<testsuites><testsuite tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"/>'
            "</testsuites>",
            encoding="utf-8",
        )
    return folder


@pytest.mark.parametrize(
    ("sessions", "suites", "wanted"),
    [
        ({"lint": "success", "unit": "success"}, {"unit": (10, 0, 0, 1)}, (9, 0)),
        ({"lint": "failed", "unit": "success"}, {"unit": (10, 0, 0, 0)}, (10, 1)),
        ({"unit": "failed", "unit-2.16": "success"}, {"unit": (5, 1, 1, 0), "unit-2.16": (5, 0, 0, 0)}, (8, 2)),
        ({"unit": "failed"}, {}, (0, 1)),
        ({"unit": "aborted"}, {}, (0, 1)),
        ({"unit": "skipped"}, {}, (0, 0)),
        ({}, {}, (0, 1)),
    ],
)
def test_closing_line(
    tmp_path: Path,
    sessions: dict[str, str],
    suites: dict[str, tuple[int, int, int, int]],
    wanted: tuple[int, int],
) -> None:
    passed, failed, _said = closing_line.count(_results(tmp_path, sessions, suites))
    assert (passed, failed) == wanted


def test_closing_line_leaves_out_what_was_never_started(tmp_path: Path) -> None:
    _results(tmp_path, {}, {"unit": (2, 1, 0, 0)})
    sessions = [
        {"name": "unit", "result": "failed", "reason": None, "duration": 1.0},
        {
            "name": "coverage",
            "result": "aborted",
            "reason": "Prerequisite session unit was not successful",
            "duration": 0,
        },
    ]
    (tmp_path / "nox.json").write_text(json.dumps({"sessions": sessions}), encoding="utf-8")
    assert closing_line.count(tmp_path)[:2] == (1, 1)


@pytest.mark.parametrize(
    ("versions", "oldest", "newest"),
    [
        (["3.11"], ("2.16", "3.11"), ("2.19", "3.11")),
        (["3.13"], ("2.18", "3.13"), ("2.21", "3.13")),
        (["3.9", "3.10", "3.13"], ("2.16", "3.10"), ("2.21", "3.13")),
    ],
)
def test_cores(versions: list[str], oldest: tuple[str, str], newest: tuple[str, str]) -> None:
    cores = pythons.cores(dict.fromkeys(versions, "/nowhere"))
    assert (cores[0].release, cores[0].python) == oldest
    assert (cores[-1].release, cores[-1].python) == newest
    assert len(cores) + len(pythons.left_out(cores)) == len(pythons.CORES)


def test_no_core_runs_on_an_old_python() -> None:
    assert pythons.cores({"3.9": "/nowhere"}) == []


def test_an_interpreter_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = f"3.{sys.version_info[1]}"
    shims, real = tmp_path / "shims", tmp_path / "real"
    shims.mkdir()
    real.mkdir()
    (shims / f"python{version}").write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    (shims / f"python{version}").chmod(0o755)
    (real / f"python{version}").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", os.pathsep.join([str(shims), str(real)]))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.delenv("IDOPS_SAILPOINT_PYTHONS", raising=False)
    # So that what is found is not left in the environment of later tests.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    found = pythons.find()
    assert list(found) == [version]
    assert not found[version].startswith(str(shims))
