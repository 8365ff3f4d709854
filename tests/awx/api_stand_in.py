# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of the AWX API as the modules of awx.awx need to make and run what docs/awx says, over real HTTP, in memory.

It knows: lists with exact filters, creating, changing, associations, surveys, approval nodes, launches of jobs and
workflows, updates of projects, and a token for reading alone. What AWX 24.6.1 refuses it refuses, too: awx_rules.py
has the rules, awx_kinds.py the fields of the objects.
Nothing runs: a job is pending when its launch is answered, and has ended, as a test says, when the next request comes.
The jobs of a workflow's nodes are never made.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from awx import awx_rules as rules
from awx import survey_rules
from awx.awx_kinds import (
    ASSOCIATIONS,
    FIELDS,
    LAUNCH,
    MANAGED_TYPES,
    NODES,
    RAN,
    READ_ONLY,
    REFERENCES,
    RELATED,
    SUBLISTS,
    UNIONS,
    UNIQUE,
)
from awx.awx_rules import ENCRYPTED, PROMPTS, Object, Refused

PREFIX = "/api/v2/"
VERSION = "24.6.1"
TOKEN = "stand-in-token"
#: A token whose scope is reading.
READ_TOKEN = "stand-in-token-for-reading"
ENDED = "2026-01-01T00:01:00.000000Z"
UNDER_WAY = ("new", "pending", "waiting", "running")


class Awx:
    """The objects, by kind and id, and who is associated with whom.

    The hooks, for a test to set: `job_ends` is given a job or a workflow job and returns its fields at the end, such as
    "status" and "artifacts" (one that is pending or running is asked for again), and "stdout"; `project_ends` is given
    a project and returns the status of its update; `playbooks` are the files that a synced project has, None for any.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in [*FIELDS, *RAN]}
        self.associations: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[tuple[str, int], Object] = {}
        #: The secrets of credentials and notification templates in the clear, by the id of the object.
        self.secrets: dict[int, Object] = {}
        self.stdout: dict[int, str] = {}
        self.job_ends: Callable[[Object], Object] = lambda job: {}
        self.project_ends: Callable[[Object], str] = lambda project: "successful"
        self.playbooks: Collection[str] | None = None
        self._synced: set[int] = set()
        self._last = 0
        self._add("organizations", {"name": "Default"})
        for kind in MANAGED_TYPES:
            self._add("credential_types", {**copy.deepcopy(kind), "managed": True})
        for scope in ("write", "read"):
            self._add("tokens", {"scope": scope, "token": "************"})

    def by_name(self, kind: str) -> dict[str, Object]:
        """The objects of a kind by their name, or their identifier."""
        return {item.get("name") or item["identifier"]: item for item in self.objects[kind].values()}

    def snapshot(self) -> Any:
        """All that there is, secrets included, as a copy."""
        associations = {key: sorted(ids) for key, ids in self.associations.items() if ids}
        return copy.deepcopy([self.objects, associations, self.surveys, self.secrets])

    def made(self) -> Any:
        """As snapshot(), but for updates of projects, which can be had as often as one likes."""
        objects, *others = self.snapshot()
        objects.pop("project_updates")
        for project in objects["projects"].values():
            for name in ("last_update", "last_job"):
                del project["related"][name], project["summary_fields"][name]
        return [objects, *others]

    def associated(self, kind: str, number: int, name: str) -> list[Object]:
        """The objects that are associated with one, whatever their kind."""
        ids = self.associations.get((kind, number, name), [])
        return [item for items in self.objects.values() for item in items.values() if item["id"] in ids]

    def get(self, kind: str, number: Any) -> Object:
        """One object. Raises Refused when there is none."""
        found = [self.objects[one][number] for one in UNIONS.get(kind, (kind,)) if number in self.objects[one]]
        if not found:
            raise Refused(404, {"detail": f"No {kind} matches the given query."})
        return found[0]

    def select(self, kind: str, filters: Mapping[str, str]) -> list[Object]:
        """The objects of a kind whose fields, as text, are these."""
        if kind not in self.objects and kind not in UNIONS:
            raise Refused(404, {"detail": f"no endpoint {kind}"})
        items = [item for one in UNIONS.get(kind, (kind,)) for item in self.objects[one].values()]
        wanted = {key: value for key, value in filters.items() if key not in ("order_by", "page", "page_size")}
        unknown = {key.partition("__")[0] for key in wanted}.difference(*items) if items else set()
        if unknown:
            raise Refused(400, {"detail": f"{kind} has no field named {sorted(unknown)}"})
        chosen = [item for item in items if all(self._like(item, key, value) for key, value in wanted.items())]
        order = filters.get("order_by", "id")
        return sorted(chosen, key=lambda item: str(item.get(order.lstrip("-"))).zfill(12), reverse=order[0] == "-")

    def create(self, kind: str, given: Object) -> Object:
        """Keeps a new object and returns it. Raises Refused as AWX does."""
        if kind not in FIELDS:
            raise Refused(405, {"detail": 'Method "POST" not allowed.'})
        given = {key: value for key, value in given.items() if key not in READ_ONLY}
        missing = [key for key, value in FIELDS[kind].items() if value is ... and key not in given]
        if missing:
            raise Refused(400, {key: ["This field is required."] for key in missing})
        fields, secrets = self._checked(kind, None, given)
        item = self._add(kind, fields)
        if secrets is not None:
            self.secrets[item["id"]] = secrets
        if kind == "projects" and item["scm_type"]:
            self.update(item)
        return item

    def change(self, kind: str, number: int, given: Object) -> Object:
        """Changes an object and returns it; what an approval has no field for is ignored. Raises Refused."""
        if kind == "workflow_approval_templates":
            given = {key: given[key] for key in ("name", "description", "timeout") if key in given}
        item = self.get(kind, number)
        if item.get("managed"):
            raise Refused(403, {"detail": "Modifications not allowed for managed credential types"})
        before = dict(item)
        given = {key: value for key, value in given.items() if key not in READ_ONLY}
        fields, secrets = self._checked(kind, item, given)
        item.update(fields)
        if secrets is not None:
            self.secrets[number] = secrets
        fetched = ("scm_type", "scm_url", "scm_branch", "scm_refspec")
        if kind == "projects" and any(before[key] != item[key] for key in fetched):
            self.update(item)
        return item

    def update(self, project: Object) -> Object:
        """Starts an update of a project and returns it."""
        job = self._start("project_updates", project, {"project": project["id"], "scm_revision": ""})
        project["status"] = "pending"
        for name in ("current_update", "current_job"):
            project["related"][name] = job["url"]
            project["summary_fields"][name] = {key: job[key] for key in ("id", "name", "status", "failed")}
        return job

    def launch(self, kind: str, number: int, given: Object) -> Object:
        """Launches a template and returns AWX's answer. Raises Refused as AWX does."""
        template = self.get(kind, number)
        self._check_references(given)
        given = {**given, "extra_vars": rules.variables(given.get("extra_vars"), "extra_vars")}
        prompted = self._prompted(template, given, ["prompts"] if kind == "job_templates" else [])
        if kind == "job_templates":
            prompted.errors.update(self._launch_errors(template, prompted.accepted))
        if prompted.errors:
            raise Refused(400, prompted.errors)
        survey = self._survey(template)
        accepted = prompted.accepted
        taken = [*PROMPTS[template["type"]], "playbook", "project", "organization"]
        made = {
            **{name: template[name] for name in taken if name in template},
            **accepted,
            "extra_vars": rules.job_variables(template, survey, accepted.get("extra_vars", {})),
            template["type"]: number,
        }
        job = self._start("jobs" if kind == "job_templates" else "workflow_jobs", template, made)
        if kind == "workflow_job_templates":
            self._copy_nodes(template, job)
        return {job["type"]: job["id"], "ignored_fields": prompted.ignored, **job}

    def needed(self, kind: str, number: int) -> Object:
        """What AWX tells of a template before it is launched."""
        template = self.get(kind, number)
        needed = survey_rules.missing(self._survey(template), {})
        return {"variables_needed_to_start": needed, "survey_enabled": bool(self._survey(template))}

    def settle(self) -> None:
        """Lets end what is pending, as the hooks say."""
        for kind in UNIONS["unified_jobs"]:
            for job in self.objects[kind].values():
                if job["status"] in UNDER_WAY:
                    self._end(kind, job)

    def synced_playbooks(self, project: Object) -> list[str] | None:
        """The playbooks that AWX knows of a project, none before its first update; None for whatever is asked for."""
        if project["id"] not in self._synced:
            return []
        return None if self.playbooks is None else sorted(self.playbooks)

    def associate(self, kind: str, number: int, name: str, body: Object) -> None:
        """Associates an object with one, or the contrary. Raises Refused as AWX does."""
        others = ASSOCIATIONS.get(kind, {}).get(name)
        if others is None:
            raise Refused(404, {"detail": f"no endpoint {kind}/{number}/{name}"})
        if body.get("id") not in self.objects[others]:
            raise Refused(400, {"detail": f"{others} matching query does not exist."})
        ids = self.associations.setdefault((kind, number, name), [])
        if body.get("disassociate"):
            ids[:] = [other for other in ids if other != body["id"]]
            return
        if others == "credentials":
            self._check_credential(kind, number, body["id"])
        if body["id"] not in ids:
            ids.append(body["id"])

    def _like(self, item: Object, key: str, wanted: str) -> bool:
        """Whether an object has this value; key is a field, that of another as in project__name, or ends in __in."""
        name, _dunder, rest = key.partition("__")
        value = item.get(name)
        if rest == "in":
            return str(value) in wanted.split(",")
        if rest:
            return value is not None and self._like(self.get(REFERENCES[name], value), rest, wanted)
        return str(value) == wanted or (isinstance(value, bool) and str(value).lower() == wanted.lower())

    def _add(self, kind: str, fields: Object) -> Object:
        self._last += 1
        number = self._last
        path = f"{PREFIX}{kind}/{number}/"
        below = [name for parent, name in SUBLISTS if parent == kind]
        names = [*RELATED.get(kind, ()), *ASSOCIATIONS.get(kind, ()), *below]
        kind_of = {"inventories": "inventory"}.get(kind, kind[:-1])
        item = {"id": number, "type": kind_of, "url": path, "related": {name: f"{path}{name}/" for name in names}}
        defaults = copy.deepcopy({key: value for key, value in FIELDS.get(kind, {}).items() if value is not ...})
        item |= {"summary_fields": {}, "description": "", **defaults, **fields}
        if kind == "credentials":
            item["kind"] = self.get("credential_types", item["credential_type"]).get("namespace")
        self.objects[kind][number] = item
        return item

    def _checked(self, kind: str, item: Object | None, given: Object) -> tuple[Object, Object | None]:
        """The fields to keep of a new object, or of one that is changed, and its secrets if they are among them."""
        self._check_references(given)
        given = dict(given)
        new = {**copy.deepcopy(FIELDS[kind]), **(item or {}), **given}
        secrets = None
        if kind == "credential_types" and (item is None or "inputs" in given):
            given["inputs"] = rules.credential_type(new)
        elif kind == "credentials" and (item is None or "inputs" in given):
            given["inputs"], secrets = self._inputs(item, new)
        elif kind == "notification_templates":
            secrets = self._notification(item, given, new)
        elif kind == "job_templates":
            given["organization"] = new["organization"] = self._check_job_template(new)
        elif kind == "schedules" and "rrule" in given and rules.rrule_errors(given["rrule"]):
            raise Refused(400, {"rrule": rules.rrule_errors(given["rrule"])})
        if kind in ("schedules", "workflow_job_template_nodes"):
            self._check_saved_launch(kind, item, given, new)
        self._check_unique(kind, new)
        return given, secrets

    def _check_references(self, given: Mapping[str, Any]) -> None:
        for name, other in REFERENCES.items():
            kinds = UNIONS.get(other, (other,))
            if given.get(name) is not None and not any(given[name] in self.objects[kind] for kind in kinds):
                raise Refused(400, {name: [f'Invalid pk "{given[name]}" - object does not exist.']})

    def _check_unique(self, kind: str, new: Mapping[str, Any]) -> None:
        keys = UNIQUE.get(kind, ("id",))
        for other in self.objects[kind].values():
            if other["id"] != new.get("id") and all(other.get(key) == new.get(key) for key in keys):
                raise Refused(400, {"__all__": [f"{kind} with this {' and '.join(keys)} already exists."]})

    def _inputs(self, item: Object | None, new: Object) -> tuple[Object, Object]:
        if not new["organization"] and not new.get("user") and not new.get("team"):
            raise Refused(400, {"detail": ["Missing 'user', 'team', or 'organization'."]})
        kind = self.get("credential_types", new["credential_type"])
        inputs = rules.credential_inputs(kind, new["inputs"], self.secrets[item["id"]] if item else None)
        secret = {field["id"] for field in kind["inputs"].get("fields", []) if field.get("secret")}
        shown = {key: ENCRYPTED if key in secret else value for key, value in inputs.items()}
        return shown, {key: value for key, value in inputs.items() if key in secret}

    def _notification(self, item: Object | None, given: Object, new: Object) -> Object | None:
        if new["notification_type"] not in rules.NOTIFICATIONS:
            raise Refused(400, {"notification_type": [f'"{new["notification_type"]}" is not a valid choice.']})
        errors = rules.message_errors(given.get("messages") or {})
        if errors:
            raise Refused(400, {"messages": errors})
        if item is not None and "messages" in given:
            given["messages"] = rules.merged_messages(item["messages"], given["messages"])
        if item is not None and "notification_configuration" not in given:
            return None
        held = self.secrets[item["id"]] if item else None
        made = rules.notification(new["notification_type"], new["notification_configuration"], held)
        secrets = {"password": made["password"]}
        given["notification_configuration"] = {**made, "password": ENCRYPTED if made["password"] else ""}
        return secrets

    def _check_job_template(self, new: Object) -> Any:
        """Checks a job template and returns its organization, which is that of its project."""
        if new["project"] is None:
            raise Refused(400, {"project": ["Job Templates must have a project assigned."]})
        if new["inventory"] is None and not new["ask_inventory_on_launch"]:
            raise Refused(400, {"inventory": ["You must either set a default value or ask to prompt on launch."]})
        project = self.get("projects", new["project"])
        files = self.synced_playbooks(project)
        overriding = project["allow_override"] and project["scm_type"]
        if files is not None and new["playbook"] and new["playbook"] not in files and not overriding:
            raise Refused(400, {"playbook": ["Playbook not found for project."]})
        if not new["playbook"]:
            raise Refused(400, {"playbook": ["Must select playbook for project."]})
        for name in ("scm_branch", "ask_scm_branch_on_launch"):
            if new[name] and not project["allow_override"]:
                raise Refused(400, {name: ["Project does not allow overriding branch."]})
        rules.variables(new["extra_vars"], "extra_vars")
        return project["organization"]

    def _check_saved_launch(self, kind: str, item: Object | None, given: Object, new: Object) -> None:
        """As LaunchConfigurationBaseSerializer: a change of neither variables nor references is not looked at."""
        if kind == "schedules" and new["unified_job_template"] is None:
            raise Refused(400, {"unified_job_template": ["This field may not be null."]})
        looked_at = {"extra_data", "inventory", "execution_environment"}
        if new["unified_job_template"] is None or (item is not None and not looked_at & set(given)):
            return
        template = self.get("unified_job_templates", new["unified_job_template"])
        fields = {name: new[name] for name in LAUNCH if new[name] is not None}
        fields["extra_vars"] = rules.variables(fields.pop("extra_data", None), "extra_data")
        errors = self._prompted(template, fields, [] if kind == "schedules" else ["required"]).errors
        if "extra_vars" in errors:
            errors["extra_data"] = errors.pop("extra_vars")
        if errors:
            raise Refused(400, errors)

    def _survey(self, template: Object) -> Object:
        kind = f"{template['type']}s"
        return self.surveys.get((kind, template["id"]), {}) if template.get("survey_enabled") else {}

    def _prompted(self, template: Object, given: Object, forgiven: list[str]) -> rules.Prompted:
        own = self.associations.get((f"{template['type']}s", template["id"], "credentials"), [])
        prompted = rules.prompted({**template, "credentials": own}, self._survey(template), given, forgiven)
        slices = prompted.accepted.get("job_slice_count") or 0
        inventory = prompted.accepted.get("inventory", template.get("inventory"))
        if slices > 1 and len(self.select("hosts", {"inventory": str(inventory)})) <= 1:
            prompted.errors["job_slice_count"] = ["Job inventory does not have enough hosts for slicing"]
        return prompted

    def _launch_errors(self, template: Object, accepted: Object) -> Object:
        errors: Object = {}
        project = self.get("projects", template["project"])
        if project["status"] in ("failed", "error") and not project["scm_update_on_launch"]:
            errors["playbook"] = ["Missing a revision to run due to failed project update."]
        if template["inventory"] is None and "inventory" not in accepted:
            errors["resources_needed_to_start"] = ["Job Template inventory is missing or undefined."]
        hashes: list[str] = []
        for number in accepted.get("credentials", []):
            kind, inputs = self._credential(number)
            wrong = rules.credential_error(kind, inputs, hashes)
            hashes.append(rules.credential_hash(kind, inputs))
            if wrong:
                errors.setdefault("credentials", []).append(wrong)
        for own in self.associations.get(("job_templates", template["id"], "credentials"), []):
            left_out = rules.credential_hash(*self._credential(own)) not in hashes
            if hashes and left_out and own not in accepted["credentials"]:
                why = f"Removing credential {own} at launch time without replacement is not supported."
                errors.setdefault("credentials", []).append(why)
        return errors

    def _credential(self, number: int) -> tuple[Object, Object]:
        """The type of a credential and its inputs."""
        if number not in self.objects["credentials"]:
            raise Refused(400, {"credentials": [f'Invalid pk "{number}" - object does not exist.']})
        credential = self.get("credentials", number)
        return self.get("credential_types", credential["credential_type"]), credential["inputs"]

    def _check_credential(self, kind: str, number: int, credential: int) -> None:
        """Whether a credential can be given to a job template, a schedule or a node."""
        others = [self._credential(other) for other in self.associations[kind, number, "credentials"]]
        wrong = rules.credential_error(
            *self._credential(credential), [rules.credential_hash(*other) for other in others]
        )
        if wrong:
            raise Refused(400, {"error": wrong})
        if kind != "job_templates":
            template = self.get("unified_job_templates", self.get(kind, number)["unified_job_template"])
            if not template.get("ask_credential_on_launch"):
                raise Refused(400, {"msg": "Related template is not configured to accept credentials on launch."})

    def _start(self, kind: str, template: Object, fields: Object) -> Object:
        job_type = {"jobs": "job", "workflow_jobs": "workflow_job"}.get(kind, "project_update")
        about = {"id": template["id"], "name": template["name"], "description": template["description"]}
        own: Object = {"artifacts": {}} if kind == "jobs" else {}
        events: Object = {} if kind == "workflow_jobs" else {"event_processing_finished": False}
        started: Object = {
            "name": template["name"],
            "unified_job_template": template["id"],
            "launch_type": "manual",
            "status": "pending",
            "failed": False,
            "started": None,
            "finished": None,
            "elapsed": 0.0,
        }
        job = self._add(kind, {**started, **own, **events, **fields})
        job["related"]["unified_job_template"] = template["url"]
        job["summary_fields"] = {
            template["type"]: about,
            "unified_job_template": {**about, "unified_job_type": job_type},
        }
        return job

    def _copy_nodes(self, workflow: Object, job: Object) -> None:
        """The nodes of a workflow job are those that its template has now; their jobs are never made."""
        made: dict[int, Object] = {}
        for node in self.select("workflow_job_template_nodes", {"workflow_job_template": str(workflow["id"])}):
            kept = ("identifier", "unified_job_template", "all_parents_must_converge", *LAUNCH)
            fields = {key: copy.deepcopy(node[key]) for key in kept}
            made[node["id"]] = self._add(
                "workflow_job_nodes", {**fields, "job": None, "workflow_job": job["id"], "do_not_run": False}
            )
        for number, node in made.items():
            for name in NODES:
                after = self.associations.get(("workflow_job_template_nodes", number, name), [])
                node[name] = [made[other]["id"] for other in after]
            node["summary_fields"]["workflow_job"] = {key: job[key] for key in ("id", "name", "description")}
            if node["unified_job_template"] is not None:
                template = self.get("unified_job_templates", node["unified_job_template"])
                about = {key: template[key] for key in ("id", "name", "description")}
                about["unified_job_type"] = template["type"].removesuffix("_template")
                node["summary_fields"]["unified_job_template"] = about
                node["related"]["unified_job_template"] = template["url"]

    def _end(self, kind: str, job: Object) -> None:
        if kind == "project_updates":
            project = self.get("projects", job["project"])
            ends: Object = {"status": self.project_ends(project)}
        else:
            ends = {"status": "successful", **self.job_ends(job)}
        self.stdout[job["id"]] = ends.pop("stdout", "")
        job.update(ends)
        job["started"] = "2026-01-01T00:00:00.000000Z"
        if job["status"] in UNDER_WAY:
            return
        failed = job["status"] != "successful"
        job.update(failed=failed, finished=ENDED, elapsed=60.0)
        if "event_processing_finished" in job:
            job["event_processing_finished"] = True
        if kind == "project_updates":
            self._updated(project, job)

    def _updated(self, project: Object, job: Object) -> None:
        project.update(status=job["status"], last_job_failed=job["failed"], last_update_failed=job["failed"])
        for now, past in (("current_update", "last_update"), ("current_job", "last_job")):
            project["related"][past] = job["url"]
            project["summary_fields"][past] = {key: job[key] for key in ("id", "name", "status", "failed")}
            project["related"].pop(now, None)
            project["summary_fields"].pop(now, None)
        if not job["failed"]:
            project["scm_revision"] = job["scm_revision"] = "0" * 40
            self._synced.add(project["id"])


def _page(items: list[Object]) -> Object:
    return {"count": len(items), "next": None, "previous": None, "results": items}


def _answer(awx: Awx, method: str, path: str, filters: dict[str, str], body: Object, reading: bool) -> tuple[int, Any]:
    """Status and body of an answer, to a token for `reading` alone or not; text is for text/plain. Raises Refused."""
    if path.rstrip("/") == "/api":
        return 200, {"description": "AWX REST API", "current_version": PREFIX, "available_versions": {"v2": PREFIX}}
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    kind = parts[0]
    if method == "OPTIONS":
        # A job template is of a project (JobTemplateAccess.can_add of main/access.py).
        hidden_away = reading or (kind == "job_templates" and not awx.objects["projects"])
        changing: Object = {} if hidden_away else {"PUT" if len(parts) > 1 else "POST": {}}
        return 200, {"name": kind, "actions": {"GET": {}, **changing}}
    if kind in ("ping", "config"):
        return 200, {"version": VERSION, "ha": False, "time_zone": "UTC"}
    if kind == "me":
        return 200, _page([{"id": 1, "type": "user", "username": "admin", "is_superuser": True}])
    if len(parts) == 1 and method == "GET":
        items = awx.select(kind, filters)
        hidden = {"event_processing_finished"}
        return 200, _page([{key: item[key] for key in item if key not in hidden} for item in items])
    if kind not in awx.objects:
        raise Refused(404, {"detail": f"no endpoint {kind}"})
    if len(parts) == 1:
        return 201, awx.create(kind, body)
    if not parts[1].isdigit():
        raise Refused(404, {"detail": "Not found."})
    number = int(parts[1])
    awx.get(kind, number)
    if len(parts) == 2:
        return 200, awx.get(kind, number) if method == "GET" else awx.change(kind, number, body)
    return _below(awx, method, kind, number, parts[2], filters, body)


def _below(
    awx: Awx, method: str, kind: str, number: int, name: str, filters: dict[str, str], body: Object
) -> tuple[int, Any]:
    """What is below an object, such as job_templates/1/launch/."""
    if name == "survey_spec" and kind in ("job_templates", "workflow_job_templates"):
        return _survey_spec(awx, method, kind, number, body)
    if name == "stdout" and kind in ("jobs", "project_updates"):
        return 200, awx.stdout.get(number, "")
    if name == "playbooks" and kind == "projects":
        return 200, awx.synced_playbooks(awx.get(kind, number)) or []
    if name == "update" and kind == "projects":
        return _update(awx, method, awx.get(kind, number))
    if name == "launch" and kind in ("job_templates", "workflow_job_templates"):
        return (201, awx.launch(kind, number, body)) if method == "POST" else (200, awx.needed(kind, number))
    if name == "create_approval_template" and kind == "workflow_job_template_nodes":
        approval = awx.create("workflow_approval_templates", {k: body[k] for k in ("name", "description", "timeout")})
        node = awx.change(kind, number, {"unified_job_template": approval["id"]})
        node["related"]["unified_job_template"] = approval["url"]
        return 201, approval
    if method == "POST":
        awx.associate(kind, number, name, body)
        return 204, None
    if (kind, name) in SUBLISTS:
        others, field = SUBLISTS[kind, name]
        return 200, _page(awx.select(others, {**filters, field: str(number)}))
    if name not in ASSOCIATIONS.get(kind, {}):
        raise Refused(404, {"detail": f"no endpoint {kind}/{number}/{name}"})
    return 200, _page(awx.associated(kind, number, name))


def _survey_spec(awx: Awx, method: str, kind: str, number: int, body: Object) -> tuple[int, Any]:
    if method != "POST":
        return 200, awx.surveys.get((kind, number), {})
    errors = survey_rules.spec_errors(body)
    if errors:
        raise Refused(400, {"error": errors[0]})
    awx.surveys[kind, number] = body
    return 200, None


def _update(awx: Awx, method: str, project: Object) -> tuple[int, Any]:
    if method != "POST":
        return 200, {"can_update": bool(project["scm_type"])}
    if not project["scm_type"]:
        raise Refused(405, {"detail": 'Method "POST" not allowed.'})
    job = awx.update(project)
    return 202, {"project_update": job["id"], **job}


def _authorized(method: str, authorization: str | None, path: str) -> bool:
    """Whether the token is for reading alone. Raises Refused if it is none, or writes (APIView in api/generics.py)."""
    reading = authorization == f"Bearer {READ_TOKEN}"
    if not reading and authorization != f"Bearer {TOKEN}" and path.rstrip("/") not in ("/api", f"{PREFIX}ping"):
        login = "To establish a login session, visit /api/login/."
        raise Refused(401, {"detail": f"Authentication credentials were not provided. {login}"})
    if reading and method not in ("GET", "OPTIONS"):
        raise Refused(403, {"detail": "You do not have permission to perform this action."})
    return reading


@contextmanager
def running() -> Iterator[tuple[str, Awx]]:
    """Serves an empty AWX, with an organization and two managed credential types; yields address and AWX."""
    awx = Awx()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}") if length else {}
            try:
                reading = _authorized(self.command, self.headers.get("Authorization"), url.path)
                with awx.lock:
                    awx.settle()
                    status, answer = _answer(awx, self.command, url.path, dict(parse_qsl(url.query)), body, reading)
                    data = b"" if answer is None else _encoded(answer)
            except Refused as refused:
                status, answer, data = refused.status, refused.body, _encoded(refused.body)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", VERSION)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_OPTIONS = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", awx
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _encoded(answer: Any) -> bytes:
    return answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
