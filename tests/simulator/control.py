# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control surface under ``/_simulator/``: JSON, no sign-in, not logged, never faulty or slow."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import JSON, dump
from .faults import Rule
from .generations import GENERATIONS
from .races import Race
from .signin import CLIENTS
from .taskstatus import STATUSES, parse_instant
from .tenant import Tenant

ENDPOINTS = {
    "GET /_simulator/": "this list",
    "POST /_simulator/reset": "begin anew: {seed, tasks, stuck, now, settings}, all optional",
    "GET /_simulator/state": "settings, seeding, number of tasks, faults, races",
    "GET /_simulator/tasks": "all TaskStatus objects, newest first",
    "POST /_simulator/tasks": "add or replace: a list of (partial) TaskStatus, or {tasks: [...], raw: false}",
    "PUT /_simulator/tasks": "the same, in place of all tasks",
    "DELETE /_simulator/tasks": "delete {ids: [...]}, or all",
    "GET /_simulator/tasks/{id}": "one TaskStatus",
    "DELETE /_simulator/tasks/{id}": "delete one",
    "POST /_simulator/complete": "tasks finish by themselves: {ids: [...], status: SUCCESS, completing: 0}",
    "GET /_simulator/log": "the requests, oldest first; ?since=N, and any key of an entry (?kind=update&status=200)",
    "DELETE /_simulator/log": "forget requests, counters and peaks",
    "GET /_simulator/counters": "requests by kind, status, client, version, fault; in flight, at most; peaks per 10 s",
    "GET /_simulator/settings": "the settings",
    "PATCH /_simulator/settings": "change some: {rate_limit: 100}",
    "POST /_simulator/expire-tokens": "all live tokens die now",
    "POST /_simulator/tokens": "a token without signing in: {client_id, lifetime}",
    "GET /_simulator/faults": "the armed faults with their counts",
    "POST /_simulator/faults": "arm one more, or a list: {match: {...}, action: {...}}",
    "PUT /_simulator/faults": "the same, in place of all faults",
    "DELETE /_simulator/faults": "disarm all",
    "POST /_simulator/release": "what stalls or drips at this moment goes on at once",
    "GET /_simulator/races": "the armed races",
    "POST /_simulator/races": (
        "arm one more, or a list: {after: read|list|seconds, n, complete, status, completing, remove, put}"
    ),
    "DELETE /_simulator/races": "disarm all",
}


class _Bad(Exception):
    """A request to the control surface that makes no sense: answered with 400 (or 404) and the text."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def _answer(value: Any, status: int = 200) -> Response:
    return Response(dump(value), status, media_type=JSON)


async def _json(request: Request) -> Any:
    body = await request.body()
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except ValueError as exc:
        raise _Bad(f"the body is not JSON: {exc}") from exc


def _rules(data: Any, key: str) -> list[Any]:
    if isinstance(data, dict) and isinstance(data.get(key), list):
        return list(data[key])
    return data if isinstance(data, list) else [data]


class Control:
    """The handlers, over one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def index(self, request: Request) -> Any:
        return {"endpoints": ENDPOINTS}

    async def reset(self, request: Request) -> Any:
        data = await _json(request)
        unknown = set(data) - {"seed", "tasks", "stuck", "now", "settings"}
        if unknown:
            raise _Bad(f"reset does not take {sorted(unknown)}")
        seeding = {key: data[key] for key in ("seed", "tasks", "stuck") if key in data}
        if any(not isinstance(value, int) or value < 0 for value in seeding.values()):
            raise _Bad("seed, tasks and stuck are numbers of 0 or more")
        if "tasks" in seeding and "stuck" not in seeding:
            seeding["stuck"] = default_stuck(seeding["tasks"])
        if data.get("now"):
            seeding["now"] = parse_instant(data["now"])
        self._tenant.reset(data.get("settings"), **seeding)
        return await self.state(request)

    async def state(self, request: Request) -> Any:
        tenant = self._tenant
        tenant.races.due()
        seeding = {**tenant.seeding, "now": str(tenant.seeding["now"]) if tenant.seeding["now"] else None}
        return {
            "now": tenant.now().isoformat(),
            "seeding": seeding,
            "tasks": {scope: tenant.store.count(scope) for scope in ("all", "pending", "completed")},
            "settings": tenant.settings.as_dict(),
            "faults": [rule.as_dict() for rule in tenant.faults.rules],
            "races": [rule.as_dict() for rule in tenant.races.rules],
            "generations": list(GENERATIONS),
            "clients": {client.client_id: client.meaning for client in CLIENTS.values()},
        }

    async def tasks(self, request: Request) -> Any:
        self._tenant.races.due()
        return [self._tenant.current(record) for record in self._tenant.store]

    async def put_tasks(self, request: Request) -> Any:
        data = await _json(request)
        raw = False
        if isinstance(data, dict) and isinstance(data.get("tasks"), list):
            raw, data = bool(data.get("raw", False)), data["tasks"]
        tasks = data if isinstance(data, list) else [data]
        if any(not isinstance(task, dict) for task in tasks):
            raise _Bad("tasks is a list of TaskStatus objects")
        if request.method == "PUT":
            self._tenant.store.clear()
        records = [self._tenant.put(task, raw=raw) for task in tasks]
        cutoff = self._tenant.cutoff_ms()
        hidden = [record.id for record in records if self._tenant.store.get(record.id, cutoff) is None]
        return {"ids": [record.id for record in records], "hidden": hidden}

    async def delete_tasks(self, request: Request) -> Any:
        data = await _json(request)
        store = self._tenant.store
        if "ids" not in data:
            count = len(store)
            store.clear()
            return {"deleted": count}
        return {"deleted": sum(store.delete(task_id) for task_id in data["ids"])}

    async def task(self, request: Request) -> Any:
        self._tenant.races.due()
        record = self._tenant.store.get(unquote(request.path_params["id"]))
        if record is None:
            raise _Bad("no such task", 404)
        return self._tenant.current(record)

    async def delete_task(self, request: Request) -> Any:
        if not self._tenant.store.delete(unquote(request.path_params["id"])):
            raise _Bad("no such task", 404)
        return {"deleted": 1}

    async def complete(self, request: Request) -> Any:
        data = await _json(request)
        status = STATUSES.get(data.get("status", "SUCCESS"))
        if status is None or not isinstance(data.get("ids"), list):
            raise _Bad(f"complete takes ids and a status of {sorted(STATUSES)}")
        completing = data.get("completing", 0)
        if not isinstance(completing, (int, float)) or completing < 0:
            raise _Bad("completing is a number of seconds")
        complete = self._tenant.complete
        return {"completed": [task_id for task_id in data["ids"] if complete(task_id, status, completing=completing)]}

    async def log(self, request: Request) -> Any:
        return self._tenant.log.entries(**dict(request.query_params))

    async def clear_log(self, request: Request) -> Any:
        self._tenant.log.clear()
        self._tenant.rate_limit.peaks.clear()
        return {}

    async def counters(self, request: Request) -> Any:
        peaks = {f"{client_id} {version}": peak for (client_id, version), peak in self._tenant.rate_limit.peaks.items()}
        return {**self._tenant.log.counters(), "peak_per_10_seconds": peaks}

    async def settings(self, request: Request) -> Any:
        return self._tenant.settings.as_dict()

    async def change_settings(self, request: Request) -> Any:
        self._tenant.settings.update(await _json(request))
        return self._tenant.settings.as_dict()

    async def expire_tokens(self, request: Request) -> Any:
        return {"expired": self._tenant.sign_in.expire_all()}

    async def token(self, request: Request) -> Any:
        data = await _json(request)
        client_id = data.get("client_id", "demo-client")
        if client_id not in CLIENTS:
            raise _Bad(f"client_id is one of {sorted(CLIENTS)}")
        lifetime = float(data.get("lifetime", self._tenant.settings.token_lifetime))
        return {"access_token": self._tenant.sign_in.issue(client_id, lifetime), "expires_in": lifetime}

    async def faults(self, request: Request) -> Any:
        return [rule.as_dict() for rule in self._tenant.faults.rules]

    async def arm(self, request: Request) -> Any:
        rules = [Rule.parse(item) for item in _rules(await _json(request), "faults")]
        if request.method == "PUT":
            self._tenant.faults.rules.clear()
        self._tenant.faults.rules += rules
        return await self.faults(request)

    async def disarm(self, request: Request) -> Any:
        self._tenant.faults.rules.clear()
        return []

    async def release(self, request: Request) -> Any:
        return {"released": self._tenant.faults.release()}

    async def races(self, request: Request) -> Any:
        self._tenant.races.due()
        return [rule.as_dict() for rule in self._tenant.races.rules]

    async def arm_races(self, request: Request) -> Any:
        self._tenant.races.rules += [Race.parse(item) for item in _rules(await _json(request), "races")]
        return await self.races(request)

    async def disarm_races(self, request: Request) -> Any:
        self._tenant.races.rules.clear()
        return []


def default_stuck(tasks: int) -> int:
    """How many of ``tasks`` seeded tasks are stuck unless told: a tenth, rounded up."""
    return -(-tasks // 10)


def control_routes(tenant: Tenant) -> list[Route]:
    """The routes of the control surface, below its mount point."""
    control = Control(tenant)

    def route(path: str, **methods: Callable[[Request], Awaitable[Any]]) -> Route:
        async def endpoint(request: Request) -> Response:
            handler = methods.get(request.method)
            if handler is None:
                return _answer({"error": f"{request.method} is not supported here"}, 405)
            try:
                return _answer(await handler(request))
            except _Bad as exc:
                return _answer({"error": str(exc)}, exc.status)
            except (ValueError, TypeError, AttributeError) as exc:
                return _answer({"error": str(exc)}, 400)

        return Route(path, endpoint, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])

    return [
        route("/", GET=control.index),
        route("/reset", POST=control.reset),
        route("/state", GET=control.state),
        route("/tasks", GET=control.tasks, POST=control.put_tasks, PUT=control.put_tasks, DELETE=control.delete_tasks),
        route("/tasks/{id}", GET=control.task, DELETE=control.delete_task),
        route("/complete", POST=control.complete),
        route("/log", GET=control.log, DELETE=control.clear_log),
        route("/counters", GET=control.counters),
        route("/settings", GET=control.settings, PATCH=control.change_settings),
        route("/expire-tokens", POST=control.expire_tokens),
        route("/tokens", POST=control.token),
        route("/faults", GET=control.faults, POST=control.arm, PUT=control.arm, DELETE=control.disarm),
        route("/release", POST=control.release),
        route("/races", GET=control.races, POST=control.arm_races, DELETE=control.disarm_races),
    ]
