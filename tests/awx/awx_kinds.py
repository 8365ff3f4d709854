# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of AWX's API that its stand-in has: their fields, what of them is unique, and what refers to what."""

from __future__ import annotations

from awx.awx_rules import EVENTS, PROMPTS, Object

#: Fields that hold the id of another object, and of which kind.
REFERENCES = {
    "organization": "organizations",
    "credential": "credentials",
    "credential_type": "credential_types",
    "inventory": "inventories",
    "project": "projects",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}
#: Lists of objects of several kinds.
UNIONS = {
    "unified_job_templates": (
        "job_templates",
        "workflow_job_templates",
        "workflow_approval_templates",
        "projects",
    ),
    "unified_jobs": ("jobs", "workflow_jobs", "project_updates"),
}
_ASKED = {kind: dict.fromkeys([*asked.values(), "ask_variables_on_launch"], False) for kind, asked in PROMPTS.items()}
_LISTS = ("labels", "credentials", "instance_groups")
#: What a schedule or a node gives to a launch, as a new one has it; lists are associated with them.
LAUNCH: Object = {"extra_data": {}, **{name: None for name in PROMPTS["job_template"] if name not in _LISTS}}
#: The fields of a new object, by kind, beside those of all; "..." has to be given.
FIELDS: dict[str, Object] = {
    "organizations": {"name": ...},
    "credential_types": {"name": ..., "kind": ..., "managed": False, "inputs": {}, "injectors": {}},
    "credentials": {"name": ..., "credential_type": ..., "organization": None, "inputs": {}},
    "execution_environments": {"name": ..., "image": ..., "organization": None, "credential": None, "pull": ""},
    "projects": {"name": ..., "scm_type": "", "scm_url": "", "scm_branch": "", "scm_refspec": "", "organization": None}
    | {"allow_override": False, "scm_update_on_launch": False, "credential": None, "default_environment": None}
    | {"status": "never updated", "scm_revision": "", "last_job_failed": False, "last_update_failed": False},
    "inventories": {"name": ..., "organization": ..., "variables": ""},
    "hosts": {"name": ..., "inventory": ..., "enabled": True, "variables": ""},
    "groups": {"name": ..., "inventory": ..., "variables": ""},
    "job_templates": {"name": ..., "job_type": "run", "inventory": None, "project": None, "playbook": "", "limit": ""}
    | {"scm_branch": "", "forks": 0, "verbosity": 0, "extra_vars": "", "job_tags": "", "skip_tags": "", "timeout": 0}
    | {"diff_mode": False, "job_slice_count": 1, "allow_simultaneous": False, "execution_environment": None}
    | {"survey_enabled": False, "organization": None, "status": "never updated", **_ASKED["job_template"]},
    "workflow_job_templates": {"name": ..., "organization": None, "extra_vars": "", "survey_enabled": False}
    | {"allow_simultaneous": False, "status": "never updated"}
    | {**dict.fromkeys(PROMPTS["workflow_job_template"]), **_ASKED["workflow_job_template"]},
    "workflow_job_template_nodes": {"workflow_job_template": ..., "unified_job_template": None, "identifier": ""}
    | {"all_parents_must_converge": False, **LAUNCH},
    "workflow_approval_templates": {"name": ..., "timeout": 0},
    "schedules": {"name": ..., "rrule": ..., "unified_job_template": ..., "enabled": True, **LAUNCH},
    "notification_templates": {"name": ..., "organization": ..., "notification_type": ...}
    | {"notification_configuration": {}, "messages": dict.fromkeys(EVENTS)},
}
#: Kinds that no client creates as it does others.
RAN = ("jobs", "workflow_jobs", "project_updates", "workflow_job_nodes", "tokens")
#: What no client can set.
READ_ONLY = {"id", "type", "url", "related", "summary_fields", "status", "scm_revision", "last_job_failed"} | {
    "last_update_failed",
    "managed",
}
#: What two objects of a kind must not share.
UNIQUE = {
    "organizations": ("name",),
    "credential_types": ("name", "kind"),
    "credentials": ("organization", "name", "credential_type"),
    "execution_environments": ("name",),
    "hosts": ("name", "inventory"),
    "groups": ("name", "inventory"),
    "schedules": ("unified_job_template", "name"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    **dict.fromkeys(
        ("projects", "inventories", "job_templates", "workflow_job_templates", "notification_templates"),
        ("organization", "name"),
    ),
}
NODES = ("success_nodes", "failure_nodes", "always_nodes")
_NOTIFIED = dict.fromkeys(
    ("notification_templates_started", "notification_templates_success", "notification_templates_error"),
    "notification_templates",
)
#: What can be associated with an object of a kind, by the name of the association, and of which kind that is.
ASSOCIATIONS: dict[str, dict[str, str]] = {
    "organizations": _NOTIFIED | {"notification_templates_approvals": "notification_templates"},
    "projects": _NOTIFIED,
    "job_templates": _NOTIFIED | {"credentials": "credentials"},
    "workflow_job_templates": _NOTIFIED | {"notification_templates_approvals": "notification_templates"},
    "workflow_job_template_nodes": {"credentials": "credentials"} | dict.fromkeys(NODES, "workflow_job_template_nodes"),
    "schedules": {"credentials": "credentials"},
    "groups": {"hosts": "hosts", "children": "groups"},
}
#: Lists below an object: of which kind, and which of their fields names it.
SUBLISTS = {
    ("inventories", "hosts"): ("hosts", "inventory"),
    ("inventories", "groups"): ("groups", "inventory"),
    ("projects", "project_updates"): ("project_updates", "project"),
    ("job_templates", "jobs"): ("jobs", "job_template"),
    ("job_templates", "schedules"): ("schedules", "unified_job_template"),
    ("workflow_job_templates", "schedules"): ("schedules", "unified_job_template"),
    ("workflow_job_templates", "workflow_nodes"): ("workflow_job_template_nodes", "workflow_job_template"),
    ("workflow_job_templates", "workflow_jobs"): ("workflow_jobs", "workflow_job_template"),
    ("workflow_jobs", "workflow_nodes"): ("workflow_job_nodes", "workflow_job"),
}
#: Addresses below an object that "related" names, beside those of the tables above.
RELATED = {
    "projects": ("update", "playbooks"),
    "job_templates": ("launch", "survey_spec"),
    "workflow_job_templates": ("launch", "survey_spec"),
    "workflow_job_template_nodes": ("create_approval_template",),
    "jobs": ("stdout",),
    "project_updates": ("stdout",),
}
MANAGED_TYPES: list[Object] = [
    {
        "name": "Vault",
        "kind": "vault",
        "namespace": "vault",
        "inputs": {
            "fields": [
                {"id": "vault_password", "label": "Vault Password", "type": "string", "secret": True},
                {"id": "vault_id", "label": "Vault Identifier", "type": "string"},
            ],
            "required": ["vault_password"],
        },
    },
    {
        "name": "Red Hat Ansible Automation Platform",
        "kind": "cloud",
        "namespace": "controller",
        "inputs": {
            "fields": [
                {"id": "host", "label": "Red Hat Ansible Automation Platform", "type": "string"},
                {"id": "username", "label": "Username", "type": "string"},
                {"id": "password", "label": "Password", "type": "string", "secret": True},
                {"id": "oauth_token", "label": "OAuth Token", "type": "string", "secret": True},
                {"id": "verify_ssl", "label": "Verify SSL", "type": "boolean", "secret": False},
            ],
            "required": ["host"],
        },
        "injectors": {
            "env": {
                f"{prefix}_{name.upper()}": "{{" + name + "}}"
                for prefix in ("TOWER", "CONTROLLER")
                for name in ("host", "username", "password", "verify_ssl", "oauth_token")
            }
        },
    },
]
