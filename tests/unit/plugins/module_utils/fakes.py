# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for what the collection talks to: time, the transport, and a small tenant behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonpatch
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._api import generations
from ansible_collections.idops.sailpoint.plugins.module_utils._http import client as _client
from ansible_collections.idops.sailpoint.plugins.module_utils._http import clock as _clock
from ansible_collections.idops.sailpoint.plugins.module_utils._http.answers import Reply
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils import grammar

BASE_URL = "https://acme.api.identitynow.com"
CLIENT_ID = "unit-client"
CLIENT_SECRET = "unit-secret-9f2c"
TOKEN = "unit-token-41ab"
GENERATIONS = tuple(generations.GENERATIONS)
LIST_PATHS = {name: generation.list_path for name, generation in generations.GENERATIONS.items()}


class Signal(BaseException):
    """Stands for what Ctrl-C, SIGTERM and the task's timeout raise in the main thread."""


class Clock(_clock.Clock):
    """A clock that moves when it is told to, or when somebody waits by it. ``waits``: those that an event could end."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds

    def wait_until_set(self, event: threading.Event, seconds: float) -> bool:
        """Let the time pass; nobody sets the event meanwhile."""
        with self._lock:
            self.waits.append(seconds)
            self.now += seconds
        return event.is_set()

    def wait_until_notified(self, condition: threading.Condition, seconds: float) -> None:
        """Let the time pass, once for all threads that wait side by side, unless another thread notifies meanwhile."""
        until = self.now + seconds
        if not condition.wait(0.0001):
            with self._lock:
                self.now = max(self.now, until)


@dataclass
class Request:
    """A request as the tenant sees it; ``path`` is as it was sent, percent-encoded."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    host: str = ""

    @property
    def patch(self) -> Any:
        return json.loads(self.body or b"null")


Answer = Callable[[Request], requests.Response]


def response(
    status: int,
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    text: str | bytes | None = None,
) -> requests.Response:
    """Return an answer with ``data`` as JSON, or with ``text`` as it is."""
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update(headers or {})
    if text is None:
        text = "" if data is None else json.dumps(data)
        answer.headers.setdefault("Content-Type", "application/json")
    answer._content = text if isinstance(text, bytes) else text.encode()
    return answer


class Transport:
    """Stand in for the collection's transport: every request goes to a function, and is kept in ``requests``."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.broken = 0
        self.closed = False
        self._lock = threading.Lock()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        request = Request(method, parts.path, dict(query), dict(headers), body, f"{parts.scheme}://{parts.netloc}")
        assert len(request.query) == len(query), f"a parameter stands twice in {url}"
        with self._lock:
            self.requests.append(request)
        answer = self.answer(request)
        return Reply(answer.status_code, answer.headers, answer.content)

    def break_all(self) -> None:
        self.broken += 1

    def close(self) -> None:
        self.closed = True

    @property
    def api_requests(self) -> list[Request]:
        """The requests without the sign-ins."""
        return [request for request in self.requests if request.path != "/oauth/token"]

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.api_requests)


def settings(**changes: Any) -> ConnectionSettings:
    """Return connection settings with a client pair, unless a token is given; unpaced."""
    values: dict[str, Any] = {"base_url": BASE_URL, "rate_limit": 0}
    if "access_token" not in changes:
        values.update(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    return ConnectionSettings(**{**values, **changes})


def client_of(answer: Answer, clock: Clock | None = None, **changes: Any) -> tuple[_client.Client, Transport]:
    """Return a client whose requests go to a function, and whose waiting takes no time, with its transport."""
    transport = Transport(answer)
    return _client.Client(settings(**changes), transport=transport, clock=clock or Clock()), transport


def signed_in(answer: Answer, token: str = TOKEN) -> Answer:
    """Return an answering function that also signs in, always with the same token."""

    def answer_all(request: Request) -> requests.Response:
        if request.path == "/oauth/token":
            return response(200, {"access_token": token, "token_type": "bearer", "expires_in": 749})
        return answer(request)

    return answer_all


def in_turn(*answers: requests.Response | Exception | type[Exception]) -> Answer:
    """Return an answering function that gives these answers one after the other, and the last one ever after."""
    left = list(answers)
    lock = threading.Lock()

    def answer(request: Request) -> requests.Response:
        with lock:
            given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, requests.Response):
            return given
        raise given

    return answer


def task(task_id: str, status: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a TaskStatus as the vendor's description has it, pending unless a completion status is given."""
    return {
        "id": task_id,
        "type": "QUARTZ",
        "uniqueName": "Cloud Account Aggregation",
        "description": "Aggregates from the specified application.",
        "parentName": None,
        "launcher": "System",
        "created": "2026-01-02T03:04:05.000Z",
        "modified": None,
        "launched": "2026-01-02T03:04:06.000Z",
        "completed": None if status is None else "2026-01-02T04:00:00.000Z",
        "completionStatus": status,
        "messages": [],
        "returns": [],
        "attributes": {},
        "progress": None,
        "percentComplete": 0,
        "target": {"id": "source-1", "type": "APPLICATION", "name": "HR [source]"},
        "taskDefinitionSummary": {"id": "d1", "uniqueName": "Cloud Account Aggregation"},
        **changes,
    }


class Tenant:
    """A tenant with tasks, of one generation, as an answering function for :class:`Transport`.

    It has what the table of generations says; that the table is right is held by the tests of the API.

    ``before`` may answer a request instead of the tenant, or change its tasks; ``after`` may replace the answer of one
    that was served, or raise instead.
    """

    def __init__(self, tasks: Iterable[Mapping[str, Any]], api_version: str = "v2024") -> None:
        self.api_version = api_version
        self.tasks: dict[str, dict[str, Any]] = {str(one["id"]): dict(one) for one in tasks}
        self.before: Callable[[Request], requests.Response | None] = lambda request: None
        self.after: Callable[[Request, requests.Response], requests.Response] = lambda request, answer: answer
        self.refusal_of_a_test = 400
        self.takes_null = True  # as the value of a test; the vendor's schema has none
        self.refused_types: set[str] = set()  # by the filter, with 400
        self.ahead: float | None = None  # seconds that its clock is ahead, as its answers tell; None: they do not
        self.writes: dict[str, int] = {}
        # What an account aggregation's status answers, by the id of its task; None: this user may not ask.
        self.counts: dict[str, dict[str, Any]] | None = {}
        self._lock = threading.RLock()

    def client(self, clock: Clock | None = None, **changes: Any) -> tuple[_client.Client, Transport]:
        return client_of(self, clock, api_version=self.api_version, **changes)

    def __call__(self, request: Request) -> requests.Response:
        with self._lock:
            instead = self.before(request)
            if instead is not None:
                return instead
            answer = self._serve(request)
        if self.ahead is not None:
            date = datetime.now(timezone.utc) + timedelta(seconds=self.ahead)
            answer.headers["Date"] = format_datetime(date, usegmt=True)
        return self.after(request, answer)

    def finish(self, task_id: str, status: str = "SUCCESS", completed: str = "2026-03-04T05:06:07.000Z") -> None:
        self.tasks[task_id].update(completionStatus=status, completed=completed)

    def _serve(self, request: Request) -> requests.Response:
        generation = generations.GENERATIONS[self.api_version]
        list_path = generation.list_path
        if request.path == "/oauth/token":
            return response(200, {"access_token": TOKEN, "token_type": "bearer", "expires_in": 749})
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return response(401, {"error": "JWT validation failed"})
        if request.path == list_path and request.method == "GET":
            return self._list(request, self._listed())
        if request.path == generation.pending_path:
            if "filters" in request.query or "sorters" in request.query:
                return response(400, {"detailCode": "400.1", "messages": [{"text": "no filters here"}]})
            pending = [one for one in self.tasks.values() if one.get("completionStatus") is None]
            if request.method == "HEAD":
                return response(204, headers={"X-Total-Count": str(len(pending))})
            return self._list(request, pending) if pending else response(204, headers={"X-Total-Count": "0"})
        if "account-aggregations" in request.path:
            return self._aggregation(request.path.replace("account-aggregations", "task-status"), list_path)
        task_id = unquote(request.path[len(list_path) + 1 :])
        if not request.path.startswith(f"{list_path}/") or task_id not in self.tasks:
            return response(404, {"detailCode": "404.1", "messages": [{"text": "not found"}], "trackingId": "t-404"})
        if request.method == "PATCH":
            return self._patch(task_id, request.patch)
        return response(200, self.tasks[task_id])

    def _aggregation(self, path: str, list_path: str) -> requests.Response:
        if self.counts is None:
            return response(403, {"detailCode": "403.1", "messages": [{"text": "not for you"}], "trackingId": "t-403"})
        task_id = unquote(path[len(list_path) + 1 :].removesuffix("/status"))
        if task_id not in self.counts:
            return response(404, {"detailCode": "404.1", "messages": [{"text": "not found"}], "trackingId": "t-404"})
        return response(200, self.counts[task_id])

    def _listed(self) -> list[dict[str, Any]]:
        with_pending = generations.GENERATIONS[self.api_version].pending_in_list
        return [one for one in self.tasks.values() if with_pending or one.get("completionStatus") is not None]

    def _list(self, request: Request, tasks: Sequence[dict[str, Any]]) -> requests.Response:
        if "filters" in request.query:
            for name in self.refused_types:
                if f'"{name}"' in request.query["filters"]:
                    return response(400, {"messages": [{"text": "Unsupported Task Definition type"}]})
            try:
                expression = grammar.parse(request.query["filters"])
            except grammar.NotInGrammar as error:
                return response(400, {"detailCode": "400.1", "messages": [{"text": str(error)}]})
            tasks = [one for one in tasks if grammar.accepts(expression, grammar.field_of(one))]
        if "sorters" in request.query:
            backwards = request.query["sorters"].startswith("-")
            tasks = sorted(tasks, key=lambda one: str(one.get("created")), reverse=backwards)
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 250))
        headers = {"X-Total-Count": str(len(tasks))} if request.query.get("count") == "true" else {}
        return response(200, tasks[offset : offset + limit], headers)

    def _patch(self, task_id: str, patch: Any) -> requests.Response:
        if not self.takes_null and any(operation["value"] is None for operation in patch):
            return response(400, {"detailCode": "400.1", "messages": [{"text": "value must not be null"}]})
        try:
            self.tasks[task_id] = jsonpatch.apply_patch(self.tasks[task_id], patch)
        except jsonpatch.JsonPatchException:
            return response(self.refusal_of_a_test, {"detailCode": "400.2", "messages": [{"text": "test failed"}]})
        self.writes[task_id] = self.writes.get(task_id, 0) + 1
        status = self.tasks[task_id].get("completionStatus")
        if isinstance(status, str):
            self.tasks[task_id]["completionStatus"] = status.upper()
        return response(200, self.tasks[task_id])
