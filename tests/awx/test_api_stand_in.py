# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""api_stand_in.py refuses, keeps and gives out what AWX 24.6.1 does: each of these requests was sent to a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from awx.api_client import Api
from awx.api_stand_in import READ_TOKEN, TOKEN, Awx
from awx.awx_rules import ENCRYPTED
from awx.support import Run

DAILY = "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1"


@pytest.fixture
def api(awx: tuple[str, Awx]) -> Api:
    """An AWX that has nothing yet."""
    return Api(awx[0])


@pytest.fixture
def organization(api: Api) -> int:
    return api.new("organizations", name="ours")


@pytest.fixture
def project(api: Api, organization: int) -> int:
    return api.new("projects", name="project", organization=organization, scm_type="git", scm_url="https://example.com")


@pytest.fixture
def inventory(api: Api, organization: int) -> int:
    return api.new("inventories", name="tenants", organization=organization)


def _question(variable: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"type": kind, "question_name": variable, "variable": variable, "required": False, "default": "", **more}


SURVEY = [
    _question("must", required=True, default="a default"),
    _question("choice", "multiplechoice", choices=["beta", "v2024"]),
    _question("number", "integer", default=5, min=1),
    _question("blank"),
]


@pytest.fixture
def template(api: Api, project: int, inventory: int) -> int:
    """A job template with a survey and variables."""
    fields = {"project": project, "inventory": inventory, "playbook": "first.yml", "survey_enabled": True}
    number = api.new("job_templates", name="template", extra_vars='{"own": 1, "blank": "x"}', **fields)
    survey = {"name": "", "description": "", "spec": SURVEY}
    assert api("POST", f"job_templates/{number}/survey_spec/", survey)[0] == 200
    return number


@pytest.fixture
def workflow(api: Api, organization: int) -> int:
    """A workflow with that survey, without nodes."""
    number = api.new("workflow_job_templates", name="workflow", organization=organization, survey_enabled=True)
    survey = {"name": "", "description": "", "spec": SURVEY}
    assert api("POST", f"workflow_job_templates/{number}/survey_spec/", survey)[0] == 200
    return number


@pytest.mark.parametrize(
    "question",
    [
        _question("x", "boolean"),
        _question("x", "integer", default="5"),
        _question("x", "multiplechoice"),
        _question("x", "multiplechoice", choices=["a"], default="b"),
        _question("x", required="yes"),
        {"type": "text", "variable": "x", "required": False},
        _question("must"),
    ],
    ids=["type", "default's type", "no choices", "default no choice", "required's type", "no name", "twice"],
)
def test_a_survey_is_refused(question: dict[str, Any], api: Api, template: int) -> None:
    """_validate_spec_data of api/views: the rules are those of survey_rules.py, which has its own tests."""
    path = f"job_templates/{template}/survey_spec/"
    before = api("GET", path)
    status, body = api("POST", path, {"name": "", "description": "", "spec": [*SURVEY, question]})
    assert (status, list(body)) == (400, ["error"])
    assert api("POST", path, {"name": "", "description": "", "spec": []})[0] == 400
    assert api("GET", path) == before


SAVED: list[tuple[dict[str, Any], str]] = [
    ({"extra_data": {"must": "x", "stray": 1}}, "extra_data"),
    ({"extra_data": {"must": "x", "choice": ""}}, "variables_needed_to_start"),
    ({"extra_data": {"must": "x", "number": "7"}}, "variables_needed_to_start"),
    ({"extra_data": {"must": "x", "number": 0}}, "variables_needed_to_start"),
    ({"extra_data": {"must": "x"}, "limit": "acme"}, "limit"),
    ({"extra_data": {"must": "x"}, "job_slice_count": 2}, "job_slice_count"),
    ({"extra_data": {"must": "x"}, "unified_job_template": 99999}, "unified_job_template"),
    ({"extra_data": {"must": "x"}, "inventory": 99999}, "inventory"),
]


@pytest.mark.parametrize("fields, reason", [({}, "variables_needed_to_start"), *SAVED])
def test_a_schedule_is_refused(fields: dict[str, Any], reason: str, api: Api, template: int) -> None:
    """LaunchConfigurationBaseSerializer: a default answers no required question, and prompts have to be asked for."""
    schedule = {"name": "nightly", "rrule": DAILY, "unified_job_template": template, **fields}
    status, body = api("POST", "schedules/", schedule)
    assert (status, list(body)) == (400, [reason])


@pytest.mark.parametrize("fields, reason", SAVED)
def test_a_node_is_refused(fields: dict[str, Any], reason: str, api: Api, template: int, workflow: int) -> None:
    """The same of a workflow's node, which need not answer what is required: the workflow may."""
    node = {"workflow_job_template": workflow, "identifier": "a", "unified_job_template": template}
    status, body = api("POST", "workflow_job_template_nodes/", {**node, **fields})
    assert (status, list(body)) == (400, [reason])
    assert api("POST", "workflow_job_template_nodes/", node)[0] == 201


@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T000000Z",
        "DTSTART:20260101T000000Z RRULE:FREQ=DAILY",
        "DTSTART:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART;TZID=No/Where:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
        "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1000",
        "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1 EXDATE:20260102T000000Z",
    ],
)
def test_the_rule_of_a_schedule_is_refused(rule: str, api: Api, template: int) -> None:
    """SchedulePreviewSerializer of api/serializers.py"""
    schedule = {"name": "nightly", "unified_job_template": template, "extra_data": {"must": "x"}, "rrule": rule}
    status, body = api("POST", "schedules/", schedule)
    assert (status, list(body)) == (400, ["rrule"])


def test_a_schedule_is_taken_and_changed(api: Api, template: int) -> None:
    """A change is looked at only where it touches variables or references."""
    taken = {"must": "x", "own": 1}  # the second as the template has it
    fields = {"name": "nightly", "unified_job_template": template, "rrule": DAILY, "extra_data": taken, "limit": ""}
    number = api.new("schedules", **fields)
    assert api("GET", f"schedules/{number}/")[1]["enabled"] is True
    assert api("PATCH", f"schedules/{number}/", {"extra_data": {}})[0] == 400
    assert api("PATCH", f"schedules/{number}/", {"extra_data": {"must": "x", "own": 2}})[0] == 400
    for unseen in ({"enabled": False}, {"limit": "acme"}):  # AWX lets the second pass, too
        assert api("PATCH", f"schedules/{number}/", unseen)[0] == 200
    status, body = api("POST", "schedules/", fields)
    assert (status, list(body)) == (400, ["__all__"])  # the name is there already


@pytest.mark.parametrize(
    "fields, reason",
    [
        ({}, "variables_needed_to_start"),
        ({"extra_vars": {"must": "x", "choice": ""}}, "variables_needed_to_start"),
        ({"extra_vars": {"must": "x", "number": 7.5}}, "variables_needed_to_start"),
        ({"extra_vars": {"must": None}}, "variables_needed_to_start"),
        ({"extra_vars": {"must": "x"}, "inventory": 99999}, "inventory"),
        ({"extra_vars": "- a list"}, "extra_vars"),
    ],
)
def test_a_launch_is_refused(fields: dict[str, Any], reason: str, api: Api, template: int) -> None:
    """JobLaunchSerializer of api/serializers.py"""
    path = f"job_templates/{template}/launch/"
    status, body = api("POST", path, fields)
    assert (status, list(body)) == (400, [reason])
    assert api("GET", path)[1]["variables_needed_to_start"] == ["must"]


def test_a_launch_ignores_what_is_not_asked_for(api: Api, template: int) -> None:
    """It is no error for a job template. What is as the template has it anyway is not even told."""
    fields = {"extra_vars": {"must": "x", "stray": 1, "own": 1}, "limit": "acme", "job_slice_count": 3, "nonsense": 4}
    status, job = api("POST", f"job_templates/{template}/launch/", fields)
    assert status == 201
    assert job["ignored_fields"] == {"extra_vars": {"stray": 1}, "limit": "acme", "job_slice_count": 3}
    assert (job["job"], job["limit"], job["status"]) == (job["id"], "", "pending")


def test_a_job_has_the_variables_by_their_precedence(api: Api, template: int) -> None:
    """The template's, over them the valid defaults of the survey, blank ones included, over them the answers."""
    _status, job = api("POST", f"job_templates/{template}/launch/", {"extra_vars": "must: x"})
    assert json.loads(job["extra_vars"]) == {"own": 1, "blank": "", "number": 5, "must": "x"}
    api("PATCH", f"job_templates/{template}/", {"ask_variables_on_launch": True, "ask_limit_on_launch": True})
    fields = {"extra_vars": {"must": "x", "own": 2, "stray": 1}, "limit": "acme"}
    _status, job = api("POST", f"job_templates/{template}/launch/", fields)
    assert json.loads(job["extra_vars"]) == {"own": 2, "blank": "", "number": 5, "must": "x", "stray": 1}
    assert (job["limit"], job["ignored_fields"]) == ("acme", {})


@pytest.mark.parametrize(
    "fields, reason",
    [
        ({}, "variables_needed_to_start"),
        ({"extra_vars": {"must": "x", "stray": 1}}, "extra_vars"),
        ({"extra_vars": {"must": "x"}, "limit": "acme"}, "limit"),
        ({"extra_vars": {"must": "x"}, "limit": ""}, "limit"),
    ],
)
def test_the_launch_of_a_workflow_is_refused(fields: dict[str, Any], reason: str, api: Api, workflow: int) -> None:
    """WorkflowJobLaunchSerializer: what is not asked for is an error there."""
    status, body = api("POST", f"workflow_job_templates/{workflow}/launch/", fields)
    assert (status, list(body)) == (400, [reason])


def test_a_workflow_job_has_the_nodes_of_its_template(api: Api, template: int, workflow: int) -> None:
    """WorkflowJobNodeSerializer; the template of an approval can be changed, and has its new text in later jobs."""
    nodes = "workflow_job_template_nodes"
    check = api.new(nodes, workflow_job_template=workflow, identifier="check", unified_job_template=template)
    approve = api.new(nodes, workflow_job_template=workflow, identifier="approve")
    asked = {"name": "sure?", "description": "", "timeout": 60}
    status, approval = api("POST", f"{nodes}/{approve}/create_approval_template/", asked)
    assert status == 201
    assert api("POST", f"{nodes}/{check}/success_nodes/", {"id": approve})[0] == 204
    assert api("POST", f"{nodes}/{check}/success_nodes/", {"id": 99999})[0] == 400
    changed = api("PATCH", f"workflow_approval_templates/{approval['id']}/", {"description": "12 tasks", "timeout": 90})
    assert (changed[0], changed[1]["description"], changed[1]["timeout"]) == (200, "12 tasks", 90)

    _status, job = api("POST", f"workflow_job_templates/{workflow}/launch/", {"extra_vars": {"must": "x"}})
    assert job["workflow_job"] == job["id"]
    assert json.loads(job["extra_vars"]) == {"blank": "", "number": 5, "must": "x"}
    _status, page = api("GET", job["related"]["workflow_nodes"])
    found = {node["identifier"]: node for node in page["results"]}
    assert found["check"]["success_nodes"] == [found["approve"]["id"]]
    about = found["approve"]["summary_fields"]["unified_job_template"]
    assert (about["id"], about["description"]) == (approval["id"], "12 tasks")
    assert about["unified_job_type"] == "workflow_approval"
    assert found["check"]["summary_fields"]["unified_job_template"]["unified_job_type"] == "job"


def test_a_job_ends_as_a_test_says(api: Api, awx: tuple[str, Awx], template: int) -> None:
    awx[1].job_ends = lambda job: {"status": "running"}
    _status, job = api("POST", f"job_templates/{template}/launch/", {"extra_vars": {"must": "x"}})
    running = api("GET", job["url"])[1]
    assert (running["status"], running["finished"], running["event_processing_finished"]) == ("running", None, False)
    awx[1].job_ends = lambda job: {"status": "failed", "artifacts": {"count": 3}, "stdout": "PLAY"}
    ended = api("GET", job["url"])[1]
    assert (ended["status"], ended["failed"], ended["artifacts"]) == ("failed", True, {"count": 3})
    assert ended["finished"]
    assert ended["event_processing_finished"]
    assert api("GET", job["related"]["stdout"] + "?format=txt") == (200, "PLAY")
    assert api("GET", f"jobs/?id={job['id']}")[1]["results"][0]["status"] == "failed"


@pytest.fixture
def credential_type(api: Api) -> int:
    fields = [
        {"id": "base_url", "label": "URL"},
        {"id": "api_version", "label": "Version", "choices": ["beta", "v2024"]},
        {"id": "secret", "label": "Secret", "secret": True},
    ]
    inputs = {"fields": fields, "required": ["base_url"]}
    return api.new("credential_types", name="kind", kind="cloud", inputs=inputs, injectors={})


@pytest.mark.parametrize(
    "inputs, kept",
    [
        ({"secret": "hidden"}, {"secret": ENCRYPTED}),
        ({"base_url": "u", "secret": ""}, {"base_url": "u"}),
        ({"base_url": None}, {"base_url": ""}),
        ({"base_url": "u", "api_version": ""}, {"base_url": "u", "api_version": "beta"}),
        ({"base_url": "u", "api_version": "v9"}, None),
        ({"base_url": "u", "secret": ENCRYPTED}, None),
        ({"base_url": "u", "stray": "x"}, None),
        ({"base_url": 7}, None),
    ],
    ids=["not all that is required", "blank secret", "none", "blank choice", "choice", "encrypted", "stray", "number"],
)
def test_the_inputs_of_a_credential(
    inputs: dict[str, Any], kept: dict[str, Any] | None, api: Api, organization: int, credential_type: int
) -> None:
    """CredentialInputField of main/fields.py: what is kept of them, None if they are refused."""
    credential = {"name": "one", "organization": organization, "credential_type": credential_type, "inputs": inputs}
    status, body = api("POST", "credentials/", credential)
    if kept is None:
        assert (status, list(body)) == (400, ["inputs"])
    else:
        assert (status, body["inputs"]) == (201, kept)


def test_the_inputs_of_a_credential_are_replaced_as_a_whole(
    api: Api, awx: tuple[str, Awx], organization: int, credential_type: int
) -> None:
    """But for a secret that is "$encrypted$"; a blank one is wiped."""
    fields = {"name": "one", "organization": organization, "credential_type": credential_type}
    number = api.new("credentials", inputs={"base_url": "u", "secret": "hidden"}, **fields)

    def changed(inputs: Mapping[str, Any]) -> Any:
        status, body = api("PATCH", f"credentials/{number}/", {"inputs": inputs})
        return body["inputs"] if status == 200 else status

    assert changed({"base_url": "v", "secret": ENCRYPTED}) == {"base_url": "v", "secret": ENCRYPTED}
    assert awx[1].secrets[number] == {"secret": "hidden"}
    assert changed({"base_url": "v", "secret": "other", "api_version": "v9"}) == 400
    assert awx[1].secrets[number] == {"secret": "hidden"}
    assert changed({"base_url": "v", "secret": ""}) == {"base_url": "v"}
    assert awx[1].secrets[number] == {}
    assert changed({"secret": "new"}) == {"secret": ENCRYPTED}
    assert api("PATCH", f"credentials/{number}/", {"description": "d"})[1]["inputs"] == {"secret": ENCRYPTED}


@pytest.mark.parametrize("inputs", [{"fields": [{"id": "x", "label": "X", "kind": "text"}]}, {"fields": [{"id": "x"}]}])
def test_a_credential_type_is_refused(inputs: dict[str, Any], api: Api) -> None:
    """CredentialTypeInputField of main/fields.py"""
    made = {"name": "kind", "kind": "cloud", "injectors": {}, "inputs": inputs}
    assert api("POST", "credential_types/", made)[0] == 400
    assert api("POST", "credential_types/", {**made, "kind": "vault", "inputs": {}})[0] == 400


def test_a_job_template_has_one_credential_of_a_type(
    api: Api, organization: int, credential_type: int, template: int
) -> None:
    """JobTemplateCredentialsList of api/views; vaults are told apart by their ids."""
    _status, page = api("GET", "credential_types/?managed=true&page_size=200")
    managed = {item["namespace"]: item["id"] for item in page["results"]}
    made = [
        ("one", credential_type, {}, 204),
        ("two", credential_type, {}, 400),
        ("vault", managed["vault"], {"vault_password": "x"}, 204),
        ("vault 2", managed["vault"], {"vault_password": "x", "vault_id": "second"}, 204),
        ("vault 3", managed["vault"], {"vault_password": "x"}, 400),
        ("awx", managed["controller"], {"host": "https://awx", "oauth_token": "x", "verify_ssl": True}, 204),
    ]
    for name, kind, inputs, expected in made:
        number = api.new("credentials", name=name, organization=organization, credential_type=kind, inputs=inputs)
        status, body = api("POST", f"job_templates/{template}/credentials/", {"id": number})
        assert (status, name) == (expected, name), body
        assert api("POST", f"job_templates/{template}/credentials/", {"id": number})[0] == 400  # once is enough
    assert api("PATCH", f"credential_types/{managed['vault']}/", {"name": "mine"})[0] == 403


@pytest.mark.parametrize(
    "kind, fields, reason",
    [
        ("credentials", {"inputs": {}}, "credential_type"),
        ("projects", {"organization": 99999}, "organization"),
        ("hosts", {}, "inventory"),
        ("inventories", {}, "organization"),
        ("execution_environments", {}, "image"),
        ("notification_templates", {"notification_type": "webhook"}, "organization"),
        ("job_templates", {"playbook": "first.yml"}, "project"),
        ("schedules", {"rrule": DAILY}, "unified_job_template"),
    ],
)
def test_fields_have_to_be_there(kind: str, fields: dict[str, Any], reason: str, api: Api) -> None:
    status, body = api("POST", f"{kind}/", {"name": "one", **fields})
    assert (status, list(body)) == (400, [reason])


def test_a_project_is_synced_before_it_is_used(
    api: Api, awx: tuple[str, Awx], organization: int, inventory: int
) -> None:
    """JobOptionsSerializer and main/models/projects.py: no playbook is known before the first sync."""
    awx[1].project_ends = lambda project: "failed"
    scm = {"scm_type": "git", "scm_url": "https://example.com", "organization": organization}
    status, made = api("POST", "projects/", {"name": "project", **scm})
    assert (status, made["status"], made["scm_revision"]) == (201, "pending", "")
    update = api("GET", f"project_updates/{made['summary_fields']['current_update']['id']}/")[1]
    assert (update["status"], update["failed"]) == ("failed", True)
    failed = api("GET", made["url"])[1]
    assert (failed["status"], failed["scm_revision"]) == ("failed", "")
    assert "current_update" not in failed["summary_fields"]
    template = {"name": "template", "project": made["id"], "inventory": inventory, "playbook": "first.yml"}
    refused = api("POST", "job_templates/", template)
    assert refused == (400, {"playbook": ["Playbook not found for project."]})

    awx[1].project_ends = lambda project: "successful"
    awx[1].playbooks = ["first.yml"]
    status, update = api("POST", made["related"]["update"])
    assert (status, update["project_update"]) == (202, update["id"])
    assert api("GET", update["url"])[1]["status"] == "successful"
    assert api("GET", made["url"])[1]["scm_revision"]
    assert api("POST", "job_templates/", {**template, "playbook": "none.yml"})[0] == 400
    number = api.new("job_templates", **template)
    assert api("PATCH", f"job_templates/{number}/", {"playbook": "none.yml"})[0] == 400

    awx[1].project_ends = lambda project: "failed"
    api("POST", made["related"]["update"])
    status, body = api("POST", f"job_templates/{number}/launch/", {})
    assert (status, list(body)) == (400, ["playbook"])


def test_a_change_of_its_address_updates_a_project(api: Api, awx: tuple[str, Awx], project: int) -> None:
    assert api("GET", f"projects/{project}/")[1]["status"] == "successful"
    assert api("PATCH", f"projects/{project}/", {"description": "d"})[1]["status"] == "successful"
    assert api("PATCH", f"projects/{project}/", {"scm_url": "https://example.org"})[1]["status"] == "pending"
    assert len(api("GET", f"projects/{project}/project_updates/")[1]["results"]) == 2


WEBHOOK = {"url": "https://example.com", "headers": {}}
MAIL = {"host": "h", "port": 25, "username": "", "password": "", "use_tls": True, "use_ssl": False, "sender": "s"}


@pytest.mark.parametrize(
    "kind, configuration, messages, reason",
    [
        ("webhook", {"url": "https://example.com"}, None, "__all__"),
        ("webhook", {**WEBHOOK, "http_method": "GET"}, None, "__all__"),
        ("webhook", {**WEBHOOK, "headers": ""}, None, "__all__"),
        ("email", {**MAIL, "recipients": []}, None, "__all__"),
        ("email", {**MAIL, "recipients": ["a"], "port": "25"}, None, "__all__"),
        ("pigeon", {}, None, "notification_type"),
        ("webhook", WEBHOOK, {"errors": {"body": "x"}}, "messages"),
        ("webhook", WEBHOOK, {"error": {"text": "x"}}, "messages"),
        ("webhook", WEBHOOK, {"error": {"body": "{{ job.nothing }}"}}, "messages"),
        ("email", {**MAIL, "recipients": ["a"]}, {"error": {"message": "a\nb"}}, "messages"),
    ],
)
def test_a_notification_template_is_refused(
    kind: str, configuration: dict[str, Any], messages: Any, reason: str, api: Api, organization: int
) -> None:
    """NotificationTemplateSerializer of api/serializers.py"""
    made = {"name": "n", "organization": organization, "notification_type": kind}
    made |= {"notification_configuration": configuration, **({"messages": messages} if messages else {})}
    status, body = api("POST", "notification_templates/", made)
    assert (status, list(body)) == (400, [reason])


def test_a_notification_template_hides_its_password(
    api: Api, awx: tuple[str, Awx], organization: int, template: int
) -> None:
    made: dict[str, Any] = {"name": "n", "organization": organization, "notification_type": "webhook"}
    made["messages"] = {
        "error": {"body": '{"text": "{{ job.name }} {{ job.summary_fields.inventory.name }} {{ url }}"}'}
    }
    number = api.new("notification_templates", notification_configuration={**WEBHOOK, "password": "pw"}, **made)
    path = f"notification_templates/{number}/"
    changed = {**WEBHOOK, "url": "https://example.org", "password": ENCRYPTED}
    status, body = api("PATCH", path, {"notification_configuration": changed})
    rest = {"http_method": "POST", "username": "", "disable_ssl_verification": False}
    assert (status, body["notification_configuration"]) == (200, {**changed, **rest})
    assert awx[1].secrets[number] == {"password": "pw"}
    assert api("PATCH", path, {"notification_configuration": {"url": "x"}})[0] == 400
    for event in ("started", "success", "error"):
        below = f"job_templates/{template}/notification_templates_{event}/"
        assert api("POST", below, {"id": number})[0] == 204
        assert [item["id"] for item in api("GET", below)[1]["results"]] == [number]
    assert api("POST", f"job_templates/{template}/notification_templates_approvals/", {"id": number})[0] == 404


def test_the_messages_of_a_notification_template_are_kept(api: Api, organization: int) -> None:
    """NotificationTemplate.save: at first as they are sent, then with all events, and never left out again."""
    made: dict[str, Any] = {"name": "n", "organization": organization, "notification_type": "webhook"}
    made["notification_configuration"] = WEBHOOK
    number = api.new("notification_templates", messages={"error": {"body": "x"}}, **made)
    assert api("GET", f"notification_templates/{number}/")[1]["messages"] == {"error": {"body": "x"}}
    others = {"started": None, "success": None, "workflow_approval": None}
    for sent, error in (
        ({"message": "m"}, {"message": "m", "body": "x"}),
        ({"body": "y"}, {"message": "m", "body": "y"}),
    ):
        status, body = api("PATCH", f"notification_templates/{number}/", {"messages": {"error": sent}})
        assert (status, body["messages"]) == (200, {"error": error, **others})


def test_a_group_has_hosts_of_its_inventory(api: Api, inventory: int) -> None:
    host = api.new("hosts", name="acme", inventory=inventory)
    group = api.new("groups", name="production", inventory=inventory, variables="{}")
    assert api("POST", f"groups/{group}/hosts/", {"id": host})[0] == 204
    assert [item["name"] for item in api("GET", f"groups/{group}/hosts/")[1]["results"]] == ["acme"]
    assert api("POST", "hosts/", {"name": "acme", "inventory": inventory})[0] == 400


def test_slices_need_hosts(api: Api, template: int, inventory: int) -> None:
    """JobTemplate._accept_or_ignore_job_kwargs"""
    api("PATCH", f"job_templates/{template}/", {"ask_job_slice_count_on_launch": True})
    fields = {"extra_vars": {"must": "x"}, "job_slice_count": 2}
    assert api("POST", f"job_templates/{template}/launch/", fields)[0] == 400
    for name in ("acme", "umbrella"):
        api.new("hosts", name=name, inventory=inventory)
    schedule = {"name": "nightly", "unified_job_template": template, "rrule": DAILY, "job_slice_count": 2}
    assert api("POST", "schedules/", {**schedule, "extra_data": {"must": "x"}})[0] == 201


def test_a_token_for_reading_writes_nothing(awx: tuple[str, Awx]) -> None:
    """APIView.check_permissions of api/generics.py: before anything else is looked at."""
    reading = Api(awx[0], READ_TOKEN)
    refused = (403, {"detail": "You do not have permission to perform this action."})
    assert reading("GET", "me/")[0] == 200
    assert reading("POST", "organizations/", {}) == refused
    assert reading("PATCH", "organizations/99999/", {}) == refused
    for token, actions in ((READ_TOKEN, {"GET"}), (TOKEN, {"GET", "POST"})):
        assert set(Api(awx[0], token)("OPTIONS", "projects/")[1]["actions"]) == actions
        assert set(Api(awx[0], token)("OPTIONS", "job_templates/")[1]["actions"]) == {"GET"}  # there is no project yet
    status, body = Api(awx[0], "wrong")("GET", "me/")
    assert status == 401
    assert body["detail"].startswith("Authentication credentials were not provided.")


def test_lists_are_filtered(api: Api, organization: int, template: int) -> None:
    def found(filters: str) -> Any:
        status, page = api("GET", f"job_templates/?{filters}")
        return [item["id"] for item in page["results"]] if status == 200 else status

    (name,) = [item["name"] for item in api("GET", f"job_templates/?id={template}")[1]["results"]]
    assert found(f"name={name}") == found(f"name__in=x,{name}") == [template]
    assert found(f"name={name}x") == []
    assert found(f"organization={organization}&survey_enabled=true&order_by=-id") == [template]
    assert found("nothing=1") == 400


def test_it_tells_its_version(api: Api) -> None:
    assert api("GET", "/api/")[1]["current_version"] == "/api/v2/"
    assert api("GET", "ping/")[1]["version"] == api("GET", "config/")[1]["version"] == "24.6.1"
    assert api("GET", "me/")[1]["results"][0]["username"]
    assert api("GET", "nothing/")[0] == 404


PLAY = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/awx.awx.controller:
      request_timeout: 60
  tasks:
    - awx.awx.credential:
        name: one
        organization: Default
        credential_type: Red Hat Ansible Automation Platform
        inputs: {host: https://awx.example.com, oauth_token: hidden}
        update_secrets: false
    - awx.awx.project:
        name: project
        organization: Default
        scm_type: git
        scm_url: https://example.com
        update_project: true
        interval: 0.1
    - awx.awx.inventory: {name: tenants, organization: Default}
    - awx.awx.host: {name: acme, inventory: tenants}
    - awx.awx.group: {name: production, inventory: tenants, hosts: [acme]}
    - awx.awx.notification_template:
        name: failed
        organization: Default
        notification_type: webhook
        notification_configuration: {url: https://example.com, headers: {}, http_method: POST}
    - awx.awx.job_template:
        name: template
        organization: Default
        project: project
        inventory: tenants
        playbook: first.yml
        credentials: [one]
        survey_enabled: true
        survey_spec: "{{ survey }}"
        notification_templates_error: [failed]
"""
LAUNCH = """
    - awx.awx.job_launch: {name: template, extra_vars: {must: x}, wait: true, interval: 0.1}
      register: job
    - awx.awx.job_wait: {job_id: "{{ job.id }}", interval: 0.1}
    - assert:
        that:
          - lookup('awx.awx.controller_api', 'jobs/' ~ job.id).artifacts.seen == 3
          - lookup('awx.awx.controller_api', 'ping').version == '24.6.1'
    - awx.awx.job_launch: {name: template, extra_vars: {must: x, choice: ''}}
      register: refused
      failed_when: refused.response.status_code != 400
"""


def test_the_modules_of_awx_work_with_it(awx: tuple[str, Awx], awx_collection: Path, run: Run, tmp_path: Path) -> None:
    """Objects are made, and the second time nothing is changed but what they never know; a job is waited for."""
    awx[1].job_ends = lambda job: {"artifacts": {"seen": 3}}
    env = {"ANSIBLE_COLLECTIONS_PATH": str(awx_collection), "CONTROLLER_HOST": awx[0], "CONTROLLER_OAUTH_TOKEN": TOKEN}
    (tmp_path / "make.yml").write_text(PLAY, encoding="utf-8")
    (tmp_path / "launch.yml").write_text(PLAY.partition("  tasks:")[0] + "  tasks:" + LAUNCH, encoding="utf-8")
    (tmp_path / "vars.json").write_text(json.dumps({"survey": {"name": "", "description": "", "spec": SURVEY}}))
    made = None
    for playbook in ("make.yml", "make.yml", "launch.yml"):
        done = run(["ansible-playbook", playbook, "-e", "@vars.json"], env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        if playbook == "make.yml":
            assert made in (None, awx[1].made())
            made = awx[1].made()
    (template,) = awx[1].objects["job_templates"]
    assert awx[1].associated("job_templates", template, "notification_templates_error")
    (group,) = awx[1].objects["groups"]
    assert [host["name"] for host in awx[1].associated("groups", group, "hosts")] == ["acme"]
