# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the page on all tenants, and of its numbers."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import OUTCOMES
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_clearing_report, build_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.formats import FORMATS
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.overview import (
    build_overview,
    render_overview_html,
    render_overview_openmetrics,
    write_overview,
)
from hypothesis import given, settings
from hypothesis import strategies as st

openmetrics = pytest.importorskip("prometheus_client.openmetrics.parser", reason="needs the package prometheus_client")
prometheus = pytest.importorskip("prometheus_client.parser")

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def entry(tenant: str, problem: str = "", kind: str = "clearing", **counts: Any) -> dict[str, Any]:
    """Return what a role tells of a tenant."""
    told = {"pending_before": 20, "selected": 5, "updated": 5, "failed": 0, "pending_after": 15, **counts}
    return {"tenant": tenant, "kind": kind, "counts": told, "problem": problem, "reports": [f"/r/{tenant}.html"]}


def away(tenant: str, problem: str = "Away.") -> dict[str, Any]:
    """Return what a role tells of a tenant that it could not reach."""
    return {"tenant": tenant, "kind": "clearing", "counts": {"pending_before": None}, "problem": problem, "reports": []}


def overview(*entries: Any, **arguments: Any) -> dict[str, Any]:
    return build_overview(entries, now=NOW, **arguments)


def samples(made: dict[str, Any]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the samples that both parsers read, by name and the values of their labels."""
    text = render_overview_openmetrics(made)
    assert text.endswith("\n# EOF\n")
    read = []
    for parse in (openmetrics.text_string_to_metric_families, prometheus.text_string_to_metric_families):
        found = [(one.name, tuple(one.labels.values()), one.value) for family in parse(text) for one in family.samples]
        assert len({(name, labels) for name, labels, _value in found}) == len(found)
        read.append({(name, labels): value for name, labels, value in found})
    assert read[0] == read[1]
    return read[0]


def test_the_worst_comes_first() -> None:
    made = overview(
        entry("b"),
        entry("a"),
        entry("most pending", pending_after=99),
        entry("pending unknown", pending_after=None),
        entry("failed", "2 failed.", failed=2),
        entry("failed more", "3 failed.", failed=3, pending_after=0),
        entry("failed, but told", failed=1),
        entry("stopped", "Too many.", held=9, updated=0),
        away("z"),
        away("y"),
    )
    assert [tenant["tenant"] for tenant in made["tenants"]] == [
        "y",
        "z",
        "failed more",
        "failed",
        "stopped",
        "failed, but told",
        "most pending",
        "a",
        "b",
        "pending unknown",
    ]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (entry("a"), "fine"),
        (entry("a", "Odd."), "problem"),
        (entry("a", "Failed.", failed=1), "failed"),
        (entry("a", failed=1), "failed"),
        (entry("a", "Too many.", held=2), "held"),
        (entry("a", "Too many.", held=2, failed=1), "failed"),
        (away("a"), "unread"),
        (away("a", ""), "unread"),
        (entry("a", pending_after=None), "fine"),
        ({"tenant": "a", "kind": "tasks", "counts": {"pending": 0}}, "fine"),
        ({"tenant": "a", "kind": "tasks", "counts": {"pending": 3, "failed": 3}}, "fine"),
        ({"tenant": "a", "kind": "tasks", "counts": {"pending": None}}, "unread"),
        ({}, "unread"),
    ],
)
def test_how_a_tenant_fared(told: dict[str, Any], state: str) -> None:
    (tenant,) = overview(told)["tenants"]
    assert tenant["state"] == state
    assert tenant["served"] == (state != "unread")
    assert bool(tenant["problem"]) == (state in ("unread", "problem") or bool(told.get("problem")))


def test_what_is_pending_now_is_what_was_pending_before_a_check() -> None:
    (checked,) = overview(entry("a"), check_mode=True)["tenants"]
    (cleared,) = overview(entry("a"))["tenants"]
    (read,) = overview({"tenant": "a", "kind": "tasks", "counts": {"pending": 7, "pending_after": 3}})["tenants"]
    assert [one["counts"]["pending"] for one in (checked, cleared, read)] == [20, 15, 7]


def test_totals_say_of_how_many_tenants_they_are() -> None:
    totals = overview(entry("a"), entry("b", failed=2, pending_after=None), away("c"))["totals"]
    assert (totals["tenants"], totals["served"], totals["problems"]) == (3, 2, 2)
    assert (totals["counts"]["pending"], totals["known"]["pending"]) == (15, 1)
    assert (totals["counts"]["updated"], totals["known"]["updated"]) == (10, 2)
    assert (totals["counts"]["failed"], totals["counts"]["missing"]) == (2, None)
    assert overview()["totals"]["counts"]["pending"] is None


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_page_shows_each_tenant() -> None:
    made = overview(entry("acme", conflict=1), away("globex", "It is away."), title="All of them")
    page = render_overview_html(made, "/r")
    assert "<h1>All of them</h1>" in page
    assert page.index("globex") < page.index(">acme<")
    assert 'href="acme.html"' in page
    assert page.count("href=") == 3  # of the icon, the skip link and the one report
    assert "It is away." in page
    words = text_of(page)
    assert "Conflict" in words
    assert "Too young" not in words
    assert "Pending now 15 known of 1 of 2" in words
    assert "Check mode" not in words


def test_page_of_a_check_says_so() -> None:
    words = text_of(render_overview_html(overview(entry("a"), check_mode=True)))
    assert "Check mode. Nothing was changed. Outcomes are predicted." in words
    assert "Would update" in words
    assert "Would be updated" in words


def test_page_of_tasks_has_nothing_of_a_clearing() -> None:
    made = overview({"tenant": "acme", "kind": "tasks", "counts": {"pending": 7}, "problem": "", "reports": []})
    words = text_of(render_overview_html(made))
    assert "Pending now" in words
    for wrong in ("Selected", "Updated", "Before"):
        assert wrong not in words


def test_page_without_tenants() -> None:
    assert "There is no tenant to show." in render_overview_html(overview())
    assert samples(overview()) == {
        ("sailpoint_tenants_check_mode", ()): 0,
        ("sailpoint_tenants_report_timestamp_seconds", ()): NOW.timestamp(),
    }


@pytest.mark.parametrize(
    ("reports", "directory", "link"),
    [
        (["/r/a.json", "/r/a.html"], "/r", "a.html"),
        (["/r/a.json", "/r/a.prom"], "/r", "a.json"),
        (["/r/one/a b#c?.html"], "/r", "one/a%20b%23c%3F.html"),
        (["/r/x:y.html"], "/r", "x%3Ay.html"),
        (["/other/ä.html"], "/r/in", "../../other/%C3%A4.html"),
        (["/r/a.html"], None, "/r/a.html"),
        (["javascript:alert(1)", "a.html"], "/r", None),
        ([], "/r", None),
        ("/r/a.html", "/r", None),
        (None, "/r", None),
    ],
)
def test_links_lead_from_the_page_to_the_reports(reports: Any, directory: str | None, link: str | None) -> None:
    page = render_overview_html(overview({**entry("a"), "reports": reports}), directory)
    (row,) = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert row == ("a" if link is None else f'<a href="{link}">a</a>')


def test_openmetrics_counts_what_is_known() -> None:
    read = samples(overview(entry("acme", pending_after=None), away("globex"), check_mode=False))
    assert read["sailpoint_tenant_served", ("acme",)] == 1
    assert read["sailpoint_tenant_served", ("globex",)] == 0
    assert read["sailpoint_tenant_problem", ("globex",)] == 1
    assert read["sailpoint_tenant_problem", ("acme",)] == 0
    assert read["sailpoint_tenant_pending_before", ("acme",)] == 20
    assert read["sailpoint_tenant_selected", ("acme",)] == 5
    assert read["sailpoint_tenant_outcome", ("acme", "updated")] == 5
    assert read["sailpoint_tenant_outcome", ("acme", "failed")] == 0
    assert ("sailpoint_tenant_outcome", ("acme", "missing")) not in read
    assert ("sailpoint_tenant_pending", ("acme",)) not in read
    assert {labels for _name, labels in read if "globex" in labels} == {("globex",)}
    assert samples(overview(entry("acme")))["sailpoint_tenant_pending", ("acme",)] == 15
    assert samples(overview(entry("a"), check_mode=True))["sailpoint_tenants_check_mode", ()] == 1


def test_no_name_is_one_of_a_single_report() -> None:
    task = {"id": "1", "uniqueName": "A", "completionStatus": "Error", "completed": "2026-11-23T11:00:00Z"}
    told = {"tasks": [{"id": "2", "outcome": "updated"}], "left_out": {"age": 1}, "pending_before": 1}
    reports = [
        build_report([{**task, "launched": "2026-11-23T10:00:00Z"}], now=NOW),
        build_clearing_report(told, now=NOW),
    ]
    single = {name for report in reports for name in re.findall("# TYPE (.*) ", FORMATS["openmetrics"].render(report))}
    own = set(re.findall("# TYPE (.*) ", render_overview_openmetrics(overview(entry("a")))))
    assert len(single) > 15
    assert own & single == set()
    assert not any(one.startswith(f"{other}_") for one in single for other in own)


def test_tenants_of_one_name_are_told_apart() -> None:
    made = overview(entry("acme", pending_after=1), entry("acme", pending_after=2), entry("ac\x00me"), entry("ac me"))
    assert [tenant["tenant"] for tenant in made["tenants"]] == ["ac me", "ac me (2)", "acme", "acme (2)"]
    assert samples(made)["sailpoint_tenant_pending", ("acme (2)",)] == 1


def test_files_are_written_with_links_from_where_they_are(tmp_path: Path) -> None:
    report = str(tmp_path / "one" / "acme.html")
    made = overview({**entry("acme"), "reports": [report]})
    written = write_overview(made, str(tmp_path), "tenants", ["openmetrics", "html", "csv", "json"])
    assert written.problems == []
    assert [Path(path).name for path in written.paths] == ["tenants.prom", "tenants.html", "tenants.json"]
    assert (tmp_path / "tenants.prom").read_text() == render_overview_openmetrics(made)
    assert 'href="one/acme.html"' in (tmp_path / "tenants.html").read_text()
    assert json.loads((tmp_path / "tenants.json").read_text()) == made
    assert len(write_overview(made, str(tmp_path / "gone"), "tenants", ["html", "openmetrics"]).problems) == 2


HOSTILE = "</script><script>alert(1)</script>\" onload='x' \x00\u202e\\\n"


def test_hostile_text_is_text() -> None:
    made = overview({**entry(HOSTILE, HOSTILE), "reports": [f"/{HOSTILE}.html"]}, title=HOSTILE)
    page = render_overview_html(made, "/r")
    assert page.count("<script>") == page.count("</script>") == 1
    assert " onload='" not in page
    assert "\x00" not in page
    assert "\u202e" not in page
    assert samples(made)["sailpoint_tenant_served", (made["tenants"][0]["tenant"],)] == 1


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))
counts = st.dictionaries(st.sampled_from(["pending", "pending_before", "pending_after", "selected", *OUTCOMES]), leaves)
entries = anything | st.fixed_dictionaries(
    {},
    optional={
        "tenant": st.sampled_from(["a", "a (2)", HOSTILE]) | anything,
        "kind": st.sampled_from(["clearing", "tasks"]) | anything,
        "counts": counts | anything,
        "problem": anything,
        "reports": st.lists(st.text().map("/".__add__) | anything, max_size=3) | anything,
    },
)


@settings(max_examples=60, deadline=None)
@given(told=st.lists(entries, max_size=5), check_mode=st.booleans())
def test_no_broken_entry_breaks_an_overview(told: Any, check_mode: bool) -> None:
    made = overview(*told, check_mode=check_mode)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert len(made["tenants"]) == len(told)
    assert render_overview_html(made, "/r").count("<script>") == 1
    samples(made)
