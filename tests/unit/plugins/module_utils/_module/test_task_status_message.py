# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import ApiError
from ansible_collections.idops.sailpoint.plugins.module_utils._module.task_status_message import failure_of, heading_of
from hypothesis import given
from hypothesis import strategies as st

REFUSED = "an update needs a personal access token (PAT) of a user with the right idn:task-management:write"


def failed(task_id: str, said: str = "forbidden", tracking_id: str | None = None, path_id: str = "") -> dict[str, Any]:
    error = ApiError(f"PATCH /v2024/task-status/{path_id or task_id}", 403, said, "403.1", tracking_id, REFUSED)
    return {"id": task_id, "outcome": "failed", "error": error.as_dict()}


def missing(task_id: str) -> dict[str, Any]:
    return {"id": task_id, "outcome": "missing"}


def test_equal_reasons_are_one_although_each_names_its_task_and_its_request() -> None:
    bad = [failed(f"id/{number}", tracking_id=f"t-{number}", path_id=f"id%2F{number}") for number in range(264)]
    assert failure_of(bad, bad, "", False) == (
        "Of 264 tasks 0 updated, 264 failed: id/0, id/1, id/2 and 261 more (PATCH /v2024/task-status/id%2F0 was "
        f"answered with HTTP 403: forbidden (tracking id t-0); {REFUSED})."
    )


def test_the_most_frequent_reasons_come_first_and_the_rest_is_counted() -> None:
    bad = [failed(f"{kind}{number}", f"reason {kind}") for kind in "abcde" for number in range(ord(kind) - 96)]
    told = failure_of(bad, bad, "", False)
    assert told.startswith("Of 15 tasks 0 updated, 15 failed: e0, e1, e2 and 2 more (PATCH ")
    assert [reason in told for reason in ("reason e", "reason d", "reason c", "reason b")] == [True, True, True, False]
    assert told.endswith("; and 2 more reasons.")


@pytest.mark.parametrize(
    ("missing_ok", "told"),
    [
        (False, "Interrupted (SIGTERM): of 2 tasks 1 updated, 1 not found (missing_ok is off): a (not found)."),
        (True, "Interrupted (SIGTERM): of 2 tasks 1 updated."),
    ],
)
def test_an_interruption_is_said_first(missing_ok: bool, told: str) -> None:
    items = [missing("a"), {"id": "b", "outcome": "updated"}]
    assert failure_of(items, [] if missing_ok else items[:1], "SIGTERM", missing_ok) == told


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=300), st.text(max_size=3000)), min_size=1, max_size=40),
    st.text(max_size=1000),
)
def test_it_stays_readable_whatever_the_tenant_says(said: list[tuple[str, str]], interrupted: str) -> None:
    bad = [failed(*one) for one in said]
    assert len(failure_of(bad, bad, interrupted, False)) < 1000


@pytest.mark.parametrize(
    ("changes", "is_pending", "heading"),
    [
        ({}, True, "Cloud Account Aggregation, HR [source], pending for 1d1h, a"),
        ({}, False, "Cloud Account Aggregation, HR [source], a"),
        ({"source": None, "age_seconds": None}, True, "Cloud Account Aggregation, a"),
        ({"source": {"id": "s", "name": None}, "name": None}, True, "s, pending for 1d1h, a"),
        ({"name": "x\x1b[2J", "age_seconds": -5}, True, "x [2J, HR [source], pending for 0s, a"),
    ],
)
def test_a_diff_is_headed_by_what_a_person_knows(changes: dict[str, Any], is_pending: bool, heading: str) -> None:
    item = {
        "id": "a",
        "name": "Cloud Account Aggregation",
        "source": {"id": "s", "name": "HR [source]"},
        "age_seconds": 90000.5,
        **changes,
    }
    assert heading_of(item, is_pending) == heading
