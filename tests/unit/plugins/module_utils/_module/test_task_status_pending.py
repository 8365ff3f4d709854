# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import ApiError, OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.sifting import REASONS
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    GENERATIONS,
    Clock,
    Request,
    Signal,
    Tenant,
    Transport,
    response,
    task,
)

REFRESH = {
    "uniqueName": "Identity Refresh",
    "target": None,
    "taskDefinitionSummary": {"uniqueName": "Identity Refresh"},
}


def run(
    tenant: Tenant,
    check_mode: bool = False,
    say: Callable[[str], None] | None = None,
    clock: Clock | None = None,
    connection: dict[str, Any] | None = None,
    **options: Any,
) -> tuple[dict[str, Any], Transport, list[str]]:
    """Return the result of a call with pending, the requests it made, and its warnings."""
    validation = ArgumentSpecValidator(**task_status.argument_spec()).validate({"pending": True, **options})
    assert validation.error_messages == []
    client, transport = tenant.client(clock, **(connection or {}))
    result = task_status.run(validation.validated_parameters, client, check_mode, False, say)
    json.dumps(result)
    assert result["selected"] == len(result["tasks"]) == sum(result["summary"].values())
    assert result["selected"] + sum(result["left_out"].values()) == result["pending_before"]
    return result, transport, client.warnings


def outcomes(result: dict[str, Any]) -> dict[str, str]:
    return {item["id"]: item["outcome"] for item in result["tasks"]}


def young(task_id: str, **changes: Any) -> dict[str, Any]:
    launched = datetime.now(timezone.utc) - timedelta(minutes=5)
    return task(task_id, launched=launched.isoformat(), **changes)


def pending_reads(transport: Transport) -> int:
    return sum("task-status" in one.path and one.method == "GET" for one in transport.api_requests)


# Select and clear


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_what_is_selected_among_all_pending_tasks_is_cleared_by_one_call(api_version: str) -> None:
    tasks = [task("a"), task("b", **REFRESH), young("c"), task("done", "SUCCESS"), task("e", launcher="ann")]
    tenant = Tenant(tasks, api_version)
    tenant.tasks["nameless"] = {**task("x"), "id": None}
    options = {"older_than": "24h", "type": ["CLOUD_ACCOUNT_AGGREGATION"], "exclude_name": ["(?i)payroll"]}
    predicted, transport, _warnings = run(tenant, check_mode=True, **options)
    assert transport.count("PATCH") == 0
    result, transport, warnings = run(tenant, **options)
    for found in (predicted, result):
        assert outcomes(found) == {"a": "updated", "e": "updated"}
        assert found["left_out"] == {**dict.fromkeys(REASONS, 0), "unusable": 1, "type": 1, "age": 1}
        assert found["excluded_by"] == {"(?i)payroll": 0}
        assert (found["pending_before"], found["selected"], found["pending_after"]) == (5, 2, 3)
        assert found["changed"] is True and found["stopped"] is None and "failed" not in found
    assert set(tenant.writes) == {"a", "e"}
    assert warnings == ["1 pending task has no id that an update could name, and so cannot be cleared."]
    assert (transport.count("PATCH"), pending_reads(transport), len(transport.api_requests)) == (2, 2, 4)
    again, transport, _warnings = run(tenant, **options)
    assert (again["changed"], again["tasks"], again["pending_after"]) == (False, [], 3)
    assert len(transport.api_requests) == 1


@pytest.mark.parametrize("ahead", [600.0, -600.0, 86400.0, -86400.0])
def test_ages_and_instants_are_by_the_clock_of_the_tenant(ahead: float) -> None:
    there = datetime.now(timezone.utc) + timedelta(seconds=ahead)
    ages = {"young": timedelta(hours=23, minutes=58), "old": timedelta(hours=24, minutes=2)}
    tenant = Tenant([task(name, launched=(there - age).isoformat()) for name, age in ages.items()])
    tenant.ahead = ahead
    result, transport, warnings = run(tenant, older_than="24h")
    assert outcomes(result) == {"old": "updated"} and list(tenant.writes) == ["old"]
    (item,) = result["tasks"]
    written = parse_instant(tenant.tasks["old"]["completed"])
    assert written is not None
    assert abs((written - there).total_seconds()) < 60
    assert abs(item["age_seconds"] - ages["old"].total_seconds()) < 60
    assert len(warnings) == 1 and f"{'behind' if ahead > 0 else 'ahead of'} the tenant's" in warnings[0]
    assert len(transport.api_requests) == 3, "none more"


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_n_updates_cost_n_requests_and_two_passes_over_the_pending_list(api_version: str) -> None:
    tenant = Tenant([task(f"t{number:04d}") for number in range(700)], api_version)
    result, transport, _warnings = run(tenant, return_tasks=False)
    assert (result["summary"]["updated"], result["pending_after"]) == (700, 0)
    # The first pass is of 700 tasks, three pages that overlap by one; the second is of none.
    assert (transport.count("PATCH"), pending_reads(transport)) == (700, 4)
    assert result["request_stats"]["sign_ins"] == 1 and len(transport.api_requests) == 704


def test_what_has_become_old_is_read_again_before_it_is_updated() -> None:
    clock = Clock()
    tenant = Tenant([task("a"), task("b"), task("c")])

    def slow(request: Request) -> None:
        if request.method == "PATCH":
            clock.advance(31)
            tenant.finish("c")

    tenant.before = slow
    result, transport, _warnings = run(tenant, clock=clock, concurrency=1)
    assert outcomes(result) == {"a": "updated", "b": "updated", "c": "unchanged"}
    assert tenant.tasks["c"]["completionStatus"] == "SUCCESS"


@pytest.mark.parametrize("api_version", ["v2024", "v1"])
@pytest.mark.parametrize("number", [600, 2100])
@pytest.mark.parametrize("ended", [4, 300])
def test_what_ends_while_the_list_is_read_is_not_overwritten(api_version: str, number: int, ended: int) -> None:
    ids = [f"t{one:04}" for one in range(number)]
    tenant = Tenant(map(task, ids), api_version)

    def end(request: Request) -> None:
        if request.query.get("offset") == "249":
            for task_id in ids[2 : 2 + ended]:
                if tenant.tasks[task_id]["completionStatus"] is None:
                    tenant.finish(task_id)

    tenant.before = end
    result, _transport, _warnings = run(tenant, return_tasks=False)
    over = set(ids[2 : 2 + ended])
    assert {task_id for task_id, one in tenant.tasks.items() if one["completionStatus"] == "SUCCESS"} == over
    assert set(tenant.writes) == set(ids) - over and result["pending_after"] == 0
    assert set(outcomes(result).values()) == {"updated"}


def test_among_narrows_to_what_an_approval_has_seen() -> None:
    tenant = Tenant([task("a"), task("b"), young("c")])
    result, _transport, _warnings = run(tenant, among=["b", "c", "gone", " "], older_than="24h")
    assert (outcomes(result), result["left_out"]["among"], result["left_out"]["age"]) == ({"b": "updated"}, 1, 1)
    result, transport, _warnings = run(tenant, among=[])
    assert (result["tasks"], result["changed"], transport.count("PATCH")) == ([], False, 0)


def test_nothing_pending_is_no_failure() -> None:
    result, _transport, _warnings = run(Tenant([task("a", "SUCCESS")]), max_tasks=0, max_fraction=0, observe="1m")
    assert (result["pending_before"], result["pending_after"], result["changed"]) == (0, 0, False)


# Guards


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("guard", "named"),
    [({"max_tasks": 1}, "max_tasks (1)"), ({"max_fraction": 0.5, "max_fraction_above": 1}, "max_fraction (0.5)")],
)
def test_a_guard_holds_all_that_is_selected(check_mode: bool, guard: dict[str, Any], named: str) -> None:
    tenant = Tenant([task("a"), task("b"), young("c")])
    result, transport, _warnings = run(tenant, check_mode, older_than="1h", observe="1m", **guard)
    assert result["failed"] and not result["changed"] and named in result["msg"]
    assert result["stopped"] == result["msg"] and result["msg"].startswith("Nothing was changed: 2 ")
    assert outcomes(result) == {"a": "held", "b": "held"}
    assert [item["patch"] for item in result["tasks"]] == [[], []]
    assert (result["pending_before"], result["pending_after"], len(transport.api_requests)) == (3, 3, 1)


# Observe


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("api_version", GENERATIONS)
def test_what_moves_while_it_is_observed_is_left_alone(api_version: str, check_mode: bool) -> None:
    clock = Clock()
    ids = ["stuck", "progress", "counts", "completed", "gone", "half", "refresh"]
    tenant = Tenant([task(one, **(REFRESH if one == "refresh" else {})) for one in ids], api_version)
    assert tenant.counts is not None
    tenant.counts.update({one: {"processedAccounts": 5, "totalAccounts": 9} for one in ("stuck", "counts")})
    begun = clock.now

    def move(request: Request) -> None:
        if clock.now >= begun + 60 and "gone" in tenant.tasks:
            assert tenant.counts is not None
            tenant.tasks["progress"]["progress"] = "halfway"
            tenant.tasks["half"]["completed"] = datetime.now(timezone.utc).isoformat()
            tenant.counts["counts"] = {"processedAccounts": 6, "totalAccounts": 9}
            tenant.finish("completed")
            del tenant.tasks["gone"]

    tenant.before = move
    result, transport, warnings = run(tenant, check_mode, clock=clock, observe="1m", missing_ok=True)
    assert outcomes(result) == {
        "stuck": "updated",
        "progress": "moving",
        "counts": "moving",
        "completed": "unchanged",
        "gone": "missing",
        "half": "moving",
        "refresh": "updated",
    }
    moved = {item["id"]: item["moved"] for item in result["tasks"] if "moved" in item}
    assert moved == {"progress": ["progress"], "counts": ["processedAccounts"], "half": ["completed"]}
    left_alone = next(item for item in result["tasks"] if item["id"] == "progress")
    assert (left_alone["patch"], left_alone["task"]) == ([], tenant.tasks["progress"])
    asked = [one.path for one in transport.api_requests if "account-aggregations" in one.path]
    assert len(asked) == 2 * (len(ids) - 1) and warnings == []
    assert not any("refresh" in path for path in asked)
    # What stands still is read in the list, what is gone from it by id or filter.
    single = [one.path for one in transport.api_requests if one.method == "GET" and one.path.endswith("/stuck")]
    assert single == []
    assert result["summary"]["updated"] == 2 and result["selected"] == 7
    assert result["pending_after"] == (3 if not check_mode else 7 - 4)


def test_who_may_not_read_the_counts_is_told_once_and_the_rest_still_works() -> None:
    clock = Clock()
    tenant = Tenant([task("a"), task("b"), task("c")])
    tenant.counts = None
    begun = clock.now

    def move(request: Request) -> None:
        if clock.now >= begun + 30:
            tenant.tasks["b"]["percentComplete"] = 50

    tenant.before = move
    result, transport, warnings = run(tenant, clock=clock, observe="30s")
    assert outcomes(result) == {"a": "updated", "b": "moving", "c": "updated"}
    assert sum("account-aggregations" in one.path for one in transport.api_requests) == 3
    (warning,) = warnings
    assert "SOURCE_SUBADMIN" in warning and "t-403" in warning and "failed" not in result


def test_who_may_ask_for_no_source_is_not_refused_a_hundred_times() -> None:
    tenant = Tenant([task(f"t{number:02}") for number in range(50)])
    tenant.counts = None
    result, transport, warnings = run(tenant, clock=Clock(), observe="30s")
    assert result["summary"]["updated"] == 50
    assert sum("account-aggregations" in one.path for one in transport.api_requests) == 10
    assert len(warnings) == 1 and warnings[0].startswith("How far account aggregations are cannot be read, so ")


@pytest.mark.parametrize("status", [401, 403, 405, 500])
@pytest.mark.parametrize("bad", ["t00", "t11"])
def test_counts_that_cannot_be_read_are_no_reason_to_clear_what_moves(status: int, bad: str) -> None:
    clock = Clock()
    tenant = Tenant([task(f"t{number:02}") for number in range(12)])
    tenant.counts = {task_id: {"processedAccounts": 1} for task_id in tenant.tasks}
    begun = clock.now

    def answer(request: Request) -> requests.Response | None:
        if clock.now >= begun + 30:
            tenant.counts = {task_id: {"processedAccounts": 2} for task_id in tenant.tasks}
        is_bad = "account-aggregations" in request.path and f"/{bad}/" in request.path
        return response(status, {"trackingId": "t-7"}) if is_bad else None

    tenant.before = answer
    result, _transport, warnings = run(tenant, clock=clock, observe="30s", concurrency=1)
    # Without an answer for one token, nobody can be asked with it.
    expected = {bad: "updated"} if status != 401 else {bad: "updated", **after_the_refusal(result, bad)}
    assert outcomes(result) == {**dict.fromkeys(tenant.tasks, "moving"), **expected}
    assert len(warnings) == 1 and " account aggregations are cannot be read" in warnings[0]
    if status != 401:
        assert warnings[0].startswith(f"How far 1 of 12 account aggregations are cannot be read ({bad}), so ")
        assert ("SOURCE_SUBADMIN" in warnings[0]) is (status == 403)


def after_the_refusal(result: dict[str, Any], bad: str) -> dict[str, str]:
    return {one: name for one, name in outcomes(result).items() if name == "updated" and one != bad}


@pytest.mark.parametrize("first", [{}, {"processedAccounts": 1}])
def test_counts_that_begin_or_end_while_they_are_observed_have_moved(first: dict[str, int]) -> None:
    clock = Clock()
    tenant = Tenant([task("a"), task("b")])
    begun = clock.now

    def move(request: Request) -> None:
        moved = clock.now >= begun + 30
        tenant.counts = {"a": {"processedAccounts": 1}} if bool(first) is not moved else {}

    tenant.before = move
    result, _transport, warnings = run(tenant, clock=clock, observe="30s")
    assert (outcomes(result), warnings) == ({"a": "moving", "b": "updated"}, [])
    assert result["tasks"][0]["moved"] == ["processedAccounts"]


def test_counts_that_were_told_and_then_cannot_be_read_may_have_moved() -> None:
    clock = Clock()
    tenant = Tenant([task("a"), task("b")])
    tenant.counts = {"a": {"processedAccounts": 1}}
    begun = clock.now

    def fail(request: Request) -> requests.Response | None:
        is_late = "account-aggregations" in request.path and clock.now >= begun + 30
        return response(500, {}) if is_late and "/a/" in request.path else None

    tenant.before = fail
    result, _transport, _warnings = run(tenant, clock=clock, observe="30s")
    assert outcomes(result) == {"a": "moving", "b": "updated"}
    assert result["tasks"][0]["moved"] == ["counts"]


@pytest.mark.parametrize("status", [401, 404, 405, 500])
def test_a_tenant_without_the_counts_is_no_failure(status: int) -> None:
    tenant = Tenant([task("a"), task("b")])
    tenant.before = lambda request: response(status, {}) if "account-aggregations" in request.path else None
    result, _transport, _warnings = run(tenant, clock=Clock(), observe="30s", connection={"retries": 0})
    assert outcomes(result) == {"a": "updated", "b": "updated"}


def test_what_cannot_be_read_again_is_not_updated() -> None:
    clock = Clock()
    tenant = Tenant([task("a"), task("b")])
    begun = clock.now
    tenant.before = lambda request: response(403, {"trackingId": "t-9"}) if clock.now >= begun + 30 else None
    result, transport, warnings = run(tenant, clock=clock, observe="30s")
    assert outcomes(result) == {"a": "failed", "b": "failed"}
    assert result["tasks"][0]["error"]["tracking_id"] == "t-9" and "a, b (" in result["msg"]
    assert transport.count("PATCH") == 0 and result["pending_after"] is None
    assert any("How many tasks are pending now is not known" in warning for warning in warnings)


def test_a_long_observation_says_so() -> None:
    clock, lines = Clock(), []
    tenant = Tenant([task("a"), task("b")])
    run(tenant, clock=clock, say=lines.append, observe="30s", progress_interval="10s")
    assert lines == [f"observing 2 tasks, {left} left" for left in ("20s", "10s", "0s")] + [
        "2 of 2 tasks done, 0 failed, after 0s"
    ]


# Count again


def test_a_list_that_lags_behind_is_no_failure() -> None:
    tenant = Tenant([task("a"), task("b")])
    stale = [dict(one) for one in tenant.tasks.values()]

    def lag(request: Request) -> requests.Response | None:
        return response(200, stale) if request.path.endswith("pending-tasks") else None

    tenant.before = lag
    result, transport, _warnings = run(tenant, clock=Clock())
    assert (outcomes(result), result["pending_after"]) == ({"a": "updated", "b": "updated"}, 0)
    assert transport.count("GET") == 4


def test_an_update_that_is_accepted_and_never_shows_is_failed() -> None:
    clock = Clock()
    tenant = Tenant([task("a"), task("b"), task("c")])
    kept = dict(tenant.tasks["b"])

    def forget(request: Request, answer: requests.Response) -> requests.Response:
        if request.method == "PATCH" and request.path.endswith("/b"):
            tenant.tasks["b"] = kept
        return answer

    tenant.after = forget
    result, transport, _warnings = run(tenant, clock=clock)
    assert outcomes(result) == {"a": "updated", "b": "failed", "c": "updated"}
    assert result["pending_after"] == 1 and result["changed"] and result["failed"]
    assert result["tasks"][1]["patch"] and "does not show it" in result["tasks"][1]["error"]["message"]
    assert clock.waits == [1.0, 2.0, 4.0, 8.0, 15.0]
    assert (result["summary"]["failed"], result["summary"]["updated"]) == (1, 2)


def test_an_end_that_cannot_be_counted_hides_nothing() -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(500, {}) if tenant.writes and request.method == "GET" else None
    result, _transport, warnings = run(tenant, clock=Clock(), connection={"retries": 0})
    assert (outcomes(result), result["pending_after"], "failed" in result) == ({"a": "updated"}, None, False)
    assert len(warnings) == 1 and "HTTP 500" in warnings[0]


# Interruption


def test_interrupted_while_it_reads_it_says_that_nothing_was_done() -> None:
    tenant = Tenant([task("a")])
    client, transport = tenant.client()

    def interrupt(request: Request) -> None:
        if request.method == "GET":
            raise Signal("SIGTERM")

    tenant.before = interrupt
    validation = ArgumentSpecValidator(**task_status.argument_spec()).validate({"pending": True})
    result = task_status.run(validation.validated_parameters, client)
    assert (result["failed"], result["changed"], result["tasks"]) == (True, False, [])
    assert result["msg"] == "Interrupted (SIGTERM): of 0 tasks 0 updated." and "pending_before" not in result
    assert client.cancelled and transport.count("PATCH") == 0


@pytest.mark.parametrize("when", ["observing", "clearing", "counting"])
def test_interrupted_it_tells_what_was_done(when: str) -> None:
    clock = Clock()
    tenant = Tenant([task(f"t{number}") for number in range(5)])
    begun = clock.now

    def interrupt(request: Request) -> None:
        is_listing = request.path.endswith("pending-tasks")
        if (
            (when == "observing" and clock.now > begun)
            or (when == "clearing" and len(tenant.writes) == 3)
            or (when == "counting" and len(tenant.writes) == 5 and is_listing)
        ):
            raise Signal("SIGTERM")

    tenant.before = interrupt
    result, _transport, _warnings = run(tenant, clock=clock, concurrency=1, observe="30s")
    assert result["failed"] and result["msg"].startswith("Interrupted (SIGTERM): of 5 tasks ")
    assert {one for one, name in outcomes(result).items() if name == "updated"} == set(tenant.writes)
    assert result["pending_after"] == (5 if when == "observing" else None)


def test_a_list_that_cannot_be_read_is_an_error_and_nothing_is_changed() -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(403, {"trackingId": "t-1"}) if request.method == "GET" else None
    with pytest.raises(ApiError, match="t-1"):
        run(tenant)


# Options


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "id: give the ids of tasks, or pending with what selects among all pending ones."),
        ({"pending": True, "id": ["a"]}, "id: pending says which tasks; leave out one of the two"),
        ({"pending": True, "id": []}, "id: pending says which tasks"),
        *(
            ({"id": ["a"], name: value}, f"{name}: it is for pending tasks; set pending in the place of id")
            for name, value in {
                "type": ["CLOUD_ACCOUNT_AGGREGATION"],
                "source_id": ["s"],
                "launcher": ["System"],
                "name": ["HR"],
                "exclude_name": ["HR"],
                "exclude_source_id": ["s"],
                "newer_than": "1h",
                "among": [],
                "max_tasks": 0,
                "max_fraction": 0.5,
                "max_fraction_above": 0,
                "observe": "30s",
            }.items()
        ),
        ({"pending": True, "max_tasks": -1}, "max_tasks: -1 is out of range"),
        ({"pending": True, "max_fraction_above": -1}, "max_fraction_above: -1 is out of range"),
        ({"pending": True, "max_fraction": 1.01}, "max_fraction: 1.01 is out of range"),
        ({"pending": True, "max_fraction": float("nan")}, "max_fraction: nan is out of range"),
        ({"pending": True, "observe": "soon"}, "observe: 'soon' is not a duration"),
        ({"pending": True, "older_than": "24"}, "older_than: '24' has no unit"),
        ({"pending": True, "name": ["("]}, "name: "),
        ({"pending": True, "exclude_name": [""]}, "exclude_name: an empty pattern"),
        ({"pending": True, "type": ["QUARTZ"]}, "type: 'QUARTZ'"),
        ({"pending": True, "among": ['["a"']}, ""),
    ],
)
def test_what_cannot_be_meant_reaches_no_server(options: dict[str, Any], told: str) -> None:
    tenant = Tenant([task("a")])
    client, transport = tenant.client()
    validation = ArgumentSpecValidator(**task_status.argument_spec()).validate(options)
    assert validation.error_messages == []
    if not told:
        assert task_status.run(validation.validated_parameters, client)["selected"] == 0
        return
    with pytest.raises(OptionError) as raised:
        task_status.run(validation.validated_parameters, client)
    assert str(raised.value).startswith(told)
    assert transport.requests == []
