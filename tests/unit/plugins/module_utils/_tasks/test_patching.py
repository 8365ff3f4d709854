# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import dataclasses
from datetime import datetime, timedelta, timezone
from typing import Any

import jsonpatch
import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api import records
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import format_instant, parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.patching import (
    DesiredState,
    apply_patch,
    build_patch,
    is_moving,
    precondition_of,
    reads_as_sent,
    satisfies,
    too_young,
    took_effect,
)
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils._api.test_records import broken_tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import task
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 1, 12, 30, 15, 250999, timezone.utc)
SPELLINGS = {
    "success": "Success",
    "warning": "Warning",
    "error": "Error",
    "terminated": "Terminated",
    "temperror": "TempError",
}

instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(timezone.utc))
written_instants = st.one_of(
    st.none(),
    instants.map(format_instant),
    instants.map(lambda instant: instant.isoformat(sep=" ")),
    instants.map(lambda instant: instant.replace(tzinfo=None).isoformat()),
)
whole_tasks = st.builds(
    lambda status, completed, created: (
        task("t") | {"completionStatus": status, "completed": completed, "launched": created}
    ),
    st.sampled_from([None, *SPELLINGS.values(), *map(str.upper, SPELLINGS), "FROZEN"]),
    written_instants,
    written_instants,
)
tasks = st.one_of(whole_tasks, broken_tasks)
desired_states = st.builds(
    DesiredState,
    completion_status=st.sampled_from(list(SPELLINGS)),
    completed=st.one_of(st.none(), instants),
    overwrite=st.booleans(),
    older_than=st.none(),
    precondition=st.booleans(),
)


@given(tasks, desired_states)
def test_a_patch_reaches_the_desired_state_and_is_not_needed_again(
    before: dict[str, Any], desired: DesiredState
) -> None:
    kept = copy.deepcopy(before)
    patch = build_patch(before, desired, NOW)
    after = apply_patch(before, patch)
    assert before == kept
    assert satisfies(after, desired)
    assert not records.is_pending(after)
    assert build_patch(after, desired, NOW + timedelta(days=1)) == []
    assert {key: after[key] for key in before if key not in ("completionStatus", "completed")} == {
        key: before[key] for key in before if key not in ("completionStatus", "completed")
    }
    if patch:
        assert reads_as_sent(after, patch)
        assert took_effect(after, patch)


@given(tasks, desired_states)
def test_a_patch_is_replacements_on_the_documented_paths_in_their_order(
    before: dict[str, Any], desired: DesiredState
) -> None:
    patch = build_patch(before, desired, NOW)
    replaced = [operation["path"] for operation in patch if operation["op"] == "replace"]
    assert replaced in ([], ["/completionStatus"], ["/completed"], ["/completionStatus", "/completed"])
    assert bool(patch) == bool(replaced)
    operations = [operation["op"] for operation in patch]
    assert operations == ["test"] * (len(patch) - len(replaced)) + ["replace"] * len(replaced)
    for operation in patch:
        key = operation["path"][1:]
        if operation["op"] == "test":
            assert desired.precondition
            assert operation == {"op": "test", "path": f"/{key}", "value": before.get(key)}
        elif key == "completionStatus":
            assert operation == {"op": "replace", "path": f"/{key}", "value": SPELLINGS[desired.completion_status]}
        else:
            wanted = desired.completed or NOW
            assert operation == {"op": "replace", "path": f"/{key}", "value": format_instant(wanted)}
    if desired.precondition:
        tests = [operation["path"] for operation in patch if operation["op"] == "test"]
        assert tests == (replaced if before.get("modified") is None else ["/modified"] if patch else [])


@given(tasks, desired_states)
def test_what_is_left_alone(before: dict[str, Any], desired: DesiredState) -> None:
    patch = build_patch(before, desired, NOW)
    pending = records.is_pending(before)
    if not pending and not desired.overwrite:
        assert patch == []
    if pending:
        assert [operation["path"] for operation in patch if operation["op"] == "replace"][0] == "/completionStatus"
    if not pending and desired.completed is None:
        assert "/completed" not in [operation["path"] for operation in patch]


@given(st.sampled_from(["SUCCESS", "ERROR", "FROZEN"]), desired_states)
def test_a_precondition_makes_the_update_fail_when_the_task_finished_meanwhile(
    status: str, desired: DesiredState
) -> None:
    before = task("t")
    desired = DesiredState(desired.completion_status, desired.completed, desired.overwrite, None, precondition=True)
    patch = build_patch(before, desired, NOW)
    finished = task("t", status)
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.apply_patch(finished, patch)
    assert jsonpatch.apply_patch(before, patch)["completionStatus"] == SPELLINGS[desired.completion_status]


@given(desired_states, instants.map(format_instant), instants.map(format_instant))
def test_where_a_task_has_a_modified_date_the_precondition_is_that_it_keeps_it(
    desired: DesiredState, modified: str, later: str
) -> None:
    before = task("t", modified=modified)
    patch = build_patch(before, dataclasses.replace(desired, precondition=True), NOW)
    assert precondition_of(patch) == {"modified": modified}
    # The vendor's schema takes no null as a value.
    assert all(operation["value"] is not None for operation in patch)
    assert jsonpatch.apply_patch(before, patch)["completionStatus"] == SPELLINGS[desired.completion_status]
    if later != modified:
        with pytest.raises(jsonpatch.JsonPatchTestFailed):
            jsonpatch.apply_patch(task("t", modified=later), patch)


def ended(seconds: float, **changes: Any) -> dict[str, Any]:
    """A task with a completion time so long ago, and no status yet."""
    return task("t") | {"completed": format_instant(NOW - timedelta(seconds=seconds)), **changes}


@pytest.mark.parametrize(("seconds", "moving"), [(-3600, True), (0, True), (899, True), (901, False), (10**7, False)])
def test_a_task_is_just_being_completed_for_a_quarter_of_an_hour(seconds: float, moving: bool) -> None:
    assert is_moving(ended(seconds), NOW) is moving
    assert not is_moving(ended(seconds, completionStatus="SUCCESS"), NOW)


def test_a_completion_time_that_cannot_be_read_is_on_the_safe_side() -> None:
    assert is_moving(task("t") | {"completed": "soon"}, NOW)
    assert not is_moving(task("t"), NOW)


def test_what_was_left_without_a_status_gets_one_and_keeps_its_completion_time() -> None:
    given_up = ended(3600)
    assert build_patch(given_up, DesiredState("error"), NOW) == [
        {"op": "replace", "path": "/completionStatus", "value": "Error"}
    ]
    wanted = DesiredState("error", completed=NOW)
    assert [operation["path"] for operation in build_patch(given_up, wanted, NOW)] == [
        "/completionStatus",
        "/completed",
    ]


def test_the_exact_documents() -> None:
    desired = DesiredState("temperror")
    assert build_patch(task("t"), desired, NOW) == [
        {"op": "replace", "path": "/completionStatus", "value": "TempError"},
        {"op": "replace", "path": "/completed", "value": "2026-06-01T12:30:15.250Z"},
    ]
    assert build_patch(task("t"), DesiredState("error", precondition=True), NOW) == [
        {"op": "test", "path": "/completionStatus", "value": None},
        {"op": "test", "path": "/completed", "value": None},
        {"op": "replace", "path": "/completionStatus", "value": "Error"},
        {"op": "replace", "path": "/completed", "value": "2026-06-01T12:30:15.250Z"},
    ]
    overwrite = DesiredState("error", overwrite=True)
    assert build_patch(task("t", "SUCCESS"), overwrite, NOW) == [
        {"op": "replace", "path": "/completionStatus", "value": "Error"}
    ]
    assert build_patch(task("t", "error"), overwrite, NOW) == []


@pytest.mark.parametrize(
    "written",
    ["2026-05-01T10:00:00.000Z", "2026-05-01T12:00:00+02:00", "2026-05-01 10:00:00", "2026-05-01T10:00:00.0004Z"],
)
def test_instants_are_compared_not_their_notation(written: str) -> None:
    completed = datetime(2026, 5, 1, 10, tzinfo=timezone.utc)
    desired = DesiredState("error", completed, overwrite=True)
    assert build_patch(task("t", "ERROR", completed=written), desired, NOW) == []
    assert build_patch(task("t", "ERROR", completed="2026-05-01T10:00:00.001Z"), desired, NOW) == [
        {"op": "replace", "path": "/completed", "value": "2026-05-01T10:00:00.000Z"}
    ]


def test_an_instant_that_is_the_wanted_one_is_not_sent_again_in_another_notation() -> None:
    desired = DesiredState("error", datetime(2026, 5, 1, 10, tzinfo=timezone.utc), overwrite=True)
    assert build_patch(task("t", "SUCCESS", completed="2026-05-01T12:00:00+02:00"), desired, NOW) == [
        {"op": "replace", "path": "/completionStatus", "value": "Error"}
    ]


def test_unless_more_is_wanted_any_completed_task_is_in_the_desired_state() -> None:
    assert satisfies(task("t", "SUCCESS"), DesiredState("error"))
    assert not satisfies(task("t", "SUCCESS"), DesiredState("error", overwrite=True))


def test_the_quarter_of_an_hour_ends_to_the_instant() -> None:
    now = datetime(2026, 6, 1, tzinfo=timezone.utc)
    done = task("t") | {"completed": format_instant(now - timedelta(seconds=900))}
    assert not is_moving(done, now) and is_moving(done, now - timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("seconds", "status", "young"),
    [
        (59, None, True),
        (60, None, False),
        (61, None, False),
        (59, "ERROR", False),
        (None, None, True),
        (-5, None, True),
    ],
)
def test_only_a_pending_task_can_be_too_young_and_one_of_unknown_age_is(
    seconds: int | None, status: str | None, young: bool
) -> None:
    launched = None if seconds is None else (NOW - timedelta(seconds=seconds)).isoformat()
    one = task("t", status, launched=launched, created=None)
    assert too_young(one, DesiredState("error", older_than=60.0), NOW) is young
    assert too_young(one, DesiredState("error"), NOW) is False


def test_the_answer_to_an_update_may_hold_the_tenants_own_time_and_case() -> None:
    patch = build_patch(task("t"), DesiredState("error"), NOW)
    assert reads_as_sent(task("t", "ERROR"), patch)
    assert not reads_as_sent(task("t"), patch)
    assert not reads_as_sent(task("t", "SUCCESS"), patch)
    assert not reads_as_sent({}, patch)


def test_a_task_read_later_shows_this_very_update_by_its_instant_to_the_second() -> None:
    patch = build_patch(task("t"), DesiredState("error"), NOW)
    assert took_effect(task("t", "ERROR", completed="2026-06-01T12:30:15Z"), patch)
    assert took_effect(task("t", "ERROR", completed=format_instant(NOW)), patch)
    assert not took_effect(task("t", "ERROR", completed="2026-06-01T12:31:15Z"), patch)
    assert not took_effect(task("t", "SUCCESS", completed=format_instant(NOW)), patch)
    assert not took_effect(task("t", "ERROR", completed=None), patch)


def test_only_an_instant_sent_is_recognised_by_it() -> None:
    completed = datetime(2026, 5, 1, tzinfo=timezone.utc)
    patch = build_patch(task("t", "ERROR"), DesiredState("error", completed, overwrite=True), NOW)
    assert [operation["path"] for operation in patch] == ["/completed"]
    assert reads_as_sent(task("t", "ERROR", completed="2026-05-01T00:00:00Z"), patch)
    assert not reads_as_sent(task("t", "ERROR"), patch)


@given(broken_tasks, broken_tasks, desired_states)
def test_no_answer_breaks_the_recognition(before: dict[str, Any], after: dict[str, Any], desired: DesiredState) -> None:
    patch = build_patch(before, desired, NOW)
    if patch and took_effect(after, patch):
        assert reads_as_sent(after, patch)
        sent = {operation["path"]: operation["value"] for operation in patch if operation["op"] == "replace"}
        if "/completed" in sent:
            there, instant = parse_instant(after.get("completed")), parse_instant(sent["/completed"])
            assert there is not None and instant is not None
            assert abs(there - instant) < timedelta(seconds=1)


@pytest.mark.parametrize("modified", [float("nan"), [float("nan")], {"a": float("nan")}, "2026-01-02T03:04:05.000Z"])
def test_a_prediction_holds_whatever_the_precondition_is_of(modified: Any) -> None:
    """A value need not even be the same as itself for its task to be what the patch was built on."""
    before = task("t", modified=modified)
    patch = build_patch(before, DesiredState("error", precondition=True), NOW)
    assert patch[0]["op"] == "test"
    assert apply_patch(before, patch)["completionStatus"] == "Error"
