# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the screen, a terminal as Ansible sees one, when a tenant and whoever is before it try to write there."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from faults.support import connection, environment, listening, playbook_command
from simulator.server import Simulator
from tools.limits import HANGS_AFTER

# Clears the screen, rings, begins a line that looks like Ansible's; C1 controls, directions, separators, DEL.
HOSTILE = "\x1b[2J\x07\r\nFORGED : ok=1 failed=0\x9b31m\x85\x9d\u202e\u2066\u2028\u200f\u061c\x7f"
_SEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]")


def screen(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Run a command in a terminal of its own; return all that it wrote there, with line feeds at the ends of lines."""
    ours, theirs = pty.openpty()
    try:
        started = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=dict(environ), start_new_session=True
        )
        guard = threading.Timer(HANGS_AFTER, started.kill)
        guard.start()
    finally:
        os.close(theirs)
    parts: list[bytes] = []
    while part := _read(ours):
        parts.append(part)
    os.close(ours)
    started.wait(HANGS_AFTER)
    guard.cancel()
    return b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # so Linux tells the end of a terminal
        return b""


def check(text: str, *told: str) -> None:
    """Assert that a screen has nothing but lines of text, no line that is forged, and what was to be told."""
    print(text)
    assert [(found[0], text[max(found.start() - 90, 0) : found.end() + 20]) for found in _SEEN.finditer(text)] == []
    assert [line for line in text.split("\n") if line.startswith("FORGED")] == []
    for words in told:
        assert words in text
    assert "Traceback" not in text


def put(tenant: Simulator, *ids: str, **fields: Any) -> None:
    """Give the tenant pending tasks that have hostile text wherever text may be."""
    names = {name: f"{name} {HOSTILE}" for name in ("uniqueName", "launcher", "description", "progress")}
    source = {"id": f"s {HOSTILE}", "name": f"HR {HOSTILE}", "type": "APPLICATION"}
    messages = [{"type": "ERROR", "key": HOSTILE, "localizedText": {"locale": "en", "message": HOSTILE}}]
    shown = {**names, "target": source, "messages": messages, "attributes": {HOSTILE: HOSTILE}}
    tenant.put_tasks([{"id": task_id, **shown, **fields} for task_id in ids])


def refuse(tenant: Simulator) -> None:
    """Have the tenant refuse updates with hostile text."""
    body = {"detailCode": f"400 {HOSTILE}", "trackingId": HOSTILE, "messages": [{"text": f"no way {HOSTILE}"}]}
    action = {"kind": "status", "status": 400, "body": json.dumps(body)}
    tenant.arm({"match": {"kind": "update"}, "action": action})


def play_on(tenant: Simulator, *modules: dict[str, Any], **variables: Any) -> dict[str, Any]:
    """Return a play that goes on after failures."""
    tasks = [{"name": f"Task {number}", "ignore_errors": True, **one} for number, one in enumerate(modules)]
    defaults = {"group/idops.sailpoint.task_management": connection(tenant)}
    return {"tasks": tasks, "module_defaults": defaults, "vars": variables}


IDS = ["plain", f"odd {HOSTILE}"]
ELSEWHERE = {"ansible_sailpoint_in_process": False}


@pytest.mark.parametrize("own", [{}, {"vars": ELSEWHERE}], ids=["in the worker", "as modules"])
def test_a_tenant_writes_nothing_to_the_screen(simulator: Simulator, tmp_path: Path, own: dict[str, Any]) -> None:
    put(simulator, *IDS)
    refuse(simulator)
    update, info = "idops.sailpoint.task_status", "idops.sailpoint.task_status_info"
    wait = {"id": IDS, "wait": True, "wait_timeout": "3s", "wait_interval": "1s", "progress_interval": "1s"}
    play = play_on(
        simulator,
        {update: {"id": IDS}, **own},
        {update: {"id": [*IDS, f"gone {HOSTILE}"], "precondition": True}, "check_mode": True, "diff": True, **own},
        {update: {"pending": True, "older_than": "0", "max_tasks": 1}, **own},
        {info: {"id": [f"gone {HOSTILE}"]}, **own},
        {info: {"id": ["plain"], "fields": [HOSTILE], "type": [HOSTILE]}, **own},
        {info: wait, **own},
        {info: {"id": ["a"], "type": {HOSTILE: HOSTILE}}, **own},
        {info: {"id": ["a"], "name": [f"({HOSTILE}"]}, **own},
        {info: {"id": ["a"], HOSTILE: HOSTILE}, **own},
    )
    text = screen(playbook_command(tmp_path, play.pop("tasks"), **play), environment(tmp_path))
    failures = ("Of 2 tasks 0 updated, 2 failed", "No task was found with the id gone", "2 tasks not completed")
    check(text, *failures, "no way [2J FORGED", "uniqueName [2J FORGED", "ignored=8")
    assert own or "0 of 2 tasks completed after" in text, "progress is told by the worker only"


def test_a_lookup_that_fails_writes_nothing_else_to_the_screen(simulator: Simulator, tmp_path: Path) -> None:
    gone = "{{ query('idops.sailpoint.task_status', bad, **there) }}"
    listed = "{{ query('idops.sailpoint.task_status', name=['a('~bad], **there) }}"
    text = {"ansible.builtin.debug": {"msg": gone}}, {"ansible.builtin.debug": {"msg": listed}}
    there = connection(simulator)
    play = play_on(simulator, *text, bad=f"gone {HOSTILE}", there=there)
    shown = screen(playbook_command(tmp_path, play.pop("tasks"), **play), environment(tmp_path))
    check(shown, "No task was found with the id gone [2J FORGED", "ignored=2")


def test_the_role_tells_lines_of_text(simulator: Simulator, tmp_path: Path) -> None:
    put(simulator, *IDS)
    refuse(simulator)
    role = {"ansible.builtin.include_role": {"name": "idops.sailpoint.clear_pending_tasks"}}
    variables = {
        "clear_pending_tasks_older_than": "0",
        "clear_pending_tasks_max_fraction": 1,
        "clear_pending_tasks_observe": "0",
        "clear_pending_tasks_exclude_names": ["nothing \x1b.2J\x9b\u202e"],
        "clear_pending_tasks_report_dir": str(tmp_path / "reports\x1b[2J"),
        **{f"sailpoint_{name}": value for name, value in connection(simulator).items()},
    }
    play = play_on(simulator, role, **variables)
    text = screen(playbook_command(tmp_path, play.pop("tasks"), **play), environment(tmp_path))
    check(text, "2 pending, 2 selected, 0 updated, 2 failed", "HR [2J FORGED", "matches no pending task")


def test_the_playbook_that_waits_tells_lines_of_text(simulator: Simulator, tmp_path: Path) -> None:
    put(simulator, *IDS, completionStatus=f"ERROR {HOSTILE}", completed="2026-05-17T19:33:16.470Z")
    command = playbook_command(tmp_path, [], "-e", json.dumps({"wait_for_tasks_ids": IDS}))
    command[-1] = "idops.sailpoint.wait_for_tasks"
    text = screen(command, {**environment(tmp_path), **simulator.environment})
    check(text, "Of 2 tasks 2 did not end well:", "(plain) with ERROR", "[2J FORGED")


def test_a_proxy_writes_nothing_to_the_screen(simulator: Simulator, tmp_path: Path) -> None:
    phrase = HOSTILE.replace("\r\n", "\r").encode("utf-8")
    with listening(lambda request: b"HTTP/1.1 403 no way " + phrase + b"\r\nContent-Length: 0\r\n\r\n") as proxy:
        there = {"base_url": "https://acme.example.com", "proxy": proxy.base_url, "retries": 0}
        modules = [{f"idops.sailpoint.{name}": {"id": ["a"], **there}} for name in ("task_status", "task_status_info")]
        play = play_on(simulator, *modules)
        text = screen(playbook_command(tmp_path, play.pop("tasks"), **play), environment(tmp_path))
    check(text, "no way", "ignored=2")
