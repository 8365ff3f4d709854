# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person, the fact and the statistics tell of a clearing, whatever became of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import COUNTS, OUTCOMES
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.clearing import (
    Clearing,
    checked_of,
    clearing_of,
    failure_of,
    notice_of,
    result_of,
    settings_of,
    statistics_of,
    title_of,
)
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.message import message_of
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.table import STATISTICS

OPTIONS: dict[str, Any] = {
    "older_than": "24h",
    "exclude_names": ["Payroll", "Pyroll"],
    "exclude_source_ids": ["s1", "s2"],
    "ids": None,
    "completion_status": "temperror",
    "report_dir": "/srv",
    "report_formats": ["html"],
    "fail_on_error": True,
}
DAY = 86400.0


def item(task_id: str, outcome: str = "updated", age: float | None = 2 * DAY, **more: Any) -> dict[str, Any]:
    source = {"id": "s9", "name": "HR [source]"}
    usual = {"name": "Cloud Account Aggregation", "kind": "CLOUD_ACCOUNT_AGGREGATION", "source": source}
    return {"id": task_id, "outcome": outcome, **usual, "age_seconds": age, "patch": [], **more}


def cleared(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    summary = dict.fromkeys(OUTCOMES, 0)
    for one in items:
        summary[one["outcome"]] += 1
    return {
        "changed": True,
        "tasks": list(items),
        "summary": summary,
        "pending_before": len(items) + 4,
        "selected": len(items),
        "pending_after": 4,
        "left_out": dict.fromkeys(("unusable", "type", "source", "launcher", "name", "excluded", "among", "age"), 0),
        "excluded_by": {},
        "stopped": None,
        "request_stats": {"requests": 3},
        **more,
    }


def lines(result: dict[str, Any], check_mode: bool = False, **more: Any) -> list[str]:
    return message_of(clearing_of(result), OPTIONS, tenant="acme", check_mode=check_mode, **more)


# The message


def test_the_first_line_counts() -> None:
    items = [*(item(f"u{number}") for number in range(14)), item("m1", "moving"), item("m2", "moving")]
    result = cleared(*items, pending_before=20)
    assert lines(result)[0] == "acme: 20 pending, 16 selected, 14 updated, 2 moving, 0 failed, 4 pending now"


def test_no_outcome_that_there_is_goes_untold() -> None:
    first = lines(cleared(*(item(outcome, outcome) for outcome in OUTCOMES)))[0]
    told = [outcome.replace("_", " ") for outcome in OUTCOMES]
    assert first == f"acme: {len(told) + 4} pending, {len(told)} selected, 1 {', 1 '.join(told)}, 4 pending now"


def test_an_idle_tenant() -> None:
    result = cleared(pending_before=0, pending_after=0, excluded_by={"Payroll": 0})
    assert lines(result) == ["acme: 0 pending, 0 selected, 0 updated, 0 failed, 0 pending now"]


def test_a_count_that_is_not_known_is_said_to_be() -> None:
    first = lines(cleared(item("a"), pending_after=None))[0]
    assert first == "acme: 5 pending, 1 selected, 1 updated, 0 failed, how many are pending now is not known"


def test_check_mode_cannot_be_taken_for_the_real_thing() -> None:
    told = lines(cleared(item("a")), check_mode=True)
    assert told == [
        "acme, check mode: 5 pending, 1 selected, 1 would be updated, 0 failed, 4 would be pending then",
        "This was check mode: nothing was changed.",
        "Cloud Account Aggregation, HR [source], 2d old: would be updated to TempError",
    ]


def test_what_was_left_out_and_why() -> None:
    left_out = {"unusable": 1, "type": 2, "source": 3, "launcher": 4, "name": 5, "excluded": 6, "among": 7, "age": 8}
    assert lines(cleared(left_out=left_out))[1] == (
        "Left out: 1 without an id that can be used, 2 of another kind, 3 of another source, 4 started by another, "
        "5 with another name, 6 excluded, 7 not in clear_pending_tasks_ids, 8 younger than 24h"
    )
    assert lines(cleared(left_out={**dict.fromkeys(left_out, 0), "age": 3}))[1] == "Left out: 3 younger than 24h"


def test_an_exclusion_that_matches_nothing_may_be_misspelt() -> None:
    told = lines(cleared(excluded_by={"Payroll": 2, "Pyroll": 0, "s1": 0, "s2": 1}))
    assert told[1:] == [
        "clear_pending_tasks_exclude_names: Pyroll matches no pending task.",
        "clear_pending_tasks_exclude_source_ids: s1 matches no pending task.",
    ]


def test_reports_and_those_that_are_missing() -> None:
    told = lines(cleared(), reports=["/srv/a.html"], unwritten=["The report a was not written as json: full."])
    assert told[1:] == ["Report: /srv/a.html", "The report a was not written as json: full."]


def test_what_went_wrong_comes_first_and_then_the_oldest() -> None:
    outcomes = list(OUTCOMES)
    items = [item(f"{outcome}-{age}", outcome, age * DAY, source=None) for outcome in outcomes for age in (1, 2)]
    told = [line.split(", ")[1] for line in lines(cleared(*items))[2:]]
    assert told == [f"task {outcome}-{age}" for outcome in reversed(outcomes) for age in (2, 1)]


def test_a_line_says_what_a_person_knows_a_task_by() -> None:
    items = [
        item(
            "a",
            "failed",
            error={"status": 400, "message": "PATCH /v1/task/a was answered with HTTP 400:\nBad Request."},
        ),
        item("b", "moving", 90.0, name=None, moved=["progress", "processedAccounts"]),
        item("c", source=None, age=None, name=None, kind=None),
        item("d", source={"id": "s3", "name": None}, name="An \x1b[31mill\nname"),
    ]
    assert lines(cleared(*items))[1:] == [
        "Failed, 1 task: HTTP 400: Bad Request.",
        "Cloud Account Aggregation, HR [source], 2d old: failed",
        "CLOUD_ACCOUNT_AGGREGATION, HR [source], 1m30s old: moving, left alone: progress, processedAccounts changed",
        "An [31mill name, s3, 2d old: updated to TempError",
        "a task without a name, task c, of unknown age: updated to TempError",
    ]
    assert lines(cleared(item("a", "moving")))[1].endswith("2d old: moving, left alone: it is just being completed")


def test_equal_reasons_are_told_once_and_in_full() -> None:
    def refused(number: int, text: str) -> dict[str, Any]:
        said = f"PATCH /v1/task/id{number:09} was answered with HTTP 403: no (tracking id t{number}); {text}."
        return item(f"id{number:09}", "failed", error={"message": said, "tracking_id": f"t{number}"})

    told = lines(cleared(*(refused(number, "ask an ORG_ADMIN") for number in range(264))))
    assert told[1] == "Failed, 264 tasks: HTTP 403: no (tracking id t0); ask an ORG_ADMIN."
    assert [line.rpartition(": ")[2] for line in told[2:52]] == ["failed"] * 50 and len(told) == 53
    told = lines(cleared(*(refused(number, f"reason {number % 8}") for number in range(16))))
    assert [line[:16] for line in told[1:6]] == ["Failed, 2 tasks:"] * 5
    assert told[6] == "Failed for other reasons: 6 tasks"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1.0, "0s"),
        (59.9, "59s"),
        (3599.0, "59m59s"),
        (3659.0, "1h"),
        (86399.0, "23h59m"),
        (2 * DAY + 3599, "2d"),
        (2 * DAY + 3600, "2d1h"),
        (8 * DAY, "1w1d"),
    ],
)
def test_an_age_is_told_without_what_is_small_beside_it(seconds: float, shown: str) -> None:
    assert (
        lines(cleared(item("a", age=seconds)))[1]
        == f"Cloud Account Aggregation, HR [source], {shown} old: updated to TempError"
    )


def test_a_line_is_short_whatever_the_reason() -> None:
    (_counts, line, _task) = lines(cleared(item("a", "failed", error={"message": "x" * 5000})))
    assert line == "Failed, 1 task: " + "x" * 500 + "…"


def test_at_most_fifty_tasks_are_named() -> None:
    told = lines(cleared(*(item(str(number)) for number in range(50))))
    assert len(told) == 51 and not told[-1].startswith("and ")
    told = lines(cleared(*(item(str(number)) for number in range(3000))))
    assert len(told) == 52 and told[-1] == "and 2950 more"


# What a guard, a refusal, an absent tenant, a dead module leave


def test_a_guard_names_the_roles_variables() -> None:
    sentence = "Nothing was changed: 3 are selected, more than max_tasks (2) or max_fraction, max_fraction_above 1."
    result = cleared(item("a", "held"), stopped=sentence, failed=True, msg=sentence)
    said = (
        "Nothing was changed: 3 are selected, more than clear_pending_tasks_max_tasks (2) or "
        "clear_pending_tasks_max_fraction, clear_pending_tasks_max_fraction_above 1."
    )
    found = clearing_of(result)
    assert found.stopped == said and found.reached
    assert lines(result)[1] == said
    assert failure_of(found, False, []) == said
    assert result_of(found, [], said)["stopped"] == said
    assert title_of(found, False) == "Pending tasks: none was cleared"
    assert notice_of(found) == said


def test_what_could_not_be_cleared_fails_it_unless_that_is_fine() -> None:
    found = clearing_of(cleared(item("a"), item("b", "failed"), msg="403 Forbidden: b."))
    assert failure_of(found, True, []) == "1 of 2 tasks could not be cleared: 403 Forbidden: b."
    assert failure_of(found, False, []) == ""
    assert statistics_of(found, "")["clear_pending_tasks_tenants_failed"] == 0


def test_a_report_that_is_missing_always_fails_it() -> None:
    found = clearing_of(cleared(item("a")))
    assert failure_of(found, False, ["Not written."]) == "Not written."
    assert failure_of(found, True, []) == ""


@pytest.mark.parametrize(
    "result",
    [
        {"failed": False, "changed": False, "msg": "Sign-in was refused.", "request_stats": {}},
        {"failed": False, "changed": False, "msg": "Sign-in was refused.", "request_stats": {}, "exception": "..."},
        {"failed": False, "changed": False, "msg": "Sign-in was refused."},
    ],
)
def test_a_tenant_that_could_not_be_read(result: dict[str, Any]) -> None:
    found = clearing_of(result)
    said = "The pending tasks could not be read, so nothing was changed: Sign-in was refused."
    assert not found.reached and found.problem == said
    assert lines(result) == [f"acme: {said}"]
    assert lines(result, check_mode=True) == [f"acme, check mode: {said}"]
    assert failure_of(found, False, []) == said
    told = result_of(found, [], said)
    assert (told["pending_before"], told["selected"], told["updated"], told["pending_after"]) == (None, None, 0, None)
    assert (told["reached"], told["problem"], told["left_out"]) == (False, said, {})
    statistics = statistics_of(found, said)
    assert "clear_pending_tasks_pending_before" not in statistics
    assert (statistics["clear_pending_tasks_tenants"], statistics["clear_pending_tasks_tenants_failed"]) == (1, 1)
    assert title_of(found, False) == "Pending tasks: none was cleared"


@pytest.mark.parametrize(
    "result",
    [
        {"msg": "MODULE FAILURE\nSee stdout/stderr for the exact error", "rc": 1, "module_stderr": ""},
        {"msg": "MODULE FAILURE\nSee stdout/stderr for the exact error", "unreachable": True},
        {"msg": "MODULE FAILURE\nSee stdout/stderr for the exact error", "exception": "Traceback"},
    ],
)
def test_of_a_module_that_died_nothing_is_claimed(result: dict[str, Any]) -> None:
    found = clearing_of(result)
    assert found.problem == (
        "The module ended without an answer, so what it has changed is not known: "
        "MODULE FAILURE See stdout/stderr for the exact error"
    )
    assert {result_of(found, [], "")[name] for name in COUNTS} == {None}
    assert set(statistics_of(found, "x")) == {"clear_pending_tasks_tenants", "clear_pending_tasks_tenants_failed"}
    assert title_of(found, False) == "Pending tasks"
    in_check_mode = clearing_of(result, check_mode=True)
    assert in_check_mode.problem.startswith("The pending tasks could not be read, so nothing was changed: ")
    assert in_check_mode.counts["updated"] == 0


def test_variables_that_are_refused() -> None:
    found = clearing_of({"skipped": True}, "clear_pending_tasks_max_tasks: -1 is out of range.")
    assert failure_of(found, True, []) == "clear_pending_tasks_max_tasks: -1 is out of range."
    told = message_of(found, {}, tenant="acme", check_mode=False)
    assert told == ["acme: clear_pending_tasks_max_tasks: -1 is out of range."]
    assert not found.reached


# What is handed on


def test_statistics_are_all_that_is_known() -> None:
    assert list(statistics_of(clearing_of(cleared(item("a"))), "")) == [
        f"clear_pending_tasks_{one}" for one in STATISTICS
    ]
    unknown = statistics_of(clearing_of(cleared(item("a"), pending_after=None)), "")
    assert "clear_pending_tasks_pending_after" not in unknown


def test_the_fact_holds_what_the_module_tells_but_for_its_items() -> None:
    result = cleared(item("a"), left_out={"age": 1}, excluded_by={"Payroll": 2})
    told = result_of(clearing_of(result), ["/srv/a.html"], "")
    assert set(told) == {*COUNTS, *["left_out", "excluded_by", "stopped", "reached", "problem", "reports"]}
    assert told["reports"] == ["/srv/a.html"]
    assert (told["left_out"], told["excluded_by"], told["reached"]) == ({"age": 1}, {"Payroll": 2}, True)


def test_a_report_says_what_was_asked_for_and_what_is_not_known() -> None:
    assert set(settings_of(OPTIONS)) == {"older_than", "exclude_names", "exclude_source_ids", "completion_status"}
    assert settings_of({**OPTIONS, "ids": []})["ids"] == []
    assert notice_of(clearing_of(cleared(item("a")))) == ""
    assert notice_of(clearing_of(cleared(pending_after=None))) == "How many are pending now is not known."
    assert title_of(clearing_of(cleared()), True) == "Pending tasks: what would be cleared"
    assert title_of(clearing_of(cleared()), False) == "Pending tasks cleared"


def test_a_check_hands_on_what_would_be_updated_and_what_a_person_reads() -> None:
    items = [item("b"), *(item(outcome, outcome) for outcome in OUTCOMES if outcome != "updated"), item("a")]
    told = checked_of(clearing_of(cleared(*items)), ["acme: 2 pending"])
    assert told == {"clear_pending_tasks_ids": ["b", "a"], "clear_pending_tasks_message": ["acme: 2 pending"]}


@pytest.mark.parametrize(
    "found",
    [
        clearing_of(cleared()),
        clearing_of(cleared(item("a"), stopped="2 tasks are more than max_tasks.")),
        clearing_of({"msg": "It is away.", "failed": True}),
        clearing_of({}, refused="clear_pending_tasks_max_tasks: 'many' is not a number"),
        clearing_of({"msg": "MODULE FAILURE", "rc": 1}),
    ],
)
def test_a_check_that_saw_nothing_hands_on_that_nothing_is_to_be_cleared(found: Clearing) -> None:
    assert checked_of(found, [])["clear_pending_tasks_ids"] == []
