# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of the Event-Driven Ansible controller's API as the modules of ansible.eda need to make what docs/eda says,
over real HTTP, in memory.

What eda-server refuses it refuses, too: `eda_rules` has the rules. Nothing runs: an activation that is disabled is
"stopping" when it is asked for once more, and "stopped" then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml
from eda import eda_rules as rules
from eda.json_api import JsonHandler, serving
from eda.support import RULEBOOKS

PREFIX = "/api/eda/v1/"
TOKEN = "stand-in-token"
ENCRYPTED = "$encrypted$"
KINDS = (
    "organizations",
    "credential-types",
    "eda-credentials",
    "decision-environments",
    "projects",
    "rulebooks",
    "activations",
)
AAP = {
    "name": "Red Hat Ansible Automation Platform",
    "inputs": {
        "fields": [
            {"id": "host", "label": "Host"},
            {"id": "oauth_token", "label": "Token", "secret": True},
            {"id": "verify_ssl", "label": "Verify", "type": "boolean"},
            {"id": "request_timeout", "label": "Timeout", "default": "10"},
        ],
        "required": ["host"],
    },
    "injectors": {"env": {"CONTROLLER_HOST": "{{host}}"}},
}

Object = dict[str, Any]


class Eda:
    """The objects by kind and id, the credentials' secrets by id, and how often the project was synced."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.secrets: dict[int, dict[str, str]] = {}
        self.synced = 0
        self.changes: list[tuple[str, str]] = []
        self._last = 0
        self._add("organizations", {"name": "Default"})
        self._add("credential-types", {**AAP, "managed": True})

    def by_name(self, kind: str) -> dict[str, Object]:
        """The objects of a kind by their name."""
        return {item["name"]: item for item in self.objects[kind].values()}

    def answer(self, method: str, path: str, query: Mapping[str, str], given: Object) -> tuple[int, Any]:
        """Returns the status and the body of an answer."""
        kind, _slash, rest = path.strip("/").partition("/")
        if kind == "config":
            return 200, {"version": "1"}
        if kind not in self.objects:
            return 404, {"detail": "Not found."}
        number, _slash, verb = rest.partition("/")
        try:
            if method == "GET":
                return self._read(kind, number, query)
            return self._change(method, kind, number, verb, given)
        except rules.Refused as refused:
            return refused.status, refused.reason

    def _read(self, kind: str, number: str, query: Mapping[str, str]) -> tuple[int, Any]:
        if number:
            found = self.objects[kind].get(int(number))
            return (200, self._shown(kind, found)) if found else (404, {"detail": "Not found."})
        items = [
            self._shown(kind, item)
            for item in self.objects[kind].values()
            if all(str(item.get(key)) == value for key, value in query.items())
        ]
        return 200, {"count": len(items), "next": None, "results": items}

    def _change(self, method: str, kind: str, number: str, verb: str, given: Object) -> tuple[int, Any]:
        self.changes.append((method, f"{kind}/{verb}" if verb else kind))
        if verb:
            return self._do(kind, self.objects[kind][int(number)], verb)
        old = self.objects[kind].get(int(number)) if number else None
        if kind == "activations":
            rules.activation(given, old, self.objects)
        if kind == "credential-types":
            rules.credential_type({**(old or {}), **given})
        secrets = {}
        if kind == "eda-credentials":
            chosen = given.get("credential_type_id", (old or {}).get("credential_type_id"))
            given["inputs"], secrets = self._inputs(given["inputs"], self.objects["credential-types"][chosen], old)
        made = old if old is not None else self._add(kind, {})
        made.update(given)
        self.secrets[made["id"]] = secrets
        if kind == "projects":
            self._sync(made)
        if kind == "activations":
            made["status"] = "running" if made["is_enabled"] else "stopped"
        return 201 if old is None else 200, self._shown(kind, made)

    def _do(self, kind: str, item: Object, verb: str) -> tuple[int, Any]:
        if (kind, verb) == ("projects", "sync"):
            self._sync(item)
            return 202, item
        assert (kind, verb) == ("activations", "disable"), verb
        item.update(is_enabled=False, status="stopping")
        return 204, None

    def _sync(self, project: Object) -> None:
        """Finds the rulebooks as a checkout of this project has them, by their path below extensions/eda/rulebooks."""
        self.synced += 1
        project["import_state"] = "completed"
        known = self.by_name("rulebooks")
        for path in sorted(RULEBOOKS.glob("*.yml")):
            if path.name not in known:
                rulesets = path.read_text(encoding="utf-8")
                self._add("rulebooks", {"name": path.name, "project_id": project["id"], "rulesets": rulesets})

    def _inputs(self, inputs: Object, kind: Object, old: Object | None) -> tuple[Object, dict[str, str]]:
        """The inputs as they are shown, and the secrets among them; one that is not given again stays."""
        kept = self.secrets.get(old["id"], {}) if old else {}
        inputs = rules.credential_inputs(inputs, kind["inputs"])
        secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
        secrets = {name: inputs[name] for name in secret & set(inputs) if inputs[name] != ENCRYPTED}
        return {name: ENCRYPTED if name in secret else value for name, value in inputs.items()}, {**kept, **secrets}

    def _shown(self, kind: str, item: Object) -> Object:
        if kind != "activations":
            return dict(item)
        shown = dict(item)
        shown["eda_credentials"] = [{"id": number} for number in item["eda_credentials"]]
        shown["extra_var"] = yaml.safe_dump(yaml.safe_load(item["extra_var"]))
        if item["status"] == "stopping":
            item["status"] = "stopped"
        return shown

    def _add(self, kind: str, item: Object) -> Object:
        self._last += 1
        self.objects[kind][self._last] = {**item, "id": self._last}
        return self.objects[kind][self._last]


@contextmanager
def running() -> Iterator[tuple[str, Eda]]:
    """Serves a controller that has nothing yet; yields its address and its objects."""
    eda = Eda()
    lock = threading.Lock()

    class Handler(JsonHandler):
        def do_GET(self) -> None:
            self._answer()

        do_POST = do_PATCH = do_GET

        def _answer(self) -> None:
            given = self.body()
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, body = 401, {"detail": "Authentication credentials were not provided."}
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                with lock:
                    status, body = eda.answer(self.command, parts.path.removeprefix(PREFIX), query, given)
            self.answer(body, status)

    with serving(Handler) as url:
        yield url, eda
