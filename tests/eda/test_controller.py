# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/eda, the configuration of the Event-Driven Ansible controller as data: against the options of ansible.eda,
against what the controller itself checks, and applied by its modules to a stand-in of its API.

ansible.eda is in no package of Python's index. So the options stand here as a table; and where the environment variable
EDA_COLLECTION names a folder with `ansible_collections/ansible/eda`, the table is held to the modules, and these apply
the configuration.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from eda import eda_rules, eda_stand_in
from eda.eda_stand_in import Eda
from eda.support import ROOT, RULEBOOKS, search_path
from tools import collection

DOCS = ROOT / "docs" / "eda"
SITE = DOCS / "sites" / "one_tenant.yml"
TEXT: dict[str, Any] = {}
#: What docs/eda uses of the modules' argument specs: ansible.eda 2.13.0, plugins/modules.
SPECS: dict[str, dict[str, Any]] = {
    "credential_type": {
        "name": {"required": True},
        "description": TEXT,
        "inputs": {"type": "dict"},
        "injectors": {"type": "dict"},
        "state": {"choices": ["present", "absent", "test"]},
    },
    "credential": {
        "name": {"required": True},
        "description": TEXT,
        "inputs": {"type": "dict"},
        "credential_type_name": TEXT,
        "organization_name": {"aliases": ["organization"]},
        "state": {"choices": ["present", "absent", "test"]},
    },
    "decision_environment": {
        "name": {"required": True},
        "description": TEXT,
        "image_url": TEXT,
        "credential": TEXT,
        "pull_policy": {"choices": ["always", "never", "missing"]},
        "organization_name": {"aliases": ["organization"]},
        "state": {"choices": ["present", "absent"]},
    },
    "project": {
        "name": {"required": True},
        "description": TEXT,
        "url": TEXT,
        "credential": TEXT,
        "scm_branch": TEXT,
        "organization_name": {"aliases": ["organization"]},
        "sync": {"type": "bool"},
        "state": {"choices": ["present", "absent"]},
    },
    "rulebook_activation": {
        "name": {"required": True},
        "description": TEXT,
        "project_name": {"aliases": ["project"]},
        "rulebook_name": {"aliases": ["rulebook"]},
        "extra_vars": TEXT,
        "restart_policy": {"choices": ["on-failure", "always", "never"]},
        "decision_environment_name": {"aliases": ["decision_environment"]},
        "organization_name": {"aliases": ["organization"]},
        "eda_credentials": {"type": "list", "elements": "str", "aliases": ["credentials"]},
        "log_level": {"choices": ["debug", "info", "error"]},
        "state": {"choices": ["present", "absent", "disabled", "enabled"]},
    },
    "credential_info": {"name": TEXT},
    "rulebook_activation_info": {"name": TEXT},
}
VARIABLES = {f"eda_{name}s": name for name in SPECS if not name.endswith("_info")}
_RESOLVE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - include_vars: {dir: %(configuration)s, extensions: [yml]}
    - copy:
        content: "{{ dict(names | zip(query('vars', *names))) | to_json }}"
        dest: %(output)s
        mode: "0600"
      vars:
        names: "{{ query('varnames', '^eda_') }}"
"""


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What docs/eda/configuration says for the example site, as Ansible resolves it: variable name -> value."""
    folder = tmp_path_factory.mktemp("site")
    playbook, output = folder / "resolve.yml", folder / "resolved.json"
    playbook.write_text(_RESOLVE % {"configuration": DOCS / "configuration", "output": output}, encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", str(playbook), "-e", f"@{SITE}"]
    env = {"PATH": search_path(), "HOME": str(folder), "SAIL_CLIENT_SECRET": "exported-secret"}
    done = subprocess.run(command, env=env, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    resolved: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return resolved


def tasks() -> list[dict[str, Any]]:
    """The tasks that apply the configuration."""
    loaded: list[dict[str, Any]] = yaml.safe_load((DOCS / "tasks" / "eda.yml").read_text(encoding="utf-8"))
    return loaded


def uses() -> list[tuple[str, dict[str, Any], str]]:
    """Each use of a module of ansible.eda: its name, what it is given, and the variable that it loops over."""
    found = []
    for task in tasks():
        for key in task:
            if key.startswith("ansible.eda."):
                loop = re.findall(r"\beda_\w+", task.get("loop", ""))
                found.append((key.removeprefix("ansible.eda."), task[key] or {}, loop[0] if loop else ""))
    return found


def test_the_configuration_is_what_the_modules_make(configuration: Mapping[str, Any]) -> None:
    assert set(configuration) == set(VARIABLES)


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_data_are_arguments_of_the_modules(variable: str, configuration: Mapping[str, Any]) -> None:
    validator = ArgumentSpecValidator(SPECS[VARIABLES[variable]])
    assert configuration[variable]
    for item in configuration[variable]:
        # infra.aap_configuration's role has a name of its own for the module's credential_type_name.
        named = {"credential_type_name" if key == "credential_type" else key: item[key] for key in item}
        assert validator.validate(named).error_messages == []
    assert validator.validate({"name": "x", "rule_book": "y"}).error_messages


def test_the_tasks_give_the_modules_options_that_they_have() -> None:
    assert {module for module, _given, _loop in uses()} == set(SPECS)
    for module, given, _loop in uses():
        assert set(given) <= set(SPECS[module]), module


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_tasks_leave_nothing_out_that_the_data_say(variable: str, configuration: Mapping[str, Any]) -> None:
    (given,) = [given for _module, given, loop in uses() if loop == variable]
    templates = " ".join(map(str, given.values()))
    for item in configuration[variable]:
        assert {key for key in item if not re.search(rf"\bitem\.{key}\b", templates)} <= {"state"}


def test_the_other_way_makes_the_same() -> None:
    """infra.aap_configuration has a role of each variable's name."""
    (play,) = yaml.safe_load((DOCS / "aap_configuration.yml").read_text(encoding="utf-8"))
    task = play["tasks"][-1]
    assert set(task["loop"]) == set(VARIABLES)


def test_the_credential_type_is_one_that_the_controller_takes(configuration: Mapping[str, Any]) -> None:
    (kind,) = configuration["eda_credential_types"]
    eda_rules.credential_type(kind)
    for broken in (
        {**kind, "injectors": {"env": {"SAIL_BASE_URL": "{{ base_uri }}"}}},
        {**kind, "inputs": {**kind["inputs"], "required": ["secret"]}},
        {**kind, "inputs": {"fields": [*kind["inputs"]["fields"], {"id": "a b", "label": "A"}]}},
    ):
        with pytest.raises(eda_rules.Refused):
            eda_rules.credential_type(broken)


@pytest.mark.parametrize("client_id", ["0123456789abcdef", "12345678e12", "007", 'it\'s <"one">'])
def test_the_source_gets_what_the_credential_holds(client_id: str, configuration: Mapping[str, Any]) -> None:
    """Text that looks like a number stays what it is, though the controller makes numbers of such."""
    (kind,) = configuration["eda_credential_types"]
    inputs = {"base_url": "https://acme.api.identitynow.com", "client_id": client_id, "client_secret": "vaulted"}
    assert eda_rules.environment(kind, inputs) == {
        "SAIL_BASE_URL": inputs["base_url"],
        "SAIL_CLIENT_ID": client_id,
        "SAIL_CLIENT_SECRET": "vaulted",
        "SAIL_API_VERSION": "v2024",
        "SAIL_RATE_LIMIT": "",
    }


def test_the_credential_type_asks_as_the_one_of_awx_does(configuration: Mapping[str, Any]) -> None:
    text = (ROOT / "docs" / "awx" / "configuration" / "credential_types.yml").read_text(encoding="utf-8")
    awx = yaml.safe_load(text.replace("!unsafe ", ""))["controller_credential_types"][0]
    (kind,) = configuration["eda_credential_types"]
    assert kind["name"] == awx["name"]
    for one, other in zip(kind["inputs"]["fields"], awx["inputs"]["fields"]):
        for key in ("id", "type", "label", "secret", "choices", "default"):
            assert one.get(key) == other.get(key), one["id"]
    assert list(kind["injectors"]["env"]) == list(awx["injectors"]["env"])


def test_there_is_an_activation_of_each_rulebook_that_can_run_there(configuration: Mapping[str, Any]) -> None:
    """Rulebooks that run something beside ansible-rulebook want an inventory, which activations do not have."""
    runnable = set()
    for path in RULEBOOKS.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"^ +run_(playbook|module):", text, re.MULTILINE):
            runnable.add(path.name)
    assert {item["rulebook"] for item in configuration["eda_rulebook_activations"]} == runnable


def test_the_activations_sleep_until_the_site_says_otherwise(configuration: Mapping[str, Any]) -> None:
    assert {item["state"] for item in configuration["eda_rulebook_activations"]} == {"disabled"}


def test_the_variables_are_written_as_the_controller_writes_them(configuration: Mapping[str, Any]) -> None:
    """Else each activation would seem to have changed, and would be stopped and started, each time."""
    for item in configuration["eda_rulebook_activations"]:
        assert item["extra_vars"] == yaml.safe_dump(yaml.safe_load(item["extra_vars"]))


def test_no_file_holds_a_secret(configuration: Mapping[str, Any]) -> None:
    for item in configuration["eda_credentials"]:
        (kind,) = {"client_secret", "oauth_token"} & set(item["inputs"])
        assert item["inputs"][kind] == {"client_secret": "exported-secret", "oauth_token": "$encrypted$"}[kind]


# With the modules themselves

Apply = Callable[..., subprocess.CompletedProcess[str]]
EXPORTED = {"SAIL_CLIENT_SECRET": "never-shown", "SAILPOINT_AWX_TOKEN": "not-shown-either"}
ACTIVATIONS = ["SailPoint: clear stuck tasks of acme", "SailPoint: tell of failed tasks of acme"]


@pytest.fixture(scope="session")
def eda_collection() -> Path:
    """The folder that holds ansible_collections/ansible/eda."""
    folder = collection.named("EDA_COLLECTION", "ansible.eda")
    if folder is None:
        pytest.skip("EDA_COLLECTION names no folder with ansible_collections/ansible/eda")
    return folder


@pytest.fixture
def apply(eda: tuple[str, Eda], eda_collection: Path, tmp_path: Path) -> Apply:
    """Runs apply.yml for the example site, with these variables and secrets."""

    def apply(exported: Mapping[str, str] | None = None, **variables: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ansible", "playbook", "apply.yml", "-e", f"@{SITE}", "-v", "--diff"]
        env = {
            "PATH": search_path(),
            "HOME": str(tmp_path),
            "ANSIBLE_COLLECTIONS_PATH": str(eda_collection),
            "AAP_HOSTNAME": eda[0],
            "AAP_TOKEN": eda_stand_in.TOKEN,
            **(EXPORTED if exported is None else exported),
        }
        done = subprocess.run(
            [*command, "-e", json.dumps(variables)],
            cwd=DOCS,
            env=env,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert not [secret for secret in (*EXPORTED.values(), eda_stand_in.TOKEN) if secret in done.stdout]
        return done

    return apply


@pytest.fixture
def eda() -> Any:
    """A controller that has nothing yet: its address and its objects."""
    with eda_stand_in.running() as stand_in:
        yield stand_in


def test_the_table_is_the_modules_own(eda_collection: Path) -> None:
    command = [sys.executable, "-m", "ansible", "doc", "--json", *(f"ansible.eda.{name}" for name in SPECS)]
    env = {"PATH": search_path(), "HOME": "/nonexistent", "ANSIBLE_COLLECTIONS_PATH": str(eda_collection)}
    done = subprocess.run(command, env=env, check=False, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    documented = json.loads(done.stdout)
    for module, spec in SPECS.items():
        options = documented[f"ansible.eda.{module}"]["doc"]["options"]
        for name, option in spec.items():
            for key in ("type", "elements", "required", "choices", "aliases"):
                default = {"type": "str", "required": False}.get(key)
                assert (option.get(key) or default) == (options[name].get(key) or default), (module, name, key)


def test_it_makes_all_that_the_files_say(apply: Apply, eda: tuple[str, Eda], configuration: Mapping[str, Any]) -> None:
    done = apply()
    assert done.returncode == 0, done.stdout
    objects = eda[1]
    for variable in VARIABLES:
        kind = {"eda_credentials": "eda-credentials", "eda_rulebook_activations": "activations"}.get(
            variable, variable.removeprefix("eda_").replace("_", "-")
        )
        made = {name for name, item in objects.by_name(kind).items() if not item.get("managed")}
        assert made == {item["name"] for item in configuration[variable]}
    assert {json.dumps(held, sort_keys=True) for held in objects.secrets.values() if held} == {
        '{"client_secret": "never-shown"}',
        '{"oauth_token": "not-shown-either"}',
    }
    assert [item["status"] for item in objects.objects["activations"].values()] == ["stopped", "stopped"]


def test_an_activation_that_runs_is_stopped_changed_and_started(apply: Apply, eda: tuple[str, Eda]) -> None:
    assert apply().returncode == 0
    done = apply(sailpoint_eda_enabled=True)
    assert done.returncode == 0, done.stdout
    activations = eda[1].by_name("activations")
    assert [activations[name]["status"] for name in ACTIVATIONS] == ["running", "running"]
    eda[1].changes.clear()
    changed = apply(sailpoint_eda_enabled=True, sailpoint_eda_clear_variables={"clear_pending_tasks_older_than": "12h"})
    assert changed.returncode == 0, changed.stdout
    assert [activations[name]["status"] for name in ACTIVATIONS] == ["running", "running"]
    assert yaml.safe_load(activations[ACTIVATIONS[0]]["extra_var"])["clear_pending_tasks_older_than"] == "12h"
    # The other one runs on.
    touched = [change for change in eda[1].changes if change[1].startswith("activations")]
    assert touched == [("POST", "activations/disable"), ("PATCH", "activations")]
    stopped = apply(sailpoint_eda_enabled=False)
    assert stopped.returncode == 0, stopped.stdout
    assert [activations[name]["is_enabled"] for name in ACTIVATIONS] == [False, False]


@pytest.mark.parametrize("enabled", [True, False])
def test_applied_again_it_changes_nothing(apply: Apply, eda: tuple[str, Eda], enabled: bool) -> None:
    """Neither with the secrets exported nor without; then they stay as the controller has them."""
    assert apply(sailpoint_eda_enabled=enabled).returncode == 0
    before = json.dumps([eda[1].objects, eda[1].secrets], sort_keys=True, default=str)
    eda[1].changes.clear()
    again, without = apply(sailpoint_eda_enabled=enabled), apply({}, sailpoint_eda_enabled=enabled)
    assert again.returncode == without.returncode == 0, again.stdout + without.stdout
    assert json.dumps([eda[1].objects, eda[1].secrets], sort_keys=True, default=str) == before
    # The modules cannot tell whether a secret is new.
    assert set(eda[1].changes) == {("PATCH", "eda-credentials"), ("POST", "projects/sync")}


def test_a_secret_that_is_nowhere_is_named(apply: Apply, eda: tuple[str, Eda]) -> None:
    done = apply({"SAILPOINT_AWX_TOKEN": EXPORTED["SAILPOINT_AWX_TOKEN"]})
    assert done.returncode != 0
    assert "is neither exported nor in the controller: export SAIL_CLIENT_SECRET." in re.sub(r"\s+", " ", done.stdout)
    assert eda[1].by_name("eda-credentials") == {}
