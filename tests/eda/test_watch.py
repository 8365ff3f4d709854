# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaskWatch, which decides what is told: random histories of a tenant, and long ones, on a simulated clock."""

from __future__ import annotations

import functools
import itertools
import json
import pickle
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NEVER = datetime.max.replace(tzinfo=timezone.utc)
NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
TENANT = "https://acme.api.identitynow.com"
STUCK_AFTER = 3600.0
END = {
    "SUCCESS": "completed",
    "Success": "completed",
    "WARNING": "completed",
    "ERROR": "failed",
    "TERMINATED": "failed",
    "TempError": "failed",
    "SOMETHING_NEW": "failed",
}

Task = dict[str, Any]


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _unreadable() -> Exception:
    """What is known of a task that could not be read."""
    from ansible_collections.idops.sailpoint.plugins.module_utils._errors import SailPointError

    return SailPointError("gateway")


class Tenant:
    """A tenant's tasks on a simulated clock, its lists as the source reads them, and one watch of it."""

    def __init__(
        self, watching: ModuleType, lists_hold_all: bool = True, events: tuple[str, ...] = (), **options: Any
    ) -> None:
        self.now = NOON
        self.tasks: dict[str, Task] = {}
        self.deleted: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.told: list[Task] = []
        self.lists_hold_all = lists_hold_all
        self._watching = watching
        self._events = events or watching.EVENTS
        self.telling = watching.Telling(TENANT, STUCK_AFTER, self._events, **options)
        self.watch = watching.TaskWatch(self.telling)

    def restart(self) -> None:
        """The source begins anew, without a memory."""
        self.told = []
        self.watch = self._watching.TaskWatch(self.telling)

    def restart_with_memory(self) -> None:
        """The source begins anew, with what a file has kept."""
        memory = json.loads(json.dumps(self.watch.memory()))
        self.restart()
        self.watch.recall(memory)

    def start(self, age: float = 0.0, status: str | None = None) -> str:
        task_id = f"task-{len(self.tasks) + len(self.deleted)}"
        began = instant(self.now - timedelta(seconds=age))
        self.tasks[task_id] = {"id": task_id, "created": began, "launched": began, "completionStatus": status}
        return task_id

    def end(self, task_id: str, status: str) -> None:
        self.tasks[task_id] = {**self.tasks[task_id], "completionStatus": status}

    def delete(self, task_id: str) -> None:
        del self.tasks[task_id]
        self.deleted.add(task_id)

    def pending(self) -> list[str]:
        return [task_id for task_id, task in self.tasks.items() if task["completionStatus"] is None]

    def poll(
        self,
        hidden: Sequence[str] = (),
        lagging: Sequence[str] = (),
        unreadable: Sequence[str] = (),
        gone: Sequence[str] = (),
    ) -> None:
        """One poll. The list of pending tasks leaves out those `hidden` and still shows those `lagging`; when they are
        asked for, those `unreadable` are an error and those `gone` are not found.
        """
        listed = [self.tasks[task_id] for task_id in self.pending() if task_id not in hidden]
        listed += [{**self.tasks[task_id], "completionStatus": None} for task_id in lagging if task_id in self.tasks]
        newest = sorted(self.tasks.values(), key=lambda task: str(task["created"]), reverse=True)
        if not self.lists_hold_all:
            newest = [task for task in newest if task["completionStatus"] is not None]
        read = []
        top = None
        if set(self._events) != {"stuck"}:
            for task in newest:
                created = self._watching.parse_instant(task["created"])
                top = top or created
                oldest = self.watch.since if self.watch.begun else min(top, self.now) - timedelta(minutes=5)
                if oldest is not None and created < oldest:
                    break
                read.append(task)
        listed += read
        error = _unreadable()
        states: dict[str, Any] = {}
        for task_id in self.watch.unseen(listed, self.now):
            self.asked[task_id] += 1
            state = None if task_id in gone else self.tasks.get(task_id)
            states[task_id] = error if task_id in unreadable else state
        self.told += self.watch.observe(self._watching.Listed(listed, top), states, self.now)

    def events(self) -> list[tuple[str, str]]:
        return [(event["event"], event["task"]["id"]) for event in self.told]


def test_a_life(watching: ModuleType) -> None:
    tenant = Tenant(watching)
    tenant.poll()
    task_id = tenant.start()
    tenant.poll()
    tenant.now += timedelta(seconds=STUCK_AFTER - 1)
    tenant.poll()
    assert tenant.events() == [("started", task_id)]
    tenant.now += timedelta(seconds=1)
    tenant.poll()
    tenant.poll()
    tenant.end(task_id, "ERROR")
    tenant.poll()
    tenant.poll()
    assert tenant.events() == [("started", task_id), ("stuck", task_id), ("failed", task_id)]
    stuck = tenant.told[1]
    assert stuck["age_seconds"] == STUCK_AFTER
    assert stuck["tenant"] == TENANT
    assert stuck["task"] == {**tenant.tasks[task_id], "completionStatus": None}
    assert set(stuck) == {"event", "task", "age_seconds", "tenant", "meta", "reminder"}
    assert set(stuck["meta"]) == {"uuid"}
    assert stuck["reminder"] == 0


@pytest.mark.parametrize(("status", "event"), END.items())
def test_which_end_is_a_failure(watching: ModuleType, status: str, event: str) -> None:
    tenant = Tenant(watching)
    task_id = tenant.start()
    tenant.poll()
    tenant.end(task_id, status)
    tenant.poll()
    assert tenant.events() == [(event, task_id)]


def test_the_first_poll_tells_what_is_stuck_and_nothing_else(watching: ModuleType) -> None:
    tenant = Tenant(watching)
    old = tenant.start(age=STUCK_AFTER)
    tenant.start(age=STUCK_AFTER - 1)
    tenant.start(age=60, status="ERROR")
    tenant.start(age=1, status="SUCCESS")
    tenant.poll()
    tenant.poll()
    assert tenant.events() == [("stuck", old)]


@pytest.mark.parametrize("lists_hold_all", [True, False])
def test_what_starts_and_ends_between_two_polls_is_told(watching: ModuleType, lists_hold_all: bool) -> None:
    tenant = Tenant(watching, lists_hold_all)
    tenant.start(age=100_000, status="SUCCESS")
    tenant.poll()
    tenant.now += timedelta(hours=5)
    short = tenant.start(age=3 * 3600, status="ERROR")
    tenant.poll()
    tenant.poll()
    assert tenant.events() == [("started", short), ("failed", short)]


@pytest.mark.parametrize("wanted", ["stuck", "started", "completed", "failed"])
def test_only_what_is_wanted_is_told(watching: ModuleType, wanted: str) -> None:
    tenant = Tenant(watching, events=(wanted,))
    tenant.poll()
    ids = [tenant.start(), tenant.start()]
    tenant.poll()
    tenant.now += timedelta(seconds=STUCK_AFTER)
    tenant.poll()
    tenant.end(ids[0], "SUCCESS")
    tenant.end(ids[1], "ERROR")
    tenant.poll()
    of = {"stuck": ids, "started": ids, "completed": ids[:1], "failed": ids[1:]}
    assert tenant.events() == [(wanted, task_id) for task_id in of[wanted]]


def test_uuids_are_the_same_after_a_restart_and_differ_otherwise(
    watching: ModuleType,
) -> None:
    tenant = Tenant(watching)
    old = tenant.start(age=STUCK_AFTER)
    tenant.start(age=STUCK_AFTER)
    tenant.poll()
    before = tenant.told
    tenant.restart()
    tenant.poll()
    assert [event["meta"]["uuid"] for event in tenant.told] == [event["meta"]["uuid"] for event in before]
    tenant.end(old, "ERROR")
    tenant.poll()
    other = watching.TaskWatch(watching.Telling("https://globex.api.identitynow.com", STUCK_AFTER))
    tenant.told += other.observe(watching.Listed([{**tenant.tasks[old], "completionStatus": None}]), {}, tenant.now)
    uuids = [event["meta"]["uuid"] for event in tenant.told]
    assert len(set(uuids)) == len(uuids) == 4
    assert {uuid.UUID(text).version for text in uuids} == {5}


def test_what_cannot_be_read_is_asked_again_and_forgotten_after_a_day(watching: ModuleType) -> None:
    tenant = Tenant(watching)
    soon, never = tenant.start(), tenant.start()
    tenant.poll()
    for task_id in (soon, never):
        tenant.end(task_id, "ERROR")
    tenant.lists_hold_all = False
    listed, error = watching.Listed([]), _unreadable()
    watch = tenant.watch
    assert watch.observe(listed, {soon: error, never: error}, tenant.now) == []
    assert watch.unseen([], tenant.now) == [soon, never]
    day = tenant.now + timedelta(hours=24)
    (event,) = watch.observe(listed, {soon: tenant.tasks[soon], never: error}, day)
    assert (event["event"], event["task"]["id"]) == ("failed", soon)
    assert watch.observe(listed, {never: error}, day + timedelta(seconds=1)) == []
    assert len(watch) == 1
    assert watch.unseen([], day + timedelta(days=1)) == []


def test_a_day_without_an_answer_is_counted_anew_after_one(watching: ModuleType) -> None:
    tenant = Tenant(watching, lists_hold_all=False)
    task_id = tenant.start()
    tenant.poll()
    for _day in range(3):
        tenant.poll(hidden=[task_id], unreadable=[task_id])
        tenant.now += timedelta(hours=20)
        tenant.poll()
    tenant.poll(hidden=[task_id], unreadable=[task_id])
    assert tenant.watch.unseen([], tenant.now) == [task_id]
    assert tenant.events() == [("stuck", task_id)]


def test_a_task_from_the_future_hides_no_others(watching: ModuleType) -> None:
    tenant = Tenant(watching, events=("failed",))
    tenant.start(age=-100 * 86_400, status="SUCCESS")
    tenant.poll()
    tenant.now += timedelta(minutes=10)
    short = tenant.start(status="ERROR")
    tenant.poll()
    assert tenant.events() == [("failed", short)]


def test_a_clock_that_is_set_back_repeats_nothing(watching: ModuleType) -> None:
    tenant = Tenant(watching)
    for _number in range(3):
        tenant.start(age=60, status="ERROR")
    tenant.poll()
    tenant.now += timedelta(hours=1)
    new = tenant.start(status="ERROR")
    tenant.poll()
    tenant.now += timedelta(minutes=6)
    tenant.poll()
    tenant.now -= timedelta(hours=3)
    tenant.poll()
    tenant.now += timedelta(minutes=6)
    tenant.poll()
    assert tenant.events() == [("started", new), ("failed", new)]


def test_what_is_gone_is_forgotten_after_a_while_and_no_end_is_told(watching: ModuleType) -> None:
    tenant = Tenant(watching, lists_hold_all=False)
    task_id = tenant.start()
    tenant.poll()
    tenant.poll(hidden=[task_id], gone=[task_id])
    tenant.now += timedelta(hours=1, seconds=-1)
    tenant.poll()
    tenant.delete(task_id)
    tenant.poll()
    tenant.poll()
    assert len(tenant.watch) == 1
    tenant.now += timedelta(minutes=5, seconds=1)
    tenant.poll()
    assert len(tenant.watch) == 0
    assert tenant.events() == []


def test_what_vanishes_is_asked_for_three_times_at_growing_gaps(watching: ModuleType) -> None:
    tenant = Tenant(watching, lists_hold_all=False)
    ids = [tenant.start() for _number in range(300)]
    tenant.poll()
    for task_id in ids:
        tenant.delete(task_id)
    asked_at = []
    for _poll in range(40):
        tenant.now += timedelta(seconds=30)
        before = tenant.asked[ids[0]]
        tenant.poll()
        asked_at += [tenant.now] if tenant.asked[ids[0]] > before else []
    assert [later - earlier for earlier, later in itertools.pairwise(asked_at)] == [
        timedelta(seconds=30),
        timedelta(minutes=4),
    ]
    assert set(tenant.asked.values()) == {3}
    assert len(tenant.watch) == 0
    assert tenant.events() == []


def test_where_only_stuck_is_wanted_nothing_is_asked_of_what_is_gone(watching: ModuleType) -> None:
    tenant = Tenant(watching, events=("stuck",), lists_hold_all=False)
    ended, hidden = tenant.start(age=STUCK_AFTER), tenant.start(age=STUCK_AFTER)
    tenant.poll()
    tenant.end(ended, "ERROR")
    tenant.poll(hidden=[hidden])
    tenant.now += timedelta(minutes=4)
    tenant.poll()
    tenant.now += timedelta(minutes=4)
    tenant.poll()
    assert tenant.events() == [("stuck", ended), ("stuck", hidden)]
    assert not tenant.asked
    assert len(tenant.watch) == 1


def test_what_is_still_stuck_is_told_again_with_a_count(watching: ModuleType) -> None:
    tenant = Tenant(watching, events=("stuck",), remind_after=900.0)
    task_id = tenant.start(age=STUCK_AFTER)
    told_at = []
    for _poll in range(121):
        before = len(tenant.told)
        tenant.poll()
        told_at += [tenant.now - NOON] * (len(tenant.told) - before)
        tenant.now += timedelta(seconds=30)
    assert told_at == [timedelta(minutes=minutes) for minutes in (0, 15, 30, 45, 60)]
    assert [event["reminder"] for event in tenant.told] == [0, 1, 2, 3, 4]
    assert len({event["meta"]["uuid"] for event in tenant.told}) == 5
    tenant.restart()
    tenant.end(task_id, "ERROR")
    tenant.poll()
    assert tenant.told == []


def test_reminders_of_a_tenant_come_together(watching: ModuleType) -> None:
    """Tasks that became stuck one by one are soon told at the same polls: what acts on them acts once."""
    tenant = Tenant(watching, events=("stuck",), remind_after=900.0)
    polls = []
    for number in range(240):
        if number < 30:
            tenant.start(age=STUCK_AFTER)
        before = len(tenant.told)
        tenant.poll()
        polls.append(len(tenant.told) - before)
        tenant.now += timedelta(seconds=30)
    assert polls[:30] == [1] * 30
    assert [number for number in polls[120:] if number] == [30] * 4
    told = Counter((event["task"]["id"], event["reminder"]) for event in tenant.told)
    assert set(told.values()) == {1}


def test_what_is_just_being_completed_is_not_reminded_of(watching: ModuleType) -> None:
    tenant = Tenant(watching, events=("stuck",), remind_after=60.0)
    task_id = tenant.start(age=STUCK_AFTER)
    tenant.poll()
    tenant.now += timedelta(minutes=1)
    tenant.tasks[task_id]["completed"] = instant(tenant.now)
    tenant.poll()
    assert tenant.events() == [("stuck", task_id)]


def test_the_host_is_where_ansible_rulebook_looks_for_it(watching: ModuleType) -> None:
    tenant = Tenant(watching, host="acme")
    tenant.start(age=STUCK_AFTER)
    tenant.poll()
    assert [event["meta"]["hosts"] for event in tenant.told] == ["acme"]


def test_with_a_memory_nothing_is_missed_over_a_restart(watching: ModuleType) -> None:
    tenant = Tenant(watching, lists_hold_all=False, remind_after=900.0)
    old = tenant.start(age=STUCK_AFTER)
    running, vanishing = tenant.start(), tenant.start()
    tenant.poll()
    tenant.now += timedelta(minutes=15)
    tenant.poll()
    told = tenant.told
    tenant.end(running, "ERROR")
    tenant.delete(vanishing)
    tenant.restart_with_memory()
    tenant.now += timedelta(hours=5)
    short, new = tenant.start(age=3600, status="SUCCESS"), tenant.start()
    tenant.poll()
    tenant.poll()
    assert Counter(tenant.events()) == dict.fromkeys(
        [("stuck", old), ("failed", running), ("started", short), ("completed", short), ("started", new)], 1
    )
    again = next(event for event in tenant.told if event["event"] == "stuck")
    assert (again["reminder"], again["meta"]) == (1, told[-1]["meta"])


@pytest.mark.parametrize(
    "memory",
    [
        None,
        [],
        "",
        7,
        {},
        {"since": None, "pending": {}},
        {"since": None, "pending": [], "over": {}},
        {"since": None, "pending": {"a": "x"}, "over": {}},
        {"since": 1, "pending": {}, "over": {"a": []}},
    ],
)
def test_what_is_no_memory_is_refused_and_changes_nothing(watching: ModuleType, memory: object) -> None:
    tenant = Tenant(watching)
    with pytest.raises(ValueError, match="what a source remembers"):
        tenant.watch.recall(memory)
    assert not tenant.watch.begun


def test_odd_tasks_do_no_harm(watching: ModuleType) -> None:
    tenant = Tenant(watching)
    tenant.poll()
    odd: list[Any] = [
        {},
        {"id": None},
        {"id": 7, "completionStatus": None},
        {"id": "no times", "completionStatus": None, "created": None, "launched": None},
        {"id": "bad times", "completionStatus": None, "created": "yesterday", "launched": 5},
        {"id": "bad status", "completionStatus": {}, "created": instant(NOON)},
        {"id": "ended, no times", "completionStatus": "ERROR"},
        {"id": "twice", "completionStatus": None, "created": instant(NOON)},
        {"id": "twice", "completionStatus": "ERROR", "created": instant(NOON)},
    ]
    later = NOON + timedelta(days=1)
    told = tenant.watch.observe(watching.Listed(odd, NOON), {}, later)
    assert Counter((event["event"], event["task"]["id"]) for event in told) == {
        ("started", "no times"): 1,
        ("started", "bad times"): 1,
        ("started", "bad status"): 1,
        ("failed", "bad status"): 1,
        ("started", "twice"): 1,
        ("failed", "twice"): 1,
    }
    assert {event["age_seconds"] for event in told if event["task"]["id"] == "no times"} == {None}


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(hours=-3), timedelta(hours=3), timedelta(days=400)])
def test_clocks_that_differ_lose_and_repeat_nothing(watching: ModuleType, ahead: timedelta) -> None:
    """The tenant's clock is ahead of ours, or behind."""
    tenant = Tenant(watching, events=("started", "completed", "failed"))
    tenant.start(age=-ahead.total_seconds() + 10, status="SUCCESS")
    ids = []
    for _poll in range(50):
        tenant.poll()
        tenant.now += timedelta(seconds=30)
        ids.append(tenant.start(age=-ahead.total_seconds(), status="SUCCESS"))
    tenant.poll()
    assert Counter(tenant.events()) == {(event, task_id): 1 for event in ("started", "completed") for task_id in ids}


HISTORIES = st.lists(
    st.fixed_dictionaries(
        {
            "seconds": st.sampled_from([1, 30, 30, 30, 300, 1800, 7200]),
            "start": st.integers(0, 3),
            "short": st.lists(st.sampled_from(sorted(END)), max_size=2),
            "end": st.lists(st.tuples(st.integers(0, 30), st.sampled_from(sorted(END))), max_size=3),
            "delete": st.lists(st.integers(0, 30), max_size=1),
            "down": st.booleans(),
            "hidden": st.sets(st.integers(0, 30), max_size=3),
            "lagging": st.booleans(),
            "glitch": st.sampled_from(["", "unreadable", "gone"]),
        }
    ),
    max_size=15,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=HISTORIES, before=st.lists(st.sampled_from([None, *sorted(END)]), max_size=5), all_in_list=st.booleans())
def test_each_transition_is_told_once(
    watching: ModuleType, history: list[dict[str, Any]], before: list[str | None], all_in_list: bool
) -> None:
    """Tasks start, end and vanish at random, the tenant is down at times, its lists leave out pending tasks or still
    show ended ones, and states cannot be read: each transition is told once, in order, none is made up.
    """
    tenant = Tenant(watching, all_in_list)
    for status in before:
        tenant.start(age=100.0, status=status)
    known = set(tenant.tasks)
    history_at_first = {task_id for task_id in known if tenant.tasks[task_id]["completionStatus"] is not None}
    tenant.poll()
    ended: list[str] = []
    before_it = ""
    for step in history:
        tenant.now += timedelta(seconds=step["seconds"])
        ended = [] if step["seconds"] > 240 else ended[-5:]
        for number, status in step["end"]:
            pending = tenant.pending()
            if pending:
                ended.append(pending[number % len(pending)])
                tenant.end(ended[-1], status)
        for number in step["delete"]:
            pending = tenant.pending()
            if pending:
                tenant.delete(pending[number % len(pending)])
        for _number in range(step["start"]):
            tenant.start()
        for status in step["short"]:
            tenant.start(status=status)
        if not step["down"]:
            # A list that skips what was never seen and ends before the next poll cannot be made up for.
            hidden = [task_id for task_id in tenant.watch.unseen([], NEVER) if int(task_id[5:]) in step["hidden"]]
            # Not found for once, between two polls that are well: what is not found for long is gone.
            glitch = step["glitch"] if before_it in ("", step["glitch"].replace("gone", "")) else ""
            tenant.poll(
                hidden=hidden,
                lagging=ended if step["lagging"] else (),
                unreadable=hidden if glitch == "unreadable" else (),
                gone=hidden if glitch == "gone" else (),
            )
            before_it = glitch
    tenant.now += timedelta(seconds=1)
    tenant.poll()
    told = Counter(tenant.events())
    assert not told or set(told.values()) == {1}
    uuids = [event["meta"]["uuid"] for event in tenant.told]
    assert len(set(uuids)) == len(uuids)
    order = {"started": 0, "stuck": 1, "completed": 2, "failed": 2}
    for task_id, task in tenant.tasks.items():
        own = [event for event, about in tenant.events() if about == task_id]
        assert own == sorted(own, key=order.__getitem__)
        status = task["completionStatus"]
        age = (tenant.now - watching.parse_instant(task["created"])).total_seconds()
        assert ("started" in own) == (task_id not in known)
        if status is None:
            assert ("stuck" in own) == (age >= STUCK_AFTER)
        ends = [event for event in own if order[event] == 2]
        assert ends == ([] if status is None or task_id in history_at_first else [END[status]])


@pytest.mark.parametrize("events", [("stuck",), ("stuck", "started", "completed", "failed")])
def test_memory_after_10000_polls_is_what_it_was_after_100(
    watching: ModuleType, events: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three and a half days of tasks that come, end in all ways, vanish, or stay stuck."""
    parsed_once = functools.lru_cache(10_000)(watching.parse_instant)  # most of the time goes there
    for module in (watching, watching.records):
        monkeypatch.setattr(module, "parse_instant", parsed_once)
    tenant = Tenant(watching, lists_hold_all=False, events=events)
    for _number in range(5):
        tenant.start(age=STUCK_AFTER)
    sizes = []
    for number in range(1, 10_001):
        tenant.now += timedelta(seconds=30)
        running = tenant.pending()[5:]
        if len(running) >= 4:
            tenant.end(running[0], "ERROR" if number % 2 else "SUCCESS")
            tenant.end(running[1], "WARNING")
        tenant.start()
        tenant.start()
        if number % 7 == 0:
            tenant.delete(tenant.start())
        for task_id in list(tenant.tasks)[5:-40]:  # what is so old no list shows any more
            del tenant.tasks[task_id]
            tenant.deleted.add(task_id)
        tenant.poll(unreadable=running[:1] if number % 11 == 0 else ())
        tenant.told.clear()
        if number in (100, 10_000):
            sizes.append((len(tenant.watch), len(pickle.dumps(vars(tenant.watch)))))
    (tasks_then, bytes_then), (tasks_now, bytes_now) = sizes
    assert tasks_now == tasks_then
    assert bytes_now <= bytes_then * 1.1  # ids have grown by two digits
