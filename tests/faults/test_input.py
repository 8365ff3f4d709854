# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input: an id is one path segment, a value is a value, and limits are checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from faults.support import check_truth, info, update
from simulator.server import Simulator

GENERATIONS = ["beta", "v2024", "v2025", "v2026", "v1"]

NASTY = [
    "a/b",
    "../other",
    "a/../other",
    "./other",
    "/other",
    "//elsewhere.invalid/other",
    "other/",
    "a b",
    " other",
    "a?limit=0",
    "a#fragment",
    "a%2Fb",
    "%2e%2e",
    "..%2fother",
    "a;b=c",
    "a:80",
    "user@elsewhere.invalid",
    "a\\b",
    'a"b',
    'other") or (id eq "other',
    "a'b",
    "a\nb",
    "a\r\nX-Injected: yes",
    "a\x00b",
    "a\tb",
    "...",
    "~",
    "\u00e4\u20ac\U0001f600",
    "pending-tasks",
    "x" * 3000,
]


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_an_id_is_one_path_segment_whatever_it_holds(simulator: Simulator, api_version: str) -> None:
    # The pending list of the older generations lies where a task of this name would.
    ids = [task_id for task_id in NASTY if task_id != "pending-tasks" or api_version in ("v2026", "v1")]
    simulator.put_tasks({"id": task_id} for task_id in [*ids, "other"])
    for task_id in ids:
        assert [task["id"] for task in info(simulator, id=[task_id], api_version=api_version)["tasks"]] == [task_id]
    result = update(simulator, ids, api_version=api_version)
    assert check_truth(simulator, ids, result) == {"updated": len(ids)}
    assert simulator.task("other")["completionStatus"] is None
    for entry in simulator.log():
        assert entry["kind"] in ("sign_in", "list", "pending", "get", "update"), entry["path"]
        assert "x-injected" not in entry["headers"]
        assert entry["task_id"] is None or entry["task_id"] in ids


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_ids_that_are_not_there_are_told_apart_from_those_that_are(simulator: Simulator, api_version: str) -> None:
    simulator.put_tasks([{"id": "other"}, {"id": "a"}])
    ids = [task_id for task_id in NASTY if task_id != "pending-tasks"]
    result = update(simulator, ids, api_version=api_version, missing_ok=True)
    assert check_truth(simulator, ids, result, missing_ok=True) == {"missing": len(ids)}
    assert len(simulator.pending()) == 2 and simulator.log(kind="update") == []


@pytest.mark.parametrize(
    "options",
    [
        {"id": [""]},
        {"id": ["a", "."]},
        {"id": [".."]},
        {"id": ["a\ud800"]},
        {"concurrency": 0},
        {"concurrency": 33},
        {"completed": "2026-01-01"},
        {"completed": "2026-01-01T00:00:00"},
        {"older_than": "1 day"},
        {"older_than": "-5"},
        {"progress_interval": "x"},
        {"timeout": 0.0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"retries": -1},
        {"rate_limit": -1},
        {"proxy": "http://"},
        {"ca_path": "/no/such/file"},
        {"base_url": "ftp://127.0.0.1"},
        {"client_secret": " "},
        {"access_token": "some-token"},
    ],
)
def test_an_update_with_an_option_out_of_its_limits_sends_nothing(
    simulator: Simulator, options: dict[str, Any]
) -> None:
    result = update(simulator, options.pop("id", ["a"]), **options)
    assert result["failed"] and not result["changed"] and "\n" not in result["msg"] and len(result["msg"]) < 400
    assert simulator.counters()["total"] == 0


@pytest.mark.parametrize(
    "options",
    [
        {"limit": -1},
        {"offset": -1},
        {"page_size": 0},
        {"page_size": 251},
        {"older_than": "soon"},
        {"newer_than": ""},
        {"id": ["a"], "wait": True, "wait_interval": "0"},
        {"id": ["a"], "wait": True, "wait_timeout": "ever"},
        {"id": ["a"], "offset": 1},
        {"id": ["."]},
        {"type": ["QUARTZ"]},
        {"type": [""]},
        {"launcher": [" "]},
        {"filters": ""},
        {"filters": 'type eq "a'},
        {"filters": 'type eq "a") or (id eq "b"'},
        {"filters": 'type eq "a"', "pending": True},
        {"pending": True, "completion_status": ["error"]},
    ],
)
def test_a_read_with_an_option_out_of_its_limits_sends_nothing(simulator: Simulator, options: dict[str, Any]) -> None:
    result = info(simulator, **options)
    assert result["failed"] and "\n" not in result["msg"] and len(result["msg"]) < 400
    assert simulator.counters()["total"] == 0


VALUES = [
    'a"b',
    'a" or completionStatus isnull or launcher eq "b',
    'a")',
    "a\\",
    '\\" or launcher in ("b',
    'a\\\\"b',
    "a, b",
    "(a)",
    "a' or '1'='1",
    "a&limit=0&filters=x",
    "a%22",
    "\u00e4\u20ac\U0001f600",
    "a\tb",
    "and",
]


@pytest.mark.parametrize("api_version", ["v2026", "v1"])
@pytest.mark.parametrize("value", VALUES)
def test_a_filter_value_selects_itself_and_nothing_else(simulator: Simulator, api_version: str, value: str) -> None:
    def task(task_id: str, text: str) -> dict[str, Any]:
        return {"id": task_id, "launcher": text, "target": {"id": text, "type": "APPLICATION", "name": "x"}}

    simulator.settings(source_ids="any")  # so that the tenant reads these at all
    simulator.put_tasks(
        [task("wanted", value), *(task(str(n), text) for n, text in enumerate([*VALUES, "b"]) if text != value)]
    )
    for selection in ({"launcher": [value]}, {"source_id": [value]}, {"launcher": [value, "nothing"]}):
        result = info(simulator, **selection, api_version=api_version)
        assert [task["id"] for task in result["tasks"]] == ["wanted"], selection
    assert {entry["status"] for entry in simulator.log(kind="list")} == {200}, "the tenant understands each filter"


def test_a_raw_filter_cannot_undo_the_other_options(simulator: Simulator) -> None:
    simulator.put_tasks([{"id": "a", "launcher": "A"}, {"id": "b", "launcher": "B"}, {"id": "c", "launcher": "C"}])
    raw = 'launcher eq "B" or launcher eq "C"'
    result = info(simulator, launcher=["A", "B"], filters=raw, api_version="v1")
    assert [task["id"] for task in result["tasks"]] == ["b"]
    alone = info(simulator, filters=raw, api_version="v1")
    assert {task["id"] for task in alone["tasks"]} == {"b", "c"}
