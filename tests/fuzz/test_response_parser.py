# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever bytes answer a request: a result or an error of one line, never a traceback, and never a secret."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http import retrying
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status, task_status_info
from faults.support import OUTCOMES, Listener, http_answer, listening, run
from fuzz.conftest import Fuzz
from hypothesis import strategies as st

SECRET = "fuzz-secret-5ad1"
TOKEN = "fuzz-token-93bc"
_TASK = {"id": "t1", "completionStatus": None, "completed": None, "created": "2026-01-02T03:04:05Z", "launcher": "X"}


class Tenant:
    """A tenant that answers what it is told to; its sign-in works unless told otherwise."""

    def __init__(self) -> None:
        self.answer = b""
        self.sign_in: bytes | None = None

    def __call__(self, request: str) -> Iterator[bytes]:
        if request.startswith("POST /oauth/token"):
            told = self.sign_in
            yield http_answer(200, {"access_token": TOKEN, "expires_in": 749}) if told is None else told
        else:
            yield self.answer  # and then it hangs up


@pytest.fixture
def tenant() -> Iterator[tuple[Tenant, Listener]]:
    tenant = Tenant()
    with listening(tenant) as listener:
        yield tenant, listener


def check(listener: Listener) -> None:
    """Run the modules against a tenant and assert that they end as they are to."""
    options = {
        "base_url": listener.base_url,
        "client_id": "some",
        "client_secret": SECRET,
        "retries": 0,
        "rate_limit": 0,
        "timeout": 60,
        "concurrency": 2,
    }
    reading = {name: value for name, value in options.items() if name != "concurrency"}
    for work, more in (
        (task_status_info, {**reading, "pending": True, "count": True, "older_than": "1h"}),
        (task_status_info, {**reading, "id": ["t1", "t2"], "missing_ok": True}),
        (task_status, {**options, "id": ["t1", "t2"], "precondition": True, "older_than": "1s"}),
    ):
        result = run(work, more)
        text = json.dumps(result)
        text.encode()
        assert SECRET not in text and TOKEN not in text
        if result.get("failed"):
            assert result["msg"].endswith(".") and result["msg"].isprintable() and len(result["msg"]) < 4000
        else:
            assert all(isinstance(task, dict) for task in result["tasks"])
        if work is task_status:
            assert [item["id"] for item in result["tasks"]] == ["t1", "t2"]
            assert all(item["outcome"] in OUTCOMES for item in result["tasks"])


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "delay", lambda *arguments: 0.0)


# Broken HTTP

_BODY = json.dumps([_TASK]).encode()
VALID = [
    http_answer(200, [_TASK], [("X-Total-Count", "1")]),
    http_answer(200, _TASK),
    http_answer(200, []),
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(_BODY), _BODY),
    http_answer(200, gzip.compress(_BODY), [("Content-Encoding", "gzip")]),
    http_answer(400, {"detailCode": "400.1", "trackingId": "abc", "messages": [{"text": "no"}], "causes": []}),
    http_answer(401, {"error": f"Authorization: Bearer {TOKEN}"}),
    http_answer(404),
    http_answer(429, {"message": "slow down"}, [("Retry-After", "1")]),
    http_answer(302, b"", [("Location", "/v2024/task-status/t1?again=1")]),
    http_answer(503, "<html>bad gateway</html>", [("Content-Type", "text/html")]),
    b"HTTP/1.1 100 Continue\r\n\r\n" + http_answer(200, [_TASK]),
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 2 + http_answer(200, [_TASK]) + http_answer(200, []),
]
PIECES = [
    *(b"\r\n", b"\n", b"\x00", b":", b"\xff\xfe", b"\x1b[2J", b"HTTP/1.1 200 OK\r\n", b"0\r\n\r\n", b"-1", b"9" * 30),
    *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Encoding: deflate, gzip\r\n"),
    *(
        b"Location: http://[::1\r\n",
        b"Location: //\r\n",
        b"Retry-After: 99999999999999999999\r\n",
        b"Set-Cookie: a=b\r\n",
    ),
    *(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 103 \r\n\r\n", b"\\u0066uzz\\u002dsecret-5ad1"),
    *(b"null", b"{}", b"[", b'"\\ud800"', b"NaN", b"1e999", TOKEN.encode(), SECRET.encode()),
]
_mutation = st.tuples(
    st.sampled_from(["insert", "delete", "replace", "repeat", "cut"]),
    st.floats(0, 1),
    st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)),
    st.integers(1, 40),
)


def mutated(answer: bytes, mutations: list[tuple[str, float, bytes, int]]) -> bytes:
    """Return an answer after some accidents."""
    for kind, where, piece, length in mutations:
        at = int(where * len(answer))
        if kind == "insert":
            answer = answer[:at] + piece + answer[at:]
        elif kind == "delete":
            answer = answer[:at] + answer[at + length :]
        elif kind == "replace":
            answer = answer[:at] + piece + answer[at + len(piece) :]
        elif kind == "repeat":
            answer = answer[: at + length] + answer[at:]
        else:
            answer = answer[:at]
    return answer


def test_broken_http_is_no_traceback(fuzz: Fuzz, tenant: tuple[Tenant, Listener]) -> None:
    def target(answer: bytes, mutations: list[tuple[str, float, bytes, int]], in_sign_in: bool) -> None:
        broken = mutated(answer, mutations)
        tenant[0].answer = VALID[0] if in_sign_in else broken
        tenant[0].sign_in = broken if in_sign_in else None
        check(tenant[1])

    fuzz(target, st.sampled_from(VALID), st.lists(_mutation, min_size=1, max_size=4), st.booleans())


def test_any_bytes_are_no_traceback(fuzz: Fuzz, tenant: tuple[Tenant, Listener]) -> None:
    def target(answer: bytes) -> None:
        tenant[0].answer = answer
        check(tenant[1])

    fuzz(
        target,
        st.lists(st.one_of(st.sampled_from([*PIECES, *VALID]), st.binary(max_size=20)), max_size=6).map(b"".join),
    )


# Valid HTTP, JSON of any kind

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["SUCCESS", "Error", "t1", "t2", "APPLICATION", "2026-01-02T03:04:05Z", "2026-01-02", "", "\ud800", TOKEN]
    ),
)
_keys = st.one_of(
    st.sampled_from(
        [*_TASK, "target", "taskDefinitionSummary", "uniqueName", "type", "error", "messages", "text", "causes"]
    ),
    st.text(max_size=3),
)
_json = st.recursive(
    _scalars,
    lambda children: st.one_of(st.lists(children, max_size=4), st.dictionaries(_keys, children, max_size=6)),
    max_leaves=20,
)
_tasks = st.lists(
    st.one_of(st.fixed_dictionaries({"id": _scalars}, optional={key: _json for key in _TASK if key != "id"}), _json),
    max_size=4,
)
_headers = st.lists(
    st.tuples(
        st.sampled_from(["X-Total-Count", "Retry-After", "SLPT-Request-ID", "Content-Type", "X-Deprecated"]),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
    ),
    max_size=2,
)


def test_any_json_is_no_traceback(fuzz: Fuzz, tenant: tuple[Tenant, Listener]) -> None:
    def target(status: int, body: Any, headers: list[tuple[str, str]]) -> None:
        tenant[0].answer = http_answer(status, json.dumps(body), headers, close=True)
        check(tenant[1])

    statuses = st.sampled_from([200, 200, 200, 200, 201, 202, 206, 299, 400, 401, 403, 404, 409, 412, 429, 500, 503])
    fuzz(target, statuses, st.one_of(_tasks, _json), _headers)


def test_any_json_of_the_sign_in_is_no_traceback(fuzz: Fuzz, tenant: tuple[Tenant, Listener]) -> None:
    def target(status: int, body: Any) -> None:
        tenant[0].answer = VALID[0]
        tenant[0].sign_in = http_answer(status, json.dumps(body), close=True)
        check(tenant[1])

    tokens = st.fixed_dictionaries({"access_token": _json}, optional={"expires_in": _json, "error": _json})
    fuzz(target, st.sampled_from([200, 200, 200, 400, 401, 500]), st.one_of(tokens, _json))
