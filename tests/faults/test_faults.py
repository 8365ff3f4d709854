# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each fault by itself: what the tenant, a gateway or the network may do to any request of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from faults.support import (
    Clock,
    Fault,
    check_log,
    check_truth,
    closed_port,
    http_answer,
    info,
    is_by,
    listening,
    only,
    outcomes,
    update,
)
from simulator.server import Simulator
from tools.limits import eventually

IDS = ["t1", "t2", "t3"]
GENERATIONS = ("beta", "v2024", "v2025", "v2026", "v1")

#: What is tried again, whether the request took effect or not.
TRANSIENT: dict[str, Any] = {
    "429": {"kind": "status", "status": 429},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "504": {"kind": "status", "status": 504},
    "502 after it took effect": {"kind": "status", "status": 502, "apply": True},
    "504 after it took effect": {"kind": "status", "status": 504, "apply": True},
    "reset before": "reset_before",
    "reset after": "reset_after",
    "cut off": "truncate",
    "cut off at once": {"kind": "truncate", "bytes": 0},
    "HTML with 200": "html_200",
    "HTML with 200 after it took effect": {"kind": "html_200", "apply": True},
    "broken JSON": "bad_json",
    "broken JSON after it took effect": {"kind": "bad_json", "apply": True},
    "nothing with 200": "empty_200",
    "nothing with 200 after it took effect": {"kind": "empty_200", "apply": True},
}
#: What is told at once.
FINAL: dict[str, Any] = {
    "500": {"kind": "status", "status": 500},
    "500 after it took effect": {"kind": "status", "status": 500, "apply": True},
    "500 with HTML": {"kind": "status", "status": 500, "body": "<html>oh</html>"},
    "400": {"kind": "status", "status": 400},
    "403": {"kind": "status", "status": 403},
    "418": {"kind": "status", "status": 418, "body": ""},
    "redirect into nowhere": {"kind": "redirect", "location": "https://elsewhere.invalid/"},
}


def armed(simulator: Simulator, action: Any, kind: str, **match: Any) -> None:
    fault: Fault = {"match": {"kind": kind, **match}, "action": action}
    simulator.arm(fault)


def took_effect(name: str) -> bool:
    return "effect" in name or name in ("reset after", "cut off", "cut off at once")


# Every fault at every request


@pytest.mark.parametrize("fault", TRANSIENT)
@pytest.mark.parametrize("kind", ["sign_in", "pending", "get", "update"])
def test_a_fault_that_passes_is_not_seen_in_the_outcome(simulator: Simulator, fault: str, kind: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    armed(simulator, TRANSIENT[fault], kind, nth=1)
    # One id is read by itself, several in a list.
    ids = IDS[:1] if kind == "get" else IDS
    result = update(simulator, ids)
    assert check_truth(simulator, ids, result) == {"updated": len(ids)}
    assert simulator.faults()[0]["fired"] == 1
    assert simulator.counters()["by_kind"]["sign_in"] == (2 if kind == "sign_in" else 1)


@pytest.mark.parametrize("fault", TRANSIENT)
def test_an_update_whose_answers_all_get_lost_is_judged_by_reading_the_task(simulator: Simulator, fault: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    armed(simulator, TRANSIENT[fault], "update", task_id="t2")
    result = update(simulator, IDS)
    counts = check_truth(simulator, IDS, result)
    assert outcomes(result) == {"t1": "updated", "t2": "updated" if took_effect(fault) else "failed", "t3": "updated"}
    assert counts["failed"] == (not took_effect(fault)), "the others are updated all the same"
    # With 2 retries; a 429 counts only while nothing gets through, and two others do.
    assert simulator.faults()[0]["fired"] <= (3 + 2 if fault == "429" else 3)


@pytest.mark.parametrize("fault", FINAL)
def test_a_refused_update_is_told_at_once_and_judged_by_reading_the_task(simulator: Simulator, fault: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    armed(simulator, FINAL[fault], "update", task_id="t2")
    result = update(simulator, IDS)
    check_truth(simulator, IDS, result)
    assert outcomes(result) == {"t1": "updated", "t2": "updated" if took_effect(fault) else "failed", "t3": "updated"}
    assert simulator.faults()[0]["fired"] == 1, "it is not repeated"


@pytest.mark.parametrize(
    ("fault", "api_version"),
    [*((fault, "v2024") for fault in [*TRANSIENT, *FINAL]), ("502", "v1"), ("cut off", "v1"), ("400", "v1")],
)
def test_whatever_the_lists_say_each_task_is_asked_for_by_itself(
    simulator: Simulator, fault: str, api_version: str
) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    for kind in ("list", "pending"):
        armed(simulator, {**TRANSIENT, **FINAL}[fault], kind)
    result = update(simulator, IDS, api_version=api_version)
    assert check_truth(simulator, IDS, result) == {"updated": 3}


@pytest.mark.parametrize("fault", [*TRANSIENT, *FINAL])
def test_a_task_that_cannot_be_read_is_not_updated(simulator: Simulator, fault: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    for kind in ("pending", "list"):
        armed(simulator, {"kind": "status", "status": 500}, kind)
    armed(simulator, {**TRANSIENT, **FINAL}[fault], "get", task_id="t2")
    result = update(simulator, IDS)
    check_truth(simulator, IDS, result)
    assert outcomes(result) == {"t1": "updated", "t2": "failed", "t3": "updated"}
    assert simulator.task("t2")["completionStatus"] is None
    assert simulator.log(kind="update", task_id="t2") == []


@pytest.mark.parametrize("fault", [*TRANSIENT, *FINAL])
def test_when_the_task_cannot_be_read_again_it_is_said_that_nothing_is_known(simulator: Simulator, fault: str) -> None:
    simulator.put_tasks([{"id": "t1"}])
    armed(simulator, {**TRANSIENT, **FINAL}[fault], "update")
    armed(simulator, {"kind": "status", "status": 500}, "get", nth=list(range(2, 99)))
    result = update(simulator, ["t1"])
    check_truth(simulator, ["t1"], result)
    error = only(result)["error"]
    refusals = ("403", "429")  # these are clear: nothing was done
    assert ("is not known" in error["message"]) is (fault not in refusals)


@pytest.mark.parametrize(
    ("fault", "page"), [*((fault, 1) for fault in [*TRANSIENT, *FINAL]), ("502", 2), ("cut off", 2), ("400", 2)]
)
def test_a_list_that_cannot_be_read_is_an_error_of_one_sentence(simulator: Simulator, fault: str, page: int) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    armed(simulator, {**TRANSIENT, **FINAL}[fault], "pending", nth=list(range(page, 99)))
    result = info(simulator, pending=True, page_size=2)
    assert result["failed"] is True and result["changed"] is False
    assert result["msg"].endswith(".") and "\n" not in result["msg"]
    assert "/v2024/task-status/pending-tasks" in result["msg"]
    assert "tasks" not in result, "a part of a list is no list"


# 429 and Retry-After

A_DATE = "a date"  # half a minute ahead


@pytest.mark.parametrize("kind", ["sign_in", "pending", "update"])
@pytest.mark.parametrize(
    ("retry_after", "least", "most", "said"),
    [
        ("2", 2, 2.25, False),
        (A_DATE, 28, 31.25, False),  # both of its ends are whole seconds
        (None, 0.25, 0.5, False),
        ("0", 0.25, 0.5, False),
        ("-1", 0.25, 0.5, False),
        ("soon", 0.25, 0.5, False),
        ("86400", 60, 60, True),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 60, 60, True),
    ],
)
def test_retry_after_is_honoured_within_bounds(
    simulator: Simulator,
    waits: list[float],
    kind: str,
    retry_after: str | None,
    least: float,
    most: float,
    said: bool,
) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    if retry_after == A_DATE:
        retry_after = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=30), usegmt=True)
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    armed(simulator, {"kind": "status", "status": 429, "headers": headers}, kind, nth=1)
    result = update(simulator, IDS, concurrency=1)
    assert check_truth(simulator, IDS, result) == {"updated": 3}
    assert len(waits) == 1 and least <= waits[0] <= most
    assert any("Retry-After" in warning for warning in result["warnings"]) is said


def test_a_429_that_never_ends_ends_the_run(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(100)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    armed(simulator, {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}, "update")
    result = update(simulator, ids)
    assert check_truth(simulator, ids, result) == {"failed": 100}
    assert "429" in result["msg"]
    assert simulator.counters()["by_kind"]["update"] <= 100 + 3 * 8


def test_a_tenant_with_a_limit_gets_everything_done(simulator: Simulator) -> None:
    """Real 429s: eight threads run into the limit again and again."""
    ids = [f"t{number:03d}" for number in range(120)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    armed(simulator, {"kind": "status", "status": 429}, "update", probability=0.4)
    result = update(simulator, ids, retries=20)
    assert check_truth(simulator, ids, result) == {"updated": 120}
    assert result["request_stats"]["retries"] == simulator.faults()[0]["fired"] > 0


# Connections


def test_a_refused_connection_is_told_and_not_waited_for_by_every_task(
    simulator: Simulator, waits: list[float]
) -> None:
    ids = [f"t{number:04d}" for number in range(1000)]
    result = update(simulator, ids, base_url=f"http://127.0.0.1:{closed_port()}")
    assert result["summary"]["failed"] == 1000 and not result["changed"]
    assert "Connection refused" in result["msg"] and "997 more" in result["msg"]
    assert result["request_stats"]["requests"] == 0 and result["request_stats"]["sign_ins"] == 3
    assert len(waits) == 2, "the retries of one request"


def test_a_tenant_that_goes_down_in_mid_run_is_not_waited_for_by_every_task(simulator: Simulator) -> None:
    ids = [f"t{number:04d}" for number in range(300)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    simulator.arm({"match": {"kind": "update", "nth": list(range(50, 2000))}, "action": "reset_before"})
    simulator.arm({"match": {"kind": "get"}, "action": "reset_before"})
    result = update(simulator, ids)
    counts = check_truth(simulator, ids, result)
    assert 49 - 8 <= counts["updated"] <= 49 and counts["failed"] == 300 - counts["updated"]
    # Each of the failed ones: one update, one look; and a few further tries until the tenant is taken as down.
    assert simulator.counters()["total"] <= 60 + 2 * 251 + 8 * 2 * 2


# Time


A_DAY = 86_400.0
#: Who is answered slowly on a busy machine tries again; who is never answered needs to give up once.
IMPATIENT: dict[str, Any] = {"timeout": 0.5, "retries": 20}


@pytest.mark.parametrize("kind", ["sign_in", "pending", "update"])
def test_an_answer_that_stalls_is_not_waited_for(simulator: Simulator, kind: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    armed(simulator, {"kind": "stall", "seconds": A_DAY}, kind, nth=1)
    result = update(simulator, IDS, **IMPATIENT)
    assert check_truth(simulator, IDS, result) == {"updated": 3}
    assert simulator.faults()[0]["fired"] == 1


def test_a_sign_in_that_always_stalls_is_given_up(simulator: Simulator, waits: list[float]) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    armed(simulator, {"kind": "stall", "seconds": A_DAY}, "sign_in")
    result = update(simulator, IDS, timeout=0.2, retries=1)
    assert check_truth(simulator, IDS, result) == {"failed": 3}
    assert "nothing came for 0.2 s (timeout)" in result["msg"]
    assert result["request_stats"]["sign_ins"] == 2 and len(waits) == 1
    assert set(simulator.counters()["by_kind"]) <= {"sign_in"}


def test_an_update_that_takes_effect_late_sets_the_same_values(simulator: Simulator) -> None:
    """The first try is overtaken by the second, and does no harm when it arrives after all."""
    simulator.put_tasks([{"id": "t1"}])
    armed(simulator, {"kind": "stall", "seconds": A_DAY, "before": True}, "update", nth=1)
    result = update(simulator, ["t1"], **IMPATIENT)
    assert check_truth(simulator, ["t1"], result) == {"updated": 1}
    there = simulator.task("t1")
    assert simulator.release() == 1
    eventually(lambda: simulator.counters()["in_flight"] == 0, "the first try was handled")
    late = simulator.task("t1")
    assert late["modified"] > there["modified"] and is_by(only(result)["patch"], late)
    check_log(simulator)


@pytest.mark.parametrize(("kind", "whole"), [("sign_in", False), ("update", True)])
def test_an_answer_that_drips_is_bounded_as_a_whole(simulator: Simulator, kind: str, whole: bool) -> None:
    """Its bytes come well within ``timeout``, one by one; it would take hours."""
    clock = Clock()
    simulator.put_tasks([{"id": "t1"}])
    armed(simulator, {"kind": "drip", "interval": 10, "whole": whole}, kind)

    def hurry() -> None:
        eventually(lambda: simulator.counters()["by_kind"].get(kind), f"a {kind}")
        clock.forward(10 * 3600 + 1)

    thread = threading.Thread(target=hurry, daemon=True)
    thread.start()
    result = update(simulator, ["t1"], timeout=3600, retries=0, clock=clock)
    thread.join()
    check_truth(simulator, ["t1"], result)
    if kind == "update":
        assert outcomes(result) == {"t1": "updated"}, "it was applied, which reading shows"
    else:
        assert "no whole answer within 36000 s (10 times timeout)" in result["msg"]


def test_an_answer_without_end_is_bounded(simulator: Simulator) -> None:
    """A body without a length that goes on and on."""
    clock = Clock()

    def answer(request: str) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        while True:
            yield b" " * 100
            time.sleep(0.02)
            clock.forward(3600)

    with listening(answer) as listener:
        options = {"access_token": "some-token", "client_id": None, "client_secret": None}
        result = info(
            simulator, base_url=listener.base_url, timeout=3600, retries=0, pending=True, clock=clock, **options
        )
    assert "no whole answer within 36000 s (10 times timeout)" in result["msg"]


@pytest.mark.parametrize("action", [{"kind": "stall", "seconds": 86_400.0}, {"kind": "drip", "interval": 10}])
@pytest.mark.parametrize("kind", ["sign_in", "get"])
def test_an_answer_under_way_does_not_outlast_a_wait(simulator: Simulator, kind: str, action: Fault) -> None:
    """By much: it has five seconds more. Without that it would have ten times ``timeout``."""
    clock = Clock()
    simulator.put_tasks([{"id": "t1"}])
    armed(simulator, action, kind)

    def hurry() -> None:
        eventually(lambda: simulator.counters()["by_kind"].get(kind), f"a {kind}")
        clock.forward(3600 + 5 + 1)

    thread = threading.Thread(target=hurry, daemon=True)
    thread.start()
    result = info(simulator, id=["t1"], wait=True, wait_timeout="1h", timeout=3600, retries=3, clock=clock)
    thread.join()
    assert "no whole answer before the time was up" in result["msg"]
    assert simulator.counters()["by_kind"][kind] == 1


# Tokens and sign-in


def test_a_token_that_dies_in_mid_run_is_renewed_once_for_all_threads(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(150)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    armed(simulator, {"kind": "stall", "seconds": A_DAY, "before": True}, "update", nth=list(range(41, 57)))
    expired: list[int] = []

    def expire() -> None:
        eventually(lambda: simulator.counters()["by_kind"].get("update") == 56, "an update of each thread")
        expired.append(simulator.expire_tokens())
        simulator.release()

    thread = threading.Thread(target=expire, daemon=True)
    thread.start()
    result = update(simulator, ids, concurrency=16)
    thread.join()
    assert check_truth(simulator, ids, result) == {"updated": 150}
    assert expired == [1]
    assert simulator.counters()["by_status"]["401"] == 16
    assert result["request_stats"]["sign_ins"] == simulator.counters()["by_kind"]["sign_in"] == 2


def test_tokens_that_live_a_second_carry_a_run_of_any_length(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(80)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    simulator.settings(token_lifetime=1, latency=0.03)
    result = update(simulator, ids, concurrency=2)
    assert check_truth(simulator, ids, result) == {"updated": 80}
    log = simulator.log()
    seconds = log[-1]["monotonic"] - log[0]["monotonic"]
    # A token is left a tenth before its end; on a busy machine a request may be under way for as long.
    refused = sum(entry["status"] == 401 for entry in log)
    assert 2 <= result["request_stats"]["sign_ins"] <= 2 + seconds / 0.9 + refused


def test_a_given_token_that_dies_in_mid_run_fails_what_is_left_without_asking_on(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(200)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    armed(
        simulator,
        {"kind": "status", "status": 401, "body": {"error": "JWT is expired"}},
        "update",
        nth=list(range(50, 999)),
    )
    options: dict[str, Any] = {"access_token": simulator.token(), "client_id": None, "client_secret": None}
    result = update(simulator, ids, **options)
    counts = check_truth(simulator, ids, result)
    assert counts == {"updated": 49, "failed": 151}
    assert "access_token is refused: get a fresh one" in result["msg"]
    # Ten after the last success, which is under way in another thread at most.
    assert simulator.faults()[0]["fired"] <= 10 + 2 * 8
    assert simulator.counters()["by_kind"].get("sign_in", 0) == 0


@pytest.mark.parametrize(
    "action",
    [
        "sign_in_failure",
        {"kind": "sign_in_failure", "status": 400, "error": "invalid_request"},
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 404, "body": "<html>not here</html>"},
        {"kind": "status", "status": 503},
        {"kind": "redirect", "location": "/elsewhere"},
        "html_200",
        "bad_json",
        "empty_200",
        "reset_before",
        "reset_after",
        {"kind": "status", "status": 200, "body": {"access_token": None}},
        {"kind": "status", "status": 200, "body": ["access_token"]},
        {"kind": "status", "status": 204, "body": ""},
    ],
)
def test_a_sign_in_that_fails_for_good_fails_every_task_without_asking_on(simulator: Simulator, action: Any) -> None:
    ids = [f"t{number:03d}" for number in range(100)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    armed(simulator, action, "sign_in")
    result = update(simulator, ids)
    assert check_truth(simulator, ids, result) == {"failed": 100}
    assert "Signing in failed" in result["msg"]
    assert set(simulator.counters()["by_kind"]) == {"sign_in"}
    assert simulator.counters()["total"] <= 3
    assert info(simulator, pending=True)["msg"].startswith("Signing in failed")


# 204


@pytest.mark.parametrize("api_version", ["beta", "v2024", "v2025"])
def test_204_is_an_empty_pending_list(simulator: Simulator, api_version: str) -> None:
    simulator.put_tasks([{"id": "t1", "completionStatus": "SUCCESS"}, {"id": "t2", "completionStatus": "SUCCESS"}])
    simulator.settings(empty_pending=204)
    assert info(simulator, pending=True, api_version=api_version)["tasks"] == []
    assert info(simulator, pending=True, count=True, api_version=api_version)["total_count"] == 0
    assert info(simulator, pending=True, count_only=True, api_version=api_version)["total_count"] == 0
    result = update(simulator, ["t1", "t2"], api_version=api_version)
    assert check_truth(simulator, ["t1", "t2"], result) == {"unchanged": 2}


# Redirects


@pytest.mark.parametrize("kind", ["pending", "get", "update"])
def test_a_redirect_within_the_origin_is_followed(simulator: Simulator, kind: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    target = "/v2024/task-status/pending-tasks" if kind == "pending" else "/v2024/task-status/t1"
    armed(simulator, {"kind": "redirect", "location": f"{target}?moved=1"}, kind, nth=1)
    ids = IDS if kind == "pending" else IDS[:1]
    result = update(simulator, ids)
    assert check_truth(simulator, ids, result) == {"updated": len(ids)}
    assert [entry["kind"] for entry in simulator.log(query="moved=1")] == [kind]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["sign_in", "pending", "get", "update"])
def test_a_redirect_elsewhere_takes_neither_token_nor_secret_there(
    simulator: Simulator, kind: str, status: int
) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    ids = IDS[:1] if kind == "get" else IDS
    with listening(lambda request: http_answer(200, {"id": "t1"})) as elsewhere:
        armed(simulator, {"kind": "redirect", "location": f"{elsewhere.base_url}/there", "status": status}, kind)
        result = update(simulator, ids)
        assert elsewhere.received == []
    counts = check_truth(simulator, ids, result)
    assert counts == ({"updated": 3} if kind == "pending" else {"failed": len(ids)})
    if kind == "sign_in":
        assert "redirect" in result["msg"] and simulator.counters()["total"] == 1
    elif kind == "update":
        assert "another origin (127.0.0.1), which the token is not sent to" in result["msg"]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_an_update_is_not_repeated_elsewhere_by_a_redirect_that_changes_the_method(
    simulator: Simulator, status: int
) -> None:
    simulator.put_tasks([{"id": "t1"}])
    armed(simulator, {"kind": "redirect", "location": "/v2024/task-status/t1", "status": status}, "update")
    result = update(simulator, ["t1"])
    assert check_truth(simulator, ["t1"], result) == {"failed": 1}
    assert len(simulator.log(kind="update")) == 1


def test_redirects_in_a_circle_end(simulator: Simulator) -> None:
    simulator.put_tasks([{"id": "t1"}])
    armed(simulator, {"kind": "redirect", "location": "/v2024/task-status/t1"}, "get")
    result = update(simulator, ["t1"])
    assert check_truth(simulator, ["t1"], result) == {"failed": 1}
    assert simulator.counters()["by_kind"]["get"] == 6


# Rights


def test_a_403_on_update_says_whose_token_is_needed(simulator: Simulator) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    options = {"client_id": simulator.readonly_client_id, "client_secret": simulator.readonly_client_secret}
    for bodyless in ([], [403]):
        simulator.settings(bodyless=bodyless)
        simulator.clear_log()
        result = update(simulator, IDS, **options)
        assert check_truth(simulator, IDS, result) == {"failed": 3}
        assert "personal access token (PAT) of a user" in result["msg"]
        assert "idn:task-management:write" in result["msg"]
        assert simulator.counters()["by_kind"]["update"] == 3, "a refusal is not repeated, and every id is attempted"
