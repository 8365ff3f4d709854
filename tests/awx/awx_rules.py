# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX 24.6.1 refuses, and what it makes of what it takes, stated anew for the stand-in of its API.

Surveys have their own file, survey_rules.py. Nothing here knows HTTP or the objects; what is wrong is raised as
Refused, with the status and the body of AWX's answer: an object of reasons by field, "__all__" for the whole.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from awx import survey_rules
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENCRYPTED = "$encrypted$"
Object = dict[str, Any]
Errors = dict[str, Any]

_COMMON_PROMPTS = {
    "inventory": "ask_inventory_on_launch",
    "limit": "ask_limit_on_launch",
    "scm_branch": "ask_scm_branch_on_launch",
    "labels": "ask_labels_on_launch",
    "job_tags": "ask_tags_on_launch",
    "skip_tags": "ask_skip_tags_on_launch",
}
#: Which fields a launch, a schedule or a node can set, and what of the template allows it (AskForField in main/models).
PROMPTS: dict[str, dict[str, str]] = {
    "job_template": {
        **_COMMON_PROMPTS,
        "diff_mode": "ask_diff_mode_on_launch",
        "job_type": "ask_job_type_on_launch",
        "verbosity": "ask_verbosity_on_launch",
        "credentials": "ask_credential_on_launch",
        "execution_environment": "ask_execution_environment_on_launch",
        "forks": "ask_forks_on_launch",
        "job_slice_count": "ask_job_slice_count_on_launch",
        "timeout": "ask_timeout_on_launch",
        "instance_groups": "ask_instance_groups_on_launch",
    },
    "workflow_job_template": _COMMON_PROMPTS,
}
#: The kinds of credentials that a job may have (JobTemplateCredentialsList in api/views).
JOB_CREDENTIALS = ("ssh", "vault", "cloud", "net", "kubernetes")
#: What AWX takes in a field of a credential type (CredentialTypeInputField in main/fields.py), and of which type.
INPUT_KEYS: dict[str, type] = {
    "id": str,
    "label": str,
    "type": str,
    "format": str,
    "choices": list,
    "help_text": str,
    "multiline": bool,
    "secret": bool,
    "ask_at_runtime": bool,
    "default": object,
}
#: The fields of a notification by its type: their type, and a default if they need not be given (main/notifications).
NOTIFICATIONS: dict[str, dict[str, tuple[str, Any]]] = {
    "webhook": {
        "url": ("string", ...),
        "http_method": ("string", "POST"),
        "disable_ssl_verification": ("bool", False),
        "username": ("string", ""),
        "password": ("password", ""),
        "headers": ("object", ...),
    },
    "email": {
        "host": ("string", ...),
        "port": ("int", ...),
        "username": ("string", ...),
        "password": ("password", ...),
        "use_tls": ("bool", ...),
        "use_ssl": ("bool", ...),
        "sender": ("string", ...),
        "recipients": ("list", ...),
        "timeout": ("int", 30),
    },
}
_TYPES: dict[str, type[Any]] = {"string": str, "int": int, "bool": bool, "list": list, "password": str, "object": dict}
#: What a message can name of a job, and beside it (JobNotificationMixin in main/models/notifications.py).
_JOB = """
id type url created modified name description job_type playbook forks limit verbosity job_tags force_handlers skip_tags
start_at_task timeout use_fact_cache launch_type status failed started finished elapsed job_explanation execution_node
controller_node allow_simultaneous scm_revision diff_mode job_slice_number job_slice_count custom_virtualenv
approval_status approval_node_name workflow_url scm_branch artifacts
"""
_SUMMARY = "inventory project job_template unified_job_template instance_group created_by schedule labels"
_COUNTS = "skipped ok changed failed failures dark processed rescued ignored"


def _names(text: str, value: Any) -> Object:
    return {name: copy.copy(value) for name in text.split()}


_CONTEXT = {
    **_names("job_friendly_name url job_metadata approval_status approval_node_name workflow_url", ""),
    "job": {
        **_names(_JOB, ""),
        "artifacts": {},
        "summary_fields": _names(_SUMMARY, {"id": 1, "name": "", "description": ""}),
        "host_status_counts": _names(_COUNTS, 0),
    },
}
#: The events that messages are for.
EVENTS = ("started", "success", "error", "workflow_approval")
_APPROVALS = ("running", "approved", "timed_out", "denied")


class Refused(Exception):
    """A request that AWX answers with this status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


def variables(text: Any, name: str) -> Object:
    """Variables given as an object, or as text in YAML or JSON; of the field `name`, which a Refused names."""
    try:
        loaded = yaml.safe_load(text) if isinstance(text, str) else text
    except yaml.YAMLError as error:
        raise Refused(400, {name: [f"Cannot parse as JSON or YAML: {error}"]}) from None
    if loaded is not None and not isinstance(loaded, dict):
        raise Refused(400, {name: ["Variables have to be an object."]})
    return dict(loaded or {})


def credential_type(given: Mapping[str, Any]) -> Object:
    """The inputs of a new credential type as AWX keeps them: each field with a type. Raises Refused."""
    if given.get("kind") not in ("cloud", "net"):
        raise Refused(400, {"kind": [f"Must be 'cloud' or 'net', not {given.get('kind')}"]})
    inputs = given.get("inputs") or {}
    fields = [{"type": "string", **item} for item in inputs.get("fields", [])]
    names = [item.get("id") for item in fields]
    wrong = [key for item in fields for key, value in item.items() if not isinstance(value, INPUT_KEYS.get(key, ()))]
    if set(inputs) - {"fields", "required"} or wrong or any(not {"id", "label"} <= set(item) for item in fields):
        raise Refused(400, {"inputs": [f"not as the schema has it: {wrong}"]})
    if len(set(names)) < len(names) or any(item["type"] not in ("string", "boolean") for item in fields):
        raise Refused(400, {"inputs": ["field IDs must be unique, and their types string or boolean"]})
    return {**inputs, "fields": fields}


def credential_inputs(kind: Mapping[str, Any], given: Any, held: Mapping[str, Any] | None) -> Object:
    """The inputs of a credential as AWX keeps them, secrets in the clear. Raises Refused.

    `held` is what an older state of the credential holds, None for a new one: its inputs are replaced as a whole, but
    for a secret that is "$encrypted$". What is blank becomes the first of the choices, and a blank secret is dropped;
    that a field is required counts only when a job starts (CredentialInputField in main/fields.py).
    """
    fields = {item["id"]: item for item in kind["inputs"].get("fields", [])}
    strange = sorted(set(given) - set(fields))
    if strange:
        raise Refused(400, {"inputs": [f"Additional properties are not allowed ({strange} unexpected)"]})
    inputs: Object = {}
    errors: Errors = {}
    for name, value in given.items():
        kept = _input(fields[name], value, held)
        expected = bool if fields[name]["type"] == "boolean" else str
        if not isinstance(kept, expected):
            errors[name] = [f"{kept!r} is not of type '{fields[name]['type']}'"]
        elif fields[name].get("choices") and kept not in fields[name]["choices"]:
            errors[name] = [f"{kept!r} is not one of {fields[name]['choices']}"]
        elif kept != "" or not fields[name].get("secret"):
            inputs[name] = kept
    if errors:
        raise Refused(400, {"inputs": errors})
    return inputs


def _input(item: Mapping[str, Any], value: Any, held: Mapping[str, Any] | None) -> Any:
    if not value:
        blank: Any = False if item["type"] == "boolean" else ""
        return item["choices"][0] if item.get("choices") else blank
    if value != ENCRYPTED or not item.get("secret"):
        return value
    if held is None:
        reason = f"{ENCRYPTED} is a reserved keyword, and cannot be used for {item['id']}."
        raise Refused(400, {"inputs": [reason]})
    if item["id"] not in held:
        raise Refused(500, "Server Error (500)")  # AWX does not foresee it
    return held[item["id"]]


def credential_hash(kind: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """What only one credential of a job may have: its type, and of a vault its id (Credential.unique_hash)."""
    vault = f" (id={inputs['vault_id']})" if kind["kind"] == "vault" and inputs.get("vault_id") else ""
    return f"{kind['name']}{vault}"


def credential_error(kind: Mapping[str, Any], inputs: Mapping[str, Any], others: Collection[str]) -> str | None:
    """Why a credential is not for a job that has those others, given as their hashes; None if it is."""
    own = credential_hash(kind, inputs)
    if own in others:
        return f"Cannot assign multiple {own} credentials."
    if kind["kind"] not in JOB_CREDENTIALS:
        return f"Cannot assign a Credential of kind `{kind['kind']}`."
    return None


def notification(kind: str, given: Mapping[str, Any], held: Mapping[str, Any] | None) -> Object:
    """The configuration of a notification template as AWX keeps it, the password in the clear. Raises Refused.

    As NotificationTemplateSerializer has it: `held` is that of an older state, None for a new one. It is replaced as a
    whole; a password of "$encrypted$" stays, or is none where none was.
    """
    errors: list[str] = []
    kept = dict(given)
    missing = [name for name, (_type, default) in NOTIFICATIONS[kind].items() if default is ... and name not in given]
    if missing:
        errors.append(f"Missing required fields for Notification Configuration: {missing}.")
    for name, (type_, default) in NOTIFICATIONS[kind].items():
        if name in missing:
            continue
        value = kept.setdefault(name, default)
        if value.__class__ is not _TYPES[type_]:  # true is no number here
            errors.append(f"Configuration field '{name}' incorrect type, expected {type_}.")
        elif value == []:
            errors.append(f"No values specified for field '{name}'")
        elif name == "http_method" and value.lower() not in ("put", "post"):
            errors.append("HTTP method must be either 'POST' or 'PUT'.")
        elif type_ == "password" and value == ENCRYPTED:
            kept[name] = (held or {}).get(name, "")
    if errors:
        raise Refused(400, {"__all__": errors})
    return kept


def message_errors(messages: Mapping[str, Any]) -> list[str]:
    """Why AWX would refuse the messages of a notification template; empty if it takes them."""
    errors: list[str] = []
    for event, parts in messages.items():
        if event not in EVENTS:
            errors.append(f"Event '{event}' invalid, must be one of {EVENTS}")
        elif event == "workflow_approval":
            errors += [f"Workflow Approval event '{name}' invalid" for name in parts or () if name not in _APPROVALS]
            errors += [error for part in (parts or {}).values() for error in _text_errors(event, part or {})]
        else:
            errors += _text_errors(event, parts or {})
    return errors


def merged_messages(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Object | None:
    """The messages of a notification template that is changed: what the new ones leave out stays.

    As NotificationTemplate.save has it. None, and what follows None, is taken as it is.
    """
    if old is None or new is None:
        return None if new is None else dict(new)
    return {event: {**(old.get(event) or {}), **(new.get(event) or {})} or None for event in EVENTS}


def _text_errors(event: str, parts: Mapping[str, Any]) -> Iterable[str]:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for name, text in parts.items():
        if name not in ("message", "body"):
            yield f"Message type '{name}' invalid, must be either 'message' or 'body'"
        elif text is not None and not isinstance(text, str):
            yield f"Expected string for '{name}', found {type(text)}"
        elif text and name == "message" and "\n" in text:
            yield f"Messages cannot contain newlines (found newline in {event} event)"
        elif text:
            try:
                environment.from_string(text).render(_CONTEXT)
            except TemplateError as error:
                yield f"Unable to render message '{text}': {error}"


def rrule_errors(rule: Any) -> list[str]:
    """Why AWX would refuse the rule of a schedule (SchedulePreviewSerializer); empty if it takes it."""
    text = str(rule)
    starts = re.findall(r"DTSTART(?:;TZID=([^:;]+))?:\d{8}T\d{6}(Z?)", text)
    rules = re.findall(r"RULE:\S*", text)
    errors = []
    if len(starts) != 1:
        errors.append("Valid DTSTART required in rrule, once. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if any(not zone and not utc for zone, utc in starts):
        errors.append("DTSTART cannot be a naive datetime.")
    errors += [f"A valid TZID must be provided, not {zone}" for zone, _utc in starts if zone and not _is_zone(zone)]
    if not rules:
        errors.append("One or more rule required in rrule.")
    errors += [f"{name} not allowed in rrule." for name in ("EXDATE", "RDATE") if f"{name}:" in text]
    refused = {
        "INTERVAL required in rrule": r"(?!.*INTERVAL)",
        "SECONDLY is not supported": r".*SECONDLY",
        "BYDAY with numeric prefix not supported": r".*BYDAY[:=][0-9]+[a-zA-Z]{2}",
        "RRULE may not contain both COUNT and UNTIL": r"(?=.*COUNT).*UNTIL",
        "COUNT > 999 is unsupported": r".*COUNT=[0-9]{4}",
    }
    return errors + [f"{why}: {one}" for one in rules for why, pattern in refused.items() if re.match(pattern, one)]


def _is_zone(name: str) -> bool:
    try:
        return ZoneInfo(name) is not None
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False


@dataclass
class Prompted:
    """What a template takes of a launch, a schedule or a node; what it ignores; and what AWX says against it."""

    accepted: Object = field(default_factory=dict)
    ignored: Object = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)


def prompted(
    template: Mapping[str, Any], survey: Mapping[str, Any], given: Mapping[str, Any], forgiven: Collection[str] = ()
) -> Prompted:
    """What a template takes of the fields `given`, "extra_vars" among them (_accept_or_ignore_job_kwargs).

    `survey` is that of the template, empty where it is not enabled. What is `forgiven` is no error: "required" lets
    required questions be left unanswered, as a node may; "prompts" ignores what the template does not ask for, as the
    launch of a job template does. A field like the template's own is neither accepted nor ignored.
    """
    result = _variables_prompted(template, survey, variables(given.get("extra_vars"), "extra_vars"), forgiven)
    for name, asked in PROMPTS.get(template["type"], {}).items():
        of_job = template["type"] == "job_template"
        if name not in given or given[name] == template.get(name) or (of_job and given[name] is None):
            continue
        if template.get(asked):
            result.accepted[name] = given[name]
            continue
        result.ignored[name] = given[name]
        if "prompts" not in forgiven:
            result.errors[name] = ["Field is not configured to prompt on launch."]
    return result


def _variables_prompted(
    template: Mapping[str, Any], survey: Mapping[str, Any], answers: Object, forgiven: Collection[str]
) -> Prompted:
    """As _accept_or_ignore_variables of SurveyJobTemplateMixin."""
    accepted, left, wrong = {}, dict(answers), []
    for question in survey.get("spec", []):
        name = question["variable"]
        errors = survey_rules.answer_errors(question, answers)
        if name not in answers and "required" in forgiven:
            errors = []
        wrong += errors
        if name in left and not errors:
            accepted[name] = left.pop(name)
    if template.get("ask_variables_on_launch"):
        accepted, left = {**accepted, **left}, {}
    own = variables(template.get("extra_vars"), "extra_vars")
    left = {name: value for name, value in left.items() if own.get(name, ...) != value}
    result = Prompted()
    if accepted:
        result.accepted["extra_vars"] = accepted
    if wrong:
        result.errors["variables_needed_to_start"] = wrong
    if left:
        result.ignored["extra_vars"] = left
    stray = set(left) - {question["variable"] for question in survey.get("spec", [])}
    if stray and "prompts" not in forgiven:
        names = ", ".join(sorted(stray))
        result.errors["extra_vars"] = [
            f"Variables {names} are not allowed on launch. Check the Prompt on Launch setting"
        ]
    return result


def job_variables(template: Mapping[str, Any], survey: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """The extra_vars of a job, as AWX gives them: an object in JSON."""
    own = variables(template.get("extra_vars"), "extra_vars")
    return json.dumps(survey_rules.launch_variables(own, survey, answers))
