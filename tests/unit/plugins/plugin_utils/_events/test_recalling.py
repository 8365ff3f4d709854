# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a watch remembers over a restart, and that nothing else is taken for it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.watch import Listed, TaskWatch, Telling
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
STUCK_AFTER = 3600.0
TELLING = Telling("https://acme.api.identitynow.com", STUCK_AFTER, remind_after=900.0)
INSTANT = NOON.isoformat()


def task(task_id: str, at: datetime, status: str | None = None) -> dict[str, Any]:
    return {"id": task_id, "created": at.isoformat(), "launched": at.isoformat(), "completionStatus": status}


def restarted(watch: TaskWatch) -> TaskWatch:
    """Another watch, with what the first one left in a file."""
    again = TaskWatch(TELLING)
    again.recall(json.loads(json.dumps(watch.memory())))
    return again


def told(watch: TaskWatch, now: datetime, *tasks: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    newest = max((datetime.fromisoformat(one["created"]) for one in tasks), default=None)
    events = watch.observe(Listed(tasks, newest), {}, now)
    return [(event["event"], event["task"]["id"], event.get("reminder")) for event in events]


def test_reminders_go_on_after_a_restart() -> None:
    """What was told last is told once more, then comes the next one, and no sooner than without the restart."""
    stuck = task("a", NOON - timedelta(hours=1))
    watch = TaskWatch(TELLING)
    assert told(watch, NOON, stuck) == [("stuck", "a", 0)]
    assert told(watch, NOON + 15 * MINUTE, stuck) == [("stuck", "a", 1)]
    watch, again_at = restarted(watch), NOON + 20 * MINUTE
    assert told(watch, again_at, stuck) == [("stuck", "a", 1)]
    assert told(watch, again_at + 14 * MINUTE, stuck) == []
    assert told(watch, again_at + 15 * MINUTE, stuck) == [("stuck", "a", 2)]
    assert told(restarted(watch), again_at + 16 * MINUTE, stuck) == [("stuck", "a", 2)]


def test_what_was_not_stuck_before_a_restart_is_told_for_the_first_time_after_it() -> None:
    young = task("a", NOON)
    watch = TaskWatch(TELLING)
    assert told(watch, NOON, young) == []
    watch = restarted(watch)
    assert told(watch, NOON + MINUTE, young) == []
    assert told(watch, NOON + 60 * MINUTE, young) == [("stuck", "a", 0)]


def test_reminders_after_a_restart_come_together() -> None:
    first, second = task("a", NOON - timedelta(hours=2)), task("b", NOON - timedelta(hours=1) + 8 * MINUTE)
    watch = TaskWatch(TELLING)
    told(watch, NOON, first, second)
    told(watch, NOON + 15 * MINUTE, first, second)
    watch, again_at = restarted(watch), NOON + 20 * MINUTE
    assert told(watch, again_at, first, second) == [("stuck", "a", 1), ("stuck", "b", 0)]
    assert told(watch, again_at + 15 * MINUTE, first, second) == [("stuck", "a", 2), ("stuck", "b", 1)]


def test_an_end_is_told_once_however_often_it_is_restarted() -> None:
    watch = TaskWatch(TELLING)
    told(watch, NOON, task("a", NOON))
    ended = task("a", NOON, "ERROR")
    watch = restarted(watch)
    assert told(watch, NOON + MINUTE, ended) == [("failed", "a", None)]
    for minutes in range(2, 20):
        watch = restarted(watch)
        assert told(watch, NOON + minutes * MINUTE, ended) == []


def test_a_restart_changes_nothing_of_what_is_remembered() -> None:
    watch = TaskWatch(TELLING)
    told(watch, NOON, task("a", NOON), task("\ud800", NOON), task("b", NOON, "SUCCESS"))
    told(watch, NOON + MINUTE, task("a", NOON, "ERROR"), task("c", NOON + MINUTE))
    again = restarted(watch)
    assert again.memory() == watch.memory()
    assert (again.begun, again.since, len(again)) == (True, watch.since, len(watch))


# What is none

WHOLE: dict[str, Any] = {"since": INSTANT, "pending": {"a": 0}, "over": {"b": [INSTANT, INSTANT], "c": [None, INSTANT]}}


def test_what_is_whole_is_recalled() -> None:
    watch = TaskWatch(TELLING)
    watch.recall(WHOLE)
    assert watch.memory() == WHOLE


@pytest.mark.parametrize(
    "part",
    [
        # None stands for "any": a date that cannot be read must not, or old ends would be told as news.
        {"since": "yesterday"},
        {"since": {}},
        {"since": True},
        {"pending": {"a": None}},
        {"pending": {"a": "many"}},
        {"pending": {"a": [1]}},
        {"pending": {"a": 1e400}},
        {"pending": {"a": float("nan")}},
        {"pending": {"a": -1}},
        {"pending": ["a"]},
        {"pending": "a"},
        {"over": {"b": []}},
        {"over": {"b": INSTANT}},
        {"over": {"b": ["yesterday", INSTANT]}},
        {"over": {"b": [INSTANT, "yesterday"]}},
        {"over": {"b": [INSTANT, None]}},
        {"over": {"b": [INSTANT, INSTANT, INSTANT]}},
        {"over": {"b": None}},
        {"over": []},
    ],
)
def test_wrong_types_within_are_refused_and_nothing_is_recalled(part: dict[str, Any]) -> None:
    watch = TaskWatch(TELLING)
    with pytest.raises(ValueError, match="^it does not hold what a source remembers"):
        watch.recall({**WHOLE, **part})
    assert (watch.begun, len(watch)) == (False, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(INSTANT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
PARTS = {
    "since": st.just(INSTANT) | JSON,
    "pending": st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=3) | JSON,
    "over": st.dictionaries(st.text(max_size=3), st.lists(st.just(INSTANT) | JSON, max_size=3), max_size=2) | JSON,
}


@given(memory=JSON | st.fixed_dictionaries({}, optional=PARTS) | st.fixed_dictionaries(PARTS))
def test_whatever_a_file_holds_it_is_refused_or_works(memory: Any) -> None:
    watch = TaskWatch(TELLING)
    try:
        watch.recall(memory)
    except ValueError:
        assert not watch.begun
    assert len(told(watch, NOON, task("new", NOON - timedelta(hours=1)))) in (1, 2)
    assert restarted(watch).memory() == watch.memory()
