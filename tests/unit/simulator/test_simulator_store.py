# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store: order, pages and views that follow every change."""

from __future__ import annotations

import random
from typing import Any

import pytest
from simulator import filters
from simulator.filters import Filter
from simulator.generations import GENERATIONS
from simulator.store import Store
from simulator.taskstatus import format_instant, parse_instant

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000


def instant(ms: int) -> str:
    from datetime import datetime, timezone

    return format_instant(datetime.fromtimestamp(ms / 1000, timezone.utc))


def task(task_id: str, age_ms: int = 0, status: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": task_id, "created": instant(NOW_MS - age_ms), "completionStatus": status, **more}


def ids(store: Store, scope: str = "all", **options: Any) -> list[str]:
    options = {"offset": 0, "limit": 250, **options}
    return [record.id for record in store.page(scope, **options)[0]]


def test_newest_first_and_ties_in_order_of_insertion() -> None:
    store = Store()
    store.load([task("old", 5000), task("first", 1000), task("second", 1000), task("new", 10)], NOW_MS)
    store.put(task("third", 1000), NOW_MS)
    assert ids(store) == ["new", "first", "second", "third", "old"]
    assert ids(store, ascending=True) == ["old", "third", "second", "first", "new"]


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("size", [1, 3, 7, 250])
def test_pages_join_to_the_whole_list(ascending: bool, size: int) -> None:
    store = Store()
    store.load([task(f"t{number}", number) for number in range(20)], NOW_MS)
    joined = []
    for offset in range(0, 30, size):
        joined += ids(store, offset=offset, limit=size, ascending=ascending)
    assert joined == ids(store, ascending=ascending)
    assert len(joined) == 20


def test_views_follow_changes_as_if_made_anew() -> None:
    chance = random.Random(7)
    texts = [
        "completionStatus isnull",
        'completionStatus in ("SUCCESS", "ERROR")',
        'not completionStatus isnull and launcher eq "A"',
        'launcher eq "B" or completionStatus eq "WARNING"',
        'id in ("t1", "t2", "t3", "t500") and not completionStatus eq "ERROR"',
    ]
    store = Store()

    def selected(scope: str, text: str) -> list[str]:
        selection: Filter = filters.parse(text, GENERATIONS["v1"])
        found = ids(store, scope, selection=selection, selection_name=("v1", text), limit=1000)
        in_scope = {"all": lambda _: True, "pending": lambda r: r.pending, "completed": lambda r: not r.pending}[scope]
        assert found == [record.id for record in store if in_scope(record) and selection.matches(record)]
        return found

    for step in range(400):
        name = f"t{chance.randrange(60)}"
        record = store.get(name)
        status = chance.choice([None, None, "SUCCESS", "ERROR", "WARNING"])
        if record is not None and chance.random() < 0.3:
            store.delete(name)
        elif record is not None and chance.random() < 0.5:
            store.change(record, {**record.task, "completionStatus": status})
        else:
            store.put(task(name, chance.randrange(10), status, launcher=chance.choice("AB")), NOW_MS)
        if step % 7 == 0:
            for text in texts:
                for scope in ("all", "pending", "completed"):
                    selected(scope, text)
    assert store.count("pending") + store.count("completed") == store.count("all") == len(store) > 0


def test_changed_task_keeps_its_place_and_gets_a_new_body() -> None:
    store = Store()
    store.load([task("a", 3), task("b", 2), task("c", 1)], NOW_MS)
    record = store.get("b")
    assert record is not None
    before = record.body
    store.change(record, {**record.task, "completionStatus": "ERROR"})
    assert ids(store) == ["c", "b", "a"]
    assert ids(store, "pending") == ["c", "a"]
    changed = store.get("b")
    assert changed is not None
    assert changed.body != before
    assert b'"completionStatus":"ERROR"' in changed.body


def test_too_old_tasks_are_kept_but_not_returned() -> None:
    store = Store()
    store.load([task("new", DAY_MS), task("old", 100 * DAY_MS), task("edge", 90 * DAY_MS)], NOW_MS)
    store.put(task("raw", 200 * DAY_MS), NOW_MS, raw=True)
    cutoff = NOW_MS - 90 * DAY_MS
    assert ids(store, cutoff_ms=cutoff) == ["new", "edge", "raw"]
    assert ids(store) == ["new", "edge", "old", "raw"]
    assert store.get("old", cutoff) is None
    assert store.get("raw", cutoff) is not None
    assert store.page("all", offset=0, limit=1, cutoff_ms=cutoff)[1] == 3


def test_schema_breaking_tasks_are_held_as_they_are() -> None:
    store = Store()
    broken: list[dict[str, Any]] = [
        {"id": None, "created": None},
        {"id": 7, "created": "yesterday", "completionStatus": 12, "target": "x", "taskDefinitionSummary": []},
        {"id": "s", "launcher": None, "note": "\ud800"},
    ]
    for item in broken:
        store.put(item, NOW_MS, raw=True)
    assert [record.task for record in store] == broken
    assert all(record.body for record in store)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2024-05-17T19:33:16.470Z", "2024-05-17T19:33:16.470Z"),
        ("2024-05-17 19:33:16.470000+00:00", "2024-05-17T19:33:16.470Z"),
        ("2024-05-17T21:33:16+02:00", "2024-05-17T19:33:16.000Z"),
        ("2024-05-17T09:03:16.9999-1030", "2024-05-17T19:33:16.999Z"),
        ("2024-02-29t00:00:00z", "2024-02-29T00:00:00.000Z"),
    ],
)
def test_date_times(text: str, normal: str) -> None:
    assert format_instant(parse_instant(text)) == normal


@pytest.mark.parametrize(
    "text",
    ["2024-05-17", "2024-05-17T19:33:16", "2023-02-29T00:00:00Z", "2024-05-17T25:00:00Z", "now", "", None, 1715974396,
     "2024-05-17T19:33:16.470Z ", "0001-01-01T00:00:00+23:00", "2024-05-17T19:33:16+99:99"],
)  # fmt: skip
def test_no_date_times(text: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)
