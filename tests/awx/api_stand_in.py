# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of the AWX API as the modules of awx.awx need to make what docs/awx says, over real HTTP, in memory.

Objects are kept as they are sent. It knows: lists with exact filters, creating, changing, associations, surveys,
approval nodes, secrets that are not given back, references that have to exist, and the names that have to be unique.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PREFIX = "/api/v2/"
TOKEN = "stand-in-token"
ENCRYPTED = "$encrypted$"
#: Fields that hold the id of another object, and of which kind.
REFERENCES = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "inventory": "inventories",
    "project": "projects",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
    "workflow_job_template": "workflow_job_templates",
}
UNIFIED = ("job_templates", "workflow_job_templates", "workflow_approval_templates", "projects")
KINDS = {
    *REFERENCES.values(),
    *UNIFIED,
    "credentials",
    "hosts",
    "schedules",
    "workflow_job_template_nodes",
}
Object = dict[str, Any]


class Refused(Exception):
    """A request that is answered with this status and a sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Awx:
    """The objects, by kind and id, and who is associated with whom."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.associations: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[tuple[str, int], Object] = {}
        self._last = 0
        vault = {"fields": [{"id": "vault_password", "label": "Vault Password", "secret": True}]}
        self.create("organizations", {"name": "Default"})
        self.create("credential_types", {"name": "Vault", "kind": "vault", "managed": True, "inputs": vault})

    def by_name(self, kind: str) -> dict[str, Object]:
        """The objects of a kind by their name, or their identifier."""
        return {item.get("name") or item["identifier"]: item for item in self.objects[kind].values()}

    def snapshot(self) -> Any:
        """All that there is, as a copy."""
        associations = {key: sorted(ids) for key, ids in self.associations.items() if ids}
        return copy.deepcopy([self.objects, associations, self.surveys])

    def associated(self, kind: str, number: int, name: str) -> list[Object]:
        """The objects that are associated with one, whatever their kind."""
        ids = self.associations.get((kind, number, name), [])
        return [item for items in self.objects.values() for item in items.values() if item["id"] in ids]

    def create(self, kind: str, fields: Object) -> Object:
        """Keeps a new object and returns it. Raises Refused when it is there already, or refers to what is not."""
        self._check(kind, fields)
        if "name" in fields:
            same = ("name", "organization", "inventory", "unified_job_template")
            twins = [o for o in self.objects[kind].values() if all(o.get(key) == fields.get(key) for key in same)]
            if twins:
                raise Refused(400, f"there is a {kind} of this name already")
        self._last += 1
        number = self._last
        path = f"{PREFIX}{kind}/{number}/"
        related = {"survey_spec": f"{path}survey_spec/"} if kind.endswith("job_templates") else {}
        item = {"id": number, "type": kind[:-1], "url": path, "related": related, "summary_fields": {}, **fields}
        if kind == "projects":
            item["scm_revision"] = "0" * 40
        self.objects[kind][number] = item
        return item

    def change(self, kind: str, number: int, fields: Object) -> Object:
        """Changes an object and returns it. What an approval has no field for is ignored."""
        if kind == "workflow_approval_templates":
            fields = {key: fields[key] for key in ("name", "description", "timeout") if key in fields}
        self._check(kind, fields)
        self.get(kind, number).update(fields)
        return self.get(kind, number)

    def get(self, kind: str, number: int) -> Object:
        """One object. Raises Refused when there is none."""
        try:
            return self.objects[kind][number]
        except KeyError:
            raise Refused(404, "Not found.") from None

    def select(self, kind: str, filters: dict[str, str]) -> list[Object]:
        """The objects of a kind whose fields, as text, are these."""
        if kind == "unified_job_templates":
            items = [item for name in UNIFIED for item in self.objects[name].values()]
        elif kind in self.objects:
            items = list(self.objects[kind].values())
        else:
            raise Refused(404, f"no endpoint {kind}")
        return [item for item in items if all(str(item.get(key)) == value for key, value in filters.items())]

    def shown(self, item: Object) -> Object:
        """An object as the API shows it: without the secrets of a credential."""
        if item["type"] != "credential":
            return item
        fields = self.get("credential_types", item["credential_type"])["inputs"]["fields"]
        secret = {field["id"] for field in fields if field.get("secret")}
        inputs = {key: ENCRYPTED if key in secret else value for key, value in item["inputs"].items()}
        return {**item, "inputs": inputs}

    def _check(self, kind: str, fields: Object) -> None:
        for name, other in REFERENCES.items():
            if fields.get(name) is not None and fields[name] not in self.objects[other]:
                raise Refused(400, f"{kind}: {name} {fields[name]!r} is no id of {other}")
        if kind == "credentials" and "inputs" in fields:
            inputs = self.get("credential_types", fields["credential_type"])["inputs"]
            known, missing = {field["id"] for field in inputs["fields"]}, set(inputs.get("required", []))
            strange = set(fields["inputs"]) - known
            missing -= {key for key, value in fields["inputs"].items() if value}
            if strange or missing:
                raise Refused(400, f"inputs: {sorted(strange)} are unknown, {sorted(missing)} are missing")


def _answer(awx: Awx, method: str, path: str, filters: dict[str, str], body: Object) -> tuple[int, Any]:
    """Status and body of an answer. Raises Refused."""
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    kind = parts[0]
    if len(parts) == 1 and method == "GET":
        items = [awx.shown(item) for item in awx.select(kind, filters)]
        return 200, {"count": len(items), "next": None, "previous": None, "results": items}
    if len(parts) == 1 and method == "POST" and kind in awx.objects:
        return 201, awx.shown(awx.create(kind, body))
    number = int(parts[1])
    if len(parts) == 2 and method == "GET":
        return 200, awx.shown(awx.get(kind, number))
    if len(parts) == 2 and method == "PATCH":
        return 200, awx.shown(awx.change(kind, number, body))
    awx.get(kind, number)
    if parts[2] == "survey_spec":
        if method == "POST":
            awx.surveys[kind, number] = body
        return 200, awx.surveys.get((kind, number), {})
    if parts[2] == "create_approval_template" and method == "POST":
        approval = awx.create(
            "workflow_approval_templates", {key: body[key] for key in ("name", "description", "timeout")}
        )
        node = awx.change(kind, number, {"unified_job_template": approval["id"]})
        node["related"]["unified_job_template"] = approval["url"]
        return 201, approval
    ids = awx.associations.setdefault((kind, number, parts[2]), [])
    if method == "POST":
        if body.get("disassociate"):
            ids.remove(body["id"])
        else:
            ids.append(body["id"])
        return 204, None
    items = [awx.shown(item) for item in awx.associated(kind, number, parts[2])]
    return 200, {"count": len(items), "next": None, "previous": None, "results": items}


@contextmanager
def running() -> Iterator[tuple[str, Awx]]:
    """Serves an empty AWX, with an organization and the credential type of Ansible's vault; yields address and AWX."""
    awx = Awx()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}") if length else {}
            try:
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    raise Refused(401, "Authentication credentials were not provided.")
                with awx.lock:
                    status, answer = _answer(awx, self.command, url.path, dict(parse_qsl(url.query)), body)
                    data = b"" if answer is None else json.dumps(answer).encode()
            except Refused as refused:
                status, data = refused.status, json.dumps({"detail": str(refused)}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _serve

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
