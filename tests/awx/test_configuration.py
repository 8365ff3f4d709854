# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/awx, the configuration of AWX as data: against the documented options of awx.awx, against what AWX itself
checks, and applied by its modules to a stand-in of AWX's API.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from awx.awx_rules import INPUT_KEYS
from awx.support import (
    DOCS,
    ROOT,
    SITES,
    TENANTS,
    injected,
    search_path,
    tool,
)
from awx.survey_rules import missing, spec_errors
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
    "controller_groups": "group",
    "controller_notifications": "notification_template",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
#: The template that runs on no tenant.
TELLER = "SailPoint: tell of a failed task"
#: The variables that the modules read (docs/awx.md names them, too).
READ = {"SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET", "SAIL_API_VERSION", "SAIL_RATE_LIMIT"}

Configurations = Mapping[str, Mapping[str, Any]]


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
    assert items or (variable, site) == ("controller_notifications", "one_tenant")
    validator = ArgumentSpecValidator(options[MODULES[variable]])
    for item in items:
        assert validator.validate(item).error_messages == []


def test_the_other_way_makes_the_group_too() -> None:
    """infra.aap_configuration's dispatch goes by a list of roles, which lacks that of groups (seen in its defaults)."""
    (play,) = yaml.safe_load((DOCS / "awx" / "aap_configuration.yml").read_text(encoding="utf-8"))
    roles = [task["ansible.builtin.include_role"]["name"] for task in play["tasks"][1:]]
    assert roles == ["infra.aap_configuration.dispatch", "infra.aap_configuration.controller_host_groups"]


def test_a_mistake_in_the_data_would_be_seen(configurations: Configurations, options: Mapping[str, Any]) -> None:
    validator = ArgumentSpecValidator(options["workflow_job_template"])
    (workflow,) = configurations["one_tenant"]["controller_workflows"]
    broken = json.loads(json.dumps(workflow))
    (approval,) = [node for node in broken["workflow_nodes"] if node["identifier"] == "approve"]
    approval["unified_job_template"]["time_out"] = 1
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
    credential_type, _webhook = configurations["one_tenant"]["controller_credential_types"]
    inputs = credential_type["inputs"]
    fields = {field["id"]: field for field in inputs["fields"]}
    assert len(fields) == len(inputs["fields"])
    for field in fields.values():
        assert set(field) <= set(INPUT_KEYS)
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
    credential_type, _webhook = configurations["one_tenant"]["controller_credential_types"]
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


def _surveyed(configuration: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The templates, of jobs and workflows, that have a survey."""
    templates = [*configuration["controller_templates"], *configuration["controller_workflows"]]
    return [template for template in templates if "survey_spec" in template]


@pytest.mark.parametrize("site", SITES)
def test_the_surveys_are_such_that_awx_takes(site: str, configurations: Configurations) -> None:
    """No question is required that has a default: AWX would want it answered by schedules, rulebooks and launches."""
    for template in _surveyed(configurations[site]):
        survey = template["survey_spec"]
        assert template["survey_enabled"] is True
        assert spec_errors(survey) == []
        assert missing(survey, {}) == [q["variable"] for q in survey["spec"] if "default" not in q]
        for question in survey["spec"]:
            # AWX takes a boolean for a number here.
            assert not any(isinstance(question.get(key), bool) for key in ("default", "min", "max"))


@pytest.mark.parametrize("site", SITES)
def test_a_blank_choice_is_the_default(site: str, configurations: Configurations) -> None:
    """AWX's web interface takes the first choice for a blank one."""
    asked = [q for template in _surveyed(configurations[site]) for q in template["survey_spec"]["spec"]]
    types = configurations[site]["controller_credential_types"]
    choices = [q for q in [*asked, *types[0]["inputs"]["fields"]] if "choices" in q]
    assert len(choices) > 3
    for question in choices:
        assert question["choices"][0] == question["default"], question


def _variables(playbook: str) -> set[str]:
    """The variables of a playbook: its role's, or those that its head names."""
    spec = ROOT / "roles" / Path(playbook).stem / "meta" / "argument_specs.yml"
    if spec.is_file():
        return set(yaml.safe_load(spec.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"])
    head = (ROOT / playbook).read_text(encoding="utf-8")
    return set(re.findall(rf"^# ({Path(playbook).stem}_\w+) {{2,}}", head, flags=re.MULTILINE))


@pytest.mark.parametrize("site", SITES)
def test_the_surveys_ask_for_variables_of_the_roles(site: str, configurations: Configurations) -> None:
    for template in _surveyed(configurations[site]):
        answers = {question["variable"] for question in template["survey_spec"]["spec"]}
        assert ("tenants" in answers) is (template["name"] != TELLER)
        assert "clear_pending_tasks_ids" not in answers  # an answer would stand above what the check hands on
        if "playbook" not in template:
            continue
        given = {*template.get("extra_vars", {}), *answers} - {"tenants"}
        left_out = {"clear_pending_tasks_ids", "reaggregate_interval"}
        assert given == _variables(template["playbook"]) - left_out, "not every variable"
    for template in configurations[site]["controller_templates"]:
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
    assert schedule["enabled"] is False  # until a first check has shown what it would clear


@pytest.mark.parametrize("site", SITES)
def test_only_the_schedule_is_sliced(site: str, configurations: Configurations) -> None:
    """A limit leaves slices without hosts, where Ansible fails; and a sliced check would hand on one slice's ids."""
    (schedule,) = configurations[site]["controller_schedules"]
    assert schedule["job_slice_count"] == {"one_tenant": 1, "tenants": 2}[site]
    for template in configurations[site]["controller_templates"]:
        assert template.get("job_slice_count", 1) == 1
        # A limit that AWX ignored would have all tenants served.
        on_tenants = "survey_spec" in template and template["name"] != TELLER
        assert template.get("ask_limit_on_launch", False) is on_tenants
    (target,) = [
        t for t in configurations[site]["controller_templates"] if t["name"] == schedule["unified_job_template"]
    ]
    assert target["ask_job_slice_count_on_launch"] is True


@pytest.mark.parametrize("site", SITES)
def test_the_workflow_asks_between_the_report_and_the_clearing(site: str, configurations: Configurations) -> None:
    (workflow,) = configurations[site]["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    followers = {
        name: [after["identifier"] for after in node.get("related", {}).get("success_nodes", [])]
        for name, node in nodes.items()
    }
    assert followers == {
        "report": ["check"],
        "check": ["ask"],
        "ask": ["approve"],
        "nobody": [],
        "approve": ["clear"],
        "clear": [],
    }
    failed = {name: node["related"]["failure_nodes"] for name, node in nodes.items() if "failure_nodes" in str(node)}
    assert failed == {"ask": [{"identifier": "nobody"}]}
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
    for credential in yaml.safe_load(text)["sailpoint_awx_credentials"]:
        secrets = {key: value for key, value in credential["inputs"].items() if "secret" in key or "password" in key}
        assert secrets
        for value in secrets.values():
            exported = r"lookup\('ansible\.builtin\.env', '[A-Z_]+'\)"
            assert re.fullmatch(rf"\{{\{{ {exported} \| default\('\$encrypted\$', true\) \}}\}}", value)
