# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the filter ``task_report``: its arguments, and each format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.idops.sailpoint.plugins.filter.task_report import FilterModule
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import printable
from hypothesis import given, settings
from hypothesis import strategies as st

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text is trusted that is not marked

    def trust_as_template(value: str) -> str:
        return value


openmetrics = pytest.importorskip("prometheus_client.openmetrics.parser", reason="needs the package prometheus_client")
prometheus = pytest.importorskip("prometheus_client.parser")

NOW = "2026-11-23T12:00:00Z"
FORMATS = ("html", "json", "csv", "openmetrics")

task_report: Callable[..., str] = FilterModule().filters()["task_report"]

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style></title></textarea><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "]]><!-- & &amp;",
    "\x00\x01\u202egpj.exe\u2028",
)


def task(name: str, status: str | None = "ERROR") -> dict[str, Any]:
    """Return a TaskStatus with ``name`` in every text."""
    return {
        "id": name,
        "type": name,
        "uniqueName": name,
        "description": name,
        "launcher": name,
        "progress": name,
        "target": {"id": name, "type": "APPLICATION", "name": name},
        "taskDefinitionSummary": {"uniqueName": name},
        "messages": [{"type": "ERROR", "key": name, "localizedText": {"message": name}}],
        "launched": "2026-11-23T10:00:00.000Z",
        "completed": None if status is None else "2026-11-23T11:00:00.000Z",
        "completionStatus": status,
    }


def item(name: str, outcome: str = "failed") -> dict[str, Any]:
    """Return a result of the module task_status with ``name`` in every text."""
    return {
        "id": name,
        "outcome": outcome,
        "patch": [{"op": "replace", "path": "/completionStatus", "value": name}, {"op": name, "path": name}],
        "task": task(name),
        "error": {"status": name, "detail_code": name, "tracking_id": name, "message": name},
    }


class Page(HTMLParser):
    """What a page is made of: its elements, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "hr", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def rendered(tasks: Any, format: str = "html", **arguments: Any) -> str:
    return task_report(tasks, format=format, now=NOW, **arguments)


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the samples that both parsers read out of the text, after checking that they agree."""
    read = [
        {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in parse(text)
            for sample in family.samples
        }
        for parse in (openmetrics.text_string_to_metric_families, prometheus.text_string_to_metric_families)
    ]
    assert read[0] == read[1]
    return read[0]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("tasks", [None, []])
def test_no_tasks(format: str, tasks: Any) -> None:
    text = rendered(tasks, format)
    assert text.__class__ is str
    assert text


def test_page_without_tasks_says_so() -> None:
    assert "No pending tasks" in "".join(Page(rendered([])).text)


def test_page_says_what_pending_means_when_nothing_was_selected() -> None:
    text = "".join(Page(rendered([], items=[], summary={"pending_before": 40, "pending_after": 40})).text)
    assert "No task was selected." in text
    assert "No pending tasks" not in text


@pytest.mark.parametrize("check_mode", [True, "yes", "True"])
def test_page_of_check_mode_says_that_nothing_was_changed(check_mode: Any) -> None:
    text = "".join(Page(rendered([], items=[item("1", "updated")], check_mode=check_mode)).text)
    assert "Check mode. Nothing was changed." in text
    assert "Patches predicted" in text
    assert "Would update" in text
    assert "Patches sent" not in text


@pytest.mark.parametrize("check_mode", [False, "false"])
def test_page_of_a_run_says_what_was_sent(check_mode: Any) -> None:
    text = "".join(Page(rendered([], items=[item("1", "updated")], check_mode=check_mode)).text)
    assert "Patches sent" in text
    assert "Nothing was changed" not in text


def test_notice_and_settings_are_shown() -> None:
    text = "".join(Page(rendered([], notice="Too many.", settings={"older_than": "24h", "types": ["A", "B"]})).text)
    assert "Too many." in text
    assert re.search(r"older_than\s*24h", text)
    assert "A, B" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_the_api_is_text_in_the_page(hostile: str) -> None:
    harmless, harmful = (
        Page(
            rendered(
                [task(name), task(name + "2", None), task(name + "3", name)],
                title=name,
                tenant=name,
                notice=name,
                items=[item(name), item("4", name)],
                settings={name: name, "list": [name, {name: name}]},
            )
        )
        for name in ("harmless", hostile)
    )
    assert [tag for tag, _attributes in harmful.elements] == [tag for tag, _attributes in harmless.elements]
    assert [set(attributes) for _tag, attributes in harmful.elements] == [
        set(attributes) for _tag, attributes in harmless.elements
    ]
    assert not harmful.open
    shown = re.sub("[\x00-\x1f\u2028\u202e]", "\ufffd", hostile)
    assert shown in "".join(harmful.text)


def test_page_forbids_all_that_it_does_not_hold() -> None:
    page = Page(rendered([task("1")], items=[item("1")]))
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert len(page.all("script")) == len(page.all("style")) == 1
    for _tag, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("style", "src", "action") for name in attributes)
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))


def test_page_is_marked_up_for_those_who_do_not_see_it() -> None:
    page = Page(rendered([task("1"), task("2", None)], items=[item("1")]))
    ids = [attributes["id"] for _tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _tag, attributes in page.elements:
        for name in ("aria-labelledby", "data-for"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
    tags = [tag for tag, _attributes in page.elements]
    assert {"header", "main", "nav", "footer", "h1"} <= set(tags)
    assert tags.count("caption") == tags.count("table") > 4
    chart = next(svg for svg in page.all("svg") if svg.get("id") == "chart")
    assert chart["role"] == "img"
    assert all(svg.get("aria-hidden") == "true" or svg.get("id") in ("chart", "bars") for svg in page.all("svg"))


def test_page_has_a_bar_and_a_row_per_task() -> None:
    page = Page(rendered([task(str(number)) for number in range(250)]))
    assert len([rect for rect in page.all("rect") if rect.get("y")]) == 250
    assert len([row for row in page.all("tr") if row.get("data-s") == "error"]) == 250


def test_json_is_strict() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = rendered(
        [{"id": float("nan"), "percentComplete": float("inf"), 1: {2}}], "json", settings={"a": float("nan")}
    )
    assert json.loads(text, parse_constant=refuse)["totals"]["tasks"] == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_no_cell_of_the_csv_is_a_formula(start: str) -> None:
    name = start + 'HYPERLINK("x")'
    rows = list(csv.DictReader(io.StringIO(rendered([{**task("1"), "parentName": name, "progress": name}], "csv"))))
    assert rows[0]["progress"] == ("'" + name.strip() if start.strip() else name.strip())
    text = rendered([task(name, name)], "csv", items=[item(name), item("other " + name)])
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize(
    "before", ["x;", "x\t", "x\n", "x\r\n", 'x";"', 'x"\n"', "x, ", 'x","', "x;'", "x;\u200b", "; ; ", "x|"]
)
@pytest.mark.parametrize("start", "=+-@＝")
def test_no_part_of_a_cell_is_a_formula_wherever_it_is_cut(before: str, start: str) -> None:
    """A spreadsheet of a country whose decimals have a comma cuts at semicolons, and some programs know no quotes."""
    name = f"{before}{start}cmd|'/C calc'!A0"
    text = rendered([task("1") | {"progress": name, "uniqueName": name}], "csv", items=[item("2", name)])
    lines = text.split("\r\n")
    assert len(lines) == 4 and all(line.isprintable() for line in lines)
    assert all(line.startswith('"') for line in lines[:-1]), "else a whole line may be cut"
    for part in re.split("[,;|]", " ".join(lines)):
        assert not part.lstrip('" ').startswith(tuple("=+-@＝"))
    assert "cmd|'/C calc'!A0" in text


def test_numbers_of_the_csv_are_numbers() -> None:
    row = rendered([task("1")], "csv").split("\r\n")[1]
    assert ",3600.0," in row and row.startswith('"1","1",')


def test_csv_has_a_line_per_task_and_per_item_beside_them() -> None:
    text = rendered([task("1"), task("2", None)], "csv", items=[item("2"), item("3")])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["id"], row["status"], row["outcome"]) for row in rows] == [
        ("1", "error", ""),
        ("2", "pending", "failed"),
        ("3", "", "failed"),
    ]
    assert json.loads(rows[1]["patch"])[0]["op"] == "replace"
    assert rows[0]["duration_seconds"] == "3600.0"


def test_openmetrics_counts() -> None:
    completing = {"id": "4", "completed": "2026-11-23T11:00:00.000Z", "completionStatus": None}
    text = rendered([task("1"), task("2", None), {"id": "3"}, completing], "openmetrics", tenant="acme")
    assert text.endswith("\n# EOF\n")
    read = samples(text)
    tenant = ("tenant", "acme")
    assert read["sailpoint_tasks_pending", (("kind", "2"), tenant)] == 1
    assert read["sailpoint_tasks_pending", (("kind", "(no kind)"), tenant)] == 1
    assert read["sailpoint_tasks_completing", (tenant,)] == 1
    assert read["sailpoint_tasks_pending_oldest_age_seconds", (tenant,)] == 7200
    assert read["sailpoint_tasks_completed", (("status", "error"), tenant)] == 1
    assert read["sailpoint_tasks_completed", (("status", "success"), tenant)] == 0
    assert read["sailpoint_tasks_unsuccessful", (("source", "1"), ("status", "error"), tenant)] == 1
    assert read["sailpoint_task_duration_median_seconds", (("kind", "1"), tenant)] == 3600
    assert read["sailpoint_task_report_timestamp_seconds", (tenant,)] == 1795435200
    assert not any(name.startswith("sailpoint_task_clear") for name, _labels in read)


def test_openmetrics_without_tasks_says_zero() -> None:
    read = samples(rendered([], "openmetrics"))
    assert read["sailpoint_tasks_pending", (("kind", "(no kind)"), ("tenant", ""))] == 0
    assert read["sailpoint_tasks_completing", (("tenant", ""),)] == 0
    assert read["sailpoint_tasks_pending_oldest_age_seconds", (("tenant", ""),)] == 0


def test_openmetrics_of_a_clearing() -> None:
    arguments = {"items": [item("1"), item("2", "moving")], "check_mode": True, "summary": {"pending_before": 9}}
    text = rendered([task("1", None)], "openmetrics", **arguments)
    read = samples(text)
    assert read["sailpoint_task_clear_outcome", (("outcome", "failed"), ("tenant", ""))] == 1
    assert read["sailpoint_task_clear_outcome", (("outcome", "moving"), ("tenant", ""))] == 1
    assert read["sailpoint_task_clear_outcome", (("outcome", "updated"), ("tenant", ""))] == 0
    assert read["sailpoint_task_clear_pending_before", (("tenant", ""),)] == 9
    assert read["sailpoint_task_clear_check_mode", (("tenant", ""),)] == 1
    # The one selected task does not tell what is pending in the tenant.
    assert not any(name == "sailpoint_tasks_pending" for name, _labels in read)


@pytest.mark.parametrize("hostile", [*HOSTILE, 'a"b\\c\nd\re{}=,', "\\", "\\n", "# EOF"])
def test_openmetrics_labels_are_escaped(hostile: str) -> None:
    tasks = [task(hostile) | {"id": "1"}, task(hostile, None)]
    read = samples(rendered(tasks, "openmetrics", tenant=hostile))
    assert {dict(labels)["source"] for name, labels in read if name == "sailpoint_tasks_unsuccessful"} == {
        printable(hostile)
    }
    kinds = {dict(labels)["kind"] for name, labels in read if name == "sailpoint_tasks_pending"}
    assert kinds == {printable("_".join(hostile.split()).upper())}


def test_openmetrics_series_stay_few() -> None:
    read = samples(
        rendered([task(f"{number}", None if number % 2 else "ERROR") for number in range(2000)], "openmetrics")
    )
    assert len(read) < 1000
    pending = {labels: value for (name, labels), value in read.items() if name == "sailpoint_tasks_pending"}
    assert len(pending) == 100
    assert sum(pending.values()) == 1000


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"format": "pdf"}, "format is one of html, json, csv, openmetrics"),
        ({"format": ["html"]}, "format is one of"),
        ({"tasks": "text"}, "tasks is a list, not str"),
        ({"tasks": {"id": "1"}}, "tasks is a list, not dict"),
        ({"items": {}}, "items is a list"),
        ({"summary": []}, "summary is a dictionary"),
        ({"settings": "text"}, "settings is a dictionary"),
        ({"now": "soon"}, "now is an instant"),
        ({"days": "week"}, "days is a number"),
        ({"days": -1}, "days is a number"),
        ({"days": float("nan")}, "days is a number"),
        ({"check_mode": "perhaps"}, "check_mode"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], part: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"task_report: {part}"):
        task_report(**{"tasks": [], "now": NOW, **arguments})


@pytest.mark.parametrize("format", FORMATS)
def test_name_like_a_template_is_not_templated(format: str) -> None:
    report = rendered([task("{{ 6 * 7 }}{% raw %}")], format)
    # As a variable of a play, it is read by another template.
    templar = Templar(loader=DataLoader(), variables={"report": report})
    assert str(templar.template(trust_as_template("<{{ report }}>"))) == f"<{report}>"


def test_now_is_the_present_if_it_is_left_out() -> None:
    assert re.match(r"20\d\d-", json.loads(task_report([], format="json"))["generated"])


# Texts that formats and parsers stumble over, beside any others.
texts = st.one_of(st.sampled_from([*HOSTILE, "", " ", "null", "2026-11-23T10:00:00.000Z"]), st.text())
instants = st.one_of(
    st.datetimes().map(lambda instant: instant.isoformat() + "Z"),
    st.sampled_from(["2020-07-11 21:23:15", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-40"]),
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts | instants
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
statuses = st.sampled_from(["SUCCESS", "Warning", "ERROR", "Terminated", "tempError", "TEMP_ERROR", None, "PAUSED"])
broken_tasks = anything | st.fixed_dictionaries(
    {},
    optional={
        "id": texts | anything,
        "uniqueName": texts | anything,
        "launcher": texts | anything,
        "created": instants | anything,
        "launched": instants | anything,
        "completed": instants | anything,
        "modified": instants | anything,
        "completionStatus": statuses | anything,
        "percentComplete": anything,
        "progress": anything,
        "messages": anything
        | st.lists(
            anything
            | st.fixed_dictionaries({"type": st.sampled_from(["INFO", "WARN", "ERROR"]) | anything, "key": anything})
        ),
        "target": anything | st.fixed_dictionaries({"name": anything, "type": anything}),
        "attributes": anything | st.fixed_dictionaries({"appId": anything, "applications": anything}),
        "taskDefinitionSummary": anything | st.fixed_dictionaries({"uniqueName": anything}),
    },
)
broken_items = anything | st.fixed_dictionaries(
    {},
    optional={
        "id": texts | anything,
        "outcome": st.sampled_from(["updated", "failed", "too_young", "moving"]) | anything,
        "patch": anything
        | st.lists(st.fixed_dictionaries({"op": anything, "path": texts | anything, "value": anything}), max_size=2),
        "task": broken_tasks,
        "error": anything,
    },
)


@settings(max_examples=100, deadline=None)
@given(
    tasks=st.lists(broken_tasks, max_size=6),
    items=st.none() | st.lists(broken_items, max_size=3),
    summary=st.none() | st.dictionaries(st.sampled_from(["selected", "updated", "pending_after"]), anything),
    chosen=st.none() | st.dictionaries(texts, anything, max_size=3),
    title=texts,
)
def test_no_broken_answer_breaks_a_report(tasks: Any, items: Any, summary: Any, chosen: Any, title: str) -> None:
    arguments = {"items": items, "summary": summary, "settings": chosen, "title": title, "tenant": title}
    for format in FORMATS:
        text = rendered(tasks, format, **arguments)
        assert text.encode() == rendered(tasks, format, **arguments).encode()
        if format == "html":
            page = Page(text)
            assert not page.open
            assert len(page.all("script")) == 1
        elif format == "json":
            json.loads(text)
        elif format == "csv":
            assert len({len(row) for row in csv.reader(io.StringIO(text, newline=""))}) == 1
        else:
            samples(text)
