# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    ApiError,
    NoAnswerError,
    NotShownError,
    SailPointError,
    TooLateError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import judging, patching
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import task

INSTANT = "2026-05-17T19:33:16.000Z"
UPDATE = [
    {"op": "replace", "path": "/completionStatus", "value": "Error"},
    {"op": "replace", "path": "/completed", "value": INSTANT},
]
TESTS = [
    {"op": "test", "path": "/completionStatus", "value": None},
    {"op": "test", "path": "/completed", "value": None},
]
TESTED_DATE = [{"op": "test", "path": "/modified", "value": "2026-01-02T03:05:00.000Z"}]
BEFORE = task("a")
UPDATED = task("a", "ERROR", completed=INSTANT)
FINISHED = task("a", "SUCCESS")
DESIRED = patching.DesiredState("error", None, False, None, False)
OVERWRITE = patching.DesiredState("error", None, True, None, False)


def refusal(status: int, from_tenant: bool = True, said: str = "") -> ApiError:
    error = ApiError("PATCH /x", status, said)
    error.from_tenant = from_tenant
    return error


def judged(
    error: SailPointError,
    there: dict[str, Any] | None,
    patch: list[dict[str, Any]] | None = None,
    in_doubt: bool = False,
    desired: patching.DesiredState = DESIRED,
    before: dict[str, Any] = BEFORE,
) -> str:
    name, note = judging.judge(judging.Evidence(before, patch or UPDATE, error, in_doubt), there, desired)
    return f"{name}: {note}" if note else name


ERRORS = [refusal(400), refusal(409), refusal(500), refusal(503, False), NoAnswerError("x"), NotShownError()]


@pytest.mark.parametrize("error", [*ERRORS, TooLateError("PATCH /x")], ids=str)
def test_what_is_not_there_is_missing(error: SailPointError) -> None:
    assert judged(error, None) == "missing"


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_what_shows_the_update_is_updated(error: SailPointError) -> None:
    assert judged(error, UPDATED) == "updated"
    update = [UPDATE[0], {**UPDATE[1], "value": "2026-05-17T19:33:16.999Z"}]
    assert judged(error, UPDATED, update) == "updated", "tenants keep seconds"
    assert judged(error, {**UPDATED, "completed": "2026-05-17T19:33:16.998Z"}, update) != "updated", "another's"


@pytest.mark.parametrize("status", [400, 409, 412, 422])
@pytest.mark.parametrize("tests", [TESTS, TESTED_DATE])
def test_with_a_precondition_a_sure_refusal_proves_that_it_was_somebody_else(
    status: int, tests: list[dict[str, Any]]
) -> None:
    patch = tests + UPDATE
    assert judged(refusal(status), UPDATED, patch) == "conflict"
    # Not so without a precondition, where a try before may have done it, or where a gateway refuses.
    assert judged(refusal(status), UPDATED) == "updated"
    assert judged(refusal(status), UPDATED, patch, in_doubt=True) == "updated"
    assert judged(refusal(status, from_tenant=False), UPDATED, patch) == "updated"
    assert judged(refusal(500), UPDATED, patch) == "updated"


@pytest.mark.parametrize(
    ("status", "changed", "outcome"),
    [
        (400, {"completionStatus": "SUCCESS"}, "conflict"),
        (422, {"completed": INSTANT}, "conflict"),
        (400, {"percentComplete": 50}, "failed"),
        (422, {"percentComplete": 50}, "failed"),
        (409, {"percentComplete": 50}, "conflict"),
        (412, {"new": 1}, "conflict"),
        (409, {}, "failed"),
        (403, {"completionStatus": "SUCCESS"}, "unchanged"),
        (500, {"completionStatus": "SUCCESS"}, "unchanged"),
        (500, {"percentComplete": 50}, "failed"),
    ],
)
def test_a_refused_update_of_a_task_that_changed_is_a_conflict(
    status: int, changed: dict[str, Any], outcome: str
) -> None:
    assert judged(refusal(status), {**BEFORE, **changed}) == outcome


def test_what_the_precondition_tests_counts_as_changed() -> None:
    before = task("a", modified="2026-01-02T03:05:00.000Z")
    there = {**before, "modified": "2026-01-02T03:06:00.000Z"}
    assert judged(refusal(400), there, TESTED_DATE + UPDATE, before=before) == "conflict"
    assert judged(refusal(400), there, UPDATE, before=before) == "failed"


@pytest.mark.parametrize("error", [refusal(500), refusal(503, False), NoAnswerError("x"), NotShownError()], ids=str)
def test_what_was_completed_otherwise_is_unchanged_unless_it_was_to_be_overwritten(error: SailPointError) -> None:
    assert judged(error, FINISHED) == "unchanged"
    assert judged(error, FINISHED, desired=OVERWRITE) == "failed"
    assert judged(error, BEFORE) == "failed"


@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_a_precondition_that_is_refused_although_it_holds_is_explained(status: int) -> None:
    assert judged(refusal(status), BEFORE) == "failed"
    nulls = judged(refusal(status), BEFORE, TESTS + UPDATE)
    assert nulls.startswith(
        "failed: the task has not changed, but its precondition tests completionStatus and completed"
    )
    dated = judged(refusal(status), BEFORE, TESTED_DATE + UPDATE)
    assert dated.startswith("failed: the task has not changed, but its precondition tests what is still so")
    assert nulls.endswith("leave out precondition") and dated.endswith("leave out precondition")
    assert judged(refusal(500), BEFORE, TESTS + UPDATE) == "failed"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
def test_what_is_refused_at_the_door_in_so_many_words_changed_nothing(status: int) -> None:
    assert judging.is_refused_at_the_door(refusal(status, said="no")) is (status in (401, 403))
    assert not judging.is_refused_at_the_door(refusal(status))
    assert not judging.is_refused_at_the_door(refusal(status, from_tenant=False, said="no"))


@pytest.mark.parametrize(
    ("error", "late"),
    [
        *((refusal(status), status >= 500) for status in (400, 403, 409, 429, 500, 502, 599)),
        (NoAnswerError("x"), True),
        (NotShownError(), True),
    ],
    ids=str,
)
def test_what_may_show_late(error: SailPointError, late: bool) -> None:
    assert judging.may_show_late(judging.Evidence(BEFORE, UPDATE, error, False)) is late
    assert judging.may_show_late(judging.Evidence(BEFORE, UPDATE, error, True))


@pytest.mark.parametrize(("there", "lacking"), [(BEFORE, True), (UPDATED, False), (FINISHED, False)])
def test_what_lacks_an_update(there: dict[str, Any], lacking: bool) -> None:
    assert judging.lacks(there, UPDATE, DESIRED) is lacking
    assert judging.lacks(FINISHED, UPDATE, OVERWRITE)
