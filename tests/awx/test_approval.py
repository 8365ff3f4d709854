# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks around an approval in a workflow of AWX, given what AWX gives them, and its API's stand-in.

What a workflow's job is given besides what the jobs before it have handed on: awx_workflow_job_id (unified_jobs.py),
and the variables of a credential of the type "Red Hat Ansible Automation Platform".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from awx import api_stand_in
from awx.api_client import Api
from awx.api_stand_in import READ_TOKEN, TOKEN, Awx
from awx.support import SECRET, Run, extra_vars_file
from simulator.server import Simulator

Ask = Callable[..., Any]
FOUND = {
    "clear_pending_tasks_ids": ["1", "a" * 32],
    "clear_pending_tasks_message": [
        "acme, check mode: 20 pending, 3 selected, 2 would be updated, 1 moving",
        "This was check mode: nothing was changed.",
        "Report: /tmp/reports/a.html",
        "Cloud Account Aggregation, {{ 7 * 7 }} [source], 2d18h old: would be updated to Error",
    ],
}


@pytest.fixture
def awx() -> Iterator[tuple[str, Awx]]:
    """An AWX with a running workflow job, the number of which is its only one, with two approvals still to come."""
    with api_stand_in.running() as (url, awx):
        api = Api(url)
        workflow = api.new("workflow_job_templates", name="clear", organization=1)
        for name in ("first", "second"):
            node = api.new("workflow_job_template_nodes", identifier=name, workflow_job_template=workflow)
            approval = {"name": name, "description": "nothing yet", "timeout": 60}
            path = f"workflow_job_template_nodes/{node}/create_approval_template/"
            assert api("POST", path, approval)[0] == 201
        assert api("POST", f"workflow_job_templates/{workflow}/launch/", {})[0] == 201
        yield url, awx


@pytest.fixture
def ask(awx: tuple[str, Awx], run: Run, tmp_path: Path) -> Ask:
    """Runs a playbook as a node of that workflow, with what a check has handed on."""

    def ask(playbook: str, found: Mapping[str, Any], token: str = TOKEN, within: bool = True) -> Any:
        (workflow_job,) = awx[1].objects["workflow_jobs"]
        variables = {**found, **({"awx_workflow_job_id": workflow_job} if within else {})}
        given = extra_vars_file(tmp_path / "extravars", variables)
        env = {"CONTROLLER_HOST": f"{awx[0]}/", "CONTROLLER_OAUTH_TOKEN": token, "CONTROLLER_VERIFY_SSL": "False"}
        done = run(["ansible-playbook", f"idops.sailpoint.{playbook}", "-e", f"@{given}", "-vvv"], env)
        assert token not in done.stdout
        return done

    return ask


def _descriptions(awx: Awx) -> list[str]:
    return [template["description"] for template in awx.objects["workflow_approval_templates"].values()]


def test_an_approval_says_what_would_be_cleared(ask: Ask, awx: tuple[str, Awx]) -> None:
    done = ask("ask_for_approval", FOUND)
    assert done.returncode == 0, done.stdout
    assert _descriptions(awx[1]) == 2 * [
        "2 tasks would be cleared, no other:\n"
        "acme, check mode: 20 pending, 3 selected, 2 would be updated, 1 moving\n"
        "Cloud Account Aggregation, {{ 7 * 7 }} [source], 2d18h old: would be updated to Error"
    ]


def test_a_long_list_is_cut(ask: Ask, awx: tuple[str, Awx]) -> None:
    lines = [f"Cloud Account Aggregation, Workday {number} [source], 2d18h old" for number in range(1000)]
    done = ask("ask_for_approval", {**FOUND, "clear_pending_tasks_message": lines})
    assert done.returncode == 0, done.stdout
    text = _descriptions(awx[1])[0]
    assert len(text.splitlines()) == 201
    assert text.splitlines()[-1] == "and 801 lines more, in the output of the check"


def test_each_tenant_is_counted_however_much_there_is(ask: Ask, awx: tuple[str, Awx]) -> None:
    counts = [f"tenant-{number}, check mode: 120 pending, 120 selected" for number in range(9)]
    lines = [line for count in counts for line in [count, *[f"a task of {count[:8]}"] * 50]]
    done = ask("ask_for_approval", {**FOUND, "clear_pending_tasks_message": lines})
    assert done.returncode == 0, done.stdout
    assert _descriptions(awx[1])[0].splitlines()[1:10] == counts


@pytest.mark.parametrize("none", [[], None])
def test_where_nothing_would_be_cleared_nobody_is_asked(none: Any, ask: Ask, awx: tuple[str, Awx]) -> None:
    """Null is what a job has where the check served no tenant: nobody is asked either, but it does not end well."""
    found = {"clear_pending_tasks_ids": none, "clear_pending_tasks_message": ["acme: 4 pending, 0 selected"]}
    done = ask("ask_for_approval", found)
    assert done.returncode != 0
    said = "Nothing would be cleared, so nobody is asked." if none == [] else "it has served no tenant"
    assert said in done.stdout
    assert _descriptions(awx[1]) == ["nothing yet", "nothing yet"]
    done = ask("nothing_to_approve", found)
    assert (done.returncode == 0) is (none == []), done.stdout
    assert "Tasks would be cleared" not in done.stdout


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        pytest.param({"token": READ_TOKEN}, "so nobody is asked: HTTP 403", id="scope"),
        pytest.param({"token": "no-token"}, "still to come: HTTP 401", id="token"),
        pytest.param({"within": False}, "This runs in a workflow of AWX", id="elsewhere"),
    ],
)
def test_where_nobody_can_be_asked_the_workflow_fails(how: Any, sentence: str, ask: Ask, awx: tuple[str, Awx]) -> None:
    done = ask("ask_for_approval", FOUND, **how)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert _descriptions(awx[1]) == ["nothing yet", "nothing yet"]
    done = ask("nothing_to_approve", FOUND)
    assert done.returncode != 0
    assert "Tasks would be cleared, but nobody could be asked" in done.stdout


def test_the_ids_go_from_the_check_to_the_clearing(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    """A task that has come to be stuck after the check is not cleared."""
    env = {**simulator.environment, "SAIL_CLIENT_SECRET": SECRET, "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    quick = {"clear_pending_tasks_observe": "0"}
    command = ["ansible-playbook", "idops.sailpoint.clear_pending_tasks", "-e"]
    checked = run([*command, f"@{extra_vars_file(tmp_path / 'check', quick)}", "--check"], env)
    assert checked.returncode == 0, checked.stdout
    (told,) = [line.partition("RUN: ")[2] for line in checked.stdout.splitlines() if line.startswith("\tRUN: ")]
    handed_on = json.loads(told)
    assert sorted(handed_on["clear_pending_tasks_ids"]) == ["old", "older"]
    simulator.put_tasks([{**simulator.tasks()["old"], "id": "since"}])
    cleared = run([*command, f"@{extra_vars_file(tmp_path / 'clear', {**quick, **handed_on})}"], env)
    assert cleared.returncode == 0, cleared.stdout
    assert {entry["task_id"] for entry in simulator.log(kind="update")} == {"old", "older"}
    assert "Left out: 2 not in clear_pending_tasks_ids" in cleared.stdout  # the young one is not, either
