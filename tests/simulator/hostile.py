# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that no tidy server gives: what the faults of the same names make of the real answer, which took effect.

uvicorn sends one answer to a request. What comes before it or behind it is written past it, on the same connection.
"""

from __future__ import annotations

import gzip
import json
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from . import transport
from .answers import Answer, dump

if TYPE_CHECKING:
    from .app import Call
    from .faults import Faults

_MIB = 2**20
_REASONS = {100: "Continue", 102: "Processing", 103: "Early Hints"}


async def interim(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send interim answers of these ``statuses`` ([103]) before the real one."""
    for status in action.get("statuses", [103]):
        link = "Link: </style.css>; rel=preload\r\n" if status == 103 else ""
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Interim')}\r\n{link}\r\n"
        transport.transport_of(call.scope).write(head.encode("latin-1"))
    await call.send(answer)


async def encoded(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send it gzipped, asked for or not; behind it so many ``mebibytes`` (0) of blanks, a thousandth on the wire."""
    answer.headers["Content-Encoding"] = "gzip"
    # A gzip file may have any number of members; equal ones are compressed once.
    answer.body = gzip.compress(answer.body) + gzip.compress(b" " * _MIB) * action.get("mebibytes", 0)
    await call.send(answer)


async def endless(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send it, and then blanks, ``bytes`` (65536) every ``interval`` (0) seconds, as long as somebody listens.

    ``by`` chunks (``chunked``), or by a ``length`` that is never reached.
    """
    headers = [(name.encode(), value.encode("latin-1")) for name, value in call.headers_of(answer)]
    headers = [(name, value) for name, value in headers if name != b"Content-Length"]
    if action.get("by") == "length":
        headers.append((b"Content-Length", str(2**60).encode()))
    await call.begin(answer.status, headers)
    connection = transport.transport_of(call.scope)
    more, blanks = answer.body, b" " * action.get("bytes", 65536)
    while not connection.is_closing():
        await call.send_more(more)
        more = blanks
        await faults.hold(action.get("interval", 0))
    await transport.disconnected(call.receive)


async def leftover(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send it twice, the second time behind the first, where the next request's answer is looked for."""
    lines = [f"HTTP/1.1 {answer.status} OK", *(f"{name}: {value}" for name, value in call.headers_of(answer)), "", ""]
    await call.send(answer)
    transport.transport_of(call.scope).write("\r\n".join(lines).encode("latin-1") + answer.body)


def _with_more(answer: Answer, value: bytes) -> Answer:
    """Put one key more into the object, or into the first one of the list. What holds no object stays as it is."""
    answer.body = answer.body.replace(b"{", b'{"more":' + value + b",", 1)
    return answer


async def oversized(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send so many ``mebibytes`` (65) of empty lists in it: valid JSON, and many times as large when it is read."""
    size = action.get("mebibytes", 65) * _MIB
    await call.send(_with_more(answer, b"[" + b"[]," * (size // 3) + b"[]]"))


async def nan(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send a ``value`` (NaN) in it that is no number of JSON's, or too large for one: NaN, Infinity, 1e999."""
    await call.send(_with_more(answer, action.get("value", "NaN").encode()))


async def deep(action: dict[str, Any], call: Call, answer: Answer, faults: Faults) -> None:
    """Send so many ``levels`` (100000) of lists in it."""
    levels = action.get("levels", 100_000)
    await call.send(_with_more(answer, b"[" * levels + b"]" * levels))


def lying_query(action: dict[str, Any], query: str) -> str:
    """Return what is made of the query of a list: without its offset, or with a lower ``limit`` (100)."""
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    if action["kind"] in ("ignore_offset", "no_end"):
        parameters.pop("offset", None)
    if action["kind"] == "cap_limit":
        parameters["limit"] = str(min(int(parameters.get("limit", 250)), action.get("limit", 100)))
    return urlencode(parameters)


def without_end(query: str, answer: Answer) -> Answer:
    """Make a list's page a full one, at whatever offset: the tasks of its first page, again and again with new ids."""
    parameters = dict(parse_qsl(query))
    offset, limit = int(parameters.get("offset", 0)), int(parameters.get("limit", 250))
    tasks = json.loads(answer.body or b"[]") or [{"id": "endless"}]
    if offset or len(tasks) < limit:
        own = 0 if offset else len(tasks)  # at the beginning they are themselves
        again = islice(cycle(tasks), own, limit)
        more = [{**task, "id": f"{task.get('id')}-{number}"} for number, task in enumerate(again, offset + own)]
        answer.body = dump(tasks[:own] + more)
    answer.status = 200
    return answer
