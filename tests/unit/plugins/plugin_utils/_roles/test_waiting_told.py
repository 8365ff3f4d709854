# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook wait_for_tasks says, whatever became of the tasks and whatever a tenant has in them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._module.options import CONNECTION_OPTIONS
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.watch import Listed, TaskWatch, Telling
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.waiting import told_of
from hypothesis import example, given
from hypothesis import strategies as st

FINE = ("success", "warning")
NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
HR = {"id": "s9", "type": "APPLICATION", "name": "HR [source]"}


def task(task_id: str, status: Any = "SUCCESS", **more: Any) -> dict[str, Any]:
    return {"id": task_id, "uniqueName": "Identity Refresh", "target": HR, "completionStatus": status, **more}


def waited(*tasks: dict[str, Any], missing: tuple[str, ...] = (), seconds: float | None = 600.4) -> dict[str, Any]:
    return {"tasks": list(tasks), "missing": list(missing), "waited_seconds": seconds}


def failure(*tasks: dict[str, Any], **more: Any) -> str:
    told = told_of(waited(*tasks, **more), FINE)
    assert told["message"] == ""
    assert told["result"] == {"tasks": list(tasks), "waited_seconds": more.get("seconds", 600.4)}
    text: str = told["failure"]
    return text


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([task("a", "WARNING")], "All went well: 1 task completed after 12 s."),
        ([task("a"), task("b", "Warning")], "All went well: 2 tasks completed after 12 s."),
    ],
)
def test_all_is_well(tasks: list[dict[str, Any]], said: str) -> None:
    told = told_of(waited(*tasks, seconds=12.3), FINE)
    assert told == {"result": {"tasks": tasks, "waited_seconds": 12.3}, "failure": "", "message": said}


def test_some_ended_badly() -> None:
    assert failure(task("a"), task("b", "ERROR"), task("c", "TERMINATED", uniqueName=None)) == (
        "Of 3 tasks 1 ended well; 2 did not end well: Identity Refresh, HR [source] (b) with ERROR; "
        "HR [source] (c) with TERMINATED."
    )


def test_some_are_pending_at_the_end() -> None:
    assert failure(task("a", None), task("b", None, uniqueName=None, target=None)) == (
        "Of 2 tasks 2 not completed after 600 s (wait_for_tasks_timeout): Identity Refresh, HR [source] (a); b."
    )


def test_some_are_missing() -> None:
    assert failure(missing=("a", "b")) == "Of 2 tasks 2 not found, so check wait_for_tasks_ids: a, b."


def test_a_mixture_counts_each_task_once_and_names_the_first_few() -> None:
    bad = [task(f"b{number}", "ERROR", uniqueName="", target=None) for number in range(5)]
    late = [task(f"p{number}", None, uniqueName="", target=None) for number in range(4)]
    gone = tuple(f"m{number}" for number in range(4))
    assert failure(task("a"), *bad, *late, missing=gone) == (
        "Of 14 tasks 1 ended well; 5 did not end well: b0 with ERROR; b1 with ERROR; b2 with ERROR and 2 more; "
        "4 not completed after 600 s (wait_for_tasks_timeout): p0; p1; p2 and 1 more; "
        "4 not found, so check wait_for_tasks_ids: m0, m1, m2 and 1 more."
    )


@pytest.mark.parametrize("seconds", [None, 0, 0.4])
def test_without_seconds_it_is_none(seconds: float | None) -> None:
    assert "not completed after 0 s (" in failure(task("a", None), seconds=seconds)
    assert told_of(waited(task("a"), seconds=seconds), FINE)["message"] == "All went well: 1 task completed after 0 s."


@pytest.mark.parametrize("status", ["TEMPERROR", "TempError", "TEMP_ERROR", "temp_error"])
def test_a_status_is_fine_in_each_of_its_spellings(status: str) -> None:
    assert told_of(waited(task("a", status)), ("temperror",))["failure"] == ""
    assert told_of(waited(task("a", status)), FINE)["failure"].endswith(f"(a) with {status}.")


@pytest.mark.parametrize("status", ["SUCCESS", " Success ", "WARNING", "ERROR", "", "OK", 0, {}])
def test_the_event_source_draws_the_same_line(status: Any) -> None:
    watch = TaskWatch(Telling("https://acme.api.identitynow.com", 3600.0))
    created = "2026-06-01T12:00:00Z"
    watch.observe(Listed([task("a", None, created=created)]), {}, NOON)
    (told,) = watch.observe(Listed([task("a", status, created=created)]), {}, NOON)
    assert (told["event"] == "failed") == bool(told_of(waited(task("a", status)), FINE)["failure"])


# Where the tasks could not be read


def unread(message: object) -> str:
    told = told_of({"failed": True, "msg": message}, FINE)
    assert (told["result"], told["message"]) == (None, "")
    text: str = told["failure"]
    return text


def test_what_the_module_says_is_said() -> None:
    assert unread("GET /task-status\nwas answered with HTTP 502.") == "GET /task-status was answered with HTTP 502."


@pytest.mark.parametrize("option", [name for name in CONNECTION_OPTIONS if "_" in name])
def test_an_option_of_the_connection_is_called_as_the_inventory_calls_it(option: str) -> None:
    assert unread(f"{option}: it is wrong.") == (
        f"{option}: it is wrong; in an inventory, {option} is the variable sailpoint_{option}."
    )


def test_a_variable_is_no_option_and_everyday_words_are_none() -> None:
    for said in ("It is wrong (from the variable sailpoint_client_id).", "The tenant got no answer (timeout)."):
        assert unread(said) == said


@pytest.mark.parametrize("message", [None, "", " ", "\x1b", "\n\u202e"])
def test_a_module_that_says_nothing_has_failed_too(message: str | None) -> None:
    assert unread(message) == "The module ended without an answer."


# Whatever comes

HOSTILE = "\x1b[2J\nlocalhost : ok=1\u2028\u202e\x9b\ud800"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("id", "uniqueName", "target", "attributes", "completionStatus", "completed")
TASKS = st.fixed_dictionaries({}, optional={**dict.fromkeys(FIELDS, JSON), "target": JSON | st.just({"name": HOSTILE})})


@given(
    tasks=st.lists(TASKS, max_size=4),
    missing=st.lists(st.text(max_size=9) | st.just(HOSTILE), max_size=4),
    seconds=st.none() | st.floats(0, 1e6),
)
@example(tasks=[{"id": HOSTILE, "uniqueName": HOSTILE, "completionStatus": HOSTILE}], missing=[HOSTILE], seconds=1.0)
@example(tasks=[{"id": "a", "uniqueName": "x" * 10**6, "completionStatus": "y" * 10**6}], missing=[], seconds=1.0)
def test_whatever_a_tenant_has_it_is_one_printable_line_that_counts(
    tasks: list[dict[str, Any]], missing: list[str], seconds: float | None
) -> None:
    told = told_of(waited(*tasks, missing=tuple(missing), seconds=seconds), FINE)
    said = told["failure"] or told["message"]
    assert said.isprintable() and said.endswith(".") and len(said) < 5000
    assert bool(told["failure"]) != bool(told["message"])
    number = len(tasks) + len(missing)
    assert f"{number} task{'' if number == 1 else 's'} " in said
    assert told["result"]["tasks"] == tasks  # data stay as they are


@given(message=JSON)
def test_whatever_a_module_says_is_one_printable_line(message: Any) -> None:
    said = unread(message)
    assert said and said.isprintable() and len(said) < 2000


@pytest.mark.parametrize("name", ["\x1b", "\u202e \n", "\ud800"])
def test_a_name_of_nothing_to_be_read_is_none(name: str) -> None:
    assert failure(task("a", "ERROR", uniqueName=name)).endswith(": HR [source] (a) with ERROR.")
    assert failure(task("a", "ERROR", uniqueName=name, target=None)).endswith(": a with ERROR.")
