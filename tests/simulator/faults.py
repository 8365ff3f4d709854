# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: rules that spoil answers and connections.

A rule is ``{"match": {...}, "action": {...}}``. It matches by ``method``, ``kind`` (sign_in, list, pending,
pending_head, get, update, aggregate, aggregate_entitlements, aggregation_status, other), ``api_version``,
``client_id``, ``task_id`` (decoded) and ``path_regex`` (searched in the raw path and query); of the requests that
match, ``nth`` (a number or a list, from 1) takes only these, ``times`` takes at most so many, ``probability`` takes a
share. The first rule that takes a request decides.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import hostile, transport
from .answers import HTML, JSON, Answer, dump, error_body, gateway_page, json_answer, request_id
from .signin import sign_in_error, ui_page

if TYPE_CHECKING:
    from .app import Call

MATCH_KEYS = {
    "method", "kind", "api_version", "client_id", "task_id", "path_regex", "nth", "times", "probability",
}  # fmt: skip
ACTION_KEYS = {
    "status": {"status", "body", "headers", "apply"},
    "reset_before": set(),
    "reset_after": set(),
    "truncate": {"bytes"},
    "stall": {"seconds", "before"},
    "drip": {"interval", "bytes", "whole"},
    "redirect": {"location", "status"},
    "html_200": {"apply"},
    "bad_json": {"apply"},
    "empty_200": {"apply"},
    "sign_in_failure": {"status", "error", "error_description"},
    "interim": {"statuses"},
    "encoded": {"mebibytes"},
    "endless": {"by", "bytes", "interval"},
    "oversized": {"mebibytes"},
    "nan": {"value"},
    "deep": {"levels"},
    "leftover": set(),
    "late": {"seconds", "lost"},
    "ignore_offset": set(),
    "cap_limit": {"limit"},
    "no_end": set(),
}
_NEEDED = {"status": "status", "redirect": "location", "stall": "seconds", "late": "seconds"}
_LISTS_THAT_LIE = ("ignore_offset", "cap_limit", "no_end")


@dataclass
class Rule:
    """A checked rule with its counts: requests that matched, and those that it took."""

    match: dict[str, Any]
    action: dict[str, Any]
    path: re.Pattern[str] | None = None
    matched: int = 0
    fired: int = 0

    @classmethod
    def parse(cls, data: Any) -> Rule:
        """Check a rule of the control surface. Raises ValueError."""
        if not isinstance(data, dict) or set(data) - {"match", "action"} or "action" not in data:
            raise ValueError('a fault is {"match": {...}, "action": {...}}')
        match, action = data.get("match") or {}, data["action"]
        if isinstance(action, str):
            action = {"kind": action}
        if not isinstance(match, dict) or set(match) - MATCH_KEYS:
            raise ValueError(f"match takes {sorted(MATCH_KEYS)}")
        kind = action.get("kind") if isinstance(action, dict) else None
        if kind not in ACTION_KEYS:
            raise ValueError(f"the kind of an action is one of {sorted(ACTION_KEYS)}, not {kind!r}")
        unknown = set(action) - ACTION_KEYS[kind] - {"kind"}
        if unknown:
            raise ValueError(f"action {kind} takes {sorted(ACTION_KEYS[kind])}, not {sorted(unknown)}")
        if kind in _NEEDED and _NEEDED[kind] not in action:
            raise ValueError(f"action {kind} needs {_NEEDED[kind]}")
        if "nth" in match and not isinstance(match["nth"], (int, list)):
            raise ValueError("nth is a number or a list of numbers")
        try:
            path = re.compile(match["path_regex"]) if "path_regex" in match else None
        except (re.error, TypeError) as exc:
            raise ValueError(f"path_regex: {exc}") from exc
        return cls(dict(match), dict(action), path)

    def takes(self, call: Call, chance: random.Random) -> bool:
        """Whether this request is the rule's, and count it."""
        match = self.match
        for key, actual in (
            ("method", call.method),
            ("kind", call.kind),
            ("api_version", call.version),
            ("client_id", call.client_id),
            ("task_id", call.task_id),
        ):
            if key in match and match[key] != actual:
                return False
        if self.path is not None and not self.path.search(call.target):
            return False
        if "times" in match and self.fired >= match["times"]:
            return False
        self.matched += 1
        nth = match.get("nth")
        if nth is not None and self.matched not in (nth if isinstance(nth, list) else [nth]):
            return False
        if "probability" in match and chance.random() >= match["probability"]:
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """The rule with its counts."""
        return {"match": self.match, "action": self.action, "matched": self.matched, "fired": self.fired}


@dataclass
class Faults:
    """The rules that are armed, in order."""

    rules: list[Rule] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    held: set[asyncio.Event] = field(default_factory=set)

    def clear(self, seed: int = 0) -> None:
        """Disarm all, and hold nothing back any more; ``seed`` begins the row of chances anew."""
        self.rules.clear()
        self.release()
        self.chance = random.Random(seed)

    def pick(self, call: Call) -> Rule | None:
        """The rule that takes this request, if any."""
        if not self.rules:
            return None
        return next((rule for rule in self.rules if rule.takes(call, self.chance)), None)

    async def hold(self, seconds: float, call: Call | None = None) -> None:
        """Wait so many seconds, or until :meth:`release`; given ``call``, only while somebody waits for its answer."""
        released = asyncio.Event()
        self.held.add(released)
        ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(released.wait())]
        if call is not None:
            ends.append(asyncio.ensure_future(_gone(call)))
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.held.discard(released)
            for end in ends:
                end.cancel()

    def release(self) -> int:
        """Let what is held back go on; tells how many requests."""
        for released in self.held:
            released.set()
        return len(self.held)


async def _gone(call: Call) -> bool:
    await transport.disconnected(call.receive)
    return True


Handle = Callable[[], Awaitable[Answer]]


async def perform(action: dict[str, Any], call: Call, handle: Handle, faults: Faults) -> None:
    """Do what the fault says in place of the plain answer. ``handle`` applies the request and returns its answer."""
    kind = action["kind"]
    if kind == "reset_before":
        await transport.reset(call.scope, call.receive)
        return
    if kind == "stall" and action.get("before"):
        await faults.hold(action["seconds"])
    if kind in _REPLACING:
        if action.get("apply"):
            await handle()
        await call.send(_REPLACING[kind](action))
        return
    asked = call.query
    if kind in _LISTS_THAT_LIE and call.kind in ("list", "pending"):
        call.query = hostile.lying_query(action, asked)
    if kind == "late":
        call.shows_after = action["seconds"]
    answer = await handle()
    if kind == "no_end" and call.kind in ("list", "pending") and answer.status < 300:
        answer = hostile.without_end(asked, answer)
    await _SPOILING.get(kind, _plain)(action, call, answer, faults)


def _status(action: dict[str, Any]) -> Answer:
    status, body, headers = action["status"], action.get("body"), dict(action.get("headers") or {})
    if body is None:
        if status in (502, 503, 504):
            answer = gateway_page(status)
        elif status == 429:
            answer = json_answer(429, {"message": " Rate Limit Exceeded "})
        else:
            answer = json_answer(status, error_body(status, request_id()))
    elif isinstance(body, str):
        content_type = HTML if body.lstrip().startswith("<") else "text/plain; charset=utf-8"
        answer = Answer(status, body.encode(), {"Content-Type": content_type})
    else:
        answer = Answer(status, dump(body), {"Content-Type": JSON})
    answer.headers.update({name: str(value) for name, value in headers.items()})
    return answer


def _redirect(action: dict[str, Any]) -> Answer:
    return Answer(action.get("status", 307), b"", {"Location": action["location"]})


def _sign_in_failure(action: dict[str, Any]) -> Answer:
    return sign_in_error(
        action.get("status", 401),
        action.get("error", "invalid_client"),
        action.get("error_description", "Bad client credentials"),
    )


_REPLACING: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "status": _status,
    "redirect": _redirect,
    "sign_in_failure": _sign_in_failure,
    "html_200": lambda action: ui_page(),
    "bad_json": lambda action: Answer(200, b'{"id": "00ee', {"Content-Type": JSON}),
    "empty_200": lambda action: Answer(200, b"", {"Content-Type": JSON}),
}


async def _plain(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    await call.send(answer)


async def _reset_after(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    await transport.reset(call.scope, call.receive)


async def _late(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    await (_reset_after if action.get("lost") else _plain)(action, call, answer, faults)


async def _stall(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    if not action.get("before"):
        await faults.hold(action["seconds"], call)
    await call.send(answer)


async def _truncate(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """All headers, with the full Content-Length, but only the first ``bytes`` of the body (default: half)."""
    await call.send(answer, stop_at=action.get("bytes", len(answer.body) // 2))
    await transport.close(call.scope, call.receive)


async def _drip(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """``bytes`` (1) of the body every ``interval`` (0.1) seconds; with ``whole`` the status line and headers too."""
    interval, size = action.get("interval", 0.1), action.get("bytes", 1)
    connection = transport.transport_of(call.scope)
    whole = bool(action.get("whole"))
    if whole:
        # uvicorn sends a head in one piece only, so this goes past it, and the connection has to end with it.
        call.note_status(answer.status)
        lines = [f"HTTP/1.1 {answer.status} OK", *(f"{name}: {value}" for name, value in call.headers_of(answer))]
        rest = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + answer.body
    else:
        await call.send(answer, stop_at=0)
        rest = answer.body
    for at in range(0, len(rest), size):
        if connection.is_closing():
            break
        if whole:
            connection.write(rest[at : at + size])
        else:
            await call.send_more(rest[at : at + size])
        await faults.hold(interval)
    if whole or connection.is_closing():
        await transport.close(call.scope, call.receive)
    else:
        await call.send_more(b"", last=True)


_SPOILING: dict[str, Callable[[dict[str, Any], Call, Answer, Faults], Awaitable[None]]] = {
    "reset_after": _reset_after,
    "truncate": _truncate,
    "stall": _stall,
    "drip": _drip,
    "late": _late,
    "interim": hostile.interim,
    "encoded": hostile.encoded,
    "endless": hostile.endless,
    "oversized": hostile.oversized,
    "nan": hostile.nan,
    "deep": hostile.deep,
    "leftover": hostile.leftover,
}
