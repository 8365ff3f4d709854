# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/patterns/clear_pending_tasks: valid as a pattern of Ansible Automation Platform, and at work.

The rules are those of the pattern specification and schema 1.0.0 (repository ansible/pattern-service, folder
specifications, as of 2025-09), stated anew here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx.support import ROOT, Run, pending, updates
from simulator.server import Simulator

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed here")

PATTERN = ROOT / "extensions" / "patterns" / "clear_pending_tasks"

TEXT = {"type": "string", "minLength": 1}
NAME = {"type": "string", "minLength": 1, "maxLength": 200}
LABELS = {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True}


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An object of just these properties; the published schema takes others too, AAP would not know them."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": [*required], "properties": properties, "additionalProperties": False}


QUESTION = {
    **_object(
        {
            "type": {"enum": ["text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"]},
            "question_name": TEXT,
            "question_description": TEXT,
            "variable": {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"},
            "required": {"type": "boolean"},
        },
        {"choices": {"type": "array", "items": TEXT}, "default": {"type": "string"}},
    ),
    "if": {"properties": {"type": {"const": "multiplechoice"}}},
    "then": {"required": ["choices"]},
}
JOB_TEMPLATE = _object(
    {"name": NAME, "description": TEXT, "playbook": TEXT},
    {
        "execution_environment": TEXT,
        "primary": {"type": "boolean"},
        "ask_credential_on_launch": {"type": "boolean"},
        "ask_inventory_on_launch": {"type": "boolean"},
        "ask_verbosity_on_launch": {"type": "boolean"},
        "labels": LABELS,
        "survey": _object({"name": TEXT, "description": TEXT, "spec": {"type": "array", "items": QUESTION}}),
    },
)
SCHEMA = _object(
    {
        "schema_version": TEXT,
        "name": {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"},
        "title": {"type": "string", "minLength": 1, "maxLength": 64},
        "description": TEXT,
        "short_description": {"type": "string", "pattern": "[^.]$"},
        "aap_resources": _object(
            {
                "controller_project": _object({"name": NAME, "description": TEXT}),
                "controller_job_templates": {"type": "array", "minItems": 1, "items": JOB_TEMPLATE},
            },
            {
                "controller_execution_environment": _object(
                    {"name": NAME, "description": TEXT, "image_name": {"type": "string", "pattern": "^[^/]+/[^/]+$"}},
                    {"pull": {"enum": ["always", "missing", "never"]}},
                ),
                "controller_labels": LABELS,
            },
        ),
    },
    {"tags": {"type": "array", "items": TEXT, "uniqueItems": True}},
)


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    """meta/pattern.json"""
    loaded: dict[str, Any] = json.loads((PATTERN / "meta" / "pattern.json").read_text(encoding="utf-8"))
    return loaded


def _errors(definition: Mapping[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(definition)]


def test_the_definition_is_valid(definition: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert _errors(definition) == []


@pytest.mark.parametrize(
    "path, value",
    [
        (["name"], "Clear-Tasks"),
        (["title"], "x" * 65),
        (["short_description"], "A sentence."),
        (["aap_resources", "controller_execution_environment", "image_name"], "sailpoint-ee"),
        (["aap_resources", "controller_job_templates", 0, "job_type"], "check"),
        (["aap_resources", "controller_job_templates", 0, "survey", "spec", 0, "default"], 24),
        (["aap_resources", "controller_job_templates", 0, "survey", "spec", 0, "type"], "multiplechoice"),
    ],
)
def test_a_mistake_would_be_seen(path: list[Any], value: Any, definition: dict[str, Any]) -> None:
    broken = json.loads(json.dumps(definition))
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert _errors(broken)


def test_the_definition_fits_its_folder(definition: dict[str, Any]) -> None:
    assert definition["name"] == PATTERN.name
    assert (PATTERN / "README.md").is_file()
    resources = definition["aap_resources"]
    templates = resources["controller_job_templates"]
    assert [template["primary"] for template in templates].count(True) == 1
    playbooks = {path.name for path in (PATTERN / "playbooks").glob("*.yml") if not path.name.endswith(".meta.yml")}
    assert {template["playbook"] for template in templates} == playbooks
    for template in templates:
        assert template["execution_environment"] == resources["controller_execution_environment"]["name"]
        assert set(template["labels"]) <= set(resources["controller_labels"])


def test_the_playbooks_document_all_their_variables(definition: dict[str, Any]) -> None:
    for template in definition["aap_resources"]["controller_job_templates"]:
        playbook = PATTERN / "playbooks" / template["playbook"]
        (play,) = yaml.safe_load(playbook.read_text(encoding="utf-8"))
        meta = yaml.safe_load(playbook.with_suffix(".meta.yml").read_text(encoding="utf-8"))
        options = meta["argument_specs"][playbook.stem]["options"]
        (task,) = play["tasks"]
        role = task["ansible.builtin.include_role"]["name"].removeprefix("idops.sailpoint.")
        path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
        documented = {name: {**option, "description": ""} for name, option in options.items() if name != "tenants"}
        assert documented == {name: {**option, "description": ""} for name, option in spec.items()}
        # The ids that an approval has seen come from a workflow, not from a question.
        asked = {"tenants", *spec} - {"clear_pending_tasks_ids"}
        assert {question["variable"] for question in template["survey"]["spec"]} == asked


@pytest.mark.parametrize("playbook, left", [("clear_pending_tasks.yml", {"young"}), ("check_pending_tasks.yml", None)])
def test_the_playbooks_work_with_the_surveys_defaults(
    playbook: str,
    left: set[str] | None,
    definition: dict[str, Any],
    run: Run,
    simulator: Simulator,
    tmp_path: Path,
    collections_path: Path,
) -> None:
    """As AAP runs them: from the collection's archive, with the collection in the execution environment."""
    (template,) = [t for t in definition["aap_resources"]["controller_job_templates"] if t["playbook"] == playbook]
    answers = {question["variable"]: question["default"] for question in template["survey"]["spec"]}
    answers["clear_pending_tasks_observe"] = "0"  # it would take half a minute
    answers["clear_pending_tasks_report_dir"] = str(tmp_path / "reports")
    pattern = collections_path / "ansible_collections/idops/sailpoint/extensions/patterns/clear_pending_tasks"
    command = ["ansible-playbook", "-i", "acme,", str(pattern / "playbooks" / playbook), "-e", json.dumps(answers)]
    done = run(command, env=simulator.environment)
    assert done.returncode == 0, done.stdout
    assert pending(simulator) == (left or {"young", "old", "older"})
    (report,) = (tmp_path / "reports").glob("*.json")
    assert json.loads(report.read_text(encoding="utf-8"))["check_mode"] is (left is None)


def test_the_report_of_the_pattern_works_with_the_surveys_defaults(
    definition: dict[str, Any], run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    (template,) = [
        t for t in definition["aap_resources"]["controller_job_templates"] if t["playbook"] == "task_report.yml"
    ]
    answers = {question["variable"]: question["default"] for question in template["survey"]["spec"]}
    answers["task_report_dir"] = str(tmp_path / "reports")
    playbook = PATTERN / "playbooks" / "task_report.yml"
    done = run(["ansible-playbook", "-i", "acme,", str(playbook), "-e", json.dumps(answers)], env=simulator.environment)
    assert done.returncode == 0, done.stdout
    assert list((tmp_path / "reports").glob("task_report-acme-*.html"))
    assert not updates(simulator)
