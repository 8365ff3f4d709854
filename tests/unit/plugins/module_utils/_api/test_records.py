# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api import records
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
    assert records.completion_status(task("t", written)) == "error"
    assert not records.is_pending(task("t", written))


@pytest.mark.parametrize("written", ["TEMP_ERROR", "TEMPERROR", "TempError", "Temp_Error"])
def test_temperror_is_one_status_in_all_its_spellings(written: str) -> None:
    assert records.completion_status(task("t", written)) == "temperror"


@pytest.mark.parametrize("status", ["FROZEN", "Success", "TEMPERROR", "Completed"])
def test_a_completion_status_of_any_name_is_completed(status: str) -> None:
    assert not records.is_pending(task("t", status))


@pytest.mark.parametrize("status", [5, True, False, 0, ["ERROR"], {"value": "ERROR"}])
def test_a_completion_status_that_is_no_text_is_not_taken_for_pending(status: object) -> None:
    assert not records.is_pending(task("t") | {"completionStatus": status})


def test_pending_is_a_completion_status_of_null_or_none_at_all() -> None:
    assert records.is_pending(task("t"))
    assert records.is_pending({})


@pytest.mark.parametrize("percent", [100, 0, "100", None])
def test_percent_complete_says_nothing(percent: object) -> None:
    assert records.is_pending(task("t", percentComplete=percent))
    assert not records.is_pending(task("t", "SUCCESS", percentComplete=percent))


def test_age_counts_from_the_launch_else_the_creation() -> None:
    launched, created = NOW - timedelta(hours=1), NOW - timedelta(hours=3)
    both = task("t", launched=launched.isoformat(), created=created.isoformat())
    assert records.age(both, NOW) == 3600
    assert records.age(both | {"launched": None}, NOW) == 3 * 3600
    assert records.age(both | {"launched": "soon"}, NOW) == 3 * 3600
    assert records.age(both | {"launched": None, "created": None}, NOW) is None
    assert records.age({}, NOW) is None


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "CLOUD_ACCOUNT_AGGREGATION"),
        ({"taskDefinitionSummary": None, "uniqueName": "Identity  Refresh"}, "IDENTITY_REFRESH"),
        ({"taskDefinitionSummary": {"uniqueName": None}, "uniqueName": "x"}, "X"),
        ({"taskDefinitionSummary": {"uniqueName": " "}, "uniqueName": None, "launcher": "x"}, "X"),
        ({"taskDefinitionSummary": {"uniqueName": "AI Agent Aggregation - ID123"}}, "AI_AGENT_AGGREGATION"),
        ({"taskDefinitionSummary": None, "uniqueName": "Cloud Group Aggregation - HR - x"}, "CLOUD_GROUP_AGGREGATION"),
        ({"taskDefinitionSummary": None, "uniqueName": " - x", "launcher": "sweep"}, "SWEEP"),
        ({"taskDefinitionSummary": {"uniqueName": 5}, "uniqueName": ["x"], "launcher": {}}, ""),
        ({"taskDefinitionSummary": {"uniqueName": " mixed Case_name "}}, "MIXED_CASE_NAME"),
        ({"taskDefinitionSummary": [], "uniqueName": None, "launcher": None}, ""),
    ],
)
def test_the_kind_is_the_definitions_name_else_the_tasks_else_the_launcher(changes: dict[str, Any], kind: str) -> None:
    assert records.kind(task("t", **changes)) == kind


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
    assert records.source_id(task("t", target=target)) == source_id


@pytest.mark.parametrize(
    "target", [None, {}, {"id": "i", "type": "IDENTITY", "name": "Ann"}, {"id": None, "name": " "}]
)
def test_without_such_a_target_the_attributes_tell_the_source(target: object) -> None:
    told = task("t", target=target, attributes={"appId": "s", "applications": "Workday [source]"})
    assert (records.source_id(told), records.source_name(told)) == ("s", "Workday [source]")
    assert records.names(told) == ["Cloud Account Aggregation", "Workday [source]"]
    untold = task("t", target=target, attributes=None, uniqueName=None)
    assert (records.source_id(untold), records.source_name(untold), records.names(untold)) == (None, None, [""])


def test_the_target_is_believed_before_the_attributes() -> None:
    both = task("t", attributes={"appId": "other", "applications": "Other [source]"})
    assert (records.source_id(both), records.source_name(both)) == ("source-1", "HR [source]")


@pytest.mark.parametrize(
    ("completed", "status", "wanted"),
    [
        ("2026-01-02T04:00:00.000Z", None, True),
        (1767326400000, None, True),
        ("soon", None, True),
        ("2026-01-02T04:00:00.000Z", "SUCCESS", False),
        (None, None, False),
        ("", None, False),
    ],
)
def test_a_completion_time_without_a_status_is_being_completed(completed: object, status: object, wanted: bool) -> None:
    one = task("t") | {"completed": completed, "completionStatus": status}
    assert records.is_being_completed(one) is wanted


@given(broken_tasks)
def test_no_answer_breaks_what_reads_it(broken: dict[str, Any]) -> None:
    assert records.completion_status(broken) is None or not records.is_pending(broken)
    age = records.age(broken, NOW)
    assert age is None or isinstance(age, float)
    assert isinstance(records.kind(broken), str)
    for text in (records.source_id(broken), records.source_name(broken)):
        assert text is None or (isinstance(text, str) and text.strip())
    assert records.names(broken) and all(isinstance(name, str) for name in records.names(broken))
    assert not records.is_being_completed(broken) or records.is_pending(broken)
    identity = records.identity(broken)
    assert identity is None or identity == broken["id"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["A", "B"], "A, B"),
        (("A",), "A"),
        ([], None),
        (" A ", "A"),
        (" ", None),
        (5, "5"),
        (True, None),
        (False, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_names_a_source_is_told_as_text(value: object, text: str | None) -> None:
    one = task("t", target=None, attributes={"appId": value, "applications": value}, uniqueName=None)
    assert (records.source_id(one), records.source_name(one)) == (text, text)
    assert records.names(one) == [text or ""]
    assert records.names(one | {"uniqueName": value}) == ([text, text] if text else [""])


@pytest.mark.parametrize(("value", "task_id"), [("a", "a"), ("", None), (None, None), (5, None), ([], None)])
def test_an_id_is_a_text(value: object, task_id: str | None) -> None:
    assert records.identity({"id": value}) == task_id
    assert records.identity({}) is None


@pytest.mark.parametrize(
    ("answer", "says"),
    [({}, False), ({"uniqueName": "x"}, False), ({"id": None}, True), ({"completionStatus": None}, True)],
)
def test_what_says_something_of_a_task(answer: dict[str, Any], says: bool) -> None:
    assert records.says_something(answer) is says


def test_the_documented_spellings() -> None:
    assert records.COMPLETION_STATUSES == {
        "success": "Success",
        "warning": "Warning",
        "error": "Error",
        "terminated": "Terminated",
        "temperror": "TempError",
    }
