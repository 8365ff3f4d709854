# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aggregations: starting them, watching one, and how they end."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

GENERATIONS = ["beta", "v2024", "v2025", "v2026", "v1"]
SOURCE = {"id": "2c9180835d191a86015d28455b4a2329", "type": "APPLICATION", "name": "HR [source]"}
FORM = {"disableOptimization": (None, "true")}  # multipart/form-data
NOTHING = {"file": ("", b"")}


def start(version: str, what: str, source: str = SOURCE["id"]) -> str:
    base = "/sources/v1" if version == "v1" else f"/{version}/sources"
    return f"{base}/{source}/load-{what}"


def status_path(version: str, task_id: str) -> str:
    base = "/account-aggregations/v1" if version == "v1" else f"/{version}/account-aggregations"
    return f"{base}/{task_id}/status"


@pytest.fixture(autouse=True)
def source(simulator: Any) -> None:
    """A source is one that a task works on."""
    simulator.put_tasks([{"id": "earlier", "target": SOURCE, "completionStatus": "SUCCESS"}])


@pytest.mark.parametrize("version", GENERATIONS)
def test_accounts(version: str, api: Any, simulator: Any, lists: dict[str, str]) -> None:
    simulator.settings(aggregation_time=3600)
    before = datetime.now(timezone.utc).timestamp() * 1000
    answer = api("POST", start(version, "accounts"), files=FORM)
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"success", "task"}
    told = answer.json()["task"]
    assert set(told) == {
        "type", "id", "name", "description", "parentName", "launcher", "created", "launched", "completed",
        "completionStatus", "messages", "returns", "attributes", "progress",
    }  # fmt: skip
    assert (told["name"], told["launcher"], told["type"]) == ("Cloud Account Aggregation", "System", "QUARTZ")
    assert isinstance(told["created"], int)
    assert before - 1000 < told["created"] == told["launched"]
    assert set(told["attributes"]) == {"eventId", "appId", "optimizedAggregation"}
    assert told["attributes"]["optimizedAggregation"] == "disabled"
    assert len(told["returns"]) > 25
    assert set(told["returns"][0]) == {"displayLabel", "attributeName"}

    task = api.get(f"{lists[version]}/{told['id']}").json()
    assert (task["completionStatus"], task["completed"]) == (None, None)
    assert (task["uniqueName"], task["target"]) == ("Cloud Account Aggregation", SOURCE)
    assert [entry["api_version"] for entry in simulator.log(kind="aggregate", status=202)] == [version]


@pytest.mark.parametrize("version", GENERATIONS)
def test_entitlements(version: str, api: Any, simulator: Any, lists: dict[str, str]) -> None:
    answer = api("POST", start(version, "entitlements"), files=NOTHING)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["uniqueName"], told["launcher"], told["launched"]) == (
        "Cloud Group Aggregation", "slpt.services", None,
    )  # fmt: skip
    assert told["created"].endswith("+00:00")
    task = api.get(f"{lists[version]}/{told['id']}").json()
    assert (task["completionStatus"], task["launched"], task["target"]) == (None, None, SOURCE)
    assert simulator.log(kind="aggregate_entitlements", status=202)[0]["api_version"] == version


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "multipart/form-data"}, {"Content-Type": "application/json"}])
def test_entitlements_without_a_boundary(headers: dict[str, str], api: Any, simulator: Any) -> None:
    answer = api("POST", start("v2025", "entitlements"), headers=headers)
    assert answer.status_code == 500
    assert set(answer.json()) == {"errorName", "errorMessage", "trackingId"}
    assert list(simulator.tasks()) == ["earlier"]


def test_by_another_form_or_none(api: Any, simulator: Any) -> None:
    for options in ({"data": {"disableOptimization": "true"}}, {}):
        assert api("POST", start("beta", "accounts"), **options).status_code == 202
    made = list(simulator.pending().values())
    assert sorted(task["attributes"]["optimizedAggregation"] for task in made) == ["disabled", "enabled"]


def test_what_no_aggregation_is_started_for(api: Any, simulator: Any, caller: Any) -> None:
    for what in ("accounts", "entitlements"):
        assert api("POST", start("v2025", what, "unknown"), files=FORM).status_code == 404
    assert api("POST", start("v2025", "accounts"), json={"disableOptimization": False}).status_code == 415
    reader = caller(simulator.base_url, simulator.token("demo-reader"))
    assert reader("POST", start("v2025", "accounts"), files=FORM).status_code == 403
    assert list(simulator.tasks()) == ["earlier"]


def test_of_a_source_that_only_attributes_tell(api: Any, simulator: Any) -> None:
    other = "a" * 32
    attributes = {"appId": other, "applications": "Workday [source]"}
    simulator.put_tasks([{"id": "x", "target": None, "attributes": attributes}], replace=True)
    task_id = api("POST", start("v1", "accounts", other), files=FORM).json()["task"]["id"]
    assert simulator.task(task_id)["target"] == {"id": other, "type": "APPLICATION", "name": "Workday [source]"}


def test_an_aggregation_ends_in_two_steps(api: Any, simulator: Any) -> None:
    simulator.settings(aggregation_time=0, completing_time=3600)
    task_id = api("POST", start("v2025", "accounts"), files=FORM).json()["task"]["id"]
    path = f"/v2025/task-status/{task_id}"
    task = api.get(path).json()
    assert (task["completed"] is not None, task["completionStatus"]) == (True, None)
    assert task_id in [one["id"] for one in api.get("/v2025/task-status/pending-tasks").json()]
    assert simulator.complete([task_id]) == [task_id]
    after = api.get(path).json()
    assert (after["completed"], after["completionStatus"]) == (task["completed"], "SUCCESS")

    simulator.settings(completing_time=0)
    quick = api("POST", start("v2025", "entitlements"), files=FORM).json()["id"]
    assert api.get(f"/v2025/task-status/{quick}").json()["completionStatus"] == "SUCCESS"


def test_the_end_is_when_it_was_due_not_when_somebody_looks(api: Any, simulator: Any) -> None:
    simulator.put_tasks([{"id": "a"}])
    simulator.race({"after": "seconds", "n": 0.0, "complete": ["a"], "completing": 0.05})
    time.sleep(0.3)
    assert api.get("/v2025/task-status/a").json()["completionStatus"] == "SUCCESS"
    task = simulator.task("a")
    assert datetime.now(timezone.utc) - datetime.fromisoformat(task["completed"].replace("Z", "+00:00")) > timedelta(
        seconds=0.25
    )


@pytest.mark.parametrize("version", GENERATIONS)
def test_how_far_an_aggregation_is(version: str, api: Any, simulator: Any, caller: Any) -> None:
    simulator.put_tasks([{"id": "a"}, {"id": "b", "uniqueName": "Cloud Group Aggregation"}])
    told = api.get(status_path(version, "a")).json()
    assert told["status"] == "ACCOUNTS_COLLECTED"
    assert 0 < told["processedAccounts"] < told["totalAccounts"]
    assert api.get(status_path(version, "a")).json() == told
    simulator.complete(["a", "b"])
    told = api.get(status_path(version, "a")).json()
    assert (told["status"], told["processedAccounts"]) == ("COMPLETED", told["totalAccounts"])
    assert api.get(status_path(version, "b")).status_code == 404
    assert api.get(status_path(version, "none")).status_code == 404
    reader = caller(simulator.base_url, simulator.token("demo-reader"))
    assert reader.get(status_path(version, "a")).status_code == 403
    over_an_hour = (datetime.now(timezone.utc) - timedelta(minutes=61)).isoformat(timespec="milliseconds")
    simulator.put_tasks([{"id": "a", "completed": over_an_hour, "completionStatus": "SUCCESS"}])
    assert api.get(status_path(version, "a")).status_code == 404
    assert simulator.log(kind="aggregation_status")[0]["task_id"] == "a"
