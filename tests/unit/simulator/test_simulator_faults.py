# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults and races, seen from the other end of the wire."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
import select
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tools.limits import HANGS_AFTER, eventually

LIST = "/v2025/task-status"
TASK = "/v2025/task-status/a"
CLEAR = [{"op": "replace", "path": "/completionStatus", "value": "Error"}]


@pytest.fixture(autouse=True)
def one_task(simulator: Any) -> None:
    simulator.put_tasks([{"id": "a"}])


@pytest.fixture
def raw(simulator: Any) -> Any:
    """One request by http.client on a connection of its own, so that nothing retries behind the test's back."""
    token = simulator.token()

    def request(method: str, path: str, document: Any = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=HANGS_AFTER)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json-patch+json"}
        try:
            connection.request(method, path, None if document is None else json.dumps(document), headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    return request


@contextlib.contextmanager
def under_way(simulator: Any, method: str = "GET", document: Any = None) -> Iterator[socket.socket]:
    """A request for the task: the connection, once the request has reached the tenant."""
    body = "" if document is None else json.dumps(document)
    head = [
        f"{method} {TASK} HTTP/1.1", "Host: x", "Connection: close", f"Authorization: Bearer {simulator.token()}",
        "Content-Type: application/json-patch+json", f"Content-Length: {len(body)}",
    ]  # fmt: skip
    before = simulator.counters()["total"]
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=HANGS_AFTER) as connection:
        connection.sendall("\r\n".join([*head, "", body]).encode())
        eventually(lambda: simulator.counters()["total"] > before, "the request")
        yield connection


def rest_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def says_nothing(connection: socket.socket) -> bool:
    return not select.select([connection], [], [], 0)[0]


def status_of(simulator: Any) -> Any:
    return simulator.task("a")["completionStatus"]


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", None), ("reset_after", "ERROR")])
def test_reset_is_a_real_reset(kind: str, applied: str | None, simulator: Any, raw: Any) -> None:
    simulator.arm({"match": {"method": "PATCH", "times": 1}, "action": kind})
    with pytest.raises(ConnectionResetError):
        raw("PATCH", TASK, CLEAR)
    assert status_of(simulator) == applied
    entry = simulator.log(kind="update")[0]
    assert (entry["status"], entry["fault"]) == (None, kind)
    assert raw("PATCH", TASK, CLEAR)[0] == 200
    assert simulator.counters()["most_in_flight"] == 1


def test_reset_in_the_sign_in(simulator: Any) -> None:
    simulator.arm({"match": {"kind": "sign_in"}, "action": {"kind": "reset_before"}})
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=HANGS_AFTER)
    with pytest.raises(ConnectionResetError):
        connection.request("POST", "/oauth/token", "x=1")
        connection.getresponse()
    connection.close()


def test_truncated_body(simulator: Any, raw: Any) -> None:
    simulator.arm({"match": {"method": "PATCH"}, "action": "truncate"})
    with pytest.raises(http.client.IncompleteRead) as caught:
        raw("PATCH", TASK, CLEAR)
    assert caught.value.partial
    assert caught.value.expected is not None
    assert caught.value.expected > 0
    assert status_of(simulator) == "ERROR"
    simulator.disarm()
    simulator.arm({"action": {"kind": "truncate", "bytes": 0}})
    with pytest.raises(http.client.IncompleteRead) as caught:
        raw("GET", TASK)
    assert caught.value.partial == b""


@pytest.mark.parametrize(("before", "applied"), [(True, None), (False, "ERROR")])
def test_a_stall_lasts_until_its_release(before: bool, applied: str | None, simulator: Any, raw: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "stall", "seconds": 3600, "before": before}})
    with under_way(simulator, "PATCH", CLEAR) as connection:
        assert status_of(simulator) == applied
        assert simulator.log()[0]["status"] is None
        assert simulator.counters()["in_flight"] == 1
        assert raw("GET", TASK)[0] == 200, "others are answered meanwhile"
        assert says_nothing(connection)
        assert simulator.release() == 1
        assert rest_of(connection).startswith(b"HTTP/1.1 200 ")
    assert status_of(simulator) == "ERROR"
    assert simulator.log()[0]["status"] == 200
    eventually(lambda: simulator.counters()["in_flight"] == 0, "the end of the request")
    assert simulator.release() == 0


def test_a_stall_takes_effect_late_though_nobody_waits_for_it(simulator: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "stall", "seconds": 3600, "before": True}})
    with under_way(simulator, "PATCH", CLEAR):
        pass
    assert status_of(simulator) is None
    simulator.release()
    eventually(lambda: status_of(simulator) == "ERROR", "the effect")
    eventually(lambda: simulator.counters()["by_status"] == {"none": 1}, "the end of the request")


def test_a_stall_of_an_answer_ends_when_nobody_waits_for_it(simulator: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "stall", "seconds": 3600}})
    with under_way(simulator):
        assert simulator.counters()["in_flight"] == 1
    eventually(lambda: simulator.counters()["in_flight"] == 0, "the end of the request")
    assert simulator.counters()["by_status"] == {"none": 1}


def test_a_stalled_request_takes_no_effect_after_a_reset(simulator: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "stall", "seconds": 3600, "before": True}})
    with under_way(simulator, "PATCH", CLEAR) as connection:
        simulator.reset(tasks=0)
        simulator.put_tasks([{"id": "a"}])
        with pytest.raises(ConnectionResetError):
            rest_of(connection)
    assert status_of(simulator) is None
    assert simulator.counters()["total"] == 0


def test_short_stall_answers_in_the_end(simulator: Any, raw: Any) -> None:
    simulator.arm({"action": {"kind": "stall", "seconds": 0.05}})
    status, body = raw("PATCH", TASK, CLEAR)
    assert (status, json.loads(body)["completionStatus"]) == (200, "ERROR")


@pytest.mark.parametrize("whole", [False, True])
def test_drip(whole: bool, simulator: Any) -> None:
    """By hand, piece by piece."""
    simulator.arm({"action": {"kind": "drip", "interval": 3600, "bytes": 16, "whole": whole}})
    head, pieces = b"", []
    with under_way(simulator) as connection:
        while not whole and not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)  # it comes at once
        while piece := connection.recv(65536):
            pieces.append(piece)
            assert says_nothing(connection), "the next piece comes later"
            eventually(simulator.release, "the pause behind a piece")
    head, _blank, body = (head + b"".join(pieces)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body) == simulator.task("a")
    assert len(pieces) > 10
    assert max(map(len, pieces)) <= 16


def test_a_dripping_answer_leaves_the_connection_usable(simulator: Any) -> None:
    simulator.arm({"match": {"nth": 1}, "action": {"kind": "drip", "interval": 0.001, "bytes": 50}})
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=HANGS_AFTER)
    headers = {"Authorization": f"Bearer {simulator.token()}"}
    ports = set()
    for _attempt in range(3):
        connection.request("GET", TASK, headers=headers)
        ports.add(connection.sock.getsockname()[1])
        assert json.loads(connection.getresponse().read())["id"] == "a"
    connection.close()
    assert len(ports) == 1


def test_drip_stops_when_nobody_listens(simulator: Any, raw: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "drip", "interval": 3600}})
    with under_way(simulator) as connection:
        assert connection.recv(1)
    assert raw("GET", TASK)[0] == 200
    assert simulator.counters()["in_flight"] == 1
    eventually(lambda: simulator.release() or simulator.counters()["in_flight"] == 0, "the end of the pause")
    eventually(lambda: simulator.counters()["in_flight"] == 0, "the end of the drip")


@pytest.mark.parametrize(
    ("action", "status", "content_type", "start"),
    [
        ({"status": 500}, 500, "application/json", '{"errorName":"'),
        ({"status": 502}, 502, "text/html", "<html>"),
        ({"status": 503}, 503, "text/html", "<html>"),
        ({"status": 504}, 504, "text/html", "<html>"),
        ({"status": 429}, 429, "application/json", '{"message"'),
        ({"status": 503, "body": {"formatted_msg": "down"}}, 503, "application/json", '{"formatted_msg"'),
        ({"status": 200, "body": "<html>x"}, 200, "text/html", "<html>x"),
        ({"status": 418, "body": "plain"}, 418, "text/plain", "plain"),
        ({"status": 200, "body": []}, 200, "application/json", "[]"),
        ({"kind": "html_200"}, 200, "text/html", "<!DOCTYPE"),
        ({"kind": "bad_json"}, 200, "application/json", '{"id"'),
        ({"kind": "empty_200"}, 200, "application/json", ""),
    ],
)
@pytest.mark.parametrize("apply", [False, True])
def test_answers_in_place_of_the_real_one(
    action: dict[str, Any], status: int, content_type: str, start: str, apply: bool, simulator: Any, api: Any
) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "status", **action, "apply": apply}})
    answer = api.patch(TASK, CLEAR)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.text.startswith(start)
    assert "SLPT-Request-ID" in answer.headers
    assert status_of(simulator) == ("ERROR" if apply else None)
    assert api.get(TASK).json()["id"] == "a"


@pytest.mark.parametrize("retry_after", ["0", "-1", "86400", "Wed, 21 Oct 2037 07:28:00 GMT", None])
def test_any_retry_after(retry_after: str | None, simulator: Any, api: Any) -> None:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    simulator.arm({"action": {"kind": "status", "status": 429, "headers": headers}})
    assert api.get(TASK).headers.get("Retry-After") == retry_after


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect(status: int, simulator: Any, api: Any) -> None:
    simulator.arm({"action": {"kind": "redirect", "location": "http://127.0.0.1:1/x", "status": status}})
    answer = api.get(TASK)
    assert (answer.status_code, answer.headers["Location"]) == (status, "http://127.0.0.1:1/x")


def test_sign_in_failures(simulator: Any) -> None:
    import requests

    simulator.arm({"match": {"kind": "sign_in", "nth": 2}, "action": "sign_in_failure"})
    form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    url = f"{simulator.base_url}/oauth/token"
    answers = [requests.post(url, data=form, timeout=HANGS_AFTER) for dummy in range(3)]
    assert [answer.status_code for answer in answers] == [200, 401, 200]
    assert set(answers[1].json()) == {"error", "error_description"}


def test_matching(simulator: Any, api: Any) -> None:
    simulator.put_tasks([{"id": "b/c"}])
    teapot = {"kind": "status", "status": 418}

    def statuses(match: dict[str, Any]) -> list[int]:
        simulator.disarm()
        simulator.arm({"match": match, "action": teapot})
        paths = [TASK, "/v2025/task-status/b%2Fc", LIST, "/task-status/v1/a"]
        return [api("GET", path, params={"limit": "7"}).status_code for path in paths]

    assert statuses({"task_id": "b/c"}) == [200, 418, 200, 200]
    assert statuses({"kind": "list"}) == [200, 200, 418, 200]
    assert statuses({"api_version": "v1"}) == [200, 200, 200, 418]
    assert statuses({"method": "PATCH"}) == [200] * 4
    assert statuses({"path_regex": "%2F"}) == [200, 418, 200, 200]
    assert statuses({"path_regex": r"status\?limit=7$"}) == [200, 200, 418, 200]
    assert statuses({"nth": 2}) == [200, 418, 200, 200]
    assert statuses({"nth": [1, 4]}) == [418, 200, 200, 418]
    assert statuses({"times": 2}) == [418, 418, 200, 200]
    assert statuses({"client_id": "demo-client", "kind": "get", "nth": 2}) == [200, 418, 200, 200]
    assert statuses({"client_id": "demo-reader"}) == [200] * 4
    assert statuses({}) == [418] * 4
    assert simulator.faults()[0]["fired"] == 4


def test_probability_is_drawn_from_the_seed(simulator: Any, caller: Any) -> None:
    def statuses(seed: int) -> list[int]:
        simulator.reset(tasks=0, seed=seed)
        api = caller(simulator.base_url, simulator.token())
        simulator.arm({"match": {"probability": 0.5}, "action": {"kind": "status", "status": 503}})
        return [api.get(LIST).status_code for dummy in range(60)]

    first = statuses(1)
    assert first == statuses(1) != statuses(2)
    assert 15 < first.count(503) < 45


def test_first_rule_that_takes_it_wins(simulator: Any, api: Any) -> None:
    simulator.arm({"match": {"nth": 2}, "action": {"kind": "status", "status": 500}})
    simulator.arm({"match": {}, "action": {"kind": "status", "status": 503}})
    assert [api.get(LIST).status_code for dummy in range(3)] == [503, 500, 503]


@pytest.mark.parametrize(
    "rule",
    [
        {}, {"action": "explode"}, {"action": {"kind": "status"}}, {"action": {"kind": "stall"}},
        {"action": {"kind": "redirect"}}, {"match": {"colour": 1}, "action": "truncate"}, {"action": 1}, "reset",
        {"match": {"path_regex": "("}, "action": "truncate"}, {"match": {"nth": "2"}, "action": "truncate"},
        {"action": {"kind": "truncate", "byte": 1}}, {"action": "late"},
    ],
)  # fmt: skip
def test_bad_rules_are_refused(rule: Any, simulator: Any) -> None:
    from simulator.server import SimulatorError

    with pytest.raises(SimulatorError):
        simulator.control("POST", "/faults", [rule])
    assert simulator.faults() == []


def test_latency_is_of_the_tenant_not_of_the_control_surface(simulator: Any, raw: Any) -> None:
    simulator.settings(latency=3600.0)
    with under_way(simulator) as connection:
        assert simulator.task("a")["id"] == "a"
        assert simulator.log()[0]["status"] is None
        assert says_nothing(connection)
        simulator.settings(latency=0.0)
        assert raw("GET", TASK)[0] == 200
    eventually(lambda: simulator.counters()["in_flight"] == 0, "the end of a wait that nobody waits for")


# --- hostile answers -------------------------------------------------------------------------------------------------


def read_all(simulator: Any, method: str = "GET", document: Any = None) -> bytes:
    """All bytes that come to one request whose connection is closed behind its answer."""
    with under_way(simulator, method, document) as connection:
        return rest_of(connection)


def test_interim_answers_come_before_the_real_one_and_leave_the_connection_usable(simulator: Any) -> None:
    simulator.arm({"match": {"nth": 1}, "action": {"kind": "interim", "statuses": [100, 102, 103]}})
    lines = read_all(simulator).split(b"\r\n")
    heads = [line for line in lines if line.startswith(b"HTTP/1.1 ")]
    assert [head.split()[1] for head in heads] == [b"100", b"102", b"103", b"200"]
    assert json.loads(lines[-1])["id"] == "a"
    assert simulator.log()[0]["status"] == 200


def test_an_encoded_answer_is_the_real_one_and_a_bomb_is_small_on_the_wire(simulator: Any) -> None:
    simulator.arm({"match": {"nth": 1}, "action": "encoded"}, {"action": {"kind": "encoded", "mebibytes": 10}})
    for size in (0, 10 * 2**20):
        head, _blank, body = read_all(simulator).partition(b"\r\n\r\n")
        assert b"content-encoding: gzip" in head.lower()
        unpacked = gzip.decompress(body)
        assert json.loads(unpacked) == simulator.task("a")
        assert len(unpacked) >= size > 100 * len(body) - 10**6


@pytest.mark.parametrize(
    ("by", "marker"), [("chunked", b"transfer-encoding: chunked"), ("length", b"content-length: ")]
)
def test_an_endless_answer_ends_when_nobody_listens(by: str, marker: bytes, simulator: Any) -> None:
    simulator.arm({"action": {"kind": "endless", "by": by}})
    with under_way(simulator, "PATCH", CLEAR) as connection:
        received = b""
        while len(received) < 2**20:
            received += connection.recv(65536)
        assert simulator.counters()["in_flight"] == 1
    assert marker in received.lower()
    assert b'"id":"a"' in received
    assert received.endswith(b" ")
    assert status_of(simulator) == "ERROR"
    eventually(lambda: simulator.counters()["in_flight"] == 0, "the end of what has no end")


def test_an_endless_answer_can_be_a_slow_one(simulator: Any) -> None:
    simulator.arm({"action": {"kind": "endless", "by": "length", "bytes": 3, "interval": 3600}})
    with under_way(simulator) as connection:
        received = b""
        while not received.endswith(b"}"):
            received += connection.recv(65536)
        eventually(simulator.release, "the pause behind the answer")
        assert connection.recv(65536) == b"   "


@pytest.mark.parametrize(
    ("action", "start", "least"),
    [
        ({"kind": "oversized", "mebibytes": 2}, b'"more":[[],[],', 2 * 2**20),
        ({"kind": "nan"}, b'"more":NaN,', 0),
        ({"kind": "nan", "value": "1e999"}, b'"more":1e999,', 0),
        ({"kind": "deep", "levels": 2000}, b'"more":' + b"[" * 2000 + b"]" * 2000 + b",", 0),
    ],
)
@pytest.mark.parametrize("path", [TASK, LIST])
def test_a_value_that_does_not_belong_there(
    action: dict[str, Any], start: bytes, least: int, path: str, simulator: Any, raw: Any
) -> None:
    simulator.arm({"action": action})
    status, body = raw("GET", path)
    assert status == 200
    assert body.lstrip(b"[").startswith(b"{" + start)
    assert body.count(b'"more":') == 1
    assert len(body) > least
    if action["kind"] != "deep":
        found = json.loads(body)
        assert (found if path == TASK else found[0])["id"] == "a"


def test_an_update_answered_with_what_does_not_belong_there_took_effect(simulator: Any, raw: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": "nan"})
    assert raw("PATCH", TASK, CLEAR)[0] == 200
    assert status_of(simulator) == "ERROR"


def test_what_is_left_over_lies_before_the_next_answer(simulator: Any) -> None:
    simulator.put_tasks([{"id": "b"}])
    simulator.arm({"match": {"nth": 1}, "action": "leftover"})
    token = simulator.token()
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=HANGS_AFTER) as connection:
        for task_id, end in (("a", ""), ("b", "Connection: close\r\n")):
            head = f"GET /v2025/task-status/{task_id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{end}\r\n"
            connection.sendall(head.encode())
        received = rest_of(connection)
    assert re.findall(rb'\{"id":"(\w)"', received) == [b"a", b"a", b"b"]
    assert received.count(b"HTTP/1.1 200 OK\r\n") == 3


@pytest.mark.parametrize("path", [TASK, LIST, "/v2025/task-status/pending-tasks"])
def test_a_late_update_is_done_and_shown_later(path: str, simulator: Any, api: Any) -> None:
    def shown() -> Any:
        tasks = api.get(path).json()
        return next(iter([tasks] if isinstance(tasks, dict) else tasks), {}).get("completionStatus")

    simulator.arm({"match": {"times": 1}, "action": {"kind": "late", "seconds": 3600}})
    assert api.patch(TASK, CLEAR).json()["completionStatus"] == "ERROR"
    assert (status_of(simulator), shown()) == ("ERROR", None)
    tested = [{"op": "test", "path": "/completionStatus", "value": None}, *CLEAR]
    assert api.patch(TASK, tested).status_code == 400, "a precondition sees it as it is"
    assert simulator.complete(["a"]) == []
    assert api.patch(TASK, CLEAR).status_code == 200
    assert path.endswith("pending-tasks") or shown() == "ERROR"


def test_a_late_update_shows_when_its_time_has_come_though_its_answer_is_lost(simulator: Any, raw: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "late", "seconds": 0.05, "lost": True}})
    with pytest.raises(ConnectionResetError):
        raw("PATCH", TASK, CLEAR)
    assert status_of(simulator) == "ERROR"
    eventually(lambda: json.loads(raw("GET", TASK)[1])["completionStatus"] == "ERROR", "the update in what is read")


def test_a_task_that_is_put_anew_gets_no_late_update(simulator: Any, api: Any) -> None:
    simulator.arm({"match": {"times": 1}, "action": {"kind": "late", "seconds": 0.01}})
    api.patch(TASK, CLEAR)
    simulator.put_tasks([{"id": "a"}])
    assert (status_of(simulator), api.get(TASK).json()["completionStatus"]) == (None, None)


@pytest.mark.parametrize("path", [LIST, "/v2025/task-status/pending-tasks"])
def test_lists_that_lie(path: str, simulator: Any, api: Any) -> None:
    simulator.put_tasks([{"id": str(number)} for number in range(5)], replace=True)

    def page(kind: str, **query: int) -> list[str]:
        simulator.disarm()
        simulator.arm({"action": {"kind": kind, **({"limit": 2} if kind == "cap_limit" else {})}})
        answer = api.get(path, count="true", **query)
        assert answer.headers["X-Total-Count"] == "5"
        return [task["id"] for task in answer.json()]

    real = page("leftover")
    assert page("ignore_offset", limit=2, offset=2) == page("ignore_offset", limit=2, offset=99) == real[:2]
    assert page("cap_limit", limit=4, offset=1) == real[1:3]
    assert page("cap_limit", limit=1) == real[:1]
    first, later = page("no_end", limit=7), page("no_end", limit=7, offset=7)
    assert first[:5] == real
    assert (len(first), len(later), len({*first, *later})) == (7, 7, 14)
    assert page("no_end", limit=5) == real
    simulator.put_tasks([], replace=True)
    simulator.arm({"action": "no_end"})
    assert len({task["id"] for task in api.get(path, limit=7).json()}) == 7, "of an empty list, too"


def test_one_task_is_no_list_that_lies(simulator: Any, api: Any) -> None:
    simulator.arm({"action": "no_end"})
    assert api.get(TASK).json()["id"] == "a"


def test_an_empty_refusal_hides_an_update(simulator: Any, api: Any) -> None:
    simulator.arm({"action": {"kind": "status", "status": 403, "body": "", "apply": True}, "match": {"task_id": "a"}})
    answer = api.patch(TASK, CLEAR)
    assert (answer.status_code, answer.content, status_of(simulator)) == (403, b"", "ERROR")


# --- races -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [TASK, LIST, "/v2025/task-status/pending-tasks"])
def test_completes_after_it_was_read(path: str, simulator: Any, api: Any) -> None:
    simulator.complete_after_read(["a"], status="Warning")
    read = api.get(path).json()
    assert (read if isinstance(read, dict) else read[0])["completionStatus"] is None
    task = simulator.task("a")
    assert task["completionStatus"] == "WARNING"
    assert task["completed"] == task["modified"]
    refused = api.patch(TASK, [{"op": "test", "path": "/completionStatus", "value": None}, *CLEAR])
    assert refused.status_code == 400


def test_completes_in_two_steps_after_it_was_read(simulator: Any, api: Any) -> None:
    simulator.put_tasks([{"id": "b"}])
    simulator.race({"after": "read", "complete": ["a"], "completing": 3600})
    simulator.race({"after": "read", "complete": ["b"], "completing": 0.1})
    assert api.get(TASK).json()["completed"] is None
    between = api.get(TASK).json()
    assert (between["completed"] is not None, between["completionStatus"]) == (True, None)
    other = "/v2025/task-status/b"
    assert api.get(other).json()["completed"] is None
    after = eventually(lambda: (task := api.get(other).json())["completionStatus"] and task, "the second step")
    assert after["completionStatus"] == "SUCCESS"
    completed, modified = (
        datetime.fromisoformat(after[key].replace("Z", "+00:00")) for key in ("completed", "modified")
    )
    assert modified - completed >= timedelta(seconds=0.1)
    assert api.get(TASK).json() == between


def test_completes_after_the_third_read(simulator: Any, api: Any) -> None:
    simulator.complete_after_read(["a"], reads=3)
    assert [api.get(TASK).json()["completionStatus"] for dummy in range(4)] == [None, None, None, "SUCCESS"]


def test_finishes_between_pages(simulator: Any, api: Any) -> None:
    ids = [f"t{number}" for number in range(10)]
    simulator.put_tasks([{"id": name} for name in ids], replace=True)
    simulator.finish_after_list(["t0", "t1"], lists=1)
    simulator.race({"after": "list", "n": 2, "remove": ["t2"], "put": [{"id": "late"}]})
    filters = "completionStatus isnull"

    def page(offset: int) -> list[str]:
        return [
            task["id"] for task in api.get(LIST, filters=filters, limit=5, offset=offset, sorters="-created").json()
        ]

    first, second = page(0), page(5)
    assert len(first) == 5
    assert len(second) == 3, "two of the first page are gone, so that the second begins two later"
    assert set(ids) - set(first) - set(second), "offset paging over a shrinking list skips tasks"
    assert "late" in simulator.tasks()
    assert "t2" not in simulator.tasks()


def test_finishes_in_seconds(simulator: Any, api: Any) -> None:
    simulator.finish_in(0, ["a"], status="TERMINATED")
    assert api.get(TASK).json()["completionStatus"] == "TERMINATED"
    simulator.put_tasks([{"id": "b"}])
    simulator.finish_in(3600, ["b"])
    assert simulator.task("b")["completionStatus"] is None


@pytest.mark.parametrize(
    "rule", [{}, {"after": "dinner"}, {"after": "list", "complete": "a"}, {"after": "read", "put": [{}]}]
)
def test_bad_races_are_refused(rule: Any, simulator: Any) -> None:
    from simulator.server import SimulatorError

    with pytest.raises(SimulatorError):
        simulator.race(rule)
