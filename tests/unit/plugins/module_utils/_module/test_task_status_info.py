# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS as TABLE
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    ApiError,
    Cancelled,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils._api.test_records import broken_tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    GENERATIONS,
    LIST_PATHS,
    Clock,
    Request,
    Tenant,
    Transport,
    response,
    task,
)
from hypothesis import given
from hypothesis import strategies as st

OLD = [name for name, generation in TABLE.items() if not generation.pending_in_list]
LATER = [name for name in TABLE if name not in OLD]


def params_of(**options: Any) -> dict[str, Any]:
    validation = ArgumentSpecValidator(**task_status_info.argument_spec()).validate(options)
    assert validation.error_messages == []
    return validation.validated_parameters


def run(
    tenant: Tenant, clock: Clock | None = None, say: Callable[[str], None] | None = None, **options: Any
) -> tuple[dict[str, Any], Transport]:
    client, transport = tenant.client(clock)
    result = task_status_info.run(params_of(**options), client, say=say)
    json.dumps(result)
    assert result["changed"] is False
    assert {request.method for request in transport.api_requests} <= {"GET", "HEAD"}
    assert result["request_stats"]["requests"] == len(transport.api_requests)
    return result, transport


def found(result: dict[str, Any]) -> list[str]:
    return [one["id"] for one in result["tasks"]]


def created(place: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=place)).isoformat()


def tenant_of(api_version: str = "v2024", pending: int = 6, completed: int = 6) -> Tenant:
    """Return a tenant with tasks p0, p1 … and c0, c1 …, in no order of creation, of two sources and three launchers."""
    places = list(range(pending + completed))
    random.Random(3).shuffle(places)
    kinds = [("p", None)] * pending + [("c", "SUCCESS")] * completed
    return Tenant(
        [
            task(
                f"{kind}{number if kind == 'p' else number - pending}",
                status,
                created=created(places[number]),
                target={"id": f"source-{number % 2}", "type": "APPLICATION"},
                launcher=f"user-{number % 3}",
            )
            for number, (kind, status) in enumerate(kinds)
        ],
        api_version,
    )


# Lists


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_list_is_what_the_generations_list_holds(api_version: str) -> None:
    tenant = tenant_of(api_version)
    result, transport = run(tenant)
    wanted = [task_id for task_id in tenant.tasks if api_version in LATER or task_id.startswith("c")]
    assert found(result) == wanted
    assert result["tasks"] == [tenant.tasks[task_id] for task_id in wanted]
    assert result["missing"] == [] and "total_count" not in result and "waited_seconds" not in result
    assert len(transport.api_requests) == 1
    assert "count" not in transport.api_requests[0].query


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_pending_tasks(api_version: str) -> None:
    tenant = tenant_of(api_version)
    result, transport = run(tenant, pending=True, count=True)
    assert found(result) == ["p0", "p1", "p2", "p3", "p4", "p5"]
    assert result["total_count"] == 6
    assert len(transport.api_requests) == 1
    assert run(Tenant([], api_version), pending=True, count=True)[0]["total_count"] == 0


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_what_the_tenant_cannot_select_is_selected_here(api_version: str) -> None:
    options: dict[str, Any] = {"launcher": ["user-1"], "source_id": ["source-0", "source-9"], "pending": True}
    result, _transport = run(tenant_of(api_version), **options)
    assert found(result) == ["p4"]
    counted, _transport = run(tenant_of(api_version), count_only=True, **options)
    assert (counted["tasks"], counted["total_count"]) == ([], 1)


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize("refused", ["CLOUD_REFRESH_ROLE", "SOMETHING_NEWER"])
@pytest.mark.parametrize("options", [{"pending": True}, {}, {"pending": True, "count": True, "limit": 1}])
def test_a_type_that_the_tenant_refuses_is_selected_here(
    api_version: str, refused: str, options: dict[str, Any]
) -> None:
    name = refused.replace("_", " ").title()
    kinds = ({"uniqueName": name, "taskDefinitionSummary": None}, {"taskDefinitionSummary": {"uniqueName": name}}, {})
    tasks = [
        task(f"{one}{status}", status, **changes) for one, changes in enumerate(kinds) for status in (None, "ERROR")
    ]
    tenant = Tenant(tasks, api_version)
    willing = found(run(tenant, type=[refused], **options)[0])
    tenant.refused_types = {refused}
    client, transport = tenant.client()
    result = task_status_info.run(params_of(type=[refused], **options), client)
    assert found(result) == willing != []
    assert result.get("total_count", 2) == 2
    filters = [request.query.get("filters", "") for request in transport.api_requests]
    asked = [number for number, text in enumerate(filters) if "type" in text]
    assert asked in ([], [0])
    assert len(client.warnings) == len(asked)
    for warning in client.warnings:
        assert refused in warning and "Unsupported Task Definition type" in warning


def test_a_refusal_that_the_type_has_nothing_to_do_with_is_an_error() -> None:
    tenant = tenant_of("v1")
    tenant.before = lambda request: (
        response(400, {"messages": [{"text": "no such field"}]}) if "filters" in request.query else None
    )
    with pytest.raises(ApiError, match="no such field"):
        run(tenant, type=["CLOUD_REFRESH_ROLE"], filters="nonsense isnull")
    with pytest.raises(ApiError, match="no such field"):
        run(tenant, filters="nonsense isnull")


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_names_and_sources_select_the_same_in_every_generation(api_version: str) -> None:
    payroll = {"target": None, "attributes": {"appId": "payroll", "applications": "Payroll [source]"}}
    refresh = {"uniqueName": "Identity Refresh", "taskDefinitionSummary": None, "target": None}
    tasks = [task("hr"), task("pay", **payroll), task("untold", target=None), task("all", **refresh)]
    tenant = Tenant(tasks, api_version)
    assert found(run(tenant, pending=True, name=["(?i)payroll"])[0]) == ["pay"]
    assert found(run(tenant, pending=True, exclude_name=["(?i)payroll"])[0]) == ["hr", "untold", "all"]
    assert found(run(tenant, pending=True, source_id=["payroll"])[0]) == ["pay"]
    assert found(run(tenant, pending=True, type=["CLOUD_ACCOUNT_AGGREGATION"])[0]) == ["hr", "pay", "untold"]
    for options in ({"id": list(tenant.tasks)}, {"pending": True}, {"pending": True, "count": True}):
        client, _transport = tenant.client()
        result = task_status_info.run(params_of(exclude_source_id=["payroll"], **options), client)
        assert found(result) == ["hr", "all"] and result.get("total_count", 2) == 2
        (warning,) = client.warnings
        assert warning == "exclude_source_id: 1 task whose source cannot be told was left out too: untold."


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_records_that_two_pages_repeat_are_returned_once(api_version: str) -> None:
    tenant = tenant_of(api_version, pending=20)
    pages = 0

    def repeat(request: Request, answer: requests.Response) -> requests.Response:
        nonlocal pages
        if request.method != "GET" or "offset" not in request.query:
            return answer
        pages += 1
        records = answer.json()
        # The last of this page comes again as the last but one of the next, in place of nothing.
        return response(200, records[:-1] + records[-2:-1] + records[-1:] if len(records) > 1 else records)

    tenant.after = repeat
    assert sorted(found(run(tenant, pending=True, page_size=6)[0])) == sorted(f"p{number}" for number in range(20))
    assert pages > 3


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_limit_counts_after_the_selection_and_an_offset_before_it(api_version: str) -> None:
    tenant = tenant_of(api_version, pending=30)
    options: dict[str, Any] = {"pending": True, "launcher": ["user-0"]}
    everything = [f"p{number}" for number in range(0, 30, 3)]
    assert found(run(tenant, **options)[0]) == everything
    for limit in (0, 1, 4, 10, 99):
        result, _transport = run(tenant, limit=limit, page_size=5, **options)
        assert found(result) == everything[:limit]
        result, _transport = run(tenant, limit=limit, count=True, page_size=5, **options)
        assert (found(result), result["total_count"]) == (everything[:limit], 10)
    exact = api_version in ("v2026", "v1")
    # Where the tenant selects, its list holds nothing else.
    assert found(run(tenant, offset=4, **options)[0]) == (everything[4:] if exact else everything[2:])
    result, _transport = run(tenant, offset=4, count=True, limit=2, **options)
    assert found(result) == (everything[4:6] if exact else everything[2:4])
    assert result["total_count"] == 10


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize(("offset", "limit"), [(0, None), (0, 7), (3, None), (5, 20), (40, None), (0, 0)])
@pytest.mark.parametrize("page_size", [1, 2, 7, 250])
def test_limit_and_offset_over_any_pages(api_version: str, offset: int, limit: int | None, page_size: int) -> None:
    tenant = tenant_of(api_version, pending=30)
    result, transport = run(tenant, pending=True, offset=offset, limit=limit, page_size=page_size)
    assert found(result) == [f"p{number}" for number in range(30)][offset:][:limit]
    assert all(int(request.query.get("limit", 0)) <= max(2, page_size) for request in transport.api_requests)
    if limit == 0:
        assert transport.requests == []


@pytest.mark.parametrize("options", [{"launcher": ["user-1"]}, {"older_than": "1d"}, {"sorters": "created"}])
def test_no_tasks_wanted_are_no_request(options: dict[str, Any]) -> None:
    result, transport = run(tenant_of(), pending=True, limit=0, **options)
    assert (result["tasks"], transport.requests) == ([], [])


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize("sorters", ["created", "-created"])
@pytest.mark.parametrize("pending", [True, False])
def test_lists_are_sorted_by_the_tenant_or_here(api_version: str, sorters: str, pending: bool) -> None:
    tenant = tenant_of(api_version)
    result, transport = run(tenant, pending=pending, sorters=sorters, page_size=3)
    ids = [one for one in tenant.tasks if one.startswith("p") or not pending]
    ids = [one for one in ids if one.startswith("c") or pending or api_version in LATER]
    wanted = sorted(ids, key=lambda one: tenant.tasks[one]["created"], reverse=sorters == "-created")
    assert found(result) == wanted
    assert found(run(tenant, pending=pending, sorters=sorters, limit=2)[0]) == wanted[:2]
    by_tenant = not (pending and api_version in OLD)
    assert all((request.query.get("sorters") == sorters) is by_tenant for request in transport.api_requests)


def test_tasks_without_a_creation_can_be_sorted_too() -> None:
    odd = [task("a", created=None), task("b", created=created(5)), task("c", created=7), task("d", created=created(1))]
    assert found(run(Tenant(odd), pending=True, sorters="created")[0]) == ["a", "c", "d", "b"]


def test_ages_select() -> None:
    now = datetime.now(timezone.utc)
    ages = {"new": timedelta(minutes=1), "old": timedelta(hours=3), "older": timedelta(days=3)}
    tenant = Tenant([task(name, launched=(now - age).isoformat()) for name, age in ages.items()])
    tenant.tasks["unknown"] = task("unknown", launched=None, created=None)
    assert found(run(tenant, pending=True, older_than="1h")[0]) == ["old", "older"]
    assert found(run(tenant, pending=True, older_than="1h", newer_than="1d")[0]) == ["old"]
    assert found(run(tenant, pending=True, newer_than="3600s")[0]) == ["new", "unknown"]


@pytest.mark.parametrize(("ahead", "age"), [(7200.0, "4h"), (-7200.0, "2h")])
def test_ages_are_by_the_clock_of_the_tenant(ahead: float, age: str) -> None:
    """Only its answers tell it: it is known when the first task is judged, and not when the options are read."""
    launched = datetime.now(timezone.utc) - timedelta(hours=3)
    tenant = Tenant([task("t", launched=launched.isoformat())])
    tenant.ahead = ahead
    for which in ({"pending": True}, {"id": ["t"]}):
        assert found(run(tenant, older_than=age, **which)[0]) == (["t"] if ahead > 0 else [])
        assert found(run(tenant, newer_than=age, **which)[0]) == ([] if ahead > 0 else ["t"])


def test_a_raw_filter_joins_the_others() -> None:
    tenant = tenant_of("v2025")
    result, transport = run(tenant, filters='id eq "p1" or id eq "c1"', source_id=["source-1"])
    assert found(result) == ["p1", "c1"]
    assert transport.api_requests[0].query["filters"] == 'sourceId eq "source-1" and (id eq "p1" or id eq "c1")'


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_fields_narrow_each_task(api_version: str) -> None:
    tenant = tenant_of(api_version)
    result, _transport = run(tenant, pending=True, fields=["completed", "nonsense"], limit=1)
    assert result["tasks"] == [{"id": "p0", "completed": None}]
    assert run(tenant, pending=True, fields=[], limit=1)[0]["tasks"] == [{"id": "p0"}]
    assert run(tenant, id=["p0"], fields=["type"])[0]["tasks"] == [{"id": "p0", "type": "QUARTZ"}]


#: JSON has no infinity.
sent_tasks = broken_tasks.filter(lambda broken: "Infinity" not in json.dumps(broken))


@given(st.lists(sent_tasks, max_size=8), st.sampled_from(GENERATIONS), st.sampled_from([{}, {"sorters": "created"}]))
def test_answers_that_break_the_schema_are_returned_as_they_are(
    broken: list[dict[str, Any]], api_version: str, order: dict[str, str]
) -> None:
    tenant = Tenant([{**one, "id": f"t{number}"} for number, one in enumerate(broken)], api_version)
    everything = dict(tenant.tasks)
    result, _transport = run(tenant, id=list(everything), limit=100)
    assert result["tasks"] == list(everything.values())
    for pending in (True, False):
        run(tenant, pending=pending, older_than="1h", **order)
        listed, _transport = run(tenant, pending=pending, **order)
        assert all(one == everything[one["id"]] for one in listed["tasks"])


# Counting


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_pending_tasks_are_counted_without_being_read(api_version: str) -> None:
    result, transport = run(tenant_of(api_version), pending=True, count_only=True)
    assert (result["tasks"], result["missing"], result["total_count"]) == ([], [], 6)
    (request,) = transport.api_requests
    if TABLE[api_version].pending_path:
        assert (request.method, request.path) == ("HEAD", TABLE[api_version].pending_path)
    else:
        assert request.method == "GET" and int(request.query["limit"]) <= 1 and request.query["count"] == "true"
        assert request.query["filters"] == "completionStatus isnull"


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_selection_is_counted_with_one_request_where_the_tenant_makes_it(api_version: str) -> None:
    result, transport = run(tenant_of(api_version), completion_status=["success"], count_only=True)
    assert result["total_count"] == 6
    (request,) = transport.api_requests
    assert int(request.query["limit"]) <= 1 and request.query["count"] == "true"


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_where_the_tenant_does_not_say_how_many_they_are_counted_by_reading(api_version: str) -> None:
    tenant = tenant_of(api_version)

    def silent(request: Request, answer: requests.Response) -> requests.Response:
        answer.headers.pop("X-Total-Count", None)
        return response(200) if request.method == "HEAD" else answer

    tenant.after = silent
    assert run(tenant, pending=True, count_only=True)[0]["total_count"] == 6
    result, _transport = run(tenant, pending=True, count=True, limit=2)
    assert (len(result["tasks"]), result["total_count"]) == (2, 6)


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_count_disregards_limit_and_offset(api_version: str) -> None:
    result, transport = run(tenant_of(api_version), pending=True, count=True, limit=2, offset=1)
    assert (found(result), result["total_count"]) == (["p1", "p2"], 6)
    assert len(transport.api_requests) == 1
    result, transport = run(tenant_of(api_version), pending=True, count=True, limit=0)
    assert (found(result), result["total_count"]) == ([], 6)
    assert len(transport.api_requests) == 1


def test_a_count_is_asked_for_once_and_only_when_wanted() -> None:
    _result, transport = run(tenant_of(pending=20), pending=True, count=True, page_size=10)
    assert [request.query.get("count") for request in transport.api_requests] == ["true", None, None]


# By id


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_ids_come_in_their_order_each_once(api_version: str) -> None:
    tenant = tenant_of(api_version)
    ids = ["c3", "p5", "c0", "p1", "c3", "p5"]
    result, _transport = run(tenant, id=ids)
    assert found(result) == ["c3", "p5", "c0", "p1"]
    assert result["tasks"] == [tenant.tasks[task_id] for task_id in ids[:4]]


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_no_ids_are_no_tasks_and_no_request(api_version: str) -> None:
    result, transport = run(tenant_of(api_version), id=[], count=True, wait=True)
    assert (result["tasks"], result["missing"], result["total_count"]) == ([], [], 0)
    assert transport.requests == []


def test_missing_ones_fail_or_are_listed() -> None:
    result, _transport = run(tenant_of(), id=["c1", "no-1", "c2", "no-2"])
    assert result["failed"] and found(result) == ["c1", "c2"] and result["missing"] == ["no-1", "no-2"]
    assert result["msg"] == "2 ids were not found: no-1, no-2; set missing_ok to leave out what is not found."
    result, _transport = run(tenant_of(), id=["no-1"])
    assert result["msg"].startswith("No task was found with the id no-1")
    result, _transport = run(tenant_of(), id=["c1", "no-1"], missing_ok=True)
    assert "failed" not in result and result["missing"] == ["no-1"] and found(result) == ["c1"]


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_other_options_select_among_ids(api_version: str) -> None:
    tenant = tenant_of(api_version)
    ids = [*tenant.tasks]
    assert found(run(tenant, id=ids, pending=True)[0]) == [one for one in ids if one.startswith("p")]
    assert found(run(tenant, id=ids, completion_status=["success"])[0]) == [one for one in ids if one.startswith("c")]
    assert found(run(tenant, id=ids, launcher=["user-2"], source_id=["source-1"])[0]) == ["p5", "c5"]
    result, _transport = run(tenant, id=ids, pending=True, limit=2, count=True)
    assert (found(result), result["total_count"]) == (["p0", "p1"], 6)
    result, _transport = run(tenant, id=ids, pending=True, count_only=True)
    assert (result["tasks"], result["total_count"]) == ([], 6)


def test_the_aliases_of_id() -> None:
    for name in ("id", "ids", "task_id"):
        assert found(run(tenant_of(), **{name: "c1"})[0]) == ["c1"]


@pytest.mark.parametrize("state", [{}, {"id": None, "completionStatus": "ERROR"}, {"uniqueName": "x"}])
def test_an_answer_without_an_id_is_a_task_all_the_same(state: dict[str, Any]) -> None:
    tenant = Tenant([task("a"), task("b")])
    tenant.before = lambda request: (
        response(200, state)
        if request.path.endswith("/a")
        else (response(200, []) if request.path in (LIST_PATHS["v2024"], "/v2024/task-status/pending-tasks") else None)
    )
    result, _transport = run(tenant, id=["a", "b"])
    assert result["tasks"] == [state, task("b")] and result["missing"] == []
    client, _transport = tenant.client()
    assert task_status_info.look_up(["b", "a", "b"], params_of(), client) == [task("b"), state, task("b")]


def test_reading_that_fails_is_an_error() -> None:
    tenant = Tenant([])
    tenant.before = lambda request: response(500, {"detailCode": "boom"}) if request.path.endswith("/a") else None
    with pytest.raises(ApiError, match="GET /v2024/task-status/a was answered with HTTP 500"):
        run(tenant, id=["a"])
    tenant.before = lambda request: response(500) if request.path != "/oauth/token" else None
    with pytest.raises(ApiError):
        run(tenant)
    tenant.before = lambda request: response(400)
    with pytest.raises(SignInError):
        run(tenant, id=["a", "b"])


# For lookups


def test_looking_up_gives_a_task_for_each_id_twice_if_it_stands_twice() -> None:
    client, _transport = tenant_of().client()
    tasks = task_status_info.look_up(["c1", "p0", "c1"], params_of(), client)
    assert [one["id"] for one in tasks] == ["c1", "p0", "c1"]
    with pytest.raises(SailPointError, match="^No task was found with the id nowhere.$"):
        task_status_info.look_up(["c1", "nowhere"], params_of(), client)
    assert task_status_info.look_up([], params_of(), client) == []


# Bad input


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"limit": -1}, "limit"),
        ({"offset": -1}, "offset"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 251}, "page_size"),
        ({"id": ["a"], "offset": 5}, "offset"),
        ({"id": [""]}, "id"),
        ({"id": [".."]}, "id"),
        ({"pending": True, "filters": 'id eq "a"'}, "filters"),
        ({"filters": 'id eq "a'}, "filters"),
        ({"type": ["QUARTZ"]}, "type"),
        ({"pending": True, "completion_status": ["error"]}, "pending"),
        ({"older_than": "long"}, "older_than"),
        ({"newer_than": "1 day"}, "newer_than"),
        ({"wait": True, "id": ["a"], "wait_timeout": "soon"}, "wait_timeout"),
        ({"wait": True, "id": ["a"], "wait_interval": "now"}, "wait_interval"),
        ({"wait": True, "id": ["a"], "wait_interval": "0"}, "wait_interval"),
        ({"progress_interval": "x"}, "progress_interval"),
    ],
)
def test_bad_input_reaches_no_server(options: dict[str, Any], option: str) -> None:
    client, transport = tenant_of().client()
    with pytest.raises(OptionError, match=rf"^{option}: .+\.$"):
        task_status_info.run(params_of(**options), client)
    assert transport.requests == []


@pytest.mark.parametrize(("option", "value"), [("filters", 'id eq "a"'), ("sorters", "created"), ("offset", 1)])
def test_what_belongs_to_a_list_is_refused_where_ids_say_which_tasks(option: str, value: Any) -> None:
    """Lookups have no mutually exclusive options of an argument spec: nothing is to be ignored silently."""
    client, transport = tenant_of().client()
    with pytest.raises(OptionError, match=f"^{option}: "):
        task_status_info.look_up(["c1"], {**params_of(), option: value}, client)
    assert transport.requests == []


@pytest.mark.parametrize(
    "options", [{"id": ["a"], "filters": "x"}, {"id": ["a"], "sorters": "created"}, {"wait": True}, {"sorters": "name"}]
)
def test_what_the_argument_spec_refuses(options: dict[str, Any]) -> None:
    assert ArgumentSpecValidator(**task_status_info.argument_spec()).validate(options).error_messages


# Waiting


def waiting(
    tenant: Tenant,
    clock: Clock,
    lines: list[str] | None = None,
    **options: Any,
) -> tuple[dict[str, Any], Transport]:
    say = None if lines is None else lines.append
    return run(tenant, clock, say, wait=True, **options)


def finishes_after(tenant: Tenant, clock: Clock, seconds: dict[str, float], status: str = "SUCCESS") -> None:
    begun = clock.now

    def finish(request: Request) -> None:
        for task_id, after in seconds.items():
            if clock.now - begun >= after:
                tenant.finish(task_id, status)

    tenant.before = finish


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize("status", ["SUCCESS", "WARNING", "ERROR", "TERMINATED", "TEMPERROR", "FROZEN"])
def test_waiting_ends_when_all_are_completed_however(api_version: str, status: str, clock: Clock) -> None:
    tenant = Tenant([task("a", percentComplete=100), task("b"), task("c", "ERROR")], api_version)
    finishes_after(tenant, clock, {"a": 25, "b": 65}, status)
    result, _transport = waiting(tenant, clock, id=["c", "b", "a"], wait_timeout="10m")
    assert "failed" not in result
    assert found(result) == ["c", "b", "a"]
    assert [one["completionStatus"] for one in result["tasks"]] == ["ERROR", status, status]
    assert result["waited_seconds"] == pytest.approx(70.0)


def test_what_is_completed_already_is_not_waited_for(clock: Clock) -> None:
    result, transport = waiting(tenant_of(), clock, id=["c0", "c1"])
    assert result["waited_seconds"] == 0 and clock.waits == []
    assert len(transport.api_requests) <= 3


def test_only_those_that_still_run_are_read_again(clock: Clock) -> None:
    tenant = Tenant([task("a"), task("b"), task("c", "SUCCESS")], "v1")
    finishes_after(tenant, clock, {"a": 15, "b": 35})
    _result, transport = waiting(tenant, clock, id=["a", "b", "c"])
    asked = [request.query.get("filters", request.path.rpartition("/")[2]) for request in transport.api_requests]
    assert asked == ['id in ("a", "b", "c")', 'id in ("a", "b")', 'id in ("a", "b")', "b", "b"]


def test_past_the_timeout_it_fails_with_the_last_state(clock: Clock) -> None:
    tenant = Tenant([task("a"), task("b", progress="step 2"), task("c")])
    finishes_after(tenant, clock, {"a": 10})
    result, _transport = waiting(tenant, clock, id=["a", "b", "c"], wait_timeout="95s", wait_interval="20s")
    assert result["failed"] and result["msg"] == (
        "wait_timeout: 2 tasks not completed after 95 s: b, c; tasks shows the last state seen."
    )
    assert found(result) == ["a", "b", "c"] and result["tasks"][0]["completionStatus"] == "SUCCESS"
    assert result["waited_seconds"] == pytest.approx(95.0)


def test_a_timeout_of_zero_looks_once(clock: Clock) -> None:
    result, transport = waiting(tenant_of(), clock, id=["p0"], wait_timeout="0")
    assert result["failed"] and len(transport.api_requests) == 1


def test_a_tenant_that_fails_for_a_while_is_waited_out(clock: Clock) -> None:
    tenant = Tenant([task("a")])

    def trouble(request: Request) -> requests.Response | None:
        if clock.now < 1100 and request.path != "/oauth/token":
            if int(clock.now) % 2:
                raise requests.ConnectionError("down")
            return response(503)
        tenant.finish("a")
        return None

    tenant.before = trouble
    result, _transport = waiting(tenant, clock, id=["a"], wait_timeout="5m")
    assert "failed" not in result and found(result) == ["a"]


def test_a_sign_in_that_fails_for_a_while_is_waited_out(clock: Clock) -> None:
    """Also when it is threads that meet it, which read tasks that no list shows."""
    tenant = Tenant([task("a"), task("b")], "v1")

    def trouble(request: Request) -> requests.Response | None:
        if "filters" in request.query:
            return response(200, [])
        if clock.waits and clock.now < 1200:
            return response(503 if request.path == "/oauth/token" else 401)
        if clock.waits:
            tenant.finish("a")
            tenant.finish("b")
        return None

    tenant.before = trouble
    result, _transport = waiting(tenant, clock, id=["a", "b"], wait_timeout="10m")
    assert "failed" not in result and found(result) == ["a", "b"]


def test_after_a_list_that_could_not_be_read_the_client_is_of_use() -> None:
    tenant = Tenant([task(f"t{number}") for number in range(2600)], "v1")
    fail = True

    def trouble(request: Request) -> requests.Response | None:
        return response(500) if fail and int(request.query.get("offset", 0)) > 1500 else None

    tenant.before = trouble
    client, _transport = tenant.client()
    with pytest.raises(ApiError):
        task_status_info.run(params_of(pending=True), client)
    fail = False
    assert len(task_status_info.run(params_of(pending=True), client)["tasks"]) == 2600


@pytest.mark.parametrize("status", [403, 401])
def test_a_refusal_ends_the_wait(status: int, clock: Clock) -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(status) if request.path != "/oauth/token" else None
    with pytest.raises(ApiError):
        waiting(tenant, clock, id=["a"])
    assert clock.waits == []


HOLDING_BACK: dict[str, Callable[[Request], requests.Response | None]] = {
    "429": lambda request: response(429, headers={"Retry-After": "60"}),
    "503": lambda request: response(503, headers={"Retry-After": "60"}),
    "429 behind the sign-in": lambda request: (
        response(429, headers={"Retry-After": "60"}) if request.path != "/oauth/token" else None
    ),
    "429 at the sign-in": lambda request: (
        response(429, headers={"Retry-After": "60"}) if request.path == "/oauth/token" else None
    ),
    "down": lambda request: response(502),
}


@pytest.mark.parametrize("has_answered", [False, True])
@pytest.mark.parametrize("way", HOLDING_BACK)
def test_no_pause_of_the_tenant_outlasts_the_wait(way: str, has_answered: bool, clock: Clock) -> None:
    """With Retry-After: 60 a wait of 5 s took 305 s."""
    tenant, begun = Tenant([task("a")]), clock.now
    open_until = begun + 1 if has_answered else begun
    tenant.before = lambda request: HOLDING_BACK[way](request) if clock.now >= open_until else None
    options: dict[str, Any] = {"id": ["a"], "wait_timeout": "5s", "wait_interval": "2s"}
    if has_answered:
        result, _transport = waiting(tenant, clock, **options)
        assert result["msg"].startswith("wait_timeout: 1 task not completed after 5 s")
        assert result["tasks"] == [task("a")]
    else:
        with pytest.raises(SailPointError, match="HTTP (429|502|503)"):
            waiting(tenant, clock, **options)
    assert clock.now - begun <= 5.0


def test_the_pace_does_not_outlast_the_wait(clock: Clock) -> None:
    tenant, begun = Tenant([task("a")]), clock.now
    client, _transport = tenant.client(clock, rate_limit=2)
    options = params_of(id=["a"], wait=True, wait_timeout="12s", wait_interval="1s")
    assert task_status_info.run(options, client)["tasks"] == [task("a")]
    assert clock.now - begun == pytest.approx(12.0)


def test_a_sign_in_that_is_refused_ends_the_wait(clock: Clock) -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(401) if request.path == "/oauth/token" else None
    with pytest.raises(SignInError):
        waiting(tenant, clock, id=["a"])
    assert clock.waits == []


def test_when_nothing_was_ever_read_the_trouble_is_told(clock: Clock) -> None:
    tenant = Tenant([task("a")])

    def down(request: Request) -> None:
        if request.path != "/oauth/token":
            raise requests.ConnectionError("down")

    tenant.before = down
    with pytest.raises(NoAnswerError, match="got no answer"):
        waiting(tenant, clock, id=["a"], wait_timeout="1m")


def test_missing_ones_are_not_waited_for(clock: Clock) -> None:
    result, _transport = waiting(tenant_of(), clock, id=["c0", "none"], missing_ok=True)
    assert "failed" not in result and result["missing"] == ["none"]
    result, _transport = waiting(tenant_of(), clock, id=["c0", "none"])
    assert result["failed"] and result["missing"] == ["none"]


def test_a_long_wait_says_what_it_waits_for(clock: Clock) -> None:
    tenant = Tenant([task("a", progress="2 of 9", percentComplete=22), task("b", "ERROR")])
    finishes_after(tenant, clock, {"a": 30})
    lines: list[str] = []
    waiting(tenant, clock, lines, id=["a", "b"], progress_interval="12s")
    assert lines == [
        "1 of 2 tasks completed after 12s, running: a (Cloud Account Aggregation, HR [source], 2 of 9, 22 %)",
        "1 of 2 tasks completed after 24s, running: a (Cloud Account Aggregation, HR [source], 2 of 9, 22 %)",
        "2 of 2 tasks completed after 30s",
    ]
    lines.clear()
    finishes_after(tenant, clock, {"a": 30})
    tenant.tasks["a"] = task("a")
    waiting(tenant, clock, lines, id=["a", "b"], progress_interval="0")
    assert lines == []


def test_a_wait_that_is_cancelled_ends() -> None:
    class Cancelling(Clock):
        def wait_until_set(self, event: threading.Event, seconds: float) -> bool:
            super().wait_until_set(event, seconds)
            if self.now - 1000.0 > 30:
                client.cancel()
            return event.is_set()

    client, transport = tenant_of().client(Cancelling())
    with pytest.raises(Cancelled):
        task_status_info.run(params_of(id=["p0"], wait=True), client)
    assert len(transport.api_requests) <= 5


def test_check_mode_and_diff_make_no_difference() -> None:
    client, _transport = tenant_of().client()
    plain = task_status_info.run(params_of(pending=True), client)
    other = task_status_info.run(params_of(pending=True), client, check_mode=True, diff=True)
    assert (plain["tasks"], plain["changed"]) == (other["tasks"], other["changed"])
