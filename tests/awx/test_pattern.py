# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/patterns/clear_pending_tasks: valid as a pattern of Ansible Automation Platform, and at work.

The rules are those of the pattern specification and schema 1.0.0 (repository ansible/pattern-service, folder
specifications, as of 2025-09), stated anew here, and AWX's own of surveys. What the schema does not name and the
definition has is what that service (core/utils/controller/helpers.py) passes on to AWX as it is, or reads itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx.support import ROOT, Run, extra_vars_file, pending, updates
from awx.survey_rules import answer_errors, choices, launch_variables, missing, spec_errors
from simulator.server import Simulator

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed here")

PATTERN = ROOT / "extensions" / "patterns" / "clear_pending_tasks"
PLAYBOOKS = ("clear_pending_tasks.yml", "check_pending_tasks.yml", "task_report.yml")

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
        # "min", the least length of an answer, is AWX's.
        {"choices": {"type": "array", "items": TEXT}, "default": {"type": "string"}, "min": {"type": "integer"}},
    ),
    "if": {"properties": {"type": {"const": "multiplechoice"}}},
    "then": {"required": ["choices"]},
}
#: The service looks for these in the definition and in its execution environment, and ends with KeyError without them.
READ_BY_THE_SERVICE = {"collection_name": TEXT, "collection_version": TEXT, "pattern_name": TEXT}
JOB_TEMPLATE = _object(
    {
        "name": NAME,
        "description": TEXT,
        "playbook": TEXT,
        # Of AWX's: a survey is not shown without the one, and the other has to be text there, not an object.
        "survey_enabled": {"const": True},
        "extra_vars": TEXT,
    },
    {
        "execution_environment": TEXT,
        "primary": {"type": "boolean"},
        "ask_credential_on_launch": {"type": "boolean"},
        "ask_inventory_on_launch": {"type": "boolean"},
        "ask_verbosity_on_launch": {"type": "boolean"},
        "labels": LABELS,
        "job_type": {"enum": ["run", "check"]},
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
        **READ_BY_THE_SERVICE,
        "aap_resources": _object(
            {
                "controller_project": _object({"name": NAME, "description": TEXT}),
                "controller_job_templates": {"type": "array", "minItems": 1, "items": JOB_TEMPLATE},
            },
            {
                "controller_execution_environment": _object(
                    {
                        "name": NAME,
                        "description": TEXT,
                        "image_name": {"type": "string", "pattern": "^[^/]+/[^/]+$"},
                        **READ_BY_THE_SERVICE,
                    },
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


@pytest.fixture(scope="module")
def templates(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its job templates by the playbook that each runs."""
    return {template["playbook"]: template for template in definition["aap_resources"]["controller_job_templates"]}


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
        (["aap_resources", "controller_job_templates", 0, "job_type"], "scan"),
        (["aap_resources", "controller_job_templates", 0, "extra_vars"], {"tenants": "all"}),
        (["aap_resources", "controller_job_templates", 0, "survey_enabled"], False),
        (["aap_resources", "controller_job_templates", 0, "verbosity"], 1),
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
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    names = {
        "collection_name": f"{galaxy['namespace']}.{galaxy['name']}",
        "collection_version": galaxy["version"],
        "pattern_name": PATTERN.name,
    }
    assert definition["name"] == PATTERN.name
    for place in (definition, definition["aap_resources"]["controller_execution_environment"]):
        assert {name: place[name] for name in names} == names
    assert (PATTERN / "README.md").is_file()
    resources = definition["aap_resources"]
    templates = resources["controller_job_templates"]
    assert [template["primary"] for template in templates].count(True) == 1
    playbooks = {path.name for path in (PATTERN / "playbooks").glob("*.yml") if not path.name.endswith(".meta.yml")}
    assert {template["playbook"] for template in templates} == playbooks
    for template in templates:
        assert template["execution_environment"] == resources["controller_execution_environment"]["name"]
        assert set(template["labels"]) <= set(resources["controller_labels"])


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_the_playbooks_document_all_their_variables(playbook: str, templates: Mapping[str, Any]) -> None:
    path = PATTERN / "playbooks" / playbook
    *_others, imported = yaml.safe_load(path.read_text(encoding="utf-8"))
    # By its place in the archive, which is AAP's project: galaxy-importer does not find it by its full name.
    own = (path.parent / imported["ansible.builtin.import_playbook"]).resolve()
    role = own.stem
    assert own.is_file() and own.parent == ROOT / "playbooks"
    meta = yaml.safe_load(path.with_suffix(".meta.yml").read_text(encoding="utf-8"))
    options = meta["argument_specs"][path.stem]["options"]
    arguments = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    spec = yaml.safe_load(arguments.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    documented = {name: {**option, "description": ""} for name, option in options.items() if name != "tenants"}
    assert documented == {name: {**option, "description": ""} for name, option in spec.items()}
    # The ids that an approval has seen come from a workflow, not from a question.
    asked = {"tenants", *spec} - {"clear_pending_tasks_ids"}
    assert {question["variable"] for question in templates[playbook]["survey"]["spec"]} == asked


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_awx_takes_the_survey_and_asks_for_no_answer(playbook: str, templates: Mapping[str, Any]) -> None:
    template = templates[playbook]
    survey, given = template["survey"], json.loads(template["extra_vars"])
    assert spec_errors(survey) == []
    assert missing(survey, {}) == []
    variables = launch_variables(given, survey, {})
    # A default that AWX leaves out, since it would refuse it as an answer, is none.
    assert set(variables) == {question["variable"] for question in survey["spec"]}
    # Nor does anything depend on whether the survey is shown.
    assert given.items() <= variables.items()
    for question in survey["spec"]:
        if question["type"] == "multiplechoice":
            # AWX's form has no blank choice: what is not chosen is the first.
            assert question["default"] == choices(question)[0]


def test_a_report_without_a_directory_is_not_launched(templates: Mapping[str, Any]) -> None:
    refused = [
        question["variable"]
        for template in templates.values()
        for question in template["survey"]["spec"]
        if question["type"] != "multiplechoice" and answer_errors(question, {question["variable"]: ""})
    ]
    assert refused == ["task_report_dir"]


QUESTION_OF_TEXT = {"type": "text", "question_name": "Days", "variable": "days", "required": False, "default": "7"}


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"type": "duration"}, "no type duration"),
        ({"default": 7}, "does not fit the type text"),
        ({"type": "integer"}, "does not fit the type integer"),
        ({"type": "float"}, "does not fit the type float"),
        ({"required": "no"}, "'required' is missing or not a bool"),
        ({"variable": None}, "'variable' is missing or not a str"),
        ({"min": "1"}, "'min' is not an integer"),
        ({"default": "$encrypted$"}, "must not begin with"),
        ({"type": "multiplechoice"}, "no choices"),
        ({"type": "multiplechoice", "choices": ["1", "2"]}, "'7' is not a choice"),
        ({"type": "multiplechoice", "choices": "7\n8", "default": "7\n8"}, "more than one default"),
        ({"type": "multiselect", "choices": "7\n8", "default": "7\n9"}, "'9' is not a choice"),
    ],
)
def test_a_question_that_awx_refuses_is_told(changes: Mapping[str, Any], reason: str) -> None:
    survey = {"name": "", "description": "", "spec": [QUESTION_OF_TEXT]}
    assert spec_errors(survey) == []
    (error,) = spec_errors({**survey, "spec": [{**QUESTION_OF_TEXT, **changes}]})
    assert reason in error


@pytest.mark.parametrize(
    "survey, reason",
    [
        ({"description": "", "spec": [QUESTION_OF_TEXT]}, "'name'"),
        ({"name": "", "description": "", "spec": {}}, "'spec'"),
        ({"name": "", "description": "", "spec": []}, "no questions"),
        ({"name": "", "description": "", "spec": ["Days"]}, "not an object"),
        ({"name": "", "description": "", "spec": [QUESTION_OF_TEXT, QUESTION_OF_TEXT]}, "asked for twice"),
    ],
)
def test_a_survey_that_awx_refuses_is_told(survey: Mapping[str, Any], reason: str) -> None:
    (error,) = spec_errors(survey)
    assert reason in error


@pytest.mark.parametrize(
    "changes, good, bad",
    [
        ({"min": 1, "max": 2}, ["7", "14"], ["", "365", 7, None]),
        ({"min": None, "max": ""}, [""], []),
        ({"type": "integer", "min": 0, "max": 9}, [0, 9], [-1, 10, "7", True, 1.0, ""]),
        ({"type": "float", "max": 1}, [1, 0.5], [2, "0.5", True]),
        ({"type": "multiplechoice", "choices": ["a", "b"]}, ["a"], ["", "c", ["a"]]),
        ({"type": "multiselect", "choices": "a\n\nb"}, [[], ["a", "b"]], ["", "a", ["c"]]),
        ({"type": "password", "required": True}, ["secret", "$encrypted$"], [7]),
        ({"type": "password", "required": True, "default": None}, ["secret"], ["$encrypted$"]),
    ],
)
def test_an_answer_that_awx_refuses_is_told(changes: Mapping[str, Any], good: list[Any], bad: list[Any]) -> None:
    question = {**QUESTION_OF_TEXT, **changes}
    assert [answer for answer in good if answer_errors(question, {"days": answer})] == []
    assert [answer for answer in bad if not answer_errors(question, {"days": answer})] == []


def test_a_default_does_not_answer_what_is_required() -> None:
    question = {**QUESTION_OF_TEXT, "required": True}
    assert missing({"spec": [question, {**QUESTION_OF_TEXT, "variable": "title"}]}, {}) == ["days"]
    assert missing({"spec": [question]}, {"days": ""}) == []
    assert answer_errors(question, {})
    assert launch_variables({"days": "1"}, {"spec": [question]}, {}) == {"days": "7"}
    assert launch_variables({"days": "1"}, {"spec": [{**question, "max": 0}]}, {"title": ""}) == {
        "days": "1",
        "title": "",
    }


def _blank(survey: Mapping[str, Any]) -> dict[str, str]:
    """An answer to each question that can be answered with nothing."""
    blank = {question["variable"]: "" for question in survey["spec"]}
    return {q["variable"]: "" for q in survey["spec"] if not answer_errors(q, blank)}


def _command(template: Mapping[str, Any], variables: Mapping[str, Any], folder: Path, pattern: Path) -> list[str]:
    """What AWX runs for a job template: its playbook, job type, and the variables in a file as AWX writes it."""
    given = extra_vars_file(folder / "extravars", variables)
    (folder / "hosts").write_text("[tenants]\nacme\n", encoding="utf-8")
    command = ["ansible-playbook", "-i", str(folder / "hosts"), "-e", f"@{given}"]
    check = ["--check"] if template.get("job_type") == "check" else []
    return [*command, *check, str(pattern / "playbooks" / template["playbook"])]


@pytest.fixture
def installed(collections_path: Path) -> Path:
    """The pattern in AAP's project, the collection's archive; the same collection is in the execution environment."""
    return collections_path / "ansible_collections/idops/sailpoint/extensions/patterns" / PATTERN.name


@pytest.mark.parametrize("answered", ["nothing", "all blank", "not shown"])
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_the_job_templates_work(
    playbook: str,
    answered: str,
    templates: Mapping[str, Any],
    run: Run,
    simulator: Simulator,
    tmp_path: Path,
    installed: Path,
) -> None:
    """Whether the survey is left as it is, is answered with nothing wherever AWX lets one, or is not there."""
    template = templates[playbook]
    survey = {} if answered == "not shown" else template["survey"]
    answers = _blank(survey) if answered == "all blank" else {}
    variables = launch_variables(json.loads(template["extra_vars"]), survey, answers)
    reports = tmp_path / "reports"
    if playbook == "task_report.yml":
        variables["task_report_dir"] = str(reports)
    else:
        variables["clear_pending_tasks_report_dir"] = str(reports)
        variables["clear_pending_tasks_observe"] = "0"  # it would take half a minute
    done = run(_command(template, variables, tmp_path, installed), env=simulator.environment)
    assert done.returncode == 0, done.stdout
    assert pending(simulator) == ({"young"} if playbook == "clear_pending_tasks.yml" else {"young", "old", "older"})
    assert len(list(reports.glob("*-acme-*.html"))) == 1
    for report in reports.glob("clear_pending_tasks-*.json"):
        assert json.loads(report.read_text(encoding="utf-8"))["check_mode"] is (playbook == "check_pending_tasks.yml")


@pytest.mark.parametrize("arguments", [[], ["--limit", "acme"], ["--inventory", "acme,globex,"]])
def test_a_check_of_another_job_type_does_nothing(
    arguments: list[str], run: Run, simulator: Simulator, tmp_path: Path, templates: Mapping[str, Any], installed: Path
) -> None:
    template = {**templates["check_pending_tasks.yml"], "job_type": "run"}
    command = _command(template, {"tenants": "all"}, tmp_path, installed)
    done = run([*command, *arguments], env=simulator.environment)
    assert done.returncode == 2, done.stdout
    assert "nothing was done" in done.stdout
    assert simulator.log() == []


def test_several_tenants_have_an_overview(
    run: Run, simulator: Simulator, tmp_path: Path, templates: Mapping[str, Any], installed: Path
) -> None:
    variables = {"tenants": "all", "task_report_dir": str(tmp_path / "reports")}
    command = _command(templates["task_report.yml"], variables, tmp_path, installed)
    done = run([*command, "-i", "acme,globex,"], env=simulator.environment)
    assert done.returncode == 0, done.stdout
    assert len(list((tmp_path / "reports").glob("*.html"))) == 3
    assert not updates(simulator)
