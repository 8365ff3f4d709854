# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import selecting
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.sifting import REASONS, Sifted, sift
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils._api.test_records import broken_tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import task
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
YOUNG = (NOW - timedelta(minutes=5)).isoformat()
REFRESH = {
    "uniqueName": "Identity Refresh",
    "target": None,
    "taskDefinitionSummary": {"uniqueName": "Identity Refresh"},
}


def sifted(tasks: list[dict[str, Any]], among: list[str] | None = None, **options: Any) -> Sifted:
    criteria = selecting.selection_from(options).criteria
    return sift(tasks, criteria, None if among is None else frozenset(among), NOW)


def test_the_reasons_are_those_that_are_documented_in_their_order() -> None:
    assert REASONS == ("unusable", "type", "source", "launcher", "name", "excluded", "among", "age")


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("type", ["IDENTITY_REFRESH"], "type"),
        ("source_id", ["source-2"], "source"),
        ("launcher", ["Ann"], "launcher"),
        ("name", ["Payroll"], "name"),
        ("exclude_name", ["HR"], "excluded"),
        ("exclude_source_id", ["source-1"], "excluded"),
        ("among", ["b"], "among"),
        ("older_than", "52w", "age"),
        ("newer_than", "1d", "age"),
    ],
)
def test_each_option_leaves_out_for_its_own_reason(option: str, value: Any, reason: str) -> None:
    found = sifted([task("a")], **{option: value})
    assert (found.selected, found.left_out[reason], sum(found.left_out.values())) == ({}, 1, 1)


def test_a_task_is_counted_under_the_first_reason_that_holds() -> None:
    young = task("a", launched=YOUNG)
    options: dict[str, Any] = {"older_than": "1d", "among": [], "exclude_name": ["HR"], "name": ["Payroll"]}
    order = ["name", "excluded", "among", "age"]
    for option, reason in zip(("name", "exclude_name", "among", "older_than"), order):
        assert sifted([young], **options).left_out[reason] == 1
        del options[option]


@pytest.mark.parametrize("task_id", [None, "", ".", "..", 7, True, ["a"], {"a": 1}, "\udcff"])
def test_a_record_without_a_usable_id_is_left_out_and_counted(task_id: object) -> None:
    found = sifted([task("a"), {**task("b"), "id": task_id}, {"uniqueName": "x"}])
    assert [*found.selected] == ["a"]
    assert (found.pending, found.left_out["unusable"]) == (3, 2)


def test_among_no_ids_nothing_is_selected() -> None:
    found = sifted([task("a"), task("b")], among=[])
    assert (found.selected, found.left_out["among"]) == ({}, 2)
    assert [*sifted([task("a"), task("b")], among=["b", "gone"]).selected] == ["b"]


def test_every_exclusion_tells_how_many_of_all_pending_tasks_it_matches() -> None:
    tasks = [
        task("a"),
        task("b", target={"id": "p", "type": "APPLICATION", "name": "Payroll [source]"}),
        task("c", target={"id": "p", "type": "APPLICATION", "name": "Payroll [source]"}, launched=YOUNG),
        {**task("d"), "id": None, "target": {"id": "p", "type": "APPLICATION", "name": "Payroll [source]"}},
    ]
    found = sifted(tasks, exclude_name=["(?i)payroll", "Pyroll"], exclude_source_id=["p", "q"], older_than="1d")
    assert found.excluded_by == {"(?i)payroll": 3, "Pyroll": 0, "p": 3, "q": 0}
    assert [*found.selected] == ["a"]
    assert found.left_out == {**dict.fromkeys(REASONS, 0), "unusable": 1, "excluded": 2}


def test_what_may_be_excluded_is_left_out_and_told_unless_something_else_keeps_it_out_anyway() -> None:
    tasks = [task("a", target=None), task("b", target=None, launched=YOUNG), task("c", **REFRESH)]
    found = sifted(tasks, exclude_source_id=["source-2"], older_than="1d")
    assert ([*found.selected], found.in_doubt) == (["c"], ["a"])
    assert found.left_out["excluded"] == 2
    assert found.excluded_by == {"source-2": 0}


@given(
    st.lists(broken_tasks, max_size=8),
    st.dictionaries(
        st.sampled_from(["type", "source_id", "launcher", "name", "exclude_name", "exclude_source_id"]),
        st.lists(st.sampled_from(["System", "HR", "a", "source-1"]), min_size=1, max_size=2),
    ),
    st.sampled_from([None, "1h", "52w"]),
    st.none() | st.lists(st.sampled_from(["a", "b"]), max_size=2),
)
def test_what_is_selected_and_what_is_left_out_make_all(
    tasks: list[dict[str, Any]], options: dict[str, Any], older_than: str | None, among: list[str] | None
) -> None:
    unique = [{**one, "id": f"{one.get('id')}-{number}"} if one.get("id") else one for number, one in enumerate(tasks)]
    found = sifted(unique, among, older_than=older_than, **options)
    assert len(found.selected) + sum(found.left_out.values()) == found.pending == len(unique)
    assert set(found.left_out) == set(REASONS)
