# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The truth about partial failure: whatever mixture of faults, what is claimed of each id is what the tenant holds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from faults.support import check_truth, outcomes, update
from simulator.server import Simulator

HOURS_AGO = (datetime.now(timezone.utc) - timedelta(hours=2)).isoformat()
_STATUSES = [None, None, None, None, None, "SUCCESS", "ERROR"]


def faults(chance: random.Random) -> list[dict[str, Any]]:
    """Return faults of every kind, each for a share of the requests; together they meet about every third."""
    actions: list[Any] = [
        *({"kind": "status", "status": status} for status in (400, 403, 429, 500, 502, 503, 504)),
        *({"kind": "status", "status": status, "apply": True} for status in (500, 502, 504)),
        *({"kind": kind, "apply": True} for kind in ("html_200", "bad_json", "empty_200")),
        *("html_200", "bad_json", "empty_200", "reset_before", "reset_after", "truncate"),
        {"kind": "redirect", "location": "https://elsewhere.invalid/"},
        {"kind": "status", "status": 401},
    ]
    chance.shuffle(actions)
    return [
        {"match": {"kind": chance.choice(["update", "update", "get"]), "probability": 0.03}, "action": action}
        for action in actions
    ]


def mixture(chance: random.Random) -> list[dict[str, Any]]:
    """Return tasks, most of them pending, some of them young."""
    launched = [datetime.now(timezone.utc) - timedelta(minutes=minutes) for minutes in (5, 500, 5000)]
    return [
        {"id": f"t{number:03d}", "completionStatus": chance.choice(_STATUSES), "launched": when, "created": when}
        for number in range(80)
        for when in [chance.choice(launched).isoformat(timespec="milliseconds").replace("+00:00", "Z")]
    ]


@pytest.mark.parametrize("seed", range(12))
def test_every_outcome_agrees_with_the_tenant_whatever_fails(simulator: Simulator, seed: int) -> None:
    chance = random.Random(seed)
    tasks = mixture(chance)
    simulator.reset(seed=seed, tasks=0, settings={"test_refused": chance.choice([400, 409, 412])})
    simulator.put_tasks(tasks)
    ids = [*(task["id"] for task in tasks), "no-1", "no-2"]
    chance.shuffle(ids)
    # Only what is to be updated changes by itself: what is left alone is not looked at again.
    due = [task["id"] for task in tasks if task["completionStatus"] is None and task["launched"] < HOURS_AGO]
    racing = chance.sample(due, 9)
    simulator.complete_after_read(racing[:6], "WARNING")
    simulator.race({"after": "read", "remove": racing[6:]})
    simulator.arm(*faults(chance))
    options: dict[str, Any] = {
        "api_version": chance.choice(["beta", "v2024", "v2025", "v2026", "v1"]),
        "concurrency": chance.choice([1, 4, 8, 16]),
        "older_than": chance.choice([None, "1h"]),
        "precondition": True,
        "missing_ok": chance.choice([True, False]),
        "retries": chance.choice([0, 1, 3]),
    }
    result = update(simulator, ids, **options)
    counts = check_truth(simulator, ids, result, options["missing_ok"])
    assert counts["updated"] > 0 and counts["failed"] + counts["missing"] > 0

    # And what a second run finds when all is well again is what the first one left.
    simulator.disarm()
    simulator.clear_log()
    again = update(simulator, ids, **{**options, "missing_ok": True})
    assert check_truth(simulator, ids, again, missing_ok=True)["failed"] == 0
    first, second = outcomes(result), outcomes(again)
    for task_id in ids:
        if first[task_id] in ("updated", "unchanged", "conflict"):
            assert second[task_id] == "unchanged", "it changes nothing that was done"


def test_every_id_is_attempted_and_the_message_counts_and_names_the_first_few(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(60)]
    simulator.put_tasks({"id": task_id} for task_id in ids[:55])
    bad = ids[10:20]
    simulator.arm(
        *({"match": {"kind": "update", "task_id": one}, "action": {"kind": "status", "status": 500}} for one in bad)
    )
    result = update(simulator, ids)
    assert check_truth(simulator, ids, result) == {"updated": 45, "failed": 10, "missing": 5}
    assert result["msg"].startswith("Of 60 tasks 45 updated, 10 failed, 5 not found (missing_ok is off): t010, ")
    assert "t010, t011, t012 and 7 more (PATCH " in result["msg"]
    assert result["msg"].endswith("; t055, t056, t057 and 2 more (not found).")
    assert [outcomes(result)[task_id] for task_id in bad] == ["failed"] * 10
    assert {entry["task_id"] for entry in simulator.log(kind="update")} == set(ids[:55])


@pytest.mark.parametrize("precondition", [False, True])
def test_nothing_is_changed_when_nothing_was(simulator: Simulator, precondition: bool) -> None:
    simulator.put_tasks([{"id": "t1"}, {"id": "t2"}])
    simulator.arm({"match": {"kind": "update"}, "action": {"kind": "status", "status": 500}})
    result = update(simulator, ["t1", "t2"], precondition=precondition)
    assert check_truth(simulator, ["t1", "t2"], result) == {"failed": 2}
    assert result["changed"] is False


def test_a_tenant_that_accepts_an_update_and_forgets_it_is_not_believed(simulator: Simulator) -> None:
    """200 and a task that does not show the update: the outcome is what reading the task tells."""
    simulator.put_tasks([{"id": "t1"}, {"id": "t2"}])
    body = simulator.task("t1")
    simulator.arm(
        {"match": {"kind": "update", "task_id": "t1"}, "action": {"kind": "status", "status": 200, "body": body}}
    )
    result = update(simulator, ["t1", "t2"])
    assert check_truth(simulator, ["t1", "t2"], result) == {"updated": 1, "failed": 1}
    assert "The tenant accepted the update, but the task does not show it" in result["msg"]


@pytest.mark.parametrize("last", ["401", "403", "405", "418", "429", "redirect", "sign-in"])
@pytest.mark.parametrize("first", ["502", "reset"])
def test_what_ends_the_tries_does_not_hide_that_an_earlier_one_took_effect(
    simulator: Simulator, first: str, last: str
) -> None:
    """The first try is applied and its answer lost; the second is refused for a reason of its own."""
    simulator.put_tasks([{"id": "t1"}])
    lost: Any = {"502": {"kind": "status", "status": 502, "apply": True}, "reset": "reset_after"}[first]
    refusal: Any = {"kind": "redirect", "location": "https://elsewhere.invalid/"}
    if last != "redirect":
        refusal = {"kind": "status", "status": 401 if last == "sign-in" else int(last)}
    simulator.arm(
        {"match": {"kind": "update", "nth": 1}, "action": lost},
        {"match": {"kind": "update"}, "action": refusal},
    )
    options: dict[str, Any] = {}
    if last == "401":
        options = {"access_token": simulator.token(), "client_id": None, "client_secret": None}
    elif last == "sign-in":
        simulator.arm({"match": {"kind": "sign_in", "nth": [2, 3, 4]}, "action": "sign_in_failure"})
    result = update(simulator, ["t1"], **options)
    if last == "sign-in":  # nobody can read the task any more
        assert check_truth(simulator, ["t1"], result) == {"failed": 1}
        assert "whether the update took effect is not known" in result["msg"]
    else:
        assert check_truth(simulator, ["t1"], result) == {"updated": 1}
