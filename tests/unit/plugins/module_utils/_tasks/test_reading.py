# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    ApiError,
    Cancelled,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.reading import State, StateReader, check_ids
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    GENERATIONS,
    LIST_PATHS,
    Request,
    Tenant,
    Transport,
    response,
    task,
)
from hypothesis import given
from hypothesis import strategies as st

OLD, LATER = ("beta", "v2024"), ("v2025", "v2026", "v1")


def ids_of(number: int, prefix: str = "task") -> list[str]:
    return [f"{prefix}-{place:05d}" for place in range(number)]


def read_all(tenant: Tenant, ids: list[str], most: int | None = None) -> tuple[dict[str, State], Transport]:
    client, transport = tenant.client(retries=0)
    reader = StateReader(TaskStatusApi(client), ids)
    states: dict[str, State] = {}
    rounds = 0
    while reader:
        rounds += 1
        assert rounds < 1000, "it reads on and on"
        found = reader.next_round(most or len(ids))
        assert found and not found.keys() & states.keys()
        states.update(found)
        reader.settle(gone=0)
    return states, transport


def kinds(transport: Transport) -> dict[str, int]:
    """Return how many requests there were of each kind."""
    counts = {"pending": 0, "filtered": 0, "single": 0}
    for request in transport.api_requests:
        assert request.method == "GET"
        if request.path.endswith("/pending-tasks") or request.query.get("filters", "").endswith("isnull"):
            counts["pending"] += 1
        else:
            counts["filtered" if "filters" in request.query else "single"] += 1
    return counts


# How many requests


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_thousand_pending_tasks_are_four_pages(api_version: str) -> None:
    ids = ids_of(1000)
    states, transport = read_all(Tenant(map(task, ids), api_version), ids)
    assert states == {task_id: task(task_id) for task_id in ids}
    assert kinds(transport) == {"pending": 4, "filtered": 0, "single": 0}
    assert [request.query["offset"] for request in transport.api_requests] == ["0", "250", "500", "750"]
    assert transport.count("POST") == 0 and len(transport.requests) == 5


@pytest.mark.parametrize("api_version", LATER)
@pytest.mark.parametrize("number", [2, 100])
def test_up_to_a_hundred_ids_are_one_request_where_the_list_has_them_all(api_version: str, number: int) -> None:
    ids = ids_of(number)
    tenant = Tenant([task(task_id, "SUCCESS" if place % 2 else None) for place, task_id in enumerate(ids)], api_version)
    states, transport = read_all(tenant, ids)
    assert states == tenant.tasks
    assert kinds(transport) == {"pending": 0, "filtered": 1, "single": 0}


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_one_id_is_one_request(api_version: str) -> None:
    states, transport = read_all(Tenant([task("a"), task("b")], api_version), ["a"])
    assert states == {"a": task("a")}
    assert kinds(transport) == {"pending": 0, "filtered": 0, "single": 1}


@pytest.mark.parametrize("api_version", OLD)
def test_completed_tasks_are_read_by_the_hundred_where_the_list_has_those_only(api_version: str) -> None:
    ids = ids_of(1000)
    tenant = Tenant([task(task_id, "SUCCESS") for task_id in ids], api_version)
    states, transport = read_all(tenant, ids)
    assert states == tenant.tasks
    assert kinds(transport) == {"pending": 1, "filtered": 10, "single": 0}


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_mixture_is_read_in_few_requests(api_version: str) -> None:
    ids = ids_of(1000)
    random.Random(5).shuffle(ids)
    tenant = Tenant([task(task_id, "SUCCESS" if place % 2 else None) for place, task_id in enumerate(ids)], api_version)
    for task_id in ids[:7]:
        del tenant.tasks[task_id]
    states, transport = read_all(tenant, ids)
    assert states == {task_id: tenant.tasks.get(task_id) for task_id in ids}
    counts = kinds(transport)
    assert counts["single"] == 7
    assert counts["pending"] + counts["filtered"] <= 13


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_a_few_ids_among_many_pending_tasks(api_version: str) -> None:
    everything = ids_of(5000)
    ids = everything[::1000]
    _states, transport = read_all(Tenant(map(task, everything), api_version), ids)
    assert len(transport.api_requests) <= 10


def test_ids_whose_filter_would_be_too_long_are_spread_over_requests() -> None:
    ids = [f"{'ä/' * 40}{number}" for number in range(60)]
    tenant = Tenant([task(task_id, "SUCCESS") for task_id in ids], "v2026")
    states, transport = read_all(tenant, ids)
    assert states == tenant.tasks
    assert kinds(transport)["filtered"] > 1
    for request in transport.api_requests:
        assert sum(len(value.encode()) * 3 for value in request.query.values()) < 3 * 8000


def test_an_id_too_long_for_any_filter_keeps_no_other_from_one() -> None:
    ids = ["x" * 7000, *ids_of(50)]
    tenant = Tenant([task(task_id, "SUCCESS") for task_id in ids], "v2026")
    states, transport = read_all(tenant, ids)
    assert states == tenant.tasks
    assert kinds(transport) == {"pending": 0, "filtered": 1, "single": 1}


@pytest.mark.parametrize("api_version", OLD)
def test_further_pages_are_the_last_resort_where_no_filter_shows_what_is_pending(api_version: str) -> None:
    """As long as they are fewer than the tasks that would be asked for one by one."""
    ids = ids_of(40)
    others = [task(task_id) for task_id in ids_of(600, "other")]
    states, transport = read_all(Tenant([*others, *map(task, ids)], api_version), ids)
    assert states == {task_id: task(task_id) for task_id in ids}
    assert kinds(transport) == {"pending": 3, "filtered": 1, "single": 0}
    few = ids[:2]
    states, transport = read_all(Tenant([*others, *map(task, few)], api_version), few)
    assert states == {task_id: task(task_id) for task_id in few}
    assert kinds(transport) == {"pending": 2, "filtered": 1, "single": 2}


@pytest.mark.parametrize("api_version", OLD)
def test_a_list_that_has_ended_is_not_asked_for_more(api_version: str) -> None:
    tenant = Tenant([*map(task, "abc"), task("d", "ERROR"), task("e", "ERROR")], api_version)
    states, transport = read_all(tenant, list("abcde"))
    assert states == tenant.tasks
    assert kinds(transport) == {"pending": 1, "filtered": 1, "single": 0}


@pytest.mark.parametrize(
    ("api_version", "every", "requests"),
    [
        ("v2024", 5, {"pending": 12, "filtered": 0, "single": 0}),
        ("v2026", 5, {"pending": 1, "filtered": 6, "single": 0}),
        ("v2026", 2, {"pending": 12, "filtered": 0, "single": 0}),
    ],
)
def test_pages_are_read_as_long_as_they_show_more_than_other_requests_would(
    api_version: str, every: int, requests: dict[str, int]
) -> None:
    """A filter shows a hundred where it knows pending tasks, and else none of them."""
    everything = ids_of(3000)
    ids = everything[::every]
    states, transport = read_all(Tenant(map(task, everything), api_version), ids)
    assert states == {task_id: task(task_id) for task_id in ids}
    assert kinds(transport) == requests


@pytest.mark.parametrize("api_version", OLD)
def test_two_pending_ids_are_one_page(api_version: str) -> None:
    _states, transport = read_all(Tenant(map(task, "abc"), api_version), ["a", "b"])
    assert kinds(transport) == {"pending": 1, "filtered": 0, "single": 0}


@pytest.mark.parametrize("api_version", LATER)
def test_what_a_filter_over_everything_does_not_show_is_on_no_list(api_version: str) -> None:
    states, transport = read_all(Tenant(map(task, "xyz"), api_version), list("abcde"))
    assert states == dict.fromkeys("abcde")
    assert kinds(transport) == {"pending": 0, "filtered": 1, "single": 5}


def test_single_reads_fill_a_round_up() -> None:
    ids = ids_of(10)
    tenant = Tenant(map(task, ids), "v2026")
    tenant.before = lambda request: response(200, [task(ids[0]), task(ids[1])]) if request.query else None
    client, transport = tenant.client()
    reader = StateReader(TaskStatusApi(client), ids)
    assert list(reader.next_round(5)) == ids[:5]
    assert kinds(transport) == {"pending": 0, "filtered": 1, "single": 3}


@pytest.mark.parametrize("api_version", LATER)
def test_without_the_one_list_nothing_more_is_asked(api_version: str) -> None:
    tenant = Tenant([], api_version)
    tenant.before = lambda request: response(404, {"error": "no"}) if request.path != "/oauth/token" else None
    states, transport = read_all(tenant, ids_of(150))
    assert all(isinstance(state, ApiError) for state in states.values())
    assert len(transport.api_requests) == 1


@pytest.mark.parametrize("api_version", OLD)
def test_without_the_list_of_pending_tasks_the_other_one_may_be_there(api_version: str) -> None:
    tenant = Tenant([task("a"), task("b", "ERROR"), task("c", "ERROR")], api_version)
    tenant.before = lambda request: response(404, {"error": "no"}) if request.path.endswith("-tasks") else None
    states, _transport = read_all(tenant, ["a", "b", "c"])
    assert states == tenant.tasks


# Every state is the truth


@given(
    st.sampled_from(GENERATIONS),
    st.integers(0, 400),
    st.integers(0, 400),
    st.integers(0, 5),
    st.integers(0, 2**32),
    st.sampled_from([1, 50, 250, 1000]),
)
def test_each_state_is_what_the_tenant_holds(
    api_version: str, pending: int, completed: int, missing: int, seed: int, most: int
) -> None:
    chance = random.Random(seed)
    tenant = Tenant(
        [*map(task, ids_of(pending, "p")), *(task(task_id, "ERROR") for task_id in ids_of(completed, "c"))], api_version
    )
    ids = [*tenant.tasks, *ids_of(missing, "missing")]
    ids = chance.sample(ids, chance.randint(0, len(ids)))
    states, _transport = read_all(tenant, ids, most)
    assert states == {task_id: tenant.tasks.get(task_id) for task_id in ids}


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize(
    "failure",
    [
        response(500, {"detailCode": "x"}),
        response(400),
        response(403),
        response(200, {"no": "list"}),
        response(200, text="<html>"),
        response(200, []),
    ],
)
def test_lists_that_cannot_be_read_are_made_up_for_by_single_reads(api_version: str, failure: Any) -> None:
    ids = ids_of(350)
    tenant = Tenant([task(task_id, "SUCCESS" if place % 2 else None) for place, task_id in enumerate(ids)], api_version)

    def lists_fail(request: Request) -> Any:
        is_list = request.path == LIST_PATHS[api_version] or request.path.endswith("/pending-tasks")
        return failure if is_list else None

    tenant.before = lists_fail
    states, transport = read_all(tenant, ids)
    assert states == tenant.tasks
    counts = kinds(transport)
    assert counts["single"] == 350
    # A list that fails is asked once, not for each hundred ids again.
    assert counts["pending"] <= 1 and counts["filtered"] <= (4 if failure.content == b"[]" else 1)


@pytest.mark.parametrize("records", [[None, 5, "x", {}, {"id": None}, {"id": 7}, {"id": "task-00000"}] * 2])
def test_records_that_are_no_tasks_are_no_trouble(records: list[Any]) -> None:
    tenant = Tenant([task("task-00000"), task("task-00001")], "v2024")
    tenant.before = lambda request: response(200, records) if request.path.endswith("/pending-tasks") else None
    states, _transport = read_all(tenant, ["task-00000", "task-00001"])
    assert states == {"task-00000": {"id": "task-00000"}, "task-00001": task("task-00001")}


def test_an_error_of_one_task_is_its_state() -> None:
    ids = ids_of(5)
    tenant = Tenant([], "v2024")
    answers = {
        ids[0]: response(500, {"detailCode": "boom"}),
        ids[1]: response(200, [1]),
        ids[2]: response(404),
        ids[3]: response(200, task(ids[3])),
        ids[4]: response(200, text="<html>"),
    }
    tenant.before = lambda request: answers.get(request.path.rpartition("/")[2])
    states, _transport = read_all(tenant, ids)
    assert isinstance(states[ids[0]], ApiError)
    assert isinstance(states[ids[1]], NoAnswerError)
    assert states[ids[2]] is None
    assert states[ids[3]] == task(ids[3])
    assert isinstance(states[ids[4]], NoAnswerError)


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_without_a_sign_in_nothing_is_read(api_version: str) -> None:
    tenant = Tenant([], api_version)
    tenant.before = lambda request: response(400)
    client, transport = tenant.client()
    reader = StateReader(TaskStatusApi(client), ids_of(10))
    with pytest.raises(SignInError):
        reader.next_round(10)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("number", [1, 5, 300])
def test_told_to_stop_it_stops(number: int) -> None:
    client, transport = Tenant([], "v2024").client()
    client.cancel()
    with pytest.raises(Cancelled):
        StateReader(TaskStatusApi(client), ids_of(number)).next_round(number)
    assert transport.requests == []


# Rounds


@pytest.mark.parametrize("api_version", GENERATIONS)
@pytest.mark.parametrize("acts", [True, False])
def test_rounds_read_each_page_once_whether_its_tasks_leave_the_list_or_not(api_version: str, acts: bool) -> None:
    ids = ids_of(3000)
    tenant = Tenant(map(task, ids), api_version)
    client, transport = tenant.client()
    reader = StateReader(TaskStatusApi(client), ids)
    states: dict[str, State] = {}
    while reader:
        found = reader.next_round(1000)
        states.update(found)
        for task_id in found if acts else ():
            tenant.finish(task_id)
        reader.settle(gone=len(found) if acts else 0)
    assert states.keys() == set(ids)
    assert kinds(transport) == {"pending": 12, "filtered": 0, "single": 0}


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_what_was_not_acted_on_is_read_again(api_version: str) -> None:
    ids = ids_of(600)
    tenant = Tenant(map(task, ids), api_version)
    client, _transport = tenant.client()
    reader = StateReader(TaskStatusApi(client), ids)
    first = reader.next_round(600)
    acted_on = list(first)[:200]
    for task_id in acted_on:
        tenant.finish(task_id)
    left = [task_id for task_id in first if task_id not in acted_on]
    reader.settle(gone=200, unread=left)
    tenant.finish(left[0], "WARNING")
    again: dict[str, State] = {}
    while reader:
        again.update(reader.next_round(600))
        reader.settle(gone=0)
    assert again.keys() == set(left)
    assert again == {task_id: tenant.tasks[task_id] for task_id in left}


def test_the_ids_of_a_round_are_about_as_many_as_asked_for() -> None:
    ids = ids_of(400)
    tenant = Tenant([task(task_id, "SUCCESS") for task_id in ids], "v2026")
    client, _transport = tenant.client()
    reader = StateReader(TaskStatusApi(client), ids)
    assert len(reader.next_round(150)) == 200
    reader.settle(gone=0)
    assert len(reader.next_round(1)) == 100


# Ids


def test_ids_come_once_in_their_order() -> None:
    assert check_ids("id", ["b", "a", "b", 5, "c", "5"]) == ["b", "a", "5", "c"]  # type: ignore[list-item]
    assert check_ids("id", []) == []


@pytest.mark.parametrize("bad", ["", ".", "..", "\udcff", "a\ud800b", "\udfff"])
def test_an_id_that_can_be_no_path_segment_is_refused(bad: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_ids("id", ["a", bad])
    why = "is not the id of a task" if len(bad.strip(".")) == 0 else "holds bytes that are no UTF-8 text"
    assert str(caught.value) == f"id: {bad!r} {why}."


@given(st.lists(st.text(min_size=1), max_size=5))
def test_any_other_text_is_an_id(ids: list[str]) -> None:
    try:
        assert check_ids("id", ids) == list(dict.fromkeys(ids))
    except OptionError:
        assert {".", ".."} & set(ids)


def test_errors_are_states_that_can_be_told() -> None:
    assert isinstance(ApiError("GET /x", 500), SailPointError)
