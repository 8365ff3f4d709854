# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks on ansible-runner, the engine of AWX, given what AWX gives it.

How AWX calls it, as read in its source (awx/main/tasks/jobs.py and awx/main/models/inventory.py, 2024-10): the
inventory is an executable that prints JSON; the credential's variables come in `envvars`; extra variables are those of
the job template, then the answers of the survey; `suppress_env_files` is on. Of a job that is cut into N slices, the
I-th has every N-th of the hosts sorted by name, from the I-th on.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from awx.support import EXAMPLE_VAULT_PASSWORD, SECRET, injected, pending, search_path, tool, updates
from awx.survey_rules import launch_variables
from simulator.server import Simulator

ansible_runner = pytest.importorskip("ansible_runner", reason="ansible-runner is not installed here")

#: What a bearer token of the simulated tenant looks like, and a checksum does not.
TOKEN = re.compile(r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[G-Zg-z_-])[A-Za-z0-9_-]{64}(?![A-Za-z0-9_-])")

#: The variables of a job that observes nothing, which would take half a minute.
QUICK = {"tenants": "all", "clear_pending_tasks_observe": "0"}


@dataclass
class Job:
    """How a job ended."""

    status: str
    rc: int
    events: list[dict[str, Any]]
    folder: Path

    @property
    def text(self) -> str:
        """All that AWX keeps of the job: its events, and whatever else lies among the artifacts.

        But for the file `command`, in which ansible-runner notes the whole environment that it was given: AWX deletes
        it with the job's folder, and shows the credential's variables masked.
        """
        files = [path for path in (self.folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
        assert files
        return json.dumps(self.events) + "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    @property
    def stats(self) -> dict[str, Any]:
        """The last event: `artifact_data` is what set_stats handed on, and a number per outcome and host."""
        (event,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        data: dict[str, Any] = event["event_data"]
        return data


def answers(template: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a survey offers, but that nothing is observed."""
    return launch_variables({}, template["survey_spec"], {"clear_pending_tasks_observe": "0"})


def private_data_dir(folder: Path, hosts: Mapping[str, Mapping[str, Any]], number: int = 1, count: int = 1) -> Path:
    """Lays out what AWX gives a job, with a slice of an inventory of these hosts, in a group, and their variables."""
    share = sorted(hosts)[number - 1 :: count]
    hostvars = {name: dict(hosts[name]) for name in share}
    script = {"all": {"hosts": share}, "tenants": {"hosts": share}, "_meta": {"hostvars": hostvars}}
    for name in ("project", "inventory", "env"):
        (folder / name).mkdir(parents=True)
    inventory = folder / "inventory" / "hosts"
    inventory.write_text(f"#! /usr/bin/env python3\nprint({json.dumps(script)!r})\n", encoding="utf-8")
    inventory.chmod(0o700)
    return folder


def job(folder: Path, playbook: str, env: Mapping[str, str], extra: Mapping[str, Any], arguments: str = "") -> Job:
    """Runs a job as AWX does."""
    result = ansible_runner.run(
        private_data_dir=str(folder),
        playbook=playbook,
        envvars={"PATH": search_path(), **env},
        extravars=dict(extra),
        cmdline=arguments,
        suppress_env_files=True,
        fact_cache_type="",
        quiet=True,
    )
    return Job(result.status, result.rc, list(result.events), folder)


def template(configuration: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A job template of the configuration, by its name."""
    found: dict[str, Any] = next(item for item in configuration["controller_templates"] if item["name"] == name)
    return found


@pytest.fixture
def credential(configurations: Mapping[str, Any], simulator: Simulator) -> dict[str, str]:
    """The variables that the credential type injects for the simulated tenant; what is not filled in comes empty."""
    credential_type, _webhook = configurations["one_tenant"]["controller_credential_types"]
    inputs = {"base_url": simulator.base_url, "client_id": simulator.client_id, "client_secret": SECRET}
    return injected(credential_type, inputs)


@pytest.mark.parametrize("verbosity", ["", "-vvvv"], ids=["plain", "verbose"])
def test_a_job_clears_what_is_stuck_and_shows_no_secret(
    verbosity: str,
    credential: dict[str, str],
    configurations: Mapping[str, Any],
    environment: dict[str, str],
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    clear = template(configurations["one_tenant"], "SailPoint: clear pending tasks")
    extra = {
        **clear["extra_vars"],
        **answers(clear),
        "clear_pending_tasks_report_dir": str(tmp_path / "reports"),
    }
    folder = private_data_dir(tmp_path / "job", {"acme": {}})
    done = job(
        folder, "idops.sailpoint.clear_pending_tasks", {**environment, **credential}, extra, f"--diff {verbosity}"
    )
    assert (done.status, done.rc) == ("successful", 0)
    assert pending(simulator) == {"young"}
    assert sorted(updates(simulator)) == ["old", "older"]
    assert done.stats["artifact_data"]["clear_pending_tasks_updated"] == 2
    assert {path.suffix for path in (tmp_path / "reports").iterdir()} == {".html", ".json"}
    reports = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "reports").iterdir())
    for text in (done.text, reports):
        assert SECRET not in text
        assert not TOKEN.search(text)


def test_a_job_with_a_token_does_not_show_it(environment: dict[str, str], simulator: Simulator, tmp_path: Path) -> None:
    token = simulator.token()
    assert TOKEN.fullmatch(token), "tokens look otherwise now, so the other tests look for the wrong thing"
    folder = private_data_dir(tmp_path / "job", {"acme": {}})
    env = {**environment, "SAIL_BASE_URL": simulator.base_url, "SAIL_ACCESS_TOKEN": token}
    done = job(folder, "idops.sailpoint.clear_pending_tasks", env, QUICK, "-vvvv")
    assert done.rc == 0
    assert pending(simulator) == {"young"}
    assert token not in done.text


def test_secrets_in_env_extravars_are_in_no_artifact(
    environment: dict[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """As users of ansible-runner give them: in files below env. One that is private is in `command` alone."""
    folder = private_data_dir(tmp_path / "job", {"acme": {}})
    connection = {
        "sailpoint_base_url": simulator.base_url,
        "sailpoint_client_id": simulator.client_id,
        "sailpoint_client_secret": SECRET,
    }
    in_a_file = {**QUICK, **connection, "clear_pending_tasks_report_dir": str(tmp_path / "reports")}
    (folder / "env" / "extravars").write_text(json.dumps(in_a_file), encoding="utf-8")
    private = "private-of-the-job"
    (folder / "env" / "envvars").write_text(
        json.dumps({**environment, "PATH": search_path(), "SAIL_ACCESS_TOKEN": private}), encoding="utf-8"
    )
    result = ansible_runner.run(
        private_data_dir=str(folder),
        playbook="idops.sailpoint.clear_pending_tasks",
        cmdline="--diff -vvvv",
        quiet=True,
    )
    done = Job(result.status, result.rc, list(result.events), folder)
    assert (done.status, done.rc) == ("successful", 0)
    assert pending(simulator) == {"young"}
    artifacts = {path for path in (folder / "artifacts").rglob("*") if path.is_file()}
    assert {"stdout", "command"} <= {path.name for path in artifacts}
    assert any(path.parent.name == "job_events" for path in artifacts)
    holds = {path.name for path in artifacts if private in path.read_text(encoding="utf-8", errors="replace")}
    assert holds == {"command"}, "which is why docs/awx.md names it"
    for path in artifacts:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert SECRET not in text, path
        assert path.name == "command" or not TOKEN.search(text), path
    assert SECRET not in done.text and private not in done.text


def test_a_failing_job_shows_no_secret_either(
    credential: dict[str, str], environment: dict[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    simulator.arm({"match": {"kind": "update"}, "action": {"kind": "status", "status": 500}})
    folder = private_data_dir(tmp_path / "job", {"acme": {"sailpoint_retries": 0}})
    env = {**environment, **credential}
    done = job(folder, "idops.sailpoint.clear_pending_tasks", env, QUICK, "-vvvv")
    assert (done.status, done.rc) == ("failed", 2)
    assert done.stats["artifact_data"]["clear_pending_tasks_failed"] == 2
    assert SECRET not in done.text
    assert not TOKEN.search(done.text)


def test_a_check_job_changes_nothing_and_hands_its_counts_on(
    credential: dict[str, str],
    configurations: Mapping[str, Any],
    environment: dict[str, str],
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    check = template(configurations["one_tenant"], "SailPoint: check what would be cleared")
    assert check["job_type"] == "check"
    folder = private_data_dir(tmp_path / "job", {"acme": {}})
    extra = {
        **check["extra_vars"],
        **answers(check),
        "clear_pending_tasks_report_dir": str(tmp_path / "reports"),
    }
    playbook = "idops.sailpoint.clear_pending_tasks"
    done = job(folder, playbook, {**environment, **credential}, extra, "--check --diff")
    assert done.rc == 0
    assert not updates(simulator)
    counts = done.stats["artifact_data"]
    assert (counts["clear_pending_tasks_pending_before"], counts["clear_pending_tasks_selected"]) == (3, 2)
    # AWX hands these counts to the next node of the workflow as extra variables.
    clear = template(configurations["one_tenant"], "SailPoint: clear pending tasks")
    extra = {**clear["extra_vars"], **answers(clear), **counts, "clear_pending_tasks_report_dir": ""}
    done = job(private_data_dir(tmp_path / "next", {"acme": {}}), playbook, {**environment, **credential}, extra)
    assert done.rc == 0
    assert pending(simulator) == {"young"}


def test_the_workflow_stops_before_the_approval_when_the_limits_are_passed(
    credential: dict[str, str],
    configurations: Mapping[str, Any],
    environment: dict[str, str],
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    check = template(configurations["one_tenant"], "SailPoint: check what would be cleared")
    folder = private_data_dir(tmp_path / "job", {"acme": {}})
    extra = {**check["extra_vars"], **answers(check), "clear_pending_tasks_max_tasks": 1}
    extra["clear_pending_tasks_report_dir"] = ""
    done = job(folder, "idops.sailpoint.clear_pending_tasks", {**environment, **credential}, extra, "--check")
    assert (done.status, done.rc) == ("failed", 2)
    assert not updates(simulator)


def test_a_report_job_changes_nothing(
    credential: dict[str, str],
    configurations: Mapping[str, Any],
    environment: dict[str, str],
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    report = template(configurations["one_tenant"], "SailPoint: report tasks")
    there = {"task_report_dir": str(tmp_path / "reports")}
    extra = launch_variables(report["extra_vars"], report["survey_spec"], there)
    folder = private_data_dir(tmp_path / "job", {"acme": {}})
    done = job(folder, "idops.sailpoint.task_report", {**environment, **credential}, extra)
    assert done.rc == 0
    assert not updates(simulator)
    assert {path.suffix for path in (tmp_path / "reports").iterdir()} == {".html", ".json"}


def test_a_job_runs_on_a_remote_node_over_a_mesh(
    credential: dict[str, str], environment: dict[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """transmit | worker | process: the streams that a mesh carries from the controller to a node and back."""
    controller = private_data_dir(tmp_path / "controller", {"acme": {}})
    (controller / "env" / "envvars").write_text(json.dumps({**environment, **credential}), encoding="utf-8")
    (controller / "env" / "extravars").write_text(json.dumps(QUICK), encoding="utf-8")
    (controller / "env" / "settings").write_text(json.dumps({"suppress_env_files": True}), encoding="utf-8")
    ident, node = str(uuid.uuid4()), tmp_path / "node"
    runner, env = tool("ansible-runner"), {"PATH": search_path(), "HOME": str(tmp_path)}
    commands = [
        [runner, "transmit", str(controller), "-p", "idops.sailpoint.clear_pending_tasks", "--ident", ident],
        [runner, "worker", "--private-data-dir", str(node)],
        [runner, "process", str(controller), "--ident", ident],
    ]
    stream = b""
    for command in commands:
        done = subprocess.run(command, input=stream, env=env, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        stream = done.stdout
    events = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((controller / "artifacts" / ident / "job_events").iterdir())
    ]
    done_job = Job("", 0, events, controller)
    assert done_job.stats["artifact_data"]["clear_pending_tasks_updated"] == 2
    assert SECRET not in done_job.text
    assert not TOKEN.search(done_job.text)
    assert pending(simulator) == {"young"}


def hosts_of(configuration: Mapping[str, Any], tenants: Mapping[str, Simulator]) -> dict[str, dict[str, Any]]:
    """The configuration's hosts with their variables, but for the address, which is that of the simulated tenant."""
    hosts = {item["name"]: dict(item["variables"]) for item in configuration["controller_hosts"]}
    assert set(hosts) == set(tenants)
    for name, variables in hosts.items():
        variables["sailpoint_base_url"] = tenants[name].base_url
    return hosts


def test_two_slices_do_each_of_five_tenants_once(
    configurations: Mapping[str, Any],
    environment: dict[str, str],
    tenants: dict[str, Simulator],
    tmp_path: Path,
) -> None:
    """The secrets come as AWX keeps them in an inventory, vaulted, and the password as a Vault credential gives it."""
    clear = template(configurations["tenants"], "SailPoint: clear pending tasks")
    (schedule,) = configurations["tenants"]["controller_schedules"]
    assert schedule["job_slice_count"] == 2
    hosts = hosts_of(configurations["tenants"], tenants)
    password = tmp_path / "vault-password"
    password.write_text(EXAMPLE_VAULT_PASSWORD, encoding="utf-8")
    extra = {**clear["extra_vars"], **answers(clear), "clear_pending_tasks_report_dir": ""}
    done_by = []
    for number in (1, 2):
        folder = private_data_dir(tmp_path / f"slice-{number}", hosts, number, schedule["job_slice_count"])
        arguments = f"--vault-password-file {shlex.quote(str(password))} -vvvv"
        done = job(folder, "idops.sailpoint.clear_pending_tasks", environment, extra, arguments)
        assert (done.status, done.rc) == ("successful", 0)
        assert SECRET not in done.text
        done_by.append(set(done.stats["ok"]))
    assert done_by == [{"acme", "hooli", "umbrella"}, {"globex", "initech"}]
    for name, server in tenants.items():
        assert updates(server) == [f"stuck-{name}"]
        assert pending(server) == {f"young-{name}"}


def test_a_slice_without_the_tenant_that_is_asked_for_does_not_fail(
    environment: dict[str, str], tenants: dict[str, Simulator], tmp_path: Path
) -> None:
    """As it does with a limit that leaves it without hosts, where Ansible itself fails before the playbook begins."""
    connection = {"sailpoint_client_id": Simulator.client_id, "sailpoint_client_secret": SECRET}
    hosts = {name: {"sailpoint_base_url": tenant.base_url, **connection} for name, tenant in tenants.items()}
    ended = []
    for number in (1, 2):
        folder = private_data_dir(tmp_path / f"slice-{number}", hosts, number, 2)
        # What is cut into slices is a workflow to AWX.
        extra = {**QUICK, "tenants": "globex", "awx_workflow_job_id": 7}
        done = job(folder, "idops.sailpoint.clear_pending_tasks", environment, extra)
        ended.append((done.status, set(done.stats["ok"])))
    assert ended == [("successful", set()), ("successful", {"globex"})]
    assert {name: updates(tenant) for name, tenant in tenants.items() if updates(tenant)} == {
        "globex": ["stuck-globex"]
    }
    folder = private_data_dir(tmp_path / "limited", hosts, 1, 2)
    limited = job(folder, "idops.sailpoint.clear_pending_tasks", environment, QUICK, "--limit globex")
    assert limited.status == "failed"  # which is why docs/awx.md warns of it


def test_a_tenant_that_cannot_be_reached_does_not_stop_the_others(
    configurations: Mapping[str, Any],
    environment: dict[str, str],
    tenants: dict[str, Simulator],
    tmp_path: Path,
) -> None:
    hosts = hosts_of(configurations["tenants"], tenants)
    hosts["acme"].update(sailpoint_base_url="http://127.0.0.1:1", sailpoint_retries=0)
    password = tmp_path / "vault-password"
    password.write_text(EXAMPLE_VAULT_PASSWORD, encoding="utf-8")
    folder = private_data_dir(tmp_path / "job", hosts)
    playbook = "idops.sailpoint.clear_pending_tasks"
    done = job(
        folder,
        playbook,
        environment,
        QUICK,
        f"--vault-password-file {shlex.quote(str(password))} --forks 2",
    )
    assert (done.status, done.rc) == ("failed", 2)
    assert set(done.stats["failures"]) == {"acme"}
    assert not updates(tenants["acme"])
    for name in set(tenants) - {"acme"}:
        assert updates(tenants[name]) == [f"stuck-{name}"]
