# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils import _tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import task
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)
broken_tasks = st.dictionaries(
    st.sampled_from([*task("t"), "unknown"]),
    st.one_of(
        json_values,
        st.sampled_from(["SUCCESS", "Error", " error ", "", "FROZEN", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05"]),
    ),
)


@pytest.mark.parametrize("written", ["Error", "ERROR", "error", " Error "])
def test_completion_statuses_are_compared_without_case(written: str) -> None:
    assert _tasks.completion_status(task("t", written)) == "error"
    assert not _tasks.is_pending(task("t", written))


@pytest.mark.parametrize("status", ["FROZEN", "Success", "TEMPERROR"])
def test_a_completion_status_of_any_name_is_completed(status: str) -> None:
    assert not _tasks.is_pending(task("t", status))


@pytest.mark.parametrize("status", [5, True, False, 0, ["ERROR"], {"value": "ERROR"}])
def test_a_completion_status_that_is_no_text_is_not_taken_for_pending(status: object) -> None:
    assert not _tasks.is_pending(task("t") | {"completionStatus": status})


def test_pending_is_a_completion_status_of_null_or_none_at_all() -> None:
    assert _tasks.is_pending(task("t"))
    assert _tasks.is_pending({})


@pytest.mark.parametrize("percent", [100, 0, "100", None])
def test_percent_complete_says_nothing(percent: object) -> None:
    assert _tasks.is_pending(task("t", percentComplete=percent))
    assert not _tasks.is_pending(task("t", "SUCCESS", percentComplete=percent))


def test_age_counts_from_the_launch_else_the_creation() -> None:
    launched, created = NOW - timedelta(hours=1), NOW - timedelta(hours=3)
    both = task("t", launched=launched.isoformat(), created=created.isoformat())
    assert _tasks.age(both, NOW) == 3600
    assert _tasks.age(both | {"launched": None}, NOW) == 3 * 3600
    assert _tasks.age(both | {"launched": "soon"}, NOW) == 3 * 3600
    assert _tasks.age(both | {"launched": None, "created": None}, NOW) is None
    assert _tasks.age({}, NOW) is None


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "CLOUD_ACCOUNT_AGGREGATION"),
        ({"taskDefinitionSummary": None, "launcher": "Identity  Refresh"}, "IDENTITY_REFRESH"),
        ({"taskDefinitionSummary": {"uniqueName": None}, "launcher": "x"}, "X"),
        ({"taskDefinitionSummary": {"uniqueName": " mixed Case_name "}}, "MIXED_CASE_NAME"),
        ({"taskDefinitionSummary": [], "launcher": None}, ""),
    ],
)
def test_the_kind_is_the_definitions_name_else_the_launcher(changes: dict[str, Any], kind: str) -> None:
    assert _tasks.kind(task("t", **changes)) == kind


@pytest.mark.parametrize(
    ("target", "source_id"),
    [
        ({"id": "s", "type": "APPLICATION"}, "s"),
        ({"id": "s", "type": None}, "s"),
        ({"id": "s"}, "s"),
        ({"id": "s", "type": "IDENTITY"}, None),
        (None, None),
        ("s", None),
        ({}, None),
    ],
)
def test_the_source_is_a_target_that_is_an_application_or_of_no_type(target: object, source_id: str | None) -> None:
    assert _tasks.source_id(task("t", target=target)) == source_id


@given(broken_tasks)
def test_no_answer_breaks_what_reads_it(broken: dict[str, Any]) -> None:
    assert _tasks.completion_status(broken) is None or not _tasks.is_pending(broken)
    age = _tasks.age(broken, NOW)
    assert age is None or isinstance(age, float)
    assert isinstance(_tasks.kind(broken), str)
    _tasks.source_id(broken)
    identity = _tasks.identity(broken)
    assert identity is None or identity == broken["id"]
