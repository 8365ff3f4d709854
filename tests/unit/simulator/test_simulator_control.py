# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control surface, the log, and that neither of them keeps a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from simulator.control import ENDPOINTS
from simulator.server import SimulatorError
from tools.limits import HANGS_AFTER


def test_index_lists_what_there_is(simulator: Any) -> None:
    endpoints = simulator.control("GET", "/")["endpoints"]
    assert endpoints == ENDPOINTS
    for endpoint in endpoints:
        method, path = endpoint.split()
        url = simulator.base_url + path.replace("{id}", "none")
        answer = requests.request(method, url, json={}, timeout=HANGS_AFTER)
        assert answer.status_code != 405, endpoint
        assert answer.headers["Content-Type"] == "application/json", endpoint


def test_reset_begins_anew(simulator: Any, caller: Any) -> None:
    api = caller(simulator.base_url, simulator.token())
    simulator.settings(rate_limit=1, experimental=["v2024"])
    simulator.arm({"action": "bad_json"})
    simulator.race({"after": "list", "complete": ["x"]})
    api.get("/v2025/task-status")
    state = simulator.reset(tasks=40, stuck=7, seed=5, now="2026-11-01T08:00:00Z", settings={"latency": 0.0})
    assert state["tasks"] == {"all": 40, "pending": 7, "completed": 33}
    assert (state["faults"], state["races"]) == ([], [])
    assert (state["settings"]["rate_limit"], state["settings"]["experimental"]) == (0, [])
    assert state["now"].startswith("2026-11-01T08:0")
    assert simulator.log() == []
    assert api.get("/v2025/task-status").status_code == 401
    first = simulator.tasks()
    simulator.reset()
    assert simulator.tasks() == first
    simulator.reset(seed=6)
    assert simulator.tasks() != first


@pytest.mark.parametrize(
    "body", [{"tasks": -1}, {"tasks": "x"}, {"colour": 1}, {"now": "noon"}, {"settings": {"latency": -1}}]
)
def test_bad_resets_are_refused_and_change_nothing(body: dict[str, Any], simulator: Any) -> None:
    simulator.put_tasks([{"id": "a"}])
    with pytest.raises(SimulatorError):
        simulator.control("POST", "/reset", body)
    assert list(simulator.tasks()) == ["a"]


@pytest.mark.parametrize(
    "changes",
    [{"nonsense": 1}, {"rate_limit": "many"}, {"rate_limit": -1}, {"empty_pending": 205}, {"experimental": ["v3"]},
     {"test_op": "maybe"}, {"latency": None}, {"rate_limit": 5, "bodyless": [500]}, {"rate_limit": True},
     {"refused_types": ["QUARTZ"]}, {"shape": "round"}],
)  # fmt: skip
def test_bad_settings_are_refused_and_change_nothing(changes: dict[str, Any], simulator: Any) -> None:
    before = simulator.settings()
    with pytest.raises(SimulatorError):
        simulator.settings(**changes)
    assert simulator.settings() == before


def test_settings(simulator: Any) -> None:
    assert simulator.settings(latency=0, rate_limit=5)["rate_limit"] == 5
    assert simulator.settings()["rate_limit"] == 5


def test_partial_tasks_are_completed_with_defaults(simulator: Any) -> None:
    (made,) = simulator.put_tasks([{"uniqueName": "mine", "extra": {"kept": 1}}])
    task = simulator.task(made)
    assert task["extra"] == {"kept": 1}
    assert task["completionStatus"] is None
    assert task["completed"] is None
    assert task["created"].endswith("Z")
    simulator.put_tasks([{"id": made, "completionStatus": "Success"}])
    assert simulator.task(made)["completed"] is not None
    assert simulator.task(made)["completionStatus"] == "Success"
    assert list(simulator.pending()) == []


def test_raw_tasks_break_the_schema_as_told(simulator: Any, api: Any) -> None:
    raw = {"id": "odd", "created": "2020-07-11 21:23:15", "completionStatus": None, "messages": None, "type": 5}
    simulator.put_tasks([raw], raw=True)
    assert api.get("/v2025/task-status").json() == [raw]
    assert api.get("/v2025/task-status/odd").json() == raw
    assert list(simulator.pending()) == ["odd"]


def test_replace_and_delete(simulator: Any) -> None:
    simulator.put_tasks([{"id": "a"}, {"id": "b/1"}])
    simulator.put_tasks([{"id": "c"}, {"id": "d"}, {"id": "e/2"}], replace=True)
    assert set(simulator.tasks()) == {"c", "d", "e/2"}
    simulator.control("DELETE", "/tasks/e%2F2")
    assert simulator.delete_tasks(["c", "nope"]) == 1
    with pytest.raises(SimulatorError):
        simulator.task("c")
    assert simulator.delete_tasks() == 1
    assert simulator.tasks() == {}


def test_complete(simulator: Any) -> None:
    simulator.put_tasks([{"id": "a"}, {"id": "b", "completionStatus": "ERROR"}])
    assert simulator.complete(["a", "b", "c"]) == ["a"]
    assert simulator.task("a")["completionStatus"] == "SUCCESS"
    assert simulator.task("b")["completionStatus"] == "ERROR"
    with pytest.raises(SimulatorError):
        simulator.complete(["a"], status="done")


def test_complete_in_two_steps(simulator: Any) -> None:
    simulator.put_tasks([{"id": "a"}])
    with pytest.raises(SimulatorError, match="seconds"):
        simulator.complete(["a"], completing=-1)
    assert simulator.complete(["a"], "ERROR", completing=3600) == ["a"]
    task = simulator.task("a")
    assert (task["completed"], task["completionStatus"]) == (task["modified"], None)
    (race,) = simulator.state()["races"]
    assert (race["after"], race["complete"], race["status"]) == ("seconds", ["a"], "ERROR")


def test_a_task_that_is_just_being_completed_can_be_put(simulator: Any) -> None:
    simulator.put_tasks([{"id": "a", "completed": "2026-11-01T10:00:00.000Z"}])
    assert simulator.task("a")["completionStatus"] is None
    assert list(simulator.pending()) == ["a"]


def test_log_and_counters(simulator: Any, api: Any) -> None:
    simulator.put_tasks([{"id": "a"}])
    document = [{"op": "replace", "path": "/completionStatus", "value": "Error"}]
    api.get("/v2025/task-status", limit=3)
    api.patch("/v2025/task-status/a", document)
    api.get("/v2025/task-status/none")
    first, second, third = simulator.log()
    assert (first["n"], first["method"], first["path"], first["query"]) == (1, "GET", "/v2025/task-status", "limit=3")
    assert (first["kind"], first["api_version"], first["client_id"]) == ("list", "v2025", "demo-client")
    assert (second["body"], second["status"], second["task_id"]) == (document, 200, "a")
    assert second["headers"]["content-type"] == "application/json-patch+json"
    assert third["status"] == 404
    assert [entry["n"] for entry in simulator.log(since=1)] == [2, 3]
    assert [entry["n"] for entry in simulator.log(kind="update", status=200)] == [2]
    counters = simulator.counters()
    assert counters["total"] == 3
    assert counters["by_kind"] == {"list": 1, "update": 1, "get": 1}
    assert counters["by_status"] == {"200": 2, "404": 1}
    simulator.clear_log()
    assert simulator.log() == []
    assert simulator.counters()["total"] == 0


def test_nothing_secret_is_kept(simulator: Any) -> None:
    form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    answer = requests.post(f"{simulator.base_url}/oauth/token", data=form, timeout=HANGS_AFTER)
    token = answer.json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    requests.get(f"{simulator.base_url}/v2025/task-status", headers=bearer, timeout=HANGS_AFTER)
    url = f"{simulator.base_url}/v2025/task-status/demo-secret"
    requests.patch(
        url, params={"t": token}, data=f"x{token}", headers={**bearer, "X-Odd": "demo-secret"}, timeout=HANGS_AFTER
    )
    requests.post(f"{simulator.base_url}/oauth/token", json=form, timeout=HANGS_AFTER)
    wrong = {**form, "client_secret": "a wrong but real one"}
    requests.post(f"{simulator.base_url}/oauth/token", data=wrong, timeout=HANGS_AFTER)
    everything = json.dumps([simulator.log(), simulator.state(), simulator.counters()])
    assert token not in everything
    assert "demo-secret" not in everything
    assert "a wrong but real one" not in everything
    sign_in, reading, leaking = simulator.log()[:3]
    assert sign_in["body"] == {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "***"}
    assert sign_in["client_id"] == "demo-client"
    assert reading["headers"]["authorization"] == leaking["headers"]["authorization"]
    assert reading["headers"]["authorization"].startswith("sha256:")
    assert (sign_in["leaks"], reading["leaks"]) == ([], [])
    assert set(leaking["leaks"]) == {"body", "path", "query", "header x-odd"}


@pytest.mark.parametrize("way", ["files", "params"])
def test_nothing_secret_is_kept_of_other_forms_of_sign_in(way: str, simulator: Any) -> None:
    for secret in ("demo-secret", "a wrong but real one"):
        form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": secret}
        sent: dict[str, Any] = {way: {name: (None, value) for name, value in form.items()} if way == "files" else form}
        requests.post(f"{simulator.base_url}/oauth/token", timeout=HANGS_AFTER, **sent)
    log = simulator.log()
    assert "demo-secret" not in json.dumps(log)
    assert "a wrong" not in json.dumps(log).replace("+", " ").replace("%20", " ")
    shown = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "***"}
    for entry in log:
        assert entry["client_id"] == "demo-client"
        if way == "files":
            assert (entry["body"], entry["leaks"]) == (shown, [])
        else:
            assert entry["query"] == "grant_type=client_credentials&client_id=demo-client&client_secret=***"
            assert entry["leaks"] == ["query"]


def test_control_is_not_logged_nor_faulty(simulator: Any) -> None:
    simulator.arm({"action": "reset_before"})
    simulator.settings(latency=60.0)
    assert simulator.state()["tasks"]["all"] == 0
    simulator.settings(latency=0.0)
    assert simulator.log() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/tasks", [1]), ("POST", "/tokens", {"client_id": "x"}), ("POST", "/complete", {}),
     ("GET", "/log?since=x", None), ("DELETE", "/reset", None)],
)  # fmt: skip
def test_bad_control_requests_say_why(method: str, path: str, body: Any, simulator: Any) -> None:
    with pytest.raises(SimulatorError, match=r"\w"):
        simulator.control(method, path, body)
