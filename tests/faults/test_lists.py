# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of which a tenant, or a gateway before it, gives a part, more than there is, or no end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api import paging
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status, task_status_info
from faults.support import (
    Listener,
    environment,
    http_answer,
    info,
    listening,
    module_command,
    module_input,
    process,
    run,
)
from simulator.server import Simulator

LENGTH = 1000  # tasks, all pending
Lie = Callable[[int, int], range]  # from offset and limit to the numbers of the tasks that are shown


def honest(offset: int, limit: int) -> range:
    return range(min(offset, LENGTH), min(offset + limit, LENGTH))


#: What cannot be read to its end.
ENDLESS: dict[str, Lie] = {
    "offset ignored": lambda offset, limit: honest(0, limit),
    "offset and limit ignored": lambda offset, limit: honest(0, LENGTH),
    "offset ignored and pages capped": lambda offset, limit: honest(0, min(limit, 100)),
    "offset as a page's number": lambda offset, limit: honest(offset * limit, limit),
    "offset only up to 500": lambda offset, limit: honest(min(offset, 500), limit),
    "always more": lambda offset, limit: range(offset, offset + limit),
}
#: What can.
READABLE: dict[str, Lie] = {
    "honest": honest,
    "pages capped at 100": lambda offset, limit: honest(offset, min(limit, 100)),
    "pages capped at 10": lambda offset, limit: honest(offset, min(limit, 10)),
    "limit ignored": lambda offset, limit: honest(offset, LENGTH),
}


@contextmanager
def tenant_that(lie: Lie, total: int | None) -> Iterator[tuple[Listener, dict[str, Any]]]:
    """Run a tenant whose lists are as a lie has them; yield it with the options to reach it.

    :param total: what it counts; None: it does not say
    """

    def answer(request: str) -> bytes:
        method, target, _version = request.partition("\r\n")[0].split(" ")
        url = urlsplit(target)
        if url.path == "/oauth/token":
            return http_answer(200, {"access_token": "some-token", "expires_in": 749})
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        count = [("X-Total-Count", str(total))] if query.get("count") == "true" and total is not None else []
        if method == "HEAD":
            return http_answer(204, headers=count)
        if "limit" in query:
            shown = lie(int(query["offset"]), int(query["limit"]))
            return http_answer(200, [pending(f"t{number:06d}") for number in shown], count)
        status = "ERROR" if method == "PATCH" else None
        return http_answer(200, {**pending(url.path.rpartition("/")[2]), "completionStatus": status})

    with listening(answer) as listener:
        options = {"base_url": listener.base_url, "client_id": "some", "client_secret": "some-secret"}
        yield listener, {**options, "rate_limit": 0, "retries": 0, "pending": True}


def pending(task_id: str) -> dict[str, Any]:
    return {"id": task_id, "completionStatus": None, "launched": "2026-01-02T03:04:05Z", "uniqueName": "Cloud"}


@pytest.fixture(autouse=True)
def _soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a list that is not counted for endless sooner: that it takes 100,000 records is a unit test's."""
    monkeypatch.setattr(paging, "_MAX_UNCOUNTED", 10 * LENGTH)


def updates(listener: Listener) -> int:
    return sum(request.startswith("PATCH ") for request in listener.received)


@pytest.mark.parametrize("total", [None, 10, LENGTH])
@pytest.mark.parametrize("lie", ENDLESS)
def test_a_part_of_a_list_is_never_returned_for_the_whole(lie: str, total: int | None) -> None:
    with tenant_that(ENDLESS[lie], total) as (listener, options):
        for more in ({}, {"count": True}, {"older_than": "1s", "count_only": True}):
            result = run(task_status_info, {**options, **more})
            assert result["failed"] is True and "tasks" not in result and "total_count" not in result, more
            assert result["msg"].startswith("The list of tasks cannot be read to its end: ")
            assert result["msg"].endswith(".") and len(result["msg"]) < 300
        assert len(listener.received) < 3 * 100


@pytest.mark.parametrize("total", [None, LENGTH])
@pytest.mark.parametrize("lie", READABLE)
def test_what_a_gateway_makes_of_the_limit_leaves_no_task_out(lie: str, total: int | None) -> None:
    with tenant_that(READABLE[lie], total) as (_listener, options):
        for more in ({}, {"count": True}, {"page_size": 50}, {"limit": 999}):
            result = run(task_status_info, {**options, **more})
            shown = [task["id"] for task in result["tasks"]]
            assert shown == [f"t{number:06d}" for number in range(more.get("limit", LENGTH))], more


@pytest.mark.parametrize("total", [None, 10])
@pytest.mark.parametrize("lie", ENDLESS)
def test_nothing_is_changed_where_the_list_cannot_be_read_to_its_end(lie: str, total: int | None) -> None:
    with tenant_that(ENDLESS[lie], total) as (listener, options):
        for more in ({}, {"observe": "1s"}, {"among": ["t000001"]}):
            result = run(task_status, {**options, "completion_status": "error", **more})
            assert result["failed"] is True and result["changed"] is False, more
            assert "The list of tasks cannot be read to its end: " in result["msg"]
            assert not result.get("tasks")
        assert updates(listener) == 0


@pytest.mark.parametrize("lie", READABLE)
def test_all_is_selected_whatever_a_gateway_makes_of_the_limit(lie: str) -> None:
    """So a share that may be updated is one of all."""
    with tenant_that(READABLE[lie], None) as (listener, options):
        result = run(task_status, {**options, "completion_status": "error", "max_tasks": LENGTH - 1})
        assert f"{LENGTH} tasks are selected" in result["msg"] and updates(listener) == 0
        assert result["pending_before"] == LENGTH


def test_a_module_process_ends_where_a_list_does_not(tmp_path: Path) -> None:
    with tenant_that(ENDLESS["always more"], 10) as (_listener, options):
        command, env = module_command("task_status_info"), environment(tmp_path)
        with process(command, env, module_input({**options, "count": True})) as module:
            _status, output = module.finished()
    result = json.loads(output)
    assert result["failed"] is True and "the tenant counts 10 tasks (X-Total-Count)" in result["msg"]


@pytest.mark.parametrize(("length", "count", "requests"), [(100, False, 2), (100, True, 1), (99, False, 1)])
def test_only_a_length_at_which_gateways_cap_costs_a_request(
    simulator: Simulator, length: int, count: bool, requests: int
) -> None:
    simulator.put_tasks({"id": f"t{number:03d}"} for number in range(length))
    assert len(info(simulator, pending=True, count=count)["tasks"]) == length
    assert len(simulator.log(kind="pending")) == requests
