# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the report of a clearing that is made of the module's result alone."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import OUTCOMES
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.sifting import REASONS
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.clearing import LEFT_OUT
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_clearing_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.formats import FORMATS
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
PATCH = [
    {"op": "replace", "path": "/completionStatus", "value": "Error"},
    {"op": "replace", "path": "/completed", "value": "2026-11-23T12:00:00.000Z"},
]


def item(task_id: str, outcome: str = "updated", **fields: Any) -> dict[str, Any]:
    """Return an item of the module's result, of a task launched two days ago."""
    return {
        "id": task_id,
        "outcome": outcome,
        "name": "Cloud Account Aggregation",
        "kind": "CLOUD_ACCOUNT_AGGREGATION",
        "source": {"id": "s1", "name": "Payroll [source]"},
        "launcher": "System",
        "launched": (NOW - timedelta(days=2)).isoformat(),
        "age_seconds": 2 * 86400.0,
        "patch": PATCH if outcome in ("updated", "failed") else [],
        "error": None,
        **fields,
    }


def result(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a result of the module with ``pending: true``."""
    summary = {outcome: sum(one["outcome"] == outcome for one in items) for outcome in OUTCOMES}
    left_out = {"unusable": 1, "type": 0, "source": 0, "launcher": 0, "name": 0, "excluded": 3, "among": 0, "age": 2}
    return {
        "changed": True,
        "tasks": list(items),
        "summary": summary,
        "pending_before": len(items) + 6,
        "pending_after": 6,
        "selected": len(items),
        "left_out": left_out,
        "excluded_by": {"Payroll": 3, "Payrol$": 0},
        "stopped": None,
        "request_stats": {"requests": 9},
        **fields,
    }


def report(told: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    """Return the report of a result, and see that each format can be made of it."""
    made = build_clearing_report(told, now=NOW, **arguments)
    for form in FORMATS.values():
        assert form.render(made)
    return made


def page(made: dict[str, Any]) -> str:
    return FORMATS["html"].render(made)


def test_tasks_are_those_of_the_items_as_they_were_before() -> None:
    made = report(
        result(
            item("1"),
            item("2", launched=None, age_seconds=3 * 3600.0, name=None, kind="CLOUD_GROUP_AGGREGATION", source=None),
            item(
                "3",
                launched=int((NOW - timedelta(hours=5)).timestamp() * 1000),
                age_seconds=5 * 3600.0,
                name="Own name",
                kind="OTHER",
            ),
            item("4", launched=None, age_seconds=None, launcher=None, kind=None, name=None),
        ),
        tenant="acme",
    )
    first, second, third, fourth = made["tasks"]
    assert {row["status"] for row in made["tasks"]} == {"pending"}
    assert (first["name"], first["kind"], first["source"], first["source_id"], first["launcher"]) == (
        "Cloud Account Aggregation",
        "CLOUD_ACCOUNT_AGGREGATION",
        "Payroll [source]",
        "s1",
        "System",
    )
    assert (first["launched"], first["age_seconds"]) == ("2026-11-21T12:00:00.000Z", 2 * 86400)
    assert (second["name"], second["kind"]) == ("CLOUD_GROUP_AGGREGATION", "CLOUD_GROUP_AGGREGATION")
    assert (second["source"], second["launched"], second["start"]) == (None, None, "2026-11-23T09:00:00.000Z")
    assert (third["kind"], third["age_seconds"]) == ("OTHER", 5 * 3600)
    assert (fourth["name"], fourth["kind"], fourth["start"], fourth["age_seconds"]) == (
        "(no name)",
        "(no kind)",
        None,
        None,
    )
    assert made["pending"]["count"] == 4
    assert {entry["kind"]: entry["name"] for entry in made["pending"]["by_kind"]} == {
        "CLOUD_ACCOUNT_AGGREGATION": "Cloud Account Aggregation",
        "CLOUD_GROUP_AGGREGATION": "CLOUD_GROUP_AGGREGATION",
        "OTHER": "OTHER",
        "(no kind)": "(no kind)",
    }
    assert {entry["bucket"]: entry["count"] for entry in made["pending"]["by_age"] if entry["count"]} == {
        "1h_to_6h": 2,
        "1d_to_3d": 1,
        "unknown": 1,
    }
    assert made["title"] == "Clearing of pending SailPoint tasks"


def test_ages_are_as_the_module_judged_them_whatever_this_machines_clock_shows() -> None:
    made = report(result(item("1", age_seconds=2 * 86400.0 + 600), item("2", age_seconds=-5.0)), tenant="acme")
    assert [row["age_seconds"] for row in made["tasks"]] == [2 * 86400 + 600, 0]
    assert made["clearing"]["items"][0]["age_seconds"] == 2 * 86400 + 600
    assert made["pending"]["oldest_age_seconds"] == 2 * 86400 + 600


def test_clearing_tells_the_counts_and_what_each_patch_replaced() -> None:
    error = {"status": 403, "detail_code": "403", "tracking_id": "b21b", "message": "Forbidden"}
    made = report(result(item("1"), item("2", "failed", error=error), item("3", "moving", moved=["progress"])))
    assert {key: value for key, value in made["clearing"]["summary"].items() if value} == {
        "pending_before": 9,
        "selected": 3,
        "updated": 1,
        "moving": 1,
        "failed": 1,
        "pending_after": 6,
    }
    first, second, third = made["clearing"]["items"]
    assert [(change["before_known"], change["before"], change["after"]) for change in first["changes"]] == [
        (True, None, "Error"),
        (True, None, "2026-11-23T12:00:00.000Z"),
    ]
    assert (first["name"], first["kind"], first["source"], first["age_seconds"]) == (
        "Cloud Account Aggregation",
        "CLOUD_ACCOUNT_AGGREGATION",
        "Payroll [source]",
        2 * 86400,
    )
    assert second["error"]["message"] == "Forbidden"
    assert (first["moved"], third["moved"]) == ([], ["progress"])
    lines = list(csv.DictReader(io.StringIO(FORMATS["csv"].render(made), newline="")))
    assert [(line["id"], line["status"], line["outcome"], line["moved"]) for line in lines] == [
        ("1", "pending", "updated", ""),
        ("2", "pending", "failed", ""),
        ("3", "pending", "moving", '["progress"]'),
    ]


def test_what_was_left_out_is_told_with_its_reason() -> None:
    made = report(result(item("1"), left_out={"later": 4, "age": 2, "excluded": 3, "unusable": 1, "among": 0}))
    assert made["clearing"]["left_out"] == {"unusable": 1, "excluded": 3, "among": 0, "age": 2, "later": 4}
    assert [*made["clearing"]["left_out"]] == ["unusable", "excluded", "among", "age", "later"]
    text = page(made)
    assert "Without a usable id" in text
    assert "Not among the given ids" in text
    assert "later" in text
    metrics = FORMATS["openmetrics"].render(made).splitlines()
    assert 'sailpoint_task_clear_left_out{tenant="",reason="excluded"} 3' in metrics
    assert 'sailpoint_task_clear_left_out{tenant="",reason="among"} 0' in metrics


def test_every_reason_of_the_module_has_words() -> None:
    assert [*LEFT_OUT] == [*REASONS]


def test_an_exclusion_that_matches_nothing_is_seen() -> None:
    made = report(result(item("1")))
    assert made["clearing"]["excluded_by"] == {"Payroll": 3, "Payrol$": 0}
    misspelt = next(line for line in page(made).splitlines() if "Payrol$" in line)
    matching = next(line for line in page(made).splitlines() if ">Payroll<" in line)
    assert "it may be misspelt" in misspelt
    assert "misspelt" not in matching


@pytest.mark.parametrize(
    ("observe", "moved", "sentence"),
    [
        ("30s", ["a", "b"], "Watched for 30s before anything was sent: 1 task moved and was left alone."),
        (45, [], "Watched for 45 before anything was sent: no task moved."),
        ("0", [], None),
        (0, [], None),
        ("0s", [], None),
        (None, [], None),
    ],
)
def test_what_was_observed(observe: Any, moved: list[str], sentence: str | None) -> None:
    told = result(item("1"), item("2", "moving", moved=moved) if moved else item("2"))
    made = report(told, settings={"observe": observe})
    assert (made["clearing"]["observed"] is None) == (sentence is None)
    assert ("Watched" in page(made)) == (sentence is not None)
    assert (sentence or "") in page(made)
    assert ("moved: a, b" in page(made)) == bool(moved)


def test_more_than_one_task_moved() -> None:
    told = result(*(item(name, "moving", moved=["progress"]) for name in "12"))
    assert "2 tasks moved and were left alone." in page(report(told, settings={"observe": "30s"}))


STOPPED = "2 tasks are selected, more than max_tasks allows, which is 1."


def test_a_guard_that_stopped_the_run() -> None:
    told = result(item("1", "held"), item("2", "held"), stopped=STOPPED, failed=True, msg="Nothing changed.")
    made = report(told, settings={"observe": "30s"})
    assert made["clearing"]["stopped"] == STOPPED
    assert made["clearing"]["observed"] is None
    assert made["notice"] == "Nothing changed."
    assert "Selected, nothing sent" in page(made)
    assert "Patches sent" not in page(made)
    assert page(made).count(STOPPED) == 1
    assert page(report({**told, "msg": STOPPED})).count(STOPPED) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"failed": True, "changed": False, "msg": "acme could not be reached."},
        {"failed": True, "msg": "acme could not be reached.", "tasks": None, "summary": None},
        {"unreachable": True, "msg": "acme could not be reached."},
    ],
)
def test_a_result_that_knows_nothing(told: dict[str, Any]) -> None:
    made = report(told, settings={"observe": "30s"})
    assert set(made["clearing"]["summary"].values()) == {None}
    assert {made["clearing"][key] for key in ("left_out", "excluded_by", "observed", "stopped")} == {None}
    assert made["notice"] == "acme could not be reached."
    text = page(made)
    assert "acme could not be reached." in text
    assert "It is not known which tasks were selected." in text
    for wrong in ("No pending tasks", "No task was selected", "Patches sent", 'id="left-out"'):
        assert wrong not in text
    metrics = FORMATS["openmetrics"].render(made)
    assert "sailpoint_task_clear_check_mode" in metrics
    for wrong in ("outcome", "selected", "pending", "left_out"):
        assert f"sailpoint_task_clear_{wrong}" not in metrics


def test_a_notice_goes_before_the_message_of_a_failure() -> None:
    assert report({"failed": True, "msg": "Long."}, notice="Short.")["notice"] == "Short."
    assert report(result(item("1"), msg="said without failing"))["notice"] is None


def test_a_part_of_the_counts() -> None:
    summary = report({"tasks": [item("1"), item("2", "failed")]})["clearing"]["summary"]
    assert (summary["pending_before"], summary["pending_after"]) == (None, None)
    assert (summary["selected"], summary["updated"], summary["failed"]) == (2, 1, 1)


def test_nothing_selected_of_some() -> None:
    text = page(report(result()))
    assert "No task was selected." in text
    assert "No pending tasks" not in text
    assert "Left out" in text


def test_nothing_pending() -> None:
    assert "No pending tasks" in page(report(result(pending_before=0, pending_after=0, left_out={}, excluded_by={})))


def test_check_mode_predicts() -> None:
    text = page(report(result(item("1")), check_mode=True))
    assert "Patches predicted" in text
    assert "predicted, nothing was sent" in text


def test_secrets_among_the_settings_are_masked() -> None:
    assert report(result(), settings={"client_secret": "s3"})["settings"] == {"client_secret": "********"}


class Lazy(dict):
    """A dictionary of which its own methods alone tell what it holds, as templating hands them over."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def get(self, key: Any, default: Any = None) -> Any:
        return self.told.get(key, default)

    def items(self) -> Any:
        return self.told.items()


def test_a_result_may_be_of_any_mapping_and_list() -> None:
    told = result(item("1"), item("2"))
    lazy = Lazy({**told, "tasks": tuple(map(Lazy, told["tasks"])), "summary": Lazy(told["summary"])})
    made, plain = (build_clearing_report(one, now=NOW, settings={"a": 1}) for one in (lazy, told))
    assert made == plain
    assert json.loads(FORMATS["json"].render(made)) == made


HOSTILE = "</script><script>alert(1)</script>\x00\u202e"


def test_hostile_text_is_text() -> None:
    told = result(
        item(HOSTILE, HOSTILE, name=HOSTILE, kind=HOSTILE, launcher=HOSTILE, moved=[HOSTILE], launched=HOSTILE)
        | {"source": {"id": HOSTILE, "name": HOSTILE}, "error": {"message": HOSTILE}},
        left_out={HOSTILE: 1},
        excluded_by={HOSTILE: 1},
        stopped=HOSTILE,
    )
    text = page(report(told, tenant=HOSTILE, title=HOSTILE, notice="other", settings={HOSTILE: HOSTILE}))
    assert text.count("<script>") == text.count("</script>") == 1
    assert "\x00" not in text
    assert "\u202e" not in text


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))
keys = st.sampled_from([*result(), "failed", "msg", "unreachable"])
broken_items = st.lists(
    anything | st.dictionaries(st.sampled_from([*item("1"), "moved", "task"]), anything), max_size=3
)


@settings(max_examples=60, deadline=None)
@given(
    told=anything | st.dictionaries(keys, anything),
    items=broken_items,
    chosen=st.none() | st.dictionaries(keys, leaves),
)
def test_no_broken_result_breaks_a_report(told: Any, items: Any, chosen: Any) -> None:
    report(told, settings=chosen)
    report(result(*(one for one in items if isinstance(one, dict) and "outcome" in one)), settings={"observe": told})
    report({"tasks": items, "left_out": told, "excluded_by": told, "summary": told})


def test_patches_that_look_alike_are_told_apart() -> None:
    """Cells of many rows are made once for all that are alike; a null is not the text of one."""
    values = [None, "null", "Error", "<b>", 1, True, ["x"], {"a": None}]
    patches = [[{"op": op, "path": path, "value": one}] for op in ("add", "remove") for path in "ab" for one in values]
    told = result(*(item(str(number), patch=patch) for number, patch in enumerate([*patches, []])))
    cells = re.findall(r'<td class="patch">(.*?)</td>', page(report(told)))
    assert cells[:4] == [
        f'<div>add <code>a</code> <i>not known</i> <span aria-label="becomes">→</span> <ins>{after}</ins></div>'
        for after in ("null", "&#34;null&#34;", "&#34;Error&#34;", "&#34;&lt;b&gt;&#34;")
    ]
    assert cells[-2].endswith("<i>removed</i></div>")
    assert cells[-1] == "–"
    assert len(set(cells)) == 2 * len(values) + 2 + 1  # what is added at each path, what is removed, and nothing
