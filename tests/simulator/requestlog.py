# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of requests: what tests look at to know what was really sent. It never holds a secret or a token."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter, deque
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from . import forms
from .signin import CLIENTS
from .taskstatus import format_instant

_LENGTH = 200_000
_SECRETS = [client.client_secret.encode() for client in CLIENTS.values()]
_HIDDEN = b"***"


class Entry:
    """One request, kept raw and made readable only when somebody asks."""

    __slots__ = (
        "at", "body", "client_id", "epoch", "fault", "headers", "kind", "leaks", "method", "n", "path", "query",
        "status", "task_id", "time", "token_hash", "version",
    )  # fmt: skip

    n: int
    time: float
    at: float
    kind: str
    version: str | None
    method: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    task_id: str | None
    client_id: str | None
    token_hash: str | None
    leaks: list[str]
    status: int | None
    fault: str | None
    epoch: int

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON. ``status`` None: no answer was sent."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.headers}
        if self.token_hash is not None:
            headers["authorization"] = f"sha256:{self.token_hash}"
        return {
            "n": self.n,
            "time": format_instant(datetime.fromtimestamp(self.time, timezone.utc)),
            "monotonic": self.at,
            "kind": self.kind,
            "api_version": self.version,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": _readable(self.body),
            "task_id": self.task_id,
            "client_id": self.client_id,
            "status": self.status,
            "fault": self.fault,
            "leaks": self.leaks,
        }


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


class RequestLog:
    """The newest requests, in order, and counters over all of them."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_LENGTH)
        self._n = 0
        self._epoch = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self._counts: dict[str, Counter[str]] = {}
        self.clear()

    def clear(self, *, in_flight_too: bool = False) -> None:
        """Forget all entries and counts; numbers begin at 1 again.

        ``in_flight_too`` also forgets the requests that are being answered: they count nowhere any more.
        """
        self._entries.clear()
        self._n = 0
        if in_flight_too:
            self._epoch += 1
            self.in_flight = 0
        self.most_in_flight = self.in_flight
        self._counts = {name: Counter() for name in ("kind", "status", "client_id", "api_version", "fault")}

    def begin(
        self,
        *,
        kind: str,
        version: str | None,
        method: str,
        path: str,
        query: str,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        task_id: str | None,
        client_id: str | None,
        token: str | None,
    ) -> Entry:
        """Log a request that came in; secrets are taken out here, so that they are not even held."""
        self._n += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        entry = Entry()
        entry.n, entry.time, entry.at = self._n, time.time(), time.monotonic()
        entry.kind, entry.version, entry.method = kind, version, method
        entry.client_id, entry.status, entry.fault, entry.epoch = client_id, None, None, self._epoch
        secrets = [*_SECRETS, token.encode("latin-1")] if token else _SECRETS
        entry.leaks = []
        if kind == "sign_in":
            content_type = next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1")
            body = _form_without_secret(content_type, body)
            if query:
                query = _query_without_secret(query, entry.leaks)
        shown = [value for name, value in headers if name != b"authorization"]
        everything = b"\0".join([body, path.encode("latin-1"), query.encode("latin-1"), *shown])
        if not any(secret in everything for secret in secrets):
            secrets = []  # the usual case: then nothing need be looked at piece by piece
        entry.body = _censored(body, secrets, "body", entry.leaks)
        entry.path = _censored(path.encode("latin-1"), secrets, "path", entry.leaks).decode("latin-1")
        entry.query = _censored(query.encode("latin-1"), secrets, "query", entry.leaks).decode("latin-1")
        entry.task_id = task_id
        if task_id is not None and secrets:
            entry.task_id = _censored(task_id.encode("utf-8", "replace"), secrets, "path", entry.leaks).decode()
        entry.token_hash = None
        entry.headers = []
        for name, value in headers:
            if name == b"authorization":
                secret = token.encode("latin-1") if token else value
                entry.token_hash = hashlib.sha256(secret).hexdigest()[:16]
            else:
                where = "header " + name.decode("latin-1")
                entry.headers.append((name, _censored(value, secrets, where, entry.leaks)))
        self._entries.append(entry)
        self._counts["kind"][kind] += 1
        return entry

    def end(self, entry: Entry) -> None:
        """The request is over: ``entry`` holds its status, None if it was not answered."""
        if entry.epoch != self._epoch:
            return
        self.in_flight -= 1
        self._counts["status"][str(entry.status) if entry.status else "none"] += 1
        if entry.client_id:
            self._counts["client_id"][entry.client_id] += 1
        if entry.version:
            self._counts["api_version"][entry.version] += 1
        if entry.fault:
            self._counts["fault"][entry.fault] += 1

    def entries(self, **wanted: str) -> list[dict[str, Any]]:
        """The entries, oldest first; ``since`` (a number, exclusive) and any key of an entry select."""
        since = int(wanted.pop("since", 0))
        rendered = (entry.as_dict() for entry in self._entries if entry.n > since)
        return [entry for entry in rendered if all(str(entry.get(key)) == value for key, value in wanted.items())]

    def counters(self) -> dict[str, Any]:
        """How many requests there were, by kind, status, client, version and fault."""
        by = {f"by_{name}": dict(counter) for name, counter in self._counts.items()}
        return {"total": self._n, **by, "in_flight": self.in_flight, "most_in_flight": self.most_in_flight}


_SHOWN = ("grant_type", "client_id")


def _form_without_secret(content_type: str, body: bytes) -> bytes:
    if not body:
        return b""
    try:
        form = forms.fields(content_type, body)
    except ValueError:
        form = {}
    return json.dumps({name: value if name in _SHOWN else "***" for name, value in form.items()}).encode()


def _query_without_secret(query: str, leaks: list[str]) -> str:
    """Also one that opens nothing. It is a leak, although the vendor documents this form: proxies log queries."""
    pairs = forms.query(query)
    if "client_secret" in pairs:
        leaks.append("query")
    return urlencode({name: value if name in _SHOWN else "***" for name, value in pairs.items()}, safe="*")


def _censored(text: bytes, secrets: list[bytes], where: str, leaks: list[str]) -> bytes:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, _HIDDEN)
            if where not in leaks:
                leaks.append(where)
    return text
