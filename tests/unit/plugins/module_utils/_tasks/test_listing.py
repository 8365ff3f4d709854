# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatus, TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import ApiError, Cancelled, NoAnswerError
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import listing, selecting
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Request,
    Tenant,
    Transport,
    response,
    task,
)

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
REFUSAL = {"messages": [{"text": "Unsupported Task Definition type."}]}


def selected(
    tenant: Tenant, sorters: str | None = None, params: dict[str, Any] | None = None, **options: Any
) -> tuple[list[TaskStatus], int | None, TaskStatusApi, Transport]:
    """Read the tasks that options select, as the module does."""
    client, transport = tenant.client(retries=0)
    api = TaskStatusApi(client)
    selection = selecting.selection_from(params or {})
    tasks, total = listing.fulfil(
        api, selection, sorters, NOW, lambda plan: listing.read(api, plan, sorters, **options)
    )
    return tasks, total, api, transport


def ids_of(tasks: list[TaskStatus]) -> list[str]:
    return [str(one["id"]) for one in tasks]


def aged(task_id: str, hours: float, **changes: Any) -> TaskStatus:
    instant = (NOW - timedelta(hours=hours)).isoformat()
    return task(task_id, "ERROR", launched=instant, created=instant, **changes)


# What the tenant refuses


@pytest.mark.parametrize(
    ("status", "params"),
    [
        (500, {"type": ["CLOUD_REFRESH_ROLE"]}),
        (403, {"type": ["CLOUD_REFRESH_ROLE"]}),
        (400, {"filters": "id isnull"}),
        (400, {"source_id": ["s"]}),
    ],
)
def test_only_a_refused_type_is_asked_for_without(status: int, params: dict[str, Any]) -> None:
    tenant = Tenant([], "v1")
    tenant.before = lambda request: response(status, REFUSAL) if "filters" in request.query else None
    client, transport = tenant.client(retries=0)
    api = TaskStatusApi(client)
    selection = selecting.selection_from(params)
    with pytest.raises(ApiError):
        listing.fulfil(api, selection, None, NOW, lambda plan: listing.read(api, plan))
    assert len(transport.api_requests) == 1 and client.warnings == []


def test_where_that_is_refused_too_the_type_may_be_asked_for_again() -> None:
    tenant = Tenant([], "v1")
    tenant.before = lambda request: response(400, REFUSAL) if request.path != "/oauth/token" else None
    client, transport = tenant.client(retries=0)
    api = TaskStatusApi(client)
    before = api.generation
    selection = selecting.selection_from({"type": ["CLOUD_REFRESH_ROLE"]})
    with pytest.raises(ApiError):
        listing.fulfil(api, selection, None, NOW, lambda plan: listing.read(api, plan))
    assert api.generation is before and client.warnings == [] and len(transport.api_requests) == 2


@pytest.mark.parametrize(
    ("body", "said"), [(REFUSAL, " (Unsupported Task Definition type)"), ({"detailCode": "400.1"}, "")]
)
def test_a_refused_type_is_selected_here_with_all_else_that_was_wanted(body: dict[str, Any], said: str) -> None:
    role, refresh = {"uniqueName": "Cloud Refresh Role"}, {"uniqueName": "Identity Refresh"}
    tasks = [
        aged("young", 1, taskDefinitionSummary=role),
        aged("old", 50, taskDefinitionSummary=role),
        aged("older", 90, taskDefinitionSummary=refresh),
        aged("other", 70),
    ]
    tenant = Tenant(tasks, "v1")
    tenant.before = lambda request: response(400, body) if "type" in request.query.get("filters", "") else None
    params = {"type": ["CLOUD_REFRESH_ROLE", "IDENTITY_REFRESH"], "older_than": "1d"}
    found, _total, api, transport = selected(tenant, "created", params)
    assert ids_of(found) == ["older", "old"]
    assert api.client.warnings == [
        f"The tenant refuses to select by type CLOUD_REFRESH_ROLE, IDENTITY_REFRESH{said}; "
        "it was asked without, and the tasks of that type were selected here."
    ]
    assert transport.api_requests[-1].query["sorters"] == "created"


@pytest.mark.parametrize(
    ("number", "were"), [(1, "1 task whose source cannot be told was"), (2, "2 tasks whose source cannot be told were")]
)
def test_what_is_left_out_in_doubt_is_told_with_its_number(number: int, were: str) -> None:
    tenant = Tenant([task(f"t{place}", "ERROR", target=None) for place in range(number)], "v1")
    _found, total, api, _transport = selected(tenant, params={"exclude_source_id": ["s"]}, count=True)
    names = ", ".join(f"t{place}" for place in range(number))
    assert api.client.warnings == [f"exclude_source_id: {were} left out too: {names}."]
    assert total == 0


# What is asked for


def asked(transport: Transport) -> list[tuple[int, int]]:
    return [(int(one.query["offset"]), int(one.query["limit"])) for one in transport.api_requests if one.query]


def test_nothing_is_counted_unless_wanted() -> None:
    tasks, total, _api, transport = selected(Tenant([task("a", "ERROR")], "v1"))
    assert (ids_of(tasks), total) == (["a"], None)
    assert ["count" in one.query for one in transport.api_requests] == [False]


@pytest.mark.parametrize("sorters", [None, "created"])
def test_a_limit_is_the_tenants_to_keep_where_it_selects_and_sorts(sorters: str | None) -> None:
    tenant = Tenant([aged(f"t{number}", number) for number in range(600)], "v1")
    _tasks, total, _api, transport = selected(tenant, sorters, limit=2, count=True)
    assert (asked(transport), total) == ([(0, 2)], 600)


def test_what_is_selected_here_is_counted_here_in_one_go() -> None:
    tenant = Tenant([aged(f"t{number}", number) for number in range(300)], "v1")
    tasks, total, _api, transport = selected(tenant, params={"older_than": "100h"}, limit=3, offset=150, count=True)
    assert (ids_of(tasks), total) == (["t150", "t151", "t152"], 200)
    assert asked(transport) == [(0, 250), (249, 250)]
    assert not any("count" in one.query for one in transport.api_requests)


@pytest.mark.parametrize(("count", "requests"), [(False, 1), (True, 0)])
def test_a_long_list_is_counted_once_and_read_side_by_side(count: bool, requests: int) -> None:
    tenant = Tenant([task(f"t{number}", "ERROR") for number in range(3000)], "v1")
    tasks, total, _api, transport = selected(tenant, count=count)
    assert len(tasks) == 3000 and total == (3000 if count else None)
    of_one = [one for one in transport.api_requests if one.query["limit"] == "1"]
    assert len(of_one) == requests, "a total that the first page told is not asked for"
    offsets = [place for place, limit in asked(transport) if limit > 1]
    assert offsets[:4] == [0, 249, 498, 747] and sorted(offsets[4:12]) == [996 + 249 * number for number in range(8)]


# Lists without an end


def read_pending(api: TaskStatusApi, plan: selecting.Plan) -> Any:
    return listing.read_pending(api)


@pytest.mark.parametrize("read", [listing.count_all, listing.read, read_pending])
@pytest.mark.parametrize("lie", ["the same", "others", "more"])
def test_a_list_without_an_end_is_an_error(read: Any, lie: str) -> None:
    """Also for who only counts."""
    tenant = Tenant([], "v1")

    def answer(request: Request) -> Any:
        if request.path == "/oauth/token":
            return None
        assert len(transport.requests) < 100, "it reads on and on"
        first = {"the same": 0, "others": 1000 * len(transport.requests), "more": int(request.query["offset"])}[lie]
        total = {"X-Total-Count": "10"} if "count" in request.query else {}
        return response(200, [aged(f"t{first + number}", number + 2) for number in range(250)], total)

    tenant.before = answer
    client, transport = tenant.client()
    api = TaskStatusApi(client)
    plan = selecting.plan(selecting.selection_from({"older_than": "1h"}), api.generation, None, NOW)
    with pytest.raises(NoAnswerError, match="The list of tasks cannot be read to its end: "):
        read(api, plan)
    assert len(transport.api_requests) < 50


@pytest.mark.parametrize("limit", [None, 250])
@pytest.mark.parametrize("wrong", [2, 3])
def test_a_page_with_more_tasks_than_it_counts_is_asked_for_again_and_then_an_error(
    limit: int | None, wrong: int
) -> None:
    """Also where no further page is wanted."""
    tenant = Tenant([task(f"t{number}", "ERROR") for number in range(600)], "v1")
    counts = [10] * wrong

    def count(request: Request, answer: Any) -> Any:
        if "count" in request.query and counts:
            answer.headers["X-Total-Count"] = str(counts.pop())
        return answer

    tenant.after = count
    if wrong == 2:
        tasks, total, _api, _transport = selected(tenant, limit=limit, count=True)
        assert (len(tasks), total) == (limit or 600, 600)
        return
    with pytest.raises(NoAnswerError) as raised:
        selected(tenant, limit=limit, count=True)
    assert "the tenant counts 10 tasks (X-Total-Count) and shows 250 or more" in str(raised.value)
    assert counts == []


def test_an_offset_beyond_what_is_counted_is_no_contradiction() -> None:
    tasks, total, _api, transport = selected(Tenant([task("a", "ERROR")], "v1"), offset=5, count=True)
    assert (tasks, total, len(transport.api_requests)) == ([], 1, 1)


@pytest.mark.parametrize(("cap", "count"), [(100, False), (100, True), (99, True)])
def test_a_list_of_capped_pages_is_read_to_its_end(cap: int, count: bool) -> None:
    tenant = Tenant([task(f"t{number}", "ERROR") for number in range(1000)], "v1")

    def capped(request: Request, answer: Any) -> Any:
        data = answer.json()
        return response(200, data[:cap], answer.headers) if isinstance(data, list) else answer

    tenant.after = capped
    tasks, total, _api, _transport = selected(tenant, count=count)
    assert (len(tasks), total) == (1000, 1000 if count else None)


def test_counting_here_reads_side_by_side_and_leaves_out_in_doubt() -> None:
    tasks = [task(f"t{number}", "ERROR", **({"target": None} if number == 7 else {})) for number in range(3000)]
    client, transport = Tenant(tasks, "v1").client()
    api = TaskStatusApi(client)
    plan = selecting.plan(selecting.selection_from({"exclude_source_id": ["s"]}), api.generation, None, NOW)
    assert listing.count_all(api, plan) == 2999
    assert len(client.warnings) == 1 and "t7" in client.warnings[0]
    assert [one for one in asked(transport) if one[1] == 1] == [(0, 1)], "it was worth a count"


def test_reading_side_by_side_ends_when_told_to() -> None:
    tenant = Tenant([task(f"t{number}", "ERROR") for number in range(3000)], "v1")

    def stop(request: Request) -> Any:
        if int(request.query.get("offset", 0)) > 1000:
            client.stop()
        return None

    tenant.before = stop
    client, _transport = tenant.client()
    api = TaskStatusApi(client)
    with pytest.raises(Cancelled):
        listing.read(api, selecting.plan(selecting.Selection(), api.generation, None, NOW))


def test_an_interruption_breaks_off_what_is_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Any, ...]] = []

    def noting(items: Any, work: Any, *rest: Any) -> None:
        given.append(rest)
        for item in items:
            work(item)

    monkeypatch.setattr(listing, "work_side_by_side", noting)
    client, _transport = Tenant([task(f"t{number}", "ERROR") for number in range(2900)], "v1").client()
    api = TaskStatusApi(client)
    listing.read(api, selecting.plan(selecting.Selection(), api.generation, None, NOW))
    assert given == [(8, client.cancel)]
