# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/awx, the configuration of AWX as data: against the documented options of awx.awx, against what AWX itself
checks, and applied by its modules to a stand-in of AWX's API.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from awx import api_stand_in
from awx.support import (
    DOCS,
    EXAMPLE_VAULT_PASSWORD,
    ROOT,
    SITES,
    TENANTS,
    Run,
    injected,
    search_path,
    survey_answers,
    tool,
)
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Which module of awx.awx makes what which variable lists.
MODULES = {
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_hosts": "host",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
#: What AWX takes in an input field of a credential type (awx/main/fields.py, CredentialTypeInputField).
INPUT_KEYS = {
    "id",
    "label",
    "type",
    "format",
    "choices",
    "help_text",
    "multiline",
    "secret",
    "ask_at_runtime",
    "default",
}
#: The Python type of a survey question's default (awx/api/views, _validate_spec_data).
ANSWERS = {"text": str, "textarea": str, "multiplechoice": str, "integer": int, "float": float}
#: The variables that the modules read (docs/awx.md names them, too).
READ = {"SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET", "SAIL_API_VERSION", "SAIL_RATE_LIMIT"}

Configurations = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="session")
def awx_collection() -> Path:
    """The folder that holds ansible_collections/awx/awx."""
    named = os.environ.get("AWX_COLLECTION")
    if not named:
        pytest.skip("AWX_COLLECTION names no folder with awx.awx; tests/awx/fetch_awx_collection.py fetches it")
    folder = Path(named).resolve()
    assert (folder / "ansible_collections/awx/awx/plugins/modules").is_dir(), f"no awx.awx in {folder}"
    return folder


@pytest.fixture(scope="session")
def options(awx_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The argument spec of each module, made of what the module documents: ansible-doc's JSON."""
    command = [tool("ansible-doc"), "--json", "--type", "module", *(f"awx.awx.{name}" for name in MODULES.values())]
    env = {"PATH": search_path(), "HOME": str(tmp_path_factory.mktemp("home"))}
    env["ANSIBLE_COLLECTIONS_PATH"] = str(awx_collection)
    done = subprocess.run(command, env=env, check=False, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    documented = json.loads(done.stdout)
    return {name: _spec(documented[f"awx.awx.{name}"]["doc"]["options"]) for name in MODULES.values()}


def _spec(documented: Mapping[str, Any]) -> dict[str, Any]:
    """An argument spec of documented options, suboptions included."""
    spec = {}
    for name, option in documented.items():
        spec[name] = {
            key: option[key] for key in ("type", "elements", "required", "choices", "aliases") if option.get(key)
        }
        if option.get("suboptions"):
            spec[name]["options"] = _spec(option["suboptions"])
    return spec


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("variable", MODULES)
def test_the_data_are_arguments_of_the_modules(
    variable: str, site: str, configurations: Configurations, options: Mapping[str, Any]
) -> None:
    items = configurations[site][variable]
    assert items
    validator = ArgumentSpecValidator(options[MODULES[variable]])
    for item in items:
        assert validator.validate(item).error_messages == []


def test_a_mistake_in_the_data_would_be_seen(configurations: Configurations, options: Mapping[str, Any]) -> None:
    validator = ArgumentSpecValidator(options["workflow_job_template"])
    (workflow,) = configurations["one_tenant"]["controller_workflows"]
    broken = json.loads(json.dumps(workflow))
    broken["workflow_nodes"][2]["unified_job_template"]["time_out"] = 1
    assert "time_out" in "".join(validator.validate(broken).error_messages)
    assert validator.validate({**workflow, "survey": "yes", "frequency": 1}).error_messages


def test_the_tasks_give_the_modules_options_that_they_have(options: Mapping[str, Any]) -> None:
    tasks = yaml.safe_load((DOCS / "awx" / "tasks" / "awx.yml").read_text(encoding="utf-8"))
    used = {}
    for item in tasks:
        (action,) = [key for key in item if key.startswith("awx.awx.")]
        used[action.removeprefix("awx.awx.")] = set(item[action])
    assert set(used) == set(MODULES.values())
    for module, given in used.items():
        assert given <= set(options[module]), module


@pytest.mark.parametrize("site", SITES)
def test_the_tasks_leave_nothing_out_that_the_data_say(site: str, configurations: Configurations) -> None:
    tasks = yaml.safe_load((DOCS / "awx" / "tasks" / "awx.yml").read_text(encoding="utf-8"))
    for item in tasks:
        (action,) = [key for key in item if key.startswith("awx.awx.")]
        variable = re.sub(r"\W", "", item["loop"])
        assert MODULES[variable] == action.removeprefix("awx.awx.")
        for element in configurations[site][variable]:
            assert set(element) <= set(item[action]), variable


def test_the_credential_type_is_one_that_awx_takes(configurations: Configurations) -> None:
    (credential_type,) = configurations["one_tenant"]["controller_credential_types"]
    inputs = credential_type["inputs"]
    fields = {field["id"]: field for field in inputs["fields"]}
    assert len(fields) == len(inputs["fields"])
    for field in fields.values():
        assert set(field) <= INPUT_KEYS
        assert field["label"]
        assert isinstance(field.get("default", ""), str)
    assert set(inputs["required"]) == {"base_url", "client_id", "client_secret"} <= set(fields)
    assert [name for name, field in fields.items() if field.get("secret")] == ["client_secret"]
    assert set(credential_type["injectors"]) == {"env"}
    for name, template in credential_type["injectors"]["env"].items():
        assert not name.startswith("ANSIBLE_")  # AWX refuses these
        assert template.isascii()
        sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
        sandbox.from_string(template).render(dict.fromkeys(fields, "EXAMPLE"))  # raises for an undefined field


def test_the_injectors_give_what_the_modules_read(configurations: Configurations) -> None:
    (credential_type,) = configurations["one_tenant"]["controller_credential_types"]
    inputs = {
        "base_url": "https://acme.api.identitynow.com",
        "client_id": "an id",
        "client_secret": "{{ 7 * 7 }} 'and' \"quotes\" $HOME",
        "api_version": "v2025",
    }
    environment = injected(credential_type, inputs)
    assert environment == {
        "SAIL_BASE_URL": inputs["base_url"],
        "SAIL_CLIENT_ID": inputs["client_id"],
        "SAIL_CLIENT_SECRET": inputs["client_secret"],
        "SAIL_API_VERSION": "v2025",
        "SAIL_RATE_LIMIT": "",
    }
    assert set(environment) == READ
    fragment = (ROOT / "plugins" / "doc_fragments" / "connection.py").read_text(encoding="utf-8")
    for name in environment:
        assert f"E({name})" in fragment, f"{name} is read by no module"


@pytest.mark.parametrize("site", SITES)
def test_the_surveys_are_such_that_awx_takes(site: str, configurations: Configurations) -> None:
    surveyed = [*configurations[site]["controller_templates"], *configurations[site]["controller_workflows"]]
    for template in surveyed:
        survey = template["survey_spec"]
        assert template["survey_enabled"] is True
        assert all(isinstance(survey[key], str) and survey[key] for key in ("name", "description"))
        names = [question["variable"] for question in survey["spec"]]
        assert len(set(names)) == len(names)
        for question in survey["spec"]:
            assert isinstance(question["required"], bool)
            assert question["question_name"]
            assert isinstance(question["default"], ANSWERS[question["type"]]), question["variable"]
            assert all(isinstance(question.get(limit, 0), int) for limit in ("min", "max"))
            assert not any(isinstance(question.get(key), bool) for key in ("default", "min", "max"))
            if question["type"] == "multiplechoice":
                assert question["default"] in question["choices"]
            assert question["default"] != "" or not question["required"]


@pytest.mark.parametrize("site", SITES)
def test_the_surveys_ask_for_variables_of_the_roles(site: str, configurations: Configurations) -> None:
    for template in configurations[site]["controller_templates"]:
        role = Path(template["playbook"]).stem
        path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
        answers = survey_answers(template)
        given = {**template["extra_vars"], **answers}
        # The ids that an approval has seen come from a workflow, not from a question.
        assert set(given) - {"tenants"} == set(spec) - {"clear_pending_tasks_ids"}, "not every variable of the role"
        assert (ROOT / template["playbook"]).is_file()


@pytest.mark.parametrize("site", SITES)
def test_the_schedule_is_a_nightly_rule_that_awx_takes(site: str, configurations: Configurations) -> None:
    dateutil = pytest.importorskip("dateutil.rrule", reason="python-dateutil is not installed here")
    zones = pytest.importorskip("dateutil.tz", reason="python-dateutil is not installed here")
    (schedule,) = configurations[site]["controller_schedules"]
    match = re.fullmatch(r"DTSTART;TZID=(\S+):(\d{8}T\d{6}) (RRULE:\S+)", schedule["rrule"])
    assert match, schedule["rrule"]
    zone = zones.gettz(match[1])
    assert zone is not None
    start = datetime.strptime(match[2], "%Y%m%dT%H%M%S").replace(tzinfo=zone)
    rule = dateutil.rrulestr(match[3], dtstart=start)
    now = datetime.now(timezone.utc)
    first, second = rule.after(now), rule.after(rule.after(now))
    assert second - first == timedelta(days=1)
    assert (first.hour, first.minute) == (2, 15)


@pytest.mark.parametrize("site", SITES)
def test_the_workflow_asks_between_the_report_and_the_clearing(site: str, configurations: Configurations) -> None:
    (workflow,) = configurations[site]["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    followers = {
        name: [after["identifier"] for after in node.get("related", {}).get("success_nodes", [])]
        for name, node in nodes.items()
    }
    assert followers == {"report": ["check"], "check": ["approve"], "approve": ["clear"], "clear": []}
    assert all(set(node.get("related", {})) <= {"success_nodes"} for node in nodes.values())
    assert nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"


def test_one_credential_is_given_to_one_tenant_only(configurations: Configurations) -> None:
    """A job with the credential of one tenant would send its secret to every other host's address."""
    configuration = configurations["one_tenant"]
    assert len(configuration["controller_hosts"]) == 1
    assert "resolved-secret" in json.dumps(configuration["controller_credentials"])
    assert "resolved-secret" not in json.dumps(configuration["controller_hosts"])


def test_the_secrets_of_several_tenants_are_vaulted(configurations: Configurations) -> None:
    hosts = {host["name"]: host["variables"] for host in configurations["tenants"]["controller_hosts"]}
    assert set(hosts) == set(TENANTS)
    for name, variables in hosts.items():
        assert name in variables["sailpoint_base_url"]
        assert set(variables["sailpoint_client_secret"]) == {"__ansible_vault"}
        assert variables["sailpoint_client_secret"]["__ansible_vault"].startswith("$ANSIBLE_VAULT;1.1;AES256\n")


@pytest.mark.parametrize("site", SITES)
def test_no_file_holds_a_secret_of_a_credential(site: str) -> None:
    text = (DOCS / "awx" / "sites" / f"{site}.yml").read_text(encoding="utf-8")
    for credential in yaml.safe_load(text)["controller_credentials"]:
        secrets = {key: value for key, value in credential["inputs"].items() if "secret" in key or "password" in key}
        assert secrets
        for value in secrets.values():
            assert re.fullmatch(r"\{\{ lookup\('ansible\.builtin\.env', '[A-Z_]+'\) \}\}", value)


@pytest.fixture
def stand_in() -> Iterator[tuple[str, api_stand_in.Awx]]:
    """An AWX that has nothing yet: its address and its objects."""
    with api_stand_in.running() as running:
        yield running


@pytest.mark.parametrize("site", SITES)
def test_the_playbook_makes_it_all_and_changes_nothing_the_second_time(
    site: str, awx_collection: Path, run: Run, stand_in: tuple[str, api_stand_in.Awx], configurations: Configurations
) -> None:
    url, awx = stand_in
    env = {
        "ANSIBLE_COLLECTIONS_PATH": str(awx_collection),
        "CONTROLLER_HOST": url,
        "CONTROLLER_OAUTH_TOKEN": api_stand_in.TOKEN,
        "SAIL_BASE_URL": "https://acme.api.identitynow.com",
        "SAIL_CLIENT_ID": "an-id",
        "SAIL_CLIENT_SECRET": "never-shown",
        "SAILPOINT_VAULT_PASSWORD": EXAMPLE_VAULT_PASSWORD,
    }
    command = ["ansible-playbook", "apply.yml", "-e", f"@sites/{site}.yml", "-v", "--diff"]
    done = run(command, env=env, cwd=DOCS / "awx")
    assert done.returncode == 0, done.stdout
    assert "never-shown" not in done.stdout
    assert EXAMPLE_VAULT_PASSWORD not in done.stdout

    configuration = configurations[site]
    kinds = {
        "controller_credential_types": "credential_types",
        "controller_credentials": "credentials",
        "controller_execution_environments": "execution_environments",
        "controller_projects": "projects",
        "controller_inventories": "inventories",
        "controller_hosts": "hosts",
        "controller_templates": "job_templates",
        "controller_workflows": "workflow_job_templates",
        "controller_schedules": "schedules",
    }
    for variable, kind in kinds.items():
        made = set(awx.by_name(kind)) - {"Vault"}
        assert made == {item["name"] for item in configuration[variable]}, kind
    credential_type = awx.by_name("credential_types")["SailPoint Identity Security Cloud"]
    assert credential_type["injectors"]["env"]["SAIL_CLIENT_SECRET"] == "{{ client_secret }}"
    for name, job_template in awx.by_name("job_templates").items():
        credentials = awx.associated("job_templates", job_template["id"], "credentials")
        assert {item["id"] for item in credentials} == {item["id"] for item in awx.objects["credentials"].values()}
        (expected,) = [item for item in configuration["controller_templates"] if item["name"] == name]
        assert awx.surveys["job_templates", job_template["id"]] == expected["survey_spec"]
        assert json.loads(job_template["extra_vars"]) == expected["extra_vars"]
    for name, host in awx.by_name("hosts").items():
        (expected,) = [item for item in configuration["controller_hosts"] if item["name"] == name]
        assert json.loads(host["variables"]) == expected["variables"]  # vaulted secrets still are
    nodes = awx.by_name("workflow_job_template_nodes")
    after = {
        name: [
            item["identifier"] for item in awx.associated("workflow_job_template_nodes", node["id"], "success_nodes")
        ]
        for name, node in nodes.items()
    }
    assert after == {"report": ["check"], "check": ["approve"], "approve": ["clear"], "clear": []}
    (approval,) = awx.objects["workflow_approval_templates"].values()
    assert nodes["approve"]["unified_job_template"] == approval["id"]

    if site == SITES[0]:
        return  # once is enough for what follows, which takes long
    before = awx.snapshot()
    done = run(command, env=env, cwd=DOCS / "awx")
    assert done.returncode == 0, done.stdout
    assert awx.snapshot() == before
    # The modules cannot tell whether a secret, or an approval of a workflow, is the same, and say "changed" of both.
    changed = re.findall(r"TASK \[([^]]+)\] \*+(?:\n(?!TASK|PLAY).*)*?\nchanged: ", done.stdout)
    assert changed == ["Make the credential", "Make the workflow"]
