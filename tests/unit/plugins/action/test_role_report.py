# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles begin and end with, where something goes wrong; the rest is in their integration targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible.template import Templar
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import OUTCOMES

OPTIONS: dict[str, Any] = {
    "older_than": "24h",
    "exclude_names": [],
    "exclude_source_ids": [],
    "fail_on_error": True,
    "report_formats": ["html", "json"],
}
CLEARED: dict[str, Any] = {
    "tasks": [{"id": "a", "outcome": "updated", "name": "A", "source": None, "age_seconds": 90.0, "patch": []}],
    "summary": {**dict.fromkeys(OUTCOMES, 0), "updated": 1},
    "pending_before": 1,
    "pending_after": 0,
    "selected": 1,
    "left_out": {},
    "excluded_by": {},
    "stopped": None,
    "request_stats": {},
}


def run(args: dict[str, Any], variables: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    task = Task()
    task.action, task.args, task.check_mode, task.async_val = "idops.sailpoint.role_report", args, check_mode, 0
    loader = DataLoader()
    action = action_loader.get(
        "idops.sailpoint.role_report",
        task=task,
        connection=connection_loader.get("local", PlayContext()),
        play_context=None,
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=None,
    )
    told: dict[str, Any] = action.run(task_vars=variables)
    return told


def tell(directory: Path, cleared: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    prepared = {"problem": "", "variables": {**OPTIONS, "report_dir": str(directory)}}
    variables = {
        "__clear_pending_tasks_prepared": prepared,
        "__clear_pending_tasks_cleared": CLEARED if cleared is None else cleared,
        "inventory_hostname": "acme/1",
    }
    return run({"role": "clear_pending_tasks", "step": "tell", "tenant_name": "acme"}, variables, **more)


def test_reports_are_named_after_the_host(tmp_path: Path) -> None:
    told = tell(tmp_path, check_mode=True)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name.partition("-2")[0] for name in names] == ["clear_pending_tasks-acme%2F1"] * 2
    assert sorted(told["result"]["reports"]) == [str(tmp_path / name) for name in names]
    assert told["failure"] == "" and told["entry"]["directory"] == str(tmp_path)
    assert json.loads((tmp_path / names[1]).read_text(encoding="utf-8"))["check_mode"] is True
    assert told["message"][0].startswith("acme, check mode: ")


def test_only_check_mode_hands_ids_on(tmp_path: Path) -> None:
    """A job that clears would hand on what is not to be cleared again."""
    checked = tell(tmp_path, check_mode=True)
    assert checked["statistics"]["clear_pending_tasks_ids"] == ["a"]
    assert checked["statistics"]["clear_pending_tasks_message"] == checked["message"]
    assert not {"clear_pending_tasks_ids", "clear_pending_tasks_message"} & set(tell(tmp_path)["statistics"])


def test_a_report_that_cannot_even_be_made_keeps_nothing_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(tmp_path / "unused")  # has the plugin loaded

    def build(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a bug")

    plugin = action_loader.get("idops.sailpoint.role_report", class_only=True)
    monkeypatch.setitem(
        plugin.run.__globals__["_TELL"]["clear_pending_tasks"].__globals__, "build_clearing_report", build
    )
    told = tell(tmp_path)
    assert told["message"][0] == "acme: 1 pending, 1 selected, 1 updated, 0 failed, 0 pending now"
    assert "could not be made: RuntimeError: a bug." in told["failure"]
    assert told["message"][1] == told["failure"]
    assert told["result"]["reports"] == [] and told["statistics"]["clear_pending_tasks_tenants_failed"] == 1


def test_a_directory_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REPORTS_OF", "acme")
    args = {"role": "task_report", "step": "prepare", "variables": {"dir": "~/$REPORTS_OF"}}
    assert run(args, {}, check_mode=True)["variables"]["dir"] == str(tmp_path / "acme")
    assert (tmp_path / "acme").is_dir()


def test_no_directory_is_made_for_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = {"role": "clear_pending_tasks", "step": "prepare", "variables": {"report_dir": ""}}
    assert run(args, {}) == {"changed": False, "variables": {"report_dir": ""}, "problem": ""}
    args["variables"] = {"problem": "clear_pending_tasks_max_tasks: no."}
    assert run(args, {})["problem"] == "clear_pending_tasks_max_tasks: no."
    assert list(tmp_path.iterdir()) == []


def overview(entries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    variables = {"ansible_play_hosts_all": list(entries), "hostvars": entries}
    return run({"role": "clear_pending_tasks", "step": "overview"}, variables)


def test_an_overview_has_those_of_which_nothing_was_heard(tmp_path: Path) -> None:
    entry = tell(tmp_path)["entry"]
    entries: dict[str, dict[str, Any]] = {
        "acme": {"__clear_pending_tasks_entry": entry},
        "lost": {},
        "broken": {"__clear_pending_tasks_unexpected": "It broke."},
    }
    told = overview(entries)
    assert told["problem"] == "" and len(told["message"]) == 3
    (path,) = tmp_path.glob("clear_pending_tasks_tenants-*.json")
    assert f"All tenants: {path}" in told["message"]
    tenants = json.loads(path.read_text(encoding="utf-8"))["tenants"]
    assert {one["tenant"]: one["problem"] for one in tenants} == {
        "broken": "It broke.",
        "lost": "What became of it is not known.",
        "acme": None,
    }


def test_an_overview_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    entry = tell(tmp_path)["entry"]
    told = overview({"a": {"__clear_pending_tasks_entry": {**entry, "directory": str(tmp_path / "gone")}}, "b": {}})
    assert "was not written as html" in told["problem"] and told["problem"] == " ".join(told["message"])


def test_one_tenant_is_no_overview(tmp_path: Path) -> None:
    entry = tell(tmp_path)["entry"]
    assert overview({"a": {"__clear_pending_tasks_entry": entry}})["message"] == []
