# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the report's numbers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.plain import plain_items, plain_tasks, to_plain

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def ago(**span: float) -> str:
    """Return the instant so long before NOW, as the API writes it."""
    return (NOW - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def task(task_id: str, status: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a TaskStatus launched an hour ago; one with a status was completed half an hour later."""
    return {
        "id": task_id,
        "uniqueName": "Cloud Account Aggregation",
        "launcher": "sweep",
        "launched": ago(hours=1),
        "completed": None if status is None else ago(minutes=30),
        "completionStatus": status,
        **fields,
    }


def report(*tasks: Any, **arguments: Any) -> dict[str, Any]:
    """Return the report of tasks and items as the filter hands them on."""
    items = arguments.pop("items", None)
    return build_report(plain_tasks(tasks), now=NOW, items=None if items is None else plain_items(items), **arguments)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("SUCCESS", "success"),
        ("Success", "success"),
        ("WARNING", "warning"),
        ("Error", "error"),
        ("Terminated", "terminated"),
        ("TEMPERROR", "temperror"),
        ("TempError", "temperror"),
        ("TEMP_ERROR", "temperror"),
        ("SOMETHING_NEW", "other"),
        ("pending", "other"),
        ("completing", "other"),
        ("other", "other"),
        (17, "other"),
        (None, "pending"),
        ("", "other"),
    ],
)
def test_status_is_read_without_regard_to_case(status: Any, expected: str) -> None:
    made = report({"id": "1", "completionStatus": status, "launched": ago(hours=1)})
    assert made["tasks"][0]["status"] == expected
    assert made["totals"]["by_status"][expected] == 1


def test_task_that_is_just_being_completed_is_neither_pending_nor_completed_nor_failed() -> None:
    made = report(task("1", completed=ago(minutes=1)), task("2", "SUCCESS"), task("3"))
    assert [row["status"] for row in made["tasks"]] == ["completing", "success", "pending"]
    totals = made["totals"]
    assert (totals["tasks"], totals["pending"], totals["completed"]) == (3, 1, 1)
    assert totals["by_status"]["completing"] == 1
    assert (totals["in_period"]["completed"], totals["in_period"]["success_ratio"]) == (1, 1)
    assert (made["pending"]["count"], made["failures"]["count"], made["durations"][0]["count"]) == (1, 0, 1)


SYSTEM = {"launcher": "System"}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"uniqueName": "Cloud Group Aggregation"}, "CLOUD_GROUP_AGGREGATION"),
        ({"uniqueName": "AI Agent Aggregation - ID123"}, "AI_AGENT_AGGREGATION"),
        (
            {"uniqueName": "whatever", "taskDefinitionSummary": {"uniqueName": "Cloud Group Aggregation"}},
            "CLOUD_GROUP_AGGREGATION",
        ),
        ({"taskDefinitionSummary": {"uniqueName": None, "description": None}}, "CLOUD_ACCOUNT_AGGREGATION"),
        ({"taskDefinitionSummary": None}, "CLOUD_ACCOUNT_AGGREGATION"),
        ({"uniqueName": None, "launcher": "CLOUD_REFRESH_ROLE"}, "CLOUD_REFRESH_ROLE"),
        ({"uniqueName": "", "launcher": " "}, "(no kind)"),
    ],
)
def test_kind_is_what_the_option_type_compares(fields: dict[str, Any], kind: str) -> None:
    made = report(task("1", **{**SYSTEM, **fields}), task("2", "SUCCESS", **{**SYSTEM, **fields}))
    assert {row["kind"] for row in made["tasks"]} == {kind}
    assert [entry["kind"] for entry in made["pending"]["by_kind"]] == [kind]
    assert [entry["kind"] for entry in made["durations"]] == [kind]


@pytest.mark.parametrize(
    ("fields", "source", "source_id"),
    [
        ({"target": {"id": "a1", "type": "APPLICATION", "name": "[EU] HR [source]"}}, "[EU] HR [source]", "a1"),
        ({"target": {"id": "a1", "type": None, "name": "HR [source]"}}, "HR [source]", "a1"),
        ({"target": None, "attributes": {"appId": "a1", "applications": "HR [source]"}}, "HR [source]", "a1"),
        ({"target": None, "attributes": {"applications": "HR [source]"}}, "HR [source]", None),
        ({"target": None, "attributes": {"appId": "a1"}}, "a1", "a1"),
        ({"target": {"id": "c", "type": "IDENTITY", "name": "Jane Doe"}}, None, None),
        ({"target": None, "attributes": None}, None, None),
        ({}, None, None),
    ],
)
def test_source_is_what_the_options_compare(fields: dict[str, Any], source: str | None, source_id: str | None) -> None:
    made = report(
        task("1", **fields),
        items=[{"id": "1", "outcome": "updated"}, {"id": "2", "outcome": "updated", "task": task("2", **fields)}],
    )
    shown = [*made["tasks"], *made["pending"]["oldest"], *made["clearing"]["items"]]
    assert {(entry["source"], entry["source_id"]) for entry in shown} == {(source, source_id)}


def test_pending_by_kind_and_age_with_the_oldest_first() -> None:
    made = report(
        task("young", launched=ago(minutes=5)),
        task("old", launched=ago(days=9), uniqueName="AI Agent Aggregation - ID123"),
        task("created", launched=None, created=ago(days=2), uniqueName="Cloud account aggregation"),
        task("ageless", launched="yesterday", uniqueName=None, launcher=None),
        task("done", "SUCCESS"),
    )["pending"]
    assert made["count"] == 4
    assert made["oldest_age_seconds"] == 9 * 86400
    assert [row["id"] for row in made["oldest"]] == ["old", "created", "young"]
    accounts = {"kind": "CLOUD_ACCOUNT_AGGREGATION", "name": "Cloud Account Aggregation"}
    agents = {"kind": "AI_AGENT_AGGREGATION", "name": "AI Agent Aggregation"}
    assert made["by_kind"] == [
        accounts | {"count": 2, "oldest_age_seconds": 2 * 86400},
        {"kind": "(no kind)", "name": "(no kind)", "count": 1, "oldest_age_seconds": None},
        agents | {"count": 1, "oldest_age_seconds": 9 * 86400},
    ]
    assert {entry["bucket"]: entry["count"] for entry in made["by_age"] if entry["count"]} == {
        "under_1h": 1,
        "1d_to_3d": 1,
        "7d_to_30d": 1,
        "unknown": 1,
    }


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (-60, "under_1h"),
        (3599, "under_1h"),
        (3600, "1h_to_6h"),
        (86399, "6h_to_24h"),
        (86400, "1d_to_3d"),
        (30 * 86400, "over_30d"),
    ],
)
def test_bounds_of_ages(seconds: int, bucket: str) -> None:
    ages = report(task("1", launched=ago(seconds=seconds)))["pending"]["by_age"]
    assert [entry["bucket"] for entry in ages if entry["count"]] == [bucket]


def test_failures_and_warnings_of_the_period_by_source() -> None:
    def failed(task_id: str, status: str, source: Any, minutes: float, text: str | None = None) -> dict[str, Any]:
        messages = [{"type": "INFO", "key": "fine"}, {"type": "ERROR", "key": "k", "localizedText": {"message": text}}]
        return task(task_id, status, completed=ago(minutes=minutes), target=source, messages=messages if text else None)

    directory = {"id": "a", "type": "APPLICATION", "name": "Directory"}
    made = report(
        failed("1", "ERROR", directory, 30, "later"),
        failed("2", "WARNING", directory, 60, "earlier"),
        failed("3", "TEMPERROR", {"id": "b", "type": None, "name": "Payroll"}, 10),
        failed("4", "TERMINATED", {"id": "c", "type": "IDENTITY", "name": "Jane Doe"}, 10),
        failed("5", "ERROR", directory, 8 * 24 * 60, "before the period"),
        failed("6", "SUCCESS", directory, 5, "no failure"),
        days=7,
    )
    assert made["failures"] == {
        "count": 4,
        "by_source": [
            {"source": "Directory", "total": 2, "error": 1, "terminated": 0, "temperror": 0, "warning": 1}
            | {"last": ago(minutes=30), "last_message": "later"},
            {"source": "(no source)", "total": 1, "error": 0, "terminated": 1, "temperror": 0, "warning": 0}
            | {"last": ago(minutes=10), "last_message": None},
            {"source": "Payroll", "total": 1, "error": 0, "terminated": 0, "temperror": 1, "warning": 0}
            | {"last": ago(minutes=10), "last_message": None},
        ],
    }
    assert made["totals"]["in_period"] | {"by_status": None} == {
        "completed": 5,
        "succeeded": 1,
        "warnings": 1,
        "failed": 3,
        "success_ratio": 0.2,
        "by_status": None,
    }


def test_message_falls_back_to_its_key() -> None:
    made = report(task("1", "ERROR", messages=["odd", {"type": "WARN", "key": "warned", "localizedText": None}]))
    assert made["tasks"][0]["message"] == "warned"


def test_durations_by_kind() -> None:
    def took(task_id: str, seconds: float, **fields: Any) -> dict[str, Any]:
        return task(task_id, "SUCCESS", launched=ago(seconds=seconds), completed=ago(), **fields)

    named = {"taskDefinitionSummary": {"uniqueName": "Aggregation"}}
    made = report(
        *(took(str(n), n, **named) for n in range(1, 101)),
        took("x", 7),
        took("y", -5),  # completed before it was launched: says nothing
        task("z"),
    )["durations"]
    accounts = {"kind": "CLOUD_ACCOUNT_AGGREGATION", "name": "Cloud Account Aggregation"}
    assert made == [
        {"kind": "AGGREGATION", "name": "Aggregation", "count": 100}
        | {"median_seconds": 50.5, "p95_seconds": 95, "max_seconds": 100},
        accounts | {"count": 1, "median_seconds": 7, "p95_seconds": 7, "max_seconds": 7},
    ]


def test_task_that_occurs_twice_counts_once_as_it_was_read_last() -> None:
    made = report(task("1"), task("2"), task("1", "SUCCESS"), "no task", None)
    assert [(row["id"], row["status"]) for row in made["tasks"]] == [("1", "success"), ("2", "pending")]
    assert (made["totals"]["repeated"], made["totals"]["unreadable"]) == (1, 2)


def test_instants_of_other_forms_are_the_same_instants() -> None:
    made = report(
        task("1", launched="2026-11-23T13:00:00+02:00"),
        task("2", launched="2026-11-23 11:00:00"),
        task("3", launched="2026-11-23T11:00:00.000Z"),
        task("4", launched="2026-11-23T11:00:00+00:00"),
        task("5", launched=int(NOW.timestamp() * 1000) - 3_600_000),
    )
    assert {row["launched"] for row in made["tasks"]} == {"2026-11-23T11:00:00.000Z"}
    assert {row["age_seconds"] for row in made["tasks"]} == {3600}


PATCH = [
    {"op": "replace", "path": "/completionStatus", "value": "Error"},
    {"op": "replace", "path": "/completed", "value": ago()},
]


def test_report_without_items_has_no_clearing() -> None:
    made = report(task("1"))
    assert made["clearing"] is None
    assert made["title"] == "SailPoint tasks"


def test_clearing_shows_what_each_patch_replaced() -> None:
    made = report(
        task("1"),
        items=[
            {"id": "1", "outcome": "updated", "patch": PATCH, "task": task("1", "Error"), "error": None},
            {"id": "2", "outcome": "failed", "patch": PATCH, "task": None, "error": {"status": 403, "message": "no"}},
            {
                "id": "3",
                "outcome": "conflict",
                "patch": [{"op": "test", "path": "/completionStatus", "value": "Warning"}, *PATCH],
            },
            {"id": "4", "outcome": "something new", "patch": None, "error": "text"},
        ],
    )["clearing"]
    first, second, third, fourth = made["items"]
    assert (first["name"], first["kind"]) == ("Cloud Account Aggregation", "CLOUD_ACCOUNT_AGGREGATION")
    assert first["changes"] == [
        {"op": "replace", "path": "/completionStatus", "before_known": True, "before": None, "after": "Error"},
        {"op": "replace", "path": "/completed", "before_known": True, "before": None, "after": ago()},
    ]
    assert [change["before_known"] for change in second["changes"]] == [False, False]
    assert second["error"] == {"status": "403", "detail_code": None, "tracking_id": None, "message": "no"}
    assert [(change["path"], change["before"]) for change in third["changes"]] == [
        ("/completionStatus", "Warning"),
        ("/completed", None),
    ]
    assert (fourth["outcome"], fourth["changes"], fourth["error"]["message"]) == ("something new", [], "text")


def test_summary_is_counted_where_it_is_not_given() -> None:
    items = [{"id": "1", "outcome": "updated"}, {"id": "2", "outcome": "missing"}, {"id": "3", "outcome": "moving"}]
    counted = report(task("1"), task("2"), task("3", completed=ago()), items=items)["clearing"]["summary"]
    assert counted == {
        "pending_before": 3,
        "selected": 3,
        "updated": 1,
        "unchanged": 0,
        "too_young": 0,
        "moving": 1,
        "held": 0,
        "conflict": 0,
        "missing": 1,
        "failed": 0,
        "pending_after": None,
    }
    given = report(items=items, summary={"pending_before": "40", "pending_after": 7, "selected": [], "extra": 1})
    assert given["clearing"]["summary"] == counted | {"pending_before": 40, "pending_after": 7, "selected": None}


def test_items_alone_tell_what_they_are_and_not_what_was_pending() -> None:
    told = {"name": "A name", "kind": "A_KIND", "source": {"id": "s1", "name": None}, "launcher": "System"}
    made = report(items=[{"id": "1", "outcome": "moving", "age_seconds": 60.5, "moved": ["progress", None], **told}])
    (item,) = made["clearing"]["items"]
    assert {key: item[key] for key in ("name", "kind", "source", "source_id", "launcher", "age_seconds", "moved")} == {
        "name": "A name",
        "kind": "A_KIND",
        "source": "s1",
        "source_id": "s1",
        "launcher": "System",
        "age_seconds": 60.5,
        "moved": ["progress"],
    }
    assert made["clearing"]["summary"]["pending_before"] is None
    assert report(items=[])["clearing"]["summary"]["pending_before"] == 0
    assert {made["clearing"][key] for key in ("left_out", "excluded_by", "observed", "stopped")} == {None}


def test_what_was_read_goes_before_what_an_item_tells() -> None:
    (item,) = report(task("1"), items=[{"id": "1", "outcome": "updated", "name": "x", "kind": "x", "age_seconds": 1}])[
        "clearing"
    ]["items"]
    assert (item["name"], item["kind"], item["age_seconds"]) == (
        "Cloud Account Aggregation",
        "CLOUD_ACCOUNT_AGGREGATION",
        3600,
    )


def test_secrets_among_the_settings_are_masked() -> None:
    made = report(settings={"client_secret": "s3", "access_token": "t", "token": "", "older_than": "24h"})
    assert made["settings"] == {
        "client_secret": "********",
        "access_token": "********",
        "token": "",
        "older_than": "24h",
    }


def test_same_arguments_make_the_same_report() -> None:
    tasks = [task(str(n), None if n % 3 else "ERROR", launched=ago(hours=n)) for n in range(40)]
    assert json.dumps(report(*tasks)) == json.dumps(report(*tasks))


@pytest.mark.parametrize("days", [0, 0.5, 10**9, float("inf")])
def test_any_length_of_the_period(days: float) -> None:
    assert report(task("1", "ERROR"), days=days)["period"]["end"] == "2026-11-23T12:00:00.000Z"


class Tagged(str):
    """A string that is more than one, as templating hands them over."""


class Vaulted:
    """A vaulted value, as ansible-core before 2.19 hands it over."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return "the secret"


class Lazy(dict):
    """A dictionary that is filled as it is read."""

    def items(self) -> Any:
        return [(Tagged("key"), Tagged("value"))]


def test_plain_data_is_made_of_plain_types_alone() -> None:
    made = to_plain(
        [Lazy(), (1, 2.5, True), b"\xff", Vaulted(), float("nan"), 2**70, "\ud800", NOW, object, {1: None, None: 1}]
    )
    assert made[:9] == [
        {"key": "value"},
        [1, 2.5, True],
        "\ufffd",
        "********",
        None,
        None,
        "\ufffd",
        "2026-11-23T12:00:00.000Z",
        str(object),
    ]
    assert made[9] == {"1": None, "null": 1}
    assert {type(made[0]), *map(type, made[0]), *map(type, made[0].values())} == {dict, str}


def test_plain_data_ends_where_nesting_has_no_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert json.loads(json.dumps(to_plain(endless)))
