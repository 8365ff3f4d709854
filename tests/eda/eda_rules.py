# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the Event-Driven Ansible controller, stated anew: what it refuses, and what an activation gets.

They are those of eda-server as of August 2026: aap_eda/core/utils/credentials.py for credential types and credentials,
aap_eda/core/validators.py and aap_eda/api/serializers/activation.py for activations, aap_eda/api/views/activation.py
for what may be changed when, aap_eda/wsapi/consumers.py for the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from jinja2 import StrictUndefined, UndefinedError
from jinja2.nativetypes import NativeEnvironment
from jinja2.sandbox import ImmutableSandboxedEnvironment

FORMATS = ("aes_key", "aes_salt", "binary_base64", "pem_certificate", "ssh_private_key", "url", "vault_id")
INJECTORS = ("env", "extra_vars", "file")
POLICIES = ("on-failure", "always", "never")
BUSY = ("starting", "stopping", "deleting", "running", "unresponsive", "workers offline")


class Refused(Exception):
    """What the controller answers in the place of doing it: a status and a reason."""

    def __init__(self, status: int, reason: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class _Sandbox(ImmutableSandboxedEnvironment, NativeEnvironment):
    """What renders injectors: text that looks like a value of Python becomes one."""


def credential_type(given: Mapping[str, Any]) -> None:
    """Raises Refused for inputs or injectors that the controller does not take."""
    fields = given["inputs"]["fields"]
    names = [field.get("id") for field in fields]
    errors = [] if len(set(names)) == len(names) else ["duplicate fields"]
    for field in fields:
        errors += _field_errors(field)
    errors += [f"required field {name} does not exist" for name in set(given["inputs"].get("required", [])) - {*names}]
    errors += _injector_errors(given["injectors"], fields)
    if errors:
        raise Refused(400, errors)


def credential_inputs(inputs: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a credential's inputs with the defaults; raises Refused for those that the controller does not take."""
    known = {field["id"]: field for field in schema["fields"]}
    if set(inputs) - set(known):
        raise Refused(400, f"unknown inputs {set(inputs) - set(known)}")
    filled = {name: field["default"] for name, field in known.items() if field.get("default")}
    filled.update(inputs)
    for name, value in filled.items():
        boolean = known[name].get("type") == "boolean"
        if isinstance(value, bool) != boolean or not isinstance(value, (str, bool)):
            raise Refused(400, f"inputs.{name}: must be {'a boolean' if boolean else 'text'}")
        if value and value not in known[name].get("choices", [value]):
            raise Refused(400, f"inputs.{name}: must be one of the choices")
    blank = [name for name in schema["required"] if not str(filled.get(name, "")).strip()]
    if blank:
        raise Refused(400, f"cannot be blank: {blank}")
    return filled


def environment(kind: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, str]:
    """The environment that ansible-rulebook has of a credential; what has neither input nor default is blank."""
    values = {field["id"]: field.get("default", "") for field in kind["inputs"]["fields"]}
    values.update(inputs)
    sandbox = _Sandbox(undefined=StrictUndefined)
    rendered = {name: sandbox.from_string(text).render(values) for name, text in kind["injectors"]["env"].items()}
    return {name: str(value) for name, value in yaml.safe_load(yaml.safe_dump(rendered)).items()}


def activation(given: Mapping[str, Any], old: Mapping[str, Any] | None, objects: Mapping[str, Any]) -> None:
    """Raises Refused for an activation, or a change of one, that the controller does not take."""
    if old is not None and (old["is_enabled"] or old["status"] in BUSY):
        raise Refused(409, "Activation is not in disabled mode and in stopped status")
    new = {**(old or {}), **given}
    variables = yaml.safe_load(new["extra_var"])
    if not isinstance(variables, dict) or {"ansible", "eda"} & set(variables):
        raise Refused(400, "Extra var is not in object format")
    if new["restart_policy"] not in POLICIES:
        raise Refused(400, "no such restart policy")
    kinds = [
        objects["credential-types"][objects["eda-credentials"][number]["credential_type_id"]]
        for number in new["eda_credentials"]
    ]
    names = [name for kind in kinds for name in kind["injectors"].get("env", {})]
    if len(set(names)) < len(names):
        raise Refused(400, "Key already exists in env. It conflicts with credential type")
    launches = re.search(r"run_(job|workflow)_template", objects["rulebooks"][new["rulebook_id"]]["rulesets"])
    if launches and "Red Hat Ansible Automation Platform" not in [kind["name"] for kind in kinds]:
        raise Refused(400, "The rulebook requires a RH AAP credential.")


def _field_errors(field: Mapping[str, Any]) -> list[str]:
    errors = [f"{key} must be text" for key in ("id", "label") if not isinstance(field.get(key), str)]
    if not re.match(r"^\w+$", str(field.get("id"))) or str(field.get("id")).upper().startswith("EDA_"):
        errors.append(f"{field.get('id')} is no name of a field")
    if field.get("type", "string") not in ("string", "boolean"):
        errors.append("type must be either string or boolean")
    if not all(isinstance(choice, str) for choice in field.get("choices", [])):
        errors.append("choices must be a list of strings")
    errors += [
        f"{key} must be a boolean" for key in ("secret", "multiline") if not isinstance(field.get(key, True), bool)
    ]
    errors += [f"{key} must be text" for key in ("help_text", "format") if not isinstance(field.get(key, ""), str)]
    if not isinstance(field.get("default", ""), (str, bool)):
        errors.append("default must be a string or boolean")
    if field.get("format", "url") not in FORMATS:
        errors.append(f"invalid format: {field['format']}")
    return errors


def _injector_errors(injectors: Mapping[str, Any], fields: list[Mapping[str, Any]]) -> list[str]:
    errors = [f"there is no injector {name}" for name in set(injectors) - set(INJECTORS)]
    values = {field["id"]: field.get("choices", [field.get("default", "")])[0] for field in fields}
    seen: set[str] = set()
    for kind in injectors:
        for name, text in injectors[kind].items():
            if name in ("ansible", "eda") or name in seen:
                errors.append(f"{name} is reserved, or there twice")
            seen.add(name)
            errors += [f"{name} has a value which refers to an undefined key"] if _undefined(text, values) else []
    return errors


def _undefined(text: str, values: Mapping[str, Any]) -> bool:
    """Whether a template names what is not among the values. One that is nothing but a name gives what is undefined."""
    try:
        rendered = _Sandbox(undefined=StrictUndefined).from_string(text).render(values)
    except UndefinedError:
        return True
    return isinstance(rendered, StrictUndefined)
