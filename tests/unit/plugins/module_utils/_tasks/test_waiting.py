# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import ApiError, NoAnswerError
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.waiting import (
    Patience,
    Waited,
    wait_until_completed,
)
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Clock,
    Request,
    Tenant,
    response,
    task,
)


def wait(
    tenant: Tenant, ids: list[str], timeout: float = 60.0, interval: float = 10.0
) -> tuple[Waited, list[tuple[float, Sequence[dict[str, Any]]]]]:
    """Wait without tries of the client's own; return what came of it, and each pause with what it waited for."""
    clock = Clock()
    client, _transport = tenant.client(clock, retries=0)
    pauses: list[tuple[float, Sequence[dict[str, Any]]]] = []

    def pause(seconds: float, running: Sequence[dict[str, Any]]) -> None:
        pauses.append((seconds, list(running)))
        clock.advance(seconds)

    return wait_until_completed(TaskStatusApi(client), ids, Patience(timeout, interval), pause), pauses


@pytest.mark.parametrize("trouble", [*map(response, (429, 500, 502, 503, 504)), response(200, text="<html>"), None])
def test_trouble_of_the_tenant_is_waited_out(trouble: requests.Response | None) -> None:
    tenant = Tenant([task("a", "ERROR")])
    left = [trouble] * 3

    def before(request: Request) -> requests.Response | None:
        if not left or request.path == "/oauth/token":
            return None
        given = left.pop()
        if given is None:
            raise requests.ConnectionError("down")
        return given

    tenant.before = before
    waited, pauses = wait(tenant, ["a"])
    assert waited == Waited({"a": tenant.tasks["a"]}, [], 30.0)
    assert pauses == [(10.0, [{"id": "a"}])] * 3, "what was never read is known by its id"


@pytest.mark.parametrize("status", [400, 403, 408, 428, 430, 499])
def test_a_refusal_is_not(status: int) -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(status) if request.path != "/oauth/token" else None
    with pytest.raises(ApiError):
        wait(tenant, ["a"])


def test_the_last_pause_ends_with_the_time() -> None:
    waited, pauses = wait(Tenant([task("a"), task("b", "ERROR")]), ["a", "b"], timeout=25.0)
    assert waited == Waited({"a": task("a"), "b": task("b", "ERROR")}, ["a"], 25.0)
    assert [seconds for seconds, _running in pauses] == [10.0, 10.0, 5.0]
    assert all(running == [task("a")] for _seconds, running in pauses)


def test_what_is_not_there_is_not_waited_for() -> None:
    waited, pauses = wait(Tenant([]), ["a"])
    assert (waited, pauses) == (Waited({"a": None}, [], 0.0), [])


def test_trouble_at_the_end_does_not_hide_what_was_learnt_before() -> None:
    tenant = Tenant([task("a"), task("b")])
    reads: list[Request] = []

    def down_later(request: Request) -> requests.Response | None:
        if request.path != "/oauth/token":
            reads.append(request)
        return response(503) if len(reads) > 4 else None

    tenant.before = down_later
    waited, _pauses = wait(tenant, ["a", "b"])
    assert waited.late == ["a", "b"] and waited.states == {"a": task("a"), "b": task("b")}
    assert waited.seconds == 60.0


def test_trouble_to_the_end_is_told_where_something_was_never_learnt() -> None:
    tenant = Tenant([task("a"), task("b")])
    answers = {"a": response(200, task("a")), "b": response(200, text="<html>")}

    def half(request: Request) -> requests.Response | None:
        return answers.get(request.path[-1], response(503)) if request.path != "/oauth/token" else None

    tenant.before = half
    with pytest.raises(NoAnswerError):
        wait(tenant, ["a", "b"])


def test_the_time_is_told_to_the_millisecond() -> None:
    assert wait(Tenant([task("a")]), ["a"], timeout=0.12345)[0].seconds == 0.123
