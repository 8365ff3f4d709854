# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that break the vendor's schema: read, kept as they are, and never a traceback."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status, task_status_info
from faults.support import (
    check_truth,
    connection,
    environment,
    http_answer,
    info,
    listening,
    module_command,
    module_input,
    outcomes,
    playbook_command,
    process,
    run,
    update,
)
from simulator.server import Simulator

GENERATIONS = ["beta", "v2024", "v2025", "v2026", "v1"]

#: Pending tasks, each broken in its own way.
BROKEN: list[dict[str, Any]] = [
    {"id": "only-an-id"},
    {
        "id": "nulls",
        **dict.fromkeys(["type", "uniqueName", "created", "launched", "attributes", "messages", "returns"]),
    },
    {"id": "unknown-values", "type": "NEW_KIND", "completionStatus": None, "target": {"type": "PLANET", "id": 7}},
    {"id": "extra-keys", "completionStatus": None, "futureKey": {"deep": [1, {"er": None}]}, "": "empty key"},
    {"id": "dates-without-zone", "created": "2026-01-02T03:04:05", "launched": "2026-01-02 03:04:05.123456789"},
    {"id": "dates-of-nothing", "created": "yesterday", "launched": ""},
    {"id": "dates-in-milliseconds", "created": 1767323045000, "launched": 17.5},
    {"id": "dates-as-other-numbers", "created": 1767323045, "launched": True},
    {"id": "dates-out-of-range", "created": "9999-99-99T99:99:99Z", "launched": "0000-00-00T00:00:00Z"},
    {"id": "numbers-as-strings", "percentComplete": "50", "created": "2026-01-02T03:04:05Z"},
    {"id": "wrong-types", "messages": "none", "returns": {}, "attributes": [], "target": [], "launcher": 3},
    {"id": "definition", "taskDefinitionSummary": "Cloud", "target": "source"},
    {"id": "definition-of-nulls", "taskDefinitionSummary": {"uniqueName": None}, "target": {"id": None, "type": None}},
    {"id": "text", "description": "\u0000\u001b[31m\u2028 \U0001f600 {{ 1 + 1 }} {% x %}", "progress": "ä" * 1000},
]
#: Completed tasks with a status that no documentation has: what is not null is completed, and left alone.
ODDLY_COMPLETED: list[dict[str, Any]] = [
    {"id": f"completed-{number}", "completionStatus": status, "created": "2026-01-02T03:04:05Z"}
    for number, status in enumerate(["FROZEN", "success", 7, True, ["ERROR"], {"status": "ERROR"}, 0.5])
]
NOT_DATED = [
    "only-an-id",
    "nulls",
    "unknown-values",
    "extra-keys",
    "dates-of-nothing",
    "dates-as-other-numbers",
    "dates-out-of-range",
    "wrong-types",
    "definition",
    "definition-of-nulls",
    "text",
]


@pytest.fixture
def broken(simulator: Simulator) -> Simulator:
    """A tenant whose tasks all break the schema."""
    simulator.settings(retention_days=0)
    simulator.put_tasks(BROKEN + ODDLY_COMPLETED, raw=True)
    return simulator


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_what_breaks_the_schema_is_read_and_kept_as_it_is(broken: Simulator, api_version: str) -> None:
    held = broken.tasks()
    listed = info(broken, pending=True, api_version=api_version)["tasks"]
    assert {task["id"]: task for task in listed} == {task["id"]: held[task["id"]] for task in BROKEN}
    ids = [task["id"] for task in BROKEN + ODDLY_COMPLETED]
    by_id = info(broken, id=ids, api_version=api_version)["tasks"]
    assert by_id == [held[task_id] for task_id in ids]


@pytest.mark.parametrize(
    "selection",
    [
        {"older_than": "1s"},
        {"newer_than": "1s"},
        {"older_than": "1s", "newer_than": "52w"},
        {"type": ["CLOUD_ACCOUNT_AGGREGATION"]},
        {"launcher": ["3"]},
        {"source_id": ["7"]},
        {"sorters": "-created"},
        {"sorters": "created", "limit": 3},
        {"count": True, "fields": ["created", "target"]},
    ],
)
def test_no_selection_breaks_on_what_breaks_the_schema(broken: Simulator, selection: dict[str, Any]) -> None:
    result = info(broken, pending=True, **selection)
    assert not result.get("failed") and {task["id"] for task in result["tasks"]} <= {task["id"] for task in BROKEN}
    if "older_than" in selection:
        assert not {task["id"] for task in result["tasks"]} & set(NOT_DATED), "whose age cannot be told is not old"


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize("precondition", [False, True])
def test_what_breaks_the_schema_is_updated_like_any_other(
    broken: Simulator, api_version: str, precondition: bool
) -> None:
    ids = [task["id"] for task in BROKEN + ODDLY_COMPLETED]
    predicted = update(broken, ids, api_version=api_version, precondition=precondition, check_mode=True, diff=True)
    result = update(broken, ids, api_version=api_version, precondition=precondition, diff=True)
    assert check_truth(broken, ids, result) == {"updated": len(BROKEN), "unchanged": len(ODDLY_COMPLETED)}
    assert predicted["summary"] == result["summary"]
    held = broken.tasks()
    for task in BROKEN:
        kept = {key: value for key, value in task.items() if key not in ("completionStatus", "completed", "modified")}
        assert kept.items() <= held[task["id"]].items()


def test_whose_age_cannot_be_told_is_not_updated_and_that_is_said(broken: Simulator) -> None:
    ids = [task["id"] for task in BROKEN]
    result = update(broken, ids, older_than="1s")
    check_truth(broken, ids, result)
    assert outcomes(result) == {task_id: "too_young" if task_id in NOT_DATED else "updated" for task_id in ids}
    assert {entry["task_id"] for entry in broken.log(kind="update")} == set(ids) - set(NOT_DATED)


# Bodies that are no tasks at all

BODIES: dict[str, Any] = {
    "null": None,
    "a number": 7,
    "a string": "tasks",
    "an object": {},
    "an error with 200": {"error": "no", "messages": [{"text": None}]},
    "a list of lists": [[1, 2], None, "three", 4],
    "a list of tasks without ids": [{"completionStatus": None}, {"id": None}, {"id": 7}, {"id": ""}],
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", ["pending", "get", "update"])
def test_an_answer_that_is_no_task_is_no_traceback(simulator: Simulator, kind: str, body: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in ("t1", "t2"))
    action = {"kind": "status", "status": 200, "body": json.dumps(BODIES[body])}
    simulator.arm({"match": {"kind": kind}, "action": action})
    ids = ["t1"] if kind == "get" else ["t1", "t2"]
    result = update(simulator, ids)
    counts = check_truth(simulator, ids, result)
    assert counts == ({"updated": 2} if kind == "pending" else {"failed": len(ids)})


@pytest.mark.parametrize("body", BODIES)
def test_a_list_that_is_no_list_is_an_error_and_what_is_no_task_is_left_out(simulator: Simulator, body: str) -> None:
    simulator.arm(
        {"match": {"kind": "pending"}, "action": {"kind": "status", "status": 200, "body": json.dumps(BODIES[body])}}
    )
    result = info(simulator, pending=True)
    if isinstance(BODIES[body], list):
        assert all(isinstance(task, dict) for task in result["tasks"]) and not result.get("failed")
    elif BODIES[body] is None:
        assert result["tasks"] == []
    else:
        assert result["failed"] and "something else than a list of tasks" in result["msg"]


NASTY: dict[str, bytes] = {
    "deep": b"[" * 200_000,
    "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "deep in a task": b'{"id": "t1", "attributes": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "deeper than Ansible can hand on": b'[{"id": "t1", "attributes": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}]",
    "deep in a text": b'"' + b"[{" * 200 + b'"',
    "long number": b'[{"id": "t1", "percentComplete": ' + b"9" * 10_000 + b"}]",
    "not a number": b'[{"id": "t1", "percentComplete": NaN}]',
    "lone surrogate": b'[{"id": "t1", "description": "\\ud800"}]',
    "lone surrogate's bytes": b'[{"id": "t1", "description": "x\xed\xa0\x80y"}]',
    "Latin-1": '[{"id": "t1", "description": "\u00e9"}]'.encode("latin-1"),
    "no UTF-8": b'[{"id": "t1", "description": "\xff\xfe"}]',
    "UTF-16": '[{"id": "t1", "description": "\ud800"}]'.encode("utf-16", "surrogatepass"),
    "two values": b"[] []",
}


@pytest.mark.parametrize("body", NASTY)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_nasty_json_is_no_traceback(body: str, status: int) -> None:
    def answer(request: str) -> bytes:
        if request.startswith("POST /oauth/token"):
            return http_answer(200, {"access_token": "some-token", "expires_in": 749})
        return http_answer(status, NASTY[body], [("X-Total-Count", "9" * 5000), ("SLPT-Request-ID", "\x07")])

    with listening(answer) as tenant:
        options = {"base_url": tenant.base_url, "client_id": "some", "client_secret": "some-secret", "retries": 0}
        for more in ({"pending": True, "count": True}, {"id": ["t1", "t2"]}, {"pending": True, "count_only": True}):
            result = run(task_status_info, {**options, **more})
            assert not result.get("failed") or (result["msg"].endswith(".") and len(result["msg"]) < 1000)
            if status == 200 and "deep" in body and not more.get("count_only"):
                assert "tasks" not in result
        result = run(task_status, {**options, "id": ["t1"]})
        assert sum(result["summary"].values()) == 1


def test_an_error_from_outside_is_one_line_that_does_nothing_to_a_terminal(simulator: Simulator) -> None:
    text = "no\u001b[2Jway\r\n\u202eright \ud800" + "x" * 5000
    body = {"detailCode": text, "trackingId": text, "messages": [{"text": text}]}
    headers = {"SLPT-Request-ID": "a\x1bb"}
    simulator.arm(
        {"match": {}, "action": {"kind": "status", "status": 400, "body": json.dumps(body), "headers": headers}}
    )
    for error in (update(simulator, ["t1"])["msg"], info(simulator, pending=True)["msg"]):
        assert error.isprintable() and len(error) < 1000


@pytest.mark.parametrize("expires_in", ["1" + "0" * 400, "-1", '"soon"', "null", "[]", "1e999", "NaN", "true", '"749"'])
def test_no_lifetime_of_a_token_breaks_the_sign_in(expires_in: str) -> None:
    def answer(request: str) -> bytes:
        if request.startswith("POST /oauth/token"):
            return http_answer(200, f'{{"access_token": "some-token", "expires_in": {expires_in}}}')
        return http_answer(200, [])

    with listening(answer) as tenant:
        options = {"base_url": tenant.base_url, "client_id": "some", "client_secret": "some-secret"}
        assert run(task_status_info, {**options, "pending": True})["tasks"] == []


# Answers that never end, are too large, or are not the one that was asked for

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_PIECE = b"x" * 65536
_ZEROS = zlib.compressobj(wbits=31)
#: 1 MB that becomes 1 GB.
BOMB = b"".join(_ZEROS.compress(bytes(2**20)) for _megabyte in range(1000)) + _ZEROS.flush()
LARGE: dict[str, Callable[[], Iterator[bytes]]] = {
    "a bomb": lambda: iter([http_answer(200, BOMB, [("Content-Encoding", "gzip")], close=True)]),
    "a bomb without end": lambda: chain([_OK + b"Content-Encoding: gzip\r\n\r\n"], repeat(BOMB)),
    "a body without end": lambda: chain([_OK + b"Connection: close\r\n\r\n"], repeat(_PIECE)),
    "chunks without end": lambda: chain(
        [_OK + b"Transfer-Encoding: chunked\r\n\r\n"], repeat(b"10000\r\n" + _PIECE + b"\r\n")
    ),
    "a length of a terabyte": lambda: chain([_OK + b"Content-Length: 1099511627776\r\n\r\n"], repeat(_PIECE)),
    "a chunk of a terabyte": lambda: chain(
        [_OK + b"Transfer-Encoding: chunked\r\n\r\n10000000000\r\n"], repeat(_PIECE)
    ),
    "headers without end": lambda: chain([_OK], repeat(b"X: " + _PIECE + b"\r\n")),
    "interim answers without end": lambda: repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500),
    "lists of nothing": lambda: iter([http_answer(200, b"[" + b"[]," * 8_000_000 + b"1]", close=True)]),
    "objects of nothing": lambda: iter([http_answer(200, b"[" + b'{"a":{}},' * 3_000_000 + b"1]", close=True)]),
    "tasks of nothing": lambda: iter([http_answer(200, b'{"id":"a","x":[' + b"[]," * 240_000 + b"1]}", close=True)]),
}
OURS = {"client_id": "some", "client_secret": "some-secret", "rate_limit": 0, "retries": 0}


@pytest.mark.parametrize("what", LARGE)
def test_whatever_is_sent_the_memory_of_a_module_is_bounded(tmp_path: Path, what: str) -> None:
    """All its threads meet it at once, here with the most that there may be."""
    all_here, sent = threading.Barrier(8), []

    def answer(request: str) -> bytes | Iterator[bytes]:
        if request.startswith("POST /oauth/token"):
            return http_answer(200, {"access_token": "some-token", "expires_in": 749})
        if "/task-status/id-" not in request:
            return http_answer(200, [])
        with contextlib.suppress(threading.BrokenBarrierError):
            all_here.wait(5)
        sent.append(request)
        return LARGE[what]()

    with listening(answer) as tenant:
        ids = [f"id-{number}" for number in range(32)]
        options = {**OURS, "base_url": tenant.base_url, "id": ids, "concurrency": 32}
        command = [sys.executable, "-c", _MEASURED, *module_command("task_status")[1:]]
        with process(command, environment(tmp_path), module_input(options)) as module:
            _status, output = module.finished()
    text, _line, peak = output.rstrip().rpartition("\n")
    result = json.loads(text)
    assert [item["outcome"] for item in result["tasks"]] == ["failed"] * len(ids)
    assert len(sent) >= len(ids) // 2
    assert int(peak) < 400 * 1024, f"{int(peak) // 1024} MiB"


#: Runs a program and prints what it had of memory at most, in KiB, last.
_MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], stdin=sys.stdin)
print()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("what", ["a bomb", "a body without end", "a length of a terabyte"])
@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_body_that_was_not_taken_is_told_with_its_status(what: str, status: int) -> None:
    def answer(request: str) -> bytes | Iterator[bytes]:
        if request.startswith("POST /oauth/token"):
            return http_answer(200, {"access_token": "some-token", "expires_in": 749})
        first, *rest = islice(LARGE[what](), 1 if what == "a bomb" else 1000)
        return iter([first.replace(b" 200 ", b" %d " % status), *rest])

    with listening(answer) as tenant:
        options = {**OURS, "base_url": tenant.base_url}
        listed = run(task_status_info, {**options, "pending": True})
        single = run(task_status, {**options, "id": ["a"]})
    problem = "a Content-Encoding that was not asked for" if what == "a bomb" else "a body of more than 32 MiB"
    for text in (listed["msg"], single["tasks"][0]["error"]["message"]):
        assert f"HTTP {status}" in text and problem in text and text.endswith(".")
    # What cannot be read says nothing of whether there is such a task.
    assert outcomes(single) == {"a": "failed"} and single["tasks"][0]["error"]["status"] == status


def _between(begin: bytes, end: bytes) -> Callable[[str], bytes]:
    """Return a function that answers with the task that was asked for, between other bytes."""

    def answer(request: str) -> bytes:
        if request.startswith("POST /oauth/token"):
            return http_answer(200, {"access_token": "some-token", "expires_in": 749})
        if "/task-status/id-" not in request:
            return http_answer(200, [])
        task_id = request.split()[1].rpartition("/")[2]
        # Whoever took one answer for another would tell what is not so.
        done = "Success" if int(task_id[3:]) % 2 else "Error"
        return begin + http_answer(200, {"id": task_id, "completionStatus": done}) + end

    return answer


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", b""),
        (b"HTTP/1.1 102 Processing\r\n\r\n" * 5, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", b""),
        (b"", http_answer(200, {"id": "id-1", "completionStatus": "Forged"})),
        (b"", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_no_answer_is_taken_for_that_of_another_request(begin: bytes, end: bytes) -> None:
    with listening(_between(begin, end)) as tenant:
        ids = [f"id-{number}" for number in range(20)]
        read = run(task_status_info, {**OURS, "base_url": tenant.base_url, "id": ids})["tasks"]
    assert [task["id"] for task in read] == ids
    assert [task["completionStatus"] for task in read] == ["Error", "Success"] * 10


# Through Ansible itself


def test_a_whole_playbook_survives_what_breaks_the_schema(broken: Simulator, tmp_path: Path) -> None:
    ids = [task["id"] for task in BROKEN + ODDLY_COMPLETED]
    broken.put_tasks([{"id": "surrogate", "description": "\ud800"}], raw=True)
    kept = tmp_path / "kept.json"
    own: dict[str, Any] = {"vars": {"ansible_sailpoint_in_process": False}}
    tasks: list[dict[str, Any]] = [
        {"name": "Read", "idops.sailpoint.task_status_info": {"id": [*ids, "surrogate"]}, "register": "read"},
        {
            "name": "Read 2",
            "idops.sailpoint.task_status_info": {"id": [*ids, "surrogate"]},
            "register": "read_2",
            **own,
        },
        {"name": "Update", "idops.sailpoint.task_status": {"id": ids[::2]}, "register": "updated"},
        {"name": "Update 2", "idops.sailpoint.task_status": {"id": ids}, "register": "updated_2", **own},
        {
            "name": "Keep the results",
            "ansible.builtin.copy": {
                "dest": str(kept),
                "content": "{{ [read.tasks, read_2.tasks, updated.summary, updated_2.summary] | to_json }}",
                "mode": "0600",
            },
        },
    ]
    play = {"module_defaults": {"group/idops.sailpoint.task_management": connection(broken)}}
    with process(playbook_command(tmp_path, tasks, "-vvv", "--diff", **play), environment(tmp_path)) as playbook:
        status, output = playbook.finished()
    assert status == 0 and "Traceback" not in output, output[-3000:]
    read, read_2, summary, summary_2 = json.loads(kept.read_text(encoding="utf-8"))
    assert [task["id"] for task in read] == [task["id"] for task in read_2] == [*ids, "surrogate"]
    assert read == read_2
    assert summary["updated"] + summary_2["updated"] == len(BROKEN)
    assert summary["failed"] == summary_2["failed"] == 0
