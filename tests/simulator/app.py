# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes, and the way of one request through the tenant."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import aggregations, api, faults, transport
from .answers import Answer, APIError, json_answer, request_id
from .control import control_routes
from .generations import GENERATIONS, Generation
from .requestlog import Entry
from .signin import Client, Unauthorized, ui_page
from .tenant import Tenant

Handler = Callable[["Call", Tenant, Generation], Answer]

_ENCODED = {name: name.encode("latin-1") for name in ("Content-Type", "Content-Length", "Date", "SLPT-Request-ID")}


class Outdated(Exception):
    """The tenant was reset while a fault held the request back: it must not reach the new tasks."""


class Call:
    """One request to the tenant, and the means to answer it."""

    client: Client

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        kind: str,
        version: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.kind = kind
        self.version = version
        self._now = now
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope["query_string"].decode("latin-1")
        self.target = f"{self.path}?{self.query}" if self.query else self.path
        # The route's "id" is one segment of the raw path: decoded only here, so that it may hold a slash.
        raw_id = scope.get("path_params", {}).get("id")
        self.task_id: str | None = None if raw_id is None else unquote(raw_id)
        self.source_id = unquote(scope.get("path_params", {}).get("source_id", ""))
        self.body = b""
        self.client_id: str | None = None
        self.request_id = request_id()
        self.shows_after = 0.0  # seconds until reading shows what this request changes
        self.entry: Entry | None = None
        scheme, dummy, token = (self.header("authorization") or "").partition(" ")
        self.token: str | None = token.strip() if scheme.lower() == "bearer" else None

    def header(self, name: str) -> str | None:
        """A header's value by its lower-case name."""
        wanted = name.encode("latin-1")
        for key, value in self.scope["headers"]:
            if key == wanted:
                return str(value.decode("latin-1"))
        return None

    async def read_body(self) -> bool:
        """Read the body; False when the client went away meanwhile."""
        parts = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return False
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        self.body = b"".join(parts)
        return True

    async def wait(self, seconds: float) -> None:
        """Sleep, but no longer than somebody waits for the answer."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(transport.disconnected(self.receive), seconds)

    def note_status(self, status: int) -> None:
        """Log that an answer with ``status`` was sent, unless nobody is there any more to get it."""
        if self.entry is not None and not transport.transport_of(self.scope).is_closing():
            self.entry.status = status

    def headers_of(self, answer: Answer) -> list[tuple[str, str]]:
        """The answer's headers with those that every answer has."""
        headers = [*answer.headers.items(), ("SLPT-Request-ID", self.request_id)]
        if "Date" not in answer.headers:
            headers.append(("Date", format_datetime(self._now(), usegmt=True)))
        if answer.status != 204:
            headers.append(("Content-Length", str(len(answer.body))))
        return headers

    async def send(self, answer: Answer, stop_at: int | None = None) -> None:
        """Send the answer; with ``stop_at`` only so many bytes of the body, leaving the rest open."""
        headers = [
            (_ENCODED.get(name) or name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in self.headers_of(answer)
        ]
        await self.begin(answer.status, headers)
        body = answer.body if stop_at is None else answer.body[:stop_at]
        await self._send({"type": "http.response.body", "body": body, "more_body": stop_at is not None})

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send status and headers; :meth:`send_more` sends the body."""
        self.note_status(status)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send_more(self, body: bytes, *, last: bool = False) -> None:
        """Send more of a body that :meth:`send` left open, or that has only begun."""
        await self._send({"type": "http.response.body", "body": body, "more_body": not last})


class Endpoint:
    """An ASGI application for one path: looks up the handler by method, and guards it."""

    def __init__(self, tenant: Tenant, generation: Generation | None, handlers: dict[str, tuple[str, Handler]]) -> None:
        self._tenant = tenant
        self._generation = generation
        self._handlers = handlers
        self._allow = ", ".join(sorted(handlers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tenant = self._tenant
        kind, handler = self._handlers.get(scope["method"], ("other", None))
        version = self._generation.name if self._generation else None
        call = Call(scope, receive, send, kind=kind, version=version, now=tenant.now)
        if not await call.read_body():
            return
        client = tenant.sign_in.client_of(call.token)
        call.client_id = client.client_id if client else None
        entry = call.entry = tenant.log.begin(
            kind=kind,
            version=call.version,
            method=call.method,
            path=call.path,
            query=call.query,
            headers=scope["headers"],
            body=call.body,
            task_id=call.task_id,
            client_id=call.client_id,
            token=call.token,
        )
        if call.client_id and call.version:
            tenant.rate_limit.arrived((call.client_id, call.version), time.monotonic())

        epoch = tenant.epoch

        async def handle() -> Answer:
            if tenant.epoch != epoch:
                raise Outdated
            answer = self._answer(call, handler)
            entry.client_id = call.client_id
            if tenant.settings.latency:
                await call.wait(tenant.settings.latency)
            return answer

        try:
            rule = tenant.faults.pick(call)
            if rule is None:
                await call.send(await handle())
            else:
                entry.fault = rule.action["kind"]
                await faults.perform(rule.action, call, handle, tenant.faults)
        except Outdated:
            await transport.reset(scope, receive)
        finally:
            tenant.log.end(entry)

    def _answer(self, call: Call, handler: Handler | None) -> Answer:
        """The answer of the API without faults: no await in here, so each request is applied as a whole."""
        tenant = self._tenant
        tenant.races.due()
        tenant.catch_up()
        settings = tenant.settings
        try:
            if settings.max_url and len(call.target) > settings.max_url:
                raise APIError(414)
            if call.kind == "sign_in":
                if settings.sign_in == "page":
                    return ui_page()
                answer, call.client_id = tenant.sign_in.answer(
                    call.header("content-type") or "", call.body, call.query, settings.token_lifetime
                )
                return answer
            call.client = tenant.sign_in.check(call.token)
            generation = self._generation
            if generation is None:
                raise APIError(404)
            wait = tenant.rate_limit.admit(
                (call.client.client_id, generation.name), time.monotonic(), settings.rate_limit
            )
            if wait is not None:
                return json_answer(429, {"message": " Rate Limit Exceeded "}, {"Retry-After": str(wait)})
            if handler is None:
                raise APIError(405, headers={"Allow": self._allow})
            if generation.name in settings.experimental and (
                (call.header("x-sailpoint-experimental") or "").strip().lower() != "true"
            ):
                raise APIError(400, "This API is experimental: the header X-SailPoint-Experimental: true is needed.")
            if not call.client.may_read:
                raise APIError(403)
            return handler(call, tenant, generation)
        except Unauthorized as exc:
            return json_answer(401, {"error": str(exc)})
        except APIError as exc:
            if exc.status in settings.bodyless:
                return Answer(exc.status, b"", exc.headers)
            return json_answer(exc.status, exc.body(call.request_id), exc.headers)


class RawPath:
    """Route by the raw path: an id in it may hold an encoded slash, and still is one segment."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self.app(scope, receive, send)


def _sign_in(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    raise AssertionError("answered before any handler")


def tenant_routes(tenant: Tenant) -> list[BaseRoute]:
    """The API's routes: sign-in, each generation, and everything else, which is not there."""
    routes: list[BaseRoute] = [Route("/oauth/token", Endpoint(tenant, None, {"POST": ("sign_in", _sign_in)}))]
    for generation in GENERATIONS.values():
        paths: list[tuple[str | None, dict[str, tuple[str, Handler]]]] = [
            (generation.list_path, {"GET": ("list", api.list_tasks)}),
            (
                generation.pending_path,
                {"GET": ("pending", api.pending_tasks), "HEAD": ("pending_head", api.pending_tasks)},
            ),
            (generation.task_path, {"GET": ("get", api.get_task), "PATCH": ("update", api.update_task)}),
            (generation.accounts_path, {"POST": ("aggregate", aggregations.load_accounts)}),
            (generation.entitlements_path, {"POST": ("aggregate_entitlements", aggregations.load_entitlements)}),
            (generation.aggregation_status_path, {"GET": ("aggregation_status", aggregations.aggregation_status)}),
        ]
        routes += [Route(path, Endpoint(tenant, generation, handlers)) for path, handlers in paths if path]
    routes.append(Route("/{anything:path}", Endpoint(tenant, None, {})))
    return routes


def create_app(tenant: Tenant) -> Any:
    """The ASGI application: the tenant's API, and the control surface under ``/_simulator``."""
    app = Starlette(
        routes=[Mount("/_simulator", routes=control_routes(tenant)), *tenant_routes(tenant)],
        middleware=[Middleware(RawPath)],
    )
    app.router.redirect_slashes = False
    return app
