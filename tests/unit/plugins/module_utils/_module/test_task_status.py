# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import random
import re
import threading
import unittest.mock
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import format_instant, parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status
from ansible_collections.idops.sailpoint.plugins.module_utils._module.progress import Progress
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import clearing
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils._api.test_records import broken_tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    CLIENT_SECRET,
    GENERATIONS,
    TOKEN,
    Clock,
    Request,
    Signal,
    Tenant,
    Transport,
    response,
    task,
)
from hypothesis import given, settings
from hypothesis import strategies as st

# Of a task of fakes.task(), in an item.
WHAT_IT_IS = {
    "name": "Cloud Account Aggregation",
    "kind": "CLOUD_ACCOUNT_AGGREGATION",
    "source": {"id": "source-1", "name": "HR [source]"},
    "launcher": "System",
    "launched": "2026-01-02T03:04:06.000Z",
    "age_seconds": unittest.mock.ANY,
}
UNKNOWN = dict.fromkeys(WHAT_IT_IS)
NONE = {"updated": 0, "unchanged": 0, "too_young": 0, "moving": 0, "held": 0, "conflict": 0, "missing": 0, "failed": 0}
GATEWAY = response(200, text="<html>gateway</html>", headers={"Content-Type": "text/html"})


def params_of(ids: list[str], **options: Any) -> dict[str, Any]:
    """Return validated parameters, as a host would."""
    validation = ArgumentSpecValidator(**task_status.argument_spec()).validate({"id": ids, **options})
    assert validation.error_messages == []
    return validation.validated_parameters


def run(
    tenant: Tenant,
    ids: list[str],
    check_mode: bool = False,
    diff: bool = False,
    say: Callable[[str], None] | None = None,
    clock: Clock | None = None,
    connection: dict[str, Any] | None = None,
    **options: Any,
) -> tuple[dict[str, Any], Transport]:
    client, transport = tenant.client(clock, **(connection or {}))
    result = task_status.run(params_of(ids, **options), client, check_mode, diff, say)
    json.dumps(result)
    counts = dict(NONE)
    for item in result["tasks"]:
        counts[item["outcome"]] += 1
    assert result["summary"] == counts
    assert result["changed"] is (counts["updated"] > 0)
    bad = counts["failed"] + (0 if options.get("missing_ok") else counts["missing"])
    assert bool(result.get("failed")) is (bad > 0)
    assert ("msg" in result) is bool(result.get("failed"))
    return result, transport


def only(result: dict[str, Any]) -> dict[str, Any]:
    (item,) = result["tasks"]
    return item


def replaced(status: str, completed: str | None = None) -> list[dict[str, Any]]:
    patch = [{"op": "replace", "path": "/completionStatus", "value": status}]
    return [*patch, {"op": "replace", "path": "/completed", "value": completed}] if completed else patch


# What is done


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_pending_task_is_completed_now_with_the_wanted_status(api_version: str) -> None:
    tenant = Tenant([task("a")], api_version)
    begun = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    result, transport = run(tenant, ["a"])
    item = only(result)
    sent = next(request for request in transport.requests if request.method == "PATCH").patch
    assert item == {"id": "a", "outcome": "updated", **WHAT_IT_IS, "patch": sent, "task": tenant.tasks["a"]}
    assert item["age_seconds"] > 0
    completed = parse_instant(sent[1]["value"])
    assert sent == replaced("Error", sent[1]["value"])
    assert completed is not None and begun <= completed <= datetime.now(timezone.utc)
    assert result["request_stats"] == {"requests": 2, "retries": 0, "throttled": 0.0, "sign_ins": 1}


@pytest.mark.parametrize(
    ("status", "spelled"),
    [
        ("success", "Success"),
        ("warning", "Warning"),
        ("error", "Error"),
        ("terminated", "Terminated"),
        ("temperror", "TempError"),
    ],
)
def test_statuses_are_sent_as_documented(status: str, spelled: str) -> None:
    result, _transport = run(
        Tenant([task("a")]), ["a"], completion_status=status, completed="2026-05-17T21:33:16+02:00"
    )
    assert only(result)["patch"] == replaced(spelled, "2026-05-17T19:33:16.000Z")


@pytest.mark.parametrize(
    ("before", "options", "patch"),
    [
        (task("a", "SUCCESS"), {}, []),
        (task("a", "ERROR"), {}, []),
        (task("a", "FROZEN"), {}, []),
        (task("a", "SUCCESS"), {"completed": "2026-05-17T19:33:16Z"}, []),
        (task("a", "Error"), {"overwrite": True}, []),
        (task("a", "SUCCESS"), {"overwrite": True}, replaced("Error")),
        (task("a", "ERROR"), {"overwrite": True, "completed": "2026-01-02T05:00:00+01:00"}, []),
        (
            task("a", "ERROR"),
            {"overwrite": True, "completed": "2026-05-17T19:33:16Z"},
            replaced("Error", "2026-05-17T19:33:16.000Z")[1:],
        ),
        (
            task("a", "SUCCESS"),
            {"overwrite": True, "completed": "2026-05-17T19:33:16Z"},
            replaced("Error", "2026-05-17T19:33:16.000Z"),
        ),
    ],
)
def test_a_completed_task_is_corrected_only_when_told_to(
    before: dict[str, Any], options: dict[str, Any], patch: list[dict[str, Any]]
) -> None:
    tenant = Tenant([before])
    result, transport = run(tenant, ["a"], **options)
    item = only(result)
    assert (item["outcome"], item["patch"]) == ("updated" if patch else "unchanged", patch)
    assert item["task"] == tenant.tasks["a"]
    assert transport.count("PATCH") == bool(patch)


def test_running_again_changes_nothing() -> None:
    tenant = Tenant(map(task, "abc"))
    assert run(tenant, list("abc"))[0]["summary"]["updated"] == 3
    again, transport = run(tenant, list("abc"))
    assert (again["changed"], again["summary"]) == (False, {**NONE, "unchanged": 3})
    assert transport.count("PATCH") == 0


def test_items_are_in_the_order_of_the_ids_each_once() -> None:
    ids = [f"t{number}" for number in range(40)]
    random.Random(1).shuffle(ids)
    result, transport = run(Tenant([task(one) for one in sorted(ids)]), [*ids, ids[0], ids[5]])
    assert [item["id"] for item in result["tasks"]] == ids
    assert transport.count("PATCH") == 40


@pytest.mark.parametrize("check_mode", [False, True])
def test_no_ids_are_no_work(check_mode: bool) -> None:
    result, transport = run(Tenant([]), [], check_mode)
    assert (result["tasks"], result["changed"], transport.requests) == ([], False, [])


def test_without_return_tasks_items_hold_no_task() -> None:
    tenant = Tenant([task("a"), task("b", "ERROR")])
    result, _transport = run(tenant, ["a", "b", "c"], return_tasks=False, missing_ok=True)
    assert [sorted(item) for item in result["tasks"]] == [sorted(["id", "outcome", *WHAT_IT_IS, "patch"])] * 3
    told = [{key: item[key] for key in WHAT_IT_IS} for item in result["tasks"]]
    assert told == [WHAT_IT_IS, WHAT_IT_IS, UNKNOWN]


# Ages


def aged(task_id: str, **age: float) -> dict[str, Any]:
    launched = datetime.now(timezone.utc) - timedelta(**age)
    return task(task_id, launched=launched.isoformat())


def test_younger_ones_and_those_of_unknown_age_are_left_alone() -> None:
    tenant = Tenant(
        [
            aged("young", minutes=59),
            aged("old", minutes=61),
            task("unknown", launched=None, created=None),
            task("nonsense", launched="soon", created=[]),
            aged("future", minutes=-5),
            task("created", launched=None),
            {**aged("done", minutes=1), "completionStatus": "SUCCESS"},
        ]
    )
    result, transport = run(tenant, list(tenant.tasks), older_than="1h")
    assert {item["id"]: item["outcome"] for item in result["tasks"]} == {
        "young": "too_young",
        "old": "updated",
        "unknown": "too_young",
        "nonsense": "too_young",
        "future": "too_young",
        "created": "updated",
        "done": "unchanged",
    }
    assert transport.count("PATCH") == 2
    assert all(item["patch"] == [] for item in result["tasks"] if item["outcome"] == "too_young")


# Missing


def test_missing_tasks_fail_unless_told_otherwise() -> None:
    tenant = Tenant([task("a")])
    result, _transport = run(tenant, ["a", "no-1", "no-2"])
    assert [item["outcome"] for item in result["tasks"]] == ["updated", "missing", "missing"]
    assert result["tasks"][1] == {"id": "no-1", "outcome": "missing", **UNKNOWN, "patch": [], "task": None}
    assert result["changed"]
    assert result["msg"] == "Of 3 tasks 1 updated, 2 not found (missing_ok is off): no-1, no-2 (not found)."
    result, _transport = run(tenant, ["a", "no-1"], missing_ok=True)
    assert [item["outcome"] for item in result["tasks"]] == ["unchanged", "missing"]


def test_a_task_that_goes_away_before_the_update_is_missing() -> None:
    tenant = Tenant([task("a")])

    def vanish(request: Request) -> None:
        if request.method == "PATCH":
            tenant.tasks.clear()

    tenant.before = vanish
    result, _transport = run(tenant, ["a"], missing_ok=True)
    assert only(result)["outcome"] == "missing"


# Preconditions and races

TESTS = [
    {"op": "test", "path": "/completionStatus", "value": None},
    {"op": "test", "path": "/completed", "value": None},
]


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_precondition_stands_before_the_update(api_version: str) -> None:
    tenant = Tenant([task("a")], api_version)
    result, _transport = run(tenant, ["a"], precondition=True, completed="2026-05-17T19:33:16Z")
    assert only(result)["patch"] == TESTS + replaced("Error", "2026-05-17T19:33:16.000Z")
    assert tenant.tasks["a"]["completionStatus"] == "ERROR"


def finishes_before_the_update(tenant: Tenant, task_id: str = "a") -> None:
    def finish(request: Request) -> None:
        if request.method == "PATCH" and tenant.tasks[task_id]["completionStatus"] is None:
            tenant.finish(task_id)

    tenant.before = finish


@pytest.mark.parametrize("refusal", [400, 409, 412, 422])
def test_a_task_that_finished_meanwhile_is_a_conflict_and_stays_as_it_is(refusal: int) -> None:
    tenant = Tenant([task("a")])
    tenant.refusal_of_a_test = refusal
    finishes_before_the_update(tenant)
    result, transport = run(tenant, ["a"], precondition=True)
    item = only(result)
    assert item["outcome"] == "conflict"
    assert item["task"] == tenant.tasks["a"]
    assert tenant.tasks["a"]["completionStatus"] == "SUCCESS" and tenant.writes == {}
    assert item["patch"][:2] == TESTS
    assert transport.count("PATCH") == 1


def test_without_a_precondition_a_task_that_finished_meanwhile_is_overwritten() -> None:
    tenant = Tenant([task("a")])
    finishes_before_the_update(tenant)
    result, _transport = run(tenant, ["a"])
    assert only(result)["outcome"] == "updated" and tenant.tasks["a"]["completionStatus"] == "ERROR"


@pytest.mark.parametrize("refusal", [400, 409, 412, 422])
def test_a_precondition_holds_on_a_tenant_that_takes_no_null(refusal: int) -> None:
    tenant = Tenant([task("a", modified="2026-01-02T03:05:00.000Z"), task("b", modified="2026-01-02T03:05:00.000Z")])
    tenant.takes_null, tenant.refusal_of_a_test = False, refusal

    def goes_on(request: Request) -> None:
        if request.method == "PATCH":
            tenant.tasks["b"]["modified"] = "2026-01-02T03:06:00.000Z"

    tenant.before = goes_on
    result, _transport = run(tenant, ["a", "b"], precondition=True, concurrency=1)
    assert [item["outcome"] for item in result["tasks"]] == ["updated", "conflict"]
    assert result["tasks"][0]["patch"][0] == {"op": "test", "path": "/modified", "value": "2026-01-02T03:05:00.000Z"}
    assert tenant.writes == {"a": 1}


def test_a_precondition_that_the_tenant_does_not_take_is_told_as_what_it_is() -> None:
    tenant = Tenant([task("a")])
    tenant.takes_null = False
    result, _transport = run(tenant, ["a"], precondition=True)
    assert only(result)["outcome"] == "failed" and tenant.writes == {}
    message = only(result)["error"]["message"]
    assert "value must not be null" in message
    assert "tests completionStatus and completed for null, since it has no modified date" in message
    assert message.endswith("leave out precondition.")


# Tasks that are just being completed


def being_completed(task_id: str, seconds: float = 5) -> dict[str, Any]:
    completed = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    return task(task_id) | {"completed": format_instant(completed)}


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize("options", [{}, {"precondition": True}, {"overwrite": True}, {"older_than": "1h"}])
def test_a_task_that_is_just_being_completed_is_left_alone(api_version: str, options: dict[str, Any]) -> None:
    clock = Clock()
    tenant = Tenant([being_completed("a"), task("b"), being_completed("c")], api_version)
    result, transport = run(tenant, ["a", "b", "c"], clock=clock, **options)
    assert [item["outcome"] for item in result["tasks"]] == ["moving", "updated", "moving"]
    assert result["tasks"][0]["patch"] == [] and result["tasks"][0]["task"] == tenant.tasks["a"]
    assert set(tenant.writes) == {"b"}
    # Looked at again for some seconds, together.
    assert sum(clock.waits) == 6 and transport.count("PATCH") == 1


def test_what_has_its_status_some_moments_later_is_completed() -> None:
    clock = Clock()
    tenant = Tenant([being_completed("a"), being_completed("b")])

    def later(request: Request) -> None:
        if clock.waits:
            tenant.tasks["a"]["completionStatus"] = "SUCCESS"

    tenant.before = later
    result, _transport = run(tenant, ["a", "b"], clock=clock)
    assert [item["outcome"] for item in result["tasks"]] == ["unchanged", "moving"]
    assert tenant.writes == {} and not result["changed"]


def test_what_was_left_without_a_status_is_stuck_and_keeps_its_completion_time() -> None:
    tenant = Tenant([being_completed("a", 16 * 60)])
    completed = tenant.tasks["a"]["completed"]
    result, _transport = run(tenant, ["a"])
    assert only(result)["outcome"] == "updated"
    assert only(result)["patch"] == [{"op": "replace", "path": "/completionStatus", "value": "Error"}]
    assert tenant.tasks["a"]["completed"] == completed
    assert run(tenant, ["a"])[0]["summary"]["unchanged"] == 1


def test_check_mode_tells_the_same_of_tasks_that_are_being_completed() -> None:
    tasks = [being_completed("a"), being_completed("b", 3600), task("c")]
    checked, _transport = run(Tenant(tasks), ["a", "b", "c"], check_mode=True, clock=Clock())
    done, _transport = run(Tenant(tasks), ["a", "b", "c"], clock=Clock())
    assert [item["outcome"] for item in checked["tasks"]] == [item["outcome"] for item in done["tasks"]]
    assert [item["outcome"] for item in done["tasks"]] == ["moving", "updated", "updated"]


def test_a_task_that_begins_to_complete_while_the_update_is_in_doubt_is_not_overwritten() -> None:
    """The answer to the first try is a gateway's page, the update never arrived, and the task ends by itself."""
    clock = Clock()
    tenant = Tenant([task("a")])

    def gateway(request: Request) -> requests.Response | None:
        if request.method != "PATCH":
            return None
        tenant.tasks["a"] = being_completed("a")
        return GATEWAY

    tenant.before = gateway
    result, transport = run(tenant, ["a"], clock=clock)
    assert only(result)["outcome"] == "moving" and transport.count("PATCH") == 1
    assert tenant.writes == {} and not result["changed"]


def test_a_tenant_that_does_not_write_our_own_update_at_once_is_given_time() -> None:
    clock = Clock()
    tenant = Tenant([task("a")])

    def half(request: Request, answer: requests.Response) -> requests.Response:
        written = answer.json() if request.path.endswith("/a") else {}
        return response(200, {**written, "completionStatus": None}) if written and len(clock.waits) < 2 else answer

    tenant.after = half
    result, transport = run(tenant, ["a"], clock=clock)
    assert only(result)["outcome"] == "updated" and transport.count("PATCH") == 1


@pytest.mark.parametrize("refusal", [400, 409, 412, 422])
def test_a_retry_refused_by_its_own_success_is_updated(refusal: int) -> None:
    """The answer to the first try is lost; the second finds what the first did."""
    tenant = Tenant([task("a")])
    tenant.refusal_of_a_test = refusal
    lost: list[Request] = []

    def lose_first(request: Request, answer: requests.Response) -> requests.Response:
        if request.method == "PATCH" and not lost:
            lost.append(request)
            raise requests.ConnectionError("reset")
        return answer

    tenant.after = lose_first
    result, transport = run(tenant, ["a"], precondition=True)
    assert only(result)["outcome"] == "updated" and only(result)["task"] == tenant.tasks["a"]
    assert tenant.writes == {"a": 1}
    patches = [request.patch for request in transport.requests if request.method == "PATCH"]
    assert len(patches) == 2 and patches[0] == patches[1] == only(result)["patch"]


@pytest.mark.parametrize("completed", [None, "2026-05-17T19:33:16Z"])
def test_a_refused_update_is_not_claimed_however_alike_what_happened_instead(completed: str | None) -> None:
    """Somebody else sets the same status, in the same second or even to the same instant."""
    tenant = Tenant([task("a")])

    def finish_alike(request: Request) -> None:
        if request.method == "PATCH":
            tenant.finish("a", "ERROR", request.patch[-1]["value"])

    tenant.before = finish_alike
    options = {"completed": completed} if completed else {}
    result, _transport = run(tenant, ["a"], precondition=True, **options)
    assert only(result)["outcome"] == "conflict" and result["changed"] is False
    assert tenant.writes == {}


def test_a_precondition_is_sent_also_where_the_answer_leaves_keys_out() -> None:
    pending = task("a")
    del pending["completionStatus"], pending["completed"]
    tenant = Tenant([pending])
    finishes_before_the_update(tenant)
    tenant.tasks["a"]["completionStatus"] = None
    shown = tenant.after
    tenant.after = lambda request, answer: response(200, pending) if request.method == "GET" else shown(request, answer)
    run(tenant, ["a"], precondition=True)
    assert tenant.tasks["a"]["completionStatus"] == "SUCCESS" and tenant.writes == {}


def test_an_update_refused_for_no_change_of_the_task_is_failed() -> None:
    tenant = Tenant([task("a")])
    body = {"detailCode": "400.1", "trackingId": "t-1", "messages": [{"text": "test is not supported"}]}
    tenant.before = lambda request: response(400, body) if request.method == "PATCH" else None
    result, transport = run(tenant, ["a"], precondition=True)
    assert only(result)["outcome"] == "failed"
    assert only(result)["error"]["detail_code"] == "400.1" and only(result)["error"]["tracking_id"] == "t-1"
    assert transport.count("PATCH") == 1


def test_two_runs_over_the_same_ids_update_each_task_once_and_fail_nowhere() -> None:
    ids = [f"t{number}" for number in range(60)]
    tenant = Tenant(map(task, ids))
    results: list[dict[str, Any]] = []
    ready = threading.Barrier(2)

    def one_run() -> None:
        client, _transport = tenant.client()
        ready.wait(10)
        results.append(task_status.run(params_of(ids, precondition=True, concurrency=4), client))

    threads = [threading.Thread(target=one_run) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == 2 and not any(result.get("failed") for result in results)
    assert tenant.writes == dict.fromkeys(ids, 1)
    assert sum(result["summary"]["updated"] for result in results) == 60
    for result in results:
        assert result["summary"]["updated"] + result["summary"]["unchanged"] + result["summary"]["conflict"] == 60


# Ambiguous answers

LOSSES = {
    "reset": requests.ConnectionError("reset"),
    "timeout": requests.Timeout(),
    "cut": requests.exceptions.ChunkedEncodingError("cut"),
    "502": response(502, text="<html>"),
    "503": response(503),
    "504": response(504),
    "500": response(500, {"detailCode": "boom"}),
    "html": GATEWAY,
    "truncated": response(200, text='{"id": "a", "completionSta'),
    "empty": response(200, text=""),
    "204": response(204),
    "list": response(200, [1]),
    "unchanged": response(200, task("a")),
    "nothing": response(200, {}),
}


def lose(tenant: Tenant, loss: Any, times: int, applied: bool) -> None:
    """Let the first answers to updates be lost, after or before they were applied."""
    left = [loss] * times

    def instead(request: Request) -> requests.Response | None:
        if request.method != "PATCH" or not left or applied:
            return None
        return give(left.pop())

    def after(request: Request, answer: requests.Response) -> requests.Response:
        if request.method != "PATCH" or not left or not applied:
            return answer
        return give(left.pop())

    def give(what: Any) -> requests.Response:
        if isinstance(what, Exception):
            raise what
        return what

    tenant.before, tenant.after = instead, after


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("times", [1, 99])
@pytest.mark.parametrize("precondition", [False, True])
def test_an_update_that_took_effect_is_never_failed(loss: str, times: int, precondition: bool) -> None:
    tenant = Tenant([task("a")])
    lose(tenant, LOSSES[loss], times, applied=True)
    result, _transport = run(tenant, ["a"], precondition=precondition, connection={"retries": 2})
    item = only(result)
    assert item["outcome"] == "updated"
    assert item["task"] == tenant.tasks["a"]
    assert parse_instant(tenant.tasks["a"]["completed"]) == parse_instant(item["patch"][-1]["value"])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("times", [1, 99])
def test_an_update_that_took_no_effect_is_updated_only_when_a_try_succeeds(loss: str, times: int) -> None:
    tenant = Tenant([task("a")])
    lose(tenant, LOSSES[loss], times, applied=False)
    result, transport = run(tenant, ["a"], connection={"retries": 2})
    item = only(result)
    assert item["task"] == tenant.tasks["a"]
    if times == 1 and loss != "500":
        assert item["outcome"] == "updated" and tenant.writes == {"a": 1}
    else:
        assert item["outcome"] == "failed" and tenant.writes == {}
        assert set(item["error"]) == {"status", "detail_code", "tracking_id", "message"}
        assert transport.count("PATCH") == (1 if loss == "500" else 3)
    patches = [request.patch for request in transport.requests if request.method == "PATCH"]
    assert all(patch == patches[0] for patch in patches), "the instant is chosen once"


@pytest.mark.parametrize("loss", ["reset", "timeout", "cut", "502", "503", "504"])
@pytest.mark.parametrize("status", [403, 405, 429])
def test_a_refusal_of_a_second_try_does_not_hide_the_success_of_the_first(loss: str, status: int) -> None:
    tenant = Tenant([task("a"), task("b")])
    lose(tenant, LOSSES[loss], 1, applied=True)
    tenant.before = lambda request: (
        response(status) if request.method == "PATCH" and tenant.writes.get(request.path[-1]) else None
    )
    result, transport = run(tenant, ["a", "b"], connection={"retries": 1}, concurrency=1)
    assert [item["outcome"] for item in result["tasks"]] == ["updated", "updated"]
    assert tenant.writes == {"a": 1, "b": 1}


@pytest.mark.parametrize("status", [302, 303, 400, 403, 404, 405, 408, 413, 425, 429, 451, 500, 501])
def test_what_a_gateway_answers_does_not_tell_what_became_of_an_update(status: int) -> None:
    tenant = Tenant([task("a"), task("b")])
    page = response(status, text="<html>", headers={"Location": "/login"})
    tenant.after = lambda request, answer: page if request.path.endswith("/a") and request.method == "PATCH" else answer
    result, _transport = run(tenant, ["b", "a"], connection={"retries": 0}, concurrency=1)
    assert [item["outcome"] for item in result["tasks"]] == ["updated", "updated"]
    assert tenant.writes == {"a": 1, "b": 1}


def test_a_page_that_says_not_found_is_no_missing_task() -> None:
    page = response(404, text="<html>not found</html>")
    tenant = Tenant([task("a")])
    tenant.before = lambda request: page if request.path != "/oauth/token" else None
    result, _transport = run(tenant, ["a"], missing_ok=True)
    assert only(result)["outcome"] == "failed"

    # After an update whose answer was lost, too.
    tenant = Tenant([task("a")])
    tenant.after = lambda request, answer: (
        response(503) if request.method == "PATCH" else page if tenant.writes else answer
    )
    result, _transport = run(tenant, ["a"], missing_ok=True, connection={"retries": 0})
    assert only(result)["outcome"] == "failed" and "is not known" in only(result)["error"]["message"]


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_generation_that_the_tenant_has_not_is_no_success_of_missing_tasks(api_version: str) -> None:
    tenant = Tenant([], api_version)
    tenant.before = lambda request: response(404, {"error": "no"}) if request.path != "/oauth/token" else None
    ids = [f"t{number}" for number in range(150)]
    result, transport = run(tenant, ids, missing_ok=True)
    assert result["summary"] == {**NONE, "failed": 150}
    assert "api_version" in result["msg"]
    assert len(transport.api_requests) <= 2


@pytest.mark.parametrize("state", [task("other", "SUCCESS"), {}, {"name": "x"}])
def test_what_reading_again_says_of_another_task_or_of_nothing_is_no_knowledge(state: dict[str, Any]) -> None:
    tenant = Tenant([task("a")])
    tenant.after = lambda request, answer: (
        response(503) if request.method == "PATCH" else response(200, state) if tenant.writes else answer
    )
    result, _transport = run(tenant, ["a"], connection={"retries": 0})
    assert only(result)["outcome"] == "failed" and "is not known" in only(result)["error"]["message"]


def test_an_answer_about_another_task_is_no_success() -> None:
    tenant = Tenant([task("a"), task("other", "SUCCESS")])
    lied = response(200, task("other", "ERROR", completed="2026-05-17T19:33:16.000Z"))
    tenant.before = lambda request: lied if request.method == "PATCH" else None
    result, _transport = run(tenant, ["a"], completed="2026-05-17T19:33:16Z", connection={"retries": 1})
    assert only(result)["outcome"] == "failed"

    tenant = Tenant([task("a", "SUCCESS")])
    pending = response(200, task("other"))
    tenant.before = lambda request: pending if request.method == "GET" else None
    result, transport = run(tenant, ["a"])
    assert only(result)["outcome"] == "failed" and transport.count("PATCH") == 0


def test_a_tenant_that_lags_behind_itself_is_given_time(clock: Clock) -> None:
    """It accepts an update, and shows it some time later."""
    tenant = Tenant([task("a")])
    stale = dict(tenant.tasks["a"])
    accepted: list[float] = []

    def lag(request: Request, answer: requests.Response) -> requests.Response:
        if request.method == "PATCH":
            accepted.append(clock.now)
        return response(200, stale) if accepted and clock.now < accepted[0] + 0.7 else answer

    tenant.after = lag
    result, transport = run(tenant, ["a"], clock=clock)
    assert only(result)["outcome"] == "updated"
    assert transport.count("PATCH") <= 3
    assert result["request_stats"]["retries"] == transport.count("PATCH") - 1 + (clock.now - accepted[-1] > 0)
    assert len({json.dumps(request.patch) for request in transport.requests if request.method == "PATCH"}) == 1


def test_thousands_are_not_waited_for_one_by_one_when_that_is_in_vain(clock: Clock) -> None:
    ids = [f"t{number:03d}" for number in range(100)]
    tenant = Tenant(map(task, ids))
    unchanged = {task_id: response(200, task(task_id)) for task_id in ids}
    tenant.before = lambda request: unchanged[request.path[-4:]] if request.method == "PATCH" else None
    begun = clock.now
    result, transport = run(tenant, ids, clock=clock, concurrency=1)
    assert result["summary"] == {**NONE, "failed": 100}
    assert clock.now - begun < 60
    assert transport.count("PATCH") == 100 + 5


def test_when_nobody_is_let_in_any_more_after_a_lost_answer_it_is_said_that_nothing_is_known() -> None:
    tenant = Tenant([task("a"), task("b")])
    lose(tenant, requests.ConnectionError("reset"), 1, applied=True)
    tenant.before = lambda request: response(401) if tenant.writes else None
    client, _transport = tenant.client()
    first, second = task_status.run(params_of(["a", "b"], concurrency=1), client)["tasks"]
    assert tenant.writes == {"a": 1}
    assert first["outcome"] == second["outcome"] == "failed"
    assert "is not known" in first["error"]["message"] and first["patch"]
    assert "is not known" not in second["error"]["message"]


@pytest.mark.parametrize("applied", [True, False])
def test_when_reading_again_fails_too_it_is_said_that_nothing_is_known(applied: bool) -> None:
    tenant = Tenant([task("a")])
    lose(tenant, requests.ConnectionError("reset"), 99, applied)
    served = tenant.before

    def reads_fail(request: Request) -> requests.Response | None:
        sent = any(one.method == "PATCH" for one in transport.requests)
        return response(500) if request.method == "GET" and sent else served(request)

    tenant.before = reads_fail
    client, transport = tenant.client(retries=0)
    item = only(task_status.run(params_of(["a"]), client))
    assert item["outcome"] == "failed" and "is not known" in item["error"]["message"]
    assert item["patch"]


def test_a_task_completed_by_somebody_else_while_the_update_was_lost_is_unchanged() -> None:
    tenant = Tenant([task("a")])

    def finish_and_fail(request: Request) -> requests.Response | None:
        if request.method != "PATCH":
            return None
        tenant.finish("a", "WARNING")
        raise requests.ConnectionError("reset")

    tenant.before = finish_and_fail
    result, _transport = run(tenant, ["a"], connection={"retries": 1})
    assert only(result)["outcome"] == "unchanged" and only(result)["task"]["completionStatus"] == "WARNING"


@pytest.mark.parametrize("status", [401, 403, 405, 415])
def test_a_refusal_is_not_repeated(status: int) -> None:
    tenant = Tenant([task("a"), task("b")])
    tenant.before = lambda request: response(status, {"error": "no"}) if request.method == "PATCH" else None
    result, transport = run(tenant, ["a", "b"], concurrency=1)
    assert result["summary"] == {**NONE, "failed": 2}
    assert [item["error"]["status"] for item in result["tasks"]] == [status] * 2
    if status == 403:
        assert "idn:task-management:write" in result["tasks"][0]["error"]["message"]
        assert "personal access token" in result["msg"]


# Partial failure


def test_every_id_is_attempted_and_the_first_few_failures_are_named() -> None:
    ids = [f"t{number:02d}" for number in range(50)]
    tenant = Tenant(map(task, ids))
    bad = set(ids[10:20])

    def refuse(request: Request) -> requests.Response | None:
        if request.method == "PATCH" and request.path.rpartition("/")[2] in bad:
            return response(422, {"detailCode": "422.7", "messages": [{"text": "cannot be updated."}]})
        return None

    tenant.before = refuse
    result, transport = run(tenant, [*ids, "gone"])
    assert transport.count("PATCH") == 50
    assert {item["id"] for item in result["tasks"] if item["outcome"] == "failed"} == bad
    assert set(tenant.writes) == set(ids) - bad
    assert result["changed"] is True
    assert result["msg"] == (
        "Of 51 tasks 40 updated, 10 failed, 1 not found (missing_ok is off): t10, t11, t12 and 7 more (PATCH "
        "/v2024/task-status/t10 was answered with HTTP 422: cannot be updated); gone (not found)."
    )


@given(st.integers(0, 2**32), st.sampled_from(GENERATIONS), st.booleans(), st.sampled_from([1, 3, 8]))
@settings(max_examples=60)
def test_whatever_happens_each_outcome_agrees_with_the_tenant(
    seed: int, api_version: str, precondition: bool, concurrency: int
) -> None:
    chance = random.Random(seed)
    ids = [f"t{number}" for number in range(12)]
    tenant = Tenant([task(one, chance.choice([None, None, None, "SUCCESS", "ERROR"])) for one in ids[:10]], api_version)
    initial = {task_id: one["completionStatus"] for task_id, one in tenant.tasks.items()}
    losses = [*list(LOSSES.values())[:-2], response(429), response(403)]
    lock = threading.Lock()

    def trouble(when: float) -> Any:
        with lock:
            return chance.choice(losses) if chance.random() < when else None

    def before(request: Request) -> requests.Response | None:
        if request.path == "/oauth/token":
            return None
        with lock:
            if chance.random() < 0.05:
                running = [one["id"] for one in tenant.tasks.values() if one["completionStatus"] is None]
                if running:
                    tenant.finish(chance.choice(running), "WARNING")
        return raised(trouble(0.15))

    def after(request: Request, answer: requests.Response) -> requests.Response:
        return raised(trouble(0.15 if request.path != "/oauth/token" else 0)) or answer

    def raised(what: Any) -> requests.Response | None:
        if isinstance(what, Exception):
            raise what
        return what

    tenant.before, tenant.after = before, after
    client, _transport = tenant.client()
    result = task_status.run(params_of(ids, precondition=precondition, concurrency=concurrency), client)
    assert [item["id"] for item in result["tasks"]] == ids
    for item in result["tasks"]:
        there = tenant.tasks.get(item["id"])
        outcome = item["outcome"]
        if outcome == "updated":
            assert there is not None and there["completionStatus"] == "ERROR" and tenant.writes[item["id"]] >= 1
        elif outcome == "missing":
            assert there is None
        elif outcome == "unchanged":
            assert there is not None and there["completionStatus"] is not None
        elif outcome == "conflict":
            assert there is not None and there["completionStatus"] == "WARNING"
        elif outcome == "failed":
            # Of an update that took effect it is said only where reading the task again failed too.
            written = tenant.writes.get(item["id"], 0) > 0
            assert not written or "is not known" in item["error"]["message"]
        if there is not None and initial[item["id"]] is not None:
            assert item["id"] not in tenant.writes, "a completed task is left alone"


@given(st.lists(broken_tasks, max_size=6), st.sampled_from(GENERATIONS), st.booleans(), st.booleans())
def test_answers_that_break_the_schema_break_nothing(
    broken: list[dict[str, Any]], api_version: str, check_mode: bool, overwrite: bool
) -> None:
    tasks = [{**one, "id": f"t{number}"} for number, one in enumerate(broken)]
    tenant = Tenant(tasks, api_version)
    result, transport = run(
        tenant, list(tenant.tasks), check_mode, diff=True, older_than="1h", overwrite=overwrite, precondition=True
    )
    assert result["summary"]["missing"] == result["summary"]["conflict"] == 0
    if check_mode:
        assert transport.count("PATCH") == 0


def test_a_sign_in_that_fails_fails_every_task() -> None:
    tenant = Tenant(map(task, "abc"))
    tenant.before = lambda request: (
        response(401, {"error": "invalid_client"}) if request.path == "/oauth/token" else None
    )
    result, transport = run(tenant, list("abc"))
    assert [item["outcome"] for item in result["tasks"]] == ["failed"] * 3
    assert all("Signing in failed" in item["error"]["message"] for item in result["tasks"])
    assert len(transport.requests) == 1
    assert CLIENT_SECRET not in json.dumps(result)


def test_a_token_that_expires_in_mid_run_is_renewed() -> None:
    ids = [f"t{number}" for number in range(40)]
    tenant = Tenant(map(task, ids))
    dead = threading.Event()
    renewed: list[int] = []

    def expire(request: Request) -> requests.Response | None:
        if request.path == "/oauth/token" and dead.is_set():
            renewed.append(1)
            return response(200, {"access_token": "second-token", "expires_in": 749})
        if request.headers.get("Authorization") == "Bearer second-token":
            request.headers["Authorization"] = f"Bearer {TOKEN}"
            return None
        if len(tenant.writes) >= 20:
            dead.set()
        return response(401, {"error": "JWT expired"}) if dead.is_set() and request.path != "/oauth/token" else None

    tenant.before = expire
    result, _transport = run(tenant, ids)
    assert result["summary"]["updated"] == 40
    assert len(renewed) == 1 and result["request_stats"]["sign_ins"] == 2


# Check mode and diff


@given(st.integers(0, 2**32), st.sampled_from(GENERATIONS), st.booleans(), st.booleans())
@settings(max_examples=50)
def test_check_mode_sends_no_write_and_predicts_what_is_then_done(
    seed: int, api_version: str, precondition: bool, overwrite: bool
) -> None:
    chance = random.Random(seed)
    statuses = [None, None, "SUCCESS", "ERROR"]
    tasks = [task(f"t{number}", chance.choice(statuses)) for number in range(chance.randint(0, 20))]
    tenant = Tenant(tasks, api_version)
    ids = [*tenant.tasks, "missing"]
    options: dict[str, Any] = {
        "precondition": precondition,
        "overwrite": overwrite,
        "missing_ok": True,
        "completed": "2026-05-17T19:33:16Z",
    }
    predicted, transport = run(tenant, ids, True, True, **options)
    assert {request.method for request in transport.api_requests} <= {"GET", "HEAD"}
    assert tenant.writes == {}
    done, _transport = run(tenant, ids, False, True, **options)
    for key in ("changed", "summary"):
        assert predicted[key] == done[key]
    for before, after in zip(predicted["tasks"], done["tasks"]):
        assert (before["outcome"], before["patch"]) == (after["outcome"], after["patch"])
        if before["task"] is not None:
            for key, value in after["task"].items():
                assert str(before["task"][key]).lower() == str(value).lower()
    assert json.dumps(predicted["diff"]).lower() == json.dumps(done["diff"]).lower()


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_check_mode_of_many_costs_no_more_reads_than_the_update(
    api_version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "MAX_ROUND", 250)
    ids = [f"t{number:05d}" for number in range(750)]
    tenant = Tenant(map(task, ids), api_version)
    predicted, looked = run(tenant, ids, check_mode=True, return_tasks=False)
    done, transport = run(tenant, ids, return_tasks=False)
    assert predicted["summary"] == done["summary"] == {**NONE, "updated": 750}
    assert looked.count("GET") == transport.count("GET") == 3


def test_diff_shows_before_and_after_of_what_is_updated_only() -> None:
    tenant = Tenant([task("a"), task("b", "SUCCESS")])
    options = {"completed": "2026-05-17T19:33:16Z", "diff": True}
    before = {"completionStatus": None, "completed": None}
    predicted, _transport = run(tenant, ["a", "b"], check_mode=True, **options)
    (entry,) = predicted["diff"]
    assert entry["before"] == before
    assert entry["after"] == {"completionStatus": "Error", "completed": "2026-05-17T19:33:16.000Z"}
    assert entry["before_header"] == entry["after_header"]
    assert re.fullmatch(
        r"Cloud Account Aggregation, HR \[source\], pending for \d+w(\d+[dhms])?, a", entry["before_header"]
    )
    done, _transport = run(tenant, ["a", "b"], **options)
    (entry,) = done["diff"]
    assert entry["before"] == before
    assert entry["after"]["completionStatus"] == "ERROR"
    again, _transport = run(tenant, ["a", "b"], **options)
    assert again["diff"] == []
    assert "diff" not in run(tenant, ["a"])[0]


# Costs


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_n_pending_tasks_cost_n_updates_and_a_250th_of_that_in_reads(api_version: str) -> None:
    ids = [f"t{number:05d}" for number in range(1000)]
    tenant = Tenant(map(task, ids), api_version)
    result, transport = run(tenant, ids, return_tasks=False)
    assert (transport.count("PATCH"), transport.count("GET")) == (1000, 4)
    assert result["request_stats"] == {"requests": 1004, "retries": 0, "throttled": 0.0, "sign_ins": 1}


@pytest.mark.parametrize("concurrency", [1, 2, 32])
def test_no_more_updates_are_under_way_than_told(concurrency: int) -> None:
    ids = [f"t{number}" for number in range(64)]
    tenant = Tenant(map(task, ids))
    under_way, most, lock = 0, 0, threading.Lock()
    client, transport = tenant.client()
    send = transport.answer

    def counting(request: Request) -> requests.Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        try:
            return send(request)
        finally:
            with lock:
                under_way -= 1

    transport.answer = counting
    result = task_status.run(params_of(ids, concurrency=concurrency), client)
    assert result["summary"]["updated"] == 64
    assert most <= concurrency


def test_a_state_that_has_become_old_is_read_again_before_it_is_acted_on(clock: Clock) -> None:
    ids = [f"t{number:03d}" for number in range(500)]
    tenant = Tenant(map(task, ids))
    finished: list[str] = []

    def take_long(request: Request) -> None:
        if request.method == "PATCH":
            clock.advance(1.0)
            # Somebody else completes the last ones while the first are being updated.
            if not finished and len(tenant.writes) == 10:
                finished.extend(ids[-50:])
                for task_id in finished:
                    tenant.finish(task_id)

    tenant.before = take_long
    result, transport = run(tenant, ids, clock=clock, concurrency=1, return_tasks=False)
    assert result["summary"] == {**NONE, "updated": 450, "unchanged": 50}
    assert tenant.tasks[ids[-1]]["completionStatus"] == "SUCCESS"
    assert transport.count("PATCH") == 450
    read_at = 0
    for number, request in enumerate(request for request in transport.api_requests):
        read_at = number if request.method == "GET" else read_at
        assert number - read_at <= 45, "what is acted on was read less than a minute ago"


def test_a_state_that_has_become_old_while_the_update_was_held_back_is_read_again(clock: Clock) -> None:
    """Such as by a 429 that asks for a pause."""
    tenant = Tenant([task("a"), task("b"), task("c")])
    throttled: list[str] = []

    def throttle(request: Request) -> requests.Response | None:
        if request.method == "PATCH" and not throttled:
            throttled.append(request.path)
            tenant.finish("a")
            return response(429, {"message": "Rate Limit Exceeded"}, {"Retry-After": "55"})
        return None

    tenant.before = throttle
    result, transport = run(tenant, ["a", "b", "c"], clock=clock, concurrency=1)
    assert [item["outcome"] for item in result["tasks"]] == ["unchanged", "updated", "updated"]
    assert tenant.tasks["a"]["completionStatus"] == "SUCCESS" and tenant.writes == {"b": 1, "c": 1}
    patches = [request.path[-1] for request in transport.requests if request.method == "PATCH"]
    assert patches == ["a", "b", "c"]


def test_what_was_not_sent_is_not_claimed_however_alike_what_happened_instead(clock: Clock) -> None:
    """While the update is held back, somebody else completes the task as wanted, to the same instant."""
    tenant = Tenant([task("a"), task("b")])
    throttled: list[str] = []

    def throttle(request: Request) -> requests.Response | None:
        if request.method == "PATCH" and not throttled:
            throttled.append(request.path)
            tenant.finish("a", "ERROR", request.patch[-1]["value"])
            return response(429, {"message": "Rate Limit Exceeded"}, {"Retry-After": "55"})
        return None

    tenant.before = throttle
    result, _transport = run(tenant, ["a", "b"], clock=clock, concurrency=1)
    assert [(item["outcome"], bool(item["patch"])) for item in result["tasks"]] == [
        ("unchanged", False),
        ("updated", True),
    ]
    assert tenant.writes == {"b": 1}


def test_the_instant_is_kept_when_a_state_has_to_be_read_again(clock: Clock) -> None:
    tenant = Tenant([task("a")])
    held: list[Request] = []

    def hold(request: Request) -> requests.Response | None:
        if request.method == "PATCH" and not held:
            held.append(request)
            return response(429, {"message": "Rate Limit Exceeded"}, {"Retry-After": "55"})
        return None

    tenant.before = hold
    result, transport = run(tenant, ["a"], clock=clock)
    sent = [request.patch for request in transport.requests if request.method == "PATCH"]
    assert sent == [only(result)["patch"]] * 2 and only(result)["outcome"] == "updated"


def test_an_update_that_is_held_back_every_time_is_given_up(clock: Clock) -> None:
    """A tenant that lets reads through and asks of each update to come back later."""
    tenant = Tenant([task("a")])
    tenant.before = lambda request: (
        response(429, {"message": "Rate Limit Exceeded"}, {"Retry-After": "55"}) if request.method == "PATCH" else None
    )
    result, transport = run(tenant, ["a"], clock=clock, connection={"retries": 3})
    assert only(result)["outcome"] == "failed" and tenant.writes == {}
    assert "waited for so long" in only(result)["error"]["message"] and only(result)["patch"] == []
    assert transport.count("PATCH") <= 4


@pytest.mark.parametrize(("rate_limit", "threads"), [(1, 1), (5, 5), (100, 8), (0, 8)])
def test_no_update_waits_behind_more_than_the_pace_lets_through(
    rate_limit: int, threads: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its state would be old by the time it is sent, and again after it was read anew."""
    used: list[int] = []
    work_side_by_side = clearing.work_side_by_side

    def noting(items: Any, work: Any, threads: int, *more: Any) -> None:
        used.append(threads)
        work_side_by_side(items, work, threads, *more)

    monkeypatch.setattr(clearing, "work_side_by_side", noting)
    ids = [f"t{number:02d}" for number in range(12)]
    result, _transport = run(Tenant(map(task, ids)), ids, clock=clock, connection={"rate_limit": rate_limit})
    assert result["summary"] == {**NONE, "updated": 12}
    assert set(used) == {threads}


# Bad input


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"ids": ["a", ""]}, "id"),
        ({"ids": [".."]}, "id"),
        ({"ids": ["."]}, "id"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 33}, "concurrency"),
        ({"completed": "2026-05-17T19:33:16"}, "completed"),
        ({"completed": "yesterday"}, "completed"),
        ({"completed": ""}, "completed"),
        ({"older_than": "a while"}, "older_than"),
        ({"older_than": ""}, "older_than"),
        ({"older_than": "-1h"}, "older_than"),
        ({"progress_interval": "often"}, "progress_interval"),
    ],
)
def test_bad_input_reaches_no_server(options: dict[str, Any], option: str) -> None:
    client, transport = Tenant([task("a")]).client()
    ids = options.pop("ids", ["a"])
    with pytest.raises(OptionError, match=rf"^{option}: .+\.$"):
        task_status.run(params_of(ids, **options), client)
    assert transport.requests == []


@pytest.mark.parametrize(
    "task_id", ["a/b", "../a", "a b", "a?b#c", 'a"b', "a\\b", "%2e%2e", "ä€", "a\nb", "...", "a/../b"]
)
@pytest.mark.parametrize("api_version", GENERATIONS)
def test_odd_ids_are_updated_like_any_other(task_id: str, api_version: str) -> None:
    tenant = Tenant([task(task_id), task("other")], api_version)
    result, _transport = run(tenant, [task_id, "other"])
    assert result["summary"]["updated"] == 2 and set(tenant.writes) == {task_id, "other"}


# Progress


@pytest.mark.parametrize("concurrency", [1, 8])
def test_long_work_says_where_it_stands(concurrency: int, clock: Clock) -> None:
    ids = [f"t{number}" for number in range(40)]
    tenant = Tenant(map(task, ids))
    tenant.before = lambda request: clock.advance(1.0) if request.method == "PATCH" else None
    lines: list[str] = []
    if concurrency == 1:
        run(tenant, ids, say=lines.append, clock=clock, concurrency=1, progress_interval="10s")
        assert [line.split(",")[0] for line in lines] == [f"{done} of 40 tasks done" for done in (10, 20, 30, 40)]
        assert lines[0].endswith("0 failed, 1.0 per second, about 30s left")
        assert lines[-1] == "40 of 40 tasks done, 0 failed, after 40s"
    else:
        run(tenant, ids, say=lines.append, clock=clock, concurrency=8, progress_interval="0")
        assert lines == []


# Interruption


@pytest.mark.parametrize("concurrency", [1, 4])
def test_interrupted_it_stops_sending_and_tells_what_was_done(
    concurrency: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"t{number:03d}" for number in range(200)]
    tenant = Tenant(map(task, ids))
    client, transport = tenant.client()
    main = threading.current_thread()
    interrupted = threading.Event()

    def after(request: Request, answer: requests.Response) -> requests.Response:
        if request.method == "PATCH" and len(tenant.writes) >= 20:
            if threading.current_thread() is main:
                raise Signal("SIGTERM")  # while the answer is under way
            interrupted.wait(10)
        return answer

    class Interrupting(Progress):
        def updating(self, total: int, done: int, failed: int, rate_limit: int = 0) -> None:
            if len(tenant.writes) >= 20:
                interrupted.set()
                raise Signal("SIGTERM")

    tenant.after = after
    monkeypatch.setattr(task_status, "Progress", Interrupting)
    result = task_status.run(params_of(ids, concurrency=concurrency), client)
    assert client.cancelled
    assert result["failed"] and result["msg"].startswith("Interrupted (SIGTERM): of 200 tasks ")
    assert len(result["tasks"]) == 200 and transport.count("PATCH") <= 20 + concurrency
    for item in result["tasks"]:
        written = item["id"] in tenant.writes
        if item["outcome"] == "updated":
            assert written
        else:
            assert item["outcome"] == "failed"
            assert item["error"]["message"].endswith(".") or "not known" in item["error"]["message"]
            if written:
                assert "not known" in item["error"]["message"], "it may have been updated"
                assert item["patch"]
    untouched = [item for item in result["tasks"] if not item["patch"]]
    assert len(untouched) >= 200 - 20 - concurrency
    assert all("before this task was updated" in item["error"]["message"] for item in untouched)
    assert all("task" in item for item in result["tasks"])
