# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS as TABLE
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import Query, TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import ApiError, NoAnswerError
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Tenant,
    Transport,
    client_of,
    in_turn,
    response,
    signed_in,
    task,
)
from hypothesis import given
from hypothesis import strategies as st

PATCH = [{"op": "replace", "path": "/completionStatus", "value": "Error"}]
# What the vendor's descriptions say of each generation that they have; the table may have newer ones besides.
LIST_PATHS = {
    "beta": "/beta/task-status",
    "v2024": "/v2024/task-status",
    "v2025": "/v2025/task-status",
    "v2026": "/v2026/task-status",
    "v1": "/task-status/v1",
}
EXPERIMENTAL = {"beta": None, "v2024": "true", "v2025": "true", "v2026": "true", "v1": None}
PENDING_PATHS = {name: f"/{name}/task-status/pending-tasks" for name in ("beta", "v2024", "v2025")}


def api_of(api_version: str, *answers: Any) -> tuple[TaskStatusApi, Transport]:
    client, transport = client_of(signed_in(in_turn(*answers)), api_version=api_version, retries=0)
    return TaskStatusApi(client), transport


def test_the_table_says_what_the_vendor_says() -> None:
    known = {name: TABLE[name] for name in LIST_PATHS}
    assert {name: generation.list_path for name, generation in known.items()} == LIST_PATHS
    assert {name: one.pending_path for name, one in known.items() if one.pending_path} == PENDING_PATHS
    assert [name for name, one in known.items() if one.pending_in_list] == ["v2025", "v2026", "v1"]
    assert [name for name, one in known.items() if "launcher" in one.filter_fields] == ["v2026", "v1"]


def test_the_table_goes_from_the_oldest_to_the_newest() -> None:
    """The last one is what deprecated ones are to be left for."""
    assert [*TABLE][0] == "beta"
    assert [*TABLE][-1] == "v1"


@pytest.mark.parametrize("api_version", LIST_PATHS)
def test_every_request_is_at_its_place_with_its_headers(api_version: str) -> None:
    api, transport = api_of(api_version, response(200, task("t")))
    api.get("t")
    api.update("t", PATCH)
    api, lists = api_of(api_version, response(200, [], {"X-Total-Count": "0"}))
    api.page(Query(), 0, 250)
    api.page(Query(pending=True), 250, 100, count=True)
    api.page(Query(filters='id eq "x"', sorters="-created"), 5, 0)
    api.count(Query(pending=True))
    requests = transport.api_requests + lists.api_requests
    path, pending_path = LIST_PATHS[api_version], PENDING_PATHS.get(api_version)
    in_list = api_version not in ("beta", "v2024")
    pending = {"limit": "100", "offset": "250", "count": "true"}
    assert [(request.method, request.path, request.query) for request in requests] == [
        ("GET", f"{path}/t", {}),
        ("PATCH", f"{path}/t", {}),
        ("GET", path, {"limit": "250", "offset": "0"}),
        ("GET", path, {**pending, "filters": "completionStatus isnull"}) if in_list else ("GET", pending_path, pending),
        ("GET", path, {"limit": "0", "offset": "5", "filters": 'id eq "x"', "sorters": "-created"}),
        (
            ("HEAD", pending_path, {"count": "true"})
            if pending_path
            else ("GET", path, {"limit": "1", "offset": "0", "count": "true", "filters": "completionStatus isnull"})
        ),
    ]
    for request in requests:
        assert request.headers.get("X-SailPoint-Experimental") == EXPERIMENTAL[api_version]
        assert request.headers.get("Content-Type") == (
            "application/json-patch+json" if request.method == "PATCH" else None
        )
    assert requests[1].patch == PATCH


@pytest.mark.parametrize("api_version", PENDING_PATHS)
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_count_that_is_refused_without_a_word_is_asked_for_again(api_version: str, status: int) -> None:
    """An answer to HEAD has no body: whatever the status, why is known from a GET only, or that it works after all."""
    refusal = response(status, {"messages": [{"text": "the reason"}], "trackingId": "t-1"})
    api, transport = api_of(api_version, response(status), refusal)
    with pytest.raises(ApiError, match=r"the reason \(tracking id t-1\)"):
        api.count(Query(pending=True))
    assert [request.method for request in transport.api_requests] == ["HEAD", "GET"]
    api, _transport = api_of(api_version, response(status), response(200, [], {"X-Total-Count": "7"}))
    assert api.count(Query(pending=True)) == 7


@pytest.mark.parametrize("api_version", ["v2025", "v2026", "v1"])
def test_a_filter_on_pending_tasks_joins_the_one_that_makes_them_pending(api_version: str) -> None:
    api, transport = api_of(api_version, response(200, [], {"X-Total-Count": "3"}))
    query = Query(pending=True, filters='type eq "X"')
    api.page(query, 0, 250)
    assert api.count(query) == 3
    assert [request.query["filters"] for request in transport.api_requests] == [
        'completionStatus isnull and type eq "X"'
    ] * 2
    assert [request.method for request in transport.api_requests] == ["GET", "GET"]


@pytest.mark.parametrize("api_version", ["beta", "v2024"])
def test_a_filter_never_gets_lost_on_a_list_that_takes_none(api_version: str) -> None:
    api, transport = api_of(api_version, response(200, []))
    with pytest.raises(ValueError, match="has no list"):
        api.page(Query(pending=True, filters='type eq "X"'), 0, 250)
    assert transport.api_requests == []


@given(st.text(min_size=1, max_size=20).filter(lambda text: text not in (".", "..")), st.sampled_from([*LIST_PATHS]))
def test_an_id_is_one_path_segment_whatever_it_holds(task_id: str, api_version: str) -> None:
    api, transport = api_of(api_version, response(200, task(task_id)))
    api.get(task_id)
    api.update(task_id, PATCH)
    for request in transport.api_requests:
        prefix, _slash, segment = request.path.rpartition("/")
        assert prefix == LIST_PATHS[api_version]
        assert unquote(segment) == task_id
        assert request.query == {}
        assert not set(segment) & set("?#&;= \\\"'<>{}|^`")


# Answers


def test_a_task_that_is_not_found_is_none() -> None:
    for answer in (response(404, {"detailCode": "404"}), response(404)):
        assert api_of("v2024", answer)[0].get("t") is None
    with pytest.raises(ApiError):
        api_of("v2024", response(404))[0].update("t", PATCH)


def test_a_web_page_does_not_say_that_there_is_no_such_task() -> None:
    with pytest.raises(ApiError, match="HTTP 404: a web page"):
        api_of("v2024", response(404, text="<html>"))[0].get("t")


def test_an_answer_about_another_task_is_none() -> None:
    for call in (lambda api: api.get("t"), lambda api: api.update("t", PATCH)):
        with pytest.raises(NoAnswerError, match=r"another task \(other\)") as caught:
            call(api_of("v2024", response(200, task("other")))[0])
        assert caught.value.status == 200


def test_a_list_that_is_not_there_points_to_the_generation() -> None:
    with pytest.raises(ApiError, match="check base_url, and whether it has this api_version"):
        api_of("v2026", response(404, {}))[0].page(Query(), 0, 1)


@pytest.mark.parametrize("data", [[], "text", 5, None, [task("t")], True])
def test_one_task_is_an_object(data: Any) -> None:
    answer = response(200, text="null") if data is None else response(200, data)
    for call in (lambda api: api.get("t"), lambda api: api.update("t", PATCH)):
        with pytest.raises(NoAnswerError, match="something else than a task") as caught:
            call(api_of("v2024", answer)[0])
        assert caught.value.status == 200


@pytest.mark.parametrize("data", [{}, "text", 5, True, {"items": []}])
def test_a_list_is_a_list(data: Any) -> None:
    with pytest.raises(NoAnswerError, match="something else than a list"):
        api_of("v2024", response(200, data))[0].page(Query(), 0, 250)


def test_an_empty_pending_list_is_answered_with_204() -> None:
    api, _transport = api_of("v2024", response(204))
    assert api.page(Query(pending=True), 0, 250).tasks == []
    assert api.page(Query(pending=True), 0, 250, count=True).total == 0
    assert api.count(Query(pending=True)) == 0


@pytest.mark.parametrize(
    ("header", "total"), [("5", 5), ("0", 0), ("", None), (None, None), ("-1", None), ("many", None), ("²", None)]
)
def test_the_total_is_what_the_header_says(header: str | None, total: int | None) -> None:
    headers = {} if header is None else {"X-Total-Count": header}
    api, _transport = api_of("v2024", response(200, [task("t")], headers))
    assert api.page(Query(), 0, 250, count=True).total == total
    assert api.count(Query()) == total
    assert api.count(Query(pending=True)) == total


def test_keys_are_untouched_and_what_is_no_object_is_left_out() -> None:
    odd = {"id": None, "new": {"x": [1, None]}, "completionStatus": "FROZEN"}
    page = api_of("v2024", response(200, [odd, None, 5, task("t")]))[0].page(Query(), 0, 250)
    assert (page.tasks, page.total, len(page.records)) == ([odd, task("t")], None, 4)


@pytest.mark.parametrize("api_version", LIST_PATHS)
def test_a_page_with_something_else_in_it_does_not_end_the_list(api_version: str) -> None:
    """Nulls everywhere: a page of 250 that holds a null is a whole page all the same."""
    tenant = Tenant([task(f"t{number}", "SUCCESS") for number in range(600)], api_version)

    def spoil(request: Any, answer: Any) -> Any:
        if answer.status_code == 200 and request.method == "GET" and isinstance(answer.json(), list):
            records = answer.json()
            if request.query["offset"] == "0":
                records[7] = None
            return response(200, records, dict(answer.headers))
        return answer

    tenant.after = spoil
    client, _transport = tenant.client()
    found = task_status_info.run({}, client)["tasks"]
    assert len(found) == 599


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda api: api.update("t", PATCH), "personal access token .PAT. .*idn:task-management:write"),
        (lambda api: api.get("t"), "idn:task-management:read"),
        (lambda api: api.page(Query(), 0, 250), "idn:task-management:read"),
        (lambda api: api.count(Query(pending=True)), "idn:task-management:read"),
    ],
)
def test_a_403_says_which_right_is_needed(call: Any, advice: str) -> None:
    body = {"detailCode": "403", "trackingId": "track-1", "messages": [{"text": "Forbidden"}]}
    with pytest.raises(ApiError, match=f"Forbidden.*track-1.*{advice}") as caught:
        call(api_of("v2024", response(403, body))[0])
    assert caught.value.as_dict()["detail_code"] == "403"


def test_the_tenant_of_these_tests_is_served() -> None:
    for api_version in TABLE:
        tenant = Tenant([task("a"), task("b", "SUCCESS")], api_version)
        client, _transport = tenant.client()
        api = TaskStatusApi(client)
        assert api.get("a") == task("a")
        assert api.page(Query(pending=True), 0, 250).tasks == [task("a")]
        assert api.count(Query(pending=True)) == 1
        assert api.update("a", PATCH)["completionStatus"] == "ERROR"
        assert api.count(Query(pending=True)) == 0


@pytest.mark.parametrize(
    ("api_version", "task_ids", "warning"),
    [
        ("beta", ["2c91808a", "x1"], "/beta/task-status/{id} is deprecated; move to api_version v1."),
        ("beta", ["stuck"], "/beta/task-status/{id} is deprecated; move to api_version v1."),
        ("v2026", ["a/b"], "/v2026/task-status/{id} is deprecated; move to api_version v1."),
        ("v1", ["x1"], "/task-status/v1/{id} is deprecated."),
    ],
)
def test_what_the_tenant_calls_deprecated_is_told_once(api_version: str, task_ids: list[str], warning: str) -> None:
    api, _transport = api_of(api_version, response(200, {}, headers={"X-Deprecated": "True"}))
    for task_id in [*task_ids, *task_ids]:
        api.get(task_id)
        api.update(task_id, PATCH)
    assert api.client.warnings == [f"The tenant says that {warning}"]
    api.client.warnings.clear()
    TaskStatusApi(api.client).get(task_ids[0])
    assert api.client.warnings == []


def test_of_a_deprecated_list_its_path_is_told() -> None:
    api, _transport = api_of("v2024", response(200, [], headers={"X-Deprecated": "true"}))
    api.page(Query(pending=True), 0, 250)
    api.page(Query(), 0, 250)
    path = "/v2024/task-status/pending-tasks"
    assert api.client.warnings == [f"The tenant says that {path} is deprecated; move to api_version v1."]


@pytest.mark.parametrize("headers", [{}, {"X-Deprecated": "false"}, {"X-Deprecated": ""}])
def test_what_is_not_deprecated_is_not_warned_of(headers: dict[str, str]) -> None:
    api, _transport = api_of("v2024", response(200, {}, headers=headers))
    api.get("t")
    assert api.client.warnings == []
