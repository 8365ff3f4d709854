# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/awx applied, preflight.yml and verify.yml included, with the modules of awx.awx and a stand-in of AWX's API that
refuses what AWX refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx import api_stand_in
from awx.api_stand_in import Awx
from awx.conftest import ADDRESSES
from awx.support import DOCS, EXAMPLE_VAULT_PASSWORD, SECRET, SITES, Run, updates
from simulator.server import Simulator

KINDS = {
    "controller_credential_types": "credential_types",
    "controller_credentials": "credentials",
    "controller_execution_environments": "execution_environments",
    "controller_projects": "projects",
    "controller_inventories": "inventories",
    "controller_hosts": "hosts",
    "controller_groups": "groups",
    "controller_notifications": "notification_templates",
    "controller_templates": "job_templates",
    "controller_workflows": "workflow_job_templates",
    "controller_schedules": "schedules",
}
#: What whoever applies it has exported; the rest is in the site's file.
EXPORTED = {
    "one_tenant": {"SAIL_CLIENT_SECRET": "never-shown", "SAILPOINT_AWX_TOKEN": api_stand_in.TOKEN},
    "tenants": {"SAILPOINT_VAULT_PASSWORD": EXAMPLE_VAULT_PASSWORD, "SAILPOINT_AWX_TOKEN": api_stand_in.TOKEN},
}
CHECK = "SailPoint: check what would be cleared"

Play = Callable[..., Any]


@pytest.fixture
def play(awx: tuple[str, Awx], awx_collection: Path, collections_path: Path, run: Run, tmp_path: Path) -> Play:
    """Runs a playbook of docs/awx for a site; `env` and `variables` add to what it is given."""

    def play(
        playbook: str,
        site: str,
        env: Mapping[str, str] | None = None,
        token: str = api_stand_in.TOKEN,
        **variables: Any,
    ) -> Any:
        environment = {
            "ANSIBLE_COLLECTIONS_PATH": f"{awx_collection}:{collections_path}",
            "CONTROLLER_HOST": awx[0],
            "CONTROLLER_OAUTH_TOKEN": token,
            **(EXPORTED[site] if env is None else env),
        }
        own = tmp_path / "own.yml"  # not as JSON, which Ansible takes for vaulted where AWX's variables say so
        own.write_text(yaml.safe_dump({**(ADDRESSES if site == "tenants" else {}), **variables}), encoding="utf-8")
        command = ["ansible-playbook", f"{playbook}.yml", "-e", f"@sites/{site}.yml", "-e", f"@{own}", "-v", "--diff"]
        done = run(command, env=environment, cwd=DOCS / "awx")
        for secret in ("never-shown", EXAMPLE_VAULT_PASSWORD, api_stand_in.TOKEN):
            assert secret not in done.stdout
        return done

    return play


def _changed(output: str) -> list[str]:
    """The tasks that said "changed"."""
    return re.findall(r"TASK \[([^]]+)\] \*+(?:\n(?!TASK|PLAY).*)*?\nchanged: ", output)


@pytest.mark.parametrize("site", SITES)
def test_it_makes_all_that_the_files_say(
    site: str, play: Play, awx: tuple[str, Awx], configurations: Mapping[str, Any]
) -> None:
    done = play("apply", site)
    assert done.returncode == 0, done.stdout
    objects, configuration = awx[1], configurations[site]
    for variable, kind in KINDS.items():
        made = {name for name, item in objects.by_name(kind).items() if not item.get("managed")}
        assert made == {item["name"] for item in configuration[variable]}, kind
    credential_type = objects.by_name("credential_types")["SailPoint Identity Security Cloud"]
    assert credential_type["injectors"]["env"]["SAIL_CLIENT_SECRET"] == "{{ client_secret }}"
    for item in configuration["controller_templates"]:
        template = objects.by_name("job_templates")[item["name"]]
        given = objects.associated("job_templates", template["id"], "credentials")
        assert {credential["name"] for credential in given} == set(item.get("credentials", []))
        assert objects.surveys.get(("job_templates", template["id"])) == item.get("survey_spec")
        assert json.loads(template["extra_vars"] or "{}") == item.get("extra_vars", {})
        told = objects.associated("job_templates", template["id"], "notification_templates_error")
        assert {notification["name"] for notification in told} == set(item.get("notification_templates_error", []))
    for item in configuration["controller_hosts"]:
        host = objects.by_name("hosts")[item["name"]]
        assert json.loads(host["variables"]) == item["variables"]  # vaulted secrets still are
    (group,) = objects.objects["groups"].values()
    members = objects.associated("groups", group["id"], "hosts")
    assert {host["name"] for host in members} == {host["name"] for host in configuration["controller_hosts"]}
    (schedule,) = objects.objects["schedules"].values()
    assert schedule["enabled"] is False


def test_the_workflow_asks_between_the_check_and_the_clearing(play: Play, awx: tuple[str, Awx]) -> None:
    assert play("apply", "one_tenant").returncode == 0
    objects = awx[1]
    nodes = objects.by_name("workflow_job_template_nodes")
    follow = {
        (name, path): {
            other["identifier"] for other in objects.associated("workflow_job_template_nodes", node["id"], path)
        }
        for name, node in nodes.items()
        for path in ("success_nodes", "failure_nodes", "always_nodes")
    }
    assert {key: names for key, names in follow.items() if names} == {
        ("report", "success_nodes"): {"check"},
        ("check", "success_nodes"): {"ask"},
        ("ask", "success_nodes"): {"approve"},
        ("ask", "failure_nodes"): {"nobody"},
        ("approve", "success_nodes"): {"clear"},
    }
    (approval,) = objects.objects["workflow_approval_templates"].values()
    assert nodes["approve"]["unified_job_template"] == approval["id"]


@pytest.mark.parametrize("site", SITES)
def test_applied_again_it_changes_nothing(site: str, play: Play, awx: tuple[str, Awx]) -> None:
    """Neither with the secrets exported nor without; then they stay as AWX has them."""
    assert play("apply", site).returncode == 0
    before = awx[1].made()
    secrets = {secret for held in awx[1].secrets.values() for secret in held.values()}
    assert set(EXPORTED[site].values()) <= secrets
    again = play("apply", site)
    assert again.returncode == 0, again.stdout
    # The modules cannot tell whether a secret, or an approval of a workflow, is the same, and say "changed" of both.
    cannot_tell = {"Make the credentials", "Make the notification templates", "Make the workflow"}
    assert set(_changed(again.stdout)) <= cannot_tell
    without = play("apply", site, env={})
    assert without.returncode == 0, without.stdout
    assert set(_changed(without.stdout)) <= cannot_tell
    assert awx[1].made() == before


def test_without_a_secret_at_the_first_time_nothing_is_made_up(play: Play, awx: tuple[str, Awx]) -> None:
    done = play("apply", "one_tenant", env={})
    assert done.returncode != 0
    assert "SailPoint acme" not in awx[1].by_name("credentials")
    done = play("preflight", "one_tenant", env={})
    assert done.returncode != 0
    assert 'The secret of the credential "SailPoint acme" is neither exported nor in AWX' in done.stdout


def test_a_rotated_secret_is_taken(play: Play, awx: tuple[str, Awx]) -> None:
    assert play("apply", "one_tenant").returncode == 0
    done = play("apply", "one_tenant", env={"SAIL_CLIENT_SECRET": "another-secret"})
    assert done.returncode == 0, done.stdout
    held = awx[1].secrets[awx[1].by_name("credentials")["SailPoint acme"]["id"]]
    assert held["client_secret"] == "another-secret"


def test_a_sync_that_failed_is_made_good_by_applying_again(play: Play, awx: tuple[str, Awx]) -> None:
    awx[1].project_ends = lambda project: "failed"
    assert play("apply", "one_tenant").returncode != 0
    told = play("preflight", "one_tenant")
    assert told.returncode != 0
    assert 'The project "SailPoint" is not synced, its status is failed' in told.stdout
    awx[1].project_ends = lambda project: "successful"
    done = play("apply", "one_tenant")
    assert done.returncode == 0, done.stdout
    assert awx[1].by_name("projects")["SailPoint"]["status"] == "successful"


def _site(simulator: Simulator, client_id: str = Simulator.client_id) -> dict[str, Any]:
    """Variables by which the site's one tenant is the simulated one."""
    site = yaml.safe_load((DOCS / "awx/sites/one_tenant.yml").read_text(encoding="utf-8"))
    (credential,) = site["sailpoint_awx_credentials"]
    inputs = {**credential["inputs"], "base_url": simulator.base_url, "client_id": client_id}
    return {"sailpoint_awx_credentials": [{**credential, "inputs": inputs}]}


@pytest.mark.parametrize("version", ["v2024", "v1"])
def test_preflight_says_that_all_is_ready(version: str, play: Play, simulator: Simulator, awx: tuple[str, Awx]) -> None:
    variables = _site(simulator)
    variables["sailpoint_awx_credentials"][0]["inputs"]["api_version"] = version
    before, tasks = awx[1].snapshot(), simulator.tasks()
    done = play("preflight", "one_tenant", env={"SAIL_CLIENT_SECRET": SECRET}, **variables)
    assert done.returncode == 0, done.stdout
    assert SECRET not in done.stdout
    assert "SailPoint acme: 3 tasks are pending" in done.stdout
    assert "SailPoint acme: its tasks may be updated." in done.stdout
    assert "AWX is ready; the project: never there." in done.stdout
    assert (awx[1].snapshot(), simulator.tasks()) == (before, tasks)
    assert play("apply", "one_tenant").returncode == 0
    done = play("preflight", "one_tenant", env={}, **variables)
    assert done.returncode == 0, done.stdout
    assert "AWX is ready; the project: successful." in done.stdout
    assert "SailPoint acme: not asked, since its secret is not exported" in done.stdout


def test_preflight_tries_the_token_for_approvals(play: Play, simulator: Simulator) -> None:
    assert play("apply", "one_tenant").returncode == 0
    variables = _site(simulator)
    for token, status in (("no-token", 401), (api_stand_in.READ_TOKEN, 200)):
        env = {"SAIL_CLIENT_SECRET": SECRET, "SAILPOINT_AWX_TOKEN": token}
        done = play("preflight", "one_tenant", env=env, **variables)
        assert done.returncode != 0
        assert f"SAILPOINT_AWX_TOKEN: AWX does not let it change the workflow, HTTP {status}" in done.stdout
        assert token not in done.stdout


def test_preflight_says_which_secret_cannot_be_decrypted(play: Play) -> None:
    done = play("preflight", "tenants", env={"SAILPOINT_VAULT_PASSWORD": "another", "SAILPOINT_AWX_TOKEN": ""})
    assert done.returncode != 0
    assert "acme: its secret cannot be decrypted" in done.stdout


def test_preflight_sees_several_tenants_with_vaulted_secrets(play: Play, tenants: dict[str, Simulator]) -> None:
    site = yaml.safe_load((DOCS / "awx/sites/tenants.yml").read_text(encoding="utf-8"))
    hosts = site["sailpoint_awx_tenants"]
    for host in hosts:
        host["variables"]["sailpoint_base_url"] = tenants[host["name"]].base_url
    done = play("preflight", "tenants", sailpoint_awx_tenants=hosts)
    assert done.returncode == 0, done.stdout
    for name, tenant in tenants.items():
        assert f"{name}: its tasks may be updated." in done.stdout
        assert set(tenant.tasks()) == {f"stuck-{name}", f"young-{name}"}


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("address", "CONTROLLER_HOST: no AWX answers at http://127.0.0.1:9: "),
        ("token", "CONTROLLER_OAUTH_TOKEN: http://"),
        ("scope", 'its scope is not "write"'),
        ("organization", "sailpoint_awx_organization: AWX has no organization Elsewhere"),
        ("reader", "its token may read tasks, but not clear them: HTTP 403 to an update."),
        ("secret", "Signing in failed"),
    ],
)
def test_preflight_says_what_is_not_ready(what: str, sentence: str, play: Play, simulator: Simulator) -> None:
    variables = _site(simulator, Simulator.readonly_client_id if what == "reader" else Simulator.client_id)
    if what == "organization":
        variables["sailpoint_awx_organization"] = "Elsewhere"
    secret = {"reader": Simulator.readonly_client_secret, "secret": "another"}.get(what, SECRET)
    token = {"token": "no-token", "scope": api_stand_in.READ_TOKEN}.get(what, api_stand_in.TOKEN)
    env = {"SAIL_CLIENT_SECRET": secret, **({"CONTROLLER_HOST": "http://127.0.0.1:9"} if what == "address" else {})}
    done = play("preflight", "one_tenant", env=env, token=token, **variables)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert secret not in done.stdout
    if what == "reader":
        assert updates(simulator) == ["0" * 32]  # of a task that no tenant has, by a patch that changes nothing


def test_verification_tells_what_the_check_found(play: Play, awx: tuple[str, Awx]) -> None:
    artifacts = {
        "clear_pending_tasks_pending_before": 20,
        "clear_pending_tasks_selected": 16,
        "clear_pending_tasks_ids": ["a", "b"],
        "clear_pending_tasks_message": ["acme, check mode: 20 pending, 16 selected, 2 would be updated"],
    }
    assert play("apply", "one_tenant").returncode == 0
    awx[1].job_ends = lambda job: {"artifacts": artifacts}
    done = play("verify", "one_tenant", env={})
    assert done.returncode == 0, done.stdout
    assert "acme, check mode: 20 pending, 16 selected, 2 would be updated" in done.stdout
    assert "20 pending, 16 selected, 2 would be cleared; nothing was changed." in done.stdout
    (job,) = awx[1].objects["jobs"].values()
    assert (job["name"], job["job_type"]) == (CHECK, "check")


def test_verification_fails_where_the_check_does(play: Play, awx: tuple[str, Awx]) -> None:
    assert play("apply", "one_tenant").returncode == 0
    awx[1].job_ends = lambda job: {"status": "failed", "failed": True}
    done = play("verify", "one_tenant", env={})
    assert done.returncode != 0
    assert "ended as failed: its output in AWX says why." in done.stdout
